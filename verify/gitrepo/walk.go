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
	w, err := g.paint(append([]ID{source}, fixes...))
	if err != nil {
		return nil, err
	}
	return &Reach{Source: g.add(source), words: w.words, bits: w.bits}, nil
}

// MergeBase returns a best common ancestor of two commits, -1 when they have none.
func (g *Graph) MergeBase(a, b ID) (int32, error) {
	w, err := g.paint([]ID{a, b})
	if err != nil {
		return -1, err
	}
	best := int32(-1)
	for n := range int32(len(w.queued)) {
		if w.full(n) && (best < 0 || g.nodes[n].date > g.nodes[best].date) {
			best = n
		}
	}
	return best, nil
}

// paint gives each head a colour and lets the colours run down until nothing can be learned below.
func (g *Graph) paint(heads []ID) (*walk, error) {
	for _, id := range heads {
		if err := g.repo.Check(id); err != nil {
			return nil, err
		}
	}
	g.lone, g.guess = 0, &guess{repo: g.repo, heads: heads}
	defer func() { g.guess.stop() }()
	if err := g.readHeads(heads); err != nil {
		return nil, err
	}
	w := newWalk(g, len(heads))
	for i, id := range heads {
		w.paintOne(g.add(id), i)
	}
	for w.err == nil && w.open > 0 {
		n := w.pop()
		colours := w.of(n)
		for _, p := range g.nodes[n].parents {
			w.paint(p, colours, g.nodes[n].id)
			colours = w.of(n) // painting may have moved the table
		}
	}
	return w, w.err
}

// readHeads reads the commits that are known beforehand in one go.
func (g *Graph) readHeads(heads []ID) error {
	var ask []ID
	for _, id := range heads {
		if n := g.add(id); !g.nodes[n].read && !g.known(n) && !slices.Contains(ask, id) {
			ask = append(ask, id)
		}
	}
	return g.repo.readAll(ask, func(i int, o object) error { return g.store(g.add(ask[i]), o, "") })
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

// Reach is what a walk from one commit found.
type Reach struct {
	Source int32
	words  int
	bits   []uint64
}

// Has reports whether the walk met the node on the source's side. For the fixes of the walk this is the
// answer to "is it an ancestor".
func (r *Reach) Has(n int32) bool { return r.has(n, 0) }

// Behind reports whether the walk met the node behind its fix number i.
func (r *Reach) Behind(i int, n int32) bool { return r.has(n, i+1) }

// BehindAll returns a test for the nodes that the walk met behind every one of these fixes.
func (r *Reach) BehindAll(fixes []int) func(n int32) bool {
	mask := make([]uint64, r.words)
	for _, i := range fixes {
		mask[(i+1)/64] |= 1 << ((i + 1) % 64)
	}
	return func(n int32) bool {
		for k, want := range mask {
			if r.bits[int(n)*r.words+k]&want != want {
				return false
			}
		}
		return true
	}
}

func (r *Reach) has(n int32, colour int) bool {
	at := int(n)*r.words + colour/64
	return n >= 0 && at < len(r.bits) && r.bits[at]&(1<<(colour%64)) != 0
}

// Len bounds the nodes for which Has and Behind can be true.
func (r *Reach) Len() int { return len(r.bits) / r.words }

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
