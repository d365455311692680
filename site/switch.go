package site

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// A site with more files than manyFiles, of which at most fewChanges differ, is
// switched by a journal: linking every file into a second tree would take longer
// than the build. Any other site is switched by exchanging two folders.
const (
	manyFiles  = 20000
	fewChanges = 2000
)

// Commit switches to the new site and returns how many files were written and
// removed. The state is kept beside the folder for the next build; a build that
// is killed here leaves none, so that the next one trusts nothing.
func (f *Folder) Commit(s *State) (written, removed int, err error) {
	if f.done {
		return 0, 0, errors.New("this build has ended")
	}
	if s == nil {
		return 0, 0, errors.New("the build did not finish: there is nothing to switch to")
	}
	gone, err := f.gone(s)
	if err != nil {
		return 0, 0, err
	}
	state := filepath.Join(f.work, stateFile)
	if f.staged+len(gone) > 0 {
		if err := os.Remove(state); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return 0, 0, err
		}
		if err := f.switchOver(s, gone); err != nil {
			return 0, 0, err
		}
	}
	f.done = true
	s.racy, s.folders = f.started-clockTick, f.stamps()
	err = writeWhole(state, s.writeTo)
	f.closeState()
	if err != nil {
		return 0, 0, errors.Join(fmt.Errorf("the site is in place, but its state is not: %w", err), f.lock.Close())
	}
	return f.staged, len(gone), f.lock.Close()
}

// writeWhole writes a file so that a reader sees all of it or nothing.
func writeWhole(name string, write func(io.Writer) error) error {
	file, err := os.OpenFile(name+".part", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(write(file), file.Close()); err != nil {
		return err
	}
	return os.Rename(name+".part", name)
}

// switchOver replaces the previous site by the staged one.
func (f *Folder) switchOver(s *State, gone []string) error {
	stage := filepath.Join(f.work, stageDir)
	if err := os.MkdirAll(stage, 0o755); err != nil {
		return err
	}
	if _, err := os.Lstat(f.dir); errors.Is(err, fs.ErrNotExist) {
		return os.Rename(stage, f.dir)
	}
	if s.count > manyFiles && f.staged+len(gone) <= fewChanges {
		return f.switchByJournal(gone)
	}
	if err := f.linkKept(s, stage); err != nil {
		return err
	}
	if err := exchange(stage, f.dir, filepath.Join(f.work, oldDir)); err != nil {
		// A mount point cannot be moved: its files can.
		return f.switchByJournal(gone)
	}
	return errors.Join(os.RemoveAll(stage), os.RemoveAll(filepath.Join(f.work, oldDir)))
}

// linkKept makes the staged tree whole: files that stay are linked into it, or
// copied where the file system has no links.
func (f *Folder) linkKept(s *State, stage string) error {
	var failed error
	keep := func(file string) {
		if failed == nil && !f.put[strings.ToLower(file)] {
			failed = f.linkOne(stage, file)
		}
	}
	for _, r := range s.rows {
		s.forEachFile(r, keep)
	}
	for file := range s.files {
		keep(file)
	}
	return failed
}

func (f *Folder) linkOne(stage, file string) error {
	from, to := filepath.Join(f.dir, filepath.FromSlash(file)), filepath.Join(stage, filepath.FromSlash(file))
	if folder := path.Dir(file); !f.folders[folder] {
		f.folders[folder] = true
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
	}
	if err := os.Link(from, to); err == nil {
		return nil
	}
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o644)
}

// switchByJournal writes down what is to be removed, which from then on is the
// new site, and moves the staged files into place. Whoever opens the folder
// next finishes what is left.
func (f *Folder) switchByJournal(gone []string) error {
	journal := func(w io.Writer) error {
		_, err := io.WriteString(w, strings.Join(gone, "\n"))
		return err
	}
	if err := writeWhole(filepath.Join(f.work, journalFile), journal); err != nil {
		return err
	}
	return f.recover()
}

// recover finishes a switch by journal, ends one by exchange, and clears away
// what a build that was killed had staged.
func (f *Folder) recover() error {
	stage, old := filepath.Join(f.work, stageDir), filepath.Join(f.work, oldDir)
	if _, err := os.Lstat(f.dir); errors.Is(err, fs.ErrNotExist) {
		// The one moment between two renames, on systems that cannot exchange.
		if _, err := os.Lstat(old); err == nil {
			if err := os.Rename(old, f.dir); err != nil {
				return err
			}
		}
	}
	journal := filepath.Join(f.work, journalFile)
	data, err := os.ReadFile(journal)
	if err == nil {
		err = f.replay(stage, strings.Split(string(data), "\n"))
		if err == nil {
			err = os.Remove(journal)
		}
	} else if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err != nil {
		return fmt.Errorf("finish the switch to the new site: %w", err)
	}
	return errors.Join(os.RemoveAll(stage), os.RemoveAll(old))
}

// replay moves every staged file over the site, and removes what is gone. It
// can be repeated.
func (f *Folder) replay(stage string, gone []string) error {
	err := filepath.WalkDir(stage, func(name string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && name == stage {
			return fs.SkipAll
		}
		if err != nil {
			return err
		}
		target := filepath.Join(f.dir, name[len(stage):])
		if d.IsDir() {
			return os.MkdirAll(target, 0o755)
		}
		return os.Rename(name, target)
	})
	if err != nil {
		return err
	}
	for _, path := range gone {
		if !fs.ValidPath(path) || path == "." {
			continue
		}
		if err := os.Remove(filepath.Join(f.dir, filepath.FromSlash(path))); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// exchangeInTwo moves the site away and the staged folder into its place. A
// build that is killed between the two is mended by recover.
func exchangeInTwo(stage, dir, old string) error {
	if err := os.RemoveAll(old); err != nil {
		return err
	}
	if err := os.Rename(dir, old); err != nil {
		return err
	}
	if err := os.Rename(stage, dir); err != nil {
		return errors.Join(err, os.Rename(old, dir))
	}
	return nil
}
