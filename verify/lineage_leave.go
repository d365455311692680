package verify

import (
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
	target, err := w.p.movedTo(&w.file.probe.Blocks[i], w.path, w.p.graph.Tree(parent), w.p.graph.Tree(n))
	if err != nil || target == "" {
		return gone, err
	}
	return blockState{fate: moved, from: a, to: b, by: gone.by, target: target, at: n}, nil
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
// those lines: a clean three-way merge would have kept it.
func (w *follow) droppedByMerge(s blockState, n, parent int32) (bool, error) {
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
			if blobs[i], err = w.blob(node); err != nil {
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
		if !conflicting(toFix, toOther, s.from, s.to) {
			return true, nil
		}
	}
	return false, nil
}

// conflicting reports whether the other side of a merge edited the base's lines that became [from, to).
func conflicting(toFix, toOther []patch.Edit, from, to int) bool {
	for _, e := range toFix {
		if e.B0 > to || e.B1 < from {
			continue
		}
		for _, o := range toOther {
			if o.A0 <= e.A1 && o.A1 >= e.A0 {
				return true
			}
		}
	}
	return false
}
