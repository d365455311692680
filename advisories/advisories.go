// Package advisories reads a security repository: countersign.yaml, and the
// documents in advisories/, releases/, keys/ and pages/.
//
// A document is Markdown with YAML front matter. Every field keeps its place in
// the file, so that whatever is said of it later can be said with a line and a
// column. Reading never stops at the first fault: an unknown field, a wrong
// type or a broken fence becomes a finding, and the rest is read all the same.
//
// The package knows fields and how they hang together. It knows no rule of what
// a good advisory is (see lint), no git, no HTML and no clock.
package advisories

import (
	"io/fs"

	"github.com/countersign/countersign/advisories/finding"
)

// Document is what every Markdown document has: its file, the span of its front
// matter, and its body.
type Document struct {
	Source *finding.Source `yaml:"-"`
	Path   string          `yaml:"-"` // slash-separated, below the repository's root
	Head   finding.Span    `yaml:"-"` // the front matter, without its fences
	Body   finding.Span    `yaml:"-"` // the Markdown after it
	Broken bool            `yaml:"-"` // did not load whole: nothing may be concluded from what is absent
}

// Text returns the Markdown of the body.
func (d *Document) Text() []byte {
	if d.Source == nil {
		return nil
	}
	return d.Source.Text[d.Body.Start:d.Body.End]
}

// Waive excuses the document it stands in from one rule of gate 1, for a reason
// that the next reader can judge.
type Waive struct {
	At     finding.Span  `yaml:"-"`
	Rule   Value[string] `yaml:"rule"`
	Reason Value[string] `yaml:"reason"`
}

// Set is a whole security repository in memory.
type Set struct {
	FS         fs.FS // the repository's files: patches, signatures, results
	Config     *Config
	Advisories []*Advisory // by path
	Releases   []*Release  // by product, then version, oldest first
	Keys       []*Key      // by path
	Pages      []*Page     // by path

	byID map[string]*Advisory
}
