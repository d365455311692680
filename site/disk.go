package site

import (
	"io/fs"
	"os"
	"sync"
)

// Disk returns a folder as os.DirFS does, whose files Build looks at and reads
// without a piece of memory for each: of a hundred thousand advisories all are
// looked at, of a fresh checkout all are read, and hardly any is kept.
func Disk(dir string) fs.FS {
	root, _ := os.Open(dir) // nil: every path is taken from the start
	return disk{os.DirFS(dir), dir, root}
}

type disk struct {
	fs.FS
	dir  string
	root *os.File // the folder
}

func (d disk) Stat(name string) (fs.FileInfo, error)      { return fs.Stat(d.FS, name) }
func (d disk) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(d.FS, name) }
func (d disk) ReadFile(name string) ([]byte, error)       { return fs.ReadFile(d.FS, name) }

// statOf returns the size of a file, and when it was changed, in nanoseconds.
func statOf(fsys fs.FS, name string) (size, mtime int64, err error) {
	if d, ok := fsys.(disk); ok && d.root != nil && fs.ValidPath(name) {
		return statAt(d.root, name)
	}
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return 0, 0, err
	}
	return info.Size(), info.ModTime().UnixNano(), nil
}

// readBuffers hold the text of a file until it is known whether it changed.
var readBuffers = sync.Pool{New: func() any { return new([]byte) }}

// withText calls f with the text of a file, which is f's only until it returns.
// The file was as large as size a moment ago.
func withText(fsys fs.FS, name string, size int64, f func(text []byte) error) error {
	d, ok := fsys.(disk)
	if !ok || d.root == nil || !fs.ValidPath(name) {
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		return f(text)
	}
	buf := readBuffers.Get().(*[]byte)
	defer readBuffers.Put(buf)
	text, err := readAt(d.root, name, size, (*buf)[:0])
	if err != nil {
		return err
	}
	*buf = text
	return f(text)
}
