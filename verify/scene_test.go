package verify

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/verify/gitrepo"
)

// scene is a security repository in memory and a source repository on disk, both
// made by the test.
type scene struct {
	t     *testing.T
	dir   string
	sec   fstest.MapFS
	clock int
	ev    Evidence
}

// theDay is when every run takes place.
var theDay = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

const defaultConfig = `project: {name: App, url: "https://app.example"}
id: "APP-{year}-{number:4}"
repos:
  app: {url: "https://git.example/app"}
products:
  app: {repo: app, versions: semver, title: App}
policy: {fix_signature: none, package_signatures: 0}
`

// newScene starts with version 1.0 of an application: two files of code, in which
// the lines that begin with "unsafe" are what the fixes mend.
func newScene(t *testing.T) *scene {
	t.Helper()
	s := &scene{t: t, dir: t.TempDir(), sec: fstest.MapFS{}, ev: Evidence{Now: theDay, Version: "test"}}
	s.git("init", "-q", "-b", "main")
	s.doc("countersign.yaml", defaultConfig)
	s.write("inc/login.php", program("login", 10, 40, 70))
	s.write("inc/mail.php", program("mail", 20))
	s.write("README", "An application.\n")
	s.commit("version 1.0")
	s.git("tag", "v1.0")
	return s
}

// program is a file of a hundred lines, of which the given ones are unsafe.
func program(name string, unsafe ...int) string {
	var b strings.Builder
	for i := 1; i <= 100; i++ {
		if slices.Contains(unsafe, i) {
			fmt.Fprintf(&b, "unsafe_%s_%d($input);\n", name, i)
		} else {
			fmt.Fprintf(&b, "%s_%d();\n", name, i)
		}
	}
	return b.String()
}

// mended is a program after its fix.
func mended(text string) string { return strings.ReplaceAll(text, "unsafe_", "safe_") }

// git runs git in the source repository. Each call is a minute later than the one
// before, and nothing of the machine's own configuration counts.
func (s *scene) git(args ...string) string {
	s.t.Helper()
	return strings.TrimSpace(s.gitRaw(nil, args...))
}

func (s *scene) gitRaw(stdin []byte, args ...string) string {
	s.t.Helper()
	s.clock++
	at := time.Date(2026, 1, 1, 0, s.clock, 0, 0, time.UTC).Format(time.RFC3339)
	cmd := exec.Command("git", append([]string{"-C", s.dir}, args...)...)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull,
		"GIT_AUTHOR_NAME=ann", "GIT_AUTHOR_EMAIL=ann@app.example", "GIT_AUTHOR_DATE="+at,
		"GIT_COMMITTER_NAME=ann", "GIT_COMMITTER_EMAIL=ann@app.example", "GIT_COMMITTER_DATE="+at)
	cmd.Stdin = bytes.NewReader(stdin)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		s.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, stderr.Bytes())
	}
	return string(out)
}

func (s *scene) write(name, text string) {
	s.t.Helper()
	file := filepath.Join(s.dir, name)
	must(s.t, os.MkdirAll(filepath.Dir(file), 0o755))
	must(s.t, os.WriteFile(file, []byte(text), 0o644))
}

func (s *scene) read(name string) string {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, name))
	must(s.t, err)
	return string(text)
}

func (s *scene) commit(message string, flags ...string) string {
	s.t.Helper()
	s.git("add", "-A")
	s.git(append([]string{"commit", "-q", "-m", message}, flags...)...)
	return s.git("rev-parse", "HEAD")
}

// fix mends a file in a commit of its own.
func (s *scene) fix(name string) string {
	s.t.Helper()
	s.write(name, mended(s.read(name)))
	return s.commit("mend " + name)
}

// patch is the diff between two commits.
func (s *scene) patch(from, to string) string { return s.gitRaw(nil, "diff", from, to) }

func (s *scene) doc(name, text string) { s.sec[name] = &fstest.MapFile{Data: []byte(text)} }

// advisory writes an advisory on app; fields are lines of front matter.
func (s *scene) advisory(id string, fields ...string) {
	s.doc("advisories/"+id+".md", "---\nid: "+id+"\ntitle: A flaw\nproduct: app\nrisk: low\ntimeline: {reported: 2026-01-01}\n"+
		strings.Join(fields, "\n")+"\n---\n## Impact\nBad.\n")
}

// fixedBy is an advisory whose fix in a version are the given commits.
func (s *scene) fixedBy(id, version string, commits ...string) {
	s.advisory(id, fmt.Sprintf("affected: [{product: app, ranges: [{introduced: \"0\", fixed: %q}]}]", version),
		fmt.Sprintf("fixes: [{version: %q, commits: [%s]}]", version, strings.Join(commits, ", ")))
}

// release writes a release's record; fields are lines of front matter.
func (s *scene) release(version string, fields ...string) {
	s.doc("releases/"+version+".md", "---\nproduct: app\nversion: \""+version+"\"\n"+strings.Join(fields, "\n")+"\n---\nNotes.\n")
}

// archive is what git archive makes of a commit.
func (s *scene) archive(format, prefix, commit string) []byte {
	return []byte(s.gitRaw(nil, "archive", "--format="+format, "--prefix="+prefix, commit))
}

// tree reads the files of a commit.
func (s *scene) tree(commit string) map[string]string {
	files := map[string]string{}
	for _, name := range strings.Split(strings.TrimSuffix(s.gitRaw(nil, "ls-tree", "-r", "-z", "--name-only", commit), "\x00"), "\x00") {
		files[name] = s.gitRaw(nil, "show", commit+":"+name)
	}
	return files
}

// zipOf packs files under a prefix.
func zipOf(t *testing.T, prefix string, files map[string]string) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for _, name := range sortedKeys(files) {
		f, err := w.Create(prefix + name)
		must(t, err)
		_, err = f.Write([]byte(files[name]))
		must(t, err)
	}
	must(t, w.Close())
	return buf.Bytes()
}

func file(name string, data []byte) Archive {
	return Archive{Name: name, File: bytes.NewReader(data), Size: int64(len(data))}
}

// verify runs gate 2 on one release.
func (s *scene) verify(version string, archives ...Archive) *Report {
	s.t.Helper()
	repo, err := gitrepo.Open(s.dir)
	must(s.t, err)
	s.t.Cleanup(func() { repo.Close() })
	return s.verifyWith(map[string]*gitrepo.Repo{"app": repo}, version, archives...)
}

func (s *scene) verifyWith(repos map[string]*gitrepo.Repo, version string, archives ...Archive) *Report {
	s.t.Helper()
	set, found, err := advisories.Load(s.sec)
	must(s.t, err)
	ev := s.ev
	ev.Repos = repos
	at := slices.IndexFunc(set.Releases, func(r *advisories.Release) bool { return r.Version.V == version })
	if at < 0 {
		s.t.Fatalf("no release %s: %v", version, found)
	}
	report, err := New(ev, set, found).Release(context.Background(), set.Releases[at], archives)
	must(s.t, err)
	return report
}

// verdict is the one on an advisory in a package, with what decided it.
func verdict(t *testing.T, r *Report, advisory, pkg string) string {
	t.Helper()
	for _, f := range r.Statement.Predicate.Fixes {
		if f.Advisory == advisory && f.Package == pkg {
			return strings.TrimSuffix(f.Verdict+" by "+f.DecidedBy, " by ")
		}
	}
	return "none"
}

// broken lists the rules that a report breaks, each once; warnings in parentheses.
func broken(r *Report) string {
	var ids []string
	for _, f := range r.Findings {
		id := f.Rule
		switch f.Severity.String() {
		case "warning":
			id = "(" + id + ")"
		case "unchecked":
			id = "?" + id
		}
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return strings.Join(ids, " ")
}

func said(r *Report) string {
	var b strings.Builder
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "\n  %s %s %s: %s", f.Severity, f.At, f.Rule, f.Message)
		for _, rel := range f.Related {
			fmt.Fprintf(&b, "\n    %s", rel.Message)
		}
	}
	return b.String()
}

func expect(t *testing.T, r *Report, result, rules string) {
	t.Helper()
	if got := string(r.Statement.Predicate.Result); got != result || broken(r) != rules {
		t.Errorf("%s with %q, want %s with %q:%s", got, broken(r), result, rules, said(r))
	}
}

func expectVerdict(t *testing.T, r *Report, advisory, pkg, want string) {
	t.Helper()
	if got := verdict(t, r, advisory, pkg); got != want {
		t.Errorf("%s in %s is %q, want %q:%s", advisory, pkg, got, want, said(r))
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
