package keyring

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/clearsign"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	pgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

// Secret is an OpenPGP key pair: one made on the spot, for samples and for tests (an Ed25519 key that signs
// and an X25519 subkey that receives), or the one that signs what a site publishes for machines. It is never
// written to disk here, and there is no passphrase: a team's real keys are made and kept elsewhere.
type Secret struct {
	entity *pgp.Entity
}

// Generate makes a key pair for a name and an address, dated created. random is crypto/rand.Reader in a
// program.
func Generate(name, email string, created time.Time, random io.Reader) (*Secret, error) {
	entity, err := pgp.NewEntity(name, "", email, &packet.Config{
		Rand: random, Algorithm: packet.PubKeyAlgoEdDSA, DefaultHash: crypto.SHA256,
		Time: func() time.Time { return created },
	})
	if err != nil {
		return nil, fmt.Errorf("make an OpenPGP key for %s: %w", name, err)
	}
	return &Secret{entity}, nil
}

// ReadSecret reads an armored private key without a passphrase.
func ReadSecret(armored []byte) (*Secret, error) {
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
	return &Secret{list[0]}, nil
}

// Public returns the public key as an armored block, the form that a key document takes.
func (s *Secret) Public() (string, error) {
	var raw, out bytes.Buffer
	if err := s.entity.Serialize(&raw); err != nil {
		return "", fmt.Errorf("write public key: %w", err)
	}
	err := armorTo(&out, "PGP PUBLIC KEY BLOCK", raw.Bytes())
	return out.String(), err
}

// Fingerprint returns the primary key's fingerprint in upper-case hex.
func (s *Secret) Fingerprint() string {
	return fmt.Sprintf("%X", s.entity.PrimaryKey.Fingerprint)
}

// ClearSign wraps a text in a cleartext signature, the form that security.txt takes (RFC 9116 section 2.3).
// The same text and date give the same bytes. A key younger than the date signs at its own first moment.
func (s *Secret) ClearSign(text []byte, at time.Time) ([]byte, error) {
	at = s.noEarlier(at)
	key, ok := s.entity.SigningKey(at, secretConfig(at))
	if !ok {
		return nil, errors.New("sign: the key may not sign at this time")
	}
	var out bytes.Buffer
	w, err := clearsign.Encode(&out, key.PrivateKey, secretConfig(at))
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	if _, err := w.Write(text); err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

// Sign returns an armored detached signature over the message, dated at: what git puts into a commit's
// gpgsig header and what lies beside a package as .asc. The same message and date give the same bytes, so
// that a signed site is reproducible. A key younger than the date signs at its own first moment.
func (s *Secret) Sign(message []byte, at time.Time, random io.Reader) ([]byte, error) {
	var out bytes.Buffer
	config := secretConfig(s.noEarlier(at))
	config.Rand = random
	err := pgp.ArmoredDetachSign(&out, []*pgp.Entity{s.entity}, bytes.NewReader(message), &pgp.SignParams{Config: config})
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

// noEarlier moves a date up to where the key and all that it says about itself exist. What is signed for a day
// is dated at its first moment, which a key made on that day is younger than.
func (s *Secret) noEarlier(at time.Time) time.Time {
	first := s.entity.PrimaryKey.CreationTime
	if self, _ := s.entity.PrimarySelfSignature(time.Time{}, nil); self != nil {
		first = later(first, self.CreationTime)
	}
	for _, sub := range s.entity.Subkeys {
		first = later(first, sub.PublicKey.CreationTime)
		for _, b := range sub.Bindings {
			first = later(first, b.Packet.CreationTime)
		}
	}
	if first.Sub(at) > 24*time.Hour {
		return at // not made on that day: the caller learns that the key may not sign
	}
	return later(at, first)
}

// secretConfig signs at a time, without the random notation that would make each signature another one.
func secretConfig(at time.Time) *packet.Config {
	salted := false
	return &packet.Config{DefaultHash: crypto.SHA256, Time: func() time.Time { return at }, NonDeterministicSignaturesViaNotation: &salted}
}
