package verify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/countersign/countersign/verify/gitrepo"
	"github.com/countersign/countersign/verify/patch"
)

// sameKey remembers an answer: which commits of a source's history make the change of these.
type sameKey struct {
	source gitrepo.ID
	lost   string
}

// equivalents finds commits in the source's history that make the same change as those fix commits that are
// no ancestors of it: one for each (cherry-picks), or one for all commits of the fix together (a squash). It
// returns none when any of them has no equivalent. Changes are the same when the stable patch ids of all
// their files are, tests and documentation aside.
func (p *Prover) equivalents(j *sourceJob, f Fix, lost []gitrepo.ID) ([]gitrepo.ID, error) {
	key := sameKey{j.source, shortList(f.Commits)}
	if found, ok := p.same[key]; ok {
		return found, nil
	}
	var found []gitrepo.ID
	for _, id := range lost {
		one, err := p.sameChange(j, p.fixes[id], id)
		if err != nil {
			return nil, err
		}
		if one == "" {
			found = nil
			break
		}
		found = append(found, one)
	}
	if found == nil && len(f.Commits) > 1 {
		one, err := p.sameChange(j, p.combined(f.Commits), lost[len(lost)-1])
		if err != nil {
			return nil, err
		}
		if one != "" {
			found = append(found, one)
		}
	}
	var fixes []Fix
	if len(found) > 0 {
		fixes = append(fixes, Fix{Commits: found})
	}
	p.readFixes(fixes)
	for _, id := range found {
		if err := p.fixes[id].err; err != nil {
			return nil, err
		}
	}
	p.same[key] = found
	return found, nil
}

// combined joins the commits of a fix into one change, as a squash of them would be: per file from before the
// first to after the last. It is nil when another change came between them.
func (p *Prover) combined(ids []gitrepo.ID) *change {
	sum := &change{}
	at := map[string]*fixFile{}
	order := slices.Clone(ids)
	slices.SortStableFunc(order, func(a, b gitrepo.ID) int {
		return int(min(max(p.graph.Date(p.graph.Node(a))-p.graph.Date(p.graph.Node(b)), -1), 1))
	})
	for _, id := range order {
		for _, f := range p.fixes[id].files {
			known := at[f.path]
			if known == nil {
				at[f.path] = &fixFile{path: f.path, before: f.before, after: f.after}
				sum.files = append(sum.files, at[f.path])
				continue
			}
			if known.after != f.before {
				return nil
			}
			known.after = f.after
		}
	}
	return sum
}

// sameChange finds the newest commit behind the source, and not behind the fix, that makes the change.
func (p *Prover) sameChange(j *sourceJob, ch *change, fix gitrepo.ID) (gitrepo.ID, error) {
	if ch == nil || j.reach.Behind(j.numbers[fix], j.reach.Source) {
		return "", nil // the whole history of the source is behind the fix
	}
	files := majorFiles(ch.files)
	if len(files) == 0 {
		return "", nil
	}
	var paths []string
	for _, f := range files {
		paths = append(paths, f.path)
	}
	var nodes []int32
	var roots []gitrepo.ID
	g := p.graph
	for n := range int32(j.reach.Len()) {
		if j.reach.Has(n) && !j.reach.Behind(j.numbers[fix], n) && len(g.Parents(n)) > 0 {
			nodes = append(nodes, n)
			roots = append(roots, g.Tree(n))
			if parent := g.Tree(g.Parents(n)[0]); parent != "" {
				roots = append(roots, parent)
			}
		}
	}
	if err := p.paths.load(paths, roots); err != nil {
		return "", err
	}
	slices.SortFunc(nodes, func(a, b int32) int {
		if g.Date(a) != g.Date(b) {
			return int(min(max(g.Date(b)-g.Date(a), -1), 1))
		}
		return strings.Compare(string(g.ID(a)), string(g.ID(b)))
	})
	for _, n := range nodes {
		same, err := p.makes(n, files)
		if err != nil || same {
			return g.ID(n), err
		}
	}
	return "", nil
}

// makes reports whether a commit changes each of the files as the fix did.
func (p *Prover) makes(n int32, files []*fixFile) (bool, error) {
	parent := p.graph.Parents(n)[0]
	if p.graph.Tree(parent) == "" {
		return false, nil
	}
	for _, f := range files {
		after, err := p.paths.blob(p.graph.Tree(n), f.path)
		if err != nil {
			return false, err
		}
		before, err := p.paths.blob(p.graph.Tree(parent), f.path)
		if err != nil || before == after {
			return false, err
		}
		if before == f.before && after == f.after {
			continue
		}
		want, err := p.fileID(f)
		if err != nil {
			return false, err
		}
		got, err := p.fileID(&fixFile{path: f.path, before: before, after: after})
		if err != nil || got != want {
			return false, err
		}
	}
	return true, nil
}

// fileID is the stable patch id of a change to one file; of a binary file, its two blobs.
func (p *Prover) fileID(f *fixFile) (string, error) {
	if f.id != "" {
		return f.id, nil
	}
	before, err := p.texts.get(f.before)
	if err != nil {
		return "", err
	}
	after, err := p.texts.get(f.after)
	if err != nil {
		return "", err
	}
	if before.binary || after.binary {
		f.id = fmt.Sprintf("binary %s %s", f.before, f.after)
		return f.id, nil
	}
	pf := patch.File{Old: f.path, New: f.path, Hunks: patch.TextHunks(before.text(), after.text())}
	if f.before == "" {
		pf.Old = ""
	}
	if f.after == "" {
		pf.New = ""
	}
	f.id = patch.StableID(patch.Diff{Files: []patch.File{pf}})
	return f.id, nil
}

// majorFiles leaves out tests and documentation, unless there is nothing else.
func majorFiles(files []*fixFile) []*fixFile {
	var major []*fixFile
	for _, f := range files {
		if !minor(f.path) {
			major = append(major, f)
		}
	}
	if len(major) == 0 {
		return files
	}
	return major
}
