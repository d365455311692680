package advisories

import "github.com/countersign/countersign/advisories/finding"

// Release is one file of releases/: the source it was built from, and the
// packages that the public downloads. One without a `released` day is a release
// candidate. Its body is the release notes.
type Release struct {
	Document

	Product  Value[string]   `yaml:"product"`
	Version  Value[string]   `yaml:"version"`
	Released Value[Date]     `yaml:"released"`
	Sources  []ReleaseSource `yaml:"source,one"` // one mapping, or a list
	Patches  []ReleasePatch  `yaml:"patches"`
	Packages []Package       `yaml:"packages"`
	Previous Value[string]   `yaml:"previous"`
	Waive    []Waive         `yaml:"waive"`
}

// ReleaseSource is the state of one repository that a release was built from.
type ReleaseSource struct {
	At     finding.Span  `yaml:"-"`
	Repo   Value[string] `yaml:"repo"`
	Commit Value[string] `yaml:"commit"`
	Tag    Value[string] `yaml:"tag"`  // must point at the commit
	Root   Value[string] `yaml:"root"` // where this repository sits in the package, with several
}

// ReleasePatch is an embargoed patch applied on top of the source: a path, or a
// mapping with more to say.
type ReleasePatch struct {
	At               finding.Span    `yaml:"-"`
	Path             Value[string]   `yaml:"path,text"`
	Repo             Value[string]   `yaml:"repo"`
	IgnoreWhitespace Value[bool]     `yaml:"ignore_whitespace"`
	Signatures       []Value[string] `yaml:"signatures"`
}

// Package is one archive file of a release.
type Package struct {
	At                   finding.Span    `yaml:"-"`
	Name                 Value[string]   `yaml:"name"`
	Contents             Value[string]   `yaml:"contents" enum:"full,changed"`
	Root                 Value[string]   `yaml:"root"`
	SHA256               Value[string]   `yaml:"sha256"`
	SHA512               Value[string]   `yaml:"sha512"`
	URL                  Value[string]   `yaml:"url"` // where the public downloads it
	Manifest             Value[string]   `yaml:"manifest"`
	Signatures           []Value[string] `yaml:"signatures"`
	SignatureCoversInner Value[bool]     `yaml:"signature_covers_inner"`
	Generated            []Value[string] `yaml:"generated"`
	Omitted              []Value[string] `yaml:"omitted"`
}
