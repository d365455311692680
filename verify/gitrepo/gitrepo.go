// Package gitrepo is the only door to git, and it believes nothing that it has not hashed.
//
// A git repository is a set of objects (commits, trees, blobs, tags), each named by the hash of its
// bytes. Whoever knows a commit's name can therefore check everything behind it, whoever handed the
// repository over. Everything else in it is convenience and may lie: replace refs and grafts rewrite
// history for those who ask politely, a commit-graph caches parents, a loose object file can hold another
// object's bytes, the configuration can name programs to run. So this package needs exactly two things: the
// bytes of objects and the list of refs. Every object is hashed before it is used; parents, trees and paths are
// read from those bytes and nowhere else.
//
// Objects are looked for in the repository's own files first, packs and loose ones, because that takes no
// process and all processors (store.go). What is not found there, or not understood, or damaged, is asked of
// "git cat-file --batch", whose answer counts; refs come from "git for-each-ref". git runs in an empty
// administrative folder of our own that points at the repository's objects: the repository's configuration,
// hooks, grafts and replace refs are not read at all, and no transport is allowed, so nothing is ever fetched or
// run. The shallow list is read for what it denies: behind a commit that it names, this clone vouches for
// nothing, whatever objects lie there.
//
// "git rev-list" is started for one thing more, to guess which commits a long walk will want next; a
// wrong guess costs time and changes no answer.
//
// What is absent is an *IncompleteError: a shallow or partial clone cannot say "no". Names are full
// object ids in lower-case hex, 40 digits in a SHA-1 repository and 64 in a SHA-256 one; an abbreviated
// id can name another object tomorrow, and a branch may be called like one. SHA-1 is computed with
// collision detection (the SHAttered and "Shambles" attacks).
package gitrepo

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// ID is a full object id in lower-case hex: 40 digits (SHA-1) or 64 (SHA-256).
type ID string

// ParseID accepts a full object id and nothing else: no abbreviation, no upper case, no ref name.
func ParseID(s string) (ID, error) {
	if len(s) != 40 && len(s) != 64 {
		return "", fmt.Errorf("object id %q: expected 40 or 64 hex digits, found %d characters; give the full id", s, len(s))
	}
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return "", fmt.Errorf("object id %q: expected lower-case hex digits, found %q", s, c)
		}
	}
	return ID(s), nil
}

// Repo is an open repository. Its methods may be called from several goroutines.
type Repo struct {
	dir     string // as the caller named it, for messages
	gitDir  string // the folder that holds refs (of a linked worktree: its own)
	common  string // the folder that holds objects
	private string // our own administrative folder, removed by Close
	format  format
	shallow map[ID]bool // commits whose parents the clone says it was not given

	store    *store   // its files, as far as they are understood
	lanes    [2]*lane // cat-file processes, started when the store does not know something
	mu       sync.Mutex
	commits  map[ID]*Commit
	trees    map[ID][]byte // raw, in git's order
	treeSize int
}

// Open opens the repository at dir: a work tree, a linked worktree, a submodule's folder or a bare
// repository. It reads nothing of the repository's configuration but its hash function, and writes
// nothing into it. The caller closes it.
func Open(dir string) (*Repo, error) {
	gitDir, err := findGitDir(dir)
	if err != nil {
		return nil, err
	}
	common, err := commonDir(gitDir)
	if err != nil {
		return nil, err
	}
	objects := filepath.Join(common, "objects")
	if info, err := os.Stat(objects); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("%s is no git repository: expected a folder %s", dir, objects)
	}
	r := &Repo{
		dir: dir, gitDir: gitDir, common: common, format: readFormat(common),
		commits: map[ID]*Commit{}, trees: map[ID][]byte{},
	}
	if r.shallow, err = readShallow(common); err != nil {
		return nil, fmt.Errorf("repository %s: %w", dir, err)
	}
	r.store = newStore(common, r.format)
	if r.private, err = makePrivateDir(r.format); err != nil {
		return nil, err
	}
	for i := range r.lanes {
		r.lanes[i] = &lane{repo: r}
	}
	return r, nil
}

// Close ends the git processes and removes the private folder.
func (r *Repo) Close() error {
	var errs []error
	for _, l := range r.lanes {
		if l != nil {
			errs = append(errs, l.stop())
		}
	}
	r.store.close()
	errs = append(errs, os.RemoveAll(r.private))
	return errors.Join(errs...)
}

// findGitDir finds the administrative folder: dir/.git, the folder that a .git file names, or dir.
func findGitDir(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("repository %s: %w", dir, err)
	}
	dot := filepath.Join(abs, ".git")
	info, err := os.Stat(dot)
	switch {
	case err == nil && info.IsDir():
		return dot, nil
	case err == nil:
		text, err := os.ReadFile(dot)
		if err != nil {
			return "", fmt.Errorf("repository %s: %w", dir, err)
		}
		target, ok := strings.CutPrefix(strings.TrimSpace(string(text)), "gitdir: ")
		if !ok {
			return "", fmt.Errorf("repository %s: expected \"gitdir: PATH\" in its .git file", dir)
		}
		if !filepath.IsAbs(target) {
			target = filepath.Join(abs, target)
		}
		return filepath.Clean(target), nil
	}
	if _, err := os.Stat(filepath.Join(abs, "HEAD")); err != nil {
		return "", fmt.Errorf("%s is no git repository: expected a .git folder or a bare repository in it", dir)
	}
	return abs, nil
}

// commonDir follows the commondir file of a linked worktree.
func commonDir(gitDir string) (string, error) {
	text, err := os.ReadFile(filepath.Join(gitDir, "commondir"))
	if errors.Is(err, os.ErrNotExist) {
		return gitDir, nil
	}
	if err != nil {
		return "", fmt.Errorf("repository %s: %w", gitDir, err)
	}
	target := strings.TrimSpace(string(text))
	if !filepath.IsAbs(target) {
		target = filepath.Join(gitDir, target)
	}
	return filepath.Clean(target), nil
}
