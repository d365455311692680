package osv

import (
	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/exchange/record"
	"github.com/countersign/countersign/advisories/exchange/tree"
)

// Encode writes the entry as JSON.
func (e *Entry) Encode() []byte { return tree.Encode(e) }

func fromRecord(set *advisories.Set, a *advisories.Advisory, opts Options) *Entry {
	r := record.Of(set, a)
	return &Entry{SchemaVersion: "1.7.4", ID: r.ID, Modified: r.Modified.String(), Summary: r.Title, Details: r.Body}
}
