package keyring

import (
	"cmp"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/crypto/ssh"
)

// pemMaterial is a bare public key.
type pemMaterial struct {
	public      crypto.PublicKey
	fingerprint string
}

// New reads the records into a ring. A record that cannot be read, or that names another key than it holds,
// gives an issue and no key, so that a caller never takes a key that could not be read for one that is not
// there. What depends on the day is left to Check.
func New(records []Record) (*Ring, []Issue) {
	r := &Ring{
		openpgp: map[uint64][]*OpenPGPKey{}, byPrint: map[string][]*Key{},
		ssh: map[string][]*Key{}, certs: map[string][]*Key{},
	}
	var issues []Issue
	for _, rec := range records {
		keys, err := read(rec)
		if err != nil {
			issues = append(issues, Issue{ID: "key-unreadable", Record: rec.Name, Owner: rec.Owner, Message: err.Error()})
			continue
		}
		if issue, ok := checkFingerprint(rec, keys); !ok {
			issues = append(issues, issue)
			continue
		}
		r.keys = append(r.keys, keys...)
	}
	slices.SortStableFunc(r.keys, func(a, b *Key) int {
		return cmp.Or(cmp.Compare(a.Owner(), b.Owner()), cmp.Compare(a.Record.Name, b.Record.Name))
	})
	for _, k := range r.keys {
		r.index(k)
	}
	r.judgeForeign()
	return r, issues
}

// read turns one record into its keys.
func read(rec Record) ([]*Key, error) {
	given := 0
	for _, there := range []bool{rec.Armored != "", rec.SSH != "", rec.AllowedSigners != "", rec.Sigstore != nil, rec.PEM != ""} {
		if there {
			given++
		}
	}
	if given != 1 {
		return nil, fmt.Errorf("expected one kind of key material (a PGP block, ssh, allowed_signers, sigstore or a PEM key), found %d", given)
	}
	if rec.Removed != nil && rec.Removed.Date.IsZero() {
		return nil, errors.New("the key was removed, and since when is not said")
	}
	switch {
	case rec.Armored != "":
		return readOpenPGP(rec)
	case rec.AllowedSigners != "":
		return readSigners(rec)
	case rec.SSH != "":
		principals := rec.Principals
		if len(principals) == 0 {
			principals = []string{rec.Owner}
		}
		kind, m, err := readSSH(rec.SSH, principals)
		if err != nil {
			return nil, err
		}
		return []*Key{{Record: rec, Kind: kind, ssh: m}}, nil
	case rec.Sigstore != nil:
		return readIdentity(rec)
	}
	return readPEM(rec)
}

// readOpenPGP reads a record's armored blocks.
func readOpenPGP(rec Record) ([]*Key, error) {
	entities, err := readEntities(rec.Armored)
	if err != nil {
		return nil, err
	}
	var out []*Key
	for _, e := range entities {
		k := &Key{Record: rec, Kind: OpenPGP, pgp: e}
		for _, part := range e.parts() {
			part.Key = k
		}
		out = append(out, k)
	}
	return out, nil
}

// readSigners reads a record's allowed_signers file; each line's principals are its owner.
func readSigners(rec Record) ([]*Key, error) {
	lines, err := readAllowedSigners(rec.AllowedSigners)
	if err != nil {
		return nil, fmt.Errorf("allowed_signers: %w", err)
	}
	var out []*Key
	for _, line := range lines {
		own := rec
		own.Owner = line.principals
		out = append(out, &Key{Record: own, Kind: line.kind, ssh: line.material})
	}
	return out, nil
}

// readIdentity checks a sigstore identity: without an issuer, or with a subject that everybody has, anybody
// could sign.
func readIdentity(rec Record) ([]*Key, error) {
	id := rec.Sigstore
	switch {
	case id.Issuer == "":
		return nil, errors.New("sigstore: no issuer is given, so any of them could vouch for the subject")
	case (id.Subject == "") == (id.Pattern == ""):
		return nil, errors.New("sigstore: expected either a subject or a pattern for it")
	}
	subject, err := regexp.Compile(`\A(?:` + cmp.Or(id.Pattern, regexp.QuoteMeta(id.Subject)) + `)\z`)
	if err != nil {
		return nil, fmt.Errorf("sigstore: subject pattern: %w", err)
	}
	return []*Key{{Record: rec, Kind: Sigstore, subject: subject}}, nil
}

// readPEM reads a bare public key.
func readPEM(rec Record) ([]*Key, error) {
	block, _ := pem.Decode([]byte(rec.PEM))
	if block == nil || block.Type != "PUBLIC KEY" {
		return nil, errors.New("expected a PEM block of type PUBLIC KEY")
	}
	pub, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("read PEM public key: %w", err)
	}
	sum := sha256.Sum256(block.Bytes)
	return []*Key{{Record: rec, Kind: PEM, pem: &pemMaterial{pub, strings.ToUpper(hex.EncodeToString(sum[:]))}}}, nil
}

// checkFingerprint compares the record's fingerprint with the material's own.
func checkFingerprint(rec Record, keys []*Key) (Issue, bool) {
	if rec.Fingerprint == "" || rec.Sigstore != nil || rec.AllowedSigners != "" {
		return Issue{}, true
	}
	issue := Issue{ID: "key-fingerprint-differs", Record: rec.Name, Owner: rec.Owner}
	if len(keys) != 1 {
		issue.Message = fmt.Sprintf("the record gives one fingerprint and the block holds %d keys: keep one key a record", len(keys))
		return issue, false
	}
	want, have := rec.Fingerprint, keys[0].Fingerprint()
	if !strings.HasPrefix(want, "SHA256:") {
		want = plainHex(want)
	}
	issue.Message = fmt.Sprintf("the record says %s, the key is %s", want, have)
	return issue, want == have
}

// Fingerprint returns the key's fingerprint: upper-case hex for OpenPGP (of the primary key) and PEM,
// "SHA256:…" for SSH, "" for sigstore identities.
func (k *Key) Fingerprint() string {
	switch k.Kind {
	case OpenPGP:
		return k.pgp.primary.Fingerprint
	case PEM:
		return k.pem.fingerprint
	case Sigstore:
		return ""
	}
	return ssh.FingerprintSHA256(k.ssh.public)
}

// index makes the key findable.
func (r *Ring) index(k *Key) {
	switch k.Kind {
	case OpenPGP:
		for _, part := range k.pgp.parts() {
			r.openpgp[part.packet.KeyId] = append(r.openpgp[part.packet.KeyId], part)
			r.byPrint[part.Fingerprint] = append(r.byPrint[part.Fingerprint], k)
		}
	case SSH, SSHCert:
		wire := string(k.ssh.public.Marshal())
		r.ssh[wire] = append(r.ssh[wire], k)
		r.byPrint[k.Fingerprint()] = append(r.byPrint[k.Fingerprint()], k)
	case SSHCA:
		wire := string(k.ssh.public.Marshal())
		r.certs[wire] = append(r.certs[wire], k)
		r.byPrint[k.Fingerprint()] = append(r.byPrint[k.Fingerprint()], k)
	case Sigstore:
		r.sigstore = append(r.sigstore, k)
	case PEM:
		r.byPrint[k.Fingerprint()] = append(r.byPrint[k.Fingerprint()], k)
	}
}

// findKeyID finds OpenPGP keys by their 16-digit key id.
func (r *Ring) findKeyID(id string) []*Key {
	n, err := strconv.ParseUint(id, 16, 64)
	if err != nil || len(id) != 16 {
		return nil
	}
	var out []*Key
	for _, part := range r.openpgp[n] {
		if !slices.Contains(out, part.Key) {
			out = append(out, part.Key)
		}
	}
	return out
}

// Identities returns the keys whose sigstore identity is the one that a certificate names.
func (r *Ring) Identities(issuer, subject string) []*Key {
	var out []*Key
	for _, k := range r.sigstore {
		if issuer == k.Record.Sigstore.Issuer && k.subject.MatchString(subject) {
			out = append(out, k)
		}
	}
	return out
}

// Named returns the keys of a sigstore identity as results write it: "subject (issuer)".
func (r *Ring) Named(identity string) []*Key {
	subject, issuer, _ := strings.Cut(strings.TrimSuffix(identity, ")"), " (")
	return r.Identities(issuer, subject)
}

// BareKeys returns the PEM keys, sorted as Keys sorts.
func (r *Ring) BareKeys() []*Key {
	var out []*Key
	for _, k := range r.keys {
		if k.Kind == PEM {
			out = append(out, k)
		}
	}
	return out
}

// Public returns the key itself of a PEM key, nil for any other kind.
func (k *Key) Public() crypto.PublicKey {
	if k.pem == nil {
		return nil
	}
	return k.pem.public
}

// parts lists the primary key and its subkeys.
func (e *Entity) parts() []*OpenPGPKey {
	return append([]*OpenPGPKey{e.primary}, e.subkeys...)
}
