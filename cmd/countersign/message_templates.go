package main

import (
	"errors"
	"io/fs"
	"os"

	"github.com/countersign/countersign/templates"
)

// messageTemplates lays the security repository's own messages/ folder over the
// built-in texts.
func messageTemplates(dir string) fs.FS {
	return overlay{os.DirFS(dir), templates.Messages}
}

// overlay opens a file of the first system, and of the second where the first
// has none.
type overlay [2]fs.FS

// Open opens the upper file if there is one.
func (o overlay) Open(name string) (fs.File, error) {
	f, err := o[0].Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return o[1].Open(name)
	}
	return f, err
}
