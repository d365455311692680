package site

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/countersign/countersign/site/feed"
)

// feedLength is how many advisories a feed holds: readers fetch it again and
// again, and the lists hold the rest.
const feedLength = 30

// feeds writes the news for all advisories and for each risk. Ids are made from
// the address of the site, so without one there are no feeds; the pages name
// them all the same only where they exist.
func (b *builder) feeds() error {
	if b.base == "" {
		return nil
	}
	if err := b.feed("feed", b.frame.SiteTitle, "index.html", b.public); err != nil {
		return err
	}
	for _, name := range b.risks.names {
		text := b.frame.SiteTitle + ": " + b.risks.view(name).Text
		if err := b.feed("risk/"+b.risks.slugs[name], text, b.risks.path(name), b.ofRisk[name]); err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) feed(file, title, home string, rows []*row) error {
	rows = rows[max(0, len(rows)-feedLength):]
	f := feed.Feed{
		Title: title, Home: b.base + strings.TrimSuffix(home, "index.html"), Author: b.frame.ProjectName, Language: b.frame.Lang,
		Description: "Security advisories of " + b.frame.ProjectName,
	}
	var public []*row
	for _, r := range slices.Backward(rows) {
		if r.why == "" {
			public = append(public, r)
			f.Entries = append(f.Entries, b.feedEntry(r))
		}
	}
	f.Updated = b.lastUpdate(public).time()
	for i := range f.Entries {
		if f.Entries[i].Updated.After(f.Updated) {
			f.Updated = f.Entries[i].Updated
		}
	}
	for _, format := range []struct {
		ending string
		make   func(feed.Feed) []byte
	}{{".xml", feed.Atom}, {".json", feed.JSON}} {
		path := file + format.ending
		f.Self = b.base + path
		err := b.derive(path, b.rowsKey(rows, title, f.Updated.String()), func() error { return b.put(path, format.make(f)) })
		if err != nil {
			return err
		}
	}
	return nil
}

// instantOf is a moment for readers that sort by it: those of one day, whose time
// nobody wrote down, are told apart by the number in their advisories' ids, taken
// for seconds of the day's first hour.
func instantOf(m moment, id string) time.Time {
	if !m.Day {
		return m.time()
	}
	digits := id[len(strings.TrimRight(id, "0123456789")):]
	n, _ := strconv.Atoi(digits[max(0, len(digits)-9):]) // 0 where an id ends otherwise
	return m.time().Add(time.Duration(n%3600) * time.Second)
}

// feedEntry tells of one advisory. Its id is the page's address, which never
// changes.
func (b *builder) feedEntry(r *row) feed.Entry {
	page, d := b.base+advisoryPath(r.ID), r.full()
	e := feed.Entry{
		ID: page, URL: page, Title: fmt.Sprintf("%s: %s", r.ID, d.Title), Summary: b.summary(r, d),
		Published: r.Published.time(), Updated: instantOf(r.updated(b.in.Now), r.ID), Categories: []string{r.Risk},
	}
	if r.Withdrawn.reached(b.in.Now) {
		e.Title = "Withdrawn: " + e.Title
	}
	for _, c := range d.Credits {
		e.Authors = append(e.Authors, c.Name)
	}
	if r.Risk == "" {
		e.Categories = nil
	}
	return e
}
