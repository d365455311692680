package advisories

import (
	"regexp"

	"github.com/countersign/countersign/advisories/finding"
)

// Key is one file of keys/: a person's key, what it may be used for, and since
// when. The body holds the armored OpenPGP key block, or the lines of an
// allowed_signers file as git and ssh-keygen read it; one SSH key or a sigstore
// identity stands in the front matter.
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

// signerLine is a line with an SSH public key in it.
var signerLine = regexp.MustCompile(`(?m)^[^#\n]*\s(ssh-|ecdsa-sha2-|sk-)[a-z0-9@.-]+ AAAA`)

// AllowedSigners is the body where it is an allowed_signers file, else "".
func (k *Key) AllowedSigners() string {
	if text := string(k.Text()); signerLine.MatchString(text) {
		return text
	}
	return ""
}

// Removed says since when a key is no longer used, and why.
type Removed struct {
	At     finding.Span  `yaml:"-"`
	Date   Value[Date]   `yaml:"date"`
	Reason Value[string] `yaml:"reason" enum:"retired,superseded,compromised"`
}

// Given reports whether the record says that the key was removed, if only half.
func (r *Removed) Given() bool { return r.Date.Given() || r.Reason.Given() }

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
