// Package feed writes news feeds: Atom (RFC 4287) and JSON Feed 1.1.
//
// A feed is a short list of entries, newest first, that a reader fetches again
// and again. Two things make it well-behaved: an entry's id never changes, so
// that nothing is shown twice, and its updated time moves only when the text
// did. Both come from the caller; this package has no clock.
package feed

import "time"

// Feed is a list of entries, newest first.
type Feed struct {
	Title       string
	Description string
	Home        string // address of the page that the feed follows
	Self        string // address of the feed itself
	Author      string
	Language    string // BCP 47, may be empty
	Updated     time.Time
	Entries     []Entry
}

// Entry is one item. ID is a URI that stays the same for ever.
type Entry struct {
	ID         string
	URL        string
	Title      string
	Summary    string // plain text
	HTML       string // the content, already safe; may be empty
	Published  time.Time
	Updated    time.Time
	Authors    []string
	Categories []string
}
