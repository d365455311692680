package gitrepo

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// Paths follows a fixed set of paths through many commits. Each distinct tree on the way to one of them is
// read and hashed once, in bulk, and only the names that matter are kept; after that, "which blob has this
// path in that commit" costs a few map look-ups.
type Paths struct {
	repo  *Repo
	dirs  []*folder  // dirs[0] is the root
	where [][]string // per path, its parts
}

// folder is one directory on the way to a path, over all commits.
type folder struct {
	depth int
	names map[string]int // interesting names, to their column
	below []*folder      // per column, nil for a file
	trees map[ID][]Entry // per distinct tree: one entry per column, zero where absent
}

// NewPaths prepares to follow the paths.
func (r *Repo) NewPaths(paths []string) *Paths {
	p := &Paths{repo: r}
	root := p.folder(0)
	for _, path := range paths {
		parts := strings.Split(path, "/")
		at := root
		for _, name := range parts[:len(parts)-1] {
			c := at.column(name)
			if at.below[c] == nil {
				at.below[c] = p.folder(at.depth + 1)
			}
			at = at.below[c]
		}
		at.column(parts[len(parts)-1])
		p.where = append(p.where, parts)
	}
	return p
}

func (p *Paths) folder(depth int) *folder {
	f := &folder{depth: depth, names: map[string]int{}, trees: map[ID][]Entry{}}
	p.dirs = append(p.dirs, f)
	return f
}

func (f *folder) column(name string) int {
	c, ok := f.names[name]
	if !ok {
		c = len(f.names)
		f.names[name] = c
		f.below = append(f.below, nil)
	}
	return c
}

// Load reads what is needed to answer At for these root trees.
func (p *Paths) Load(roots []ID) error {
	wanted := map[*folder][]ID{p.dirs[0]: roots}
	for depth := 0; len(wanted) > 0; depth++ {
		next := map[*folder][]ID{}
		for _, dir := range p.dirs { // in order of making, so that requests do not depend on map order
			ids, ok := wanted[dir]
			if !ok {
				continue
			}
			ids, err := p.loadFolder(dir, ids)
			if err != nil {
				return err
			}
			for c, below := range dir.below {
				if below == nil {
					continue
				}
				for _, id := range ids {
					if e := dir.trees[id][c]; e.Mode == ModeTree {
						next[below] = append(next[below], e.ID)
					}
				}
			}
		}
		wanted = next
	}
	return nil
}

// loadFolder reads the trees that are not known yet, and returns those: what lies below the others was read
// with them.
func (p *Paths) loadFolder(dir *folder, ids []ID) (fresh []ID, err error) {
	var ask []ID
	for _, id := range ids {
		if _, ok := dir.trees[id]; ok {
			continue
		}
		dir.trees[id] = nil
		fresh = append(fresh, id)
		if raw, ok := p.repo.cachedTree(id); ok {
			if err := p.keep(dir, id, raw); err != nil {
				return nil, err
			}
			continue
		}
		ask = append(ask, id)
	}
	return fresh, p.repo.readAll(ask, func(i int, o object) error {
		data, err := p.repo.expect(ask[i], o, "tree", "")
		if err != nil {
			return err
		}
		return p.keep(dir, ask[i], data)
	})
}

// keep remembers what matters of one tree.
func (p *Paths) keep(dir *folder, id ID, data []byte) (err error) {
	dir.trees[id], err = dir.pick(data, p.repo.format.idLen()/2)
	if err != nil {
		return fmt.Errorf("tree %s in %s: %w", id, p.repo.dir, err)
	}
	return nil
}

// pick keeps the interesting entries of one tree.
func (f *folder) pick(data []byte, idBytes int) ([]Entry, error) {
	row := make([]Entry, len(f.names))
	for len(data) > 0 {
		e, err := cutEntry(data, idBytes)
		if err != nil {
			return nil, err
		}
		if c, ok := f.names[string(e.name)]; ok {
			row[c] = Entry{Mode: e.mode, ID: ID(hex.EncodeToString(e.id))}
		}
		data = data[len(e.raw):]
	}
	return row, nil
}

// Loaded reports whether At can answer for a root tree.
func (p *Paths) Loaded(root ID) bool { return p.dirs[0].trees[root] != nil }

// At returns the entry of path number i in a root tree that was loaded; Mode is 0 where there is none.
// Entry.Name is left empty.
func (p *Paths) At(root ID, i int) Entry {
	dir, id := p.dirs[0], root
	for k, name := range p.where[i] {
		row := dir.trees[id]
		if row == nil {
			return Entry{}
		}
		c := dir.names[name]
		if k == len(p.where[i])-1 {
			return row[c]
		}
		if row[c].Mode != ModeTree {
			return Entry{}
		}
		dir, id = dir.below[c], row[c].ID
	}
	return Entry{}
}
