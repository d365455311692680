package signature

import (
	"fmt"
	"time"

	"github.com/countersign/countersign/verify/keyring"
)

// skew is how far clocks may be apart before a date is held against a signature. A day also forgives a
// machine set to local time.
const skew = 24 * time.Hour

// claim is what is known about when a signature was made.
type claim struct {
	at     time.Time // the moment by which key and record are judged
	object time.Time // the signed object's own date, zero where it has none
	sig    time.Time // what the signature itself claims, zero where it says nothing
}

// claimOf picks the moment to judge by: a proven time before any claim; else the later of what the
// signature and the object claim, since a signature cannot be older than what it signs; else the date of
// the oldest release that holds the object; else today.
func (req Request) claimOf(sig, object, proven time.Time) claim {
	c := claim{object: object, sig: sig}
	switch {
	case !proven.IsZero():
		c.at = proven
	case !sig.IsZero() || !object.IsZero():
		c.at = sig
		if object.After(sig) {
			c.at = object
		}
	case !req.HeldSince.IsZero():
		c.at = req.HeldSince
	default:
		c.at = req.Now
	}
	return c
}

// witnessed reports whether something better than a claim shows that the signature was there before a
// moment: a log entry or timestamp, or a release made before it that already holds the object.
func (req Request) witnessed(r *Result, before time.Time) bool {
	held := !req.HeldSince.IsZero() && req.HeldSince.Before(before)
	return held || (!r.Proven.IsZero() && r.Proven.Before(before))
}

// judgeRecord asks the key's record: role, window, removal. It adds what speaks against the signature.
func (req Request) judgeRecord(r *Result, k *keyring.Key, c claim) {
	req.judgeRemoval(r, k, c)
	switch {
	case k.Has(req.Role):
	case k.Has(keyring.Platform) && req.AllowPlatform:
	case k.Has(keyring.Platform):
		r.refuse(Platform, "the key of %s belongs to a platform that merges for people; the policy does not let it stand for a person", k.Owner())
	default:
		r.refuse(WrongRole, "the key of %s does not have role %s", k.Owner(), req.Role)
	}
	if from := k.UsableFrom(); c.at.Before(from) {
		r.refuse(NotYetUsable, "made %s, the key of %s may be used from %s on", day(c.at), k.Owner(), day(from))
	}
	if c.at.After(req.Now.Add(skew)) {
		r.refuse(NotYetUsable, "claims to be made %s, which is in the future", day(c.at))
	}
	if !c.sig.IsZero() && !c.object.IsZero() && c.sig.Add(skew).Before(c.object) {
		r.refuse(Backdated, "claims to be made %s, before the signed object of %s existed", day(c.sig), day(c.object))
	}
}

// judgeRemoval holds a signature against the removal of its key. The signature's own time does not count as
// a witness: whoever kept the key can write any.
func (req Request) judgeRemoval(r *Result, k *keyring.Key, c claim) {
	gone := k.Record.Removed
	switch {
	case gone == nil:
	case gone.Reason == keyring.Compromised:
		if r.Proven.IsZero() || !r.Proven.Before(gone.Date) {
			r.refuse(Compromised, "the key of %s was removed %s as compromised; only a transparency log or timestamp could show that the signature is older", k.Owner(), day(gone.Date))
		}
	case !c.at.Before(gone.Date):
		r.refuse(Removed, "made %s, the key of %s was removed %s (%s)", day(c.at), k.Owner(), day(gone.Date), gone.Reason)
	case !gone.Date.After(req.Now) && !req.witnessed(r, gone.Date):
		r.refuse(Removed, "claims to be made %s, before the key of %s was removed %s, and no release made before that day holds what it signs",
			day(c.at), k.Owner(), day(gone.Date))
	}
}

// judgeEnd holds a signature against the moment at which its key stopped being valid, zero for never.
func (req Request) judgeEnd(r *Result, what string, end time.Time, c claim) {
	switch {
	case end.IsZero():
	case !c.at.Before(end):
		r.refuse(Expired, "made %s, %s expired %s", day(c.at), what, day(end))
	case !end.After(req.Now) && !req.witnessed(r, end):
		r.refuse(Expired, "%s expired %s; the signature claims %s, and no release made before the expiry holds what it signs",
			what, day(end), day(c.at))
	}
}

// refuse adds one thing that speaks against the signature. The first becomes the result's status.
func (r *Result) refuse(s Status, format string, args ...any) {
	reason := fmt.Sprintf(format, args...)
	r.Refusals = append(r.Refusals, Refusal{s, reason})
	r.Status, r.Reason = r.Refusals[0].Status, r.Refusals[0].Reason
}

// settle makes a result without refusals valid.
func (r *Result) settle() {
	if len(r.Refusals) == 0 {
		r.Status = Valid
	}
}

// day prints a moment: the day alone where it is one.
func day(t time.Time) string {
	if t = t.UTC(); t.Equal(t.Truncate(24 * time.Hour)) {
		return t.Format("2006-01-02")
	}
	return t.Format("2006-01-02 15:04:05")
}
