package gitrepo

import (
	"cmp"
	"slices"
)

// Match is a commit and how many of the wanted files its tree holds.
type Match struct {
	Commit ID
	Files  int
}

// BestTrees finds the commits whose trees hold most of the wanted files. Each wanted file is a list of the
// blob ids that would do for it (its bytes, its bytes with other line endings); paths do not matter. All
// commits behind heads are considered, in one pass: every distinct folder of the history is read and hashed
// once. Equal matches are ordered by date, newest first; at most limit of them are returned.
func (r *Repo) BestTrees(heads []ID, files [][]ID, limit int) ([]Match, error) {
	g := r.NewGraph()
	if err := g.Load(heads); err != nil {
		return nil, err
	}
	before := make([]int32, g.Len())
	for n, v := range g.nodes {
		before[n] = -1
		if len(v.parents) > 0 {
			before[n] = v.parents[0]
		}
	}
	return bestOf(g, before, files, limit)
}

// BestHeads is BestTrees for the given commits alone, without what is behind them.
func (r *Repo) BestHeads(commits []ID, files [][]ID, limit int) ([]Match, error) {
	g := r.NewGraph()
	if err := g.readHeads(commits); err != nil {
		return nil, err
	}
	var order []int32
	for n := range int32(len(g.nodes)) {
		if g.nodes[n].read {
			order = append(order, n)
		}
	}
	slices.SortStableFunc(order, func(a, b int32) int { return cmp.Compare(g.Date(a), g.Date(b)) })
	before, last := make([]int32, len(g.nodes)), int32(-1)
	for _, n := range order {
		before[n], last = last, n
	}
	return bestOf(g, before, files, limit)
}

// scorer counts the wanted files in the tree of every commit, from what changed since the one before it.
type scorer struct {
	g      *Graph
	before []int32        // per node, the one that its tree is compared with; -1 for none
	wanted map[ID][]int32 // blob to the wanted files it would do for
	steps  [][]step       // per node, what its tree gains and loses
}

// step is a wanted file that one more, or one less, file of a tree would do for.
type step struct{ file, count int32 }

func bestOf(g *Graph, before []int32, files [][]ID, limit int) ([]Match, error) {
	s := scorer{g: g, before: before, wanted: map[ID][]int32{}, steps: make([][]step, len(g.nodes))}
	for i, ids := range files {
		for _, id := range ids {
			if err := g.repo.Check(id); err != nil {
				return nil, err
			}
			s.wanted[id] = append(s.wanted[id], int32(i))
		}
	}
	if err := s.read(); err != nil {
		return nil, err
	}
	return s.best(len(files), limit), nil
}

// pairsAtOnce bounds the trees that are compared together, and with that the memory.
const pairsAtOnce = 512

func (s *scorer) read() error {
	var pairs [][2]ID
	var nodes []int
	compare := func() error {
		lists, err := s.g.repo.ChangesAll(pairs)
		if err != nil {
			return err
		}
		for i, list := range lists {
			for _, c := range list {
				s.note(nodes[i], c.Old.ID, -1)
				s.note(nodes[i], c.New.ID, 1)
			}
		}
		pairs, nodes = pairs[:0], nodes[:0]
		return nil
	}
	for n, v := range s.g.nodes {
		if !v.read {
			continue
		}
		var before ID
		if at := s.before[n]; at >= 0 {
			before = s.g.nodes[at].tree
		}
		pairs, nodes = append(pairs, [2]ID{before, v.tree}), append(nodes, n)
		if len(pairs) == pairsAtOnce {
			if err := compare(); err != nil {
				return err
			}
		}
	}
	return compare()
}

func (s *scorer) note(n int, id ID, count int32) {
	for _, file := range s.wanted[id] {
		s.steps[n] = append(s.steps[n], step{file, count})
	}
}

// best walks from every first commit to its children and back, and counts on the way.
func (s *scorer) best(files, limit int) []Match {
	g := s.g
	children := make([][]int32, len(g.nodes))
	var stack []int32 // a node to enter, or, inverted, one to leave
	for n, v := range g.nodes {
		switch {
		case !v.read:
		case s.before[n] < 0:
			stack = append(stack, int32(n))
		default:
			children[s.before[n]] = append(children[s.before[n]], int32(n))
		}
	}
	holds, score := make([]int32, files), 0
	apply := func(n, sign int32) {
		for _, st := range s.steps[n] {
			before := holds[st.file]
			holds[st.file] += sign * st.count
			score += boolInt(holds[st.file] > 0) - boolInt(before > 0)
		}
	}
	var found []int32
	counts := make([]int, len(g.nodes))
	for len(stack) > 0 {
		n := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if n < 0 {
			apply(^n, -1)
			continue
		}
		apply(n, 1)
		if counts[n] = score; score > 0 {
			found = append(found, n)
		}
		stack = append(append(stack, ^n), children[n]...)
	}
	slices.SortFunc(found, func(a, b int32) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(g.Date(b), g.Date(a)), cmp.Compare(g.ID(a), g.ID(b)))
	})
	var out []Match
	for _, n := range found[:min(limit, len(found))] {
		out = append(out, Match{g.ID(n), counts[n]})
	}
	return out
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
