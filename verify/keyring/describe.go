package keyring

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

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

	CanSign    bool      // some part may sign at the time asked about
	SignsUntil time.Time // the end of the part that may sign longest; zero: never, or none may
	CanEncrypt bool      // some part can receive encrypted messages at the time asked about

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
func (r *Ring) Describe(k *Key, now time.Time) Description {
	d := Description{
		Owner: k.Owner(), Record: k.Record.Name, Kind: k.Kind,
		Fingerprint: k.Fingerprint(), Identity: k.Record.Sigstore,
	}
	d.Grouped = Group(d.Fingerprint)
	switch k.Kind {
	case OpenPGP:
		k.pgp.describe(&d, now)
	case PEM:
		d.Algorithm, d.Bits, d.Curve = algorithmOfPublic(k.pem.public)
		d.Weak, d.CanSign = WeakPublic(k.pem.public), true
	case Sigstore:
		d.CanSign = true
	default:
		k.ssh.describe(&d, now)
	}
	return d
}

// describe fills in what an OpenPGP key says.
func (e *Entity) describe(d *Description, now time.Time) {
	pk := e.primary.packet
	d.Version, d.KeyID = pk.Version, pk.KeyIdString()
	d.Algorithm, d.Bits, d.Curve = algorithmOf(pk)
	d.Created, d.Expires = pk.CreationTime.UTC(), e.primary.ownExpiry()
	d.Revoked, d.Weak = worst(e.primary.revocations), weakKey(pk)
	d.Revokers = slices.Clone(e.revokers)
	for _, part := range e.parts() {
		if s, _ := part.Standing(now); s == Good && part.Weak() == "" {
			end := part.Expires()
			if !d.CanSign || end.IsZero() || !d.SignsUntil.IsZero() && end.After(d.SignsUntil) {
				d.SignsUntil = end
			}
			d.CanSign = true
		}
		if part.canEncryptAt(now) {
			d.CanEncrypt = true
		}
	}
	for _, sub := range e.subkeys {
		d.Subkeys = append(d.Subkeys, sub.describe())
	}
	for _, u := range e.users {
		d.UserIDs = append(d.UserIDs, u.describe(e.primaryUser() == u))
	}
}

// describe lists a subkey.
func (k *OpenPGPKey) describe() Subkey {
	s := Subkey{
		Fingerprint: k.Fingerprint, KeyID: k.packet.KeyIdString(),
		Created: k.packet.CreationTime.UTC(), Expires: k.ownExpiry(), Revoked: worst(k.revocations),
		CrossSigned: k.crossSigned, Weak: weakKey(k.packet),
	}
	s.Algorithm, s.Bits, s.Curve = algorithmOf(k.packet)
	flags := k.statement()
	for _, c := range []struct {
		name string
		set  bool
	}{{"certify", flags.FlagCertify}, {"sign", flags.FlagSign},
		{"encrypt", flags.FlagEncryptCommunications || flags.FlagEncryptStorage}, {"authenticate", flags.FlagAuthenticate}} {
		if c.set {
			s.Capabilities = append(s.Capabilities, c.name)
		}
	}
	return s
}

// describe lists a user id.
func (u *user) describe(primary bool) UserID {
	name, email := splitUserID(u.id)
	return UserID{Text: u.id, Name: name, Email: email, Primary: primary, Revoked: u.revoked, Certifications: slices.Clone(u.certs)}
}

// primaryUser is the user id to show first: the newest that is marked primary, else the newest.
func (e *Entity) primaryUser() *user {
	var best *user
	rank := func(u *user) (bool, bool) {
		return u.revoked == nil, u.self.IsPrimaryId != nil && *u.self.IsPrimaryId
	}
	for _, u := range e.users {
		if best == nil {
			best = u
			continue
		}
		live, marked := rank(u)
		bestLive, bestMarked := rank(best)
		switch {
		case live != bestLive:
			if live {
				best = u
			}
		case marked != bestMarked:
			if marked {
				best = u
			}
		case newer(u.self, best.self):
			best = u
		}
	}
	return best
}

// splitUserID takes "Name (comment) <address>" apart. A user id that is an address alone is an address.
func splitUserID(id string) (name, email string) {
	open, end := strings.LastIndex(id, "<"), strings.LastIndex(id, ">")
	if open >= 0 && end > open {
		name, email = id[:open], id[open+1:end]
	} else if strings.Contains(id, "@") && !strings.Contains(id, " ") {
		email = id
	} else {
		name = id
	}
	if i := strings.Index(name, "("); i >= 0 {
		name = name[:i]
	}
	return strings.TrimSpace(name), strings.ToLower(strings.TrimSpace(email))
}

// worst picks the revocation that matters most: one that reaches into the past before one that does not,
// then the earliest.
func worst(list []Revocation) *Revocation {
	var out *Revocation
	for i := range list {
		r := list[i]
		if out == nil || (r.Hard && !out.Hard) || (r.Hard == out.Hard && r.Time.Before(out.Time)) {
			out = &r
		}
	}
	return out
}

// Group prints a hex fingerprint in groups of four with a wider gap in the middle, the way gpg prints it
// and people compare it. Other fingerprints come back as they are.
func Group(fingerprint string) string {
	if len(fingerprint)%8 != 0 || strings.ContainsFunc(fingerprint, func(r rune) bool { return !strings.ContainsRune("0123456789ABCDEF", r) }) {
		return fingerprint
	}
	var b strings.Builder
	for i := 0; i < len(fingerprint); i += 4 {
		if i > 0 {
			b.WriteByte(' ')
		}
		if i > 0 && i == len(fingerprint)/2 {
			b.WriteByte(' ')
		}
		b.WriteString(fingerprint[i : i+4])
	}
	return b.String()
}

// describe fills in what an SSH key says.
func (m *sshMaterial) describe(d *Description, now time.Time) {
	if holder, ok := m.public.(ssh.CryptoPublicKey); ok {
		d.Algorithm, d.Bits, d.Curve = algorithmOfPublic(holder.CryptoPublicKey())
	} else {
		d.Algorithm = m.public.Type()
	}
	if strings.HasPrefix(m.public.Type(), "sk-") {
		d.Algorithm += " on a security key"
	}
	d.Created, d.Expires = m.validAfter, m.validBefore
	d.Weak = WeakSSH(m.public)
	d.Principals, d.Namespaces = slices.Clone(m.principals), slices.Clone(m.namespaces)
	if m.cert != nil {
		d.Principals = slices.Clone(m.cert.ValidPrincipals)
	}
	d.SignsUntil = m.validBefore
	d.CanSign = d.Weak == "" && !now.Before(m.validAfter) && (m.validBefore.IsZero() || now.Before(m.validBefore))
}

// algorithmOfPublic is algorithmOf for keys of the standard library.
func algorithmOfPublic(public crypto.PublicKey) (name string, bits int, curve string) {
	switch key := public.(type) {
	case *rsa.PublicKey:
		return "RSA", key.N.BitLen(), ""
	case *ecdsa.PublicKey:
		return "ECDSA", 0, key.Curve.Params().Name
	case ed25519.PublicKey:
		return "Ed25519", 0, ""
	}
	return strings.TrimPrefix(fmt.Sprintf("%T", public), "*"), 0, ""
}

// seconds turns an OpenPGP lifetime into a duration.
func seconds(n uint32) time.Duration { return time.Duration(n) * time.Second }
