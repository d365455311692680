package advisories

import "github.com/countersign/countersign/advisories/finding"

// Config is countersign.yaml: the project, what it ships, and its policy.
type Config struct {
	Source *finding.Source `yaml:"-"`
	Broken bool            `yaml:"-"` // did not load whole, as with a Document

	Project  Project             `yaml:"project"`
	ID       Value[string]       `yaml:"id"` // pattern of advisory ids, such as "MYBB-{year}-{number:4}"
	Repos    map[string]*Repo    `yaml:"repos"`
	Products map[string]*Product `yaml:"products"`
	Policy   Policy              `yaml:"policy"`
	Site     SiteConfig          `yaml:"site"`
}

// Project is who publishes the advisories.
type Project struct {
	At   finding.Span  `yaml:"-"`
	Name Value[string] `yaml:"name"`
	URL  Value[string] `yaml:"url"`
}

// Repo is a git repository that releases are built from.
type Repo struct {
	At   finding.Span  `yaml:"-"`
	URL  Value[string] `yaml:"url"`  // public address
	Path Value[string] `yaml:"path"` // local clone, unless --repo names one
}

// Product is what is advised about.
type Product struct {
	At        finding.Span  `yaml:"-"`
	Repo      Value[string] `yaml:"repo"`
	Versions  Value[string] `yaml:"versions" enum:"semver,generic"` // how versions are ordered
	PURL      Value[string] `yaml:"purl"`
	Title     Value[string] `yaml:"title"`
	Ecosystem Value[string] `yaml:"ecosystem"` // of OSV, where the product has one
	Package   Value[string] `yaml:"package"`   // its name in that ecosystem
	CPE       Value[string] `yaml:"cpe"`
}

// Policy says what the gates ask for.
type Policy struct {
	At                finding.Span             `yaml:"-"`
	Risks             []Value[string]          `yaml:"risks"`
	Sections          []Value[string]          `yaml:"sections"`
	Deadlines         Deadlines                `yaml:"deadlines"`
	FixSignature      Value[string]            `yaml:"fix_signature" enum:"commit,tag,none"`
	PackageSignatures Value[int]               `yaml:"package_signatures"`
	TwoPerson         Value[bool]              `yaml:"two_person"`
	VerifySince       Value[Date]              `yaml:"verify_since"`
	ResultSignature   Value[string]            `yaml:"result_signature" enum:"optional,required"`
	Rules             map[string]Value[string] `yaml:"rules" enum:"off,warn,error"`
	Waivers           []Waiver                 `yaml:"waivers"`
	Attested          []Attested               `yaml:"attested"`
	PlatformKeys      Value[bool]              `yaml:"platform_keys"`      // may a forge's merge key sign fixes; default false
	KeyRevokers       Value[int]               `yaml:"key_revokers"`       // designated revokers that a key must name
	KeyCertifications Value[int]               `yaml:"key_certifications"` // other team keys that must have certified a key
}

// Deadlines are the longest times, in days, from the report to a step.
type Deadlines struct {
	At          finding.Span    `yaml:"-"`
	Acknowledge Value[Duration] `yaml:"acknowledge"`
	Assess      Value[Duration] `yaml:"assess"`
	Publish     Value[Duration] `yaml:"publish"`
}

// Duration is a number of days, written `7d` or `12w`.
type Duration struct{ Days int }

// Waiver excuses one object from one rule of gate 2, for a reason and a time.
type Waiver struct {
	At      finding.Span  `yaml:"-"`
	Rule    Value[string] `yaml:"rule"`
	Object  Value[string] `yaml:"object"` // one commit or one file
	Reason  Value[string] `yaml:"reason"`
	Expires Value[Date]   `yaml:"expires"`
}

// Attested is two people's word that a fix is in a package that git cannot
// judge. It lifts `unverifiable` and nothing else.
type Attested struct {
	At            finding.Span    `yaml:"-"`
	Advisory      Value[string]   `yaml:"advisory"`
	PackageSHA256 Value[string]   `yaml:"package_sha256"`
	By            []Value[string] `yaml:"by"`
	Reason        Value[string]   `yaml:"reason"`
}

// SiteConfig is what gate 3 needs beside the documents.
type SiteConfig struct {
	At          finding.Span    `yaml:"-"`
	BaseURL     Value[string]   `yaml:"base_url"`
	Title       Value[string]   `yaml:"title"`
	Description Value[string]   `yaml:"description"`
	Contacts    []Value[string] `yaml:"contacts"`
	Languages   []Value[string] `yaml:"languages"`
	Repository  Value[string]   `yaml:"repository"` // public address of the security repository, for who repeats a check
	Theme       Value[string]   `yaml:"theme"`      // folder that overrides templates and styles
	Policy      Value[string]   `yaml:"policy"`     // address of the disclosure policy, for security.txt
	Expires     Value[Date]     `yaml:"expires"`    // of security.txt
}
