package verify

import (
	"strings"

	"github.com/countersign/countersign/verify/gitrepo"
	"github.com/countersign/countersign/verify/patch"
)

// left looks for a block that a commit took out of its file in the other files of the same commit: the file
// was renamed or split.
func (w *follow) left(i int, s blockState, n, parent int32, a, b int) (blockState, error) {
	gone := w.rewritten(s, n, a, b)
	if s.fate != live {
		return gone, nil
	}
	block, from, to := &w.file.probe.Blocks[i], w.p.graph.Tree(parent), w.p.graph.Tree(n)
	target, err := w.p.movedTo(block, w.path, from, to)
	if err != nil {
		return gone, err
	}
	if target != "" {
		return blockState{fate: moved, from: a, to: b, by: gone.by, target: target, at: n}, nil
	}
	if target, err = w.undoneInto(block, parent, from, to); err != nil || target == "" {
		return gone, err
	}
	return blockState{fate: undone, from: a, to: b, by: []gitrepo.ID{w.p.graph.ID(n)}, target: target}, nil
}

// undoneInto finds the file of a commit that was made out of the fix's file, or a part of it, with the text
// from before the fix: a revert that hides in a rename or a split.
func (w *follow) undoneInto(block *patch.Block, parent int32, from, to gitrepo.ID) (string, error) {
	blob, err := w.blob(parent)
	if err != nil {
		return "", err
	}
	origin, err := w.p.texts.get(blob)
	if err != nil || origin.binary {
		return "", err
	}
	lines := map[string]bool{}
	for _, l := range origin.text().Lines {
		lines[strings.TrimSpace(l)] = true
	}
	changes, err := w.p.repo.Changes(from, to)
	if err != nil || len(changes) > maxRenamePairs {
		return "", err
	}
	for _, c := range changes {
		if c.Path == w.path || !c.New.Mode.IsFile() {
			continue
		}
		old, err := w.p.holdsOld(block, c.Old, lines)
		if err != nil {
			return "", err
		}
		now, err := w.p.holdsOld(block, c.New, lines)
		if err != nil {
			return "", err
		}
		if now && !old {
			return c.Path, nil
		}
	}
	return "", nil
}

// holdsOld reports whether a file reads as before the fix where the fix's lines would be, and has most of its
// lines from the fix's file: what surrounds a fix is common enough to be met elsewhere by chance.
func (p *Prover) holdsOld(block *patch.Block, e gitrepo.Entry, lines map[string]bool) (bool, error) {
	if !e.Mode.IsFile() {
		return false, nil
	}
	text, err := p.texts.get(e.ID)
	if err != nil || text.binary {
		return false, err
	}
	if state, _ := block.In(text.text()); state != patch.Absent {
		return false, nil
	}
	same, all := 0, 0
	for _, l := range text.text().Lines {
		if l = strings.TrimSpace(l); len(l) > 2 {
			all++
			if lines[l] {
				same++
			}
		}
	}
	return 2*same >= all, nil
}

// movedTo finds a file of a commit that holds a block more often than its version in the parent did.
func (p *Prover) movedTo(block *patch.Block, path string, from, to gitrepo.ID) (string, error) {
	if !block.Telling() {
		return "", nil
	}
	changes, err := p.repo.Changes(from, to)
	if err != nil {
		return "", err
	}
	if len(changes) > maxRenamePairs {
		return "", nil
	}
	for _, c := range changes {
		if c.Path == path || !c.New.Mode.IsFile() {
			continue
		}
		now, err := p.texts.get(c.New.ID)
		if err != nil {
			return "", err
		}
		if now.binary {
			continue
		}
		before := 0
		if c.Old.Mode.IsFile() {
			then, err := p.texts.get(c.Old.ID)
			if err != nil {
				return "", err
			}
			if then.binary {
				continue
			}
			before = block.Count(then.text())
		}
		if block.Count(now.text()) > before {
			return c.Path, nil
		}
	}
	return "", nil
}

// droppedByMerge reports whether a merge took a block out although nothing but the fix's side had changed
// those lines: a clean three-way merge would have kept it. after is the text of the merge, in which the lines
// [a, b) have taken the block's place.
func (w *follow) droppedByMerge(i int, s blockState, n, parent int32, after *patch.Text, a, b int) (bool, error) {
	g := w.p.graph
	for _, other := range g.Parents(n) {
		if other == parent || w.has(other) {
			continue
		}
		base, err := g.MergeBase(g.ID(parent), g.ID(other))
		if err != nil || base < 0 {
			return false, err
		}
		blobs := [3]gitrepo.ID{}
		for i, node := range [3]int32{base, parent, other} {
			if blobs[i], err = w.blob(node); err == nil && blobs[i] == "" {
				blobs[i], err = w.p.paths.blob(node, w.file.path) // it moved since on the fix's side alone
			}
			if err != nil {
				return false, err
			}
		}
		toFix, err := w.p.texts.compare(blobs[0], blobs[1])
		if err != nil {
			return false, err
		}
		toOther, err := w.p.texts.compare(blobs[0], blobs[2])
		if err != nil {
			return false, err
		}
		if conflicting(toFix, toOther, s.from, s.to) {
			continue
		}
		side, err := w.p.texts.get(blobs[2])
		if err != nil || side.binary || !w.settledWith(i, linesOf(after, a, b), side.text().Lines, toOther) {
			return true, err
		}
	}
	return false, nil
}

// linesOf cuts the lines [a, b) out of a text, as far as it has them.
func linesOf(t *patch.Text, a, b int) []string {
	from := min(max(a, 0), len(t.Lines))
	return t.Lines[from:max(from, min(b, len(t.Lines)))]
}

// settledWith reports whether lines that a merge has in a block's place are the block's own for the most part, and
// for the rest such as the other side wrote: a conflict nearby that was settled by hand. A line that both sides had
// before the fix is none of them.
func (w *follow) settledWith(i int, lines, side []string, toOther []patch.Edit) bool {
	block := &w.file.probe.Blocks[i]
	own, theirs := map[string]int{}, map[string]bool{}
	gone, kept, came := 0, 0, 0
	for _, l := range w.file.probe.After.Lines[block.B0:block.B1] {
		if l = strings.TrimSpace(l); len(l) > 2 {
			own[l]++
			gone++
		}
	}
	for _, e := range toOther {
		for _, l := range side[e.B0:e.B1] {
			theirs[strings.TrimSpace(l)] = true
		}
	}
	for _, l := range w.file.probe.Before.Lines {
		delete(theirs, strings.TrimSpace(l))
	}
	for _, l := range lines {
		switch l = strings.TrimSpace(l); {
		case len(l) <= 2:
		case own[l] > 0:
			own[l]--
			gone, kept = gone-1, kept+1
		case !theirs[l]:
			return false
		default:
			came++
		}
	}
	return kept >= gone && came >= gone
}

// conflicting reports whether the other side of a merge edited the base's lines that became [from, to), whether
// they are the fix's side's own or stood in the base already, in a file that moved since.
func conflicting(toFix, toOther []patch.Edit, from, to int) bool {
	back := make([]patch.Edit, len(toFix))
	for i, e := range toFix {
		back[i] = patch.Edit{A0: e.B0, A1: e.B1, B0: e.A0, B1: e.A1}
		if e.B0 > to || e.B1 < from {
			continue
		}
		for _, o := range toOther {
			if o.A0 <= e.A1 && o.A1 >= e.A0 {
				return true
			}
		}
	}
	from, to, touched := shift(back, from, to)
	if touched {
		return false
	}
	_, _, touched = shift(toOther, from, to)
	return touched
}
