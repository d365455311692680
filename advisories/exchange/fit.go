package exchange

import (
	"fmt"
	"slices"

	"github.com/countersign/countersign/advisories/exchange/record"
	"github.com/countersign/countersign/advisories/exchange/tree"
)

// What a repository reads of a document, with some room: 128 KB of front matter,
// 16 KB of one text in it, 4 MB in all. A document beyond would be lost whole.
const (
	maxHead = 120 << 10
	maxText = 15 << 10
	maxBody = 3 << 20
)

// fit writes a document that a repository can read. What has no room in it is lost,
// and named: texts that are too long, enumerated versions where there are ranges as
// well, then the ends of the longest lists.
func (im *importer) fit(e entry) []byte {
	r := e.record
	im.dropLong(e)
	if len(r.Body) > maxBody {
		im.loseOf(e, "body", "a document has at most 4 MB", fmt.Sprintf("%d bytes", len(r.Body)))
		r.Body = record.Excerpt(r.Body, maxBody)
	}
	text := r.Markdown()
	if isLong := func() bool { return len(text)-len(r.Body) > maxHead }; isLong() {
		im.dropVersions(e)
		kept := map[string][2]int{} // list → how long it was, and is
		for text = r.Markdown(); isLong() && cutLongest(r, kept); {
			text = r.Markdown()
		}
		for _, l := range lists(r) {
			if n, cut := kept[l.path]; cut {
				im.loseOf(e, l.path, fmt.Sprintf("front matter has at most 128 KB: the first %d are kept", n[1]), fmt.Sprintf("%d entries", n[0]-n[1]))
			}
		}
	}
	return text
}

func (im *importer) loseOf(e entry, path, reason, value string) {
	im.lose(e.file, e.record.ID, tree.Loss{Path: path, Reason: reason, Value: value})
}

// dropLong drops texts that are too long for front matter. A title goes on in the
// body.
func (im *importer) dropLong(e entry) {
	r := e.record
	if len(r.Title) > maxText {
		r.Body = r.Title + "\n\n" + r.Body
		r.Title = record.Excerpt(r.Title, maxTitle)
	}
	isLong := func(path string, texts ...string) bool {
		at := slices.IndexFunc(texts, func(text string) bool { return len(text) > maxText })
		if at >= 0 {
			im.loseOf(e, path, "a text of the front matter has at most 16 KB", record.Excerpt(texts[at], 120))
		}
		return at >= 0
	}
	for _, f := range []struct {
		path string
		text *string
	}{{"risk", &r.Risk}, {"risk_rationale", &r.Rationale}, {"timeline.withdrawn.reason", &r.Withdrawn.Text}} {
		if isLong(f.path, *f.text) {
			*f.text = ""
		}
	}
	for _, f := range []struct {
		path string
		list *[]string
	}{{"cvss", &r.CVSS}, {"cwe", &r.CWE}, {"aliases", &r.Aliases}} {
		*f.list = slices.DeleteFunc(*f.list, func(text string) bool { return isLong(f.path, text) })
	}
	r.Credits = slices.DeleteFunc(r.Credits, func(c record.Credit) bool { return isLong("credits", c.Name, c.Affiliation, c.URL) })
	r.References = slices.DeleteFunc(r.References, func(ref record.Reference) bool { return isLong("references", ref.URL, ref.Title) })
	r.Fixes = slices.DeleteFunc(r.Fixes, func(f record.Fix) bool { return isLong("fixes", f.Version) })
	for i := range r.Affected {
		a := &r.Affected[i]
		a.Versions = slices.DeleteFunc(a.Versions, func(v string) bool { return isLong("versions of "+a.Product.Name, v) })
		a.Ranges = slices.DeleteFunc(a.Ranges, func(rg record.Range) bool {
			return isLong("ranges of "+a.Product.Name, rg.Introduced, rg.Fixed, rg.LastAffected)
		})
	}
}

// dropVersions drops enumerated versions of products that have ranges as well.
func (im *importer) dropVersions(e entry) {
	for i := range e.record.Affected {
		a := &e.record.Affected[i]
		if len(a.Ranges) > 0 && len(a.Versions) > 0 {
			im.loseOf(e, "versions of "+a.Product.Name, "the ranges say the same, and the list is too long for front matter",
				fmt.Sprintf("%d versions", len(a.Versions)))
			a.Versions = nil
		}
	}
}

// list is one that can be cut.
type list struct {
	path string
	size int
	keep func(n int)
}

// lists are those that can grow without bounds.
func lists(r *record.Record) []list {
	out := []list{
		{"references", len(r.References), func(n int) { r.References = r.References[:n] }},
		{"credits", len(r.Credits), func(n int) { r.Credits = r.Credits[:n] }},
		{"aliases", len(r.Aliases), func(n int) { r.Aliases = r.Aliases[:n] }},
		{"cwe", len(r.CWE), func(n int) { r.CWE = r.CWE[:n] }},
		{"cvss", len(r.CVSS), func(n int) { r.CVSS = r.CVSS[:n] }},
		{"fixes", len(r.Fixes), func(n int) { r.Fixes = r.Fixes[:n] }},
	}
	for i := range r.Fixes {
		f := &r.Fixes[i]
		out = append(out, list{"commits for " + f.Product + " " + f.Version, len(f.Commits), func(n int) { f.Commits = f.Commits[:n] }})
	}
	for i := range r.Affected {
		a := &r.Affected[i]
		out = append(out,
			list{"ranges of " + a.Product.Name, len(a.Ranges), func(n int) { a.Ranges = a.Ranges[:n] }},
			list{"versions of " + a.Product.Name, len(a.Versions), func(n int) { a.Versions = a.Versions[:n] }})
	}
	return append(out, list{"affected", len(r.Affected), func(n int) { r.Affected = r.Affected[:n] }})
}

// cutLongest cuts a quarter off the longest list; false where there is none.
func cutLongest(r *record.Record, kept map[string][2]int) bool {
	l := slices.MaxFunc(lists(r), func(a, b list) int { return a.size - b.size })
	if l.size == 0 {
		return false
	}
	was, again := kept[l.path]
	if !again {
		was[0] = l.size
	}
	was[1] = l.size * 3 / 4
	kept[l.path] = was
	l.keep(was[1])
	return true
}
