package gitrepo

import (
	"container/heap"
	"slices"
)

// Walk answers which of the given fixes are ancestors of source (a commit is its own ancestor). It walks
// both sides by date and stops as soon as every open end is an ancestor of source and of all fixes: below
// that, nothing can change the answer. Dates only choose the order, so wrong clocks cost time and never
// truth. After it, every commit between a fix and source has been read. An absent commit on the way is an
// *IncompleteError.
func (g *Graph) Walk(source ID, fixes []ID) (*Reach, error) {
	for _, id := range append(slices.Clone(fixes), source) {
		if err := g.repo.Check(id); err != nil {
			return nil, err
		}
	}
	g.lone, g.guess = 0, &guess{repo: g.repo, heads: append([]ID{source}, fixes...)}
	defer func() { g.guess.stop() }()
	w := newWalk(g, len(fixes)+1)
	start := g.add(source)
	w.paintOne(start, 0)
	for i, f := range fixes {
		w.paintOne(g.add(f), i+1)
	}
	for w.err == nil && w.open > 0 {
		n := w.pop()
		colours := w.of(n)
		for _, p := range g.nodes[n].parents {
			w.paint(p, colours, g.nodes[n].id)
			colours = w.of(n) // painting may have moved the table
		}
	}
	if w.err != nil {
		return nil, w.err
	}
	return w.reach(start), nil
}

// walk is git's "paint down to common" with one colour for the source (bit 0) and one for each fix.
type walk struct {
	g      *Graph
	words  int      // of 64 colours
	all    []uint64 // every colour
	bits   []uint64 // words per node
	queued []bool
	queue  dateQueue
	open   int // queued nodes that do not carry every colour
	err    error
}

func newWalk(g *Graph, colours int) *walk {
	w := &walk{g: g, words: (colours + 63) / 64}
	w.all = make([]uint64, w.words)
	for i := range colours {
		w.all[i/64] |= 1 << (i % 64)
	}
	w.grow()
	return w
}

func (w *walk) grow() {
	if missing := len(w.g.nodes) - len(w.queued); missing > 0 {
		w.bits = append(w.bits, make([]uint64, missing*w.words)...)
		w.queued = append(w.queued, make([]bool, missing)...)
	}
}

func (w *walk) of(n int32) []uint64 { return w.bits[int(n)*w.words : (int(n)+1)*w.words] }

func (w *walk) full(n int32) bool { return slices.Equal(w.of(n), w.all) }

func (w *walk) paintOne(n int32, colour int) {
	colours := make([]uint64, w.words)
	colours[colour/64] |= 1 << (colour % 64)
	w.paint(n, colours, "")
}

// paint adds colours to a node and queues it when that tells its parents something new.
func (w *walk) paint(n int32, colours []uint64, need ID) {
	if w.err != nil {
		return
	}
	if w.err = w.g.read(n, need); w.err != nil {
		return
	}
	colours = slices.Clone(colours)
	w.grow()
	mine, wasFull, changed := w.of(n), w.full(n), false
	for i, c := range colours {
		changed = changed || mine[i]|c != mine[i]
		mine[i] |= c
	}
	switch {
	case !changed:
	case !w.queued[n]:
		w.queued[n] = true
		heap.Push(&w.queue, dated{n, w.g.nodes[n].date})
		if !w.full(n) {
			w.open++
		}
	case !wasFull && w.full(n):
		w.open--
	}
}

func (w *walk) pop() int32 {
	n := heap.Pop(&w.queue).(dated).n
	w.queued[n] = false
	if !w.full(n) {
		w.open--
	}
	return n
}

func (w *walk) reach(start int32) *Reach {
	r := &Reach{Source: start, has: make([]bool, len(w.queued))}
	for n := range r.has {
		r.has[n] = w.bits[n*w.words]&1 != 0
	}
	return r
}

// Reach is what a walk from one commit found.
type Reach struct {
	Source int32
	has    []bool
}

// Has reports whether the walk met the node on the source's side. For the fixes of the walk this is the
// answer to "is it an ancestor".
func (r *Reach) Has(n int32) bool { return n >= 0 && int(n) < len(r.has) && r.has[n] }

type dated struct {
	n    int32
	date int64
}

type dateQueue []dated

func (q dateQueue) Len() int           { return len(q) }
func (q dateQueue) Less(i, j int) bool { return q[i].date > q[j].date }
func (q dateQueue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *dateQueue) Push(x any)        { *q = append(*q, x.(dated)) }
func (q *dateQueue) Pop() any {
	old := *q
	last := old[len(old)-1]
	*q = old[:len(old)-1]
	return last
}

// Load reads the whole history behind the given commits: the way to answer questions about all of it. An
// absent commit on the way is an *IncompleteError.
func (g *Graph) Load(heads []ID) error {
	g.lone, g.guess = alone, &guess{repo: g.repo, heads: heads}
	defer func() { g.guess.stop() }()
	seen := make([]bool, len(g.nodes))
	var open []int32
	visit := func(n int32, need ID) error {
		if missing := len(g.nodes) - len(seen); missing > 0 {
			seen = append(seen, make([]bool, missing)...)
		}
		if seen[n] {
			return nil
		}
		seen[n] = true
		open = append(open, n)
		return g.read(n, need)
	}
	for _, id := range heads {
		if err := g.repo.Check(id); err != nil {
			return err
		}
		if err := visit(g.add(id), ""); err != nil {
			return err
		}
	}
	for len(open) > 0 {
		n := open[len(open)-1]
		open = open[:len(open)-1]
		for _, p := range g.nodes[n].parents {
			if err := visit(p, g.nodes[n].id); err != nil {
				return err
			}
		}
	}
	return nil
}
