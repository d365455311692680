// Package record is the hub between an advisory and the formats it is exchanged
// in. A Record holds what an advisory says to the public, resolved to plain
// values: products with their package names, commits with the address of their
// repository, only the public steps of the timeline.
//
// Exporters go advisory → Record → format, importers format → Record →
// Markdown. A Record has no room for what must not leave a repository
// (private fields, assignees, embargoed patches, internal steps), so no exporter
// can leak it by mistake.
package record

import (
	"regexp"
	"strings"
	"time"

	"github.com/countersign/countersign/advisories"
)

// Record is one advisory as the public may know it.
type Record struct {
	Project    string // who publishes it
	ID         string
	Series     string // id of the foreign document that several records came out of
	Title      string
	Body       string // Markdown
	Kind       string // vulnerability (empty) or incident
	Risk       string
	Rationale  string // why risk and vector disagree
	Resolution string // fixed (empty), mitigated or wont_fix
	CVSS       []string
	CWE        []string
	Aliases    []string
	Affected   []Affected
	Fixes      []Fix
	Credits    []Credit
	References []Reference

	Reported, Published, Modified Date
	Withdrawn, Rejected           Reason

	names map[string]int // of products, with how many were given one made from it; see About
}

// Date is a day or an instant; its zero value is "not known".
type Date = advisories.Date

// Reason is a day with the reason for what happened on it.
type Reason struct {
	Date Date
	Text string
}

// Product is what a record is about, by every name that the formats know.
type Product struct {
	Name      string // key in countersign.yaml
	Title     string
	Ecosystem string // of OSV
	Package   string // name in that ecosystem
	PURL      string // without a version
	CPE       string
	RepoName  string // key in countersign.yaml
	Repo      string // public address of the git repository
	Versions  string // how versions are ordered: semver or generic
}

// Affected says which versions of a product are affected.
type Affected struct {
	Product  Product
	Ranges   []Range
	Versions []string // single versions, as the advisory lists them
	Released []string // affected versions among the public releases, oldest first
	Before   []string // public releases from before the flaw was introduced
}

// Range is one stretch of versions: introduced inclusive, fixed exclusive,
// last_affected inclusive.
type Range struct{ Introduced, Fixed, LastAffected string }

// Fix is the public countermeasure for one version or branch.
type Fix struct {
	Product string // key of the product
	Version string
	Commits []Commit
}

// Commit is a fix commit and where its repository is.
type Commit struct{ RepoName, Repo, ID string }

// Credit is one person, or the word that the reporter is not named.
type Credit struct {
	Name, Type, Affiliation, URL string
	Anonymous, Internal          bool
}

// Reference is a link with its OSV type.
type Reference struct{ Type, URL, Title string }

// The words of OSV for what a link is, and for the part that somebody had.
var (
	ReferenceTypes = strings.Fields("advisory article detection discussion report fix introduced git package evidence web")
	CreditTypes    = strings.Fields("finder reporter analyst coordinator remediation_developer remediation_reviewer remediation_verifier tool sponsor other")
)

// Instant writes a date as the formats want it: RFC 3339 in UTC, the first
// moment of a day that has no time; empty for a date that is not known.
func Instant(d Date) string {
	if d.IsZero() {
		return ""
	}
	return d.UTC().Format(time.RFC3339Nano)
}

// ChangedAt is when readers should look again: the last change, or what came
// later of publication and withdrawal where none is written.
func (r *Record) ChangedAt() Date {
	last := r.Modified
	if last.IsZero() {
		last = r.Published
	}
	if r.Withdrawn.Date.After(last.Time) {
		last = r.Withdrawn.Date
	}
	if last.IsZero() {
		last = r.Reported
	}
	return last
}

// CVEs returns the CVE ids of the record, its own first.
func (r *Record) CVEs() []string {
	var out []string
	for _, id := range append([]string{r.ID}, r.Aliases...) {
		if IsCVE(id) {
			out = append(out, id)
		}
	}
	return out
}

// IsCVE reports whether an id is a CVE id.
func IsCVE(id string) bool {
	if len(id) < 13 || len(id) > 28 || id[:4] != "CVE-" || id[8] != '-' {
		return false
	}
	for i, c := range id[4:] {
		if i != 4 && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// FixedVersions returns the versions that end the ranges of a product and those
// of its fixes, each once.
func (r *Record) FixedVersions(a Affected) []string {
	var out []string
	seen := map[string]bool{"": true}
	add := func(v string) {
		if !seen[v] {
			seen[v] = true
			out = append(out, v)
		}
	}
	for _, rg := range a.Ranges {
		add(rg.Fixed)
	}
	for _, f := range r.Fixes {
		if f.Product == a.Product.Name {
			add(f.Version)
		}
	}
	return out
}

var semver = regexp.MustCompile(`^(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$`)

// IsSemver reports whether a version is written as Semantic Versioning 2.0.0
// asks for.
func IsSemver(version string) bool { return semver.MatchString(version) }

var commitID = regexp.MustCompile(`^(?:[0-9a-f]{40}|[0-9a-f]{64})$`)

// IsCommit reports whether an id is a full git object id.
func IsCommit(id string) bool { return commitID.MatchString(id) }

// Vector writes a CVSS vector as our documents do: version 2.0 has neither a
// prefix nor parentheses.
func Vector(text string) string {
	return strings.Trim(strings.TrimPrefix(strings.TrimSpace(text), "CVSS:2.0/"), "()")
}

// Titled is what a product of a vendor is called among those of others; the
// project's own products need no vendor.
func Titled(vendor, name, project string) string {
	if vendor == "" || vendor == project || strings.HasPrefix(strings.ToLower(name), strings.ToLower(vendor)) {
		return name
	}
	return strings.TrimSpace(vendor + " " + name)
}
