package verify

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/countersign/countersign/verify/gitrepo"
	"github.com/countersign/countersign/verify/patch"
)

// change is what one fix commit did, or the combined commits of a fix: file by file, against its first parent.
type change struct {
	id    gitrepo.ID
	files []*fixFile
	err   error // why it cannot be read
}

// fixFile is one file of a change.
type fixFile struct {
	commit        gitrepo.ID // where the change stands; empty for a patch
	path          string     // after the change; before it, when the change deletes the file
	from          string     // path before, where the change renamed the file
	before, after gitrepo.ID // blobs; empty where the file does not exist
	binary        bool
	probe         *patch.Probe               // made when text has to be searched
	edits         []patch.Edit               // the probe's blocks, where they are known without it
	seen          map[gitrepo.ID][]textState // what text alone says of a blob, where many sources are judged
	id            string                     // of the change to this file alone, for finding it elsewhere
	lines         []string                   // taken away and added, without what stands around them
	copies        map[gitrepo.ID][]bool      // of blobs that were looked at: which blocks a copy lacks
	deserted      map[gitrepo.ID]bool        // of blobs that took the file's place: whether hardly anything of it is left
}

// readFixes reads the commits of the fixes and what they changed, once each.
func (p *Prover) readFixes(fixes []Fix) {
	var ids []gitrepo.ID
	for _, f := range fixes {
		for _, id := range f.Commits {
			if _, known := p.fixes[id]; !known {
				p.fixes[id] = nil
				ids = append(ids, id)
			}
		}
	}
	commits, errs := p.repo.Commits(ids)
	p.readAhead(commits)
	for i, id := range ids {
		p.fixes[id] = &change{id: id, err: errs[i]}
		if errs[i] == nil {
			p.fixes[id].files, p.fixes[id].err = p.changedFiles(commits[i])
		}
	}
}

// readAhead brings the parents and trees of the commits into the cache together. What fails is asked for
// again, one by one, and reported there.
func (p *Prover) readAhead(commits []*gitrepo.Commit) {
	var ids []gitrepo.ID
	for _, c := range commits {
		if c != nil && len(c.Parents) > 0 {
			ids = append(ids, c.Parents[0])
		}
	}
	parents, _ := p.repo.Commits(ids)
	var pairs [][2]gitrepo.ID
	i := 0
	for _, c := range commits {
		if c != nil && len(c.Parents) > 0 {
			if parents[i] != nil {
				pairs = append(pairs, [2]gitrepo.ID{parents[i].Tree, c.Tree})
			}
			i++
		}
	}
	_, _ = p.repo.ChangesAll(pairs)
}

// changedFiles compares a commit with its first parent.
func (p *Prover) changedFiles(c *gitrepo.Commit) ([]*fixFile, error) {
	var from gitrepo.ID
	parent, err := p.repo.Parent(c)
	if err != nil {
		return nil, fmt.Errorf("fix commit %s: its parent: %w", c.ID, err)
	}
	if parent != nil {
		from = parent.Tree
	}
	changes, err := p.repo.Changes(from, c.Tree)
	if err != nil {
		return nil, fmt.Errorf("fix commit %s: %w", c.ID, err)
	}
	return p.fixFiles(c.ID, changes)
}

func (p *Prover) fixFiles(commit gitrepo.ID, changes []gitrepo.Change) ([]*fixFile, error) {
	var files []*fixFile
	for _, c := range changes {
		if !c.Old.Mode.IsFile() && !c.New.Mode.IsFile() {
			continue // a submodule's commit is judged in its own repository
		}
		f := &fixFile{commit: commit, path: c.Path}
		if c.Old.Mode.IsFile() {
			f.before = c.Old.ID
		}
		if c.New.Mode.IsFile() {
			f.after = c.New.ID
		}
		files = append(files, f)
	}
	return p.pairRenames(files)
}

// pairRenames joins a deleted and a created file of one change when they are the same file under a new
// name, so that only what the fix altered counts.
func (p *Prover) pairRenames(files []*fixFile) ([]*fixFile, error) {
	var gone, come []*fixFile
	for _, f := range files {
		switch {
		case f.after == "":
			gone = append(gone, f)
		case f.before == "":
			come = append(come, f)
		}
	}
	if len(gone) == 0 || len(come) == 0 || len(gone)*len(come) > maxRenamePairs {
		return files, nil
	}
	for _, c := range come {
		best, at := 0.5, -1
		for i, g := range gone {
			if g.path == "" {
				continue
			}
			alike, err := p.texts.alike(g.before, c.after)
			if err != nil {
				return nil, err
			}
			if alike > best || alike == best && at >= 0 && path.Base(g.path) == path.Base(c.path) {
				best, at = alike, i
			}
		}
		if at >= 0 {
			c.before, c.from = gone[at].before, gone[at].path
			gone[at].path = ""
		}
	}
	return slices.DeleteFunc(files, func(f *fixFile) bool { return f.path == "" }), nil
}

// maxRenamePairs bounds the comparisons that look for renames in one commit.
const maxRenamePairs = 2500

// blocks are the edits of the change, nil while nobody needed them.
func (f *fixFile) blocks() []patch.Edit {
	if f.probe == nil {
		return f.edits
	}
	if len(f.edits) != len(f.probe.Blocks) {
		f.edits = nil
		for i := range f.probe.Blocks {
			f.edits = append(f.edits, f.probe.Blocks[i].Edit)
		}
	}
	return f.edits
}

// load makes the file's probe.
func (p *Prover) load(f *fixFile) error {
	if f.probe != nil || f.binary {
		return nil
	}
	before, err := p.texts.get(f.before)
	if err != nil {
		return err
	}
	after, err := p.texts.get(f.after)
	if err != nil {
		return err
	}
	if before.binary || after.binary {
		f.binary = true
		return nil
	}
	f.probe = patch.NewProbe(before.text(), after.text())
	return nil
}

// minor reports whether a file is not the countermeasure itself: tests, documentation, release notes. They
// change all the time for honest reasons, so they never convict a commit of undoing a fix.
func minor(name string) bool {
	lower := strings.ToLower(name)
	for _, part := range strings.Split(path.Dir(lower), "/") {
		switch part {
		case "test", "tests", "t", "testing", "testdata", "spec", "specs", "doc", "docs", "documentation", ".github", "examples":
			return true
		}
	}
	base := path.Base(lower)
	for _, word := range []string{"changes", "changelog", "release-notes", "release_notes", "news", "readme", "thanks", "authors", "todo"} {
		if rest, ok := strings.CutPrefix(base, word); ok && isProse(rest) {
			return true
		}
	}
	return strings.HasPrefix(base, ".git") || strings.HasSuffix(base, ".md") || strings.HasSuffix(base, "_test.go")
}

// isProse reports whether what follows a word such as NEWS in a file's name leaves it a text for people: news.php
// and newsletter.txt are something else.
func isProse(rest string) bool {
	if rest != "" && rest[0] >= 'a' && rest[0] <= 'z' {
		return false
	}
	switch ending := strings.TrimRight(path.Ext(rest), "0123456789"); ending {
	case "", ".", ".md", ".txt", ".rst", ".adoc", ".html", ".in":
		return true
	}
	return false
}
