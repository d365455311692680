// Package osv writes and reads the Open Source Vulnerability format
// (https://ossf.github.io/osv-schema/, version 1.7), which scanners match
// installed versions against.
//
// Two rules of the format shape what is written. An id needs a prefix that is
// registered with OSV, or `x_` in front; and a SEMVER or ECOSYSTEM range means
// something only inside a package of a known ecosystem: a product without one is
// described by git ranges and a list of versions.
package osv

// Entry is one OSV record.
type Entry struct {
	SchemaVersion    string            `json:"schema_version"`
	ID               string            `json:"id"`
	Modified         string            `json:"modified"`
	Published        string            `json:"published,omitempty"`
	Withdrawn        string            `json:"withdrawn,omitempty"`
	Aliases          []string          `json:"aliases,omitempty"`
	Summary          string            `json:"summary,omitempty"`
	Details          string            `json:"details,omitempty"`
	Severity         []Severity        `json:"severity,omitempty"`
	Affected         []Affected        `json:"affected,omitempty"`
	References       []Reference       `json:"references,omitempty"`
	Credits          []Credit          `json:"credits,omitempty"`
	DatabaseSpecific *DatabaseSpecific `json:"database_specific,omitempty"`
}

// Severity is a CVSS vector with the name of its version.
type Severity struct {
	Type  string `json:"type"`
	Score string `json:"score"`
}

// Affected is one package, or one repository, and its affected versions.
type Affected struct {
	Package          *Package          `json:"package,omitempty"`
	Ranges           []Range           `json:"ranges,omitempty"`
	Versions         []string          `json:"versions,omitempty"`
	DatabaseSpecific *AffectedSpecific `json:"database_specific,omitempty"`
}

// Package names a product in its ecosystem.
type Package struct {
	Ecosystem string `json:"ecosystem"`
	Name      string `json:"name"`
	PURL      string `json:"purl,omitempty"`
}

// Range is a list of events in the order of versions or of history.
type Range struct {
	Type   string  `json:"type"`
	Repo   string  `json:"repo,omitempty"`
	Events []Event `json:"events"`
}

// Event is one of the three things that can happen to a version; exactly one
// field is set.
type Event struct {
	Introduced   string `json:"introduced,omitempty"`
	Fixed        string `json:"fixed,omitempty"`
	LastAffected string `json:"last_affected,omitempty"`
}

// Reference is a typed link.
type Reference struct {
	Type string `json:"type"`
	URL  string `json:"url"`
}

// Credit is a person and the role, one of OSV's.
type Credit struct {
	Name    string   `json:"name"`
	Contact []string `json:"contact,omitempty"`
	Type    string   `json:"type,omitempty"`
}

// Options are what a record needs beyond the advisory.
type Options struct {
	Page string // address of the advisory's page, becomes an ADVISORY reference
}

// DatabaseSpecific holds what OSV itself has no field for, in the words that
// scanners already read from other databases.
type DatabaseSpecific struct {
	Severity   string   `json:"severity,omitempty"` // the project's own word for the risk
	Rationale  string   `json:"risk_rationale,omitempty"`
	CWEIDs     []string `json:"cwe_ids,omitempty"`
	ID         string   `json:"id,omitempty"` // the project's own id, where OSV's differs
	Kind       string   `json:"kind,omitempty"`
	Resolution string   `json:"resolution,omitempty"`
	Reported   string   `json:"reported,omitempty"`
	Reason     string   `json:"withdrawn_reason,omitempty"`
}

// AffectedSpecific holds what the project calls a product, and the ranges of a
// product that is in no ecosystem, where OSV's own cannot stand.
type AffectedSpecific struct {
	Product  string  `json:"product,omitempty"`
	Title    string  `json:"title,omitempty"`
	CPE      string  `json:"cpe,omitempty"`
	PURL     string  `json:"purl,omitempty"`
	Versions string  `json:"versions,omitempty"` // how versions are ordered
	Ranges   []Range `json:"ranges,omitempty"`
}
