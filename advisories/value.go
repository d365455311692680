package advisories

import (
	"time"

	"github.com/countersign/countersign/advisories/finding"
)

// Value is a field of a document together with its place. The zero Value is a
// field that was not written.
type Value[T any] struct {
	V  T
	At finding.Span
}

// Given reports whether the field was written in the document.
func (v Value[T]) Given() bool { return !v.At.IsZero() }

// Date is a day or an instant, as documents write them: `YYYY-MM-DD` (midnight
// UTC, DayOnly) or RFC 3339.
type Date struct {
	time.Time
	DayOnly bool
}

// String gives the date back in the form it was written in, in UTC.
func (d Date) String() string {
	if d.DayOnly {
		return d.UTC().Format(time.DateOnly)
	}
	return d.UTC().Format(time.RFC3339)
}

// Texts returns the plain strings of a list of fields.
func Texts(list []Value[string]) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = v.V
	}
	return out
}
