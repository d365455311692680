package verify

import "github.com/countersign/countersign/verify/gitrepo"

// pathTable answers which blob a path has in a commit's tree, for a set of paths that may grow.
type pathTable struct {
	repo    *gitrepo.Repo
	sets    []*gitrepo.Paths
	where   map[string]pathPlace
	columns map[string][]int32 // per path and node: the blob's number plus one, 0 where not asked yet
	numbers map[gitrepo.ID]int32
	blobs   []gitrepo.ID
}

type pathPlace struct{ set, index int }

func newPathTable(repo *gitrepo.Repo) *pathTable {
	return &pathTable{repo: repo, where: map[string]pathPlace{}, columns: map[string][]int32{}, numbers: map[gitrepo.ID]int32{}}
}

// want adds the paths that are not in the table yet, as one set that is read together.
func (t *pathTable) want(paths []string) {
	var added []string
	for _, path := range paths {
		if _, ok := t.where[path]; !ok {
			t.where[path] = pathPlace{len(t.sets), len(added)}
			added = append(added, path)
		}
	}
	if len(added) > 0 {
		t.sets = append(t.sets, t.repo.NewPaths(added))
	}
}

// load reads in bulk what the paths need in these root trees.
func (t *pathTable) load(paths []string, roots []gitrepo.ID) error {
	t.want(paths)
	done := map[int]bool{}
	for _, path := range paths {
		set := t.where[path].set
		if done[set] {
			continue
		}
		done[set] = true
		if err := t.sets[set].Load(roots); err != nil {
			return err
		}
	}
	return nil
}

// blob returns the path's blob in a root tree, empty where there is no such file.
func (t *pathTable) blob(root gitrepo.ID, path string) (gitrepo.ID, error) {
	t.want([]string{path})
	w := t.where[path]
	set := t.sets[w.set]
	if !set.Loaded(root) {
		if err := set.Load([]gitrepo.ID{root}); err != nil {
			return "", err
		}
	}
	e := set.At(root, w.index)
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
