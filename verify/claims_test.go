package verify

import (
	"context"
	"strings"
	"testing"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/verify/gitrepo"
)

// claims asks what gate 1 asks with --repo.
func (s *scene) claims() string {
	s.t.Helper()
	repo, err := gitrepo.Open(s.dir)
	must(s.t, err)
	defer repo.Close()
	set, _, err := advisories.Load(s.sec)
	must(s.t, err)
	ev := s.ev
	ev.Repos = map[string]*gitrepo.Repo{"app": repo}
	list, err := Claims(context.Background(), ev, set)
	must(s.t, err)
	var b strings.Builder
	for _, f := range list {
		b.WriteString(f.Severity.String() + " " + f.At.String() + " " + f.Rule + ": " + f.Message)
		if f.Edit != nil {
			b.WriteString(" -> " + f.Edit.New)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestClaims(t *testing.T) {
	s := newScene(t)
	base := s.git("rev-parse", "HEAD")
	fix := s.fix("inc/login.php")
	s.release("1.1", "source: {repo: app, commit: "+base+"}")
	s.fixedBy("APP-2026-0001", "1.1", fix)
	if got := s.claims(); got != "" {
		t.Error(got)
	}
	tests := []struct{ name, commit, want string }{
		{"abbreviated", fix[:8], "error advisories/APP-2026-0001.md:8:36 commit-short-for: " + fix[:8] + " is short for " + fix + " -> " + fix},
		{"absent", strings.Repeat("1", 40), "commit-absent"},
		{"absent and abbreviated", "1111111", "commit-absent"},
		{"a tree", s.git("rev-parse", "HEAD^{tree}"), "is a tree of app"},
	}
	for _, tc := range tests {
		s.fixedBy("APP-2026-0001", "1.1", tc.commit)
		if got := s.claims(); !strings.Contains(got, tc.want) || strings.Count(got, "\n") != 1 {
			t.Errorf("%s: %s", tc.name, got)
		}
	}
	s.fixedBy("APP-2026-0001", "1.1", fix)
	s.doc("patches/a.diff", s.patch(base, fix))
	withPatch := func() string {
		s.advisory("APP-2026-0002", "target: \"1.1\"", "fixes: [{version: \"1.1\", patch: patches/a.diff}]")
		return s.claims()
	}
	if got := withPatch(); got != "" {
		t.Error(got)
	}
	s.doc("patches/a.diff", strings.ReplaceAll(s.patch(base, fix), "login_39", "elsewhere"))
	if got := withPatch(); !strings.Contains(got, "patch-conflict") {
		t.Error(got)
	}
	s.doc("patches/a.diff", "no patch\n")
	if got := withPatch(); !strings.Contains(got, "patch-unreadable") {
		t.Error(got)
	}
	delete(s.sec, "patches/a.diff")
	if got := withPatch(); !strings.Contains(got, "patch-unreadable") {
		t.Error(got)
	}
}

// TestClaimsOfShallow: what a shallow clone lacks is not checked, and not absent.
func TestClaimsOfShallow(t *testing.T) {
	s := newScene(t)
	fix := s.fix("inc/login.php")
	s.write("x", "x")
	s.commit("more")
	s.fixedBy("APP-2026-0001", "1.1", fix)
	dir := t.TempDir()
	s.git("clone", "-q", "--depth=1", "file://"+s.dir, dir)
	s.dir = dir
	if got := s.claims(); !strings.HasPrefix(got, "unchecked ") || !strings.Contains(got, "--unshallow") {
		t.Error(got)
	}
}
