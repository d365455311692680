package signature

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/digitorus/pkcs7"
	protobundle "github.com/sigstore/protobuf-specs/gen/pb-go/bundle/v1"
	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	protorekor "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
	"github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/verify"
	"google.golang.org/protobuf/proto"
)

// oidLogEntry marks the attribute in which gitsign keeps the log's entry: the sigstore protobuf message
// TransparencyLogEntry without its body, which is made again from the signature itself.
var oidLogEntry = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 3, 1}

// oidTimestamp marks the attribute with a timestamp token over the signature (RFC 3161 appendix A), which
// gitsign asks for where gitsign.timestampServerURL is set.
var oidTimestamp = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 14}

// cms is a CMS signature (RFC 5652) with one signer, found to be over the payload.
type cms struct {
	leaf      *x509.Certificate
	signed    []byte // the signed attributes, DER: what the signature is really over
	signature []byte
	entry     *protorekor.TransparencyLogEntry // embedded, without a body; nil where there is none
	stamps    [][]byte                         // embedded timestamps, as a timestamp authority answers
}

// x509 judges a CMS signature as gitsign makes it. What the certificate's key signed is a list of attributes,
// one of which is the digest of the commit; the log holds the digest of that list. So the signature is turned
// into the sigstore bundle it stands for and judged like any other.
func (req Request) x509(part Part, s *Signed) Result {
	r := Result{Type: X509}
	c, err := readCMS(part.Armor, part.Payload)
	if err != nil {
		r.refuse(Bad, "the x509 signature does not hold: %v", err)
		return r
	}
	if id, err := identityOf(c.leaf); err == nil {
		r.Key = id.String()
	}
	m, err := c.message(req.LogEntry, s)
	if err != nil {
		r.refuse(Mismatch, "%v", err)
		return r
	}
	b, err := m.bundle(c.leaf)
	if err != nil {
		r.refuse(Bad, "the transparency log entry cannot be read: %v", err)
		return r
	}
	req.judgeBundle(&r, b, func() verify.ArtifactPolicyOption { return verify.WithArtifact(bytes.NewReader(m.artifact)) }, s.When)
	if r.Status == Uncheckable && m.entry == nil {
		r.Refusals[0].Reason += "; give the entry with --rekor-entry FILE"
		r.Reason = r.Refusals[0].Reason
	}
	return r
}

// readCMS parses the signature and checks it against the payload: the digest in the signed attributes is the
// payload's, and the certificate inside made the signature.
func readCMS(armored, payload []byte) (c *cms, err error) {
	// The CMS reader was not written for hostile bytes; a fault in it must not end the program.
	defer func() {
		if fault := recover(); fault != nil {
			c, err = nil, fmt.Errorf("the CMS structure is broken: %v", fault)
		}
	}()
	block, _ := pem.Decode(bytes.ReplaceAll(armored, []byte("\r\n"), []byte("\n")))
	if block == nil || block.Type != "SIGNED MESSAGE" {
		return nil, errors.New("expected a PEM block of type SIGNED MESSAGE")
	}
	if len(block.Bytes) > maxSignature {
		return nil, fmt.Errorf("%d bytes, more than the limit of %d", len(block.Bytes), maxSignature)
	}
	p7, err := pkcs7.Parse(block.Bytes)
	if err != nil {
		return nil, err
	}
	leaf := p7.GetOnlySigner()
	if leaf == nil || len(p7.Signers) != 1 {
		return nil, fmt.Errorf("expected one signer with a certificate, found %d signers", len(p7.Signers))
	}
	if len(p7.Content) > 0 {
		return nil, errors.New("the signature carries content of its own, expected one detached from it")
	}
	signer := p7.Signers[0]
	if len(signer.AuthenticatedAttributes) == 0 {
		return nil, errors.New("the signature has no signed attributes, which sigstore always writes")
	}
	c = &cms{leaf: leaf, signature: signer.EncryptedDigest}
	var list []attribute
	for _, a := range signer.AuthenticatedAttributes {
		list = append(list, attribute{a.Type, a.Value})
	}
	if c.signed, err = marshalSet(list); err != nil {
		return nil, err
	}
	if err := c.covers(list, signer.DigestAlgorithm.Algorithm, payload); err != nil {
		return nil, err
	}
	for _, a := range signer.UnauthenticatedAttributes {
		if a.Type.Equal(oidTimestamp) {
			stamp, err := timestampOf(a.Value.Bytes)
			if err != nil || len(c.stamps) == maxSignatures {
				return nil, fmt.Errorf("timestamp: %d before it, %w", len(c.stamps), err)
			}
			c.stamps = append(c.stamps, stamp)
		}
		if a.Type.Equal(oidLogEntry) {
			if c.entry != nil {
				return nil, errors.New("two log entries are embedded")
			}
			if c.entry, err = embeddedEntry(a.Value.Bytes); err != nil {
				return nil, err
			}
		}
	}
	return c, nil
}

// covers checks that the signed attributes are about the payload and that the certificate's key signed them.
// The library's own check also holds the signing time against the certificate's ten minutes; that time is the
// signer's word and may be off by a clock, so the log's time decides instead.
func (c *cms) covers(list []attribute, algorithm asn1.ObjectIdentifier, payload []byte) error {
	var h crypto.Hash
	switch {
	case algorithm.Equal(pkcs7.OIDDigestAlgorithmSHA256):
		h = crypto.SHA256
	case algorithm.Equal(pkcs7.OIDDigestAlgorithmSHA384):
		h = crypto.SHA384
	case algorithm.Equal(pkcs7.OIDDigestAlgorithmSHA512):
		h = crypto.SHA512
	default:
		return fmt.Errorf("the digest algorithm is %s, expected SHA-256, SHA-384 or SHA-512", algorithm)
	}
	digest, kind := []byte(nil), asn1.ObjectIdentifier(nil)
	for _, a := range list {
		switch {
		case a.Type.Equal(pkcs7.OIDAttributeMessageDigest) && digest == nil:
			if _, err := asn1.Unmarshal(a.Value.Bytes, &digest); err != nil {
				return fmt.Errorf("message digest: %w", err)
			}
		case a.Type.Equal(pkcs7.OIDAttributeContentType) && kind == nil:
			if _, err := asn1.Unmarshal(a.Value.Bytes, &kind); err != nil {
				return fmt.Errorf("content type: %w", err)
			}
		case a.Type.Equal(pkcs7.OIDAttributeMessageDigest), a.Type.Equal(pkcs7.OIDAttributeContentType):
			return errors.New("a signed attribute is given twice")
		}
	}
	w := h.New()
	w.Write(payload)
	switch {
	case !kind.Equal(pkcs7.OIDData):
		return fmt.Errorf("the signature is over content of type %s, expected plain data", kind)
	case !bytes.Equal(w.Sum(nil), digest):
		return errors.New("the signed digest is not that of what is here")
	}
	return c.leaf.CheckSignature(signatureAlgorithm(c.leaf, h), c.signed, c.signature)
}

// signatureAlgorithm names the algorithm of a key with a digest, for the standard library.
func signatureAlgorithm(leaf *x509.Certificate, h crypto.Hash) x509.SignatureAlgorithm {
	switch leaf.PublicKeyAlgorithm {
	case x509.ECDSA:
		return map[crypto.Hash]x509.SignatureAlgorithm{crypto.SHA256: x509.ECDSAWithSHA256, crypto.SHA384: x509.ECDSAWithSHA384, crypto.SHA512: x509.ECDSAWithSHA512}[h]
	case x509.RSA:
		return map[crypto.Hash]x509.SignatureAlgorithm{crypto.SHA256: x509.SHA256WithRSA, crypto.SHA384: x509.SHA384WithRSA, crypto.SHA512: x509.SHA512WithRSA}[h]
	case x509.Ed25519:
		return x509.PureEd25519
	}
	return x509.UnknownSignatureAlgorithm
}

// attribute is a CMS attribute.
type attribute struct {
	Type  asn1.ObjectIdentifier
	Value asn1.RawValue `asn1:"set"`
}

// marshalSet encodes attributes the way they are signed: as a SET in DER (RFC 5652 section 5.4).
func marshalSet(list []attribute) ([]byte, error) {
	outer, err := asn1.Marshal(struct {
		List []attribute `asn1:"set"`
	}{list})
	if err != nil {
		return nil, err
	}
	var raw asn1.RawValue
	if _, err := asn1.Unmarshal(outer, &raw); err != nil {
		return nil, err
	}
	return raw.Bytes, nil
}

// embeddedEntry reads the log entry out of its attribute. Before it was released, gitsign wrote its parts
// one by one under neighbouring numbers, the first of them text: that is taken for no entry.
func embeddedEntry(set []byte) (*protorekor.TransparencyLogEntry, error) {
	var value asn1.RawValue
	if _, err := asn1.Unmarshal(set, &value); err != nil {
		return nil, fmt.Errorf("embedded log entry: %w", err)
	}
	if value.Class != asn1.ClassUniversal || value.Tag != asn1.TagOctetString {
		return nil, nil
	}
	entry := &protorekor.TransparencyLogEntry{}
	if err := proto.Unmarshal(value.Bytes, entry); err != nil {
		return nil, fmt.Errorf("embedded log entry: %w", err)
	}
	return entry, nil
}

// timestampOf puts a token into the answer of a timestamp authority that it came in (RFC 3161 section 2.4.2),
// which is the form that bundles carry.
func timestampOf(token []byte) ([]byte, error) {
	var content asn1.RawValue
	if rest, err := asn1.Unmarshal(token, &content); err != nil || len(rest) > 0 {
		return nil, errors.New("expected one timestamp token")
	}
	return asn1.Marshal(struct {
		Status struct{ Granted int }
		Token  asn1.RawValue
	}{Token: content})
}

// loggedMessage is what the log has an entry about: an artifact and a signature over it.
type loggedMessage struct {
	artifact  []byte
	signature []byte
	entry     *protorekor.TransparencyLogEntry // nil where there is none
	stamps    [][]byte                         // timestamps of the signature
}

// message finds what the log entry is about. An embedded entry, and one given from outside for the same
// signature, is about the signed attributes. gitsign's online mode logs another signature by the same
// short-lived key, over the commit's id.
func (c *cms) message(given []byte, s *Signed) (loggedMessage, error) {
	m := loggedMessage{artifact: c.signed, signature: c.signature, entry: c.entry, stamps: c.stamps}
	if m.entry != nil {
		m.entry.CanonicalizedBody = hashedRecord(c.signed, c.signature, c.leaf)
		return m, nil
	}
	if len(given) == 0 {
		return m, nil
	}
	entry, record, err := readLogEntry(given)
	if err != nil {
		return m, err
	}
	m.entry = entry
	id := []byte(s.id())
	switch record.Spec.Data.Hash.Value {
	case hexSHA256(c.signed):
	case hexSHA256(id):
		m.artifact, m.signature, m.stamps = id, record.Spec.Signature.Content, nil // they are of the other one
	default:
		return m, fmt.Errorf("the given log entry is about the digest %s, which is neither this signature's nor that of object %s", record.Spec.Data.Hash.Value, id)
	}
	return m, nil
}

// bundle is the sigstore bundle that the message stands for.
func (m loggedMessage) bundle(leaf *x509.Certificate) (*bundle.Bundle, error) {
	digest := sha256.Sum256(m.artifact)
	version := "0.1" // asks for the log's promise
	material := &protobundle.VerificationMaterial{
		Content: &protobundle.VerificationMaterial_Certificate{Certificate: &protocommon.X509Certificate{RawBytes: leaf.Raw}},
	}
	if m.entry != nil {
		material.TlogEntries = []*protorekor.TransparencyLogEntry{m.entry}
		if m.entry.GetInclusionProof() != nil {
			version = "0.3" // asks for the log's proof
		}
	}
	if len(m.stamps) > 0 {
		material.TimestampVerificationData = &protobundle.TimestampVerificationData{}
		for _, stamp := range m.stamps {
			material.TimestampVerificationData.Rfc3161Timestamps = append(material.TimestampVerificationData.Rfc3161Timestamps,
				&protocommon.RFC3161SignedTimestamp{SignedTimestamp: stamp})
		}
	}
	kind, err := bundle.MediaTypeString(version)
	if err != nil {
		return nil, err
	}
	return bundle.NewBundle(&protobundle.Bundle{
		MediaType:            kind,
		VerificationMaterial: material,
		Content: &protobundle.Bundle_MessageSignature{MessageSignature: &protocommon.MessageSignature{
			MessageDigest: &protocommon.HashOutput{Algorithm: protocommon.HashAlgorithm_SHA2_256, Digest: digest[:]},
			Signature:     m.signature,
		}},
	})
}

// hashedRecord is the log's body for a signature (rekor type hashedrekord 0.0.1), in canonical JSON: keys in
// order, no blanks, and nothing in the values that JSON would escape.
func hashedRecord(message, signature []byte, leaf *x509.Certificate) []byte {
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf.Raw})
	return fmt.Appendf(nil, `{"apiVersion":"0.0.1","kind":"hashedrekord","spec":{"data":{"hash":{"algorithm":"sha256","value":"%s"}},"signature":{"content":"%s","publicKey":{"content":"%s"}}}}`,
		hexSHA256(message), base64.StdEncoding.EncodeToString(signature), base64.StdEncoding.EncodeToString(certificate))
}

// hexSHA256 is the SHA-256 in lower-case hex.
func hexSHA256(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// record is the part of a hashedrekord body that is looked at here; the library checks the rest.
type record struct {
	Spec struct {
		Data struct {
			Hash struct{ Value string }
		}
		Signature struct{ Content []byte }
	}
}

// readLogEntry reads an entry as rekor's API and rekor-cli hand it out: one object under its UUID.
func readLogEntry(data []byte) (*protorekor.TransparencyLogEntry, record, error) {
	var all map[string]struct {
		Body           []byte
		IntegratedTime int64
		LogIndex       int64
		LogID          string
		Verification   struct {
			SignedEntryTimestamp []byte
			InclusionProof       *struct {
				Checkpoint         string
				Hashes             []string
				LogIndex, TreeSize int64
				RootHash           string
			}
		}
	}
	if err := json.Unmarshal(data, &all); err != nil || len(all) != 1 {
		return nil, record{}, fmt.Errorf("the given log entry cannot be read: expected one entry under its UUID (%d found): %v", len(all), err)
	}
	for _, e := range all {
		var body record
		if err := json.Unmarshal(e.Body, &body); err != nil {
			return nil, record{}, fmt.Errorf("the given log entry's body cannot be read: %w", err)
		}
		logID, err := hex.DecodeString(e.LogID)
		if err != nil {
			return nil, record{}, fmt.Errorf("the given log entry's log id: %w", err)
		}
		out := &protorekor.TransparencyLogEntry{
			LogIndex: e.LogIndex, LogId: &protocommon.LogId{KeyId: logID}, IntegratedTime: e.IntegratedTime,
			KindVersion:       &protorekor.KindVersion{Kind: "hashedrekord", Version: "0.0.1"},
			InclusionPromise:  &protorekor.InclusionPromise{SignedEntryTimestamp: e.Verification.SignedEntryTimestamp},
			CanonicalizedBody: e.Body,
		}
		if p := e.Verification.InclusionProof; p != nil {
			proof := &protorekor.InclusionProof{LogIndex: p.LogIndex, TreeSize: p.TreeSize, Checkpoint: &protorekor.Checkpoint{Envelope: p.Checkpoint}}
			for _, text := range append([]string{p.RootHash}, p.Hashes...) {
				h, err := hex.DecodeString(text)
				if err != nil {
					return nil, record{}, fmt.Errorf("the given log entry's proof: %w", err)
				}
				proof.Hashes = append(proof.Hashes, h)
			}
			proof.RootHash, proof.Hashes = proof.Hashes[0], proof.Hashes[1:]
			out.InclusionProof = proof
		}
		return out, body, nil
	}
	return nil, record{}, errors.New("the given log entry is empty")
}
