package signature

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/verify/keyring"
	"github.com/countersign/countersign/verify/verifytest/testdata/sigstoretest"
)

func newBareKey(t testing.TB, curve elliptic.Curve) sigstoretest.BareKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	must(t, err)
	return sigstoretest.NewBareKey(t, key)
}

// A bundle that a bare key signed counts by the key's record, with or without a log entry.
func TestBareKeyBundles(t *testing.T) {
	now := time.Now().UTC().Truncate(time.Second)
	a, file := newAuthority(t), []byte("package\n")
	k := newBareKey(t, elliptic.P256())
	sum := sha256.Sum256(file)
	statement := []byte(fmt.Sprintf(`{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"p.zip","digest":{"sha256":"%s"}}],"predicateType":"https://example.org/review/v1","predicate":{"by":"dvz"}}`, hex.EncodeToString(sum[:])))
	plain, logged, attested := k.FileBundle(file, nil, now), k.FileBundle(file, a.Authority, now), k.Attestation(statement)
	gone := func(reason string) func(r *keyring.Record) {
		return func(r *keyring.Record) { r.Removed = &keyring.Removal{Date: now.Add(time.Hour), Reason: reason} }
	}
	for _, c := range []struct {
		name    string
		data    []byte
		file    string
		change  func(r *keyring.Record)
		root    *TrustedRoot
		want    Status
		reason  string
		unasked bool // no key is in the ring
	}{
		{name: "no log entry", data: plain, want: Valid},
		{name: "no log entry and no root", data: plain, root: &TrustedRoot{}, want: Valid},
		{name: "log entry", data: logged, root: a.root, want: Valid},
		{name: "log entry of a log that the root does not name", data: logged, root: newAuthority(t).root, want: Valid},
		{name: "log entry about another signature", data: withEntryOf(t, logged, k.FileBundle([]byte("other"), a.Authority, now)), root: a.root, want: UnknownSigner},
		{name: "signed by another key", data: newBareKeyBundle(t, file), want: UnknownSigner, reason: "bare key"},
		{name: "in-toto statement about it", data: attested, want: Valid},
		{name: "in-toto statement about another file", data: attested, file: "Package\n", want: Bad, reason: "signed something else"},
		{name: "another file", data: plain, file: "Package\n", want: UnknownSigner, reason: "over this file"},
		{name: "no digest, as Ed25519 keys make it", data: []byte(strings.Replace(string(plain), `"algorithm":"SHA2_256"`, `"algorithm":"HASH_ALGORITHM_UNSPECIFIED"`, 1)), want: Uncheckable, reason: "names no digest"},
		{name: "wrong role", data: plain, change: func(r *keyring.Record) { r.Roles = []keyring.Role{keyring.Verifier} }, want: WrongRole},
		{name: "compromised, no log entry", data: plain, change: gone(keyring.Compromised), want: Compromised},
		{name: "compromised, the log proves it older", data: logged, root: a.root, change: gone(keyring.Compromised), want: Valid},
		{name: "key not in the ring", data: plain, unasked: true, want: UnknownSigner},
	} {
		t.Run(c.name, func(t *testing.T) {
			record := keyring.Record{Name: "ci", Owner: "ci", Roles: []keyring.Role{keyring.Release}, PEM: string(k.PEM()), Added: date("2015-01-01")}
			if c.change != nil {
				c.change(&record)
			}
			ring := ringOf(t, record)
			if c.unasked {
				ring = ringOf(t)
			}
			root := c.root
			if root != nil && root.material == nil {
				root = nil
			}
			if c.file == "" {
				c.file = string(file)
			}
			got, err := CheckFile(strings.NewReader(c.file), []Detached{{"p.sigstore.json", c.data}},
				Request{Ring: ring, Role: keyring.Release, Now: now.Add(2 * time.Hour), Root: root})
			must(t, err)
			if got[0].Status != c.want || !strings.Contains(got[0].Reason, c.reason) {
				t.Errorf("got %s (%s), want %s with %q", got[0].Status, got[0].Reason, c.want, c.reason)
			}
		})
	}
}

func newBareKeyBundle(t testing.TB, file []byte) []byte {
	return newBareKey(t, elliptic.P384()).FileBundle(file, nil, time.Time{})
}

// withEntryOf puts the log entries of one bundle into another.
func withEntryOf(t testing.TB, data, other []byte) []byte {
	t.Helper()
	b, err := readBundle(data)
	must(t, err)
	o, err := readBundle(other)
	must(t, err)
	b.VerificationMaterial.TlogEntries = o.VerificationMaterial.TlogEntries
	out, err := b.MarshalJSON()
	must(t, err)
	return out
}

// A larger key signs with the digest of its size, or with SHA-256 as some programs do.
func TestBareKeyOfAnotherSize(t *testing.T) {
	k := newBareKey(t, elliptic.P384())
	record := keyring.Record{Name: "ci", Owner: "ci", Roles: []keyring.Role{keyring.Release}, PEM: string(k.PEM()), Added: date("2015-01-01")}
	got, err := CheckFile(strings.NewReader("package\n"), []Detached{{"p.sigstore.json", k.FileBundle([]byte("package\n"), nil, time.Time{})}},
		Request{Ring: ringOf(t, record), Role: keyring.Release, Now: date("2026-01-01")})
	must(t, err)
	if !got[0].OK() || got[0].Signer != "ci" {
		t.Errorf("%s: %s", got[0].Status, got[0].Reason)
	}
}

// TestGitsignTimestamp reads the timestamp that gitsign puts into its signature. It proves the time; it stands
// for the log's entry only where the root names no log.
func TestGitsignTimestamp(t *testing.T) {
	now := time.Now().UTC().Truncate(time.Second)
	plain, a, other := commitBytes(now), newAuthority(t), newAuthority(t)
	private, err := ParseRoot(a.Root(false))
	must(t, err)
	stamped := func(by *authority, withEntry bool) func(p sigstoretest.Person) string {
		return func(p sigstoretest.Person) string {
			return p.CMS(plain, func(signed, sig []byte) (*sigstoretest.Entry, []byte) {
				if withEntry {
					return p.Record(signed, sig, now.Add(time.Minute)), by.Stamp(sig)
				}
				return nil, by.Stamp(sig)
			})
		}
	}
	for _, c := range []struct {
		name   string
		sign   func(p sigstoretest.Person) string
		root   *TrustedRoot
		want   Status
		reason string
	}{
		{"stamp alone, a root without logs", stamped(a, false), private, Valid, ""},
		{"stamp alone, a root with a log", stamped(a, false), a.root, Uncheckable, "names a log"},
		{"stamp and entry", stamped(a, true), a.root, Valid, ""},
		{"stamp and entry, a root without logs", stamped(a, true), private, Valid, ""},
		{"stamp of an unknown authority", stamped(other, false), private, Bad, "sigstore"},
		{"entry alone, a root without logs", func(p sigstoretest.Person) string {
			return p.CMS(plain, entryOf(func(signed, sig []byte) *sigstoretest.Entry { return p.Record(signed, sig, now) }))
		}, private, Uncheckable, "names no log"},
		{"stamp of another signature", func(p sigstoretest.Person) string {
			return p.CMS(plain, func(_, sig []byte) (*sigstoretest.Entry, []byte) { return nil, a.Stamp(sig[1:]) })
		}, private, Bad, "sigstore"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := SplitCommit(withHeader(plain, "gpgsig", c.sign(a.Person(testPerson))))
			must(t, err)
			r := Best(Check(s, Request{Ring: ringOf(t, identityRecord(testPerson)), Role: keyring.Commit, Now: now.Add(time.Hour), Root: c.root}))
			if r.Status != c.want || !strings.Contains(r.Reason, c.reason) {
				t.Errorf("got %s (%s), want %s with %q", r.Status, r.Reason, c.want, c.reason)
			}
			if r.OK() && r.Proven.IsZero() {
				t.Error("no time is proven")
			}
		})
	}
}

// An Ed25519 key signs the SHA-512 digest of a file, or the file itself; a bundle that names no digest, as cosign 3
// makes it, cannot be checked by sigstore's rules.
func TestBareKeyEd25519(t *testing.T) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	der, err := x509.MarshalPKIXPublicKey(public)
	must(t, err)
	file := []byte("package\n")
	short, long := sha256.Sum256(file), sha512.Sum512(file)
	prehashed, err := private.Sign(nil, long[:], crypto.SHA512)
	must(t, err)
	pure := ed25519.Sign(private, file)
	_, stranger, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	strange, err := stranger.Sign(nil, long[:], crypto.SHA512)
	must(t, err)
	record := keyring.Record{Name: "ci", Owner: "ci", Roles: []keyring.Role{keyring.Release}, Added: date("2015-01-01"),
		PEM: string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))}
	for _, c := range []struct {
		name, algorithm string
		digest, sig     []byte
		file            string
		ring            *keyring.Ring
		want            Status
	}{
		{"over the digest", "SHA2_512", long[:], prehashed, "package\n", ringOf(t, record), Valid},
		{"over the digest of another file", "SHA2_512", long[:], prehashed, "Package\n", ringOf(t, record), UnknownSigner},
		{"over the digest, by a stranger", "SHA2_512", long[:], strange, "package\n", ringOf(t, record), UnknownSigner},
		{"over the file", "SHA2_256", short[:], pure, "package\n", ringOf(t, record), Valid},
		{"over another file", "SHA2_256", short[:], pure, "Package\n", ringOf(t, record), UnknownSigner},
		{"over the file, naming another digest", "SHA2_256", long[:32], pure, "package\n", ringOf(t, record), UnknownSigner},
		{"over the file, by a stranger", "SHA2_256", short[:], ed25519.Sign(stranger, file), "package\n", ringOf(t, record), UnknownSigner},
		{"over the file, the key in nobody's record", "SHA2_256", short[:], pure, "package\n", ringOf(t), UnknownSigner},
		{"over a file too large to hold", "SHA2_256", short[:], pure, strings.Repeat("x", maxHeld+1), ringOf(t, record), Uncheckable},
		{"no digest", "HASH_ALGORITHM_UNSPECIFIED", file, pure, "package\n", ringOf(t, record), Uncheckable},
	} {
		t.Run(c.name, func(t *testing.T) {
			data := fmt.Sprintf(`{"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json", "verificationMaterial": {"publicKey": {"hint": "x"}},
				"messageSignature": {"messageDigest": {"algorithm": %q, "digest": %q}, "signature": %q}}`, c.algorithm,
				base64.StdEncoding.EncodeToString(c.digest), base64.StdEncoding.EncodeToString(c.sig))
			got, err := CheckFile(strings.NewReader(c.file), []Detached{{"p.sigstore.json", []byte(data)}},
				Request{Ring: c.ring, Role: keyring.Release, Now: date("2026-01-01")})
			must(t, err)
			if got[0].Status != c.want {
				t.Errorf("got %s (%s), want %s", got[0].Status, got[0].Reason, c.want)
			}
		})
	}
}
