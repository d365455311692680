package verify

import (
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
	p     *Prover
	file  *fixFile
	path  string
	start int32
	first []blockState // at start
	memo  map[int32][]blockState
	holds []int8 // per node: 0 unknown, 1 start is behind it, -1 it is not
}

type followKey struct {
	commit gitrepo.ID
	file   string
	path   string
	start  int32
}

func (p *Prover) follow(f *fixFile, path string, start int32, first []blockState) *follow {
	key := followKey{f.commit, f.path, path, start}
	if w, ok := p.follows[key]; ok {
		return w
	}
	w := &follow{p: p, file: f, path: path, start: start, first: first, memo: map[int32][]blockState{}}
	p.follows[key] = w
	return w
}

// firstStates are the states at the fix's own commit: every block stands where the fix put it.
func firstStates(f *fixFile) []blockState {
	states := make([]blockState, len(f.probe.Blocks))
	for i, b := range f.probe.Blocks {
		states[i] = blockState{from: b.B0, to: b.B1}
	}
	return states
}

// has reports whether the start is n or behind it, by the parents that were read.
func (w *follow) has(n int32) bool {
	g := w.p.graph
	if missing := g.Len() - len(w.holds); missing > 0 {
		w.holds = append(w.holds, make([]int8, missing)...)
	}
	w.holds[w.start] = 1
	stack := []int32{n}
	for len(stack) > 0 {
		at := stack[len(stack)-1]
		if w.holds[at] != 0 {
			stack = stack[:len(stack)-1]
			continue
		}
		answer, open := int8(-1), false
		for _, q := range g.Parents(at) {
			switch w.holds[q] {
			case 1:
				answer = 1
			case 0:
				stack, open = append(stack, q), true
			}
		}
		if answer == 1 || !open {
			w.holds[at] = answer
		}
	}
	return w.holds[n] == 1
}

func (w *follow) blob(n int32) (gitrepo.ID, error) {
	return w.p.paths.at(w.p.graph, n, w.path)
}

// at returns the blocks' states in a commit that has the start behind it.
func (w *follow) at(n int32) ([]blockState, error) {
	asked := n
	for {
		if st, ok := w.memo[n]; ok {
			w.memo[asked] = st
			return st, nil
		}
		if n == w.start {
			return w.first, nil
		}
		same, err := w.unchangedFrom(n)
		if err != nil {
			return nil, err
		}
		if same < 0 {
			break
		}
		n = same
	}
	st, err := w.step(n)
	if err != nil {
		return nil, err
	}
	w.memo[n], w.memo[asked] = st, st
	return st, nil
}

// unchangedFrom finds a parent that has the start behind it and the same file; -1 when the commit changed it.
func (w *follow) unchangedFrom(n int32) (int32, error) {
	blob, err := w.blob(n)
	if err != nil {
		return -1, err
	}
	for _, q := range w.p.graph.Parents(n) {
		if !w.has(q) {
			continue
		}
		other, err := w.blob(q)
		if err != nil {
			return -1, err
		}
		if other == blob {
			return q, nil
		}
	}
	return -1, nil
}

// step works out the states at a commit that changed the file.
func (w *follow) step(n int32) ([]blockState, error) {
	blob, err := w.blob(n)
	if err != nil {
		return nil, err
	}
	var result []blockState
	var calm []bool // the block was not touched on the way from the parent that its state came from
	for _, q := range w.p.graph.Parents(n) {
		if !w.has(q) {
			continue
		}
		before, err := w.at(q)
		if err != nil {
			return nil, err
		}
		from, err := w.blob(q)
		if err != nil {
			return nil, err
		}
		after, touched, err := w.carry(before, from, blob, n, q)
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
func (w *follow) carry(states []blockState, from, to gitrepo.ID, n, parent int32) (after []blockState, touched []bool, err error) {
	after, touched = slices.Clone(states), make([]bool, len(states))
	if from == to {
		return after, touched, nil
	}
	old, err := w.p.texts.get(from)
	if err != nil {
		return nil, nil, err
	}
	text, err := w.p.texts.get(to)
	if err != nil {
		return nil, nil, err
	}
	if text.binary || old.binary {
		for i := range after {
			touched[i] = true
			after[i] = w.rewritten(states[i], n, states[i].from, states[i].to)
		}
		return after, touched, nil
	}
	edits, err := w.p.texts.compare(from, to)
	if err != nil {
		return nil, nil, err
	}
	for i := range after {
		var a, b int
		a, b, touched[i] = shift(edits, states[i].from, states[i].to)
		if !touched[i] && from != "" {
			after[i].from, after[i].to = a, b
			continue
		}
		after[i], err = w.judge(i, states[i], text.text(), to, n, parent, a, b)
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
	if block.B0 == block.B1 && !block.OldBack(text) {
		s.from, s.to = a, b // lines that were taken out stay out, whatever happens beside them
		return s, nil
	}
	if s.fate == live {
		dropped, err := w.droppedByMerge(s, n, parent)
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
