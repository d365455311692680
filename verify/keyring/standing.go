package keyring

import (
	"fmt"
	"hash"
	"slices"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// Standing is what an OpenPGP key says about itself at a moment.
type Standing string

// The standings. Only Good lets a signature count.
const (
	Good           Standing = "good"
	NotYetCreated  Standing = "not yet created"
	PastExpiry     Standing = "expired"
	SelfRevoked    Standing = "revoked"
	KeyCompromised Standing = "compromised"
	NotBound       Standing = "not bound" // a signing subkey that never signed back
	CannotSign     Standing = "cannot sign"
)

// Standing judges the key at a moment, with a reason in plain words where it is not Good. The newest
// self-signature speaks for the whole life of the key, also where it is newer than the moment: a renewal
// replaces the older signature in most exports, and a maintainer's tag of 2012 under a binding of 2019 was
// made by the same key. A revocation that names compromise or no reason reaches back over all of it, one
// that says superseded or retired counts from its date.
func (k *OpenPGPKey) Standing(at time.Time) (Standing, string) {
	parts := []*OpenPGPKey{k}
	if p := k.entity.primary; p != k {
		parts = append(parts, p)
	}
	for _, part := range parts {
		if s, why := part.revokedAt(at); s != Good {
			return s, why
		}
	}
	if k.binding != nil && !k.crossSigned {
		return NotBound, fmt.Sprintf("subkey %s never signed the primary key back, so anybody could have attached it", k.Fingerprint)
	}
	if !k.maySign() {
		return CannotSign, fmt.Sprintf("key %s is not marked as a signing key", k.Fingerprint)
	}
	for _, part := range parts {
		if at.Before(part.packet.CreationTime) {
			return NotYetCreated, fmt.Sprintf("key %s was created %s, after the signature claims to have been made", part.Fingerprint, day(part.packet.CreationTime))
		}
		if end := part.ownExpiry(); !end.IsZero() && !at.Before(end) {
			return PastExpiry, fmt.Sprintf("key %s expired %s", part.Fingerprint, day(end))
		}
	}
	return Good, ""
}

// revokedAt judges the revocations of one part.
func (k *OpenPGPKey) revokedAt(at time.Time) (Standing, string) {
	for _, r := range k.revocations {
		if r.Reason == Compromised {
			return KeyCompromised, fmt.Sprintf("key %s was revoked %s as compromised, which no earlier date heals", k.Fingerprint, day(r.Time))
		}
	}
	for _, r := range k.revocations {
		if r.Hard {
			return SelfRevoked, fmt.Sprintf("key %s was revoked %s (%s), which reaches into the past", k.Fingerprint, day(r.Time), r.Reason)
		}
		if !at.Before(r.Time) {
			return SelfRevoked, fmt.Sprintf("key %s was revoked %s (%s)", k.Fingerprint, day(r.Time), r.Reason)
		}
	}
	return Good, ""
}

// maySign reads the key flags; a key of before 2000 has none, then its algorithm decides.
func (k *OpenPGPKey) maySign() bool {
	s := k.statement()
	return k.packet.CanSign() && (!s.FlagsValid || s.FlagSign)
}

// mayEncrypt is maySign for receiving.
func (k *OpenPGPKey) mayEncrypt() bool {
	s := k.statement()
	if !k.packet.PubKeyAlgo.CanEncrypt() {
		return false
	}
	return !s.FlagsValid || s.FlagEncryptCommunications || s.FlagEncryptStorage
}

// canEncryptAt reports whether the key can receive messages at a moment.
func (k *OpenPGPKey) canEncryptAt(at time.Time) bool {
	for _, part := range []*OpenPGPKey{k, k.entity.primary} {
		if len(part.revocations) > 0 || at.Before(part.packet.CreationTime) {
			return false
		}
		if end := part.ownExpiry(); !end.IsZero() && !at.Before(end) {
			return false
		}
	}
	return k.mayEncrypt()
}

// Expires returns when the key stops being valid: the earlier end of its own and its primary's lifetime;
// zero where neither ends.
func (k *OpenPGPKey) Expires() time.Time {
	return earlier(k.ownExpiry(), k.entity.primary.ownExpiry())
}

// RevokedSince returns the first revocation of the key or its primary that counts from its date on; zero
// where there is none.
func (k *OpenPGPKey) RevokedSince() time.Time {
	var first time.Time
	for _, r := range slices.Concat(k.revocations, k.entity.primary.revocations) {
		first = earlier(first, r.Time)
	}
	return first
}

// Primary returns the fingerprint of the primary key that this key belongs to.
func (k *OpenPGPKey) Primary() string { return k.entity.primary.Fingerprint }

// Weak says why the key is too weak to be believed, or "".
func (k *OpenPGPKey) Weak() string { return weakKey(k.packet) }

// Verify checks the mathematics alone: that this key made sig over what was written to h, which sig's
// PrepareVerify made. h is changed.
func (k *OpenPGPKey) Verify(h hash.Hash, sig *packet.Signature) error {
	if k.rsa.checks(k.packet, sig) {
		return k.rsa.verify(h, sig)
	}
	return k.packet.VerifySignature(h, sig)
}

// SignersOf returns the keys of the ring that a signature names: by fingerprint where it gives one, else
// by key id, which two keys may share.
func (r *Ring) SignersOf(sig *packet.Signature) []*OpenPGPKey {
	if sig.IssuerKeyId == nil {
		return nil
	}
	var out []*OpenPGPKey
	for _, k := range r.openpgp[*sig.IssuerKeyId] {
		if names(sig, k.packet) {
			out = append(out, k)
		}
	}
	return out
}

// earlier returns the earlier of two times, of which zero is never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}

// day prints a moment the way the messages do.
func day(t time.Time) string {
	return strings.TrimSuffix(t.UTC().Format("2006-01-02 15:04:05"), " 00:00:00")
}
