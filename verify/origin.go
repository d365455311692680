package verify

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/verify/gitrepo"
	"github.com/countersign/countersign/verify/patch"
)

// maxPatchFile bounds a patch file read from the security repository.
const maxPatchFile = 64 << 20

// findSources finds the trees that the packages should hold: the record's commits
// with the record's patches applied, or, where it names none, the commit that
// explains most of a package.
func (j *run) findSources(list []opened) error {
	written := j.release.Sources
	if len(written) == 0 {
		written = []advisories.ReleaseSource{{At: j.release.Source.Whole()}}
	}
	for i := range written {
		s := &written[i]
		name := cmp.Or(s.Repo.V, j.set.RepoOf(j.product))
		repo := j.ev.Repos[name]
		if repo == nil {
			j.say(found(RuleSourceAbsent, s.At, fmt.Sprintf("give the clone: --repo %s=DIR", cmp.Or(name, "NAME")),
				"the repository %q is not at hand, so nothing can be compared with it", name))
			continue
		}
		src, err := j.originOf(s, name, repo, list)
		if err != nil {
			return err
		}
		if src == nil {
			continue
		}
		if s.Root.Given() {
			root := rootOf(s.Root.V)
			src.root = &root
		}
		j.sources = append(j.sources, src)
	}
	return j.applyPatches()
}

// originOf returns the source tree that one entry of the record names, or that the
// packages tell, or nil after saying why there is none.
func (j *run) originOf(s *advisories.ReleaseSource, name string, repo *gitrepo.Repo, list []opened) (*source, error) {
	if !s.Commit.Given() {
		return j.infer(s, name, repo, list)
	}
	id, err := gitrepo.ParseID(s.Commit.V)
	if err == nil {
		err = repo.Check(id)
	}
	if err != nil {
		j.say(found(RuleCommitAbbreviated, s.Commit.At, "", "source commit: %v", err))
		return nil, nil
	}
	tree, err := j.tree(name, repo, id)
	if err != nil {
		return nil, j.undecidable(err, s.Commit.At)
	}
	return tree.clone(), j.checkTag(s, repo, id)
}

// tree reads a commit's tree, once for all releases.
func (v *Verifier) tree(name string, repo *gitrepo.Repo, id gitrepo.ID) (*source, error) {
	key := treeKey{name, id}
	if s := v.trees[key]; s != nil {
		return s, nil
	}
	s, err := newSource(name, repo, id)
	if err != nil {
		return nil, err
	}
	v.trees[key] = s
	return s, nil
}

// clone returns a copy that patches may be applied to.
func (s *source) clone() *source {
	c := *s
	c.files, c.before = maps.Clone(s.files), maps.Clone(s.before)
	return &c
}

// checkTag holds the record's tag against its commit.
func (j *run) checkTag(s *advisories.ReleaseSource, repo *gitrepo.Repo, id gitrepo.ID) error {
	if !s.Tag.Given() {
		return nil
	}
	ref, ok, err := repo.Tag(s.Tag.V)
	if err != nil {
		return j.undecidable(err, s.Tag.At)
	}
	switch {
	case ok && ref.Commit != id:
		j.say(found(RuleSourceTag, s.Tag.At, "", "the tag %s points at %s, and the record's commit is %s", s.Tag.V, ref.Commit, id))
	case !ok && j.release.Released.Given():
		j.say(unchecked(RuleSourceTag, s.Tag.At, "fetch the tags: git fetch --tags", "the clone has no tag %q", s.Tag.V))
	}
	return nil
}

// infer names the commit that explains most files of the largest package.
func (j *run) infer(s *advisories.ReleaseSource, name string, repo *gitrepo.Repo, list []opened) (*source, error) {
	var largest *opened
	for i := range list {
		p := list[i].pkg
		if p != nil && len(p.Entries) > 0 && (largest == nil || len(p.Entries) > len(largest.pkg.Entries)) {
			largest = &list[i]
		}
	}
	if largest == nil {
		j.say(found(RuleSourceAbsent, s.At, "write source.commit into the record", "the record names no source commit, and no package is at hand that could tell it"))
		return nil, nil
	}
	var hint gitrepo.ID
	if id, err := gitrepo.ParseID(largest.pkg.Commit); err == nil && repo.Check(id) == nil {
		hint = id
	}
	q, err := newQuestion(repo, largest.pkg, hint)
	if err != nil {
		return nil, j.undecidable(err, s.At)
	}
	best, err := q.infer()
	if err != nil {
		return nil, j.undecidable(err, s.At)
	}
	if best.commit == "" {
		j.say(found(RuleSourceAbsent, s.At, "write source.commit into the record",
			"the record names no source commit, and no commit of %q holds a file of %s", name, largest.pkg.Name))
		return nil, nil
	}
	tree, err := j.tree(name, repo, best.commit)
	if err != nil {
		return nil, j.undecidable(err, s.At)
	}
	note := ""
	if best.tied > 0 {
		note = fmt.Sprintf("; %s as many, and this is the one with a tag, or the newest", plural(best.tied, "more commit explains", "more commits explain"))
	}
	if best.commit == hint {
		note = "; it is the one that the archive names itself"
	}
	j.say(found(RuleSourceInferred, s.At, fmt.Sprintf("write it into the record: source: {repo: %s, commit: %s}", name, best.commit),
		"the record names no source commit; %s explains %d of the %d files of %s%s", best.commit, best.files, len(largest.pkg.Entries), largest.pkg.Name, note))
	src := tree.clone()
	j.inferred[src] = best.files
	return src, nil
}

// applyPatches puts the record's patches on the sources, in their order.
func (j *run) applyPatches() error {
	for i := range j.release.Patches {
		rec := &j.release.Patches[i]
		p, ok := j.readPatch(rec.Path)
		if !ok {
			continue
		}
		p.repo = rec.Repo.V
		j.patches = append(j.patches, p)
		src := j.sourceOf(cmp.Or(p.repo, j.set.RepoOf(j.product)))
		if src == nil && len(j.sources) == 1 && p.repo == "" {
			src = j.sources[0]
		}
		if src == nil {
			continue // that the source is absent was said
		}
		p.repo = src.name
		err := src.apply(p, j.patchOptions(rec))
		switch {
		case err != nil && incomplete(err):
			if err := j.undecidable(err, rec.Path.At); err != nil {
				return err
			}
		case err != nil:
			j.say(found(RulePatchConflict, rec.Path.At, "see whether it was made for another commit, or needs ignore_whitespace: true",
				"%s does not apply to %s: %v", p.path, short(src.commit), err))
		case p.state == patchWasThere:
			j.say(found(RulePatchThere, rec.Path.At, "", "the change of %s is in %s already", p.path, short(src.commit)))
		}
	}
	return nil
}

// patchOptions tells how the build applies a patch: as the release's record says, or
// else as the advisory does whose fix it is, since a build applies a file in one way.
func (j *run) patchOptions(rec *advisories.ReleasePatch) patch.Options {
	if rec.IgnoreWhitespace.Given() {
		return patch.Options{IgnoreWhitespace: rec.IgnoreWhitespace.V}
	}
	for _, a := range j.set.Advisories {
		for i := range a.Fixes {
			if f := &a.Fixes[i]; f.IgnoreWhitespace.V && f.Patch.V == rec.Path.V {
				return patch.Options{IgnoreWhitespace: true}
			}
		}
	}
	return patch.Options{}
}

func (j *run) sourceOf(repo string) *source {
	i := slices.IndexFunc(j.sources, func(s *source) bool { return s.name == repo })
	if i < 0 {
		return nil
	}
	return j.sources[i]
}

// readPatch reads and parses a patch file of the security repository.
func (v *Verifier) readPatch(name advisories.Value[string]) (*appliedPatch, error) {
	text, err := v.readFile(name.V, maxPatchFile)
	if err != nil {
		return nil, err
	}
	diff, err := patch.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name.V, err)
	}
	sum := sha256.Sum256(text)
	return &appliedPatch{path: name.V, digest: hex.EncodeToString(sum[:]), diff: diff, id: patch.StableID(diff)}, nil
}

// readPatch is the verifier's, with a finding for what cannot be read.
func (j *run) readPatch(name advisories.Value[string]) (*appliedPatch, bool) {
	p, err := j.Verifier.readPatch(name)
	if err != nil {
		j.say(found(RulePatchUnreadable, name.At, "", "%v", err))
		return nil, false
	}
	return p, true
}

// readFile reads a file of the security repository, of which the limit is stated.
func (v *Verifier) readFile(name string, limit int64) ([]byte, error) {
	return readBounded(v.set.FS, path.Clean(name), limit)
}

func readBounded(fsys fs.FS, name string, limit int64) ([]byte, error) {
	if fsys == nil || !fs.ValidPath(name) {
		return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > limit {
		return nil, fmt.Errorf("%s: expected a plain file of at most %d bytes", name, limit)
	}
	return fs.ReadFile(fsys, name)
}
