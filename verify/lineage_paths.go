package verify

import "github.com/countersign/countersign/verify/gitrepo"

// pathTable answers which blob a path has in a commit's tree, for a set of paths that may grow.
type pathTable struct {
	paths   *gitrepo.Paths
	where   map[string]int     // their numbers in paths
	columns map[string][]int32 // per path and node: the blob's number plus one, 0 where not asked yet
	numbers map[gitrepo.ID]int32
	blobs   []gitrepo.ID
}

func newPathTable(repo *gitrepo.Repo) *pathTable {
	return &pathTable{paths: repo.NewPaths(), where: map[string]int{}, columns: map[string][]int32{}, numbers: map[gitrepo.ID]int32{}}
}

func (t *pathTable) number(path string) int {
	n, ok := t.where[path]
	if !ok {
		n = t.paths.Add(path)
		t.where[path] = n
	}
	return n
}

// load reads in bulk what the paths need in these root trees.
func (t *pathTable) load(paths []string, roots []gitrepo.ID) error {
	numbers := make([]int, len(paths))
	for i, path := range paths {
		numbers[i] = t.number(path)
	}
	return t.paths.Load(numbers, roots)
}

// blob returns the path's blob in a root tree, empty where there is no such file.
func (t *pathTable) blob(root gitrepo.ID, path string) (gitrepo.ID, error) {
	i := t.number(path)
	n, ok := t.paths.Root(root)
	var e gitrepo.Entry
	if ok {
		e, ok = t.paths.At(n, i)
	}
	if !ok {
		if err := t.paths.Load([]int{i}, []gitrepo.ID{root}); err != nil {
			return "", err
		}
		n, _ = t.paths.Root(root)
		e, _ = t.paths.At(n, i)
	}
	if !e.Mode.IsFile() {
		return "", nil
	}
	return e.ID, nil
}

// at is blob for a node of the graph; the answers are kept, since walks ask again and again.
func (t *pathTable) at(g *gitrepo.Graph, n int32, path string) (gitrepo.ID, error) {
	column := t.columns[path]
	if missing := g.Len() - len(column); missing > 0 {
		column = append(column, make([]int32, missing)...)
		t.columns[path] = column
	}
	if k := column[n]; k > 0 {
		return t.blobs[k-1], nil
	}
	id, err := t.blob(g.Tree(n), path)
	if err != nil {
		return "", err
	}
	k, ok := t.numbers[id]
	if !ok {
		t.blobs = append(t.blobs, id)
		k = int32(len(t.blobs))
		t.numbers[id] = k
	}
	column[n] = k
	return id, nil
}
