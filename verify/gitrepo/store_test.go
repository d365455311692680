package gitrepo_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/countersign/countersign/verify/gitrepo"
	"github.com/countersign/countersign/verify/verifytest"
)

// versions makes a history of one long file, of which git stores most versions as differences.
func versions(t *testing.T, format string, n int) (*verifytest.Repo, []gitrepo.ID, []string) {
	r := verifytest.NewRepo(t, format)
	lines := strings.Split(strings.Repeat("a line that stays as it is\n", 400), "\n")
	var commits []gitrepo.ID
	var texts []string
	for i := range n {
		lines[i*7%len(lines)] = fmt.Sprintf("line of version %d", i)
		texts = append(texts, strings.Join(lines, "\n"))
		files := verifytest.Files{"src/deep/file.c": texts[i], "other": fmt.Sprint(i / 3)}
		if i%4 == 3 {
			files = files.With("src/new", "here\n")
		}
		commits = append(commits, r.Commit(fmt.Sprint("version ", i), files, commits[max(0, i-1):i]...))
	}
	return r, commits, texts
}

func TestObjectsAreReadWithoutGit(t *testing.T) {
	for _, c := range []struct {
		name, format string
		packed       bool
	}{{"loose", "sha1", false}, {"packed", "sha1", true}, {"packed, sha256", "sha256", true}} {
		t.Run(c.name, func(t *testing.T) {
			r, commits, texts := versions(t, c.format, 40)
			if c.packed {
				r.Git("-c", "pack.depth=50", "repack", "-adfq")
			}
			repo := r.Open()
			t.Setenv("PATH", "")
			var blobs []gitrepo.ID
			for i, id := range commits {
				e, ok, err := repo.Lookup(id, "src/deep/file.c")
				if err != nil || !ok {
					t.Fatalf("version %d: %v %v", i, ok, err)
				}
				blobs = append(blobs, e.ID)
			}
			seen := 0
			err := repo.Blobs(blobs, func(i int, data []byte) error {
				seen++
				if string(data) != texts[i] {
					t.Errorf("version %d reads as another", i)
				}
				return nil
			})
			if err != nil || seen != len(blobs) {
				t.Errorf("%d blobs, %v", seen, err)
			}
		})
	}
}

// TestDamagedPack damages every part of a pack and its index in turn: what is read is right or an error.
func TestDamagedPack(t *testing.T) {
	r, commits, texts := versions(t, "sha1", 12)
	r.Git("repack", "-adfq")
	var blobs []gitrepo.ID
	repo := r.Open()
	for _, id := range commits {
		e, _, err := repo.Lookup(id, "src/deep/file.c")
		if err != nil {
			t.Fatal(err)
		}
		blobs = append(blobs, e.ID)
	}
	names, _ := filepath.Glob(filepath.Join(r.Dir, "objects", "pack", "pack-*"))
	failed := 0
	for _, name := range names {
		whole, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(name, 0o644); err != nil {
			t.Fatal(err)
		}
		for k := range 24 {
			bad := bytes.Clone(whole)
			bad[k*len(bad)/24] ^= 0x5a
			if k%8 == 7 {
				bad = bad[:len(bad)*k/24]
			}
			if err := os.WriteFile(name, bad, 0o644); err != nil {
				t.Fatal(err)
			}
			repo, err := gitrepo.Open(r.Dir)
			if err != nil {
				t.Fatal(err)
			}
			for i, id := range blobs {
				data, err := repo.Blob(id)
				var absent *gitrepo.IncompleteError
				switch {
				case err == nil && string(data) != texts[i]:
					t.Errorf("%s, damage %d: version %d reads as another", filepath.Base(name), k, i)
				case errors.As(err, &absent):
					failed++
				case err != nil:
					failed++
				}
			}
			repo.Close()
		}
		if err := os.WriteFile(name, whole, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if failed == 0 {
		t.Error("no damage was noticed; the test damages nothing")
	}
}

func TestPathsAgreeWithLookup(t *testing.T) {
	r, commits, _ := versions(t, "sha1", 30)
	repo := r.Open()
	paths := repo.NewPaths()
	var roots []gitrepo.ID
	for _, id := range commits {
		c, err := repo.Commit(id)
		if err != nil {
			t.Fatal(err)
		}
		roots = append(roots, c.Tree)
	}
	for _, path := range []string{"other", "src/deep/file.c", "src/new", "src/new/er", "src", "absent/x"} {
		n := paths.Add(path)
		if number, ok := paths.Root(roots[0]); ok {
			if _, ok := paths.At(number, n); ok && strings.HasPrefix(path, "src/deep/") {
				t.Error("an answer before the folder was read")
			}
		}
		if err := paths.Load([]int{n}, roots); err != nil {
			t.Fatal(err)
		}
		for i, root := range roots {
			want, _, err := repo.LookupIn(root, path)
			if err != nil {
				t.Fatal(err)
			}
			number, _ := paths.Root(root)
			got, ok := paths.At(number, n)
			if want.Mode == gitrepo.ModeTree {
				want = gitrepo.Entry{}
			}
			if !ok || got.ID != want.ID || got.Mode != want.Mode {
				t.Errorf("%s in version %d: %+v %v, want %+v", path, i, got, ok, want)
			}
			blob, ok := paths.Blob(number, n)
			if !ok || paths.ID(blob) != want.ID {
				t.Errorf("%s in version %d: blob %s %v, want %s", path, i, paths.ID(blob), ok, want.ID)
			}
		}
	}
}

// TestPathsInTreesMadeByHand: a name that is there twice, and a file beside a folder of its name.
func TestPathsInTreesMadeByHand(t *testing.T) {
	r := verifytest.NewRepo(t, "sha1")
	blob := func(s string) string { return r.Pipe(s, "hash-object", "-w", "--stdin") }
	one, two := blob("1"), blob("2")
	plain := r.Pipe("100644 blob "+one+"\ta\n", "mktree")
	twice := r.Pipe("100644 blob "+one+"\ta\n100644 blob "+two+"\ta\n", "mktree")
	both := r.Pipe("100644 blob "+two+"\ta\n040000 tree "+plain+"\ta\n", "mktree")
	repo := r.Open()
	paths := repo.NewPaths()
	n, below := paths.Add("a"), paths.Add("a/a")
	for _, c := range []struct{ root, a, inner string }{
		{plain, one, ""}, {twice, two, ""}, {plain, one, ""}, {both, two, one}, {twice, two, ""}, {both, two, one},
	} {
		root := gitrepo.ID(c.root)
		if err := paths.Load([]int{n, below}, []gitrepo.ID{root}); err != nil {
			t.Fatal(err)
		}
		number, _ := paths.Root(root)
		a, _ := paths.At(number, n)
		inner, _ := paths.At(number, below)
		if string(a.ID) != c.a || string(inner.ID) != c.inner {
			t.Errorf("%+v: %s %s", c, a.ID, inner.ID)
		}
	}
}
