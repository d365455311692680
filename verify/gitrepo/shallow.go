package gitrepo

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// maxShallow bounds the list of shallow commits, in bytes: half a million of them.
const maxShallow = 32 << 20

// readShallow reads which commits the clone calls its edge. git writes the list when it fetches with --depth; a
// complete clone has none.
func readShallow(common string) (map[ID]bool, error) {
	name := filepath.Join(common, "shallow")
	f, err := os.Open(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxShallow+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxShallow {
		return nil, fmt.Errorf("%s is larger than %d bytes; clone again without --depth", name, maxShallow)
	}
	edge := map[ID]bool{}
	for line := range strings.Lines(string(text)) {
		if id, err := ParseID(strings.TrimSpace(line)); err == nil {
			edge[id] = true
		}
	}
	return edge, nil
}

// cutOff reports a parent that is asked for behind the edge of a shallow clone. It may lie there all the same: then
// the list is stale or forged, and git itself would answer otherwise than this package.
func (r *Repo) cutOff(parent, child ID) error {
	if !r.shallow[child] {
		return nil
	}
	return &IncompleteError{Dir: r.dir, ID: parent, Need: "parent of " + string(child), Why: "shallow"}
}

// Parent reads the first parent of a commit, nil where it has none. An absent one, or one behind the edge of a
// shallow clone, is an *IncompleteError.
func (r *Repo) Parent(c *Commit) (*Commit, error) {
	if len(c.Parents) == 0 {
		return nil, nil
	}
	if err := r.cutOff(c.Parents[0], c.ID); err != nil {
		return nil, err
	}
	return r.Commit(c.Parents[0])
}
