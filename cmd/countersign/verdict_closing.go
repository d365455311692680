package main

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/countersign/countersign/advisories/finding"
	"github.com/countersign/countersign/verify"
	"github.com/countersign/countersign/verify/statement"
)

// lastLines are the decision, and what to do first where it is no.
func lastLines(w io.Writer, judged *verify.Report, color bool) {
	fmt.Fprintln(w, closing(&judged.Statement.Predicate, judged.Findings, color))
	if step := nextStep(judged.Findings); step != "" {
		fmt.Fprintln(w, "next: "+finding.Plain(step))
	}
}

// closing is the one line that decides, with the reasons counted by rule.
func closing(p *statement.Predicate, list []finding.Finding, color bool) string {
	line, paint := "", "\x1b[1;31m"
	switch name := p.Product + " " + p.Release; finding.Worst(list) {
	case finding.Error:
		line = "GATE CLOSED: do not publish " + name + ": " + reasons(list, finding.Error)
	case finding.Unchecked:
		line = "GATE CLOSED: " + name + " could not be checked; nothing is refuted: " + reasons(list, finding.Unchecked)
	default:
		line, paint = fmt.Sprintf("gate open: %s contains every fix that it owes (%s)", name, finding.Count(obligations(p), "advisory")), "\x1b[1;32m"
	}
	if color {
		return paint + line + "\x1b[0m"
	}
	return line
}

// reasons counts the findings of a severity by rule, in the order in which they
// stand.
func reasons(list []finding.Finding, severity finding.Severity) string {
	titles := map[string]string{}
	for _, r := range verify.Rules {
		titles[r.ID] = r.Title
	}
	counts := map[string]int{}
	var order []string
	for _, f := range list {
		if f.Severity != severity {
			continue
		}
		if counts[f.Rule]++; counts[f.Rule] == 1 {
			order = append(order, f.Rule)
		}
	}
	for i, rule := range order {
		title := titles[rule]
		if title == "" {
			title = rule
		}
		first, size := utf8.DecodeRuneInString(title)
		order[i] = fmt.Sprintf("%c%s (%d)", unicode.ToLower(first), title[size:], counts[rule])
	}
	return strings.Join(order, ", ")
}

// firstThings are the rules whose advice comes first, in this order: what keeps the run from seeing anything, then
// what is wrong with the fixes, with the files around them, and with the signatures.
var firstThings = []string{
	verify.RulePolicyUnreadable, verify.RuleReleaseUnreadable, verify.RuleSourceAbsent, verify.RuleSourceUnread,
	verify.RulePatchConflict, verify.RulePatchUnreadable, verify.RuleAdvisoryUnreadable, verify.RuleKeyUnreadable,
	verify.RuleFixReverted, verify.RuleFixMissing, verify.RuleFixPartial, verify.RulePackageUnexplained, verify.RulePackageMissing,
	verify.RulePackageDigest, verify.RulePackageAbsent, verify.RuleFixUnverifiable,
}

// nextStep is the one thing to do first: the advice of the finding that matters most among those that keep the
// gate closed.
func nextStep(list []finding.Finding) string {
	worst := finding.Worst(list)
	if worst != finding.Error && worst != finding.Unchecked {
		return ""
	}
	step, best := "", len(firstThings)+1
	for _, f := range list {
		if f.Hint == "" || f.Severity != worst && f.Severity != finding.Unchecked {
			continue
		}
		place := len(firstThings)
		for i, rule := range firstThings {
			if f.Rule == rule {
				place = i
			}
		}
		if place < best {
			step, best = f.Hint, place
		}
	}
	return step
}
