package signature

import (
	"crypto/x509"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/fulcio/certificate"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/verify"
)

// publicGood is the trusted root of the sigstore public-good instance as its TUF repository hands it out
// (https://tuf-repo-cdn.sigstore.dev), fetched in November 2026. A newer one is given with --trusted-root.
//
//go:embed trusted_root.json
var publicGood []byte

// TrustedRoot is a sigstore trusted root: the certificate authorities, logs and timestamp authorities that
// are believed. It is read-only and safe for use by many at once.
type TrustedRoot struct {
	material root.TrustedMaterial
	scts     int // signed certificate timestamps that a certificate must carry
}

// defaultRoot parses the shipped root once.
var defaultRoot = sync.OnceValues(func() (*TrustedRoot, error) { return ParseRoot(publicGood) })

// DefaultRoot is the public-good instance's trusted root that ships with the program.
func DefaultRoot() (*TrustedRoot, error) { return defaultRoot() }

// ParseRoot reads a trusted_root.json. A root that names no certificate transparency log, as a private
// instance may, asks certificates for no timestamp of one.
func ParseRoot(data []byte) (*TrustedRoot, error) {
	material, err := root.NewTrustedRootFromJSON(data)
	if err != nil {
		return nil, fmt.Errorf("read sigstore trusted root: %w", err)
	}
	if len(material.FulcioCertificateAuthorities()) == 0 {
		return nil, errors.New("read sigstore trusted root: it names no certificate authority")
	}
	t := &TrustedRoot{material: material}
	if len(material.CTLogs()) > 0 {
		t.scts = 1
	}
	return t, nil
}

// identity is who a sigstore certificate says its holder is, and where the build came from.
type identity struct {
	certificate.Summary
	leaf *x509.Certificate
}

// identityOf reads a certificate. The older of the two issuer extensions is enough.
func identityOf(leaf *x509.Certificate) (identity, error) {
	s, err := certificate.SummarizeCertificate(leaf)
	return identity{s, leaf}, err
}

// String is the identity for people.
func (id identity) String() string {
	return fmt.Sprintf("%s (%s)", id.SubjectAlternativeName, id.Issuer)
}

// judgeBundle verifies a bundle against the root and its identity against the ring. It asks, in this order:
// is there evidence of when; did a known authority issue the certificate; do log, certificate and signature
// hold; does the keyring know the identity, and let it sign. A bundle without a certificate is judged by its key.
func (req Request) judgeBundle(r *Result, b *bundle.Bundle, artifact func() verify.ArtifactPolicyOption, object time.Time) *verify.VerificationResult {
	bare, err := isBareKey(b)
	if err != nil {
		r.refuse(Bad, "%v", err)
		return nil
	}
	if bare {
		return req.judgeBareKey(r, b, artifact)
	}
	id, ok := req.preconditions(r, b)
	if !ok {
		return nil
	}
	options := []verify.VerifierOption{verify.WithObserverTimestamps(1)}
	if len(req.Root.material.RekorLogs()) > 0 {
		options = append(options, verify.WithTransparencyLog(1))
	}
	if req.Root.scts > 0 {
		options = append(options, verify.WithSignedCertificateTimestamps(req.Root.scts))
	}
	verifier, err := verify.NewVerifier(req.Root.material, options...)
	if err != nil {
		r.refuse(Uncheckable, "the sigstore root cannot be used: %v", err)
		return nil
	}
	// The identity is judged below against the ring, so that an unknown one can be named.
	res, err := verifier.Verify(b, verify.NewPolicy(artifact(), verify.WithoutIdentitiesUnsafe()))
	if err != nil {
		r.refuse(Bad, "sigstore: %v", err)
		return nil
	}
	r.Genuine = true
	r.setProven(res)
	req.judgeIdentity(r, id, object)
	return res
}

// preconditions refuses what cannot be decided here, each for its own reason, before the library is asked.
func (req Request) preconditions(r *Result, b *bundle.Bundle) (identity, bool) {
	content, err := b.VerificationContent()
	if err != nil {
		r.refuse(Bad, "the sigstore bundle cannot be read: %v", err)
		return identity{}, false
	}
	leaf := content.Certificate()
	id, err := identityOf(leaf)
	if err != nil {
		r.refuse(Bad, "the certificate names no identity: %v", err)
		return identity{}, false
	}
	r.Key = id.String()
	if req.Root == nil {
		r.refuse(Uncheckable, "no sigstore trusted root is at hand")
		return id, false
	}
	if !req.Root.issued(leaf) {
		r.refuse(UnknownSigner, "the certificate for %s was issued by %s, which the sigstore trusted root does not name", id, leaf.Issuer)
		return id, false
	}
	return id, req.hasEvidence(r, b)
}

// issued reports whether an authority of the root issued the certificate, at the time it says itself; the
// real time comes from the log and is judged later.
func (t *TrustedRoot) issued(leaf *x509.Certificate) bool {
	_, err := verify.VerifyLeafCertificate(leaf.NotBefore, withoutCriticalName(leaf), t.material)
	return err == nil
}

// withoutCriticalName copies the certificate without the mark on a critical subject name of a form that Go
// does not know; identityOf has read that name.
func withoutCriticalName(leaf *x509.Certificate) *x509.Certificate {
	c := *leaf
	c.UnhandledCriticalExtensions = nil
	for _, oid := range leaf.UnhandledCriticalExtensions {
		if oid.String() != "2.5.29.17" {
			c.UnhandledCriticalExtensions = append(c.UnhandledCriticalExtensions, oid)
		}
	}
	return &c
}

// hasEvidence looks for a log entry by a log of the root. A certificate that lives ten minutes proves nothing
// without one. A timestamp in its place suffices where the root names no log, as that of a private instance:
// it shows when the certificate signed, and to nobody else that it did.
func (req Request) hasEvidence(r *Result, b *bundle.Bundle) bool {
	entries, err := b.TlogEntries()
	if err != nil {
		r.refuse(Bad, "the transparency log entry cannot be read: %v", err)
		return false
	}
	stamps, err := b.Timestamps()
	if err != nil {
		r.refuse(Bad, "the timestamp cannot be read: %v", err)
		return false
	}
	switch logs := len(req.Root.material.RekorLogs()); {
	case len(entries) == 0 && len(stamps) == 0:
		r.refuse(Uncheckable, "no transparency log entry is embedded, so nothing shows that the certificate was valid when it signed")
		return false
	case len(entries) == 0 && logs > 0:
		r.refuse(Uncheckable, "a timestamp and no transparency log entry is embedded, and the sigstore trusted root names a log that must have one")
		return false
	case logs == 0:
		return len(stamps) > 0 || req.unlogged(r)
	}
	var unknown []string
	for _, e := range entries {
		id := hex.EncodeToString([]byte(e.LogKeyID()))
		if _, ok := req.Root.material.RekorLogs()[id]; ok {
			return true
		}
		unknown = append(unknown, id)
	}
	if len(unknown) > 0 {
		r.refuse(Uncheckable, "the log entry is by the log %s, which the sigstore trusted root does not name: give a newer one with --trusted-root", strings.Join(unknown, ", "))
		return false
	}
	return true
}

// unlogged refuses evidence that the root has nobody to judge by.
func (req Request) unlogged(r *Result) bool {
	r.refuse(Uncheckable, "the log entry cannot be checked: the sigstore trusted root names no log")
	return false
}

// judgeIdentity asks the ring about the identity that a genuine signature proved.
func (req Request) judgeIdentity(r *Result, id identity, object time.Time) {
	keys := req.Ring.Identities(id.Issuer, id.SubjectAlternativeName)
	if len(keys) == 0 {
		r.refuse(UnknownSigner, "no key in the keyring has the sigstore identity %s", id)
		return
	}
	c := req.claimOf(r.Proven, object, r.Proven)
	base := *r
	var best *Result
	for _, k := range keys {
		own := base
		own.Refusals = nil
		own.Signer = k.Owner()
		req.judgeRecord(&own, k, c)
		own.settle()
		if best == nil || preferable(own, *best) {
			best = &own
		}
	}
	*r = *best
}
