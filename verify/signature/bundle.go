package signature

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/verify"

	"github.com/countersign/countersign/verify/keyring"
)

// digests are the digests that a bundle may name, as sigstore spells them.
var digests = map[string]crypto.Hash{
	"SHA2_256": crypto.SHA256, "SHA2_384": crypto.SHA384, "SHA2_512": crypto.SHA512,
}

// bundle makes a judge for a sigstore bundle (*.sigstore.json) over a file.
func (req Request) bundle(data []byte) judge {
	r := Result{Type: Sigstore}
	b, err := readBundle(data)
	if err != nil {
		return settled(broken(Sigstore, err))
	}
	content, err := b.SignatureContent()
	if err != nil {
		return settled(broken(Sigstore, err))
	}
	algorithm := "SHA2_256" // subjects of attestations are named by it
	if m := content.MessageSignatureContent(); m != nil {
		algorithm = m.DigestAlgorithm()
	}
	if algorithm == "HASH_ALGORITHM_UNSPECIFIED" {
		r.refuse(Uncheckable, "the bundle names no digest of what it signs, as cosign makes it with an Ed25519 key, and sigstore's libraries, cosign's own check too, refuse that: sign with an ECDSA key")
		return settled(r)
	}
	h, ok := digests[algorithm]
	if !ok {
		r.refuse(Uncheckable, "the bundle names the digest %s, expected one of SHA2_256, SHA2_384 and SHA2_512", algorithm)
		return settled(r)
	}
	if req.signsWhole(b) {
		return req.wholeFile(r, b)
	}
	w := h.New()
	return judge{w, func() Result {
		name := strings.ReplaceAll(strings.ToLower(algorithm), "sha2_", "sha")
		req.judgeBundle(&r, b, func() verify.ArtifactPolicyOption { return verify.WithArtifactDigest(name, w.Sum(nil)) }, time.Time{})
		return r
	}}
}

// signsWhole reports whether a bundle may be a signature by an Ed25519 key of the ring over the file itself, not over
// its SHA-512 digest (Ed25519ph, RFC 8032 section 5.1).
func (req Request) signsWhole(b *bundle.Bundle) bool {
	content, err := b.SignatureContent()
	if err != nil || content.MessageSignatureContent() == nil || content.MessageSignatureContent().DigestAlgorithm() == "SHA2_512" {
		return false
	}
	bare, err := isBareKey(b)
	return err == nil && bare && len(content.Signature()) == ed25519.SignatureSize &&
		slices.ContainsFunc(req.Ring.BareKeys(), func(k *keyring.Key) bool { _, is := k.Public().(ed25519.PublicKey); return is })
}

// wholeFile judges a signature that is over the file itself, which for that has to be held in memory.
func (req Request) wholeFile(r Result, b *bundle.Bundle) judge {
	held := &limitedBuffer{}
	return judge{held, func() Result {
		if held.over {
			r.refuse(Uncheckable, "the Ed25519 signature is over the file itself, and the file is larger than the %d bytes that are held for that: sign its digest (Ed25519ph), or with an ECDSA key", maxHeld)
			return r
		}
		req.judgeBundle(&r, b, func() verify.ArtifactPolicyOption { return verify.WithArtifact(bytes.NewReader(held.Bytes())) }, time.Time{})
		return r
	}}
}

// maxHeld bounds a file that has to be held in memory.
const maxHeld = 64 << 20

// limitedBuffer holds what is written to it, up to the bound.
type limitedBuffer struct {
	bytes.Buffer
	over bool
}

func (b *limitedBuffer) Write(data []byte) (int, error) {
	if b.over = b.over || b.Len()+len(data) > maxHeld; b.over {
		b.Buffer = bytes.Buffer{}
		return len(data), nil
	}
	return b.Buffer.Write(data)
}

// readBundle parses a bundle within the limit.
func readBundle(data []byte) (*bundle.Bundle, error) {
	if len(data) > maxSignature {
		return nil, fmt.Errorf("%d bytes, more than the limit of %d", len(data), maxSignature)
	}
	b := &bundle.Bundle{}
	if err := b.UnmarshalJSON(data); err != nil {
		return nil, err
	}
	return b, nil
}

// Source is the place a build must come from.
type Source struct {
	Repository string // URL of the repository
	Commit     string // full object id
}

// CheckProvenance judges SLSA provenance in a sigstore bundle: the bundle's own signature and identity as
// CheckFile does, then that its subject is the package (sha256 in hex) and its source is exactly this
// repository and commit; otherwise the status is Mismatch.
func CheckProvenance(d Detached, packageSHA256 string, want Source, req Request) Result {
	r := Result{Type: Provenance, File: d.Name}
	b, err := readBundle(d.Data)
	if err != nil {
		r.refuse(Bad, "the provenance cannot be read: %v", err)
		return r
	}
	digest, err := decodeSHA256(packageSHA256)
	if err != nil {
		r.refuse(Uncheckable, "%v", err)
		return r
	}
	res := req.judgeBundle(&r, b, func() verify.ArtifactPolicyOption { return verify.WithArtifactDigest("sha256", digest) }, time.Time{})
	if res == nil {
		return r
	}
	if res.Statement == nil {
		r.refuse(Mismatch, "the bundle signs the package itself and says nothing about where it was built")
		return r
	}
	predicate, err := json.Marshal(res.Statement.GetPredicate().AsMap())
	if err != nil {
		r.refuse(Bad, "the provenance cannot be read: %v", err)
		return r
	}
	sources, err := provenanceSources(res.Statement.GetPredicateType(), predicate)
	if err != nil {
		r.refuse(Mismatch, "%v", err)
		return r
	}
	judgeSources(&r, sources, want)
	if cert := res.Signature.Certificate; cert != nil {
		judgeCertificateSource(&r, Source{cert.SourceRepositoryURI, cert.SourceRepositoryDigest}, want)
	}
	return r
}

// judgeSources asks that the repository is among the build's sources, with exactly this commit.
func judgeSources(r *Result, sources []Source, want Source) {
	for _, s := range sources {
		if sameRepository(s.Repository, want.Repository) {
			if s.Commit != want.Commit {
				r.refuse(Mismatch, "the provenance says commit %s of %s, the release says %s", s.Commit, s.Repository, want.Commit)
			}
			return
		}
	}
	var have []string
	for _, s := range sources {
		have = append(have, s.Repository)
	}
	r.refuse(Mismatch, "the provenance names the sources %s, the release's is %s", strings.Join(have, ", "), want.Repository)
}

// judgeCertificateSource asks that what the certificate says of the source, where it says it, agrees: the
// authority vouches for that, while the provenance is the builder's own word.
func judgeCertificateSource(r *Result, has, want Source) {
	if has.Repository != "" && !sameRepository(has.Repository, want.Repository) {
		r.refuse(Mismatch, "the certificate was issued to a build of %s, the release's source is %s", has.Repository, want.Repository)
	}
	if has.Commit != "" && has.Commit != want.Commit {
		r.refuse(Mismatch, "the certificate was issued to a build of commit %s, the release says %s", has.Commit, want.Commit)
	}
}
