package verify

import (
	"slices"

	"github.com/countersign/countersign/verify/gitrepo"
)

// pathTable answers which blob a path has in a commit's tree, for a set of paths that may grow. Blobs are told apart
// by numbers, 0 for no file: histories are compared far more often than read.
type pathTable struct {
	graph   *gitrepo.Graph
	paths   *gitrepo.Paths
	columns map[string]*pathColumn
	roots   []int32 // per node: the number of its tree plus one, 0 where not loaded
}

// pathColumn is one path over all nodes.
type pathColumn struct {
	number int     // in paths
	blobs  []int32 // per node: the blob's number plus one, 0 where not asked yet
	loaded nodeSet // nodes whose trees were read for it
}

func newPathTable(graph *gitrepo.Graph, repo *gitrepo.Repo) *pathTable {
	return &pathTable{graph: graph, paths: repo.NewPaths(), columns: map[string]*pathColumn{}}
}

func (t *pathTable) column(path string) *pathColumn {
	c := t.columns[path]
	if c == nil {
		c = &pathColumn{number: t.paths.Add(path)}
		t.columns[path] = c
	}
	return c
}

// load reads in bulk what the paths need in the trees of these nodes. Nodes at the edge of what was walked have
// none, and are passed over.
func (t *pathTable) load(paths []string, nodes nodeSet) error {
	var columns []*pathColumn
	var numbers []int
	var missing nodeSet
	for _, path := range paths {
		c := t.column(path)
		if lack := nodes.without(c.loaded); len(lack) > 0 {
			columns, numbers = append(columns, c), append(numbers, c.number)
			missing = missing.with(lack)
		}
	}
	if len(columns) == 0 {
		return nil
	}
	var roots []gitrepo.ID
	for n := range missing.all {
		if tree := t.graph.Tree(n); tree != "" {
			roots = append(roots, tree)
		}
	}
	if err := t.paths.Load(numbers, roots); err != nil {
		return err
	}
	for _, c := range columns {
		c.loaded = c.loaded.with(nodes)
	}
	return nil
}

// at returns the number of the blob that a path has in a node's tree.
func (t *pathTable) at(c *pathColumn, n int32) (int32, error) {
	if missing := t.graph.Len() - len(c.blobs); missing > 0 {
		c.blobs = append(c.blobs, make([]int32, missing)...)
	}
	if k := c.blobs[n]; k > 0 {
		return k - 1, nil
	}
	k, ok := t.loadedAt(c, n)
	if !ok {
		if err := t.paths.Load([]int{c.number}, []gitrepo.ID{t.graph.Tree(n)}); err != nil {
			return 0, err
		}
		k, _ = t.loadedAt(c, n)
	}
	c.blobs[n] = k + 1
	return k, nil
}

func (t *pathTable) loadedAt(c *pathColumn, n int32) (blob int32, ok bool) {
	if missing := t.graph.Len() - len(t.roots); missing > 0 {
		t.roots = append(t.roots, make([]int32, missing)...)
	}
	if t.roots[n] == 0 {
		root, ok := t.paths.Root(t.graph.Tree(n))
		if !ok {
			return 0, false
		}
		t.roots[n] = root + 1
	}
	return t.paths.Blob(t.roots[n]-1, c.number)
}

// blob returns the blob that a path has in a node's tree, empty where there is no such file.
func (t *pathTable) blob(n int32, path string) (gitrepo.ID, error) {
	k, err := t.at(t.column(path), n)
	return t.paths.ID(k), err
}

// nodeSet is a set of nodes of a graph, 64 a word.
type nodeSet []uint64

func (s nodeSet) add(n int32) nodeSet {
	if missing := int(n/64) + 1 - len(s); missing > 0 {
		s = append(s, make(nodeSet, missing)...)
	}
	s[n/64] |= 1 << (n % 64)
	return s
}

// without returns the nodes that are not in other, nil when there are none.
func (s nodeSet) without(other nodeSet) nodeSet {
	var rest nodeSet
	for i, word := range s {
		if i < len(other) {
			word &^= other[i]
		}
		if word != 0 {
			if rest == nil {
				rest = make(nodeSet, len(s))
			}
			rest[i] = word
		}
	}
	return rest
}

// with returns the nodes of both sets.
func (s nodeSet) with(other nodeSet) nodeSet {
	if missing := len(other) - len(s); missing > 0 {
		s = append(slices.Clip(s), make(nodeSet, missing)...)
	} else {
		s = slices.Clone(s)
	}
	for i, word := range other {
		s[i] |= word
	}
	return s
}

// all ranges over the nodes in order.
func (s nodeSet) all(yield func(n int32) bool) {
	for i, word := range s {
		for n := int32(i * 64); word != 0; n, word = n+1, word>>1 {
			if word&1 != 0 && !yield(n) {
				return
			}
		}
	}
}
