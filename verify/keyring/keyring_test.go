package keyring

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	pgp "github.com/ProtonMail/go-crypto/openpgp/v2"
	"golang.org/x/crypto/ssh"
)

func date(s string) time.Time {
	t, err := time.Parse("2006-01-02", s)
	if err != nil {
		panic(err)
	}
	return t
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// newSecret makes an Ed25519 key with an encryption subkey, created 2020-01-01.
func newSecret(t testing.TB, name string) *Secret {
	t.Helper()
	s, err := Generate(name, strings.ToLower(name)+"@example.org", date("2020-01-01"), rand.Reader)
	must(t, err)
	return s
}

// block is the public key as armored text.
func (s *Secret) block(t testing.TB) string {
	t.Helper()
	text, err := s.Public()
	must(t, err)
	return text
}

// recordOf is a record for the key.
func recordOf(t testing.TB, s *Secret, owner string, roles ...Role) Record {
	return Record{Name: owner, Owner: owner, Roles: roles, Armored: s.block(t), Fingerprint: s.Fingerprint(), Added: date("2020-01-02")}
}

// certify lets one key sign another's user id.
func certify(t testing.TB, s, by *Secret, life time.Duration) {
	t.Helper()
	config := &packet.Config{Rand: rand.Reader, SigLifetimeSecs: uint32(life.Seconds()), Time: func() time.Time { return date("2020-02-01") }}
	for id := range s.entity.Identities {
		must(t, s.entity.SignIdentity(id, by.entity, config))
	}
}

// ids lists the issues as "record id".
func ids(issues []Issue) []string {
	var out []string
	for _, i := range issues {
		out = append(out, strings.TrimSpace(i.Record+" "+i.ID))
	}
	return out
}

// newRing makes a ring and fails on any issue.
func newRing(t testing.TB, records ...Record) *Ring {
	t.Helper()
	ring, issues := New(records)
	for _, i := range issues {
		t.Fatalf("%s %s: %s", i.Record, i.ID, i.Message)
	}
	return ring
}

func sshLine(t testing.TB, key crypto.PublicKey) string {
	t.Helper()
	pub, err := ssh.NewPublicKey(key)
	must(t, err)
	return string(ssh.MarshalAuthorizedKey(pub))
}

func pemKey(t testing.TB) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	must(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

func TestFindBySubkeyAndKeyID(t *testing.T) {
	s := newSecret(t, "Dvz")
	ring := newRing(t, recordOf(t, s, "dvz", Commit))
	sub := s.entity.Subkeys[0].PublicKey
	primary := s.entity.PrimaryKey
	for _, id := range []string{
		s.Fingerprint(), strings.ToLower(s.Fingerprint()), Group(s.Fingerprint()), "0x" + primary.KeyIdString(),
		sub.KeyIdString(), hex.EncodeToString(sub.Fingerprint),
	} {
		if got := ring.Owner(id); got != "dvz" {
			t.Errorf("%s: owner %q", id, got)
		}
	}
	for _, id := range []string{primary.KeyIdShortString(), "", "dvz", strings.Repeat("0", 40)} {
		if got := ring.Find(id); got != nil {
			t.Errorf("%q names %d keys", id, len(got))
		}
	}
}

func TestUnreadableRecordsAreFatal(t *testing.T) {
	s := newSecret(t, "Dvz")
	var private bytes.Buffer
	w, err := armor.Encode(&private, pgp.PrivateKeyType, nil)
	must(t, err)
	must(t, s.entity.SerializePrivate(w, nil))
	must(t, w.Close())
	bare := &bytes.Buffer{}
	must(t, s.entity.PrimaryKey.Serialize(bare))
	var naked bytes.Buffer
	must(t, armorTo(&naked, pgp.PublicKeyType, bare.Bytes()))
	for name, c := range map[string]struct {
		record Record
		want   string
	}{
		"nothing":              {Record{}, "expected one kind of key material"},
		"two kinds":            {Record{Armored: s.block(t), PEM: pemKey(t)}, "found 2"},
		"a private key":        {Record{Armored: private.String()}, "private key block"},
		"no self-signature":    {Record{Armored: naked.String()}, "no valid signature by itself"},
		"no block":             {Record{Armored: "hello"}, "BEGIN PGP PUBLIC KEY BLOCK"},
		"cut short":            {Record{Armored: s.block(t)[:200]}, ""},
		"ssh rubbish":          {Record{SSH: "ssh-ed25519 AAAA"}, "SSH public key line"},
		"two ssh lines":        {Record{SSH: strings.Repeat(sshLine(t, mustEd25519(t)), 2)}, "text after it"},
		"allowed_signers line": {Record{AllowedSigners: "mara ssh-ed25519 x\n"}, "line 1"},
		"unknown option":       {Record{AllowedSigners: "mara verify-required=1 " + sshLine(t, mustEd25519(t))}, "unknown option"},
		"no issuer":            {Record{Sigstore: &Identity{Subject: "a@b.c"}}, "no issuer"},
		"no subject":           {Record{Sigstore: &Identity{Issuer: "https://i"}}, "subject or a pattern"},
		"broken pattern":       {Record{Sigstore: &Identity{Issuer: "https://i", Pattern: "("}}, "pattern"},
		"no PEM":               {Record{PEM: "x"}, "PUBLIC KEY"},
	} {
		c.record.Name, c.record.Owner = name, "dvz"
		ring, issues := New([]Record{c.record})
		if len(ring.Keys()) != 0 || len(issues) != 1 || issues[0].ID != "key-unreadable" || !strings.Contains(issues[0].Message, c.want) {
			t.Errorf("%s: %d keys, %+v", name, len(ring.Keys()), issues)
		}
	}
}

func mustEd25519(t testing.TB) ed25519.PublicKey {
	t.Helper()
	pub, _, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	return pub
}

func TestFingerprintDiffersFromBlock(t *testing.T) {
	a, b := newSecret(t, "A"), newSecret(t, "B")
	r := recordOf(t, a, "a", Commit)
	r.Fingerprint = b.Fingerprint()
	ring, issues := New([]Record{r})
	if got := ids(issues); !slices.Equal(got, []string{"a key-fingerprint-differs"}) || len(ring.Keys()) > 0 {
		t.Errorf("issues %v", got)
	}
	r.Fingerprint, r.Armored = "", a.block(t)+b.block(t)
	ring, issues = New([]Record{r})
	if len(issues) != 0 || len(ring.Keys()) != 2 {
		t.Errorf("two blocks: %d keys, %v", len(ring.Keys()), issues)
	}
}

func TestDescribe(t *testing.T) {
	dvz, mara, stranger := newSecret(t, "Dvz"), newSecret(t, "Mara"), newSecret(t, "Stranger")
	certify(t, dvz, mara, 0)
	certify(t, dvz, stranger, 0)
	ring := newRing(t, recordOf(t, dvz, "dvz", Contact), recordOf(t, mara, "mara", Commit))
	d := ring.Describe(ring.Find(dvz.Fingerprint())[0], date("2024-01-01"))
	if d.Algorithm != "Ed25519" || d.Version != 4 || !d.Created.Equal(date("2020-01-01")) || !d.Expires.IsZero() || !d.CanSign || !d.CanEncrypt {
		t.Errorf("%+v", d)
	}
	if len(d.UserIDs) != 1 || d.UserIDs[0].Name != "Dvz" || d.UserIDs[0].Email != "dvz@example.org" || !d.UserIDs[0].Primary {
		t.Fatalf("user ids %+v", d.UserIDs)
	}
	if c := d.UserIDs[0].Certifications; len(c) != 1 || c[0].Owner != "mara" || c[0].Fingerprint != mara.Fingerprint() {
		t.Errorf("certifications %+v", c)
	}
	if len(d.Subkeys) != 1 || !slices.Equal(d.Subkeys[0].Capabilities, []string{"encrypt"}) {
		t.Errorf("subkeys %+v", d.Subkeys)
	}
	if want := "990C 56F6 523C 5F2F A0D9  E5A1 665B 4A17 698A 1954"; Group("990C56F6523C5F2FA0D9E5A1665B4A17698A1954") != want {
		t.Errorf("grouped %q", Group("990C56F6523C5F2FA0D9E5A1665B4A17698A1954"))
	}
}

// A certification counts only if the certifier's key made it.
func TestForgedCertificationIsLeftOut(t *testing.T) {
	dvz, mara, mallory := newSecret(t, "Dvz"), newSecret(t, "Mara"), newSecret(t, "Mallory")
	forger := *mallory.entity.PrivateKey // signs with her own numbers under Mara's name
	forger.KeyId, forger.Fingerprint = mara.entity.PrimaryKey.KeyId, mara.entity.PrimaryKey.Fingerprint
	for name, id := range dvz.entity.Identities {
		sig := &packet.Signature{Version: 4, SigType: packet.SigTypeGenericCert, PubKeyAlgo: forger.PubKeyAlgo, Hash: crypto.SHA256, CreationTime: date("2020-02-01")}
		must(t, sig.SignUserId(name, dvz.entity.PrimaryKey, &forger, &packet.Config{Rand: rand.Reader}))
		id.OtherCertifications = append(id.OtherCertifications, packet.NewVerifiableSig(sig))
	}
	ring := newRing(t, recordOf(t, dvz, "dvz", Commit), recordOf(t, mara, "mara", Commit))
	if c := ring.Describe(ring.Find(dvz.Fingerprint())[0], date("2024-01-01")).UserIDs[0].Certifications; len(c) != 0 {
		t.Errorf("certifications %+v", c)
	}
}

// A key's end is what the key itself says, not what somebody else says in its name.
func TestForgedSelfSignatureIsLeftOut(t *testing.T) {
	for name, forge := range map[string]func(t *testing.T, e *pgp.Entity, forger *packet.PrivateKey, sig *packet.Signature){
		"user id": func(t *testing.T, e *pgp.Entity, forger *packet.PrivateKey, sig *packet.Signature) {
			sig.SigType = packet.SigTypePositiveCert
			for name, id := range e.Identities {
				must(t, sig.SignUserId(name, e.PrimaryKey, forger, &packet.Config{Rand: rand.Reader}))
				id.SelfCertifications = append(id.SelfCertifications, packet.NewVerifiableSig(sig))
			}
		},
		"direct": func(t *testing.T, e *pgp.Entity, forger *packet.PrivateKey, sig *packet.Signature) {
			sig.SigType = packet.SigTypeDirectSignature
			must(t, sig.SignDirectKeyBinding(e.PrimaryKey, forger, &packet.Config{Rand: rand.Reader}))
			e.DirectSignatures = append(e.DirectSignatures, packet.NewVerifiableSig(sig))
		},
	} {
		old, mallory := expiring(t, "Old"), newSecret(t, "Mallory")
		forger := *mallory.entity.PrivateKey
		forger.KeyId, forger.Fingerprint = old.entity.PrimaryKey.KeyId, old.entity.PrimaryKey.Fingerprint
		forge(t, old.entity, &forger, &packet.Signature{
			Version: 4, PubKeyAlgo: forger.PubKeyAlgo, Hash: crypto.SHA256, CreationTime: date("2020-02-01"), FlagsValid: true, FlagSign: true,
		})
		ring := newRing(t, recordOf(t, old, "old", Commit))
		if d := ring.Describe(ring.Keys()[0], date("2020-06-01")); !d.Expires.Equal(date("2020-01-01").AddDate(0, 0, 400)) {
			t.Errorf("%s: the key ends %s, as a stranger says", name, d.Expires)
		}
	}
}

func TestSSHAndPEMDescriptions(t *testing.T) {
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	must(t, err)
	ring := newRing(t,
		Record{Name: "a", Owner: "a", SSH: sshLine(t, mustEd25519(t))},
		Record{Name: "b", Owner: "b", SSH: sshLine(t, weak.Public())},
		Record{Name: "c", Owner: "c", PEM: pemKey(t), Roles: []Role{Verifier}},
		Record{Name: "d", Owner: "d", Sigstore: &Identity{Issuer: "https://i", Subject: "d@x"}})
	var got []string
	for _, k := range ring.Keys() {
		d := ring.Describe(k, date("2024-01-01"))
		got = append(got, strings.TrimSpace(string(d.Kind)+" "+d.Algorithm+" "+d.Curve))
		if (d.Owner == "b") != (d.Weak != "") {
			t.Errorf("%s: weak %q", d.Owner, d.Weak)
		}
	}
	if want := []string{"ssh Ed25519", "ssh RSA", "pem ECDSA P-256", "sigstore"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestIdentities(t *testing.T) {
	exact := Record{Name: "a", Owner: "exact", Sigstore: &Identity{Issuer: "https://i", Subject: "a@b.c"}}
	pattern := Record{Name: "b", Owner: "pattern", Sigstore: &Identity{Issuer: "https://i", Pattern: `https://github\.com/mybb/mybb/\.github/workflows/.*@refs/tags/.*`}}
	either := Record{Name: "c", Owner: "either", Sigstore: &Identity{Issuer: "https://i", Pattern: `x|y`}}
	ring := newRing(t, exact, pattern, either)
	for _, c := range []struct{ issuer, subject, want string }{
		{"https://i", "a@b.c", "exact"},
		{"https://other", "a@b.c", ""},
		{"https://i", "a@b.c.evil", ""},
		{"https://i", "a@bxc", ""},
		{"https://i", "", ""},
		{"https://i", "https://github.com/mybb/mybb/.github/workflows/r.yml@refs/tags/1", "pattern"},
		{"https://i", "https://evil/https://github.com/mybb/mybb/.github/workflows/r.yml@refs/tags/1", ""},
		{"https://i", "https://github.com/mybb/mybb/.github/workflows/r.yml@refs/heads/1", ""},
		{"https://i", "y", "either"},
		{"https://i", "xevil", ""},
	} {
		got := ""
		for _, k := range ring.Identities(c.issuer, c.subject) {
			got += k.Owner()
		}
		if got != c.want {
			t.Errorf("%s %s: %q, want %q", c.issuer, c.subject, got, c.want)
		}
	}
}

func TestWKDHash(t *testing.T) {
	// The example of draft-koch-openpgp-webkey-service.
	if got := WKDHash("Joe.Doe"); got != "iy9q119eutrkn8s1mk4r39qejnbu3n5q" {
		t.Errorf("got %s", got)
	}
}

// gpg-wks-client writes the tree that ours must be like: same names, same keys.
func TestExportBesideGPG(t *testing.T) {
	if _, err := exec.LookPath("gpg"); err != nil {
		t.Skip("gpg is not installed")
	}
	s := newSecret(t, "Dvz")
	ring := newRing(t, recordOf(t, s, "dvz", Contact))
	k := ring.Keys()[0]
	if got := k.Emails(); !slices.Equal(got, []string{"dvz@example.org"}) {
		t.Fatalf("emails %v", got)
	}
	data, err := k.Binary("DVZ@example.org")
	must(t, err)
	if _, err := k.Binary("other@example.org"); err == nil {
		t.Error("exported for an address that the key does not have")
	}
	text, err := Armor([]*Key{k, k})
	must(t, err)
	for _, in := range []string{string(data), text} {
		cmd := exec.Command("gpg", "--batch", "--no-autostart", "--show-keys", "--with-colons")
		cmd.Env, cmd.Stdin = append(os.Environ(), "GNUPGHOME="+t.TempDir()), strings.NewReader(in)
		out, err := cmd.Output()
		if err != nil || !strings.Contains(string(out), s.Fingerprint()) {
			t.Errorf("gpg reads %v: %s", err, out)
		}
	}
}

func TestEncrypt(t *testing.T) {
	dvz, mara := newSecret(t, "Dvz"), newSecret(t, "Mara")
	signOnly := Record{Name: "s", Owner: "s", SSH: sshLine(t, mustEd25519(t)), Roles: []Role{Contact}}
	ring := newRing(t, recordOf(t, dvz, "dvz", Contact), recordOf(t, mara, "mara", Contact), signOnly)
	var out bytes.Buffer
	to := []*Key{ring.Find(dvz.Fingerprint())[0], ring.Find(mara.Fingerprint())[0]}
	must(t, Encrypt(&out, []byte("report received"), to, date("2024-01-01"), rand.Reader))
	for _, s := range []*Secret{dvz, mara} {
		block, err := armor.Decode(strings.NewReader(out.String()))
		must(t, err)
		m, err := pgp.ReadMessage(block.Body, pgp.EntityList{s.entity}, nil, nil)
		must(t, err)
		var plain bytes.Buffer
		_, err = plain.ReadFrom(m.UnverifiedBody)
		if err != nil || plain.String() != "report received" {
			t.Errorf("%s reads %q, %v", s.Fingerprint(), plain.String(), err)
		}
	}
	out.Reset()
	err := Encrypt(&out, []byte("x"), append(to, ring.ByRole(Contact)[2]), date("2024-01-01"), rand.Reader)
	if err == nil || !strings.Contains(err.Error(), "key of s cannot receive") || out.Len() != 0 {
		t.Errorf("to an SSH key: %v, %d bytes written", err, out.Len())
	}
	if err := Encrypt(&out, []byte("x"), nil, date("2024-01-01"), rand.Reader); err == nil {
		t.Error("encrypted to nobody")
	}
}

func TestVerifiers(t *testing.T) {
	key := func(name string, change func(*Record)) Record {
		r := Record{Name: name, Owner: name, PEM: pemKey(t), Roles: []Role{Verifier}, Added: date("2024-01-01")}
		change(&r)
		return r
	}
	ring := newRing(t,
		key("good", func(*Record) {}),
		key("waiting", func(r *Record) { r.UsableFrom = date("2024-07-01") }),
		key("retired", func(r *Record) { r.Removed = &Removal{date("2024-03-01"), Retired} }),
		key("compromised-later", func(r *Record) { r.Removed = &Removal{date("2024-12-01"), Compromised} }),
		key("commits", func(r *Record) { r.Roles = []Role{Commit} }))
	var got []string
	for _, k := range ring.Verifiers(date("2024-06-01")) {
		got = append(got, k.Owner())
	}
	if !slices.Equal(got, []string{"good"}) {
		t.Errorf("got %v", got)
	}
}

// Our file name beside that of gpg-wks-client.
func TestWKDBesideGPG(t *testing.T) {
	tool := "/usr/lib/gnupg/gpg-wks-client"
	if _, err := os.Stat(tool); err != nil {
		t.Skip("gpg-wks-client is not installed")
	}
	out, err := exec.Command(tool, "--print-wkd-hash", "Dvz@example.org").Output()
	must(t, err)
	if want := WKDHash("Dvz"); !strings.HasPrefix(string(out), want) {
		t.Errorf("gpg-wks-client says %s, we %s", filepath.Base(string(out)), want)
	}
}
