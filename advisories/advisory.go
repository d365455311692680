package advisories

import (
	"slices"

	"github.com/countersign/countersign/advisories/finding"
)

// Advisory is one file of advisories/: what is wrong, for whom, how it was
// fixed, who found it, and when each step was taken. Terms are those of OSV,
// CVE and CVSS. The struct tags are the names of the fields in the document;
// the JSON Schema and the parser are both made from them.
type Advisory struct {
	Document

	ID            Value[string]   `yaml:"id"`
	Title         Value[string]   `yaml:"title"`
	Product       Value[string]   `yaml:"product"`
	Kind          Value[string]   `yaml:"kind" enum:"vulnerability,incident"`
	Target        Value[string]   `yaml:"target"`
	Risk          Value[string]   `yaml:"risk"`
	RiskRationale Value[string]   `yaml:"risk_rationale"`
	CVSS          []Value[string] `yaml:"cvss"`
	CWE           []Value[string] `yaml:"cwe"`
	Aliases       []Value[string] `yaml:"aliases"`
	Affected      []Affected      `yaml:"affected"`
	Fixes         []Fix           `yaml:"fixes"`
	Resolution    Value[string]   `yaml:"resolution" enum:"fixed,mitigated,wont_fix"`
	Credits       []Credit        `yaml:"credits"`
	References    []Reference     `yaml:"references"`
	Timeline      Timeline        `yaml:"timeline"`
	Modified      Value[Date]     `yaml:"modified"`
	Assignees     []Value[string] `yaml:"assignees"`
	Notify        []Notify        `yaml:"notify"` // third parties that need to know before the public
	Incident      *Incident       `yaml:"incident"`
	Private       Private         `yaml:"private"`
	Waive         []Waive         `yaml:"waive"`
}

// Affected says which versions of one product are affected. Ranges follow OSV:
// introduced is inclusive, fixed exclusive, last_affected inclusive.
type Affected struct {
	At       finding.Span    `yaml:"-"`
	Product  Value[string]   `yaml:"product"`
	Ranges   []Range         `yaml:"ranges"`
	Versions []Value[string] `yaml:"versions"` // single versions beside the ranges
}

// Range is one stretch of affected versions.
type Range struct {
	At           finding.Span  `yaml:"-"`
	Introduced   Value[string] `yaml:"introduced"` // "0" is before every version
	Fixed        Value[string] `yaml:"fixed"`
	LastAffected Value[string] `yaml:"last_affected"`
}

// Fix is the countermeasure for one version or branch: commits, all of which
// are needed, or an embargoed patch file.
type Fix struct {
	At               finding.Span  `yaml:"-"`
	Version          Value[string] `yaml:"version"`
	Product          Value[string] `yaml:"product"`
	Commits          []Commit      `yaml:"commits"`
	Patch            Value[string] `yaml:"patch"` // path below the repository's root
	Repo             Value[string] `yaml:"repo"`  // of the patch, where it is not the product's
	IgnoreWhitespace Value[bool]   `yaml:"ignore_whitespace"`
}

// Commit names a commit by its full object id: a plain string for the product's
// own repository, {repo, id} for another one.
type Commit struct {
	At   finding.Span  `yaml:"-"`
	Repo Value[string] `yaml:"repo"`
	ID   Value[string] `yaml:"id,text"`
}

// Credit names one person, by the credit types of OSV, or says that the
// reporter is anonymous or a member of the team.
type Credit struct {
	At          finding.Span  `yaml:"-"`
	Name        Value[string] `yaml:"name"`
	Type        Value[string] `yaml:"type" enum:"finder,reporter,analyst,coordinator,remediation_developer,remediation_reviewer,remediation_verifier,tool,sponsor,other"`
	Affiliation Value[string] `yaml:"affiliation"`
	URL         Value[string] `yaml:"url"`
	Anonymous   Value[bool]   `yaml:"anonymous"`
	Internal    Value[bool]   `yaml:"internal"`
}

// Reference is a link with its OSV reference type.
type Reference struct {
	At    finding.Span  `yaml:"-"`
	Type  Value[string] `yaml:"type" enum:"advisory,article,detection,discussion,report,fix,introduced,git,package,evidence,web"`
	URL   Value[string] `yaml:"url"`
	Title Value[string] `yaml:"title"`
}

// Timeline holds the facts from which the stage of a report is derived.
type Timeline struct {
	At                finding.Span `yaml:"-"`
	Reported          Value[Date]  `yaml:"reported"`
	Handled           Value[Date]  `yaml:"handled"`
	Acknowledged      Value[Date]  `yaml:"acknowledged"`
	Triaged           Value[Date]  `yaml:"triaged"`
	Assessed          Value[Date]  `yaml:"assessed"`
	FixVerified       Sign         `yaml:"fix_verified"`
	Consulted         Value[Date]  `yaml:"consulted"`
	ReporterConfirmed Answer       `yaml:"reporter_confirmed"`
	PackageVerified   Value[Date]  `yaml:"package_verified"`
	EmbargoUntil      Value[Date]  `yaml:"embargo_until"`
	Published         Value[Date]  `yaml:"published"`
	Documented        Sign         `yaml:"documented"`
	ReporterNotified  Answer       `yaml:"reporter_notified"`
	Rejected          Reason       `yaml:"rejected"`
	Withdrawn         Reason       `yaml:"withdrawn"`
}

// Sign is a step that named people vouch for: {date, by: [people]}.
type Sign struct {
	At   finding.Span    `yaml:"-"`
	Date Value[Date]     `yaml:"date"`
	By   []Value[string] `yaml:"by"`
}

// Answer is a date, or the word not_applicable.
type Answer struct {
	At            finding.Span
	Date          Value[Date]
	NotApplicable bool
}

// Reason is a step that needs a reason: {date, reason}.
type Reason struct {
	At     finding.Span  `yaml:"-"`
	Date   Value[Date]   `yaml:"date"`
	Reason Value[string] `yaml:"reason"`
}

// Incident holds what an advisory of kind incident needs beyond a
// vulnerability: what kind it is, who handles it, whom it must be reported to
// and by when, and what came of it.
type Incident struct {
	At        finding.Span    `yaml:"-"`
	Type      Value[string]   `yaml:"type" enum:"supply_chain,malware,infrastructure,data_breach,other"`
	HandledBy Value[string]   `yaml:"handled_by" enum:"internal,external"`
	Handlers  []Value[string] `yaml:"handlers"` // people, or the party outside
	Notify    []Notify        `yaml:"notify"`
	Confirmed Value[Date]     `yaml:"confirmed"`
	Impact    Value[string]   `yaml:"impact"`
	RootCause Value[string]   `yaml:"root_cause"`
	Actions   []Value[string] `yaml:"actions"`
}

// Notify is a party that must be told: of a flaw before it is public, such as a
// project that holds a copy of the code, a distribution or a host; of an incident
// users, related projects, an authority.
type Notify struct {
	At   finding.Span  `yaml:"-"`
	Who  Value[string] `yaml:"who"`
	By   Value[Date]   `yaml:"by"`
	Done Value[Date]   `yaml:"done"`
}

// Notified lists whom the advisory says must be told.
func (a *Advisory) Notified() []Notify {
	if a.Incident == nil {
		return a.Notify
	}
	return slices.Concat(a.Notify, a.Incident.Notify)
}

// Private holds what never leaves the repository. Any name may stand here; the
// values are hidden from every printer by the Source itself.
type Private struct {
	At     finding.Span
	fields []privateField // few: a list is a quarter of a map's size
}

type privateField struct {
	name  string
	value Value[string]
}

// Get returns a value as it is written, for what the team alone reads, such as
// reporter_contact. Its place is that of the name.
func (p *Private) Get(name string) (Value[string], bool) {
	for _, f := range p.fields {
		if f.name == name {
			return f.value, true
		}
	}
	return Value[string]{}, false
}
