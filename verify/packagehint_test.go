package verify

import (
	"fmt"
	"strings"
	"testing"
)

// hints lists what a report advises to do.
func hints(r *Report) string {
	var b strings.Builder
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "\n  %s: %s", f.Rule, f.Hint)
	}
	return b.String()
}

// TestAdviceIsNarrow: what is advised about a package must not hide anything else in
// it, and must hold for the next release, whose top folder has another name.
func TestAdviceIsNarrow(t *testing.T) {
	s := newScene(t)
	for i := range 6 {
		s.write(fmt.Sprintf("docs/%d.md", i), "page\n")
		s.write(fmt.Sprintf("inc/old/%d.php", i), "old\n")
		s.write(fmt.Sprintf("inc/unit%d.php", i), "unit\n")
	}
	base := s.commit("more files")
	fix := s.fix("inc/login.php")
	s.fixedBy("APP-2026-0001", "1.1", fix)
	s.release("1.1", "source: {repo: app, commit: "+fix+"}", "packages: [{name: full.zip, contents: full}]")
	files := s.tree(fix)
	for i := range 6 {
		delete(files, fmt.Sprintf("docs/%d.md", i))
		delete(files, fmt.Sprintf("inc/unit%d.php", i))
		files[fmt.Sprintf("inc/made%d.php", i)] = "made\n"
		files[fmt.Sprintf("cache/%d.php", i)] = "made\n"
	}
	r := s.verify("1.1", file("full.zip", zipOf(t, "app-1.1/", files)))
	expect(t, r, "FAILED", "package-missing package-unexplained")
	for _, want := range []string{`omitted: ["docs/**", "inc/unit0.php", "inc/unit1.php"`, `generated: ["cache/**", "inc/made0.php", "inc/made1.php"`} {
		if !strings.Contains(hints(r), want) {
			t.Errorf("expected the advice %s:%s", want, hints(r))
		}
	}

	// Another commit's package is not to be declared away.
	files = s.tree(base)
	delete(files, "README")
	r = s.verify("1.1", file("full.zip", zipOf(t, "app-1.0/", files)))
	expect(t, r, "FAILED", "fix-not-in-package package-missing package-unexplained")
	if strings.Contains(hints(r), "omitted:") || strings.Contains(hints(r), "generated:") || !strings.Contains(hints(r), "the commit "+base+" explains 20 of the 20 files") {
		t.Errorf("expected the name of the commit %s:%s", base, hints(r))
	}
}
