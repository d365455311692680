package gitrepo_test

import (
	"bytes"
	"compress/zlib"
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/countersign/countersign/verify/gitrepo"
	"github.com/countersign/countersign/verify/verifytest"
)

// fork is a repository with a fix on a branch that the release does not contain.
type fork struct {
	*verifytest.Repo
	base, fix, mid, release gitrepo.ID
}

func newFork(t *testing.T) fork {
	r := verifytest.NewRepo(t, "sha1")
	base := r.Commit("base", verifytest.Files{"a": "1\n"})
	fix := r.Commit("fix", verifytest.Files{"a": "2\n"}, base)
	mid := r.Commit("mid", verifytest.Files{"a": "1\n", "b": "1\n"}, base)
	return fork{r, base, fix, mid, r.Commit("release", verifytest.Files{"a": "1\n", "b": "2\n"}, mid)}
}

// contains asks whether the fix is behind the release, by our walk.
func contains(t *testing.T, dir string, release, fix gitrepo.ID) (bool, error) {
	t.Helper()
	g := verifytest.Open(t, dir).NewGraph()
	reach, err := g.Walk(release, []gitrepo.ID{fix})
	if err != nil {
		return false, err
	}
	return reach.Has(g.Node(fix)), nil
}

func TestHistoryThatLies(t *testing.T) {
	cases := []struct {
		name string
		lie  func(t *testing.T, f fork)
	}{
		{"replace --graft", func(t *testing.T, f fork) { f.Git("replace", "--graft", string(f.mid), string(f.fix)) }},
		{"info/grafts", func(t *testing.T, f fork) {
			write(t, filepath.Join(f.Dir, "info", "grafts"), fmt.Sprintf("%s %s\n", f.mid, f.fix))
		}},
		{"forged commit-graph", forgeCommitGraph},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f := newFork(t)
			c.lie(t, f)
			if !f.Try("merge-base", "--is-ancestor", string(f.fix), string(f.release)) {
				t.Fatal("git itself is not deceived; the case tests nothing")
			}
			if got, err := contains(t, f.Dir, f.release, f.fix); got || err != nil {
				t.Errorf("got %v, %v; want no", got, err)
			}
		})
	}
}

// forgeCommitGraph writes a commit-graph in which the fix is the parent of a commit behind the release, with a right checksum.
func forgeCommitGraph(t *testing.T, f fork) {
	f.Git("commit-graph", "write", "--reachable")
	path := filepath.Join(f.Dir, "objects", "info", "commit-graph")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	chunk := func(name string) []byte {
		at := 8
		for !bytes.Equal(data[at:at+4], []byte(name)) {
			at += 12
		}
		return data[binary.BigEndian.Uint64(data[at+4:]):binary.BigEndian.Uint64(data[at+16:])]
	}
	row := func(id gitrepo.ID) int {
		ids := chunk("OIDL")
		for i := 0; i < len(ids); i += 20 {
			if fmt.Sprintf("%x", ids[i:i+20]) == string(id) {
				return i / 20
			}
		}
		t.Fatalf("%s is not in the commit-graph", id)
		return 0
	}
	commits := chunk("CDAT")
	binary.BigEndian.PutUint32(commits[row(f.mid)*36+20:], uint32(row(f.fix)))
	when := binary.BigEndian.Uint64(commits[row(f.mid)*36+28:])
	binary.BigEndian.PutUint64(commits[row(f.mid)*36+28:], when+1<<34) // one generation later
	sum := sha1.Sum(data[:len(data)-20])
	copy(data[len(data)-20:], sum[:])
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	write(t, path, string(data))
}

func TestReplacedCommit(t *testing.T) {
	f := newFork(t)
	other := f.Commit("other", verifytest.Files{"a": "3\n"}, f.base)
	f.Git("replace", string(f.fix), string(other))
	c, err := verifytest.Open(t, f.Dir).Commit(f.fix)
	if err != nil || !strings.Contains(string(c.Raw), "fix") {
		t.Errorf("got %v, %v; want the fix's own bytes", c, err)
	}
}

func TestLooseObjectWithOtherBytes(t *testing.T) {
	f := newFork(t)
	content := f.Pipe("", "cat-file", "commit", string(f.base)) + "\n"
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	fmt.Fprintf(z, "commit %d\x00%s", len(content), content)
	z.Close()
	path := f.ObjectFile(f.fix)
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	write(t, path, packed.String())
	_, err := verifytest.Open(t, f.Dir).Commit(f.fix)
	var corrupt *gitrepo.CorruptError
	if !errors.As(err, &corrupt) || corrupt.ID != f.fix {
		t.Errorf("got %v, want a corrupt object %s", err, f.fix)
	}
}

func TestShallow(t *testing.T) {
	f := newFork(t)
	tip := f.Commit("tip", verifytest.Files{"a": "4\n"}, f.Commit("more", verifytest.Files{"a": "3\n"}, f.fix))
	f.Git("update-ref", "refs/heads/main", string(tip))
	dir := t.TempDir()
	f.Git("clone", "--quiet", "--bare", "--depth=2", "--branch=main", "file://"+f.Dir, dir)
	_, err := contains(t, dir, tip, f.fix)
	var incomplete *gitrepo.IncompleteError
	if !errors.As(err, &incomplete) || incomplete.Why != "shallow" || !strings.Contains(err.Error(), "--unshallow") {
		t.Errorf("got %v, want an incomplete clone and how to deepen it", err)
	}

	write(t, filepath.Join(f.Dir, "shallow"), string(tip)+"\n") // forged: the parents are all there
	if _, err := contains(t, f.Dir, tip, f.fix); !errors.As(err, &incomplete) || !strings.Contains(err.Error(), "--unshallow") {
		t.Errorf("forged .git/shallow: got %v, want an incomplete clone and how to deepen it", err)
	}
	if got, err := contains(t, f.Dir, tip, tip); !got || err != nil {
		t.Errorf("before the edge: got %v, %v; want yes", got, err)
	}
	repo := verifytest.Open(t, f.Dir)
	c, err := repo.Commit(tip)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = repo.Parent(c); !errors.As(err, &incomplete) {
		t.Errorf("parent behind the edge: got %v, want an incomplete clone", err)
	}
}

func TestPartialCloneFetchesNothing(t *testing.T) {
	f := newFork(t)
	f.Git("update-ref", "refs/heads/main", string(f.fix))
	f.Git("config", "uploadpack.allowFilter", "true")
	f.Git("config", "uploadpack.allowAnySHA1InWant", "true")
	dir := t.TempDir()
	f.Git("clone", "--quiet", "--bare", "--filter=blob:none", "--branch=main", "file://"+f.Dir, dir)
	repo := verifytest.Open(t, dir)
	e, ok, err := repo.Lookup(f.fix, "a")
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	_, err = repo.Blob(e.ID)
	var incomplete *gitrepo.IncompleteError
	if !errors.As(err, &incomplete) || incomplete.Why != "partial" {
		t.Errorf("got %v, want an incomplete clone", err)
	}
}

func TestConfigurationRunsNothing(t *testing.T) {
	f := newFork(t)
	mark := filepath.Join(t.TempDir(), "ran")
	script := filepath.Join(t.TempDir(), "evil")
	if err := os.WriteFile(script, []byte("#!/bin/sh\ntouch "+mark+"\ncat\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"core.fsmonitor", "core.hooksPath", "core.pager", "diff.external", "diff.evil.textconv",
		"filter.evil.smudge", "filter.evil.clean", "gpg.program", "core.sshCommand", "core.alternateRefsCommand", "alias.cat-file"} {
		f.Git("config", key, script)
	}
	f.Git("config", "diff.noprefix", "true")
	f.Git("update-ref", "refs/tags/v1", string(f.fix))
	write(t, filepath.Join(f.Dir, "info", "attributes"), "* diff=evil filter=evil\n")
	t.Setenv("GIT_EXTERNAL_DIFF", script)
	t.Setenv("GIT_DIR", t.TempDir())
	repo := verifytest.Open(t, f.Dir)
	if _, err := repo.Refs("refs/"); err != nil {
		t.Error(err)
	}
	if _, err := repo.Files(f.fix); err != nil {
		t.Error(err)
	}
	if tag, ok, err := repo.Tag("v1"); err != nil || !ok || tag.Commit != f.fix {
		t.Errorf("tag v1: %v %v %v", tag, ok, err)
	}
	if _, err := os.Stat(mark); err == nil {
		t.Error("a program named by the repository's configuration was run")
	}
}

func TestNamesThatAreNoIDs(t *testing.T) {
	f := newFork(t)
	f.Git("update-ref", "refs/heads/"+string(f.fix[:10]), string(f.base))
	repo := verifytest.Open(t, f.Dir)
	full := string(f.fix)
	for _, name := range []string{"", full[:10], strings.ToUpper(full), "--output=x", "HEAD", full + " ", full[:39] + "\n", full + full[:24]} {
		if _, err := repo.Commit(gitrepo.ID(name)); err == nil {
			t.Errorf("%q was taken for a commit", name)
		}
	}
	for _, name := range []string{"--output=" + filepath.Join(t.TempDir(), "x"), "*", "../heads/made/1"} {
		if _, ok, _ := repo.Tag(name); ok {
			t.Errorf("%q was taken for a tag", name)
		}
	}
}

func TestPlacesOfARepository(t *testing.T) {
	for _, format := range []string{"sha1", "sha256"} {
		r := verifytest.NewRepo(t, format)
		id := r.Commit("one", verifytest.Files{"a/b/c": "1\n", "d": "2\n"})
		r.Git("update-ref", "refs/heads/main", string(id))
		r.Git("symbolic-ref", "HEAD", "refs/heads/main")
		tree, linked, module := filepath.Join(t.TempDir(), "tree"), filepath.Join(t.TempDir(), "linked"), t.TempDir()
		r.Git("clone", "--quiet", r.Dir, tree)
		r.Git("worktree", "add", "--quiet", "--detach", linked, string(id))
		write(t, filepath.Join(module, ".git"), "gitdir: "+r.Dir+"\n")
		for _, dir := range []string{r.Dir, tree, filepath.Join(tree, ".git"), linked, module} {
			files, err := verifytest.Open(t, dir).Files(id)
			if err != nil || len(files) != 2 || files[0].Name != "a/b/c" {
				t.Errorf("%s %s: %v %v", format, dir, files, err)
			}
		}
	}
	if _, err := gitrepo.Open(t.TempDir()); err == nil {
		t.Error("an empty folder was taken for a repository")
	}
}

// A tree that holds a path twice is one file for one reader and another for the next.
func TestPathThatIsThereTwice(t *testing.T) {
	r := verifytest.NewRepo(t, "sha1")
	good := r.Commit("good", verifytest.Files{"a": "1\n", "b": "2\n"})
	one, two := r.Git("rev-parse", string(good)+":a"), r.Git("rev-parse", string(good)+":b")
	folder := r.Git("rev-parse", string(good)+"^{tree}")
	entry := func(mode, name, id string) string {
		raw, err := hex.DecodeString(id)
		if err != nil {
			t.Fatal(err)
		}
		return mode + " " + name + "\x00" + string(raw)
	}
	for name, tree := range map[string]string{
		"two files":         entry("100644", "x", one) + entry("100644", "x", two),
		"file and folder":   entry("100644", "x", one) + entry("100644", "x.y", one) + entry("40000", "x", folder),
		"two files, apart":  entry("100644", "x", one) + entry("100644", "y", one) + entry("100644", "x", two),
		"two equal folders": entry("40000", "x", folder) + entry("40000", "x", folder),
	} {
		id := r.Pipe(tree, "hash-object", "-t", "tree", "--literally", "-w", "--stdin")
		commit := gitrepo.ID(r.Git("commit-tree", "-m", name, id))
		files, err := r.Open().Files(commit)
		var corrupt *gitrepo.CorruptError
		if !errors.As(err, &corrupt) {
			t.Errorf("%s: %v, %v", name, files, err)
		}
	}
}

func TestFoldersThatNeverEnd(t *testing.T) {
	r := verifytest.NewRepo(t, "sha1")
	deep := r.Commit("deep", verifytest.Files{strings.Repeat("d/", 600) + "x": "1\n"})
	_, err := r.Open().Files(deep)
	var corrupt *gitrepo.CorruptError
	if !errors.As(err, &corrupt) {
		t.Errorf("%v", err)
	}
}

func TestAnnotatedTag(t *testing.T) {
	r := verifytest.NewRepo(t, "sha1")
	id := r.Commit("one", verifytest.Files{"a": "1\n"})
	r.Git("tag", "-a", "-m", "first", "v1", string(id))
	r.Git("tag", "-a", "-m", "second", "v2", "v1")
	repo := r.Open()
	for _, name := range []string{"v1", "v2"} {
		ref, ok, err := repo.Tag(name)
		if err != nil || !ok || ref.Commit != id || ref.ID == id {
			t.Errorf("%s: %+v %v %v", name, ref, ok, err)
		}
		tag, ok, err := repo.TagObject(ref.ID)
		if err != nil || !ok || tag.Name != name || tag.Tagger.Email != "ada@example.org" {
			t.Errorf("%s: %+v %v %v", name, tag, ok, err)
		}
	}
}

func TestBestTrees(t *testing.T) {
	r := verifytest.NewRepo(t, "sha1")
	files := verifytest.Files{"x/a": "1\n", "x/b": "2\n", "c": "3\n"}
	one := r.Commit("one", files)
	two := r.Commit("two", files.With("c", "4\n"), one)
	three := r.Commit("three", files.With("c", "5\n").With("x/b", "6\n"), two)
	repo := r.Open()
	var want [][]gitrepo.ID
	for _, text := range []string{"1\n", "2\n", "4\n"} {
		id, err := repo.HashBlob([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, []gitrepo.ID{id})
	}
	got, err := repo.BestTrees([]gitrepo.ID{three}, want, 2)
	if err != nil || len(got) != 2 || got[0] != (gitrepo.Match{Commit: two, Files: 3}) || got[1] != (gitrepo.Match{Commit: one, Files: 2}) {
		t.Errorf("got %v, %v; want two with 3 files, then one with 2", got, err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
