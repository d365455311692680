package keyring

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Policy is what a team asks of its keys beyond being readable.
type Policy struct {
	Within                time.Duration // report keys that expire within this time
	MinCertifications     int           // by how many other owners of the ring each OpenPGP key is certified; 0: not asked
	NeedDesignatedRevoker bool          // each OpenPGP key names a designated revoker, in itself or in its record
}

// Check returns what is wrong with the keys at a moment, sorted by record, then id. Keys that the team
// removed are only asked whether their removal is consistent. The ids: key-expired, key-expires-soon,
// key-revoked, key-weak, key-cannot-sign, key-has-no-revoker, key-has-no-certification,
// contact-cannot-encrypt, no-contact-key, key-owner-differs.
func (r *Ring) Check(now time.Time, p Policy) []Issue {
	var out []Issue
	contact := false
	for _, k := range r.keys {
		if gone := k.Record.Removed; gone != nil && !now.Before(gone.Date) {
			continue
		}
		d := r.Describe(k, now)
		report := func(id, format string, args ...any) {
			out = append(out, Issue{ID: id, Record: k.Record.Name, Owner: k.Owner(), Message: fmt.Sprintf(format, args...)})
		}
		if k.checkState(d, now, p, report) { // of a key that has ended, the rest is no news
			k.checkUse(d, now, report)
			if k.Kind == OpenPGP {
				k.checkPeers(d, now, p, report)
			}
		}
		contact = contact || (k.Has(Contact) && d.CanEncrypt)
	}
	if !contact {
		out = append(out, Issue{ID: "no-contact-key", Message: "no key of role contact can receive encrypted reports today"})
	}
	out = append(out, r.checkOwners()...)
	slices.SortStableFunc(out, func(a, b Issue) int {
		return cmp.Or(cmp.Compare(a.Record, b.Record), cmp.Compare(a.ID, b.ID))
	})
	return out
}

// checkState reports what the key says about itself, and whether it has not ended.
func (k *Key) checkState(d Description, now time.Time, p Policy, report func(id, format string, args ...any)) bool {
	if d.Revoked != nil {
		report("key-revoked", "the key was revoked %s (%s) and its record does not say removed", day(d.Revoked.Time), d.Revoked.Reason)
	}
	if d.Weak != "" {
		report("key-weak", "the key is weak: %s", d.Weak)
	}
	checkEnd := func(what string, end time.Time) {
		switch {
		case end.IsZero():
		case !now.Before(end):
			report("key-expired", "%s expired %s", what, day(end))
		case end.Sub(now) <= p.Within:
			report("key-expires-soon", "%s expires %s, in %d days", what, day(end), int(end.Sub(now).Hours()/24))
		}
	}
	checkEnd("the key", d.Expires)
	for _, sub := range d.Subkeys {
		if sub.Revoked != nil || (slices.Contains(sub.Capabilities, "authenticate") && len(sub.Capabilities) == 1) {
			continue // replaced on purpose, or of no use here
		}
		if !replaced(sub, d.Subkeys, now) {
			checkEnd(fmt.Sprintf("subkey %s (%s)", sub.KeyID, strings.Join(sub.Capabilities, ", ")), sub.Expires)
		}
		if sub.Weak != "" {
			report("key-weak", "subkey %s is weak: %s", sub.KeyID, sub.Weak)
		}
	}
	return d.Revoked == nil && d.Weak == "" && (d.Expires.IsZero() || now.Before(d.Expires))
}

// replaced reports whether another subkey with the same capabilities lives longer: an old subkey that was
// left to expire is no news.
func replaced(sub Subkey, all []Subkey, now time.Time) bool {
	return slices.ContainsFunc(all, func(other Subkey) bool {
		lives := other.Expires.IsZero() || (other.Expires.After(now) && other.Expires.After(sub.Expires))
		return other.Fingerprint != sub.Fingerprint && other.Revoked == nil && lives &&
			slices.Equal(other.Capabilities, sub.Capabilities)
	})
}

// checkUse reports roles that the key cannot fulfil.
func (k *Key) checkUse(d Description, now time.Time, report func(id, format string, args ...any)) {
	if k.Has(Contact) && !d.CanEncrypt {
		report("contact-cannot-encrypt", "the key has role contact and nothing in it can receive encrypted messages today")
	}
	if (k.Has(Commit) || k.Has(Release)) && !d.CanSign {
		report("key-cannot-sign", "the key has a signing role and nothing in it may sign today%s", k.whyNot(now))
	}
}

// whyNot says of each part of an OpenPGP key why it may not sign.
func (k *Key) whyNot(now time.Time) string {
	if k.pgp == nil {
		return ""
	}
	var reasons []string
	for _, part := range k.pgp.parts() {
		if s, why := part.Standing(now); s == NotYetCreated {
			reasons = append(reasons, fmt.Sprintf("key %s was made %s", part.Fingerprint, day(part.packet.CreationTime)))
		} else if s != Good {
			reasons = append(reasons, why)
		}
	}
	return ": " + strings.Join(reasons, "; ")
}

// checkPeers reports what the team asks keys to have from each other.
func (k *Key) checkPeers(d Description, now time.Time, p Policy, report func(id, format string, args ...any)) {
	if p.NeedDesignatedRevoker && len(d.Revokers) == 0 && len(k.Record.RevocableBy) == 0 {
		report("key-has-no-revoker", "no designated revoker: if the owner is out of reach, nobody can revoke the key")
	}
	owners := map[string]bool{}
	for _, u := range d.UserIDs {
		for _, c := range u.Certifications {
			if u.Revoked == nil && !c.Revoked && c.Owner != k.Owner() && (c.Expires.IsZero() || now.Before(c.Expires)) {
				owners[c.Owner] = true
			}
		}
	}
	if len(owners) < p.MinCertifications {
		report("key-has-no-certification", "certified by %d other team members, %d are asked for", len(owners), p.MinCertifications)
	}
}

// checkOwners reports one key under two owners: what it signs could not be told apart.
func (r *Ring) checkOwners() []Issue {
	var out []Issue
	first := map[string]*Key{}
	for _, k := range r.keys {
		print := k.Fingerprint()
		if print == "" {
			continue
		}
		if other, ok := first[print]; !ok {
			first[print] = k
		} else if other.Owner() != k.Owner() {
			out = append(out, Issue{ID: "key-owner-differs", Record: k.Record.Name, Owner: k.Owner(),
				Message: fmt.Sprintf("key %s is also %s's (%s)", print, other.Owner(), other.Record.Name)})
		}
	}
	return out
}

// CannotReceive says why no report can be sent to a key at a moment, "" where one can.
func (r *Ring) CannotReceive(k *Key, at time.Time) string {
	switch gone := k.Record.Removed; {
	case !k.Has(Contact):
		return "the key has no role contact"
	case gone != nil && !at.Before(gone.Date):
		return "the key was removed " + day(gone.Date)
	case at.Before(k.UsableFrom()):
		return "the key counts only from " + day(k.UsableFrom())
	case !r.Describe(k, at).CanEncrypt:
		return "the key cannot receive encrypted messages on this day"
	}
	return ""
}

// Verifiers returns the PEM keys of role verifier whose window holds the moment: those whose results count
// for it. One that was removed as compromised is never among them.
func (r *Ring) Verifiers(at time.Time) []*Key {
	var out []*Key
	for _, k := range r.keys {
		if k.Kind != PEM || !k.Has(Verifier) || at.Before(k.UsableFrom()) {
			continue
		}
		if gone := k.Record.Removed; gone != nil && (gone.Reason == Compromised || !at.Before(gone.Date)) {
			continue
		}
		out = append(out, k)
	}
	return out
}
