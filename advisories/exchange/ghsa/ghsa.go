// Package ghsa reads security advisories as GitHub's REST API gives them: those
// of the global database, and those that a repository keeps, drafts included.
// The files of github/advisory-database are OSV records; package osv reads them.
package ghsa

import (
	"regexp"
	"strings"

	"github.com/countersign/countersign/advisories/exchange/record"
	"github.com/countersign/countersign/advisories/exchange/tree"
)

// Is reports whether a document is an advisory of the API.
func Is(root *tree.Node) bool { return root.Get("ghsa_id").Is(tree.String) }

// Reasons say why parts of an advisory of GitHub have no place in one of ours.
var Reasons = tree.Reasons{
	{Path: regexp.MustCompile(`vulnerable_functions`), Text: "an advisory names products, not their parts"},
	{Path: regexp.MustCompile(`epss`), Text: "a forecast that changes daily is no part of an advisory"},
	{Path: regexp.MustCompile(`(^|\.)(author|publisher|submission|collaborating|private_fork|state|closed_at|github_reviewed_at|nvd_published_at|type)`),
		Text: "how the platform handled the advisory stays with the platform"},
	{Path: regexp.MustCompile(`url$`), Text: "an address of the platform's interface"},
}

// ecosystems are GitHub's words for OSV's ecosystems.
var ecosystems = map[string]string{
	"actions": "GitHub Actions", "composer": "Packagist", "erlang": "Hex", "go": "Go", "maven": "Maven", "npm": "npm",
	"nuget": "NuGet", "pip": "PyPI", "pub": "Pub", "rubygems": "RubyGems", "rust": "crates.io", "swift": "SwiftURL",
}

// Read takes an advisory out of one of GitHub's.
func Read(root *tree.Node) *record.Record {
	r := &record.Record{
		ID:        root.Get("ghsa_id").Text(),
		Title:     root.Get("summary").Text(),
		Body:      root.Get("description").Text(),
		Risk:      record.RiskWord(root.Get("severity").Text()),
		Reported:  root.Get("created_at").Date(),
		Published: root.Get("published_at").Date(),
		Modified:  root.Get("updated_at").Date(),
		Withdrawn: record.Reason{Date: root.Get("withdrawn_at").Date()},
	}
	readAliases(r, root)
	readVectors(r, root)
	for _, item := range root.Get("vulnerabilities").Items() {
		readVulnerability(r, item)
	}
	readLinks(r, root)
	readCredits(r, root)
	return r
}

func readAliases(r *record.Record, root *tree.Node) {
	r.Aliases = append(r.Aliases, root.Get("cve_id").Text())
	for _, item := range root.Get("identifiers").Items() {
		item.Get("type").Text()
		r.Aliases = append(r.Aliases, item.Get("value").Text())
	}
}

func readVectors(r *record.Record, root *tree.Node) {
	many := root.Get("cvss_severities")
	for _, n := range []*tree.Node{root.Get("cvss"), many.Get("cvss_v3"), many.Get("cvss_v4")} {
		if vector := n.Get("vector_string").Text(); vector != "" {
			r.CVSS = append(r.CVSS, record.Vector(vector))
			n.Get("score").Text() // follows from the vector
		}
		if n.Get("score").Peek() == "0" || n.Get("score").Peek() == "0.0" {
			n.Get("score").Text() // what stands there without a vector
		}
	}
	for _, item := range root.Get("cwes").Items() {
		r.CWE = append(r.CWE, item.Get("cwe_id").Text())
		item.Get("name").Text() // MITRE's
	}
	r.CWE = append(r.CWE, root.Get("cwe_ids").Texts()...)
}

func readVulnerability(r *record.Record, item *tree.Node) {
	pkg := item.Get("package")
	name, word := pkg.Get("name").Text(), pkg.Get("ecosystem").Text()
	p := record.Product{Title: name}
	if ecosystem := ecosystems[strings.ToLower(word)]; ecosystem != "" {
		p = record.Product{Ecosystem: ecosystem, Package: name}
	}
	if name == "" {
		return
	}
	at := r.About(p)
	patched := item.Get("first_patched_version")
	if patched.Is(tree.Object) {
		patched = patched.Get("identifier")
	}
	if patched == nil {
		patched = item.Get("patched_versions")
	}
	text := item.Get("vulnerable_version_range")
	list, ok := record.ParseConstraint(text.Peek())
	ranges, versions, whole := record.Ranges(list)
	if text.Peek() != "" && (!ok || !whole) {
		text.Lose("expected a range such as \">= 1.0, < 1.2\"")
		return
	}
	if text.Text() == "" {
		return
	}
	a := &r.Affected[at]
	a.Versions = append(a.Versions, versions...)
	if n := len(ranges); n > 0 && isVersion.MatchString(patched.Peek()) {
		if last := &ranges[n-1]; last.Fixed == "" || last.Fixed == patched.Peek() {
			last.Fixed, last.LastAffected = patched.Text(), ""
		}
	}
	a.Ranges = append(a.Ranges, ranges...)
	if patched.Peek() != "" {
		readPatched(a, patched)
	}
}

var isVersion = regexp.MustCompile(`^[0-9A-Za-z][^\s,<>=|]*$`)

// readPatched takes a patched version that repeats the end of a range.
func readPatched(a *record.Affected, patched *tree.Node) {
	for _, rg := range a.Ranges {
		if strings.TrimLeft(patched.Peek(), "<>= ") == rg.Fixed {
			patched.Text()
			return
		}
	}
	patched.Lose("a fixed version ends a range of affected ones")
}

func readLinks(r *record.Record, root *tree.Node) {
	add := func(kind, url string) {
		if url != "" {
			r.References = append(r.References, record.Reference{Type: kind, URL: url})
		}
	}
	add("advisory", root.Get("html_url").Text())
	add("package", root.Get("source_code_location").Text())
	for _, item := range root.Get("references").Items() {
		if item.Is(tree.Object) {
			item = item.Get("url")
		}
		add("web", item.Text())
	}
}

// readCredits takes the people; the detailed list says all that the short one
// does.
func readCredits(r *record.Record, root *tree.Node) {
	list := root.Get("credits_detailed")
	if list.Items() == nil {
		list = root.Get("credits")
	} else {
		root.Get("credits").Take()
	}
	for _, item := range list.Items() {
		user := item.Get("user")
		c := record.Credit{Name: user.Get("login").Text(), URL: user.Get("html_url").Text(), Type: item.Get("type").OneOf(record.CreditTypes, "other")}
		if c.Name == "" {
			c.Name = item.Get("login").Text()
		}
		if c.Name == "" {
			continue
		}
		user.Take() // the rest is the account, not the person's part in this
		if item.Get("state").Peek() == "accepted" {
			item.Get("state").Text()
		}
		r.Credits = append(r.Credits, c)
	}
}
