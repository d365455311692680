package verify

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
	"github.com/countersign/countersign/verify/gitrepo"
	"github.com/countersign/countersign/verify/statement"
)

// withoutFix is the verdict on an advisory that names no fix.
func withoutFix(o Obligation) *Standing {
	if o.Kind == obligationNew {
		return &Standing{Verdict: Missing, Reason: "the advisory names no fix for this product"}
	}
	return &Standing{Verdict: Unverifiable, Reason: "the advisory says that this version is not affected and names no fix to look for"}
}

// preference orders verdicts from the best to the one that says least in favour.
func preference(v Verdict) int {
	return slices.Index([]Verdict{Present, Evolved, NotApplicable, Unverifiable, Partial, Reverted, Missing}, v)
}

// tellsMore reports whether of two entries of one advisory the first decides. Any entry
// that is there satisfies. Where none is, the one whose commits are behind the source
// is the one that the package should hold, else the one that was made upon the source:
// that another branch's text cannot be told here does not make its absence doubtful.
func tellsMore(a, b *Standing, nearA, nearB int) bool {
	if !a.Verdict.Passes() && !b.Verdict.Passes() && nearA != nearB {
		return nearA > nearB
	}
	return preference(a.Verdict) < preference(b.Verdict)
}

// nearness tells how much the source's history has to say of a fix.
func (st *Standing) nearness() int {
	switch {
	case st.lineage:
		return nearest
	case st.later:
		return 1
	}
	return 0
}

// nearest is the nearness of a fix that the source's history holds.
const nearest = 2

// both joins the standings of two parts that are both needed.
func both(a, b *Standing) *Standing {
	if a == nil {
		return b
	}
	worse := a
	if a.Verdict.Passes() && !b.Verdict.Passes() || a.Verdict.Passes() == b.Verdict.Passes() && preference(b.Verdict) > preference(a.Verdict) {
		worse = b
	}
	out := *worse
	if a.Verdict.Passes() != b.Verdict.Passes() && worse.Verdict == Missing {
		out.Verdict = Partial
	}
	out.Hunks = slices.Concat(a.Hunks, b.Hunks)
	out.files = slices.Concat(a.files, b.files)
	out.Equivalent = slices.Concat(a.Equivalent, b.Equivalent)
	out.replaced = slices.Concat(a.replaced, b.replaced)
	out.EvolvedBy = slices.Concat(a.EvolvedBy, b.EvolvedBy)
	out.RevertedBy = slices.Concat(a.RevertedBy, b.RevertedBy)
	return &out
}

// nothingShips reports whether no file of the fix belongs in the package.
func nothingShips(st *Standing) bool {
	return !slices.ContainsFunc(st.Hunks, func(h HunkStanding) bool { return h.Verdict != NotApplicable })
}

// partOfRelease reports whether this run was given a part of the record's packages to
// judge, as one job of several: what only another package can prove is then asked of
// the merged result, see CheckComplete.
func (j *run) partOfRelease() bool {
	whole := j.set.Release(j.product, j.release.Version.V)
	return whole != nil && len(j.release.Packages) < len(whole.Packages)
}

// proveElsewhere lets "not applicable" stand only where another package of the
// release has the fix, and has it in no file that this one should hold as well.
func proveElsewhere(list []*Judgement) {
	proven := slices.ContainsFunc(list, func(v *Judgement) bool {
		return v.Standing.Verdict == Present || v.Standing.Verdict == Evolved
	})
	for _, v := range list {
		if v.Standing.Verdict != NotApplicable {
			continue
		}
		reason := ""
		switch name := v.leavesOut(list); {
		case !proven:
			reason = "nothing of the fix belongs in this package, and no other package of the release was seen to have it"
		case name != "":
			reason = name + " changed since the previous release, another package ships it, and this one leaves it out"
		default:
			continue
		}
		out := *v.Standing
		out.Verdict, out.Reason = Unverifiable, reason
		v.Standing = &out
	}
}

// leavesOut names a file of the fix that changed since the previous release, that the
// record omits from this package, and that another package has.
func (v *Judgement) leavesOut(list []*Judgement) string {
	for _, other := range list {
		for _, h := range other.Standing.Hunks {
			name := cmp.Or(h.Path, h.File)
			for i := range v.Package.sources {
				if s := &v.Package.sources[i]; (h.Verdict == Present || h.Verdict == Evolved) && s.ships(name) && v.Package.required[s.root+name] {
					return name
				}
			}
		}
	}
	return ""
}

// attest lets two people's word lift an unverifiable verdict.
func (j *run) attest(v *Judgement) {
	if v.Standing.Verdict != Unverifiable {
		return
	}
	a, fault := j.trust.attested(v.Obligation.Advisory.ID.V, v.Package.digest)
	switch {
	case a == nil:
	case fault != "":
		j.say(found(RuleAttestationRefused, a.At, "", "the attestation of %s does not count: %s", a.Advisory.V, fault))
	default:
		v.Attested = a
		j.trust.lifted = append(j.trust.lifted, statement.Attestation{
			Advisory: a.Advisory.V, PackageSHA256: a.PackageSHA256.V, By: advisories.Texts(a.By), Reason: a.Reason.V,
		})
		j.say(found(RuleAttestationUsed, a.At, "", "%s in %s: %s vouch for it: %s",
			a.Advisory.V, v.Package.Name, strings.Join(advisories.Texts(a.By), " and "), a.Reason.V))
	}
}

// verdictRules are the rules that a verdict breaks.
var verdictRules = map[Verdict]string{
	Missing: RuleFixMissing, Partial: RuleFixPartial, Reverted: RuleFixReverted, Unverifiable: RuleFixUnverifiable,
}

// sayVerdict turns a verdict that does not pass into a finding.
func (j *run) sayVerdict(v *Judgement) {
	rule := verdictRules[v.Standing.Verdict]
	if rule == "" || v.Attested != nil {
		return
	}
	text := fmt.Sprintf("%s: the fix is %s in %s", v.Obligation.Advisory.ID.V, v.Standing.Verdict, v.Package.Name)
	if v.Standing.Reason != "" {
		text += ": " + v.Standing.Reason
	}
	if len(v.Standing.RevertedBy) > 0 {
		text += "; undone by " + joinIDs(v.Standing.RevertedBy)
	}
	f := found(rule, fixAt(v), j.nextStep(v), "%s", text)
	for _, h := range v.Standing.Hunks {
		if h.Verdict.Passes() || len(f.Related) >= shown {
			continue
		}
		note := fmt.Sprintf("%s, hunk %d: %s", h.File, h.Hunk, h.Verdict)
		if h.Hunk == 0 {
			note = fmt.Sprintf("%s: %s", h.File, h.Verdict)
		}
		if h.Reason != "" {
			note += ": " + h.Reason
		}
		f.Related = append(f.Related, finding.Related{Message: note})
	}
	j.say(f)
}

func fixAt(v *Judgement) finding.Span {
	if v.Fix != nil && !v.Fix.At.IsZero() {
		return v.Fix.At
	}
	return advisoryAt(v.Obligation)
}

func advisoryAt(o Obligation) finding.Span {
	switch {
	case o.Advisory.Target.Given():
		return o.Advisory.Target.At
	case o.Advisory.ID.Given():
		return o.Advisory.ID.At
	}
	return o.Advisory.Source.Whole()
}

func joinIDs(ids []gitrepo.ID) string {
	parts := make([]string, len(ids))
	for i, id := range ids {
		parts[i] = short(id)
	}
	return strings.Join(parts, ", ")
}
