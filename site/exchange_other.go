//go:build !linux

package site

import (
	"os"
	"path/filepath"
)

// exchange puts the staged folder in the place of the site.
func exchange(stage, dir, old string) error { return exchangeInTwo(stage, dir, old) }

// lockExclusive opens the file: there is no lock here that ends with the
// program in every case.
func lockExclusive(name string) (*os.File, error) {
	return os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
}

const readsRemoved = false

// writeFile writes a new file.
func writeFile(name string, data []byte) error { return os.WriteFile(name, data, 0o644) }

// statAt returns the size and the time of a file below a folder.
func statAt(root *os.File, name string) (size, mtime int64, err error) {
	info, err := os.Stat(filepath.Join(root.Name(), filepath.FromSlash(name)))
	if err != nil {
		return 0, 0, err
	}
	return info.Size(), info.ModTime().UnixNano(), nil
}

// readAt appends a file below a folder to a buffer.
func readAt(root *os.File, name string, _ int64, buf []byte) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(root.Name(), filepath.FromSlash(name)))
	return append(buf, text...), err
}
