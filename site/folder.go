package site

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// Folder is the Sink of a real site: it stages files beside a folder on disk
// and switches the whole site over in one step, so that a build that is killed
// or runs out of space leaves the old site as it was.
//
// Beside the folder `public` stands `.public.build`, with the state of the last
// build and, while one runs, the staged files. Only files that differ from the
// previous site are written at all.
type Folder struct {
	dir  string // the site
	work string // beside it

	state   *State
	bodies  *os.File // of the state
	lock    *os.File
	started int64 // when the build began, by the clock of the file system

	mu      sync.Mutex
	put     map[string]bool // lower-case path → whether it was staged
	staged  int
	folders map[string]bool
	done    bool

	// The previous site is what the state says if all folders are as the last
	// build left them; otherwise the files in them are listed.
	whole   bool
	scan    sync.Once
	scanErr error
	there   map[string]bool // files of the previous site
	dirs    []string        // its folders
}

// Names inside the folder beside the site.
const (
	stateFile   = "state"
	stageDir    = "new"
	oldDir      = "old"
	journalFile = "journal"
	lockFile    = "lock"
)

// OpenFolder starts a build into dir, which need not exist. A switch that an
// earlier build began and could not finish is finished first. An error means
// that dir holds something that is no site of this program, that another build
// is at work there, or that it cannot be used.
func OpenFolder(dir string) (*Folder, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	f := &Folder{dir: dir, work: filepath.Join(filepath.Dir(dir), "."+filepath.Base(dir)+".build")}
	f.put, f.folders = map[string]bool{}, map[string]bool{}
	if err := f.checkTarget(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(f.work, 0o755); err != nil {
		return nil, err
	}
	if f.lock, err = lockExclusive(filepath.Join(f.work, lockFile)); err != nil {
		return nil, fmt.Errorf("another build into %s is at work: %w", dir, err)
	}
	if err := errors.Join(f.recover(), f.start()); err != nil {
		return nil, errors.Join(err, f.lock.Close())
	}
	if f.openState(); f.state != nil {
		f.whole = f.untouched(f.state)
	}
	if !f.whole {
		go f.list() // a large folder takes a while, and is not needed at once
	}
	return f, nil
}

// untouched reports whether all folders of the site are as a build left them: no
// file was added, removed or replaced by another since.
func (f *Folder) untouched(s *State) bool {
	for _, was := range s.folders {
		if now, err := f.stampOf(was.path); err != nil || now != was {
			return false
		}
	}
	return len(s.folders) > 0
}

func (f *Folder) stampOf(path string) (stamp, error) {
	info, err := os.Lstat(filepath.Join(f.dir, filepath.FromSlash(path)))
	if err != nil || !info.IsDir() {
		return stamp{}, errors.Join(err, fs.ErrInvalid)
	}
	return stamp{path, info.ModTime().UnixNano()}, nil
}

// Whole reports that every file that State names stands in the folder, and no
// other: then nobody has to ask for each by Keep. A file whose bytes somebody
// changed in place is still there; a build without State heals it.
func (f *Folder) Whole() bool { return f.whole }

// openState reads the state of the last build. Its file stays open, and readable
// when Commit has removed it, where the system allows that; where not, it is read
// whole. A state that cannot be read is none.
func (f *Folder) openState() {
	name := filepath.Join(f.work, stateFile)
	if !readsRemoved {
		if data, err := os.ReadFile(name); err == nil {
			f.state, _ = decodeState(bytes.NewReader(data), int64(len(data)))
		}
		return
	}
	file, err := os.Open(name)
	if err != nil {
		return
	}
	f.bodies = file
	if info, err := file.Stat(); err == nil {
		f.state, _ = decodeState(file, info.Size())
	}
}

// closeState closes the file of the state, which then reads no more from it.
func (f *Folder) closeState() {
	if f.bodies != nil {
		_ = f.bodies.Close() // nothing was written
	}
}

// clockTick is how coarse the times of files may be: two seconds on some file
// systems.
const clockTick = int64(2 * time.Second)

// start notes when the build began. A file that was changed just before may be
// changed again within the same tick of the clock, after it was read, and show
// no difference in time and size: the next build reads such a file again.
func (f *Folder) start() error {
	if _, err := f.lock.WriteAt([]byte("held while a build is at work\n"), 0); err != nil {
		return err
	}
	info, err := f.lock.Stat()
	if err == nil {
		f.started = info.ModTime().UnixNano()
	}
	return err
}

// checkTarget refuses a folder with other people's files in it, since files
// that are no part of the site are removed.
func (f *Folder) checkTarget() error {
	entries, err := os.ReadDir(f.dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := os.Stat(f.work); err == nil {
		return nil
	}
	for _, name := range []string{"index.html", "index.json", "_headers"} {
		if _, err := os.Stat(filepath.Join(f.dir, name)); err != nil {
			return fmt.Errorf("%s is not empty and holds no site of this program (no %s): name an empty folder with --out", f.dir, name)
		}
	}
	return nil
}

// State returns what the last build into this folder remembered, nil when
// there is none to go by.
func (f *Folder) State() *State { return f.state }

// list reads which files the previous site has.
func (f *Folder) list() error {
	f.scan.Do(func() {
		f.there = map[string]bool{}
		f.scanErr = filepath.WalkDir(f.dir, func(name string, d fs.DirEntry, err error) error {
			switch {
			case errors.Is(err, fs.ErrNotExist) && name == f.dir:
				return fs.SkipAll
			case err != nil:
				return err
			case name == f.dir:
				f.dirs = append(f.dirs, ".")
				return nil
			}
			path := filepath.ToSlash(name[len(f.dir)+1:])
			if d.IsDir() {
				f.dirs = append(f.dirs, path)
			} else {
				f.there[path] = true
			}
			return nil
		})
	})
	return f.scanErr
}

// Keep reports whether the previous site holds the file, which then is part of
// the new one as well. It is asked about files that State names.
func (f *Folder) Keep(path string) bool {
	return f.whole || f.list() == nil && f.there[path]
}

// Old returns a file of the previous site.
func (f *Folder) Old(path string) ([]byte, error) {
	return os.ReadFile(filepath.Join(f.dir, filepath.FromSlash(path)))
}

// Put stages a file unless the previous site holds the same bytes. Two files
// whose paths differ only in upper and lower case are an error: on some systems
// they are one.
func (f *Folder) Put(path string, data []byte) error {
	if !fs.ValidPath(path) || path == "." || strings.ContainsAny(path, "\\:\x00") {
		return fmt.Errorf("%q is no path inside the site", path)
	}
	same := f.Keep(path) && f.holds(path, data)
	folded := strings.ToLower(path)
	f.mu.Lock()
	_, twice := f.put[folded]
	f.put[folded] = !same
	if !same {
		f.staged++
	}
	f.mu.Unlock()
	if twice {
		return fmt.Errorf("%s is written twice: two documents have one address", path)
	}
	if same {
		return nil
	}
	return f.write(path, data)
}

// holds compares a file of the previous site.
func (f *Folder) holds(path string, data []byte) bool {
	name := filepath.Join(f.dir, filepath.FromSlash(path))
	info, err := os.Lstat(name)
	if err != nil || !info.Mode().IsRegular() || info.Size() != int64(len(data)) {
		return false
	}
	was, err := os.ReadFile(name)
	return err == nil && bytes.Equal(was, data)
}

func (f *Folder) write(file string, data []byte) error {
	name := filepath.Join(f.work, stageDir, filepath.FromSlash(file))
	folder := path.Dir(file)
	f.mu.Lock()
	there := f.folders[folder]
	f.mu.Unlock()
	if !there {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		f.mu.Lock()
		f.folders[folder] = true
		f.mu.Unlock()
	}
	return writeFile(name, data)
}

// Discard throws the staged files away. It does nothing after Commit.
func (f *Folder) Discard() error {
	if f.done {
		return nil
	}
	f.done = true
	f.closeState()
	return errors.Join(os.RemoveAll(filepath.Join(f.work, stageDir)), f.lock.Close())
}

// gone lists the files of the previous site that are no part of the new one.
func (f *Folder) gone(s *State) ([]string, error) {
	old := map[string]bool{}
	if f.whole && s.global == f.state.global {
		// Advisories that were taken over have the files that they had.
		for _, r := range f.state.rows {
			if !r.kept {
				s.forEachFile(r, func(path string) { old[path] = true })
			}
		}
		for path := range f.state.files {
			old[path] = true
		}
		for _, r := range s.rows {
			if !r.kept {
				s.forEachFile(r, func(path string) { delete(old, path) })
			}
		}
	} else {
		f.whole = false
		if err := f.list(); err != nil {
			return nil, err
		}
		old = maps.Clone(f.there)
		for _, r := range s.rows {
			s.forEachFile(r, func(path string) { delete(old, path) })
		}
	}
	for path := range s.files {
		delete(old, path)
	}
	return slices.Sorted(maps.Keys(old)), nil
}

// stamps notes how a build leaves the folders of the site.
func (f *Folder) stamps() []stamp {
	names := map[string]bool{".": true}
	for _, path := range f.dirs {
		names[path] = true
	}
	if f.whole {
		for _, was := range f.state.folders {
			names[was.path] = true
		}
	}
	for name := range f.folders {
		for ; name != "."; name = path.Dir(name) {
			names[name] = true
		}
	}
	var out []stamp
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if s, err := f.stampOf(name); err == nil {
			out = append(out, s)
		}
	}
	return out
}
