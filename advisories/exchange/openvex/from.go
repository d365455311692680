package openvex

import (
	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/exchange/record"
	"github.com/countersign/countersign/advisories/exchange/tree"
)

// Encode writes the document as JSON.
func (d *Document) Encode() []byte { return tree.Encode(d) }

func fromRecord(set *advisories.Set, a *advisories.Advisory, opts Options) *Document {
	r := record.Of(set, a)
	return &Document{Context: "https://openvex.dev/ns/v0.2.0", ID: r.ID}
}
