package gitrepo

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// Mode is a tree entry's mode as git writes it, in octal.
type Mode uint32

// The modes that a tree can hold.
const (
	ModeTree       Mode = 0o040000
	ModeFile       Mode = 0o100644
	ModeExecutable Mode = 0o100755
	ModeSymlink    Mode = 0o120000
	ModeSubmodule  Mode = 0o160000
)

// IsFile reports whether the entry has a blob of its own: a file, an executable or a symlink.
func (m Mode) IsFile() bool { return m&0o170000 == 0o100000 || m == ModeSymlink }

// Entry is one name in a tree.
type Entry struct {
	Name string // within its tree; in the answer of Files, the whole path
	Mode Mode
	ID   ID
}

// maxTreeCache bounds the remembered tree entries, about 100 bytes each.
const maxTreeCache = 1 << 20

// maxDepth bounds nested folders, so that no tree makes the walk run away.
const maxDepth = 512

// Tree returns the entries of one tree, in git's order. The caller does not change the slice.
func (r *Repo) Tree(id ID) ([]Entry, error) {
	r.mu.Lock()
	entries, ok := r.trees[id]
	r.mu.Unlock()
	if ok {
		return entries, nil
	}
	o, err := r.readOne(id)
	if err != nil {
		return nil, err
	}
	return r.treeOf(id, o)
}

func (r *Repo) treeOf(id ID, o object) ([]Entry, error) {
	data, err := r.expect(id, o, "tree", "")
	if err != nil {
		return nil, err
	}
	entries, err := parseTree(data, r.format.idLen()/2)
	if err != nil {
		return nil, fmt.Errorf("tree %s in %s: %w", id, r.dir, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.treeSize += len(entries); r.treeSize > maxTreeCache {
		clear(r.trees)
		r.treeSize = len(entries)
	}
	r.trees[id] = entries
	return entries, nil
}

// parseTree reads "mode SP name NUL id" until the end.
func parseTree(data []byte, idBytes int) ([]Entry, error) {
	var entries []Entry
	for len(data) > 0 {
		name, id, rest, mode, err := cutEntry(data, idBytes)
		if err != nil {
			return nil, err
		}
		entries = append(entries, Entry{Name: string(name), Mode: mode, ID: ID(hex.EncodeToString(id))})
		data = rest
	}
	return entries, nil
}

func cutEntry(data []byte, idBytes int) (name, id, rest []byte, mode Mode, err error) {
	space := bytes.IndexByte(data, ' ')
	if space < 1 || space > 6 {
		return nil, nil, nil, 0, fmt.Errorf("expected a mode of at most six digits")
	}
	for _, c := range data[:space] {
		if c < '0' || c > '7' {
			return nil, nil, nil, 0, fmt.Errorf("expected an octal mode, found %q", data[:space])
		}
		mode = mode<<3 | Mode(c-'0')
	}
	data = data[space+1:]
	nul := bytes.IndexByte(data, 0)
	if nul < 1 || len(data) < nul+1+idBytes {
		return nil, nil, nil, 0, fmt.Errorf("expected a name and an id of %d bytes", idBytes)
	}
	name, id, rest = data[:nul], data[nul+1:nul+1+idBytes], data[nul+1+idBytes:]
	if bytes.IndexByte(name, '/') >= 0 {
		return nil, nil, nil, 0, fmt.Errorf("name %q holds a slash", name)
	}
	return name, id, rest, mode, nil
}

// Files lists every file, symlink and submodule of a commit by path, in path order. Entry.Name is the whole
// path with forward slashes. It reads each folder level in one go.
func (r *Repo) Files(commit ID) ([]Entry, error) {
	c, err := r.Commit(commit)
	if err != nil {
		return nil, err
	}
	var files []Entry
	level := []Entry{{ID: c.Tree, Mode: ModeTree}}
	for depth := 0; len(level) > 0; depth++ {
		if depth > maxDepth {
			return nil, fmt.Errorf("commit %s in %s: folders are nested deeper than %d", commit, r.dir, maxDepth)
		}
		lists, err := r.treesAt(level)
		if err != nil {
			return nil, err
		}
		var below []Entry
		for i, folder := range level {
			for _, e := range lists[i] {
				if folder.Name != "" {
					e.Name = folder.Name + "/" + e.Name
				}
				if e.Mode == ModeTree {
					below = append(below, e)
				} else {
					files = append(files, e)
				}
			}
		}
		level = below
	}
	slices.SortFunc(files, func(a, b Entry) int { return strings.Compare(a.Name, b.Name) })
	return files, nil
}

// treesAt reads the trees of a list of folders, asking git only for those not remembered.
func (r *Repo) treesAt(folders []Entry) ([][]Entry, error) {
	lists := make([][]Entry, len(folders))
	var ask []ID
	var where []int
	r.mu.Lock()
	for i, f := range folders {
		if entries, ok := r.trees[f.ID]; ok {
			lists[i] = entries
			continue
		}
		ask, where = append(ask, f.ID), append(where, i)
	}
	r.mu.Unlock()
	err := r.readAll(ask, func(i int, o object) error {
		entries, err := r.treeOf(ask[i], o)
		lists[where[i]] = entries
		return err
	})
	return lists, err
}

// Lookup finds one path in a commit. ok is false when the commit has no such file; a folder on the way
// that is absent from the clone is an *IncompleteError.
func (r *Repo) Lookup(commit ID, path string) (entry Entry, ok bool, err error) {
	c, err := r.Commit(commit)
	if err != nil {
		return Entry{}, false, err
	}
	return r.LookupIn(c.Tree, path)
}

// LookupIn is Lookup from a tree.
func (r *Repo) LookupIn(tree ID, path string) (entry Entry, ok bool, err error) {
	rest := path
	for {
		entries, err := r.Tree(tree)
		if err != nil {
			return Entry{}, false, err
		}
		var name string
		var more bool
		name, rest, more = strings.Cut(rest, "/")
		i := slices.IndexFunc(entries, func(e Entry) bool { return e.Name == name })
		if i < 0 {
			return Entry{}, false, nil
		}
		if !more {
			entry = entries[i]
			entry.Name = path
			return entry, true, nil
		}
		if entries[i].Mode != ModeTree {
			return Entry{}, false, nil
		}
		tree = entries[i].ID
	}
}
