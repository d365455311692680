package verify

import (
	"github.com/countersign/countersign/verify/gitrepo"
	"github.com/countersign/countersign/verify/patch"
)

// trace follows the blocks that text could not settle through the commits between the fix and the source.
func (j *sourceJob) trace(files []*fileStanding) error {
	if len(files) == 0 {
		return nil
	}
	var paths []string
	for _, f := range files {
		paths = append(paths, f.file.path)
	}
	j.between = j.nodesBetween(files)
	if err := j.p.paths.load(paths, j.between); err != nil {
		return err
	}
	for _, f := range files {
		if f.file.binary {
			f.err = j.traceBinary(f)
		} else {
			f.err = j.traceFile(f)
		}
	}
	return nil
}

// traceBinary judges a file that is no text by its blobs alone.
func (j *sourceJob) traceBinary(f *fileStanding) error {
	g := j.p.graph
	w, err := j.p.follow(f.file, f.file.path, g.Node(f.file.commit), func() ([]blockState, error) { return nil, nil })
	if err != nil {
		return err
	}
	n := g.Node(j.source)
	for n != w.start {
		parents, err := w.changedFrom(n)
		if err != nil {
			return err
		}
		if len(parents) != 1 || parents[0].from != parents[0].to {
			break
		}
		n = parents[0].parent
	}
	b := blockStanding{verdict: Evolved, from: -1, path: f.path, blob: f.blob, by: []gitrepo.ID{g.ID(n)}}
	if f.blob == f.file.before {
		b.verdict, b.reason = Reverted, "the binary file from before the fix is back"
		if f.blob == "" {
			b.reason = "the binary file that the fix brought is gone"
		}
	}
	f.blocks = []blockStanding{b}
	return nil
}

// nodesBetween returns the commits between the fixes and the source, and those beside them.
func (j *sourceJob) nodesBetween(files []*fileStanding) nodeSet {
	var fixes []int
	for _, f := range files {
		if n, ok := j.numbers[f.file.commit]; ok {
			fixes = append(fixes, n)
		}
	}
	var nodes nodeSet
	behind := j.reach.BehindAll(fixes)
	for n := range int32(j.reach.Len()) {
		if j.reach.Has(n) && !(len(fixes) == len(files) && behind(n)) {
			nodes = nodes.add(n)
		}
	}
	return nodes
}

func (j *sourceJob) traceFile(f *fileStanding) error {
	g := j.p.graph
	w, err := j.p.follow(f.file, f.file.path, g.Node(f.file.commit), func() ([]blockState, error) { return firstStates(f.file), nil })
	if err != nil {
		return err
	}
	states, err := w.at(g.Node(j.source))
	if err != nil {
		return err
	}
	for i := range f.blocks {
		if f.blocks[i].verdict != Present {
			if f.blocks[i], err = j.blockAt(f.file, f.path, i, states[i], 0); err != nil {
				return err
			}
		}
	}
	return nil
}

// maxMoves bounds how often a block may move from file to file.
const maxMoves = 16

// blockAt turns a block's state at the source into a standing; a block that moved is followed in the file
// that it moved to.
func (j *sourceJob) blockAt(file *fixFile, path string, i int, s blockState, moves int) (blockStanding, error) {
	b := blockStanding{verdict: Present, from: s.from, to: s.to, path: path, by: s.by}
	var err error
	if path != "" {
		if b.blob, err = j.p.paths.blob(j.reach.Source, path); err != nil {
			return b, err
		}
	}
	switch s.fate {
	case evolved:
		b.verdict = Evolved
		if b.blob == "" {
			b.path = ""
		}
		return j.copyInPlace(file, i, b)
	case undone:
		b.verdict, b.reason, b.into = Reverted, "the text before the fix is back", s.target
		if s.target != "" {
			return j.mendedIn(file, i, b)
		}
	case moved:
		b.verdict = Evolved
		if moves < maxMoves {
			return j.blockMoved(file, i, s, moves)
		}
	}
	return b, nil
}

// copyInPlace looks whether a copy without the fix has taken the place of a block's file.
func (j *sourceJob) copyInPlace(file *fixFile, i int, b blockStanding) (blockStanding, error) {
	gone, err := j.deserted(file, b.blob)
	if err != nil || !gone {
		return b, err
	}
	e, err := j.unfixedCopy(file, i)
	if err != nil || e.ID == "" {
		return b, err
	}
	return blockStanding{verdict: Reverted, from: -1, path: e.Name, blob: e.ID, copied: true, by: b.by[max(len(b.by)-1, 0):],
		reason: "the file gave way to " + e.Name + ", a copy of it that holds the text before the fix"}, nil
}

// mendedIn looks whether a block that a rename undid was put back in the file that came of it.
func (j *sourceJob) mendedIn(file *fixFile, i int, b blockStanding) (blockStanding, error) {
	if err := j.p.paths.load([]string{b.into}, j.between); err != nil {
		return b, err
	}
	blob, err := j.p.paths.blob(j.reach.Source, b.into)
	if err != nil {
		return b, err
	}
	text, err := j.p.texts.get(blob)
	if err != nil || text.binary {
		return b, err
	}
	if state, where := file.probe.Blocks[i].In(text.text()); state == patch.Present {
		b.verdict, b.reason, b.path, b.blob = Present, "moved to "+b.into, b.into, blob
		b.from, b.to = where, where+file.probe.Blocks[i].B1-file.probe.Blocks[i].B0
	} else if blob != "" {
		b.path, b.blob, b.reason = b.into, blob, "the text before the fix is back in "+b.into
	}
	return b, nil
}

func (j *sourceJob) blockMoved(file *fixFile, i int, s blockState, moves int) (blockStanding, error) {
	if err := j.p.paths.load([]string{s.target}, j.between); err != nil {
		return blockStanding{}, err
	}
	w, err := j.p.follow(file, s.target, s.at, func() ([]blockState, error) { return j.p.arrived(file, s) })
	if err != nil {
		return blockStanding{}, err
	}
	states, err := w.at(j.reach.Source)
	if err != nil {
		return blockStanding{}, err
	}
	b, err := j.blockAt(file, s.target, i, states[i], moves+1)
	if b.verdict == Present {
		b.reason = "moved to " + s.target
		b.by = s.by
	}
	return b, err
}

// arrived are the states of a fix's blocks in the file that one of them moved to, at the commit that moved it.
func (p *Prover) arrived(file *fixFile, s blockState) ([]blockState, error) {
	blob, err := p.paths.blob(s.at, s.target)
	if err != nil {
		return nil, err
	}
	text, err := p.texts.get(blob)
	if err != nil {
		return nil, err
	}
	first := firstStates(file)
	for k := range first {
		block := &file.probe.Blocks[k]
		if where := block.Where(text.text()); where >= 0 {
			first[k] = blockState{from: where, to: where + block.B1 - block.B0}
		} else {
			first[k] = blockState{fate: evolved, by: s.by}
		}
	}
	return first, nil
}
