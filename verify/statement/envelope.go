package statement

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"
)

// SigningKey is a private key that may sign results: ECDSA P-256 or Ed25519.
type SigningKey struct {
	signer crypto.Signer
}

// VerifierKey is the public half, with the person or pipeline it belongs to: a key of role verifier.
type VerifierKey struct {
	Owner  string
	public crypto.PublicKey
}

// Document is a result file as found on disk: the statement and, where the file was a DSSE envelope, its
// signatures.
type Document struct {
	Statement *Statement
	Signed    bool // the file is an envelope; says nothing about whether its signatures hold
	envelope  *dsse.Envelope
}

// Load reads a result file, bare or in a DSSE envelope. The envelope's signatures are not judged here:
// see SignedBy.
func Load(data []byte) (*Document, error) {
	if len(data) > 2*maxStatement {
		return nil, fmt.Errorf("result is %d bytes, more than the limit of %d", len(data), 2*maxStatement)
	}
	var probe struct {
		PayloadType *string `json:"payloadType"`
	}
	if err := json.Unmarshal(data, &probe); err != nil {
		return nil, fmt.Errorf("read result: %w", err)
	}
	if probe.PayloadType == nil {
		s, err := Read(data)
		return &Document{Statement: s}, err
	}
	return loadEnvelope(data)
}

// loadEnvelope opens a DSSE envelope and reads the statement inside.
func loadEnvelope(data []byte) (*Document, error) {
	if err := uniqueKeys(data); err != nil {
		return nil, fmt.Errorf("read envelope: %w", err)
	}
	var env dsse.Envelope
	if err := json.Unmarshal(data, &env); err != nil {
		return nil, fmt.Errorf("read envelope: %w", err)
	}
	if env.PayloadType != PayloadType {
		return nil, fmt.Errorf("read envelope: payloadType is %q, expected %q", env.PayloadType, PayloadType)
	}
	payload, err := env.DecodeB64Payload()
	if err != nil {
		return nil, fmt.Errorf("read envelope: payload is no base64: %w", err)
	}
	s, err := Read(payload)
	if err != nil {
		return nil, err
	}
	return &Document{Statement: s, Signed: true, envelope: &env}, nil
}

// SignedBy returns the owners of the given keys that made a valid signature over the document, sorted as
// the keys are. A bare statement, or one that none of them signed, is an error that says which.
func (d *Document) SignedBy(keys []VerifierKey) ([]string, error) {
	switch {
	case !d.Signed:
		return nil, errors.New("the result is not signed: write it with countersign verify --sign KEY.pem")
	case len(keys) == 0:
		return nil, errors.New("no key of role verifier is in the keyring, so no signature on the result can count")
	case len(d.envelope.Signatures) == 0:
		return nil, errors.New("the envelope holds no signature")
	}
	payload, err := d.envelope.DecodeB64Payload()
	if err != nil {
		return nil, fmt.Errorf("envelope payload: %w", err)
	}
	message := dsse.PAE(d.envelope.PayloadType, payload)
	var owners []string
	for _, key := range keys {
		if key.signed(message, d.envelope.Signatures) {
			owners = append(owners, key.Owner)
		}
	}
	if owners == nil {
		return nil, fmt.Errorf("no key of role verifier made the signature on the result (key id in the envelope: %s)",
			keyIDs(d.envelope.Signatures))
	}
	return owners, nil
}

// keyIDs lists what the envelope says about its signers, for the message only: DSSE key ids are hints.
func keyIDs(sigs []dsse.Signature) string {
	var ids []string
	for _, s := range sigs {
		id := s.KeyID
		if id == "" {
			id = "none given"
		}
		ids = append(ids, strings.ToValidUTF8(fmt.Sprintf("%.80q", id), "?"))
	}
	return strings.Join(ids, ", ")
}

// signed reports whether one of the signatures is this key's.
func (k VerifierKey) signed(message []byte, sigs []dsse.Signature) bool {
	for _, s := range sigs {
		raw, err := base64.StdEncoding.DecodeString(s.Sig)
		if err == nil && k.verify(message, raw) == nil {
			return true
		}
	}
	return false
}

// verify checks one raw signature.
func (k VerifierKey) verify(message, sig []byte) error {
	switch pub := k.public.(type) {
	case *ecdsa.PublicKey:
		sum := sha256.Sum256(message)
		if ecdsa.VerifyASN1(pub, sum[:], sig) {
			return nil
		}
	case ed25519.PublicKey:
		if ed25519.Verify(pub, message, sig) {
			return nil
		}
	}
	return errors.New("signature does not match")
}

// ParseSigningKey reads an unencrypted PEM private key (PKCS #8 or SEC 1): ECDSA on P-256 or Ed25519.
func ParseSigningKey(text []byte) (*SigningKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("no PEM block found: expected a private key in PEM form")
	}
	key, err := parsePrivate(block)
	if err != nil {
		return nil, err
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("%T cannot sign", key)
	}
	if err := checkAlgorithm(signer.Public()); err != nil {
		return nil, err
	}
	return &SigningKey{signer}, nil
}

// parsePrivate tells the PEM forms apart. Encrypted keys are named, since openssl and cosign write them
// by default and the generic parser's message would not help.
func parsePrivate(block *pem.Block) (any, error) {
	switch block.Type {
	case "PRIVATE KEY":
		return x509.ParsePKCS8PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		return x509.ParseECPrivateKey(block.Bytes)
	}
	if strings.Contains(block.Type, "ENCRYPTED") {
		return nil, fmt.Errorf("the key is encrypted (%s): decrypt it first, for instance with openssl pkcs8 -topk8 -nocrypt", block.Type)
	}
	return nil, fmt.Errorf("PEM block is %q, expected PRIVATE KEY or EC PRIVATE KEY", block.Type)
}

// ParseVerifierKey reads a PEM public key (PKIX) for an owner.
func ParseVerifierKey(owner string, text []byte) (VerifierKey, error) {
	block, rest := pem.Decode(text)
	if block == nil || block.Type != "PUBLIC KEY" {
		return VerifierKey{}, errors.New("expected a PEM block of type PUBLIC KEY")
	}
	if next, _ := pem.Decode(rest); next != nil {
		return VerifierKey{}, errors.New("expected one PEM block, found a second one after it")
	}
	pub, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return VerifierKey{}, fmt.Errorf("read public key: %w", err)
	}
	if err := checkAlgorithm(pub); err != nil {
		return VerifierKey{}, err
	}
	return VerifierKey{Owner: owner, public: pub}, nil
}

// checkAlgorithm admits the two algorithms that DSSE tools share.
func checkAlgorithm(pub crypto.PublicKey) error {
	switch key := pub.(type) {
	case *ecdsa.PublicKey:
		if key.Curve != elliptic.P256() {
			return fmt.Errorf("ECDSA key is on curve %s, expected P-256", key.Curve.Params().Name)
		}
	case ed25519.PublicKey:
	default:
		return fmt.Errorf("key is %T, expected ECDSA P-256 or Ed25519", pub)
	}
	return nil
}

// Sign encodes the statement and wraps it in a DSSE envelope, ready to be written: indented JSON with a
// final newline. An Ed25519 key gives the same bytes each time, an ECDSA key does not.
func Sign(s *Statement, key *SigningKey) ([]byte, error) {
	payload, err := Encode(s)
	if err != nil {
		return nil, err
	}
	wrapper, err := dsse.NewEnvelopeSigner(key)
	if err != nil {
		return nil, fmt.Errorf("sign result: %w", err)
	}
	env, err := wrapper.SignPayload(context.Background(), PayloadType, payload)
	if err != nil {
		return nil, fmt.Errorf("sign result: %w", err)
	}
	out, err := json.MarshalIndent(env, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write envelope: %w", err)
	}
	return append(out, '\n'), nil
}

// Sign makes one raw signature, the way the dsse library asks for it.
func (k *SigningKey) Sign(_ context.Context, message []byte) ([]byte, error) {
	if _, ok := k.signer.(ed25519.PrivateKey); ok {
		return k.signer.Sign(nil, message, crypto.Hash(0))
	}
	sum := sha256.Sum256(message)
	return k.signer.Sign(rand.Reader, sum[:], crypto.SHA256)
}

// KeyID is the fingerprint that DSSE tools, cosign among them, compute for a public key: the SHA-256 of its SSH
// form. It lets a reader find the key and proves nothing, but some readers pass over a signature with another id.
func (k *SigningKey) KeyID() (string, error) {
	return dsse.SHA256KeyID(k.signer.Public())
}
