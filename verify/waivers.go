package verify

import (
	"time"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
	"github.com/countersign/countersign/verify/statement"
)

// UnusedWaivers reports the waivers of the policy that lifted nothing in any of the
// results, which are those of all releases that gate 2 judges (see ToVerify). Where
// one of them did not pass, nothing is said: what was not looked at may need a
// waiver. Those that count for nothing anyway each release's own findings name.
func UnusedWaivers(policy *advisories.Policy, results []*statement.Statement, now time.Time) []finding.Finding {
	used := map[[2]string]bool{}
	for _, r := range results {
		if r.Predicate.Result != statement.Passed {
			return nil
		}
		for _, w := range r.Predicate.Policy.Waivers {
			used[[2]string{w.Rule, w.Object}] = true
		}
	}
	var list []finding.Finding
	for i := range policy.Waivers {
		if w := &policy.Waivers[i]; waiverFault(w, now) == "" && !used[[2]string{w.Rule.V, w.Object.V}] {
			list = append(list, found(RuleWaiverUseless, w.At, "remove it: left there, it would excuse the next fault of its kind as well",
				"no release needs the waiver of %q for %q", w.Rule.V, w.Object.V))
		}
	}
	return list
}
