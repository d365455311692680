package keyring

import (
	"io"
	"time"
)

// Entity is an OpenPGP primary key with its subkeys and user ids.
type Entity struct{}

// OpenPGPKey is one primary key or subkey.
type OpenPGPKey struct{}

type sshMaterial struct{}
type pemMaterial struct{}

// New reads the records into a ring. A record that cannot be read gives a fatal issue and no key; the
// other issues are those that show while reading (fingerprint in the record differs from the block). No
// clock is needed: what depends on the day is Check's.
func New(records []Record) (*Ring, []Issue) { return &Ring{}, nil }

func (r *Ring) findKeyID(id string) []*Key { return nil }

func (r *Ring) describe(k *Key, now time.Time) Description { return Description{} }

// Policy is what a team asks of its keys beyond being readable.
type Policy struct {
	Within                time.Duration // report keys that expire within this time
	MinCertifications     int           // by how many other owners of the ring each OpenPGP key is certified
	NeedDesignatedRevoker bool          // each OpenPGP key of role release names a designated revoker
}

// Check returns what is wrong with the keys at a moment, sorted by record and id: key-expired,
// key-expiring, key-revoked, key-weak, key-removed-usable, contact-cannot-encrypt, fingerprint-mismatch, key-revoker-missing,
// key-certification-missing, no-contact-key.
func (r *Ring) Check(now time.Time, p Policy) []Issue { return nil }

// Binary returns the OpenPGP key as a transferable public key in binary form, for a Web Key Directory. With
// an email, only the user ids with that address are kept, as WKD asks; without one, all are.
func (k *Key) Binary(email string) ([]byte, error) { return nil, nil }

// Armor returns the OpenPGP keys as one armored block each, joined, for keys.asc.
func Armor(keys []*Key) (string, error) { return "", nil }

// WKDHash is the file name of an address in a Web Key Directory: z-base-32 of the SHA-1 of its lower-cased
// local part (draft-koch-openpgp-webkey-service section 3.1).
func WKDHash(local string) string { return "" }

// Emails returns the addresses of the key's user ids that are not revoked, lower-cased and sorted.
func (k *Key) Emails() []string { return nil }

// Encrypt writes the message encrypted to the keys as an armored OpenPGP message. A key that cannot
// receive at the given time is an error that names its owner. random is crypto/rand.Reader in the program.
func Encrypt(w io.Writer, message []byte, to []*Key, now time.Time, random io.Reader) error {
	return nil
}

// VerifierPEM returns the PEM public keys of role verifier by owner, in record order: whose results count
// at the given time.
func (r *Ring) Verifiers(now time.Time) []*Key { return nil }
