package gitrepo

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// gitIn runs git in a folder, with no configuration from outside.
func gitIn(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=T", "-c", "user.email=t@example.org"}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", args[0], err, out)
	}
	return strings.TrimSpace(string(out))
}

func TestSnapshotIsTheTreeOfTheRevision(t *testing.T) {
	dir := t.TempDir()
	gitIn(t, dir, "init", "-q", "-b", "main")
	os.MkdirAll(filepath.Join(dir, "sec/keys"), 0o777)
	os.WriteFile(filepath.Join(dir, "sec/countersign.yaml"), []byte("first\n"), 0o666)
	os.WriteFile(filepath.Join(dir, "sec/keys/a.md"), []byte("key\n"), 0o666)
	os.WriteFile(filepath.Join(dir, "README"), []byte("outside\n"), 0o666)
	os.Symlink("../README", filepath.Join(dir, "sec/link"))
	gitIn(t, dir, "add", "-A")
	gitIn(t, dir, "commit", "-qm", "first")
	first := gitIn(t, dir, "rev-parse", "HEAD")
	gitIn(t, dir, "tag", "-a", "-m", "one", "v1")
	os.WriteFile(filepath.Join(dir, "sec/countersign.yaml"), []byte("second\n"), 0o666)
	gitIn(t, dir, "commit", "-qam", "second")

	r, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for rev, want := range map[string]string{first: "first\n", "v1": "first\n", "refs/tags/v1": "first\n", "main": "second\n", "HEAD": "second\n"} {
		id, err := r.Resolve(rev)
		if err != nil {
			t.Fatal(err)
		}
		fsys, err := r.Snapshot(id, "sec")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := fs.ReadFile(fsys, "countersign.yaml"); err != nil || string(got) != want {
			t.Errorf("%s: got %q, %v", rev, got, err)
		}
		var seen []string
		err = fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
			seen = append(seen, name)
			return err
		})
		if got := strings.Join(seen, " "); err != nil || got != ". countersign.yaml keys keys/a.md link" {
			t.Errorf("%s holds %s, %v", rev, got, err)
		}
		if _, err := fsys.Open("link"); err == nil || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("a link was followed, or is said to be absent: %v", err)
		}
		if _, err := fsys.Open("../README"); err == nil {
			t.Error("the snapshot reaches outside of its folder")
		}
	}
	gitIn(t, dir, "branch", "v1")
	for _, rev := range []string{"v1", first[:12], "nothing", "--output=x", "main~1"} {
		if id, err := r.Resolve(rev); err == nil {
			t.Errorf("%q was taken for %s", rev, id)
		}
	}
}

func TestFirstAddedIsTheCommitThatBroughtTheFile(t *testing.T) {
	dir := t.TempDir()
	gitIn(t, dir, "init", "-q", "-b", "main")
	os.MkdirAll(filepath.Join(dir, "keys"), 0o777)
	for i, step := range []struct{ name, text string }{{"keys/a.md", "1"}, {"keys/b.md", "1"}, {"keys/a.md", "2"}} {
		os.WriteFile(filepath.Join(dir, step.name), []byte(step.text), 0o666)
		gitIn(t, dir, "add", "-A")
		when := time.Date(2026, 1, 10+i, 12, 0, 0, 0, time.UTC).Format(time.RFC3339)
		t.Setenv("GIT_COMMITTER_DATE", when)
		gitIn(t, dir, "commit", "-qm", step.name)
	}
	r, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	head, err := r.Resolve("HEAD")
	if err != nil {
		t.Fatal(err)
	}
	added, err := r.FirstAdded(head, "keys")
	if err != nil {
		t.Fatal(err)
	}
	if len(added) != 2 || added["keys/a.md"].Day() != 10 || added["keys/b.md"].Day() != 11 {
		t.Errorf("got %v", added)
	}
}
