package keyring

import "time"

// Description is a key as people look at it: for the site's key page and for keys list.
type Description struct {
	Owner       string
	Record      string // the document's name
	Kind        Kind
	Version     int    // OpenPGP key version, 0 for other kinds
	Algorithm   string // such as "RSA", "Ed25519", "ECDSA"
	Bits        int    // size of the key, 0 where the algorithm has one size
	Curve       string // such as "P-256", "" where there is none
	Fingerprint string // upper-case hex, or "SHA256:…" for SSH
	Grouped     string // the fingerprint in groups of four, with a wider gap in the middle for version 4
	KeyID       string // the last (version 4) or first (version 6) 16 hex digits
	Created     time.Time
	Expires     time.Time // zero: never
	Revoked     *Revocation
	Subkeys     []Subkey
	UserIDs     []UserID
	Revokers    []string // designated revokers named by the key itself
	Weak        string   // why the key is too weak to be believed, "" when it is not

	CanSign    bool // some part may sign at the time asked about
	CanEncrypt bool // some part can receive encrypted messages at the time asked about

	Identity   *Identity // sigstore
	Principals []string  // SSH certificates, authorities and allowed_signers lines
	Namespaces []string  // SSH allowed_signers: the namespaces the key is limited to
}

// Revocation is a key's or a user id's own withdrawal. Hard says that it reaches into the past: the key
// was compromised, or no reason was given (RFC 9580 section 5.2.3.31).
type Revocation struct {
	Time   time.Time
	Reason string // in plain words
	Text   string // what the revoker wrote
	By     string // owner of the designated revoker, or "" when the key revoked itself
	Hard   bool
}

// Subkey is one further key bound to an OpenPGP primary key.
type Subkey struct {
	Fingerprint  string
	KeyID        string
	Algorithm    string
	Bits         int
	Curve        string
	Created      time.Time
	Expires      time.Time
	Revoked      *Revocation
	Capabilities []string // of certify, sign, encrypt, authenticate
	CrossSigned  bool     // it signed back; without that its signatures do not count
	Weak         string
}

// UserID is one name on an OpenPGP key.
type UserID struct {
	Text           string // as written
	Name           string
	Email          string
	Primary        bool
	Revoked        *Revocation
	Certifications []Certification
}

// Certification is another team key's verified signature over a user id.
type Certification struct {
	Owner       string // whose key made it
	Fingerprint string // of that key's primary
	Time        time.Time
	Expires     time.Time // zero: never
	Revoked     bool
}

// Describe returns what there is to say about the key. Certifications are those by other keys of the
// ring, each verified; signatures by strangers are left out. now decides only CanSign and CanEncrypt.
func (r *Ring) Describe(k *Key, now time.Time) Description { return r.describe(k, now) }
