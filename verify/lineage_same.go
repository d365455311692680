package verify

import (
	"cmp"
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
// returns none when any of them has no equivalent. Tests and documentation aside, changes are the same when the
// stable patch ids of all their files are, or, in other surroundings, their lines.
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

// sameChange finds the commit behind the source, and not behind the fix, that makes the change.
func (p *Prover) sameChange(j *sourceJob, ch *change, fix gitrepo.ID) (gitrepo.ID, error) {
	if ch == nil || j.reach.Behind(j.numbers[fix], j.reach.Source) {
		return "", nil // the whole history of the source is behind the fix
	}
	original, err := p.repo.Commit(fix)
	if err != nil {
		return "", err
	}
	return p.findChange(j.beside(fix), majorFiles(ch.files), original)
}

// beside lists the commits behind the source that are not behind a fix.
func (j *sourceJob) beside(fix gitrepo.ID) []int32 {
	var nodes []int32
	for n := range int32(j.reach.Len()) {
		if j.reach.Has(n) && !j.reach.Behind(j.numbers[fix], n) {
			nodes = append(nodes, n)
		}
	}
	return nodes
}

// findChange finds the newest of some commits that makes a change with its context. Where none does, it is one
// that takes away and adds the very same lines, as a backport to other surroundings does: first one that calls
// itself a pick of the original, or has its author and time, or its subject; then any, if the lines are so
// many that chance is out of the question. original is nil where the change never was a commit.
func (p *Prover) findChange(nodes []int32, files []*fixFile, original *gitrepo.Commit) (gitrepo.ID, error) {
	var paths []string
	for _, f := range files {
		paths = append(paths, f.path)
	}
	var wanted nodeSet
	g := p.graph
	nodes = slices.DeleteFunc(nodes, func(n int32) bool { return len(g.Parents(n)) == 0 })
	for _, n := range nodes {
		wanted = wanted.add(n).add(g.Parents(n)[0])
	}
	if len(files) == 0 || len(nodes) == 0 {
		return "", nil
	}
	if err := p.paths.load(paths, wanted); err != nil {
		return "", err
	}
	slices.SortFunc(nodes, func(a, b int32) int {
		if g.Date(a) != g.Date(b) {
			return int(min(max(g.Date(b)-g.Date(a), -1), 1))
		}
		return strings.Compare(string(g.ID(a)), string(g.ID(b)))
	})
	var kin, stranger gitrepo.ID
	for _, n := range nodes {
		like, err := p.makes(n, files)
		if err != nil {
			return "", err
		}
		switch id := g.ID(n); {
		case like == sameContext:
			return id, nil
		case like == sameLines && kin == "" && p.isKin(id, original):
			kin = id
		case like == sameLines && stranger == "" && enoughLines(files):
			stranger = id
		}
	}
	return cmp.Or(kin, stranger), nil
}

// likeness tells how much two changes are the same.
type likeness int

const (
	different   likeness = iota
	sameLines            // the lines taken away and added are, in their order
	sameContext          // and so is what stands around them
)

// makes tells how far a commit changes each of the files as the fix did.
func (p *Prover) makes(n int32, files []*fixFile) (likeness, error) {
	parent := p.graph.Parents(n)[0]
	if p.graph.Tree(parent) == "" {
		return different, nil
	}
	made := make([]*fixFile, len(files))
	for i, f := range files { // that a commit left one of them alone is cheaper to see than how it changed another
		after, err := p.paths.blob(n, f.path)
		if err != nil {
			return different, err
		}
		before, err := p.paths.blob(parent, f.path)
		if err != nil || before == after {
			return different, err
		}
		made[i] = &fixFile{path: f.path, before: before, after: after}
	}
	like := sameContext
	for i, f := range files {
		if made[i].before == f.before && made[i].after == f.after {
			continue
		}
		one, err := p.alike(f, made[i])
		if err != nil || one == different {
			return different, err
		}
		like = min(like, one)
	}
	return like, nil
}

// alike compares two changes to one file.
func (p *Prover) alike(a, b *fixFile) (likeness, error) {
	for _, f := range [2]*fixFile{a, b} {
		if err := p.identify(f); err != nil {
			return different, err
		}
	}
	switch {
	case a.id == b.id:
		return sameContext, nil
	case len(a.lines) > 0 && slices.Equal(a.lines, b.lines):
		return sameLines, nil
	}
	return different, nil
}

// isKin reports whether a commit and the original of a change belong together by what their authors say.
func (p *Prover) isKin(id gitrepo.ID, original *gitrepo.Commit) bool {
	if original == nil {
		return false
	}
	c, err := p.repo.Commit(id)
	if err != nil {
		return false
	}
	subject := func(c *gitrepo.Commit) string { line, _, _ := strings.Cut(c.Message, "\n"); return line }
	return strings.Contains(c.Message, "(cherry picked from commit "+string(original.ID)) ||
		c.Author.Email == original.Author.Email && c.Author.Time.Equal(original.Author.Time) ||
		subject(c) != "" && subject(c) == subject(original)
}

// enoughLines reports whether a change has so many lines of substance that another with the same ones is no chance.
func enoughLines(files []*fixFile) bool {
	n := 0
	for _, f := range files {
		n += len(f.lines)
	}
	return n >= fewestLines
}

// fewestLines is the least number of lines by which a stranger's commit is taken for the same change.
const fewestLines = 4

// identify names a change to one file: with its context by the stable patch id (of a binary file, by its two
// blobs), and without it by its lines.
func (p *Prover) identify(f *fixFile) error {
	if f.id != "" {
		return nil
	}
	before, err := p.texts.get(f.before)
	if err != nil {
		return err
	}
	after, err := p.texts.get(f.after)
	if err != nil {
		return err
	}
	if before.binary || after.binary {
		f.id = fmt.Sprintf("binary %s %s", f.before, f.after)
		return nil
	}
	pf := patch.File{Old: f.path, New: f.path, Hunks: patch.TextHunks(before.text(), after.text())}
	if f.before == "" {
		pf.Old = ""
	}
	if f.after == "" {
		pf.New = ""
	}
	f.nameBy(pf)
	return nil
}

// nameBy sets a file's names from the diff of its change.
func (f *fixFile) nameBy(pf patch.File) {
	f.id = patch.StableID(patch.Diff{Files: []patch.File{pf}})
	for _, op := range [2]patch.Op{patch.Delete, patch.Add} {
		for _, h := range pf.Hunks {
			for _, l := range h.Lines {
				text := strings.Join(strings.Fields(l.Text), "")
				if l.Op == op && len(text) > 2 {
					f.lines = append(f.lines, string(byte(op))+text)
				}
			}
		}
	}
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
