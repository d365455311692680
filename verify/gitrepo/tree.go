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

// maxTreeCache bounds the remembered trees, in bytes.
const maxTreeCache = 64 << 20

// maxDepth bounds nested folders, so that no tree makes the walk run away.
const maxDepth = 512

// rawTree returns a tree's bytes: hashed, well-formed and in git's order.
func (r *Repo) rawTree(id ID) ([]byte, error) {
	if raw, ok := r.cachedTree(id); ok {
		return raw, nil
	}
	o, err := r.readOne(id)
	if err != nil {
		return nil, err
	}
	return r.treeOf(id, o)
}

func (r *Repo) cachedTree(id ID) ([]byte, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	raw, ok := r.trees[id]
	return raw, ok
}

// rawTrees is rawTree for many, asking git once for each that is not remembered.
func (r *Repo) rawTrees(ids []ID) (map[ID][]byte, error) {
	raws := make(map[ID][]byte, len(ids))
	var ask []ID
	for _, id := range ids {
		if _, ok := raws[id]; ok {
			continue
		}
		raw, ok := r.cachedTree(id)
		raws[id] = raw
		if !ok {
			ask = append(ask, id)
		}
	}
	err := r.readAll(ask, func(i int, o object) (err error) {
		raws[ask[i]], err = r.treeOf(ask[i], o)
		return err
	})
	return raws, err
}

// treeOf checks and remembers a tree.
func (r *Repo) treeOf(id ID, o object) ([]byte, error) {
	data, err := r.expect(id, o, "tree", "")
	if err != nil {
		return nil, err
	}
	if data, err = inOrder(data, r.format.idLen()/2); err != nil {
		return nil, fmt.Errorf("tree %s in %s: %w", id, r.dir, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.treeSize += len(data); r.treeSize > maxTreeCache {
		clear(r.trees)
		r.treeSize = len(data)
	}
	r.trees[id] = data
	return data, nil
}

// inOrder returns a tree's bytes with its entries in git's order, which they are in already unless somebody
// made the tree by hand. A malformed entry is an error.
func inOrder(data []byte, idBytes int) ([]byte, error) {
	var last rawEntry
	for rest := data; len(rest) > 0; {
		e, err := cutEntry(rest, idBytes)
		if err != nil {
			return nil, err
		}
		if last.name != nil && orderOf(last, e) > 0 {
			return sortTree(data, idBytes)
		}
		last, rest = e, rest[len(e.raw):]
	}
	return data, nil
}

func sortTree(data []byte, idBytes int) ([]byte, error) {
	var entries []rawEntry
	for rest := data; len(rest) > 0; {
		e, err := cutEntry(rest, idBytes)
		if err != nil {
			return nil, err
		}
		entries, rest = append(entries, e), rest[len(e.raw):]
	}
	slices.SortStableFunc(entries, orderOf)
	var sorted []byte
	for _, e := range entries {
		sorted = append(sorted, e.raw...)
	}
	return sorted, nil
}

// hasTwins reports whether a tree in order holds a name twice, which git never writes.
func hasTwins(data []byte, idBytes int) bool {
	var last rawEntry
	for len(data) > 0 {
		e, err := cutEntry(data, idBytes)
		if err != nil {
			return false
		}
		if last.name != nil && orderOf(last, e) == 0 {
			return true
		}
		last, data = e, data[len(e.raw):]
	}
	return false
}

// parseTree reads "mode SP name NUL id" until the end.
func parseTree(data []byte, idBytes int) ([]Entry, error) {
	var entries []Entry
	for len(data) > 0 {
		e, err := cutEntry(data, idBytes)
		if err != nil {
			return nil, err
		}
		entries = append(entries, e.entry())
		data = data[len(e.raw):]
	}
	return entries, nil
}

// rawEntry is an entry within the bytes of its tree.
type rawEntry struct {
	raw, name, id []byte
	mode          Mode
}

func (e rawEntry) entry() Entry {
	return Entry{Name: string(e.name), Mode: e.mode, ID: ID(hex.EncodeToString(e.id))}
}

// orderOf compares as git orders a tree: folders as if their names ended in a slash.
func orderOf(a, b rawEntry) int {
	n := min(len(a.name), len(b.name))
	if c := bytes.Compare(a.name[:n], b.name[:n]); c != 0 {
		return c
	}
	return int(a.byteAt(n)) - int(b.byteAt(n))
}

func (e rawEntry) byteAt(i int) byte {
	switch {
	case i < len(e.name):
		return e.name[i]
	case e.mode == ModeTree:
		return '/'
	}
	return 0
}

func cutEntry(data []byte, idBytes int) (e rawEntry, err error) {
	space := 0
	for space < len(data) && space < 7 && data[space] >= '0' && data[space] <= '7' {
		e.mode = e.mode<<3 | Mode(data[space]-'0')
		space++
	}
	if space == 0 || space > 6 || space == len(data) || data[space] != ' ' {
		return e, fmt.Errorf("expected an octal mode of at most six digits, found %q", data[:min(len(data), 7)])
	}
	rest := data[space+1:]
	nul := bytes.IndexByte(rest, 0)
	if nul < 1 || len(rest) < nul+1+idBytes {
		return e, fmt.Errorf("expected a name and an id of %d bytes", idBytes)
	}
	e.name, e.id = rest[:nul], rest[nul+1:nul+1+idBytes]
	e.raw = data[:space+1+nul+1+idBytes]
	if bytes.IndexByte(e.name, '/') >= 0 {
		return e, fmt.Errorf("name %q holds a slash", e.name)
	}
	return e, nil
}

// Files lists every file, symlink and submodule of a commit by path, in path order. Entry.Name is the whole
// path with forward slashes. It reads each folder level in one go. A path that a tree holds twice, as no git
// writes it, could be one file for us and another in a checkout: that is a *CorruptError.
func (r *Repo) Files(commit ID) ([]Entry, error) {
	c, err := r.Commit(commit)
	if err != nil {
		return nil, err
	}
	var files, folders []Entry
	level := []Entry{{ID: c.Tree, Mode: ModeTree}}
	for depth := 0; len(level) > 0; depth++ {
		if depth > maxDepth {
			return nil, &CorruptError{Dir: r.dir, ID: c.Tree, Detail: "its folders are nested too deep"}
		}
		raws, err := r.rawTrees(idsOf(level))
		if err != nil {
			return nil, err
		}
		var below []Entry
		for _, folder := range level {
			entries, err := parseTree(raws[folder.ID], r.format.idLen()/2)
			if err != nil {
				return nil, err
			}
			for _, e := range entries {
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
		level, folders = below, append(folders, below...)
	}
	slices.SortFunc(files, byName)
	for i, e := range files {
		if i > 0 && e.Name == files[i-1].Name {
			return nil, r.twice(c, e.Name)
		}
	}
	for _, e := range folders {
		if _, found := slices.BinarySearchFunc(files, e, byName); found {
			return nil, r.twice(c, e.Name)
		}
	}
	return files, nil
}

func byName(a, b Entry) int { return strings.Compare(a.Name, b.Name) }

func (r *Repo) twice(c *Commit, path string) error {
	return &CorruptError{Dir: r.dir, ID: c.Tree, Detail: fmt.Sprintf("it holds the path %q twice", path)}
}

func idsOf(entries []Entry) []ID {
	ids := make([]ID, len(entries))
	for i, e := range entries {
		ids[i] = e.ID
	}
	return ids
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
		raw, err := r.rawTree(tree)
		if err != nil {
			return Entry{}, false, err
		}
		var name string
		var more bool
		name, rest, more = strings.Cut(rest, "/")
		e, ok := findEntry(raw, name, r.format.idLen()/2)
		if !ok || more && e.mode != ModeTree {
			return Entry{}, false, nil
		}
		entry = e.entry()
		if !more {
			entry.Name = path
			return entry, true, nil
		}
		tree = entry.ID
	}
}

// findEntry finds a name in a tree that was checked.
func findEntry(raw []byte, name string, idBytes int) (rawEntry, bool) {
	for len(raw) > 0 {
		e, err := cutEntry(raw, idBytes)
		if err != nil {
			break
		}
		if string(e.name) == name {
			return e, true
		}
		raw = raw[len(e.raw):]
	}
	return rawEntry{}, false
}
