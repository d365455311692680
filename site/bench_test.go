package site

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// corpus writes a security repository with n advisories of about 3.9 KB into a
// folder. The same n gives the same bytes, and the advisories of a smaller
// corpus are those of a larger one.
func corpus(dir string, n int) error {
	put := func(name, text string) error {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		return os.WriteFile(name, []byte(text), 0o644)
	}
	text := strings.NewReplacer("verify_since: 2026-01-01", "verify_since: 2027-01-01\n  risks: [low, medium, high, critical]").Replace(config)
	if err := put("countersign.yaml", text); err != nil {
		return err
	}
	for i := range 60 {
		version := corpusVersion(i)
		day := fmt.Sprintf("%d-%02d-01", 2000+i/3, 1+i%3*4)
		if err := put("releases/lantern-"+version+".md", releaseOf(version, day, "lantern-"+version+".zip")); err != nil {
			return err
		}
	}
	for i := range n {
		id, text := corpusAdvisory(i)
		if err := put("advisories/"+id[4:8]+"/"+id+".md", text); err != nil {
			return err
		}
	}
	return nil
}

func corpusVersion(i int) string { return fmt.Sprintf("%d.%d.0", 1+i/20, i%20) }

var corpusWords = strings.Fields(`the of and a to in is request server user page template session token header file path
	attacker remote crafted value field parser buffer length check missing wrong escaped output input query parameter cache
	module admin panel upload image archive signature verification key release version update install configuration default
	permission role account password reset mail address thread post message attachment theme plugin language setting log`)

func corpusAdvisory(i int) (id, text string) {
	r := rand.New(rand.NewPCG(uint64(i), 7))
	year := 2000 + i%20
	id = fmt.Sprintf("LAN-%d-%05d", year, i/20+1)
	words := func(n int) string {
		out := make([]string, n)
		for j := range out {
			out[j] = corpusWords[r.IntN(len(corpusWords))]
		}
		return strings.Join(out, " ")
	}
	release := 1 + r.IntN(59)
	introduced, fixed := corpusVersion(release-1-r.IntN(release)), corpusVersion(release)
	day := fmt.Sprintf("%d-%02d-%02d", year, 1+r.IntN(12), 1+r.IntN(28))
	letter := func(list string) string { return string(list[r.IntN(len(list))]) }
	commit := hexOf(id)[:40]
	var b strings.Builder
	fmt.Fprintf(&b, `---
id: %s
title: %s
product: lantern
risk: %s
cvss: [CVSS:3.1/AV:%s/AC:%s/PR:%s/UI:%s/S:%s/C:%s/I:%s/A:%s]
cwe: [CWE-%d]
aliases: [CVE-%d-%d]
affected:
  - product: lantern
    ranges: [{introduced: "%s", fixed: "%s"}]
fixes:
  - version: "%s"
    commits: [%s]
credits:
  - {name: Researcher %d, type: reporter, url: "https://example.org/%d"}
references:
  - {type: advisory, url: "https://example.org/advisories/%d"}
  - {type: article, url: "https://example.org/articles/%d", title: "%s"}
timeline:
  reported: %d-01-02
  acknowledged: %d-01-03
  assessed: %d-01-05
  published: %s
modified: %s
---
`, id, title(words(6)), []string{"low", "medium", "high", "critical"}[r.IntN(4)],
		letter("NALP"), letter("LH"), letter("NLH"), letter("NR"), letter("UC"), letter("NLH"), letter("NLH"), letter("NLH"),
		[]int{20, 22, 78, 79, 89, 94, 200, 287, 352, 434}[r.IntN(10)], year, 10000+i,
		introduced, fixed, fixed, commit, r.IntN(5000), i, i, i, words(5), year, year, year, day, day)
	for _, section := range []string{"Impact", "Cause", "Solution", "Workarounds"} {
		fmt.Fprintf(&b, "## %s\n\n%s.\n\nSee `%s` and [the notes](https://example.org/%s), %s **%s** %s.\n\n",
			section, title(words(60)), words(1), words(1), words(20), words(2), words(10))
	}
	b.WriteString("| File | Change |\n|---|---|\n")
	for range 3 {
		fmt.Fprintf(&b, "| `inc/%s.php` | %s |\n", words(1), words(4))
	}
	fmt.Fprintf(&b, "\n- %s\n- %s\n\n```php\n$%s = check($%s);\n```\n", words(8), words(8), words(1), words(1))
	return id, b.String()
}

// TestWriteCorpus writes a corpus for testdata/bench.sh: CORPUS names a folder
// that does not exist, ADVISORIES how many.
func TestWriteCorpus(t *testing.T) {
	dir := os.Getenv("CORPUS")
	if dir == "" {
		t.Skip("CORPUS names no folder to write to")
	}
	n, err := strconv.Atoi(os.Getenv("ADVISORIES"))
	if err != nil {
		t.Fatal("ADVISORIES: ", err)
	}
	if err := corpus(dir, n); err != nil {
		t.Fatal(err)
	}
}

// BenchmarkBuild measures a full build into memory, with the outputs that a
// general site generator is compared by.
func BenchmarkBuild(b *testing.B) {
	const n = 1000
	dir := b.TempDir()
	if err := corpus(dir, n); err != nil {
		b.Fatal(err)
	}
	set, _, err := Load(os.DirFS(dir))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		rep, faults, err := Build(Input{Set: set, Now: now, Formats: []Format{OSV}}, nowhere{})
		if err != nil || len(faults) > 0 || rep.Public != n {
			b.Fatal(rep, faults, err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/advisory")
}

// nowhere is a Sink that drops everything.
type nowhere struct{}

func (nowhere) Put(string, []byte) error { return nil }
func (nowhere) Keep(string) bool         { return false }
