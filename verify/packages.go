package verify

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
	"github.com/countersign/countersign/verify/gitrepo"
	"github.com/countersign/countersign/verify/patch"
	"github.com/countersign/countersign/verify/pkgfile"
)

// shown is how many paths a message names before it counts the rest.
const shown = 8

// reconstructAll holds every package, and every archive inside one, against the
// sources, and says what does not fit.
func (j *run) reconstructAll(ctx context.Context, list []opened) error {
	previous, known, err := j.previousTrees()
	if err != nil {
		return err
	}
	for _, o := range list {
		if o.pkg == nil {
			if err := j.manifest(o); err != nil {
				return err
			}
			continue
		}
		if err := j.reconstruct(ctx, o.pkg, o.record, nil, previous, known); err != nil {
			return err
		}
		j.archives[j.packageOf(o.pkg)] = o.archive
	}
	for _, r := range j.packages {
		j.sayArchive(r)
		if len(j.sources) > 0 {
			better, err := j.betterSource(r)
			if err != nil {
				return err
			}
			j.sayDifferences(r, better)
		}
	}
	j.absentPackages()
	return nil
}

func (j *run) packageOf(p *pkgfile.Package) *Reconstruction {
	i := slices.IndexFunc(j.packages, func(r *Reconstruction) bool { return r.Package == p })
	return j.packages[i]
}

// reconstruct judges one archive and those inside it.
func (j *run) reconstruct(ctx context.Context, p *pkgfile.Package, rec *advisories.Package, outer *Reconstruction, previous map[string]*source, known bool) error {
	r, err := reconstruct(ctx, p, rec, j.sources)
	if err != nil {
		return j.undecidable(err, j.at(rec))
	}
	r.Outer = outer
	j.packages = append(j.packages, r)
	if err := j.inner(ctx, r, previous, known); err != nil {
		return err
	}
	j.settleBundle(r)
	if rec == nil && outer != nil && known && !r.Bundle {
		r.Changed = r.looksChanged(previous)
	}
	if r.Changed {
		if known {
			r.require(previous)
		} else {
			j.say(found(RulePackagePrevious, j.at(rec), "name the release before in previous, and give its record a source.commit",
				"%s holds only what changed since the previous release, and that release's source is not known", r.Name))
		}
	}
	err = r.finish(ctx)
	return j.undecidable(err, j.at(rec))
}

// inner opens the archives inside a package that the source does not explain, and
// judges each as a package of its own.
func (j *run) inner(ctx context.Context, outer *Reconstruction, previous map[string]*source, known bool) error {
	for i := range outer.Package.Entries {
		e := &outer.Package.Entries[i]
		state := outer.states[e.Path]
		if e.Archive == "" || state != Unexplained && state != Generated {
			continue
		}
		rec := j.recordOfInner(path.Base(e.Path))
		p, err := outer.Package.Inner(ctx, e.Path)
		if err != nil {
			return err
		}
		if state == Generated && rec == nil && !j.resembles(p) {
			continue // a product of the build that happens to be an archive
		}
		outer.states[e.Path] = Inner
		if err := j.reconstruct(ctx, p, rec, outer, previous, known); err != nil {
			return err
		}
	}
	return nil
}

// recordOfInner finds the record of an archive inside another by its base name.
func (j *run) recordOfInner(base string) *advisories.Package {
	for i := range j.release.Packages {
		if p := &j.release.Packages[i]; path.Base(p.Name.V) == base {
			return p
		}
	}
	return nil
}

// resembles reports whether a package shares files with a source at the right paths.
func (j *run) resembles(p *pkgfile.Package) bool {
	for _, s := range j.sources {
		if _, matched := inferRoot(p.Entries, s); matched > 0 {
			return true
		}
	}
	return p.Incomplete
}

// inputFolder is where a bundle keeps what its packages were built from.
const inputFolder = "input/"

// settleBundle tells a bundle, which holds packages, from a package that happens to
// hold an archive: a package's own files are most of the source. What a bundle
// keeps beside its packages must be known too: blobs of the source or of the
// release's patches.
func (j *run) settleBundle(r *Reconstruction) {
	inside := slices.ContainsFunc(j.packages, func(p *Reconstruction) bool { return p.Outer == r })
	if !inside || r.Record != nil && r.Record.Root.Given() {
		return
	}
	for i := range r.sources {
		s := &r.sources[i]
		if strings.HasPrefix(s.root, inputFolder) {
			continue
		}
		there := 0
		for _, p := range s.paths {
			if _, ok := r.states[s.root+p]; ok {
				there++
			}
		}
		if there*2 >= len(s.paths) {
			return
		}
	}
	r.Bundle = true
	blobs := map[string]bool{}
	for _, s := range j.sources {
		for _, f := range s.files {
			blobs[string(f.id)] = true
		}
		for _, f := range s.before {
			blobs[string(f.id)] = true
		}
	}
	for _, p := range j.patches {
		if text, err := j.readFile(p.path, maxPatchFile); err == nil {
			blobs[pkgfile.BlobID(r.hash(), text)] = true
		}
	}
	for _, e := range r.Package.Entries {
		if r.states[e.Path] == Unexplained && (blobs[e.Blob] || blobs[e.BlobLF] || strings.HasPrefix(e.Path, inputFolder) && j.inHistory(&e)) {
			r.states[e.Path] = Identical
		}
	}
}

// inHistory reports whether a file's bytes are those of some file of a source
// repository, at whatever commit: what a build starts from may be older than what
// comes out of it.
func (j *run) inHistory(e *pkgfile.Entry) bool {
	return slices.ContainsFunc(j.sources, func(s *source) bool {
		for _, id := range []string{e.Blob, e.BlobLF} {
			if _, err := s.repo.Blob(gitrepo.ID(id)); err == nil {
				return true
			}
		}
		return false
	})
}

// hash is the object hash of the package's ids.
func (r *Reconstruction) hash() pkgfile.Hash {
	if len(r.sources) > 0 {
		return r.sources[0].hash()
	}
	return pkgfile.SHA1
}

// looksChanged reports whether an archive that the record does not describe holds
// nothing but files that changed since the previous release, and not all of the source.
func (r *Reconstruction) looksChanged(previous map[string]*source) bool {
	if len(r.missing()) == 0 {
		return false
	}
	trial := *r
	trial.require(previous)
	for _, e := range r.Package.Entries {
		if state := r.states[e.Path]; (state == Identical || state == Normalized || state == Patched) && !trial.required[e.Path] {
			return false
		}
	}
	return len(r.Package.Entries) > 0
}

// previousTrees returns the trees of the release before, by repository; known is
// false when they are not at hand.
func (j *run) previousTrees() (trees map[string]*source, known bool, err error) {
	if !j.release.Previous.Given() {
		return nil, false, nil
	}
	before := j.set.Release(j.product, j.release.Previous.V)
	if before == nil || before.Broken {
		return nil, false, nil
	}
	trees = map[string]*source{}
	for i := range before.Sources {
		s := &before.Sources[i]
		name := cmp.Or(s.Repo.V, j.set.RepoOf(j.product))
		repo := j.ev.Repos[name]
		id, parseErr := gitrepo.ParseID(s.Commit.V)
		if repo == nil || parseErr != nil {
			continue
		}
		tree, err := j.tree(name, repo, id)
		if err != nil {
			if err := j.undecidable(err, s.Commit.At); err != nil {
				return nil, false, err
			}
			continue
		}
		trees[name] = j.withPatches(tree, name, before)
	}
	for _, s := range j.sources {
		if trees[s.name] == nil {
			return nil, false, nil
		}
	}
	return trees, len(j.sources) > 0, nil
}

// withPatches puts a record's patches for one repository on its tree: nil where one
// cannot be applied, since what that release held is then not known.
func (j *run) withPatches(tree *source, repo string, r *advisories.Release) *source {
	tree = tree.clone()
	for i := range r.Patches {
		rec := &r.Patches[i]
		if cmp.Or(rec.Repo.V, j.set.RepoOf(j.product)) != repo {
			continue
		}
		p, err := j.Verifier.readPatch(rec.Path)
		if err != nil || tree.apply(p, patch.Options{IgnoreWhitespace: rec.IgnoreWhitespace.V}) != nil {
			return nil
		}
	}
	return tree
}

// sayArchive turns what is wrong with an archive into findings. A collision of names
// that the source itself has is the project's own affair.
func (j *run) sayArchive(r *Reconstruction) {
	count := map[string]int{}
	for _, p := range r.Package.Problems {
		if p.Rule == pkgfile.RuleCollision && len(p.Paths) > 0 && !slices.ContainsFunc(p.Paths, r.differs) {
			continue
		}
		if count[p.Rule]++; count[p.Rule] <= archiveProblemsTogether {
			j.say(found(p.Rule, j.at(r.Record), "", "%s: %s", r.Name, p.Message))
		}
	}
	for _, rule := range sortedKeys(count) {
		if n := count[rule] - archiveProblemsTogether; n > 0 {
			j.say(found(rule, j.at(r.Record), "", "%s: and %d more of this kind", r.Name, n))
		}
	}
}

// differs reports whether a file is anything but the source's.
func (r *Reconstruction) differs(name string) bool {
	switch r.states[name] {
	case Identical, Normalized, Patched:
		return false
	}
	return true
}

// sayDifferences reports what the source does not explain and what is missing.
func (j *run) sayDifferences(r *Reconstruction, better string) {
	if n := len(r.Unexplained); n > 0 {
		names := make([]string, n)
		for i, d := range r.Unexplained {
			names[i] = d.Path
		}
		f := found(RulePackageUnexplained, j.at(r.Record), r.hintUnexplained(),
			"%s: %s that the source does not explain: %s", r.Name, plural(n, "file", "files"), listed(names))
		if better != "" {
			f.Related = append(f.Related, finding.Related{Message: better})
		}
		for i := range r.Unexplained[:min(n, maxDiffs)] {
			for _, line := range r.Unexplained[i].lines(i < maxShownDiffs) {
				f.Related = append(f.Related, finding.Related{Message: line})
			}
		}
		j.say(f)
	}
	if n := len(r.Missing); n > 0 {
		j.say(found(RulePackageMissing, j.at(r.Record), "if that is never shipped, declare it: omitted: ["+patternsFor(r.Missing)+"]",
			"%s: %s missing: %s", r.Name, plural(n, "file of the source is", "files of the source are"), listed(r.Missing)))
	}
}

// betterSource says which commit explains more files of a package than the recorded
// source does: most often a candidate was built from another commit than the record
// says. It is looked for only where a file of the source differs.
func (j *run) betterSource(r *Reconstruction) (string, error) {
	differs := slices.ContainsFunc(r.Unexplained, func(d Difference) bool {
		s, rel := locate(r.sources, d.Path)
		return s != nil && s.files[rel].id != ""
	})
	if !differs || len(r.sources) != 1 || r.Manifest || r.Package.Incomplete || len(j.inferred) > 0 {
		return "", nil
	}
	s := r.sources[0]
	best, files, _, err := inferCommit(s.repo, r.Package, "")
	if err != nil {
		return "", j.undecidable(err, j.at(r.Record))
	}
	now := r.Counts[Identical] + r.Counts[Normalized] + r.Counts[Patched]
	if best == "" || best == s.commit || files <= now {
		return "", nil
	}
	return fmt.Sprintf("the commit %s explains %d of the %d files, the recorded source %d: was the package built from it?", best, files, r.Files, now), nil
}

// maxShownDiffs is how many differences a finding shows line by line.
const maxShownDiffs = 3

// hintUnexplained tells what to do. Only files that the source does not have can be
// products of the build; to declare a changed source file one would hide the change.
func (r *Reconstruction) hintUnexplained() string {
	var made []string
	for _, d := range r.Unexplained {
		if s, rel := locate(r.sources, d.Path); s == nil || s.files[rel].id == "" {
			made = append(made, d.Path)
		}
	}
	if len(made) == 0 {
		return "build the package from the recorded source, or record the commit and the patches that it was built from"
	}
	return "if the build makes that, declare it: generated: [" + patternsFor(made) + "]"
}

// lines say how a difference is near to the source, and show its first lines.
func (d *Difference) lines(diff bool) []string {
	if d.Source == "" {
		return []string{fmt.Sprintf("%q: the source has nothing like it", d.Path)}
	}
	list := []string{fmt.Sprintf("%q: nearest is %q: %s", d.Path, d.Source, d.Note)}
	if diff {
		list = append(list, d.Diff...)
	}
	return list
}

// absentPackages says which packages of the record nobody gave.
func (j *run) absentPackages() {
	if len(j.packages) == 0 && len(j.release.Packages) == 0 {
		j.say(found(RulePackageAbsent, j.release.Source.Whole(), "list the packages in the record, or name one with --package",
			"the record lists no package and none was given, so nothing was judged"))
	}
	for i := range j.release.Packages {
		rec := &j.release.Packages[i]
		if !slices.ContainsFunc(j.packages, func(r *Reconstruction) bool { return r.Record == rec }) && !j.manifested[rec] {
			j.say(found(RulePackageAbsent, rec.At, "put it beside the others, or name it with --package", "%s was not given, so nothing is known of it", rec.Name.V))
		}
	}
}

// at is where findings about a package point: its entry in the record.
func (j *run) at(rec *advisories.Package) finding.Span {
	switch {
	case rec == nil:
		return j.release.Source.Whole()
	case rec.Name.Given():
		return rec.Name.At
	}
	return rec.At
}

// listed names the first few of many.
func listed(names []string) string {
	quoted := make([]string, 0, shown)
	for _, n := range names[:min(len(names), shown)] {
		quoted = append(quoted, fmt.Sprintf("%q", n))
	}
	text := strings.Join(quoted, ", ")
	if more := len(names) - shown; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// patternsFor suggests patterns that a record could hold: whole top folders where
// several files share one.
func patternsFor(names []string) string {
	count := map[string]int{}
	for _, n := range names {
		count[path.Dir(n)]++
	}
	var patterns []string
	for _, n := range names {
		p := n
		if dir := path.Dir(n); dir != "." && count[dir] > 3 {
			p = dir + "/**"
		}
		if p = fmt.Sprintf("%q", p); !slices.Contains(patterns, p) {
			patterns = append(patterns, p)
		}
		if len(patterns) > shown {
			return strings.Join(patterns[:shown], ", ") + ", …"
		}
	}
	return strings.Join(patterns, ", ")
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
