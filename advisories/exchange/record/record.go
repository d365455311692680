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

import "github.com/countersign/countersign/advisories"

// Record is one advisory as the public may know it.
type Record struct {
	ID         string
	Title      string
	Body       string // Markdown
	Kind       string // vulnerability or incident
	Risk       string
	Rationale  string // why risk and vector disagree
	Resolution string // fixed, mitigated or wont_fix
	CVSS       []string
	CWE        []string
	Aliases    []string
	Affected   []Affected
	Fixes      []Fix
	Credits    []Credit
	References []Reference

	Reported, Published, Modified Date
	Withdrawn, Rejected           Reason
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
	Vendor    string
	Ecosystem string // of OSV
	Package   string // name in that ecosystem
	PURL      string
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
	Released []string // of the versions known from releases, those affected
	Safe     []string // of the versions known from releases, those not affected
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
