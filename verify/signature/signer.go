package signature

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	pgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

// Signer is an OpenPGP private key that signs files: what the site publishes
// for machines, and the sample project of the demo. It is the only private key
// that this package ever sees.
type Signer struct{ entity *pgp.Entity }

// NewSigner makes a fresh Ed25519 key with an encryption subkey.
func NewSigner(name, email string, created time.Time, random io.Reader) (*Signer, error) {
	config := signing(created)
	config.Rand = random
	config.Algorithm, config.Curve = packet.PubKeyAlgoEdDSA, packet.Curve25519
	entity, err := pgp.NewEntity(name, "", email, config)
	if err != nil {
		return nil, fmt.Errorf("make a key for %s: %w", name, err)
	}
	return &Signer{entity}, nil
}

// ReadSigner reads an armored private key without a passphrase.
func ReadSigner(armored []byte) (*Signer, error) {
	list, err := pgp.ReadArmoredKeyRing(bytes.NewReader(armored))
	if err != nil {
		return nil, fmt.Errorf("expected an armored OpenPGP private key: %w", err)
	}
	if len(list) != 1 || list[0].PrivateKey == nil {
		return nil, errors.New("expected one OpenPGP private key, found a public key or several")
	}
	if list[0].PrivateKey.Encrypted {
		return nil, errors.New("the private key has a passphrase: export a signing key without one, for this purpose alone")
	}
	return &Signer{list[0]}, nil
}

// Fingerprint is the primary key's, in upper-case hex.
func (s *Signer) Fingerprint() string {
	return fmt.Sprintf("%X", s.entity.PrimaryKey.Fingerprint)
}

// Public is the armored public key block.
func (s *Signer) Public() (string, error) {
	var out strings.Builder
	w, err := armor.Encode(&out, pgp.PublicKeyType, nil)
	if err != nil {
		return "", err
	}
	if err := errors.Join(s.entity.Serialize(w), w.Close()); err != nil {
		return "", fmt.Errorf("write the public key: %w", err)
	}
	return out.String() + "\n", nil
}

// Detach makes a detached, armored signature that claims a time. The same
// bytes and time give the same signature.
func (s *Signer) Detach(data []byte, at time.Time) ([]byte, error) {
	var out bytes.Buffer
	params := &pgp.SignParams{Config: signing(at)}
	if err := pgp.ArmoredDetachSign(&out, []*pgp.Entity{s.entity}, bytes.NewReader(data), params); err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

func signing(at time.Time) *packet.Config {
	salted := false
	return &packet.Config{Time: func() time.Time { return at }, NonDeterministicSignaturesViaNotation: &salted}
}
