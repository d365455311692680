package keyring

import (
	"slices"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// judgeForeign checks the signatures that keys of the ring made on each other: certifications of user ids
// and revocations by designated revokers. Signatures by strangers stay out.
func (r *Ring) judgeForeign() {
	for _, k := range r.keys {
		if k.Kind != OpenPGP {
			continue
		}
		for _, sig := range k.pgp.foreign {
			r.judgeRevoker(k, sig)
		}
		for _, u := range k.pgp.users {
			for _, sig := range u.foreign {
				r.judgeCertification(k, u, sig)
			}
			slices.SortStableFunc(u.certs, func(a, b Certification) int { return a.Time.Compare(b.Time) })
		}
	}
}

// judgeRevoker accepts a key revocation by another key, if the key itself or its record names that key as
// a revoker.
func (r *Ring) judgeRevoker(k *Key, sig *packet.Signature) {
	allowed := slices.Clone(k.pgp.revokers)
	for _, print := range k.Record.RevocableBy {
		allowed = append(allowed, plainHex(print))
	}
	for _, by := range r.SignersOf(sig) {
		if !slices.Contains(allowed, by.Primary()) && !slices.Contains(allowed, by.Fingerprint) {
			continue
		}
		h, err := sig.PrepareVerify()
		if err != nil || k.pgp.primary.packet.SerializeForHash(h) != nil || by.Verify(h, sig) != nil {
			continue
		}
		k.pgp.primary.revocations = append(k.pgp.primary.revocations, revocation(sig, by.Key.Owner()))
		return
	}
}

// judgeCertification accepts a certification by another key of the ring, made with a digest that still
// binds.
func (r *Ring) judgeCertification(k *Key, u *user, sig *packet.Signature) {
	if WeakDigest(sig.Hash) != "" || !acceptable(sig) {
		return
	}
	for _, by := range r.SignersOf(sig) {
		if by.Key == k || by.packet.VerifyUserIdSignature(u.id, k.pgp.primary.packet, sig) != nil {
			continue
		}
		print := by.Primary()
		old := slices.IndexFunc(u.certs, func(c Certification) bool { return c.Fingerprint == print })
		if sig.SigType == packet.SigTypeCertificationRevocation {
			if old >= 0 {
				u.certs[old].Revoked = true
			}
			return
		}
		if !isCertification(sig) {
			return
		}
		c := Certification{Owner: by.Key.Owner(), Fingerprint: print, Time: sig.CreationTime.UTC()}
		if life := sig.SigLifetimeSecs; life != nil && *life != 0 {
			c.Expires = c.Time.Add(seconds(*life))
		}
		switch {
		case old < 0:
			u.certs = append(u.certs, c)
		case c.Time.After(u.certs[old].Time):
			u.certs[old] = c
		}
		return
	}
}
