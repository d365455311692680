package record_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/exchange/record"
)

const config = `project: {name: Forum, url: "https://forum.example"}
id: "FORUM-{year}-{number:4}"
repos:
  forum: {url: "https://github.com/example/forum"}
products:
  forum: {repo: forum, versions: semver, purl: "pkg:github/example/forum", title: Forum}
`

func load(t testing.TB, files map[string]string) *advisories.Set {
	t.Helper()
	fsys := fstest.MapFS{"countersign.yaml": {Data: []byte(config)}}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	set, findings, err := advisories.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		t.Errorf("%s: %s: %s", f.At, f.Rule, f.Message)
	}
	return set
}

func day(text string) record.Date {
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		return record.Date{Time: t, DayOnly: true}
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return record.Date{Time: t}
}

func sample() *record.Record {
	p := record.Product{
		Name: "forum", Title: "Forum", PURL: "pkg:github/example/forum", RepoName: "forum",
		Repo: "https://github.com/example/forum", Versions: "semver",
	}
	return &record.Record{
		Project: "Forum", ID: "FORUM-2024-0001", Title: `A "quoted": title # with all - signs`, Risk: "high",
		Rationale: "two\nlines", Resolution: "fixed", Body: "Text.\n\n## Impact\n\nBad.",
		CVSS:    []string{"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "AV:N/AC:L/Au:N/C:P/I:P/A:P"},
		CWE:     []string{"CWE-79"},
		Aliases: []string{"CVE-2024-10001"},
		Affected: []record.Affected{{
			Product: p, Versions: []string{"1.10", "yes", "0x10", "1e3"},
			Ranges: []record.Range{{Introduced: "0", Fixed: "1.0.1"}, {Introduced: "1.1.0", LastAffected: "1.2.0"}},
		}},
		Fixes: []record.Fix{{Product: "forum", Version: "1.0.1", Commits: []record.Commit{
			{RepoName: "forum", Repo: p.Repo, ID: "1111111111111111111111111111111111111111"},
			{RepoName: "forum", Repo: p.Repo, ID: "abcdefabcdefabcdefabcdefabcdefabcdefabcd"},
		}}},
		Credits: []record.Credit{
			{Name: "Ana, of Team: X", Type: "reporter", Affiliation: "[Lab]", URL: "https://ana.example"},
			{Type: "finder", Anonymous: true}, {Type: "analyst", Internal: true},
		},
		References: []record.Reference{{Type: "web", URL: "https://forum.example/a?b=c#d", Title: "- dash"}},
		Reported:   day("2024-01-02"), Published: day("2024-02-03T04:05:06.789Z"), Modified: day("2024-03-01"),
		Withdrawn: record.Reason{Date: day("2024-04-01"), Text: "no: flaw"},
	}
}

// TestMarkdownIsReadBack holds both directions together: what is written as a
// document says the same when it is read.
func TestMarkdownIsReadBack(t *testing.T) {
	want := sample()
	set := load(t, map[string]string{"advisories/FORUM-2024-0001.md": string(want.Markdown())})
	if got := record.Of(set, set.Advisories[0]); !reflect.DeepEqual(got, want) {
		t.Errorf("read back\n%+v\nwant\n%+v\nfrom\n%s", got, want, want.Markdown())
	}
}

// FuzzMarkdown holds the writer to the same law for any text in any field.
func FuzzMarkdown(f *testing.F) {
	for _, s := range []string{"plain", "yes", "~", "1.10", "a: b", "- x", "\"", "\\", "---", "\u2028", "\u202ebidi", "\x00", "\U000e0001", "é", "#", "{}", "[a]", "'", "|", "> ", "\ufeff", "a\tb"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = strings.ToValidUTF8(s, "\uFFFD")
		if strings.TrimSpace(s) == "" || len(s) > 1000 {
			return
		}
		r := &record.Record{ID: "FORUM-2024-0001", Title: s, Rationale: s, Aliases: []string{s}, Credits: []record.Credit{{Name: s, Type: "other"}}}
		src := map[string]string{"advisories/FORUM-2024-0001.md": string(r.Markdown())}
		set := load(t, src)
		got := record.Of(set, set.Advisories[0])
		if got.Title != s || got.Rationale != s || got.Aliases[0] != s || got.Credits[0].Name != s {
			t.Fatalf("%q became %q in\n%s", s, got.Title, r.Markdown())
		}
	})
}

func TestPublicFactsOnly(t *testing.T) {
	set := load(t, map[string]string{
		"advisories/FORUM-2024-0001.md": `---
id: FORUM-2024-0001
title: T
affected: [{product: forum, ranges: [{introduced: "1.1.0", fixed: "1.2.0"}]}]
---
`,
		"releases/1.0.0.md": "---\nversion: \"1.0.0\"\nreleased: 2024-01-01\n---\n",
		"releases/1.1.0.md": "---\nversion: \"1.1.0\"\nreleased: 2024-02-01\n---\n",
		"releases/1.1.1.md": "---\nversion: \"1.1.1\"\n---\n", // a candidate
		"releases/1.2.0.md": "---\nversion: \"1.2.0\"\nreleased: 2024-03-01\n---\n",
	})
	a := record.Of(set, set.Advisories[0]).Affected[0]
	if fmt.Sprint(a.Released, a.Before) != "[1.1.0] [1.0.0]" {
		t.Errorf("affected releases %v, older ones %v", a.Released, a.Before)
	}
}

func TestConstraints(t *testing.T) {
	for text, want := range map[string]string{
		"< 1.2":                 "[{0 1.2 }] []",
		"<= 1.2":                "[{0  1.2}] []",
		">= 1.0, < 1.2":         "[{1.0 1.2 }] []",
		">= 1.0 < 1.2":          "[{1.0 1.2 }] []",
		">=1.0,<1.2||>=2.0,<3":  "[{1.0 1.2 } {2.0 3 }] []",
		"= 1.5":                 "[] [1.5]",
		"1.5":                   "[] [1.5]",
		"*":                     "[{0  }] []",
		"^1.2.3":                "[{1.2.3 2.0.0 }] []",
		"^0.2.3":                "[{0.2.3 0.3.0 }] []",
		"~1.2.3":                "[{1.2.3 1.3.0 }] []",
		"~> 1.2.3":              "[{1.2.3 1.3 }] []",
		"~> 4.2.5, >= 4.2.5.1":  "[{4.2.5.1 4.3 }] []",
		"> 1.2.3, < 2.0.0":      "[{1.2.4-0 2.0.0 }] []",
		"> 1.2.3-rc1, <= 2.0.0": "[{1.2.3-rc1.0  2.0.0}] []",
		"> 1.2":                 "unknown", // the version after 1.2 is not known
		"!= 1.2":                "unknown",
		"before 1.2":            "unknown",
		"":                      "unknown",
	} {
		list, ok := record.ParseConstraint(text)
		ranges, versions, whole := record.Ranges(list)
		got := fmt.Sprint(ranges, versions)
		if !ok || !whole {
			got = "unknown"
		}
		if got != want {
			t.Errorf("%q: found %s, want %s", text, got, want)
		}
	}
}

func TestExcept(t *testing.T) {
	for safe, want := range map[string]string{
		">= 1.2.3":                             "[{0 1.2.3 }]",
		">= 1.2.3 || < 0.5.0":                  "[{0.5.0 1.2.3 }]",
		">= 1.2.3, < 1.3.0 || >= 1.3.4":        "[{0 1.2.3 } {1.3.0 1.3.4 }]",
		">= 1.3.4 || >= 1.2.3, < 1.3.0":        "[{0 1.2.3 } {1.3.0 1.3.4 }]",
		"> 1.2.3":                              "[{0  1.2.3}]",
		"<= 1.0.0":                             "[{1.0.1-0  }]",
		"< 1.0.0 || < 0.5.0":                   "[{1.0.0  }]",
		">= 1.0.0 || >= 2.0.0":                 "[{0 1.0.0 }]",
		"*":                                    "[]",
		"^1.2.3 || >= 2.0.0":                   "[{0 1.2.3 }]",
		">= 0.1.0, < 0.2.0 || >= 0.1.5,<0.3.0": "[{0 0.1.0 } {0.3.0  }]",
	} {
		list, _ := record.ParseConstraint(safe)
		ranges, _, _ := record.Ranges(record.Except(list, "semver"))
		if got := fmt.Sprint(ranges); got != want {
			t.Errorf("all but %s: found %s, want %s", safe, got, want)
		}
	}
}

func TestPackageURLs(t *testing.T) {
	for _, c := range []struct{ ecosystem, name, purl string }{
		{"npm", "@scope/pkg", "pkg:npm/%40scope/pkg"},
		{"Maven", "org.example:lib", "pkg:maven/org.example/lib"},
		{"PyPI", "flask", "pkg:pypi/flask"},
		{"Go", "github.com/a/b", "pkg:golang/github.com/a/b"},
		{"Packagist", "vendor/pkg", "pkg:composer/vendor/pkg"},
	} {
		if got := record.PURLOf(c.ecosystem, c.name); got != c.purl {
			t.Errorf("%s %s: found %s, want %s", c.ecosystem, c.name, got, c.purl)
		}
		e, n := record.PackageOf(record.AtVersion(c.purl, "1.0") + "?type=x")
		if e != c.ecosystem || n != c.name {
			t.Errorf("%s: found %s %s", c.purl, e, n)
		}
	}
	if e, _ := record.PackageOf("pkg:github/mybb/mybb"); e != "" {
		t.Errorf("pkg:github has no ecosystem, found %s", e)
	}
	if got := record.AtVersion("pkg:npm/%40scope/pkg@1?x=y#z", "2+b"); got != "pkg:npm/%40scope/pkg@2%2Bb?x=y#z" {
		t.Error(got)
	}
	if got := record.VersionOfPURL("pkg:npm/%40scope/pkg@2%2Bb?x=y"); got != "2+b" {
		t.Error(got)
	}
}

func TestSections(t *testing.T) {
	body := "Intro.\n\n## Impact\n\nBad.\n\n```\n# not a heading\n```\n\n### Detail\n\nMore.\n\n## Workarounds ##\n\nNone.\n\n## Solution\n\nUpdate."
	list := record.Sections(body)
	var got []string
	for _, s := range list {
		got = append(got, string(s.Part)+"/"+s.Title)
	}
	if want := "Description/ Description/Impact Workarounds/Workarounds Solution/Solution"; strings.Join(got, " ") != want {
		t.Errorf("found %v, want %s", got, want)
	}
	if again := record.Join(list); again != strings.Replace(body, "Workarounds ##", "Workarounds", 1) {
		t.Errorf("joined again:\n%s", again)
	}
}
