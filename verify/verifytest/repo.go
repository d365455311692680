// Package verifytest makes real git repositories for tests: commits, merges and cherry-picks with fixed
// people and dates, so that the same test builds the same ids every time. It is used by tests only.
package verifytest

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/countersign/countersign/verify/gitrepo"
)

// Files is a whole tree: content by path.
type Files map[string]string

// With returns the tree with one file replaced, or taken out when content is empty.
func (f Files) With(path, content string) Files {
	next := maps.Clone(f)
	if next == nil {
		next = Files{}
	}
	next[path] = content
	if content == "" {
		delete(next, path)
	}
	return next
}

// Repo is a bare repository under construction.
type Repo struct {
	Dir   string
	Clock int64 // seconds; the next commit's date, one minute later after each commit
	Wrote int64 // seconds; when its author wrote the next commit, where that is not its date, as with a pick
	t     testing.TB
	n     int
}

// NewRepo makes an empty bare repository with the given object format, "sha1" or "sha256".
func NewRepo(t testing.TB, format string) *Repo {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Fatal("git is needed for this test")
	}
	r := &Repo{Dir: filepath.Join(t.TempDir(), "repo.git"), Clock: 1_700_000_000, t: t}
	r.git("", "init", "--quiet", "--bare", "--object-format="+format, r.Dir)
	return r
}

// Commit makes a commit that holds exactly files.
func (r *Repo) Commit(message string, files Files, parents ...gitrepo.ID) gitrepo.ID {
	r.t.Helper()
	r.n++
	ref := fmt.Sprintf("refs/heads/made/%d", r.n)
	var in strings.Builder
	fmt.Fprintf(&in, "commit %s\n", ref)
	fmt.Fprintf(&in, "author Ada Example <ada@example.org> %d +0000\n", cmp.Or(r.Wrote, r.Clock))
	fmt.Fprintf(&in, "committer Ada Example <ada@example.org> %d +0000\n", r.Clock)
	r.Wrote = 0
	fmt.Fprintf(&in, "data %d\n%s\n", len(message), message)
	for i, p := range parents {
		verb := "merge"
		if i == 0 {
			verb = "from"
		}
		fmt.Fprintf(&in, "%s %s\n", verb, p)
	}
	in.WriteString("deleteall\n")
	for _, path := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(&in, "M 100644 inline %s\ndata %d\n%s\n", path, len(files[path]), files[path])
	}
	r.Clock += 60
	r.git(in.String(), "fast-import", "--quiet", "--force")
	return gitrepo.ID(r.Git("rev-parse", ref))
}

// Git runs git in the repository and returns what it printed, trimmed; a failure ends the test.
func (r *Repo) Git(args ...string) string {
	r.t.Helper()
	return r.git("", append([]string{"--git-dir=" + r.Dir}, args...)...)
}

// Pipe is Git with input.
func (r *Repo) Pipe(input string, args ...string) string {
	r.t.Helper()
	return r.git(input, append([]string{"--git-dir=" + r.Dir}, args...)...)
}

// Try runs git and reports whether it succeeded.
func (r *Repo) Try(args ...string) bool {
	return r.command("", append([]string{"--git-dir=" + r.Dir}, args...)...).Run() == nil
}

func (r *Repo) git(input string, args ...string) string {
	r.t.Helper()
	cmd := r.command(input, args...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		r.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, errs.String())
	}
	return strings.TrimSpace(string(out))
}

func (r *Repo) command(input string, args ...string) *exec.Cmd {
	cmd := exec.Command("git", args...)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "LC_ALL=C",
		"GIT_AUTHOR_NAME=Ada Example", "GIT_AUTHOR_EMAIL=ada@example.org", "GIT_COMMITTER_NAME=Ada Example",
		"GIT_COMMITTER_EMAIL=ada@example.org", "GIT_DIR="+r.Dir)
	cmd.Stdin = strings.NewReader(input)
	return cmd
}

// Open opens the repository for judging and closes it when the test ends.
func (r *Repo) Open() *gitrepo.Repo {
	r.t.Helper()
	return Open(r.t, r.Dir)
}

// Open opens a repository and closes it when the test ends.
func Open(t testing.TB, dir string) *gitrepo.Repo {
	t.Helper()
	repo, err := gitrepo.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := repo.Close(); err != nil {
			t.Error(err)
		}
	})
	return repo
}

// ObjectFile returns the path of a loose object.
func (r *Repo) ObjectFile(id gitrepo.ID) string {
	return filepath.Join(r.Dir, "objects", string(id[:2]), string(id[2:]))
}
