package main

import (
	"strings"
	"testing"
)

// A name may hold what a document must not: it is written by its number.
func TestDraftOfAnyName(t *testing.T) {
	d := draft{ID: "D-2026-0001", Title: "T", Reported: "2026-01-01", Reporter: "A\u202eB\x7f"}
	text, err := d.document()
	if err != nil || !strings.Contains(string(text), `{name: "A\u202EB\u007F", type: reporter}`) {
		t.Errorf("%v\n%s", err, text)
	}
}
