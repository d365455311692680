package verify

import (
	"strings"
	"testing"
)

// TestFixOfAnotherBranch: the two branches of a project have the same flaw in other
// words, and a fix each. The fix of one cannot be told in a package of the other, which
// must not make it doubtful that the package lacks its own.
func TestFixOfAnotherBranch(t *testing.T) {
	s := newScene(t)
	base := s.git("rev-parse", "HEAD")
	old := s.fix("inc/login.php")
	s.git("checkout", "-q", "-b", "next", base)
	s.write("inc/login.php", strings.ReplaceAll(program("login", 10, 40, 70), "_login_", "_session_"))
	s.commit("other names")
	next := s.fix("inc/login.php")
	s.advisory("APP-2026-0001", `affected: [{product: app, ranges: [{introduced: "0", fixed: "1.1"}, {introduced: "2.0", fixed: "2.1"}]}]`,
		`fixes: [{version: "1.1", commits: [`+old+`]}, {version: "2.1", commits: [`+next+`]}]`)
	s.release("1.1", "source: {repo: app, commit: "+old+"}", "packages: [{name: full.zip, contents: full}]")
	s.release("2.1", "source: {repo: app, commit: "+next+"}", "packages: [{name: full.zip, contents: full}]")
	for _, c := range []struct{ version, held, want string }{
		{"1.1", old, "present by reconstruction"},
		{"1.1", base, "missing by content"},
		{"2.1", next, "present by reconstruction"},
		{"2.1", next + "^", "missing by content"},
		{"2.1", old, "present by content"},
	} {
		r := s.verify(c.version, file("full.zip", zipOf(t, "app/", s.tree(c.held))))
		expectVerdict(t, r, "APP-2026-0001", "full.zip", c.want)
	}
}

// TestFixWithoutAFile: an empty commit and one that moves a submodule are
// in the history, and prove nothing of the package.
func TestFixWithoutAFile(t *testing.T) {
	for name, args := range map[string][]string{
		"empty":     {"commit", "-q", "--allow-empty", "-m", "fix"},
		"submodule": {"commit", "-q", "-m", "fix"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			s.git("update-index", "--add", "--cacheinfo", "160000,"+s.git("rev-parse", "HEAD")+",vendor/lib")
			if name == "empty" {
				s.git("commit", "-q", "-m", "library")
			}
			s.git(args...)
			fix := s.git("rev-parse", "HEAD")
			s.fixedBy("APP-2026-0001", "1.1", fix)
			s.release("1.1", "source: {repo: app, commit: "+fix+"}", "packages: [{name: "+app11+"}]")
			r := s.verify("1.1", file(app11, s.archive("zip", "", fix)))
			expect(t, r, "UNVERIFIABLE", "?fix-unverifiable")
			if !strings.Contains(said(r), "name the commits of the submodule's own repository") {
				t.Error(said(r))
			}
		})
	}
}
