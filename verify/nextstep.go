package verify

import (
	"fmt"
	"strings"

	"github.com/countersign/countersign/advisories"
)

// What to do about a verdict that keeps the gate closed: one step, the first one.

// nextStep says what to do about a verdict that does not pass.
func (j *run) nextStep(v *Judgement) string {
	look := fmt.Sprintf("; see countersign verify %s --explain %s", j.release.Version.V, v.Obligation.Advisory.ID.V)
	switch {
	case v.Fix == nil:
		return "name the fix under fixes in the advisory"
	case v.Standing.Verdict == Reverted:
		return "bring the fix back: git revert " + joinIDs(v.Standing.RevertedBy) + ", and build the package again" + look
	case v.Standing.Verdict == Unverifiable:
		return j.undecidedStep(v) + look
	case v.Package.better != "":
		return v.Package.better + look
	case v.inSource:
		return "the source holds the fix and the package does not: build the package again from " + v.Package.builtFrom(v.repo) + look
	case v.Fix.Patch.Given():
		return "list " + v.Fix.Patch.V + " under patches in the release's record and build the package with it" + look
	}
	return "bring " + commitsOf(v.Fix) + " into the source (git cherry-pick -x) and build the package again, or record the commit that it was built from" + look
}

// undecidedStep says what would let an undecided fix be decided.
func (j *run) undecidedStep(v *Judgement) string {
	switch reason := v.Standing.Reason; {
	case strings.Contains(reason, "git fetch"), strings.Contains(reason, "clone again"):
		return "complete the clone as the message says"
	case v.Standing.nearness() == 0 && len(v.Standing.files) > 0:
		return "if this branch has a fix of its own, name its commit under fixes in the advisory; else two people who looked can attest the package in policy.attested"
	}
	return "two people who looked can attest the package in policy.attested"
}

// builtFrom names the source of a package in one repository.
func (r *Reconstruction) builtFrom(repo string) string {
	if s := r.sourceIn(repo); s != nil {
		return short(s.commit)
	}
	return "the recorded source"
}

// commitsOf names the commits of a fix.
func commitsOf(f *advisories.Fix) string {
	var list []string
	for _, c := range f.Commits {
		list = append(list, c.ID.V[:min(len(c.ID.V), shortLength)])
	}
	return strings.Join(list, " and ")
}
