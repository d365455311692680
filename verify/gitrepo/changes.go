package gitrepo

import (
	"bytes"
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
		var folders []ID
		for _, p := range level {
			for _, id := range [2]ID{p.from, p.to} {
				if id != "" && p.from != p.to {
					folders = append(folders, id)
				}
			}
		}
		trees, err := r.rawTrees(folders)
		if err != nil {
			return nil, err
		}
		var below []treePair
		for _, p := range level {
			if p.from == p.to {
				continue
			}
			if below, err = p.compare(trees[p.from], trees[p.to], r.format.idLen()/2, &lists[p.list], below); err != nil {
				return nil, err
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

// compare adds the files that differ between two folders to list, and returns the folders that differ. A
// folder that became a file, or the reverse, is both deleted and created.
func (p treePair) compare(old, new []byte, idBytes int, list *[]Change, below []treePair) ([]treePair, error) {
	err := differing(old, new, idBytes, func(a, b rawEntry) { below = p.differ(a, b, list, below) })
	return below, err
}

// differing walks two folders side by side and hands what differs to fn; where one of them has no such name,
// its entry is zero.
func differing(old, new []byte, idBytes int, fn func(a, b rawEntry)) error {
	for len(old) > 0 || len(new) > 0 {
		var a, b rawEntry
		var err error
		if len(old) > 0 {
			if a, err = cutEntry(old, idBytes); err != nil {
				return err
			}
			if bytes.HasPrefix(new, a.raw) {
				old, new = old[len(a.raw):], new[len(a.raw):]
				continue
			}
		}
		if len(new) > 0 {
			if b, err = cutEntry(new, idBytes); err != nil {
				return err
			}
		}
		order := 0
		switch {
		case len(old) == 0:
			order = 1
		case len(new) == 0:
			order = -1
		default:
			order = orderOf(a, b)
		}
		if order <= 0 {
			old = old[len(a.raw):]
		} else {
			a = rawEntry{}
		}
		if order >= 0 {
			new = new[len(b.raw):]
		} else {
			b = rawEntry{}
		}
		fn(a, b)
	}
	return nil
}

// differ records one name that is not the same in both folders.
func (p treePair) differ(a, b rawEntry, list *[]Change, below []treePair) []treePair {
	var old, new Entry
	if a.raw != nil {
		old = a.entry()
	}
	if b.raw != nil {
		new = b.entry()
	}
	path := p.prefix + cmp.Or(old.Name, new.Name)
	next := treePair{list: p.list, prefix: path + "/"}
	if old.Mode == ModeTree {
		next.from, old = old.ID, Entry{}
	}
	if new.Mode == ModeTree {
		next.to, new = new.ID, Entry{}
	}
	if old.Mode != 0 || new.Mode != 0 {
		*list = append(*list, Change{Path: path, Old: old, New: new})
	}
	if next.from != next.to {
		below = append(below, next)
	}
	return below
}
