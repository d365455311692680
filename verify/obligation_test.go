package verify

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/countersign/countersign/advisories"
)

// TestObligations asks of advisories what they oblige releases to.
func TestObligations(t *testing.T) {
	const fixes = "fixes: [{version: \"1.0.5\", commits: [" + "0123456789012345678901234567890123456789" + "]}]"
	tests := []struct {
		name   string
		fields []string
		want   map[string]string // version to the kind of obligation
	}{
		{"one range", []string{`affected: [{product: app, ranges: [{introduced: "1.0.0", fixed: "1.0.5"}]}]`, fixes},
			map[string]string{"0.9.0": "", "1.0.4": "", "1.0.5": "new", "1.0.6": "carried", "2.0.0": "carried"}},
		{"two branches", []string{`affected: [{product: app, ranges: [{introduced: "1.0.0", fixed: "1.0.5"}, {introduced: "2.0.0", fixed: "2.0.3"}]}]`,
			strings.Replace(fixes, "[{", "[{version: \"2.0.3\", commits: []}, {", 1)},
			map[string]string{"1.0.7": "carried", "2.0.1": "", "2.0.3": "new", "2.1.0": "carried", "0.1.0": ""}},
		{"target without a fix", []string{`target: "1.1.0"`}, map[string]string{"1.1.0": "new", "1.0.0": "", "1.2.0": ""}},
		{"fix without ranges", []string{fixes}, map[string]string{"1.0.4": "", "1.0.5": "new", "1.0.6": "carried"}},
		{"rejected", []string{`affected: [{product: app, ranges: [{introduced: "0", fixed: "1.0.5"}]}]`, fixes, "REJECTED"},
			map[string]string{"1.0.5": "", "1.0.6": ""}},
		{"another product", []string{`affected: [{product: lib, ranges: [{introduced: "0", fixed: "1.0.5"}]}]`,
			strings.Replace(fixes, "{version", "{product: lib, version", 1)}, map[string]string{"1.0.5": "", "1.0.6": ""}},
		{"not fixed yet", []string{`affected: [{product: app, ranges: [{introduced: "0"}]}]`}, map[string]string{"1.0.5": "", "9.0.0": ""}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			s := &scene{t: t, sec: fstest.MapFS{}}
			s.doc("countersign.yaml", strings.Replace(defaultConfig, "products:\n", "products:\n  lib: {repo: app, versions: semver}\n", 1))
			s.advisory("APP-2026-0001", tc.fields...)
			if tc.fields[len(tc.fields)-1] == "REJECTED" {
				s.advisory("APP-2026-0001", tc.fields[:2]...)
				text := string(s.sec["advisories/APP-2026-0001.md"].Data)
				s.doc("advisories/APP-2026-0001.md", strings.Replace(text, "reported: 2026-01-01", "reported: 2026-01-01, rejected: {date: 2026-01-02, reason: none}", 1))
			}
			for version := range tc.want {
				s.release(version)
			}
			set, _, err := advisories.Load(s.sec)
			must(t, err)
			for version, want := range tc.want {
				owed, doubts := Obligations(set, set.Release("app", version))
				got := ""
				if len(owed) > 0 {
					got = owed[0].Kind
				}
				if got != want || len(doubts) > 0 {
					t.Errorf("%s: %q, want %q (%v)", version, got, want, doubts)
				}
			}
		})
	}
}

// TestNothingDropsOut: what cannot be read, or has no fix, is never one obligation fewer.
func TestNothingDropsOut(t *testing.T) {
	s, fix := fixedScene(t, "contents: full")
	data := s.archive("zip", "app/", fix)
	s.doc("advisories/APP-2026-0002.md", "---\nid: APP-2026-0002\nfixes: {version\n---\n")
	r := s.verify("1.1", file(app11, data))
	expect(t, r, "UNVERIFIABLE", "?advisory-unreadable")

	s.advisory("APP-2026-0002", `target: "1.1"`)
	expect(t, s.verify("1.1", file(app11, data)), "FAILED", "fix-not-in-package")

	s.advisory("APP-2026-0002", `affected: [{product: app, ranges: [{introduced: "0", fixed: "1.0"}]}]`)
	expect(t, s.verify("1.1", file(app11, data)), "UNVERIFIABLE", "?fix-unverifiable")

	for _, fields := range [][]string{
		{`target: "1.1"`, "product: web"},
		{`fixes: [{product: web, version: "1.1", commits: [` + fix + `]}]`},
		{`affected: [{product: web, ranges: [{introduced: "0", fixed: "1.1"}]}]`},
	} {
		s.advisory("APP-2026-0002", fields...)
		text := string(s.sec["advisories/APP-2026-0002.md"].Data)
		if fields[len(fields)-1] == "product: web" {
			text = strings.Replace(text, "product: app\n", "", 1)
		}
		s.doc("advisories/APP-2026-0002.md", text)
		expect(t, s.verify("1.1", file(app11, data)), "UNVERIFIABLE", "?advisory-unreadable")
	}

	delete(s.sec, "advisories/APP-2026-0002.md")
	text := string(s.sec["releases/1.1.md"].Data)
	s.doc("releases/1.1.md", strings.Replace(text, "product: app", "product: ap", 1))
	expect(t, s.verify("1.1", file(app11, data)), "UNVERIFIABLE", "?release-unreadable")
	s.doc("releases/1.1.md", strings.Replace(text, "name: "+app11+", ", "", 1))
	if string(s.sec["releases/1.1.md"].Data) == text {
		t.Fatal("the record names its package in another way")
	}
	expect(t, s.verify("1.1", file(app11, data)), "UNVERIFIABLE", "?release-unreadable")
	s.doc("releases/1.1.md", text)

	s.fixedBy("APP-2026-0002", "1.1", fix[:10])
	if r := s.verify("1.1", file(app11, data)); r.Statement.Predicate.Result == "PASSED" {
		t.Error("an abbreviated commit passes")
	}
	s.fixedBy("APP-2026-0002", "1.1", strings.Repeat("1", 40))
	if r := s.verify("1.1", file(app11, data)); r.Statement.Predicate.Result == "PASSED" {
		t.Error("a commit that nobody has passes")
	}
}

// TestSeveralCommits needs all commits of an entry, and any entry of an advisory.
func TestSeveralCommits(t *testing.T) {
	s := newScene(t)
	one := s.fix("inc/login.php")
	half := s.archive("zip", "", one)
	two := s.fix("inc/mail.php")
	s.fixedBy("APP-2026-0001", "1.1", one, two)
	release := func(commit string) {
		s.release("1.1", "source: {repo: app, commit: "+commit+"}", "packages: [{name: "+app11+"}]")
	}
	release(two)
	expect(t, s.verify("1.1", file(app11, s.archive("zip", "", two))), "PASSED", "")
	release(one)
	r := s.verify("1.1", file(app11, half))
	expect(t, r, "FAILED", "fix-partial")

	s.advisory("APP-2026-0001", `target: "1.1"`, fmt.Sprintf(`fixes: [{version: "1.1", commits: [%s, %s]}, {version: "0.9", commits: [%s]}]`, one, two, one))
	expect(t, s.verify("1.1", file(app11, half)), "PASSED", "")
}
