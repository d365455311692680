package gitrepo

import (
	"cmp"
	"slices"
	"strings"
)

// Change is one path that differs between two trees.
type Change struct {
	Path     string
	Old, New Entry // Mode is 0 on the side that does not have it
}

// Changes lists the files that differ between two trees, in path order. An empty id stands for the empty
// tree. Only folders that differ are read.
func (r *Repo) Changes(from, to ID) ([]Change, error) {
	lists, err := r.ChangesAll([][2]ID{{from, to}})
	if err != nil {
		return nil, err
	}
	return lists[0], nil
}

// ChangesAll is Changes for many pairs at once: the folders of each depth are requested together. An error
// about any of them ends it; ask again one by one to learn which.
func (r *Repo) ChangesAll(pairs [][2]ID) ([][]Change, error) {
	lists := make([][]Change, len(pairs))
	var level []treePair
	for i, p := range pairs {
		level = append(level, treePair{list: i, from: p[0], to: p[1]})
	}
	for depth := 0; len(level) > 0; depth++ {
		if depth > maxDepth {
			return nil, &CorruptError{Dir: r.dir, ID: level[0].to, Detail: "its folders are nested too deep"}
		}
		trees, err := r.treesOf(level)
		if err != nil {
			return nil, err
		}
		var below []treePair
		for k, p := range level {
			if p.from != p.to {
				below = p.compare(trees[2*k], trees[2*k+1], &lists[p.list], below)
			}
		}
		level = below
	}
	for _, list := range lists {
		slices.SortFunc(list, func(a, b Change) int { return strings.Compare(a.Path, b.Path) })
	}
	return lists, nil
}

// treePair is a folder in both trees of a pair.
type treePair struct {
	list     int
	prefix   string
	from, to ID
}

// treesOf reads both trees of every pair, sorted by name.
func (r *Repo) treesOf(level []treePair) ([][]Entry, error) {
	var folders []Entry
	var where []int
	for k, p := range level {
		for side, id := range [2]ID{p.from, p.to} {
			if id != "" && p.from != p.to {
				folders, where = append(folders, Entry{ID: id}), append(where, 2*k+side)
			}
		}
	}
	read, err := r.treesAt(folders)
	if err != nil {
		return nil, err
	}
	trees := make([][]Entry, 2*len(level))
	for i, entries := range read {
		trees[where[i]] = entries
		if !slices.IsSortedFunc(entries, byName) { // folders sort as if their names ended in a slash
			trees[where[i]] = slices.SortedFunc(slices.Values(entries), byName)
		}
	}
	return trees, nil
}

func byName(a, b Entry) int { return cmp.Compare(a.Name, b.Name) }

// compare walks two sorted folders side by side, adds the files that differ to list, and returns the folders
// that differ. A folder that became a file, or the reverse, is both deleted and created.
func (p treePair) compare(old, new []Entry, list *[]Change, below []treePair) []treePair {
	for len(old) > 0 || len(new) > 0 {
		var a, b Entry
		order := 0
		switch {
		case len(old) == 0:
			order = 1
		case len(new) == 0:
			order = -1
		default:
			order = byName(old[0], new[0])
		}
		if order <= 0 {
			a, old = old[0], old[1:]
		}
		if order >= 0 {
			b, new = new[0], new[1:]
		}
		if a.ID == b.ID && a.Mode == b.Mode {
			continue
		}
		path := p.prefix + cmp.Or(a.Name, b.Name)
		next := treePair{list: p.list, prefix: path + "/"}
		if a.Mode == ModeTree {
			next.from, a = a.ID, Entry{}
		}
		if b.Mode == ModeTree {
			next.to, b = b.ID, Entry{}
		}
		if a.Mode != 0 || b.Mode != 0 {
			*list = append(*list, Change{Path: path, Old: a, New: b})
		}
		if next.from != next.to {
			below = append(below, next)
		}
	}
	return below
}
