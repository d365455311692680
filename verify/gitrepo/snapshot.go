package gitrepo

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Resolve gives the commit that a revision names: a full commit id, HEAD, a full ref, or the name of a
// branch, a tag or a remote branch. A name that means two commits is an error, since "the protected
// revision" must be one thing.
func (r *Repo) Resolve(rev string) (ID, error) {
	if id, err := ParseID(rev); err == nil {
		_, err = r.Commit(id)
		return id, err
	}
	name := rev
	if rev == "HEAD" {
		text, err := os.ReadFile(filepath.Join(r.gitDir, "HEAD"))
		if err != nil {
			return "", fmt.Errorf("HEAD of %s: %w", r.dir, err)
		}
		target, symbolic := strings.CutPrefix(strings.TrimSpace(string(text)), "ref: ")
		if !symbolic {
			return r.Resolve(target)
		}
		name = target
	}
	refs, err := r.Refs("refs/")
	if err != nil {
		return "", err
	}
	var found []Ref
	for _, ref := range refs {
		for _, prefix := range []string{"", "refs/", "refs/heads/", "refs/tags/", "refs/remotes/"} {
			if ref.Name == prefix+name && ref.Commit != "" {
				found = append(found, ref)
			}
		}
	}
	if len(found) == 0 {
		return "", fmt.Errorf("revision %q of %s: expected a full commit id, HEAD, or the name of a branch or tag", rev, r.dir)
	}
	for _, ref := range found[1:] {
		if ref.Commit != found[0].Commit {
			return "", fmt.Errorf("revision %q of %s: both %s and %s, which differ; give the full name", rev, r.dir, found[0].Name, ref.Name)
		}
	}
	return found[0].Commit, nil
}

// FirstAdded says of every file in a folder of a commit when it came into the history that leads to the
// commit: the committer's time of the oldest commit that has the path while none of its parents does.
func (r *Repo) FirstAdded(commit ID, folder string) (map[string]time.Time, error) {
	files, err := r.Files(commit)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, f := range files {
		if strings.HasPrefix(f.Name, folder+"/") {
			names = append(names, f.Name)
		}
	}
	graph := r.NewGraph()
	if err := graph.Load([]ID{commit}); err != nil {
		return nil, err
	}
	roots := make([]ID, graph.Len())
	for n := range roots {
		roots[n] = graph.Tree(int32(n))
	}
	added := map[string]time.Time{}
	for _, name := range names {
		has := make([]bool, len(roots))
		for n := range roots {
			if _, has[n], err = r.LookupIn(roots[n], name); err != nil {
				return nil, err
			}
		}
		for n := range roots {
			if !has[n] || slices.ContainsFunc(graph.Parents(int32(n)), func(p int32) bool { return has[p] }) {
				continue
			}
			when := time.Unix(graph.Date(int32(n)), 0).UTC()
			if first, known := added[name]; !known || when.Before(first) {
				added[name] = when
			}
		}
	}
	return added, nil
}

// Snapshot is the tree of a commit, or one of its folders (below; "" for the whole tree), as a file system.
// Files are read when they are opened, and hashed like every object. Submodules are left out; a symbolic
// link shows as one and cannot be opened.
func (r *Repo) Snapshot(commit ID, below string) (fs.FS, error) {
	files, err := r.Files(commit)
	if err != nil {
		return nil, err
	}
	when, err := r.Commit(commit)
	if err != nil {
		return nil, err
	}
	s := &snapshot{repo: r, time: when.Committer.Time, nodes: map[string]*leaf{".": {name: ".", mode: fs.ModeDir | 0o755}}}
	for _, f := range files {
		name := f.Name
		if below != "" && below != "." {
			var inside bool
			if name, inside = strings.CutPrefix(f.Name, below+"/"); !inside {
				continue
			}
		}
		if f.Mode.IsFile() && fs.ValidPath(name) {
			s.add(name, f)
		}
	}
	for _, n := range s.nodes {
		slices.Sort(n.kids)
	}
	return s, nil
}

// snapshot is a read-only file system over one tree.
type snapshot struct {
	repo  *Repo
	time  time.Time
	nodes map[string]*leaf // by path
}

// leaf is a file or folder of a snapshot.
type leaf struct {
	name string
	mode fs.FileMode
	id   ID
	kids []string // paths, of a folder
}

func (s *snapshot) add(name string, e Entry) {
	mode := fs.FileMode(0o644)
	if e.Mode == ModeSymlink {
		mode = fs.ModeSymlink | 0o777
	}
	if s.nodes[name] != nil { // a damaged tree with a name twice: the first stands
		return
	}
	s.nodes[name] = &leaf{name: path.Base(name), mode: mode, id: e.ID}
	for name != "." {
		dir := path.Dir(name)
		above, known := s.nodes[dir]
		if !known {
			above = &leaf{name: path.Base(dir), mode: fs.ModeDir | 0o755}
			s.nodes[dir] = above
		}
		above.kids = append(above.kids, name)
		if known {
			return
		}
		name = dir
	}
}

// Open opens a file or a folder.
func (s *snapshot) Open(name string) (fs.File, error) {
	n := s.nodes[name]
	switch {
	case !fs.ValidPath(name):
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	case n == nil:
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	case n.mode&fs.ModeSymlink != 0:
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("a symbolic link of a revision is not followed")}
	case n.mode.IsDir():
		return &openFile{fs: s, node: n}, nil
	}
	data, err := s.repo.Blob(n.id)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return &openFile{fs: s, node: n, Reader: bytes.NewReader(data), size: int64(len(data))}, nil
}

// openFile is an open file or folder of a snapshot.
type openFile struct {
	*bytes.Reader
	fs   *snapshot
	node *leaf
	size int64
	read int // entries of a folder given out
}

func (f *openFile) Stat() (fs.FileInfo, error) { return f.fs.info(f.node, f.size), nil }
func (f *openFile) Close() error               { return nil }

// Read reads from a file; a folder has nothing to read.
func (f *openFile) Read(p []byte) (int, error) {
	if f.Reader == nil {
		return 0, &fs.PathError{Op: "read", Path: f.node.name, Err: errors.New("is a folder")}
	}
	return f.Reader.Read(p)
}

// ReadDir lists a folder in name order.
func (f *openFile) ReadDir(n int) ([]fs.DirEntry, error) {
	rest := f.node.kids[f.read:]
	if n > 0 {
		if len(rest) == 0 {
			return nil, io.EOF
		}
		rest = rest[:min(n, len(rest))]
	}
	f.read += len(rest)
	out := make([]fs.DirEntry, len(rest))
	for i, name := range rest {
		out[i] = fs.FileInfoToDirEntry(f.fs.info(f.fs.nodes[name], 0))
	}
	return out, nil
}

func (s *snapshot) info(n *leaf, size int64) fs.FileInfo {
	return fileInfo{n, size, s.time}
}

// fileInfo describes a node; the time is the commit's.
type fileInfo struct {
	node *leaf
	size int64
	time time.Time
}

func (i fileInfo) Name() string       { return i.node.name }
func (i fileInfo) Size() int64        { return i.size }
func (i fileInfo) Mode() fs.FileMode  { return i.node.mode }
func (i fileInfo) ModTime() time.Time { return i.time }
func (i fileInfo) IsDir() bool        { return i.node.mode.IsDir() }
func (i fileInfo) Sys() any           { return nil }
