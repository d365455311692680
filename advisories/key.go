package advisories

import "github.com/countersign/countersign/advisories/finding"

// Key is one file of keys/: a person's key, what it may be used for, and since
// when. The body holds the armored OpenPGP key block; SSH and sigstore
// identities stand in the front matter.
type Key struct {
	Document

	Owner         Value[string]     `yaml:"owner"`
	Name          Value[string]     `yaml:"name"` // as shown to the public; default: owner
	Roles         []Value[string]   `yaml:"roles" enum:"commit,release,contact,verifier,platform"`
	Fingerprint   Value[string]     `yaml:"fingerprint"`
	Added         Value[Date]       `yaml:"added"`
	UsableFrom    Value[Date]       `yaml:"usable_from"`
	Removed       Removed           `yaml:"removed"`
	RevocableBy   []Value[string]   `yaml:"revocable_by"`
	CertifiedBy   []Value[string]   `yaml:"certified_by"`
	Announcements []Value[string]   `yaml:"announcements"`
	SSH           Value[string]     `yaml:"ssh"`
	Principals    []Value[string]   `yaml:"principals"` // of an SSH certificate
	PEM           Value[string]     `yaml:"pem"`        // public key of a verifier
	Sigstore      *SigstoreIdentity `yaml:"sigstore"`
	Waive         []Waive           `yaml:"waive"`
}

// Removed says since when a key is no longer used, and why.
type Removed struct {
	At     finding.Span  `yaml:"-"`
	Date   Value[Date]   `yaml:"date"`
	Reason Value[string] `yaml:"reason" enum:"retired,superseded,compromised"`
}

// SigstoreIdentity is who a sigstore certificate must have been issued to.
type SigstoreIdentity struct {
	At             finding.Span  `yaml:"-"`
	Issuer         Value[string] `yaml:"issuer"`
	Subject        Value[string] `yaml:"subject"`
	SubjectPattern Value[string] `yaml:"subject_pattern"` // a regular expression, anchored
}

// Page is one file of pages/: a policy, or any other page of the site.
type Page struct {
	Document

	Title       Value[string] `yaml:"title"`
	Description Value[string] `yaml:"description"`
	Order       Value[int]    `yaml:"order"`
	Waive       []Waive       `yaml:"waive"`
}
