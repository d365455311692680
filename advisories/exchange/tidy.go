package exchange

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/exchange/record"
)

// maxTitle is where a sentence taken as a title is cut.
const maxTitle = 100

// tidy brings a record into the form of our documents without changing what it
// says: one line for what is one line, no empty entries, no entry twice.
func tidy(r *record.Record) {
	r.Body = strings.TrimSpace(strings.ReplaceAll(r.Body, "\r\n", "\n"))
	r.Title = strings.Join(strings.Fields(r.Title), " ")
	if r.Modified.Equal(r.Published.Time) || r.Modified.Equal(r.Withdrawn.Date.Time) {
		r.Modified = record.Date{} // nothing changed but what has a date of its own
	}
	if r.Title == "" {
		r.Title = titleFrom(r)
	}
	r.CVSS, r.CWE, r.Aliases = named(r.CVSS), named(r.CWE), named(r.Aliases)
	r.References = record.Unique(r.References)
	said := map[string]int{}
	for _, ref := range r.References {
		said[ref.URL]++
	}
	r.References = slices.DeleteFunc(r.References, func(ref record.Reference) bool {
		// Another one of the same address says more of it than a plain link.
		return ref.URL == "" || ref == record.Reference{Type: "web", URL: ref.URL} && said[ref.URL] > 1
	})
	for i := range r.Credits {
		r.Credits[i].Name = strings.Join(strings.Fields(r.Credits[i].Name), " ")
	}
	r.Credits = record.Unique(r.Credits)
	for i := range r.Affected {
		a := &r.Affected[i]
		a.Ranges, a.Versions = record.Unique(a.Ranges), slices.DeleteFunc(record.Unique(a.Versions), func(v string) bool { return v == "" })
		order := &advisories.Product{Versions: advisories.Value[string]{V: a.Product.Versions}}
		slices.SortStableFunc(a.Ranges, func(x, y record.Range) int {
			return order.Compare(cmp.Or(x.Introduced, "0"), cmp.Or(y.Introduced, "0"))
		})
	}
}

// named leaves each name of a list once, whatever its case, and no empty one.
func named(list []string) []string {
	seen := map[string]bool{"": true}
	return slices.DeleteFunc(list, func(name string) bool {
		key := strings.ToLower(name)
		twice := seen[key]
		seen[key] = true
		return twice
	})
}

// titleFrom makes a title for a record without one: the body's first heading or
// sentence, else the id.
func titleFrom(r *record.Record) string {
	line := r.Body
	if at := strings.Index(line, "\n\n"); at >= 0 {
		line = line[:at]
	}
	line = strings.Join(strings.Fields(strings.TrimLeft(line, "# ")), " ")
	if at := strings.Index(line, ". "); at > 0 {
		line = line[:at]
	}
	line = strings.TrimSpace(strings.TrimSuffix(line, "."))
	if utf8.RuneCountInString(line) > maxTitle {
		runes := []rune(line)[:maxTitle]
		line = string(runes)
		if at := strings.LastIndexByte(line, ' '); at > 0 {
			line = line[:at]
		}
		line = strings.TrimSpace(line) + "…"
	}
	if line == "" {
		return r.ID
	}
	return line
}
