package signature

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
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
	"github.com/sigstore/sigstore-go/pkg/testing/ca"
	"github.com/sigstore/sigstore-go/pkg/tlog"
	"google.golang.org/protobuf/proto"
)

const (
	testIssuer = "https://accounts.example.org"
	testPerson = "dvz@example.org"
)

// authority is a sigstore instance of the test's own: certificates, a log, no network. Its certificates are
// valid from now on, for ten minutes.
type authority struct {
	t    *testing.T
	ca   *ca.VirtualSigstore
	root *TrustedRoot
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	v, err := ca.NewVirtualSigstore()
	must(t, err)
	return &authority{t, v, &TrustedRoot{material: v}} // its certificates carry no timestamp of a log
}

// person is a short-lived certificate with its key.
type person struct {
	leaf *x509.Certificate
	key  *ecdsa.PrivateKey
}

func (a *authority) person(name string) person {
	a.t.Helper()
	leaf, key, err := a.ca.GenerateLeafCert(name, testIssuer)
	must(a.t, err)
	return person{leaf, key.(*ecdsa.PrivateKey)}
}

// logged makes the log's entry for a body, with its promise.
func (a *authority) logged(body []byte, kind string, at time.Time) *protorekor.TransparencyLogEntry {
	a.t.Helper()
	id, err := a.ca.RekorLogID()
	must(a.t, err)
	promise, err := a.ca.RekorSignPayload(tlog.RekorPayload{
		Body: base64.StdEncoding.EncodeToString(body), IntegratedTime: at.Unix(), LogIndex: 7, LogID: id,
	})
	must(a.t, err)
	raw, err := hex.DecodeString(id)
	must(a.t, err)
	return &protorekor.TransparencyLogEntry{
		LogIndex: 7, LogId: &protocommon.LogId{KeyId: raw}, KindVersion: &protorekor.KindVersion{Kind: kind, Version: "0.0.1"},
		IntegratedTime: at.Unix(), InclusionPromise: &protorekor.InclusionPromise{SignedEntryTimestamp: promise}, CanonicalizedBody: body,
	}
}

// record is the log's entry for a signature over a message.
func (a *authority) record(p person, message, sig []byte, at time.Time) *protorekor.TransparencyLogEntry {
	return a.logged(hashedRecord(message, sig, p.leaf), "hashedrekord", at)
}

// sign makes a raw signature.
func (p person) sign(t testing.TB, message []byte) []byte {
	t.Helper()
	sum := sha256.Sum256(message)
	sig, err := p.key.Sign(rand.Reader, sum[:], crypto.SHA256)
	must(t, err)
	return sig
}

// cmsOf makes a gitsign signature. embed turns the attributes that were signed and their signature into the
// entry to embed; nil embeds none.
func (p person) cmsOf(t testing.TB, payload []byte, embed func(signed, sig []byte) *protorekor.TransparencyLogEntry) string {
	t.Helper()
	sd, err := pkcs7.NewSignedData(payload)
	must(t, err)
	sd.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA256)
	must(t, sd.AddSigner(p.leaf, p.key, pkcs7.SignerInfoConfig{}))
	sd.Detach()
	signer := &sd.GetSignedData().SignerInfos[0]
	var list []attribute
	for _, a := range signer.AuthenticatedAttributes {
		list = append(list, attribute{a.Type, a.Value})
	}
	signed, err := marshalSet(list)
	must(t, err)
	if embed != nil {
		entry := proto.Clone(embed(signed, signer.EncryptedDigest)).(*protorekor.TransparencyLogEntry)
		entry.CanonicalizedBody = nil
		data, err := proto.Marshal(entry)
		must(t, err)
		must(t, signer.SetUnauthenticatedAttributes([]pkcs7.Attribute{{Type: oidLogEntry, Value: data}}))
	}
	der, err := sd.Finish()
	must(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "SIGNED MESSAGE", Bytes: der}))
}

// entryFile is an entry as rekor-cli prints it.
func entryFile(t testing.TB, e *protorekor.TransparencyLogEntry) []byte {
	t.Helper()
	data, err := json.Marshal(map[string]any{"24296fb24b8ad77a": map[string]any{
		"body": e.CanonicalizedBody, "integratedTime": e.IntegratedTime, "logIndex": e.LogIndex, "logID": hex.EncodeToString(e.LogId.KeyId),
		"verification": map[string]any{"signedEntryTimestamp": e.InclusionPromise.SignedEntryTimestamp},
	}})
	must(t, err)
	return data
}

// bundleOf is a bundle around content that the person signed.
func (p person) bundleOf(t testing.TB, b *protobundle.Bundle, entry *protorekor.TransparencyLogEntry) []byte {
	t.Helper()
	b.MediaType = "application/vnd.dev.sigstore.bundle+json;version=0.1"
	b.VerificationMaterial = &protobundle.VerificationMaterial{
		Content: &protobundle.VerificationMaterial_Certificate{Certificate: &protocommon.X509Certificate{RawBytes: p.leaf.Raw}},
	}
	if entry != nil {
		b.VerificationMaterial.TlogEntries = []*protorekor.TransparencyLogEntry{entry}
	}
	out, err := bundle.NewBundle(b)
	must(t, err)
	data, err := out.MarshalJSON()
	must(t, err)
	return data
}

// fileBundle signs a file.
func (a *authority) fileBundle(p person, file []byte, at time.Time) []byte {
	a.t.Helper()
	sig, sum := p.sign(a.t, file), sha256.Sum256(file)
	return p.bundleOf(a.t, &protobundle.Bundle{Content: &protobundle.Bundle_MessageSignature{MessageSignature: &protocommon.MessageSignature{
		MessageDigest: &protocommon.HashOutput{Algorithm: protocommon.HashAlgorithm_SHA2_256, Digest: sum[:]}, Signature: sig,
	}}}, a.record(p, file, sig, at))
}

// attestation signs an in-toto statement.
func (a *authority) attestation(p person, statement []byte, at time.Time) []byte {
	a.t.Helper()
	const kind = "application/vnd.in-toto+json"
	sig := p.sign(a.t, dsse.PAE(kind, statement))
	env := &dsse.Envelope{PayloadType: kind, Payload: base64.StdEncoding.EncodeToString(statement),
		Signatures: []dsse.Signature{{Sig: base64.StdEncoding.EncodeToString(sig)}}}
	entry, err := a.ca.GenerateTlogEntry(p.leaf, env, sig, at.Unix(), false)
	must(a.t, err)
	return p.bundleOf(a.t, &protobundle.Bundle{Content: &protobundle.Bundle_DsseEnvelope{DsseEnvelope: &protodsse.Envelope{
		Payload: statement, PayloadType: kind, Signatures: []*protodsse.Signature{{Sig: sig}},
	}}}, a.logged(bytes.TrimSpace(entry.TransparencyLogEntry().CanonicalizedBody), "dsse", at))
}
