package main

import (
	"os"
	"path/filepath"
	"testing"
)

// What is no file is written to, and is still there afterwards: whoever runs as
// root would lose /dev/null otherwise.
func TestWriteFileReplacesOnlyFiles(t *testing.T) {
	name := filepath.Join(t.TempDir(), "null")
	if err := os.Symlink(os.DevNull, name); err != nil {
		t.Skip(err)
	}
	if err := writeFile(name, []byte("text")); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(name); err != nil || info.Mode().IsRegular() {
		t.Errorf("the device was replaced by a file: %v, %v", info.Mode(), err)
	}
	if err := writeFile(filepath.Dir(name), nil); err == nil {
		t.Error("a folder was taken for a file")
	}
}
