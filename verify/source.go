package verify

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/countersign/countersign/verify/gitrepo"
	"github.com/countersign/countersign/verify/patch"
	"github.com/countersign/countersign/verify/pkgfile"
)

// sourceFile is one file of a source tree.
type sourceFile struct {
	id    gitrepo.ID
	mode  gitrepo.Mode
	patch string // path of the last patch that changed it, empty for a file as committed
	data  []byte // of a patched file; others are read from the repository when needed
}

// source is the tree that a package should hold: a commit's files, with the
// record's patches applied.
type source struct {
	name    string // of the repository in countersign.yaml
	repo    *gitrepo.Repo
	commit  gitrepo.ID
	files   map[string]sourceFile
	before  map[string]sourceFile // what patches replaced or removed
	paths   []string              // of files, sorted; submodules are not among them
	attrs   *attributes
	ignored map[string]bool // paths that git archive leaves out
	root    *string         // where the record says it sits in every package; nil: to be found
}

// newSource reads the tree of a commit.
func newSource(name string, repo *gitrepo.Repo, commit gitrepo.ID) (*source, error) {
	entries, err := repo.Files(commit)
	if err != nil {
		return nil, fmt.Errorf("source tree of %s: %w", commit, err)
	}
	s := &source{name: name, repo: repo, commit: commit,
		files:  make(map[string]sourceFile, len(entries)),
		before: map[string]sourceFile{},
	}
	for _, e := range entries {
		if e.Mode.IsFile() {
			s.files[e.Name] = sourceFile{id: e.ID, mode: e.Mode}
		}
	}
	return s, s.index()
}

// index works out what hangs on the list of files.
func (s *source) index() error {
	s.paths = make([]string, 0, len(s.files))
	for p := range s.files {
		s.paths = append(s.paths, p)
	}
	slices.Sort(s.paths)
	attrs, err := readAttributes(s.paths, s.read)
	if err != nil {
		return err
	}
	s.attrs = attrs
	s.ignored = map[string]bool{}
	for _, p := range s.paths {
		if attrs.ignored(p) {
			s.ignored[p] = true
		}
	}
	return nil
}

// read returns a file's bytes, patched where it is.
func (s *source) read(path string) ([]byte, error) {
	f, ok := s.files[path]
	if !ok {
		return nil, fmt.Errorf("no file %q in %s", path, s.commit)
	}
	return s.bytes(f)
}

func (s *source) bytes(f sourceFile) ([]byte, error) {
	if f.data != nil {
		return f.data, nil
	}
	return s.repo.Blob(f.id)
}

// appliedPatch is a patch of the release's record and what came of it.
type appliedPatch struct {
	path   string
	digest string // SHA-256 of its bytes, hex
	diff   patch.Diff
	id     string // patch.StableID
	state  patchState
	repo   string
}

type patchState int

const (
	patchApplied  patchState = iota
	patchWasThere            // the source holds the change already
	patchConflicts
)

// apply puts a patch on top of the tree, as git apply would. A patch that does not
// apply and whose reverse does is in the source already; one that does neither is
// an error, and the tree stays as it was.
func (s *source) apply(p *appliedPatch, o patch.Options) error {
	changed, err := s.try(p.diff, o)
	if err != nil {
		if _, undone := s.try(p.diff.Reverse(), o); undone == nil {
			p.state = patchWasThere
			return nil
		}
		p.state = patchConflicts
		return err
	}
	for path, f := range changed {
		if old, had := s.files[path]; had {
			if _, noted := s.before[path]; !noted {
				s.before[path] = old
			}
		}
		if f.id == "" {
			delete(s.files, path)
			continue
		}
		f.patch = p.path
		s.files[path] = f
	}
	return s.index()
}

// try returns the files that a diff would change; one without an id would go.
func (s *source) try(d patch.Diff, o patch.Options) (map[string]sourceFile, error) {
	changed := map[string]sourceFile{}
	look := func(path string) (sourceFile, bool) {
		if f, ok := changed[path]; ok {
			return f, f.id != ""
		}
		f, ok := s.files[path]
		return f, ok
	}
	for _, f := range d.Files {
		after, err := s.change(f, look, o)
		if err != nil {
			return nil, err
		}
		if f.Old != "" && f.Old != f.New && !f.Copy {
			changed[f.Old] = sourceFile{}
		}
		if f.New != "" {
			changed[f.New] = after
		}
	}
	return changed, nil
}

// change returns one file after the change.
func (s *source) change(f patch.File, look func(string) (sourceFile, bool), o patch.Options) (sourceFile, error) {
	out := sourceFile{mode: gitrepo.ModeFile}
	var before []byte
	if f.Old != "" {
		old, ok := look(f.Old)
		if !ok {
			return out, fmt.Errorf("%s is not in the source", f.Old)
		}
		data, err := s.bytes(old)
		if err != nil {
			return out, err
		}
		before, out.mode = data, old.mode
		if before == nil {
			before = []byte{}
		}
	} else if _, ok := look(f.New); ok {
		return out, fmt.Errorf("the patch creates %s, which the source has", f.New)
	}
	if f.NewMode != 0 {
		out.mode = gitrepo.Mode(f.NewMode)
	}
	after, err := f.Apply(before, o)
	if err != nil {
		return out, err
	}
	if f.New == "" {
		return sourceFile{}, nil
	}
	if after == nil {
		after = []byte{}
	}
	out.data = after
	out.id, err = s.repo.HashBlob(after)
	return out, err
}

// hash tells the repository's object hash by the length of its ids.
func (s *source) hash() pkgfile.Hash { return hashOf(s.commit) }

func hashOf(id gitrepo.ID) pkgfile.Hash {
	if len(id) == 64 {
		return pkgfile.SHA256
	}
	return pkgfile.SHA1
}

// ships reports whether an export of the source holds a path.
func (s *source) ships(path string) bool {
	_, ok := s.files[path]
	return ok && !s.ignored[path]
}

// incomplete reports whether an error says that the clone lacks something, or is
// not what it should be, rather than that a claim is false.
func incomplete(err error) bool {
	var absent *gitrepo.IncompleteError
	var corrupt *gitrepo.CorruptError
	return errors.As(err, &absent) || errors.As(err, &corrupt)
}

// short is an object id as people read it, long enough for any repository.
func short(id gitrepo.ID) string {
	return strings.Clone(string(id[:min(len(id), shortLength)]))
}

const shortLength = 12
