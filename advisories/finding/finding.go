// Package finding is the ground floor: what every gate says, and where.
//
// A rule is a row of a table. A finding is one place where a rule is broken, or
// where it could not be checked. Parsers, the linter and the verifier produce
// findings; printers turn a list of them into text, JSON, SARIF and the rest.
// This package knows text, positions and severities; it knows nothing of
// advisories, nor of how a finding looks when printed.
package finding

import (
	"cmp"
	"fmt"
	"slices"
)

// Severity says what a finding does to a gate.
type Severity int

const (
	Off       Severity = iota // the rule is switched off by the policy
	Warning                   // printed; the gate stays open
	Unchecked                 // could not be checked: neither passed nor failed (exit 3)
	Error                     // the gate is closed (exit 1)
)

var severityNames = [...]string{"off", "warning", "unchecked", "error"}

func (s Severity) String() string { return severityNames[s] }

// Rule is one row of a table of rules. Its ID is public: a few plain words in
// kebab case, never reused, never renamed in silence.
type Rule struct {
	ID       string
	Title    string // what is wrong, one line, no full stop
	Why      string // why it matters and what to do, plain sentences
	Severity Severity
}

// Position is one place in a text.
type Position struct {
	Offset int // bytes from 0
	Line   int // from 1
	Column int // code points, from 1
}

// Span is a half-open range of bytes in a source. The zero Span is nowhere.
type Span struct {
	Source     *Source
	Start, End int
}

// IsZero reports whether the span is nowhere.
func (s Span) IsZero() bool { return s.Source == nil }

// File returns the file's name, empty for the zero span.
func (s Span) File() string {
	if s.Source == nil {
		return ""
	}
	return s.Source.File
}

// HasPlace reports whether the span is a place in a text rather than a whole file.
func (s Span) HasPlace() bool { return s.Source != nil && s.Source.Text != nil }

// From returns where the span starts.
func (s Span) From() Position { return s.Source.position(s.Start) }

// To returns where the span ends, exclusive.
func (s Span) To() Position { return s.Source.position(s.End) }

func (s Span) String() string {
	if !s.HasPlace() {
		return s.File()
	}
	p := s.From()
	return fmt.Sprintf("%s:%d:%d", s.File(), p.Line, p.Column)
}

// Finding is one thing that a gate has to say.
type Finding struct {
	Rule     string // id of a Rule
	Severity Severity
	At       Span
	Message  string // expected, found; lower case, no full stop; foreign text quoted with %q
	Hint     string // the next step, may be empty
	Related  []Related
	Edit     *Edit // the one right answer, where there is one
}

// Related is another place that a finding speaks of.
type Related struct {
	At      Span
	Message string
}

// Edit replaces the bytes of a span.
type Edit struct {
	At  Span
	New string
}

// Sort orders findings by file, offset, rule and message: the order in which
// every printer shows them.
func Sort(list []Finding) {
	slices.SortStableFunc(list, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(a.At.File(), b.At.File()),
			cmp.Compare(a.At.Start, b.At.Start),
			cmp.Compare(a.Rule, b.Rule),
			cmp.Compare(a.Message, b.Message),
		)
	})
}

// Worst returns the highest severity in the list, Off for an empty one.
func Worst(list []Finding) Severity {
	worst := Off
	for _, f := range list {
		worst = max(worst, f.Severity)
	}
	return worst
}
