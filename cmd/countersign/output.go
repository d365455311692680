package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// writeFile puts a file in place whole or not at all: written beside its place
// under another name, then renamed. A reader, or a killed run, never sees half
// of it. What is there and is no file, such as /dev/null or a pipe, is written to
// and never replaced.
func writeFile(name string, data []byte) (err error) {
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return writeThrough(name, data)
	}
	dir := filepath.Dir(name)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	temp, err := os.CreateTemp(dir, "."+filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(temp.Name())
		}
	}()
	if _, err = temp.Write(data); err != nil {
		temp.Close()
		return fmt.Errorf("%s: %w", name, err)
	}
	if err = temp.Close(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if err = os.Chmod(temp.Name(), 0o644); err != nil {
		return err
	}
	return os.Rename(temp.Name(), name)
}

// writeThrough writes to a device or a pipe. A folder is an error.
func writeThrough(name string, data []byte) error {
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		return fmt.Errorf("%s: expected a file to write to, found a folder", name)
	}
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if _, err := f.Write(data); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// put writes to a file, or to standard output where none is named.
func (s *session) put(name string, data []byte) error {
	if name == "" || name == "-" {
		_, err := s.stdout.Write(data)
		return err
	}
	return writeFile(name, data)
}
