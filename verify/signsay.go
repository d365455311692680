package verify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/verify/signature"
)

// saySignatures reports what the policy asks for and did not get, once for each
// commit however many packages hold it.
func (j *run) saySignatures() {
	said := map[string]bool{}
	for _, v := range j.verdicts {
		for i := range v.Signatures {
			s := &v.Signatures[i]
			object := s.object()
			if !s.Asked || said[v.Obligation.Advisory.ID.V+object] {
				continue
			}
			said[v.Obligation.Advisory.ID.V+object] = true
			j.sayFixSignature(v, s, object)
			j.sayTwoPerson(v, s, object)
		}
	}
}

func (j *run) sayFixSignature(v *Judgement, s *CommitSignature, object string) {
	at := fixAt(v)
	if s.Result.OK() {
		for _, w := range s.Result.Warnings {
			j.say(found(signatureWarningRule, at, "", "%s: %s: %s", v.Obligation.Advisory.ID.V, object, w))
		}
		return
	}
	if j.trust.policy.FixSignature == "tag" && s.Tag != nil && s.Tag.OK() && s.Commit != "" {
		return
	}
	rule := signatureRule(s.Result.Status)
	if j.excused(s.Result, v.Obligation.Advisory.ID.V+": "+object, object) {
		return
	}
	text := fmt.Sprintf("%s: the fix %s%s is %s", v.Obligation.Advisory.ID.V, object, v.inPlaceOf(s), describe(s.Result))
	if j.trust.policy.FixSignature == "tag" && s.Tag != nil {
		text += "; the release's tag is " + describe(*s.Tag)
	}
	j.say(found(rule, at, signatureHint(s.Result), "%s", text))
}

// inPlaceOf says of a commit that the advisory does not name which it stands for.
func (v *Judgement) inPlaceOf(s *CommitSignature) string {
	if s.Commit == "" || !slices.Contains(v.Standing.Equivalent, s.Commit) {
		return ""
	}
	return ", which the source holds in place of " + joinIDs(v.Standing.replaced) + ","
}

// signatureHint is the next step for the refusals that have one.
func signatureHint(r signature.Result) string {
	switch r.Status {
	case signature.UnknownSigner:
		return "if the key belongs to the team, add it to keys/; until then the policy can say fix_signature: none"
	case signature.Expired:
		return "prolong the key and put its new block into keys/, after which the signature counts again, or sign anew; a single commit can be waived in policy.waivers"
	case signature.Removed:
		return "sign anew with a key that is in use; a single commit can be waived by its id in policy.waivers, with a reason and an expiry"
	case signature.Weak, signature.Unsigned:
		return "an old commit can be waived by its id in policy.waivers, with a reason and an expiry"
	}
	return ""
}

// describe puts a signature's outcome into words.
func describe(r signature.Result) string {
	text := strings.ReplaceAll(string(r.Status), "_", " ")
	switch {
	case r.OK():
		text = "validly signed"
	case r.Status != signature.Unsigned:
		text = "signed, and the signature does not count (" + text + ")"
	}
	if r.Signer != "" {
		text += " by " + r.Signer
	}
	if r.Key != "" {
		text += ", key " + r.Key
	}
	if r.Reason != "" {
		text += ": " + r.Reason
	}
	return text
}

// sayTwoPerson asks that somebody else than the signer verified a new fix.
func (j *run) sayTwoPerson(v *Judgement, s *CommitSignature, object string) {
	verified := v.Obligation.Advisory.Timeline.FixVerified
	if !j.trust.policy.TwoPerson || v.Obligation.Kind != obligationNew || !s.Result.OK() || len(verified.By) == 0 {
		return
	}
	for _, name := range verified.By {
		if name.V != s.Result.Signer {
			return
		}
	}
	if j.waive(RuleTwoPerson, object, v.Obligation.Advisory.ID.V+": "+object) {
		return
	}
	j.say(found(RuleTwoPerson, verified.By[0].At, "let another member of the team verify the fix and add the name",
		"%s: %s signed the fix %s and is the only one who verified it", v.Obligation.Advisory.ID.V, s.Result.Signer, object))
}

// excused reports whether waivers lift everything that speaks against a signature, and
// says so.
func (j *run) excused(r signature.Result, name, object string) bool {
	waivers := j.waivers(r, object)
	for _, w := range waivers {
		j.useWaiver(w, name)
	}
	return waivers != nil
}

// waivers are those that together lift everything that speaks against a signature, nil
// where something is left. One lifts one refusal: a weak signature by a removed key needs both.
func (j *run) waivers(r signature.Result, object string) []*advisories.Waiver {
	refusals := r.Refusals
	if len(refusals) == 0 {
		refusals = []signature.Refusal{{Status: r.Status, Reason: r.Reason}}
	}
	var list []*advisories.Waiver
	for _, refusal := range refusals {
		w := j.trust.waiver(signatureRule(refusal.Status), object, j.ev.Now)
		if w == nil {
			return nil
		}
		list = append(list, w)
	}
	return list
}

// waive reports whether the policy waives a rule for an object, and says so.
func (j *run) waive(rule, object, name string) bool {
	w := j.trust.waiver(rule, object, j.ev.Now)
	if w != nil {
		j.useWaiver(w, name)
	}
	return w != nil
}

func (j *run) useWaiver(w *advisories.Waiver, name string) {
	j.trust.use(w)
	j.say(found(RuleWaiverUsed, w.At, "", "%s is excused from %s until %s: %s", name, w.Rule.V, w.Expires.V, w.Reason.V))
}
