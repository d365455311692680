package verify

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/countersign/countersign/verify/pkgfile"
)

// TestNextStep: each verdict that keeps the gate closed says what to do first, and to whom it belongs.
func TestNextStep(t *testing.T) {
	s := newScene(t)
	base := s.git("rev-parse", "HEAD")
	first := s.fix("inc/mail.php")
	second := s.fix("inc/login.php")
	s.git("revert", "--no-edit", second)
	reverted := s.git("rev-parse", "HEAD")
	s.fixedBy("APP-2026-0001", "1.0", first)
	s.fixedBy("APP-2026-0002", "1.1", second, first)
	stale := s.tree(second)
	stale["inc/mail.php"] = s.tree(base)["inc/mail.php"] // no commit is like this
	for _, c := range []struct {
		name, source string
		packed       map[string]string
		want         string
	}{
		{"the source lacks it", base, s.tree(base), "bring " + second[:12] + " and " + first[:12] + " into the source"},
		{"only the package lacks it", second, stale, "build the package again from " + second[:12]},
		{"the package is another commit's", second, s.tree(base), "the commit " + base + " (tag v1.0) explains 3 of the 3 files"},
		{"undone", reverted, s.tree(reverted), "git revert " + reverted[:12]},
	} {
		s.release("1.1", "source: {repo: app, commit: "+c.source+"}", "packages: [{name: "+app11+"}]")
		r := s.verify("1.1", file(app11, zipOf(t, "app/", c.packed)))
		if got := []string{r.Statement.Predicate.Fixes[0].Obligation, r.Statement.Predicate.Fixes[1].Obligation}; !slices.Equal(got, []string{"new", "carried"}) {
			t.Errorf("%s: obligations in the order %v", c.name, got)
		}
		if got := r.Statement.Predicate.Fixes[0].Commits; !slices.Equal(got, []string{second, first}) {
			t.Errorf("%s: commits %v, want both", c.name, got)
		}
		hint := ""
		for _, f := range r.Findings {
			if strings.HasPrefix(f.Message, "APP-2026-0002:") {
				hint = f.Hint
			}
		}
		if !strings.Contains(hint, c.want) || !strings.Contains(hint, "--explain APP-2026-0002") {
			t.Errorf("%s: hint %q, want %q", c.name, hint, c.want)
		}
	}
}

// TestExplainTextFits lays a hunk out for narrow and wide screens.
func TestExplainTextFits(t *testing.T) {
	deep := strings.Repeat("\t", 8)
	v := &Judgement{Package: &Reconstruction{Name: "app-1.1.zip", Package: &pkgfile.Package{}}, Standing: &Standing{Verdict: Partial}}
	list := []Explained{
		{File: "a.php", Hunk: 1, Verdict: Missing, Rows: []Row{
			{Left: " " + deep + "call();", Right: deep + "call();", Line: 7},
			{Left: "-" + deep + "say($name);", Right: deep + "say($name);", Line: 8, Wrong: true},
			{Left: "+" + deep + "say(" + strings.Repeat("very", 40) + "($name));", Wrong: true},
		}},
		{File: "b.php", Hunk: 1, Verdict: Present, Rows: []Row{{Left: "+there();", Right: "there();", Line: 1}}},
	}
	for _, width := range []int{60, 80, 120, 400} {
		lines := ExplainText(v, list, width)
		for _, l := range lines {
			if n := utf8.RuneCountInString(l); n > width {
				t.Errorf("%d columns: %d are taken by %q", width, n, l)
			}
		}
		text := strings.Join(lines, "\n")
		if !strings.Contains(text, "! -say($name);") || !strings.Contains(text, "│     8 say($name);") {
			t.Errorf("%d columns: the indentation that all lines share is not left out:\n%s", width, text)
		}
		if !strings.Contains(text, "in order:\n  b.php, hunk 1: present") || strings.Contains(text, "there();") {
			t.Errorf("%d columns: what is in order is more than named:\n%s", width, text)
		}
	}
}
