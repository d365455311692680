package verify

import (
	"fmt"
	"slices"

	"github.com/countersign/countersign/verify/gitrepo"
	"github.com/countersign/countersign/verify/patch"
)

// fate is what became of a block of a fix's lines on the way through history.
type fate int

const (
	live    fate = iota // its lines stand
	evolved             // rewritten or deleted, by the commits named
	undone              // the text before the fix is back, by the last commit named
	moved               // it left for another file
)

// blockState is a block of a fix in one version of a file.
type blockState struct {
	fate   fate
	from   int // the lines of this version that are the block's, or the place where they were
	to     int
	by     []gitrepo.ID
	target string // path it moved to
	at     int32  // node of the move
}

// follow traces the blocks of one file of a fix from the commit that brought them to any later commit.
// States are worked out once per commit that touches the file, and shared by all releases behind it.
type follow struct {
	p      *Prover
	file   *fixFile
	path   string
	column *pathColumn
	start  int32
	first  []blockState // at start
	memo   map[int32][]blockState
}

type followKey struct {
	commit gitrepo.ID
	file   string
	path   string
	start  int32
}

// follow returns what follows a file of a fix under a path from a commit on. first makes the states there, for the
// first who asks.
func (p *Prover) follow(f *fixFile, path string, start int32, first func() ([]blockState, error)) (*follow, error) {
	key := followKey{f.commit, f.path, path, start}
	if w, ok := p.follows[key]; ok {
		return w, nil
	}
	states, err := first()
	if err != nil {
		return nil, err
	}
	w := &follow{p: p, file: f, path: path, column: p.paths.column(path), start: start, first: states, memo: map[int32][]blockState{}}
	p.follows[key] = w
	return w, nil
}

// firstStates are the states at the fix's own commit: every block stands where the fix put it.
func firstStates(f *fixFile) []blockState {
	states := make([]blockState, len(f.probe.Blocks))
	for i, b := range f.probe.Blocks {
		states[i] = blockState{from: b.B0, to: b.B1}
	}
	return states
}

// has reports whether the start is n or behind it.
func (w *follow) has(n int32) bool { return w.p.leadsTo(n, w.start) }

// leadsTo reports whether a commit is n or behind it, by the parents that were read.
func (p *Prover) leadsTo(n, start int32) bool {
	g, holds := p.graph, p.leads[start] // per node: 0 unknown, 1 start is behind it, -1 it is not
	if missing := g.Len() - len(holds); missing > 0 {
		holds = append(holds, make([]int8, missing)...)
		p.leads[start] = holds
	}
	holds[start] = 1
	stack := []int32{n}
	for len(stack) > 0 {
		at := stack[len(stack)-1]
		if holds[at] != 0 {
			stack = stack[:len(stack)-1]
			continue
		}
		answer, open := int8(-1), false
		for _, q := range g.Parents(at) {
			switch holds[q] {
			case 1:
				answer = 1
			case 0:
				stack, open = append(stack, q), true
			}
		}
		if answer == 1 || !open {
			holds[at] = answer
		}
	}
	return holds[n] == 1
}

func (w *follow) blob(n int32) (gitrepo.ID, error) {
	k, err := w.p.paths.at(w.column, n)
	return w.p.paths.paths.ID(k), err
}

// hop is one commit that changed the file, and the one parent that it was changed from.
type hop struct {
	n, parent int32
	from, to  gitrepo.ID
}

// at returns the blocks' states in a commit that has the start behind it.
func (w *follow) at(n int32) ([]blockState, error) {
	asked, err := w.skip(n)
	if err != nil {
		return nil, err
	}
	n = asked
	var hops []hop // newest first
	st, known := w.memo[n]
	for !known {
		if n == w.start {
			st = w.first
			break
		}
		parents, err := w.changedFrom(n)
		switch {
		case err != nil:
			return nil, err
		case len(parents) == 0:
			return nil, fmt.Errorf("no way was read from commit %s to %s", w.p.graph.ID(asked), w.p.graph.ID(w.start))
		case len(parents) > 1:
			st, err = w.join(n, parents)
			if err != nil {
				return nil, err
			}
			w.memo[n], known = st, true
			continue
		case parents[0].from != parents[0].to:
			hops = append(hops, parents[0])
		}
		if n, err = w.skip(parents[0].parent); err != nil {
			return nil, err
		}
		st, known = w.memo[n]
	}
	st, err = w.forward(st, hops)
	if err == nil {
		w.memo[asked] = st
	}
	return st, err
}

// skip goes back over commits with a single parent as long as they leave the file alone, to the first that does not,
// or to the start. The states there are those of the commit itself.
func (w *follow) skip(n int32) (int32, error) {
	g := w.p.graph
	for n != w.start {
		parents := g.Parents(n)
		if len(parents) != 1 {
			break
		}
		now, err := w.p.paths.at(w.column, n)
		if err != nil {
			return n, err
		}
		before, err := w.p.paths.at(w.column, parents[0])
		if err != nil {
			return n, err
		}
		if now != before {
			break
		}
		n = parents[0]
	}
	return n, nil
}

// How many changes are compared together, on all processors, and after how many the states are kept.
const (
	hopsAhead  = 64
	hopsToKeep = 16
)

// forward carries states through changes, oldest last.
func (w *follow) forward(st []blockState, hops []hop) ([]blockState, error) {
	var err error
	for i := len(hops) - 1; i >= 0; i-- {
		if done := len(hops) - 1 - i; done%hopsAhead == 0 {
			w.p.texts.compareAll(hops[max(i+1-hopsAhead, 0) : i+1])
		}
		h := hops[i]
		if st, _, err = w.carry(st, h); err != nil {
			return nil, err
		}
		if i%hopsToKeep == hopsToKeep-1 {
			w.memo[h.n] = st
		}
	}
	return st, nil
}

// changedFrom lists the parents that have the start behind them, with their file and the commit's: only the
// first that has the same file, where there is one, since then the commit changed nothing.
func (w *follow) changedFrom(n int32) ([]hop, error) {
	blob, err := w.blob(n)
	if err != nil {
		return nil, err
	}
	var list []hop
	for _, q := range w.p.graph.Parents(n) {
		if !w.has(q) {
			continue
		}
		other, err := w.blob(q)
		if err != nil {
			return nil, err
		}
		h := hop{n, q, other, blob}
		if other == blob {
			return []hop{h}, nil
		}
		list = append(list, h)
	}
	return list, nil
}

// join works out the states at a merge that changed the file from what several of its parents have.
func (w *follow) join(n int32, parents []hop) ([]blockState, error) {
	var result []blockState
	var calm []bool // the block was not touched on the way from the parent that its state came from
	for _, h := range parents {
		before, err := w.at(h.parent)
		if err != nil {
			return nil, err
		}
		after, touched, err := w.carry(before, h)
		if err != nil {
			return nil, err
		}
		if result == nil {
			result, calm = after, make([]bool, len(after))
			for i := range after {
				calm[i] = !touched[i]
			}
			continue
		}
		for i := range after {
			if better(after[i], !touched[i], result[i], calm[i]) {
				result[i], calm[i] = after[i], !touched[i]
			}
		}
	}
	return result, nil
}

// better chooses between two parents of a merge: standing lines first, then what the merge left alone.
func better(a blockState, calmA bool, b blockState, calmB bool) bool {
	if (a.fate == live) != (b.fate == live) {
		return a.fate == live
	}
	return calmA && !calmB
}

// carry takes the states from one version of the file to the next.
func (w *follow) carry(states []blockState, h hop) (after []blockState, touched []bool, err error) {
	after, touched = slices.Clone(states), make([]bool, len(states))
	edits, binary, err := w.p.texts.between(h.from, h.to)
	if err != nil {
		return nil, nil, err
	}
	if binary {
		for i := range after {
			touched[i] = true
			after[i] = w.rewritten(states[i], h.n, states[i].from, states[i].to)
		}
		return after, touched, nil
	}
	for i := range after {
		var a, b int
		a, b, touched[i] = shift(edits, states[i].from, states[i].to)
		if !touched[i] && h.from != "" {
			after[i].from, after[i].to = a, b
			continue
		}
		text, err := w.p.texts.get(h.to)
		if err != nil {
			return nil, nil, err
		}
		after[i], err = w.judge(i, states[i], text.text(), h.to, h.n, h.parent, a, b)
		if err != nil {
			return nil, nil, err
		}
	}
	return after, touched, nil
}

// shift moves the lines [from, to) through the edits. When an edit touches them, the answer is where they
// were: everything that replaced them.
func shift(edits []patch.Edit, from, to int) (a, b int, touched bool) {
	before, after := 0, 0 // how far lines move above the block, and below the last edit in it
	for _, e := range edits {
		hit := e.A0 < to && e.A1 > from
		if from == to {
			hit = e.A0 <= from && e.A1 >= from
		}
		switch {
		case hit:
			if !touched {
				a = from + before
				if e.A0 <= from {
					a = e.B0
				}
			}
			after, touched = e.B1-e.A1, true
			b = max(to, e.A1) + after
		case e.A1 <= from:
			before = e.B1 - e.A1
		}
	}
	if !touched {
		return from + before, to + before, false
	}
	return a, b, true
}

// judge decides what a commit that touched a block's lines did to it.
func (w *follow) judge(i int, s blockState, text *patch.Text, blob gitrepo.ID, n, parent int32, a, b int) (blockState, error) {
	block := &w.file.probe.Blocks[i]
	if blob == "" {
		if w.file.before == "" && s.fate == live {
			return blockState{fate: undone, by: []gitrepo.ID{w.p.graph.ID(n)}}, nil
		}
		return w.left(i, s, n, parent, 0, 0)
	}
	state, where := block.In(text)
	switch state {
	case patch.Present:
		return blockState{from: where, to: where + block.B1 - block.B0}, nil
	case patch.Absent:
		if s.fate == undone {
			s.from, s.to = a, b
			return s, nil
		}
		if block.Survives(text, a, b) {
			break // the old lines' neighbours met by chance; the new ones are still there, rewritten
		}
		return blockState{fate: undone, from: where, to: where + block.A1 - block.A0, by: []gitrepo.ID{w.p.graph.ID(n)}}, nil
	}
	if s.fate == live && block.Commented(text, a, b) {
		return blockState{fate: undone, from: a, to: b, by: []gitrepo.ID{w.p.graph.ID(n)}}, nil
	}
	if block.B0 == block.B1 && !block.OldBack(text) {
		s.from, s.to = a, b // lines that were taken out stay out, whatever happens beside them
		return s, nil
	}
	if s.fate == live {
		dropped, err := w.droppedByMerge(i, s, n, parent, text, a, b)
		if err != nil {
			return s, err
		}
		if dropped {
			return blockState{fate: undone, from: a, to: b, by: []gitrepo.ID{w.p.graph.ID(n)}}, nil
		}
	}
	if s.fate == live && a == b {
		return w.left(i, s, n, parent, a, b)
	}
	return w.rewritten(s, n, a, b), nil
}

// rewritten adds a commit to those that changed the block's lines. What was undone stays undone: rewriting
// the vulnerable text is no fix.
func (w *follow) rewritten(s blockState, n int32, a, b int) blockState {
	s.from, s.to = a, b
	if s.fate == live || s.fate == evolved {
		s.fate = evolved
		s.by = append(slices.Clip(s.by), w.p.graph.ID(n))
	}
	return s
}
