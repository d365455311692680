package site

import (
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// Disk returns a folder as os.DirFS does, whose files Build reads without a piece
// of memory for each: a fresh checkout of a hundred thousand advisories has to be
// read, and hardly any of it to be kept.
func Disk(dir string) fs.FS { return disk{os.DirFS(dir), dir} }

type disk struct {
	fs.FS
	dir string
}

func (d disk) Stat(name string) (fs.FileInfo, error)      { return fs.Stat(d.FS, name) }
func (d disk) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(d.FS, name) }
func (d disk) ReadFile(name string) ([]byte, error)       { return fs.ReadFile(d.FS, name) }

// readInto reads a file into a buffer, or a larger one in its place.
func (d disk) readInto(name string, buf []byte) ([]byte, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	return readFile(filepath.Join(d.dir, filepath.FromSlash(name)), buf)
}

// readBuffers hold the text of a file until it is known whether it changed.
var readBuffers = sync.Pool{New: func() any { return new([]byte) }}

// withText calls f with the text of a file, which is f's only until it returns.
func withText(fsys fs.FS, name string, f func(text []byte) error) error {
	d, ok := fsys.(disk)
	if !ok {
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		return f(text)
	}
	buf := readBuffers.Get().(*[]byte)
	defer readBuffers.Put(buf)
	text, err := d.readInto(name, (*buf)[:0])
	if err != nil {
		return err
	}
	*buf = text
	return f(text)
}
