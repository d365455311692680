// Package keyring holds the team's keys: who owns each, what it may do, and from when to when.
//
// Two things say when a key counts. The key material says it about itself: an OpenPGP key has a creation
// time, an expiry date and perhaps a revocation, an SSH certificate a validity window. The team says it in
// the key's record: when the key was added, when it may first be used, whether and why it was removed. Both
// are kept apart here and both are asked, because a signing time can be chosen by whoever holds the key,
// while the record is written by the team.
//
// An OpenPGP key is a primary key with user ids and subkeys. A signature names the subkey that made it, the
// policy names the owner; the ring resolves one to the other. A subkey belongs to a primary key only if the
// primary signed it (the binding) and, for one that signs, if it signed back (the cross-certification, RFC
// 9580 section 5.2.1.8): otherwise anybody could adopt somebody else's key.
//
// The package knows key material and records. It knows no commits, no packages and no clock: the time is
// an argument.
package keyring

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// Role is what a key may do.
type Role string

// The roles of a key record.
const (
	Commit   Role = "commit"   // signs fixes
	Release  Role = "release"  // signs packages
	Contact  Role = "contact"  // receives reports
	Verifier Role = "verifier" // signs gate 2's results
	Platform Role = "platform" // a forge's own merge key, off by default
)

// Removal reasons. A compromised key counts for nothing, whatever time its signatures claim.
const (
	Retired     = "retired"
	Superseded  = "superseded"
	Compromised = "compromised"
)

// Record is one key document, as plain values. Exactly one kind of material is expected: Armored, SSH,
// AllowedSigners, Sigstore or PEM.
type Record struct {
	Name          string // the document's name, for messages
	Owner         string
	Roles         []Role
	Fingerprint   string // as written, grouping and case do not matter; "" where the record gives none
	Added         time.Time
	UsableFrom    time.Time // zero: Added
	Removed       *Removal
	RevocableBy   []string // fingerprints of designated revokers
	Announcements []string

	Armored        string   // one or several OpenPGP public key blocks, version 4 or 6
	SSH            string   // one line of authorized_keys form: a public key or a certificate
	Principals     []string // for a certificate authority in SSH (cert-authority): who it may speak for; empty: the owner
	AllowedSigners string   // an allowed_signers file (ssh-keygen(1)), read as it is
	Sigstore       *Identity
	PEM            string // a PKIX public key: of a verifier, or one that signs sigstore bundles without a certificate
}

// Removal says when and why a key stopped counting.
type Removal struct {
	Date   time.Time
	Reason string // Retired, Superseded or Compromised
}

// Identity is a sigstore identity: the issuer that vouched and the subject it vouched for. Subject is
// compared exactly, unless Pattern is set: then it is a regular expression over the whole subject.
type Identity struct {
	Issuer  string
	Subject string
	Pattern string
}

// Issue is one thing wrong with a key, as plain values. ID is a kebab-case rule id; Record names the
// document, Owner its owner.
type Issue struct {
	ID      string
	Record  string
	Owner   string
	Message string
}

// Ring is a set of keys, ready to be asked. It is read-only after New and safe for use by many at once.
type Ring struct {
	keys     []*Key
	openpgp  map[uint64][]*OpenPGPKey // by key id, primary and subkeys
	byPrint  map[string][]*Key        // by upper-case hex fingerprint, subkeys included
	ssh      map[string][]*Key        // by wire form of the public key
	certs    map[string][]*Key        // certificate authorities, by wire form
	sigstore []*Key
}

// Kind is the kind of a key's material.
type Kind string

// The kinds.
const (
	OpenPGP  Kind = "openpgp"
	SSH      Kind = "ssh"
	SSHCert  Kind = "ssh-certificate" // one certificate, named by its own key
	SSHCA    Kind = "ssh-ca"          // a certificate authority
	Sigstore Kind = "sigstore"
	PEM      Kind = "pem"
)

// Key is one key of the ring with the record it came from.
type Key struct {
	Record Record
	Kind   Kind

	pgp *Entity
	ssh *sshMaterial
	pem *pemMaterial

	subject *regexp.Regexp // sigstore: what the whole subject must match
}

// Keys returns all keys, sorted by owner, then record name.
func (r *Ring) Keys() []*Key { return slices.Clone(r.keys) }

// Find returns the keys that a fingerprint or an OpenPGP key id names, subkeys included: hex in any
// grouping and case, or an SSH fingerprint "SHA256:…". Short ids of eight digits name nothing, since
// anyone can make a key that has a given one.
func (r *Ring) Find(id string) []*Key {
	if strings.HasPrefix(id, "SHA256:") {
		return slices.Clone(r.byPrint[id])
	}
	id = plainHex(id)
	if found := r.byPrint[id]; found != nil {
		return slices.Clone(found)
	}
	return r.findKeyID(id)
}

// Owner returns whose key the fingerprint or key id is, or "" when the ring does not hold it or when
// keys of different owners share it.
func (r *Ring) Owner(id string) string {
	owner := ""
	for _, k := range r.Find(id) {
		if owner != "" && owner != k.Owner() {
			return ""
		}
		owner = k.Owner()
	}
	return owner
}

// ByRole returns the keys that hold a role, sorted as Keys sorts.
func (r *Ring) ByRole(role Role) []*Key {
	var out []*Key
	for _, k := range r.keys {
		if k.Has(role) {
			out = append(out, k)
		}
	}
	return out
}

// Owner returns the record's owner.
func (k *Key) Owner() string { return k.Record.Owner }

// Has reports whether the record gives the key a role.
func (k *Key) Has(role Role) bool { return slices.Contains(k.Record.Roles, role) }

// UsableFrom returns the first moment at which the record lets the key sign: usable_from, else added.
func (k *Key) UsableFrom() time.Time {
	if !k.Record.UsableFrom.IsZero() {
		return k.Record.UsableFrom
	}
	return k.Record.Added
}

// plainHex drops the grouping of a fingerprint: spaces, colons and a leading 0x.
func plainHex(s string) string {
	s = strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(s)), "0X")
	return strings.NewReplacer(" ", "", ":", "", "\t", "", "\u00a0", "").Replace(s)
}
