package lint

import (
	"fmt"
	"maps"
	"slices"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
)

// The rules without a check: what they judge is the way in which rules are
// excused.
const (
	ruleUnknown       = "rule-unknown"
	waiveWithoutWords = "waive-without-reason"
	waiveUnused       = "waive-unused" // asked by Run
)

// Apply gives findings, of this package and of any other, the severity that the
// set's policy.rules asks for, drops those that are off or excused by a
// document's own `waive` entry with a reason, and adds findings about entries
// of either that name a rule not among known. What could not be checked stays
// so unless its rule is off. The result is sorted.
func Apply(set *advisories.Set, known []finding.Rule, list []finding.Finding) []finding.Finding {
	ids := make(map[string]bool, len(known))
	for _, r := range known {
		ids[r.ID] = true
	}
	own, waived := excuses(set, ids)
	rules := set.Config.Policy.Rules
	var out []finding.Finding
	for _, f := range slices.Concat(list, own) {
		if waived[waiver{f.At.File(), f.Rule}] {
			continue
		}
		switch rules[f.Rule].V {
		case "off":
			continue
		case "warn":
			f.Severity = unlessUnchecked(f.Severity, finding.Warning)
		case "error":
			f.Severity = unlessUnchecked(f.Severity, finding.Error)
		}
		out = append(out, f)
	}
	finding.Sort(out)
	return out
}

func unlessUnchecked(is, want finding.Severity) finding.Severity {
	if is == finding.Unchecked {
		return is
	}
	return want
}

// waiver is a file that excuses itself from a rule.
type waiver struct{ file, rule string }

// excuses collects the waivers that count, and says what is wrong with the
// others and with the policy's rules.
func excuses(set *advisories.Set, known map[string]bool) (list []finding.Finding, waived map[waiver]bool) {
	waived = map[waiver]bool{}
	for id, v := range set.Config.Policy.Rules {
		if !known[id] {
			list = append(list, unknownRule(v.At, id, known))
		}
	}
	for i := range set.Config.Policy.Waivers {
		if v := set.Config.Policy.Waivers[i].Rule; v.Given() && !known[v.V] {
			list = append(list, unknownRule(v.At, v.V, known))
		}
	}
	for d, waives := range set.Documents() {
		for i := range waives {
			w := &waives[i]
			switch {
			case !known[w.Rule.V]:
				list = append(list, unknownRule(placeOf(w), w.Rule.V, known))
			case !hasWords(w.Reason.V):
				list = append(list, finding.Finding{Rule: waiveWithoutWords, Severity: finding.Error, At: placeOf(w),
					Message: "expected a reason for the exception from " + w.Rule.V + ", found none; the rule still holds",
					Hint:    "write it for the next reader: {rule: " + w.Rule.V + ", reason: why it does not hold here}"})
			default:
				waived[waiver{d.Path, w.Rule.V}] = true
			}
		}
	}
	return list, waived
}

func placeOf(w *advisories.Waive) finding.Span {
	if w.Rule.Given() {
		return w.Rule.At
	}
	return w.At
}

func unknownRule(at finding.Span, id string, known map[string]bool) finding.Finding {
	f := finding.Finding{Rule: ruleUnknown, Severity: finding.Error, At: at,
		Hint: "`countersign explain` lists the rules"}
	f.Message = fmt.Sprintf("there is no rule %q", cut(id))
	if near := finding.Nearest(id, slices.Collect(maps.Keys(known))); near != "" {
		f.Hint = "did you mean " + near + "?"
	}
	if id == "" {
		f.Message = "expected the name of a rule, found none"
	}
	return f
}

// unused finds the exceptions that excuse no finding of the rules that were
// asked. Rules of other packages, and those that compare with the past, are not
// asked every time.
func unused(set *advisories.Set, rules []Rule, list []finding.Finding) []finding.Finding {
	asked := map[string]bool{}
	for _, r := range rules {
		asked[r.ID] = r.Compare == nil && r.ID != waiveUnused
	}
	broken := map[waiver]bool{}
	for i := range list {
		broken[waiver{list[i].At.File(), list[i].Rule}] = true
	}
	var out []finding.Finding
	for d, waives := range set.Documents() {
		for i := range waives {
			w := &waives[i]
			if asked[w.Rule.V] && hasWords(w.Reason.V) && !broken[waiver{d.Path, w.Rule.V}] && !d.Broken {
				out = append(out, finding.Finding{Rule: waiveUnused, Severity: finding.Warning, At: placeOf(w),
					Message: "expected a finding of " + w.Rule.V + " that is excused here, found none",
					Hint:    "remove the exception"})
			}
		}
	}
	return out
}

// switchedOn returns the rules that the policy does not switch off.
func switchedOn(set *advisories.Set, rules []Rule) []Rule {
	policy := set.Config.Policy.Rules
	if len(policy) == 0 {
		return rules
	}
	return slices.DeleteFunc(slices.Clone(rules), func(r Rule) bool { return policy[r.ID].V == "off" })
}
