package signature

import (
	"crypto"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/verify"
	sigstore "github.com/sigstore/sigstore/pkg/signature"
	"github.com/sigstore/sigstore/pkg/signature/options"

	"github.com/countersign/countersign/verify/keyring"
)

// judgeBareKey judges a bundle that a bare key signed, as "cosign sign-blob --key" makes it. Nothing in it says
// whose key that is, so each PEM key of the keyring is tried. The key stands for its owner by itself, like a
// detached OpenPGP signature: a log entry or a timestamp is not asked for, and where there is one by an
// authority that the root names, it must hold and proves the time.
func (req Request) judgeBareKey(r *Result, b *bundle.Bundle, artifact func() verify.ArtifactPolicyOption) *verify.VerificationResult {
	r.Key = "a bare key"
	for _, k := range req.Ring.BareKeys() {
		for _, v := range bareVerifiers(k.Public()) {
			res, err := req.openBare(b, v, verify.NewPolicy(artifact(), verify.WithKey()))
			if err == nil {
				req.settleBareKey(r, k, res)
				return res
			}
			if _, other := req.openBare(b, v, verify.NewPolicy(verify.WithoutArtifactUnsafe(), verify.WithKey())); other == nil {
				r.Key, r.Signer = k.Fingerprint(), k.Owner()
				r.refuse(Bad, "key %s signed something else than this file: %v", k.Fingerprint(), err)
				return nil
			}
		}
	}
	r.refuse(UnknownSigner, "the bundle was signed with a bare key, and no PEM key of the keyring made the signature over this file")
	return nil
}

// openBare verifies a bundle with one key.
func (req Request) openBare(b *bundle.Bundle, v sigstore.Verifier, policy verify.PolicyBuilder) (*verify.VerificationResult, error) {
	key := root.NewTrustedPublicKeyMaterial(func(string) (root.TimeConstrainedVerifier, error) {
		return root.NewExpiringKey(v, time.Time{}, time.Time{}), nil // the key's window is judged with its record
	})
	material := root.TrustedMaterialCollection{key}
	chosen := []verify.VerifierOption{verify.WithNoObserverTimestamps()}
	logged, stamped := req.evidence(b)
	if logged || stamped {
		material, chosen = append(material, req.Root.material), []verify.VerifierOption{verify.WithObserverTimestamps(1)}
	}
	if logged {
		chosen = append(chosen, verify.WithTransparencyLog(1))
	}
	verifier, err := verify.NewVerifier(material, chosen...)
	if err != nil {
		return nil, err
	}
	return verifier.Verify(b, policy)
}

// evidence tells whether the bundle has a log entry by a log of the root, and whether it has a timestamp that
// an authority of the root could have made.
func (req Request) evidence(b *bundle.Bundle) (logged, stamped bool) {
	if req.Root == nil {
		return false, false
	}
	entries, _ := b.TlogEntries() // what cannot be read is refused by the verifier
	for _, e := range entries {
		_, known := req.Root.material.RekorLogs()[hex.EncodeToString([]byte(e.LogKeyID()))]
		logged = logged || known
	}
	stamps, _ := b.Timestamps()
	return logged, len(stamps) > 0 && len(req.Root.material.TimestampingAuthorities()) > 0
}

// settleBareKey asks the record of a key that made a genuine signature.
func (req Request) settleBareKey(r *Result, k *keyring.Key, res *verify.VerificationResult) {
	r.Genuine, r.Key, r.Signer = true, k.Fingerprint(), k.Owner()
	r.setProven(res)
	req.judgeRecord(r, k, req.claimOf(r.Proven, time.Time{}, r.Proven))
	if why := keyring.WeakPublic(k.Public()); why != "" {
		r.refuse(Weak, "the key is weak: %s", why)
	}
	r.settle()
}

// setProven takes the earliest time that the verification proved.
func (r *Result) setProven(res *verify.VerificationResult) {
	for _, ts := range res.VerifiedTimestamps {
		if r.Proven.IsZero() || ts.Timestamp.Before(r.Proven) {
			r.Proven = ts.Timestamp.UTC()
		}
	}
	r.Time = r.Proven
}

// bareVerifiers are the ways in which signing programs use a key: with the digest of its size, with SHA-256
// whatever its size, and Ed25519 over a digest.
func bareVerifiers(public crypto.PublicKey) []sigstore.Verifier {
	var list []sigstore.Verifier
	for _, load := range []func() (sigstore.Verifier, error){
		func() (sigstore.Verifier, error) { return sigstore.LoadDefaultVerifier(public) },
		func() (sigstore.Verifier, error) { return sigstore.LoadVerifier(public, crypto.SHA256) },
		func() (sigstore.Verifier, error) {
			return sigstore.LoadDefaultVerifier(public, options.WithED25519ph())
		},
	} {
		if v, err := load(); err == nil {
			list = append(list, v)
		}
	}
	return list
}

// isBareKey reports whether a bundle names no certificate.
func isBareKey(b *bundle.Bundle) (bool, error) {
	content, err := b.VerificationContent()
	if err != nil {
		return false, fmt.Errorf("the sigstore bundle cannot be read: %w", err)
	}
	return content.Certificate() == nil, nil
}
