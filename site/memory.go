package site

import (
	"bytes"
	"fmt"
	"io/fs"
	"sync"
)

// Memory is a Sink that keeps the site in memory, for a preview and for tests.
// The zero value is ready.
type Memory struct {
	mu    sync.Mutex
	files map[string][]byte
}

// Put keeps a copy of the file. A path that is no valid one, or that was put
// before, is an error.
func (m *Memory) Put(path string, data []byte) error {
	if !fs.ValidPath(path) || path == "." {
		return fmt.Errorf("%q is no path inside the site", path)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, twice := m.files[path]; twice {
		return fmt.Errorf("%s is written twice: two documents have one address", path)
	}
	if m.files == nil {
		m.files = map[string][]byte{}
	}
	m.files[path] = bytes.Clone(data)
	return nil
}

// Keep is false: there is no previous site.
func (m *Memory) Keep(string) bool { return false }

// Files returns the site, path to bytes.
func (m *Memory) Files() map[string][]byte { return m.files }
