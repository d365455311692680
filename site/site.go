// Package site is gate 3: it decides what the public may see today, and renders
// it as a static site for people and for machines.
//
// A site answers three questions in a bad hour: am I affected, what do I
// install, and whose key is this. Everything is a plain file: HTML pages that
// need no JavaScript, and beside them the formats that scanners read (OSV,
// CSAF, CVE, OpenVEX), feeds, keys, and security.txt (RFC 9116).
//
// Build streams. It reads one advisory after the other, keeps of each a small
// row for the lists, renders its page and forgets it; a hundred thousand
// advisories fit in little memory. What it remembers of a build (State) lets
// the next one render only what differs. The output is a function of the input:
// the clock is an argument, nothing depends on map order, and the same input
// gives the same bytes.
//
// The package knows pages, links and what is public. It does not verify: it
// reads the results that gate 2 left behind. It does not know where the output
// goes either: that is a Sink's business.
package site

import (
	"io/fs"
	"time"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
	"github.com/countersign/countersign/verify/keyring"
)

// Input is what a site is made of.
type Input struct {
	Set   *advisories.Set // what Load returned; the advisories are read from Set.FS one by one
	Ring  *keyring.Ring   // the keys of the set; nil: the key pages show the records only
	Theme fs.FS           // files that replace those of templates.FS; nil for none
	Rules []Rule          // for the rule reference; no rows, no page

	Now     time.Time // what is public is judged at this moment
	Preview bool      // also render what is not public yet, marked on every page
	Version string    // of the program; another version renders everything anew
	Formats []Format  // the machine-readable trees to write; nil: all

	// Claims gives the digest of what gate 2 judges of an advisory
	// (statement.Claims), to be compared with what a result recorded. nil, or an
	// error from it: no result counts for the advisory.
	Claims func(*advisories.Set, *advisories.Advisory) (string, error)

	Signer *Signer // signs what machines fetch; nil: nothing is signed

	Previous *State                // of the last build into the same place; nil: render everything
	Gone     []string              // ids that may vanish though they were public before
	Progress func(done, total int) // called now and then, from any goroutine; may be nil
}

// Format names a machine-readable tree of the site.
type Format string

// The formats.
const (
	OSV     Format = "osv"
	CSAF    Format = "csaf"
	CVE     Format = "cve"
	OpenVEX Format = "openvex"

	OSVArchive Format = "osv-archive" // all OSV documents in one file; goes with OSV
)

// Rule is a row of the rule reference, with the example that goes with it.
type Rule struct {
	finding.Rule
	Gate      int    // 1 check, 2 verify
	Bad, Good string // example documents; empty for none
}

// Sink takes the files of a site. Paths are slash-separated and stay below the
// root (fs.ValidPath). It is called from several goroutines at once. A file of
// the previous site that was neither put nor kept is no part of the new one.
type Sink interface {
	// Put adds a file. The sink must not hold on to data.
	Put(path string, data []byte) error
	// Keep says that the file of the previous site stands as it was; false means
	// that there is none, and that the caller has to Put it.
	Keep(path string) bool
}

// Report is what the team wants to know of a build. It may name what the public
// must not see: it goes to the terminal, never into the site.
type Report struct {
	Public  int       // advisories on the site
	LeftOut []LeftOut // what is not on it, by path
	Pages   int       // files of the new site
	Put     int       // of them, rendered anew
	State   *State    // for the next build
}

// LeftOut is an advisory that is not public, and why.
type LeftOut struct {
	ID   string
	Path string
	Why  string // plain words, lower case, no full stop
}
