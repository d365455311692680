package cve

import (
	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/exchange/record"
	"github.com/countersign/countersign/advisories/exchange/tree"
)

// Encode writes the record as JSON.
func (r *Record) Encode() []byte { return tree.Encode(r) }

func fromRecord(set *advisories.Set, a *advisories.Advisory, opts Options) *Record {
	r := record.Of(set, a)
	return &Record{DataType: "CVE_RECORD", DataVersion: "5.1", Metadata: Metadata{CVEID: r.ID}}
}
