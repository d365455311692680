package verify

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
	"github.com/countersign/countersign/verify/keyring"
	"github.com/countersign/countersign/verify/statement"
)

// recordsOf turns the set's key documents into the keyring's plain records.
func recordsOf(keys []*advisories.Key) []keyring.Record {
	records := make([]keyring.Record, 0, len(keys))
	for _, k := range keys {
		records = append(records, record(k))
	}
	return records
}

func record(k *advisories.Key) keyring.Record {
	r := keyring.Record{
		Name:          k.Path,
		Owner:         k.Owner.V,
		Fingerprint:   k.Fingerprint.V,
		Added:         k.Added.V.Time,
		UsableFrom:    k.UsableFrom.V.Time,
		RevocableBy:   advisories.Texts(k.RevocableBy),
		Announcements: advisories.Texts(k.Announcements),
		SSH:           k.SSH.V,
		Principals:    advisories.Texts(k.Principals),
		PEM:           k.PEM.V,
	}
	for _, role := range k.Roles {
		r.Roles = append(r.Roles, keyring.Role(role.V))
	}
	if k.Removed.Given() {
		r.Removed = &keyring.Removal{Date: k.Removed.Date.V.Time, Reason: cmp.Or(k.Removed.Reason.V, keyring.Retired)}
	}
	if text := string(k.Text()); strings.Contains(text, "-----BEGIN PGP PUBLIC KEY BLOCK-----") {
		r.Armored = text
	}
	r.AllowedSigners = k.AllowedSigners()
	if s := k.Sigstore; s != nil {
		r.Sigstore = &keyring.Identity{Issuer: s.Issuer.V, Subject: s.Subject.V, Pattern: s.SubjectPattern.V}
	}
	return r
}

// trust is what a run believes: keys, policy, waivers and attestations.
type trust struct {
	set     *advisories.Set
	policy  advisories.Effective
	ring    *keyring.Ring
	digests map[string]string // of the key documents, by owner or path
	owners  map[string]bool
	used    []statement.Waiver
	lifted  []statement.Attestation
}

// newTrust reads keys and policy. What cannot be read is a finding: it is neither a
// key that does not exist nor a rule that does not apply.
func newTrust(ev Evidence, judged *advisories.Set) (*trust, []finding.Finding) {
	set := ev.Trust.Set
	if set == nil {
		set = judged
	}
	t := &trust{set: set, digests: map[string]string{}, owners: map[string]bool{}}
	var list []finding.Finding
	if set.Config.Broken {
		list = append(list, found(RulePolicyUnreadable, set.Config.Source.Whole(), "mend it, then see countersign check",
			"countersign.yaml did not load whole, so what the policy asks for is not known"))
	}
	t.policy = set.Config.Policy.Effective()
	byPath := map[string]*advisories.Key{}
	readable := make([]*advisories.Key, 0, len(set.Keys))
	for _, k := range set.Keys {
		byPath[k.Path] = k
		if k.Broken {
			list = append(list, found(RuleKeyUnreadable, k.Source.Whole(), "mend it, then see countersign keys check", "this key did not load"))
			continue
		}
		readable = append(readable, k)
		t.owners[k.Owner.V] = true
		t.note(k)
		list = append(list, checkAdded(k, ev.Trust.Added)...)
	}
	ring, issues := keyring.New(recordsOf(readable))
	t.ring = ring
	for _, issue := range issues {
		at := finding.Span{}
		if k := byPath[issue.Record]; k != nil {
			at = k.Source.Whole()
		}
		list = append(list, found(RuleKeyUnreadable, at, "see countersign keys check", "%s", issue.Message))
	}
	return t, list
}

// note binds the result to the key document's bytes, under the owner's name where
// he has one key.
func (t *trust) note(k *advisories.Key) {
	name := k.Owner.V
	if _, taken := t.digests[name]; taken || name == "" {
		name = k.Path
	}
	t.digests[name] = statement.DigestOf(k.Source.Text)
}

// checkAdded compares a key's claimed first day with the commit that added its file.
func checkAdded(k *advisories.Key, added map[string]time.Time) []finding.Finding {
	made, known := added[k.Path]
	switch {
	case !known:
		return nil
	case !k.Added.Given():
		return []finding.Finding{found(RuleKeyAdded, k.Source.Whole(), "write the day on which the key became part of this repository",
			"the record has no `added`, and the commit that added this file was made on %s", made.UTC().Format(time.DateOnly))}
	}
	// A day is compared with a day: added on the day of the commit is honest in any zone.
	if k.Added.V.Time.Before(made.UTC().Truncate(24 * time.Hour).Add(-24 * time.Hour)) {
		return []finding.Finding{found(RuleKeyAdded, k.Added.At, "write the day on which the key became part of this repository",
			"added is %s, and the commit that added this file was made on %s", k.Added.V, made.UTC().Format(time.DateOnly))}
	}
	return nil
}

// waivable tells which refusals the policy may excuse: those that judge a key or a
// form, never those that say that the bytes are not what was signed.
func waivable(rule string) bool {
	switch rule {
	case RuleTwoPerson, RuleTooFewSignatures:
		return true
	case signaturePrefix + "bad", signaturePrefix + "mismatch", signaturePrefix + "compromised", signaturePrefix + "uncheckable":
		return false
	}
	return strings.HasPrefix(rule, signaturePrefix)
}

// waiver finds the one by which the policy excuses an object from a rule, nil where there is none.
func (t *trust) waiver(rule, object string, now time.Time) *advisories.Waiver {
	if !waivable(rule) {
		return nil
	}
	for i := range t.set.Config.Policy.Waivers {
		if w := &t.set.Config.Policy.Waivers[i]; w.Rule.V == rule && w.Object.V == object && waiverFault(w, now) == "" {
			return w
		}
	}
	return nil
}

// use notes that a waiver lifted something.
func (t *trust) use(w *advisories.Waiver) {
	use := statement.Waiver{Rule: w.Rule.V, Object: w.Object.V, Reason: w.Reason.V, Expires: w.Expires.V.String()}
	if !slices.Contains(t.used, use) {
		t.used = append(t.used, use)
	}
}

// waiverFault says why a waiver does not count.
func waiverFault(w *advisories.Waiver, now time.Time) string {
	switch {
	case strings.TrimSpace(w.Reason.V) == "":
		return "it gives no reason"
	case !w.Expires.Given():
		return "it gives no day on which it expires"
	case !waivable(w.Rule.V):
		return "this rule cannot be waived"
	case !now.Before(endOf(w.Expires.V)):
		return "it expired on " + w.Expires.V.String()
	}
	return ""
}

// endOf is the moment up to which a date holds: a day is meant as a whole.
func endOf(d advisories.Date) time.Time {
	if d.DayOnly {
		return d.Time.AddDate(0, 0, 1)
	}
	return d.Time
}

// uselessWaivers reports the policy's waivers that can never lift anything.
func (t *trust) uselessWaivers(now time.Time) []finding.Finding {
	var list []finding.Finding
	for i := range t.set.Config.Policy.Waivers {
		w := &t.set.Config.Policy.Waivers[i]
		if why := waiverFault(w, now); why != "" {
			list = append(list, found(RuleWaiverUseless, w.At, "", "the waiver of %q for %q does not count: %s", w.Rule.V, w.Object.V, why))
		}
	}
	return list
}

// attested looks for the policy's word on an advisory and a package, and says why
// one that is there does not count.
func (t *trust) attested(advisory, digest string) (*advisories.Attested, string) {
	for i := range t.set.Config.Policy.Attested {
		a := &t.set.Config.Policy.Attested[i]
		if a.Advisory.V != advisory || a.PackageSHA256.V != digest {
			continue
		}
		people := map[string]bool{}
		for _, name := range a.By {
			if len(t.owners) > 0 && !t.owners[name.V] {
				return a, "\"" + name.V + "\" owns no key of the team"
			}
			people[name.V] = true
		}
		switch {
		case len(people) < 2:
			return a, "it needs two different people"
		case strings.TrimSpace(a.Reason.V) == "":
			return a, "it gives no reason"
		}
		return a, ""
	}
	return nil, ""
}
