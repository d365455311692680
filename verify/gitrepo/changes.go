package gitrepo

// Change is one path that differs between two trees.
type Change struct {
	Path     string
	Old, New Entry // Mode is 0 on the side that does not have it
}

// Changes lists the files that differ between two trees, in path order. An empty id stands for the empty
// tree. Only folders that differ are read.
func (r *Repo) Changes(from, to ID) ([]Change, error) {
	var list []Change
	return list, r.changes(from, to, "", 0, &list)
}

func (r *Repo) changes(from, to ID, prefix string, depth int, list *[]Change) error {
	if from == to {
		return nil
	}
	if depth > maxDepth {
		return &CorruptError{Dir: r.dir, ID: to, Detail: "its folders are nested too deep"}
	}
	sides := [2]ID{from, to}
	var entries [2]map[string]Entry
	var names []string
	for k, id := range sides {
		entries[k] = map[string]Entry{}
		if id == "" {
			continue
		}
		tree, err := r.Tree(id)
		if err != nil {
			return err
		}
		for _, e := range tree {
			if _, seen := entries[0][e.Name]; !seen {
				names = append(names, e.Name)
			}
			entries[k][e.Name] = e
		}
	}
	for _, name := range names {
		if err := r.change(entries[0][name], entries[1][name], prefix+name, depth, list); err != nil {
			return err
		}
	}
	return nil
}

// change compares one name; a folder that became a file, or the reverse, is both deleted and created.
func (r *Repo) change(old, new Entry, path string, depth int, list *[]Change) error {
	if old.ID == new.ID && old.Mode == new.Mode {
		return nil
	}
	var oldTree, newTree ID
	if old.Mode == ModeTree {
		oldTree, old = old.ID, Entry{}
	}
	if new.Mode == ModeTree {
		newTree, new = new.ID, Entry{}
	}
	if old.Mode != 0 || new.Mode != 0 {
		*list = append(*list, Change{Path: path, Old: old, New: new})
	}
	if oldTree != "" || newTree != "" {
		return r.changes(oldTree, newTree, path+"/", depth+1, list)
	}
	return nil
}
