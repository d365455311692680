package verify

import (
	"slices"
	"strings"

	"github.com/countersign/countersign/verify/gitrepo"
)

// A commit that takes lines of a fix away may be a revert or honest work: checks move, a rewrite makes an
// added line needless. Published history shows what tells them apart. Reverts do little else; honest work
// takes the lines away in the course of something larger, and hardly ever brings all of the old text back.
//
//   - A commit that says "This reverts commit <fix>", and a merge that drops the fix's lines, are reverts.
//   - A commit whose other changes to code are few beside what it undid is a revert when it brought old lines
//     back or undid a whole hunk; not when all it took out was inclusions and comments while the rest of the
//     fix stands.
//   - A commit that leaves nothing of the fix standing is a revert when it brought vulnerable lines back, or
//     when its other changes are not much larger than the fix.
//
// Everything else is evolution, and the commit is named.
const (
	fewLines   = 2  // a copyright year beside a revert
	fewShare   = 4  // other changes up to a quarter of what was undone are few
	muchLines  = 20 // when nothing of the fix stands: other changes up to this many lines,
	muchFactor = 4  // or up to this many times what was undone, are not much
)

// undoing is what one commit undid of one fix.
type undoing struct {
	blocks []*blockStanding
	lines  int  // undone
	old    bool // lines of the text before the fix came back
	slight bool // nothing but inclusions and comments was taken out
	hunks  map[hunkOf]int
	whole  bool // a whole hunk was undone
}

// hunkOf names one hunk of a fix.
type hunkOf struct {
	file *fixFile
	hunk int
}

// weighUndone decides which commits that undid blocks are reverts, and calls the rest evolution.
func (p *Prover) weighUndone(st *Standing, own map[gitrepo.ID]bool) {
	stands := false
	by := map[gitrepo.ID]*undoing{}
	for _, f := range st.files {
		stands = stands || f.whole && !f.minor
		for i := range f.blocks {
			b := &f.blocks[i]
			stands = stands || b.verdict == Present || b.verdict == Evolved
			if b.verdict == Reverted && len(b.by) > 0 {
				id := b.by[len(b.by)-1]
				if by[id] == nil {
					by[id] = &undoing{slight: true, hunks: map[hunkOf]int{}}
				}
				by[id].add(f.file, i, b)
			}
		}
	}
	for id, u := range by {
		if p.isRevert(id, u, stands, own) {
			continue
		}
		for _, b := range u.blocks {
			b.verdict, b.reason = Evolved, "taken out in the course of a larger change"
		}
	}
}

func (u *undoing) add(f *fixFile, i int, b *blockStanding) {
	u.blocks = append(u.blocks, b)
	if f.probe == nil {
		u.lines, u.old, u.slight = u.lines+1, true, false
		return
	}
	block := &f.probe.Blocks[i]
	h := hunkOf{f, block.Hunk}
	u.hunks[h]++
	size := 0
	for _, other := range f.probe.Blocks {
		if other.Hunk == block.Hunk {
			size++
		}
	}
	u.whole = u.whole || u.hunks[h] == size
	u.lines += block.Size()
	for _, l := range f.probe.Before.Lines[block.A0:block.A1] {
		u.old = u.old || len(strings.TrimSpace(l)) > 2
	}
	u.slight = u.slight && !u.old
	for _, l := range f.probe.After.Lines[block.B0:block.B1] {
		u.slight = u.slight && isSlight(strings.TrimSpace(l))
	}
}

// isSlight recognises lines whose loss changes no behaviour: inclusions, comments, nothing.
func isSlight(line string) bool {
	for _, prefix := range []string{"#include", "import ", "use ", "//", "/*", "*", "--", "# "} {
		if strings.HasPrefix(line, prefix) {
			return true
		}
	}
	return len(line) <= 2
}

func (p *Prover) isRevert(id gitrepo.ID, u *undoing, stands bool, own map[gitrepo.ID]bool) bool {
	c, err := p.repo.Commit(id)
	if err != nil || len(c.Parents) != 1 || saysRevert(c.Message, own) {
		return true
	}
	other := p.codeLines(c) - u.lines
	if other <= max(fewLines, u.lines/fewShare) && (!stands || !u.slight && (u.old || u.whole)) {
		return true
	}
	return !stands && (u.old || other <= max(muchLines, muchFactor*u.lines))
}

// saysRevert looks for the words that git revert writes.
func saysRevert(message string, own map[gitrepo.ID]bool) bool {
	for rest := message; ; {
		_, after, ok := strings.Cut(rest, "This reverts commit ")
		if !ok {
			return false
		}
		end := strings.IndexFunc(after, func(r rune) bool { return !strings.ContainsRune("0123456789abcdef", r) })
		if end < 0 {
			end = len(after)
		}
		if own[gitrepo.ID(after[:end])] {
			return true
		}
		rest = after
	}
}

// manyLines stands for a change too large to count: no revert of a fix.
const manyLines = 1 << 20

// codeLines counts the lines that a commit changed in files that are neither tests nor documentation.
func (p *Prover) codeLines(c *gitrepo.Commit) int {
	parent, err := p.repo.Commit(c.Parents[0])
	if err != nil {
		return 0
	}
	changes, err := p.repo.Changes(parent.Tree, c.Tree)
	if err != nil {
		return 0
	}
	changes = slices.DeleteFunc(changes, func(ch gitrepo.Change) bool { return minor(ch.Path) })
	if len(changes) > maxCounted {
		return manyLines
	}
	n := 0
	for _, ch := range changes {
		edits, err := p.texts.compare(fileID(ch.Old), fileID(ch.New))
		if err != nil {
			return 0
		}
		for _, e := range edits {
			n += e.A1 - e.A0 + e.B1 - e.B0
		}
	}
	return n
}

// maxCounted bounds the files of a commit whose lines are counted.
const maxCounted = 200

func fileID(e gitrepo.Entry) gitrepo.ID {
	if !e.Mode.IsFile() {
		return ""
	}
	return e.ID
}
