package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
	"github.com/countersign/countersign/verify"
	"github.com/countersign/countersign/verify/gitrepo"
	"github.com/countersign/countersign/verify/pkgfile"
	"github.com/countersign/countersign/verify/signature"
)

// evidence is everything open that a run of gate 2 looks at.
type evidence struct {
	verify.Evidence
	close func()
}

// openEvidence opens clones and reads what the flags name.
func (s *session) openEvidence(set *advisories.Set) (*evidence, error) {
	e := &evidence{Evidence: verify.Evidence{Repos: map[string]*gitrepo.Repo{}, Now: s.now, Version: version()}}
	e.close = func() {
		for _, r := range e.Repos {
			r.Close()
		}
	}
	dirs, err := s.cloneDirs(set)
	if err != nil {
		return nil, err
	}
	for name, dir := range dirs {
		if e.Repos[name], err = gitrepo.Open(dir); err != nil {
			delete(e.Repos, name)
			e.close()
			return nil, err
		}
	}
	if e.Limits, err = s.limits(); err == nil {
		e.Root, e.Log, err = s.sigstore()
	}
	if err == nil {
		e.Trust, err = s.trust()
	}
	if err != nil {
		e.close()
		return nil, err
	}
	return e, nil
}

// cloneDirs says where the clone of each repository is: --repo, else path in
// countersign.yaml. A path that does not exist is left out, since the run may
// not need it; one that was named on the command line must be there.
func (s *session) cloneDirs(set *advisories.Set) (map[string]string, error) {
	dirs := map[string]string{}
	var names []string
	for name, repo := range set.Config.Repos {
		names = append(names, name)
		if !repo.Path.Given() {
			continue
		}
		dir := filepath.FromSlash(repo.Path.V)
		if !filepath.IsAbs(dir) {
			dir = filepath.Join(s.dir, dir)
		}
		if _, err := os.Stat(dir); err == nil {
			dirs[name] = dir
		}
	}
	slices.Sort(names)
	for _, given := range s.c.StringSlice("repo") {
		name, dir, ok := strings.Cut(given, "=")
		if !ok {
			if len(names) != 1 {
				return nil, fmt.Errorf("--repo: expected NAME=DIR with a name of countersign.yaml (%s), found %q", strings.Join(names, ", "), given)
			}
			name, dir = names[0], given
		}
		if !slices.Contains(names, name) {
			return nil, withHint(suggestion(finding.Nearest(name, names), "repos of countersign.yaml: "+strings.Join(names, ", ")), "--repo: countersign.yaml has no repository %q", name)
		}
		if _, err := os.Stat(dir); err != nil {
			return nil, fmt.Errorf("--repo %s: %w", name, err)
		}
		dirs[name] = dir
	}
	return dirs, nil
}

// limits reads --limit NAME=VALUE, with the names that refusals print.
func (s *session) limits() (pkgfile.Limits, error) {
	var limits pkgfile.Limits
	table := map[string]*int64{
		"entry-size": &limits.EntrySize, "total-size": &limits.TotalSize, "ratio": &limits.Ratio, "buffer": &limits.Buffer, "directory": &limits.Directory,
	}
	counts := map[string]*int{"entries": &limits.Entries, "depth": &limits.Depth, "path-length": &limits.PathLength}
	known := slices.Sorted(maps.Keys(table))
	known = append(known, slices.Sorted(maps.Keys(counts))...)
	for _, given := range s.c.StringSlice("limit") {
		name, text, _ := strings.Cut(given, "=")
		value, err := strconv.ParseInt(text, 10, 64)
		if err != nil || value < 1 {
			return limits, fmt.Errorf("--limit: expected NAME=NUMBER with a number above 0, found %q", given)
		}
		switch {
		case table[name] != nil:
			*table[name] = value
		case counts[name] != nil:
			*counts[name] = int(value)
		default:
			return limits, withHint(suggestion(finding.Nearest(name, known), "limits: "+strings.Join(known, ", ")), "--limit: no limit is called %q", name)
		}
	}
	return limits, nil
}

// sigstore reads the trusted root and a log entry.
func (s *session) sigstore() (*signature.TrustedRoot, []byte, error) {
	var log []byte
	if name := s.c.String("rekor-entry"); name != "" {
		var err error
		if log, err = os.ReadFile(name); err != nil {
			return nil, nil, fmt.Errorf("--rekor-entry: %w", err)
		}
	}
	name := s.c.String("trusted-root")
	if name == "" {
		root, err := signature.DefaultRoot()
		return root, log, err
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, nil, fmt.Errorf("--trusted-root: %w", err)
	}
	root, err := signature.ParseRoot(text)
	if err != nil {
		return nil, nil, fmt.Errorf("--trusted-root: %s: %w", name, err)
	}
	return root, log, nil
}

// trust reads keys, policy and waivers from a protected revision.
func (s *session) trust() (verify.Trust, error) {
	rev := s.c.String("trust")
	if rev == "" {
		return verify.Trust{}, nil
	}
	past, err := s.openPast(rev)
	if err != nil {
		return verify.Trust{}, fmt.Errorf("--trust: %w", err)
	}
	defer past.repo.Close()
	set, found, err := advisories.Load(past.files)
	if err != nil {
		return verify.Trust{}, fmt.Errorf("--trust: %s: %w", rev, err)
	}
	s.warn(found)
	added, err := past.repo.FirstAdded(past.commit, past.prefix(advisories.KeysDir))
	if err != nil {
		return verify.Trust{}, fmt.Errorf("--trust: %w", err)
	}
	trust := verify.Trust{Revision: string(past.commit), Set: set, Added: map[string]time.Time{}}
	for name, when := range added {
		trust.Added[strings.TrimPrefix(name, past.prefix(""))] = when
	}
	return trust, nil
}

// past is the security repository at a revision.
type past struct {
	repo   *gitrepo.Repo
	commit gitrepo.ID
	below  string // the security repository's folder inside the git repository
	files  fs.FS
}

// prefix gives a path as the git repository names it.
func (p *past) prefix(name string) string {
	if p.below == "." {
		return name
	}
	return p.below + "/" + name
}

// openPast opens the git repository that the security repository lies in.
func (s *session) openPast(rev string) (*past, error) {
	root, below, err := gitRoot(s.dir)
	if err != nil {
		return nil, err
	}
	p := &past{below: below}
	if p.repo, err = gitrepo.Open(root); err != nil {
		return nil, err
	}
	if p.commit, err = p.repo.Resolve(rev); err == nil {
		p.files, err = p.repo.Snapshot(p.commit, below)
	}
	if err != nil {
		p.repo.Close()
		return nil, err
	}
	return p, nil
}

// gitRoot finds the work tree that holds a folder, and the folder's path in it.
func gitRoot(dir string) (root, below string, err error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", "", err
	}
	if abs, err = filepath.EvalSymlinks(abs); err != nil {
		return "", "", err
	}
	for root = abs; ; root = filepath.Dir(root) {
		if _, err := os.Lstat(filepath.Join(root, ".git")); err == nil {
			below, err = filepath.Rel(root, abs)
			return root, filepath.ToSlash(below), err
		}
		if root == filepath.Dir(root) {
			return "", "", fmt.Errorf("%s lies in no git repository", dir)
		}
	}
}

// setAt reads the security repository as it was at a revision. Its own faults
// were findings then; what does not load is not compared.
func (s *session) setAt(rev string) (*advisories.Set, error) {
	p, err := s.openPast(rev)
	if err != nil {
		return nil, fmt.Errorf("--base: %w", err)
	}
	defer p.repo.Close()
	set, _, err := advisories.Load(p.files)
	if errors.Is(err, fs.ErrNotExist) {
		return &advisories.Set{FS: p.files, Config: new(advisories.Config)}, nil
	}
	return set, err
}
