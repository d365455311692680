package site

import (
	"testing"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
)

// Lists name nobody who is not to be named, and a report that was rejected stays so without its day.
func TestRowOf(t *testing.T) {
	a, _ := advisories.Parse(finding.NewSource("advisories/A-1.md", []byte(`---
id: A-1
title: "Turned \u202e round"
credits:
  - {name: Hidden, anonymous: true, type: reporter}
  - {name: Ours, internal: true, type: finder}
  - {name: Named, type: reporter}
timeline: {rejected: {reason: invalid}}
---
`)))
	r := rowOf(&advisories.Set{Config: new(advisories.Config)}, a).full()
	if len(r.Credits) != 1 || r.Credits[0].Name != "Named" {
		t.Errorf("credits %+v", r.Credits)
	}
	if !r.Rejected {
		t.Error("rejected with a reason and no day, and not taken for rejected")
	}
	if r.Title != "Turned \uFFFD round" {
		t.Errorf("title %q", r.Title)
	}
}
