// Package lint judges advisories, releases, keys and the configuration by one
// table of rules: is each document complete and consistent for the stage it is
// in?
//
// A rule is a row of Rules: its id, a title, why it matters, its severity, and
// one check. A check gets parsed values that know their place and reports
// places; it reads no disk, no network, no git and no clock. What needs git, a
// package or a key is a claim, and belongs to package verify.
//
// What is required grows with the stage of a report, so that one logged today
// is not red: id, title and the day of the report at once; a risk and the
// sections once it is assessed; the fix once it is verified; everything,
// attribution first, for its release.
package lint

import (
	"fmt"
	"time"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
)

// Rule is one row of the table: what package finding knows of a rule, and the
// check. Exactly one of the checks is set; it says what the rule is asked about.
type Rule struct {
	finding.Rule
	Advisory func(*Pass) // asked of each advisory
	Release  func(*Pass) // asked of each release
	Key      func(*Pass) // asked of each key
	Page     func(*Pass) // asked of each page
	Set      func(*Pass) // asked once, of everything together
	Compare  func(*Pass) // asked once, of everything now and at a base revision
}

// Pass is what a check gets: the document it is asked about, everything else
// for reference, and the day.
type Pass struct {
	Set      *advisories.Set
	Base     *advisories.Set      // only for Compare
	Advisory *advisories.Advisory // only for Advisory
	Release  *advisories.Release  // only for Release
	Key      *advisories.Key      // only for Key
	Page     *advisories.Page     // only for Page
	Today    time.Time

	rule finding.Rule
	out  []finding.Finding
}

// Report adds a finding of the pass's rule and returns it, so that a check can
// add a hint, an edit or related places.
func (p *Pass) Report(at finding.Span, format string, args ...any) *finding.Finding {
	p.out = append(p.out, finding.Finding{
		Rule: p.rule.ID, Severity: p.rule.Severity, At: at, Message: fmt.Sprintf(format, args...),
	})
	return &p.out[len(p.out)-1]
}

// Run asks every rule about every document of the set and returns the findings
// in order. Rules that the set's policy switches off are not asked. Severities
// are those of the table; see Apply.
func Run(set *advisories.Set, rules []Rule, today time.Time) []finding.Finding {
	return nil
}

// Compare asks the rules that look at the past: nothing that was public at base
// may vanish, change its id or its day of publication, or change its content
// without a new `modified`. The findings point into head, or at the file of base
// that vanished.
func Compare(base, head *advisories.Set, rules []Rule, today time.Time) []finding.Finding {
	return nil
}

// Apply gives findings, of this package and of any other, the severity that the
// set's policy.rules asks for, drops those that are off or excused by a
// document's own `waive` entry with a reason, and adds findings about entries
// of either that name a rule not among known. What could not be checked stays
// so unless its rule is off. The result is sorted.
func Apply(set *advisories.Set, known []finding.Rule, list []finding.Finding) []finding.Finding {
	return list
}

// Rows returns what package finding knows of each rule, for printers.
func Rows(rules []Rule) []finding.Rule {
	rows := make([]finding.Rule, len(rules))
	for i, r := range rules {
		rows[i] = r.Rule
	}
	return rows
}
