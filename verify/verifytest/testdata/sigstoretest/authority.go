// Package sigstoretest is a sigstore instance for tests: an authority, a log and a timestamp authority, made at run
// time. It is used by tests only, and lies in testdata so that no pattern of packages takes it for a part of the
// program: the library that makes the instance brings code that the program must not hold, such as an OpenPGP that
// nobody keeps any more.
package sigstoretest

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"testing"
	"time"

	"github.com/digitorus/pkcs7"
	"github.com/secure-systems-lab/go-securesystemslib/dsse"
	protobundle "github.com/sigstore/protobuf-specs/gen/pb-go/bundle/v1"
	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	protodsse "github.com/sigstore/protobuf-specs/gen/pb-go/dsse"
	protorekor "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
	"github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/testing/ca"
	"github.com/sigstore/sigstore-go/pkg/tlog"
	"google.golang.org/protobuf/proto"
)

// Who the certificates of an Authority are about.
const (
	Issuer  = "https://accounts.example.org"
	Subject = "dvz@example.org"
)

// Entry is a transparency log's entry.
type Entry = protorekor.TransparencyLogEntry

// Authority is a sigstore instance of the test's own: a certificate authority, a log and a timestamp authority,
// made at run time, without a network. Its certificates are valid from now on, for ten minutes.
type Authority struct {
	CA *ca.VirtualSigstore
	t  testing.TB
}

// NewAuthority makes an instance.
func NewAuthority(t testing.TB) *Authority {
	t.Helper()
	v, err := ca.NewVirtualSigstore()
	must(t, err)
	return &Authority{v, t}
}

// Root is the instance's trusted_root.json. Its certificates carry no timestamp of a certificate log, so it
// names none; without logs it is that of an instance which keeps no transparency log either.
func (a *Authority) Root(logs bool) []byte {
	a.t.Helper()
	rekor := map[string]*root.TransparencyLog{}
	if logs {
		rekor = a.CA.RekorLogs()
	}
	for id, log := range rekor {
		raw, err := hex.DecodeString(id)
		must(a.t, err)
		log.ID = raw // the instance keeps the text of it
	}
	r, err := root.NewTrustedRoot(root.TrustedRootMediaType01, a.CA.FulcioCertificateAuthorities(), nil, a.CA.TimestampingAuthorities(), rekor)
	must(a.t, err)
	data, err := r.MarshalJSON()
	must(a.t, err)
	return data
}

// Person is the holder of a short-lived certificate.
type Person struct {
	Leaf *x509.Certificate
	key  *ecdsa.PrivateKey
	a    *Authority
}

// Person makes a certificate for a name.
func (a *Authority) Person(name string) Person {
	a.t.Helper()
	leaf, key, err := a.CA.GenerateLeafCert(name, Issuer)
	must(a.t, err)
	return Person{leaf, key.(*ecdsa.PrivateKey), a}
}

// logged makes the log's entry for a body, with its promise.
func (a *Authority) logged(body []byte, kind string, at time.Time) *Entry {
	a.t.Helper()
	id, err := a.CA.RekorLogID()
	must(a.t, err)
	promise, err := a.CA.RekorSignPayload(tlog.RekorPayload{
		Body: base64.StdEncoding.EncodeToString(body), IntegratedTime: at.Unix(), LogIndex: 7, LogID: id,
	})
	must(a.t, err)
	raw, err := hex.DecodeString(id)
	must(a.t, err)
	return &Entry{
		LogIndex: 7, LogId: &protocommon.LogId{KeyId: raw}, KindVersion: &protorekor.KindVersion{Kind: kind, Version: "0.0.1"},
		IntegratedTime: at.Unix(), InclusionPromise: &protorekor.InclusionPromise{SignedEntryTimestamp: promise}, CanonicalizedBody: body,
	}
}

// Record is the log's entry (hashedrekord) for the person's signature over a message.
func (p Person) Record(message, sig []byte, at time.Time) *Entry {
	return p.a.record(message, sig, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.Leaf.Raw}), at)
}

// record is an entry for a signature by a key, given as PEM.
func (a *Authority) record(message, sig, public []byte, at time.Time) *Entry {
	a.t.Helper()
	type object = map[string]any // encoding/json sorts its keys, as canonical JSON asks
	sum := sha256.Sum256(message)
	body, err := json.Marshal(object{"apiVersion": "0.0.1", "kind": "hashedrekord", "spec": object{
		"data":      object{"hash": object{"algorithm": "sha256", "value": hex.EncodeToString(sum[:])}},
		"signature": object{"content": sig, "publicKey": object{"content": public}},
	}})
	must(a.t, err)
	return a.logged(body, "hashedrekord", at)
}

// Sign makes a raw signature.
func (p Person) Sign(message []byte) []byte {
	p.a.t.Helper()
	return signRaw(p.a.t, p.key, message)
}

func signRaw(t testing.TB, key *ecdsa.PrivateKey, message []byte) []byte {
	t.Helper()
	sum := sha256.Sum256(message)
	sig, err := key.Sign(rand.Reader, sum[:], crypto.SHA256)
	must(t, err)
	return sig
}

// The numbers of the attributes that gitsign adds to a signature.
var (
	oidLogEntry  = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 3, 1}
	oidTimestamp = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 14}
)

// attribute is a CMS attribute.
type attribute struct {
	Type  asn1.ObjectIdentifier
	Value asn1.RawValue `asn1:"set"`
}

// CMS makes a gitsign signature over a commit's bytes. embed is given the attributes that were signed and their
// signature, and returns the entry and the timestamp answer to embed, either of which may be nil; embed itself
// may be nil too.
func (p Person) CMS(payload []byte, embed func(signed, sig []byte) (*Entry, []byte)) string {
	t := p.a.t
	t.Helper()
	sd, err := pkcs7.NewSignedData(payload)
	must(t, err)
	sd.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA256)
	must(t, sd.AddSigner(p.Leaf, p.key, pkcs7.SignerInfoConfig{}))
	sd.Detach()
	signer := &sd.GetSignedData().SignerInfos[0]
	var list []attribute
	for _, a := range signer.AuthenticatedAttributes {
		list = append(list, attribute{a.Type, a.Value})
	}
	signed, err := asn1.MarshalWithParams(list, "set")
	must(t, err)
	if embed != nil {
		entry, stamp := embed(signed, signer.EncryptedDigest)
		must(t, signer.SetUnauthenticatedAttributes(embedded(t, entry, stamp)))
	}
	der, err := sd.Finish()
	must(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "SIGNED MESSAGE", Bytes: der}))
}

// embedded are the attributes for an entry and a timestamp.
func embedded(t testing.TB, entry *Entry, stamp []byte) []pkcs7.Attribute {
	var list []pkcs7.Attribute
	if entry != nil {
		bare := proto.Clone(entry).(*Entry)
		bare.CanonicalizedBody = nil
		data, err := proto.Marshal(bare)
		must(t, err)
		list = append(list, pkcs7.Attribute{Type: oidLogEntry, Value: data})
	}
	if stamp != nil {
		var answer struct{ Status, Token asn1.RawValue }
		_, err := asn1.Unmarshal(stamp, &answer)
		must(t, err)
		list = append(list, pkcs7.Attribute{Type: oidTimestamp, Value: answer.Token})
	}
	return list
}

// Stamp is the timestamp authority's answer for a signature.
func (a *Authority) Stamp(sig []byte) []byte {
	a.t.Helper()
	answer, err := a.CA.TimestampResponse(sig)
	must(a.t, err)
	return answer
}

// EntryFile is an entry as rekor-cli prints it.
func EntryFile(t testing.TB, e *Entry) []byte {
	t.Helper()
	data, err := json.Marshal(map[string]any{"24296fb24b8ad77a": map[string]any{
		"body": e.CanonicalizedBody, "integratedTime": e.IntegratedTime, "logIndex": e.LogIndex, "logID": hex.EncodeToString(e.LogId.KeyId),
		"verification": map[string]any{"signedEntryTimestamp": e.InclusionPromise.SignedEntryTimestamp},
	}})
	must(t, err)
	return data
}

// bundleOf is a bundle around signed content.
func bundleOf(t testing.TB, content *protobundle.Bundle, by *protobundle.VerificationMaterial, entry *Entry) []byte {
	t.Helper()
	content.MediaType = "application/vnd.dev.sigstore.bundle+json;version=0.1"
	content.VerificationMaterial = by
	if entry != nil {
		by.TlogEntries = []*protorekor.TransparencyLogEntry{entry}
	}
	out, err := bundle.NewBundle(content)
	must(t, err)
	data, err := out.MarshalJSON()
	must(t, err)
	return data
}

// material is the person's certificate in a bundle.
func (p Person) material() *protobundle.VerificationMaterial {
	return &protobundle.VerificationMaterial{
		Content: &protobundle.VerificationMaterial_Certificate{Certificate: &protocommon.X509Certificate{RawBytes: p.Leaf.Raw}},
	}
}

// messageSignature is the content of a bundle over a file.
func messageSignature(file, sig []byte) *protobundle.Bundle {
	sum := sha256.Sum256(file)
	return &protobundle.Bundle{Content: &protobundle.Bundle_MessageSignature{MessageSignature: &protocommon.MessageSignature{
		MessageDigest: &protocommon.HashOutput{Algorithm: protocommon.HashAlgorithm_SHA2_256, Digest: sum[:]}, Signature: sig,
	}}}
}

// FileBundle signs a file and has the log record it.
func (p Person) FileBundle(file []byte, at time.Time) []byte {
	sig := p.Sign(file)
	return bundleOf(p.a.t, messageSignature(file, sig), p.material(), p.Record(file, sig, at))
}

// inToto is the payload type of attestations.
const inToto = "application/vnd.in-toto+json"

// envelope is the content of a bundle around an in-toto statement.
func envelope(statement, sig []byte) *protobundle.Bundle {
	return &protobundle.Bundle{Content: &protobundle.Bundle_DsseEnvelope{DsseEnvelope: &protodsse.Envelope{
		Payload: statement, PayloadType: inToto, Signatures: []*protodsse.Signature{{Sig: sig}},
	}}}
}

// Attestation signs an in-toto statement and has the log record it.
func (p Person) Attestation(statement []byte, at time.Time) []byte {
	t := p.a.t
	t.Helper()
	sig := p.Sign(dsse.PAE(inToto, statement))
	env := &dsse.Envelope{PayloadType: inToto, Payload: base64.StdEncoding.EncodeToString(statement),
		Signatures: []dsse.Signature{{Sig: base64.StdEncoding.EncodeToString(sig)}}}
	entry, err := p.a.CA.GenerateTlogEntry(p.Leaf, env, sig, at.Unix(), false)
	must(t, err)
	logged := p.a.logged(bytes.TrimSpace(entry.TransparencyLogEntry().CanonicalizedBody), "dsse", at)
	return bundleOf(t, envelope(statement, sig), p.material(), logged)
}

// BareKey signs bundles without a certificate, as "cosign sign-blob --key" does.
type BareKey struct {
	key *ecdsa.PrivateKey
	t   testing.TB
}

// NewBareKey makes an ECDSA key.
func NewBareKey(t testing.TB, key *ecdsa.PrivateKey) BareKey { return BareKey{key, t} }

// PEM is the public key.
func (k BareKey) PEM() []byte {
	k.t.Helper()
	der, err := x509.MarshalPKIXPublicKey(&k.key.PublicKey)
	must(k.t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

// FileBundle signs a file; a log records it where one is given.
func (k BareKey) FileBundle(file []byte, log *Authority, at time.Time) []byte {
	sig := signRaw(k.t, k.key, file)
	var entry *Entry
	if log != nil {
		entry = log.record(file, sig, k.PEM(), at)
	}
	return bundleOf(k.t, messageSignature(file, sig), k.material(), entry)
}

// Attestation signs an in-toto statement, which no log records.
func (k BareKey) Attestation(statement []byte) []byte {
	return bundleOf(k.t, envelope(statement, signRaw(k.t, k.key, dsse.PAE(inToto, statement))), k.material(), nil)
}

func (k BareKey) material() *protobundle.VerificationMaterial {
	return &protobundle.VerificationMaterial{
		Content: &protobundle.VerificationMaterial_PublicKey{PublicKey: &protocommon.PublicKeyIdentifier{Hint: "release"}},
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
