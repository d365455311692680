package csaf

import (
	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/exchange/record"
	"github.com/countersign/countersign/advisories/exchange/tree"
)

const schemaURL = "https://docs.oasis-open.org/csaf/csaf/v2.0/csaf_json_schema.json"

// Encode writes the document as JSON.
func (d *Document) Encode() []byte { return tree.Encode(d) }

func (d *Document) summary() string { return "" }

func publisherOf(set *advisories.Set) Publisher { return Publisher{} }

func fromRecord(set *advisories.Set, a *advisories.Advisory, opts Options) *Document {
	r := record.Of(set, a)
	return &Document{Meta: Meta{Title: r.Title}}
}
