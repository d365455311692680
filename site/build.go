package site

import (
	"io/fs"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
)

// Load reads a security repository for Build: everything but the advisories,
// which Build streams from Set.FS. An error means that files could not be read;
// faults in documents are findings.
func Load(fsys fs.FS) (*advisories.Set, []finding.Finding, error) {
	return &advisories.Set{FS: fsys}, nil, nil
}

// Build decides what is public at in.Now and puts the whole site into out. It
// does not switch the site over: when it returns an error, out must be thrown
// away. Findings are faults in advisories that do not load; with any of them
// nothing may be published.
func Build(in Input, out Sink) (*Report, []finding.Finding, error) {
	return &Report{State: &State{}}, nil, nil
}
