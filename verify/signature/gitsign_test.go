package signature

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"math/big"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/digitorus/pkcs7"
	"github.com/sigstore/sigstore-go/pkg/root"

	"github.com/countersign/countersign/verify/keyring"
	"github.com/countersign/countersign/verify/verifytest/testdata/sigstoretest"
)

// identityRecord is a key record for a sigstore identity.
func identityRecord(subject string) keyring.Record {
	return keyring.Record{Name: "dvz", Owner: "dvz", Roles: []keyring.Role{keyring.Commit, keyring.Release},
		Sigstore: &keyring.Identity{Issuer: testIssuer, Subject: subject}, Added: date("2015-01-01")}
}

// otherLog is the root of one instance with the logs of another.
type otherLog struct {
	root.TrustedMaterial
	logs map[string]*root.TransparencyLog
}

func (o otherLog) RekorLogs() map[string]*root.TransparencyLog { return o.logs }

// gitsignScene is what the cases of gitsign have in common.
type gitsignScene struct {
	a, other  *authority
	now, soon time.Time
	plain     []byte
}

func newGitsignScene(t testing.TB) *gitsignScene {
	now := time.Now().UTC().Truncate(time.Second)
	return &gitsignScene{newAuthority(t), newAuthority(t), now, now.Add(5 * time.Minute), commitBytes(now)}
}

// gitsignCase is one row: a signature, what judges it, what we must say, and what openssl says of the
// mathematics.
type gitsignCase struct {
	name    string
	sign    func(t *testing.T) string
	change  func(r *keyring.Record)
	root    *TrustedRoot
	payload []byte
	want    Status
	reason  string
	openssl string // good or bad
}

func gitsignCases(g *gitsignScene) []gitsignCase {
	a, other, now, soon, plain := g.a, g.other, g.now, g.soon, g.plain
	embed := func(p sigstoretest.Person, at time.Time) func(signed, sig []byte) (*sigstoretest.Entry, []byte) {
		return entryOf(func(signed, sig []byte) *sigstoretest.Entry { return p.Record(signed, sig, at) })
	}
	good := func(t *testing.T) string { p := a.Person(testPerson); return p.CMS(plain, embed(p, soon)) }
	cases := []gitsignCase{
		{name: "embedded entry, known identity", sign: good, want: Valid},
		{name: "moved to another commit", sign: good, payload: commitBytes(now.Add(-time.Hour)), want: Bad, reason: "not that of what is here", openssl: "bad"},
		{name: "no entry", sign: func(t *testing.T) string { return a.Person(testPerson).CMS(plain, nil) }, want: Uncheckable, reason: "--rekor-entry FILE"},
		{name: "no entry, and another key's signature", want: Bad, reason: "does not hold", openssl: "bad",
			sign: func(t *testing.T) string {
				block, _ := pem.Decode([]byte(a.Person(testPerson).CMS(plain, nil)))
				block.Bytes[len(block.Bytes)-1] ^= 1 // the signature stands last
				return string(pem.EncodeToMemory(block))
			}},
		{name: "unknown identity", sign: good, change: func(r *keyring.Record) { r.Sigstore.Subject = "mara@example.org" }, want: UnknownSigner, reason: "dvz@example.org (https://accounts.example.org)"},
		{name: "the same subject from another issuer", sign: good, change: func(r *keyring.Record) { r.Sigstore.Issuer = "https://evil.example" }, want: UnknownSigner},
		{name: "certificate of another authority", sign: good, root: other.root, want: UnknownSigner, reason: "does not name"},
		{name: "entry of a log that the root does not name", sign: good, root: &TrustedRoot{material: otherLog{a.CA, other.CA.RekorLogs()}}, want: Uncheckable, reason: "--trusted-root"},
		{name: "certificate that no certificate log knows", sign: good, root: &TrustedRoot{material: a.CA, scts: 1}, want: Bad, reason: "sigstore"},
		{name: "no root", sign: good, root: &TrustedRoot{}, want: Uncheckable, reason: "no sigstore trusted root"},
		{name: "entry about another signature", want: Bad, reason: "sigstore",
			sign: func(t *testing.T) string {
				p := a.Person(testPerson)
				return p.CMS(plain, entryOf(func(signed, sig []byte) *sigstoretest.Entry {
					return p.Record(signed, p.Sign(signed), soon)
				}))
			}},
		{name: "promise signed by nobody", want: Bad, reason: "sigstore",
			sign: func(t *testing.T) string {
				p := a.Person(testPerson)
				return p.CMS(plain, entryOf(func(signed, sig []byte) *sigstoretest.Entry {
					e := p.Record(signed, sig, soon)
					e.InclusionPromise.SignedEntryTimestamp[20] ^= 1
					return e
				}))
			}},
		{name: "logged after the certificate's ten minutes", want: Bad, reason: "sigstore",
			sign: func(t *testing.T) string {
				p := a.Person(testPerson)
				return p.CMS(plain, embed(p, now.Add(time.Hour)))
			}},
		{name: "removed as compromised before the log's time", sign: good, change: removed("2020-01-01", keyring.Compromised), want: Compromised},
		{name: "removed as compromised, the log proves it older", sign: good,
			change: func(r *keyring.Record) {
				r.Removed = &keyring.Removal{Date: now.Add(time.Hour), Reason: keyring.Compromised}
			}, want: Valid},
		{name: "wrong role", sign: good, change: func(r *keyring.Record) { r.Roles = []keyring.Role{keyring.Contact} }, want: WrongRole},
		{name: "rubbish", sign: func(*testing.T) string { return "-----BEGIN SIGNED MESSAGE-----\nMIIB\n-----END SIGNED MESSAGE-----\n" }, openssl: "bad", want: Bad, reason: "does not hold"},
	}
	for i := range cases {
		cases[i].openssl = cmp.Or(cases[i].openssl, "good")
	}
	return cases
}

func TestGitsign(t *testing.T) {
	g := newGitsignScene(t)
	a, now, soon, plain := g.a, g.now, g.soon, g.plain
	for _, c := range gitsignCases(g) {
		t.Run(c.name, func(t *testing.T) {
			record := identityRecord(testPerson)
			if c.change != nil {
				c.change(&record)
			}
			trusted := a.root
			if c.root != nil {
				trusted = c.root
			}
			if trusted.material == nil {
				trusted = nil
			}
			payload := plain
			if c.payload != nil {
				payload = c.payload
			}
			s, err := SplitCommit(withHeader(payload, "gpgsig", c.sign(t)))
			must(t, err)
			r := Best(Check(s, Request{Ring: ringOf(t, record), Role: keyring.Commit, Now: now.Add(2 * time.Hour), Root: trusted}))
			if _, err := exec.LookPath("openssl"); err == nil && opensslSays(t, s.Signatures[0]) != c.openssl {
				t.Errorf("openssl does not say %q", c.openssl)
			}
			if r.Status != c.want || !strings.Contains(r.Reason, c.reason) {
				t.Errorf("got %s (%s), want %s with %q", r.Status, r.Reason, c.want, c.reason)
			}
			if r.OK() && (!r.Proven.Equal(soon) || r.Signer != "dvz" || !r.Genuine) {
				t.Errorf("proven %s by %q", r.Proven, r.Signer)
			}
		})
	}
}

// The entry may come from a file: about the signature itself, or, as gitsign's online mode logs it, about
// the commit's id with a signature of its own.
func TestGitsignWithEntryFile(t *testing.T) {
	now := time.Now().UTC().Truncate(time.Second)
	a, plain := newAuthority(t), commitBytes(now)
	p := a.Person(testPerson)
	armored := p.CMS(plain, nil)
	s, err := SplitCommit(withHeader(plain, "gpgsig", armored))
	must(t, err)
	c, err := readCMS([]byte(armored), plain)
	must(t, err)
	own := p.Record(c.signed, c.signature, now.Add(time.Minute))
	online := p.Record([]byte(s.id()), p.Sign([]byte(s.id())), now.Add(time.Minute))
	elsewhere := p.Record([]byte("another"), p.Sign([]byte("another")), now.Add(time.Minute))
	stranger := a.Person(testPerson)
	stolen := stranger.Record([]byte(s.id()), stranger.Sign([]byte(s.id())), now.Add(time.Minute))
	for name, row := range map[string]struct {
		entry []byte
		want  Status
	}{
		"about the signature":    {sigstoretest.EntryFile(t, own), Valid},
		"about the commit's id":  {sigstoretest.EntryFile(t, online), Valid},
		"about something else":   {sigstoretest.EntryFile(t, elsewhere), Mismatch},
		"by another certificate": {sigstoretest.EntryFile(t, stolen), Bad},
		"that is no entry":       {[]byte("{}"), Mismatch},
		"none":                   {nil, Uncheckable},
	} {
		r := Best(Check(s, Request{Ring: ringOf(t, identityRecord(testPerson)), Role: keyring.Commit, Now: now.Add(time.Hour), Root: a.root, LogEntry: row.entry}))
		if r.Status != row.want {
			t.Errorf("entry %s: %s (%s), want %s", name, r.Status, r.Reason, row.want)
		}
	}
	cmd := exec.Command("git", "hash-object", "-t", "commit", "--stdin", "--literally")
	cmd.Stdin = strings.NewReader(string(s.join()))
	id, err := cmd.Output()
	must(t, err)
	if strings.TrimSpace(string(id)) != s.id() {
		t.Errorf("our id %s, git's %s", s.id(), id)
	}
}

// A CMS signature is over plain data that lies elsewhere: one with content of its own, or over content of another
// kind, could be read in two ways.
func TestCMSOverOtherContent(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	must(t, err)
	leaf, err := x509.ParseCertificate(der)
	must(t, err)
	payload := commitBytes(time.Now())
	for _, c := range []struct {
		name     string
		kind     asn1.ObjectIdentifier
		signers  int
		attached bool
		want     string
	}{
		{"as gitsign makes it", pkcs7.OIDData, 1, false, "<nil>"},
		{"content of its own", pkcs7.OIDData, 1, true, "content of its own"},
		{"another kind of content", pkcs7.OIDEnvelopedData, 1, false, "expected plain data"},
		{"two signers", pkcs7.OIDData, 2, false, "found 2 signers"},
	} {
		sd, err := pkcs7.NewSignedData(payload)
		must(t, err)
		sd.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA256)
		sd.SetContentType(c.kind)
		for range c.signers {
			must(t, sd.AddSigner(leaf, key, pkcs7.SignerInfoConfig{}))
		}
		if !c.attached {
			sd.Detach()
		}
		data, err := sd.Finish()
		must(t, err)
		_, err = readCMS(pem.EncodeToMemory(&pem.Block{Type: "SIGNED MESSAGE", Bytes: data}), payload)
		if !strings.Contains(fmt.Sprint(err), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func TestBundleOverFile(t *testing.T) {
	now := time.Now().UTC().Truncate(time.Second)
	a, file := newAuthority(t), []byte("package\n")
	p := a.Person(testPerson)
	good := p.FileBundle(file, now.Add(time.Minute))
	for name, c := range map[string]struct {
		data, file []byte
		subject    string
		want       Status
	}{
		"good":             {good, file, testPerson, Valid},
		"another file":     {good, []byte("Package\n"), testPerson, Bad},
		"another identity": {good, file, "mara@example.org", UnknownSigner},
		"rubbish":          {[]byte("{"), file, testPerson, Bad},
		"empty":            {[]byte("{}"), file, testPerson, Bad},
	} {
		got, err := CheckFile(strings.NewReader(string(c.file)), []Detached{{"p.sigstore.json", c.data}},
			Request{Ring: ringOf(t, identityRecord(c.subject)), Role: keyring.Release, Now: now.Add(time.Hour), Root: a.root})
		must(t, err)
		if got[0].Status != c.want {
			t.Errorf("%s: %s (%s), want %s", name, got[0].Status, got[0].Reason, c.want)
		}
	}
}

func TestProvenance(t *testing.T) {
	now := time.Now().UTC().Truncate(time.Second)
	a, file := newAuthority(t), []byte("package\n")
	p := a.Person(testPerson)
	sum := sha256.Sum256(file)
	digest := hex.EncodeToString(sum[:])
	const commit, repo = "468900dc9a8a881c7835f78777fea4b2a8753c37", "https://github.com/mybb/mybb"
	v1 := func(uri, commit string) string {
		return fmt.Sprintf(`{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"p.zip","digest":{"sha256":"%s"}}],"predicateType":"https://slsa.dev/provenance/v1",
			"predicate":{"buildDefinition":{"buildType":"x","resolvedDependencies":[{"uri":"git+%s","digest":{"gitCommit":"%s"}}]}}}`, digest, uri, commit)
	}
	v02 := fmt.Sprintf(`{"_type":"https://in-toto.io/Statement/v0.1","subject":[{"name":"p.zip","digest":{"sha256":"%s"}}],"predicateType":"https://slsa.dev/provenance/v0.2",
			"predicate":{"invocation":{"configSource":{"uri":"git+%s@refs/tags/v1","digest":{"sha1":"%s"}}}}}`, digest, repo, commit)
	sbom := fmt.Sprintf(`{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"p.zip","digest":{"sha256":"%s"}}],"predicateType":"https://spdx.dev/Document","predicate":{"a":1}}`, digest)
	other := strings.Repeat("0", 64)
	for _, c := range []struct {
		name, statement, digest string
		want                    Status
		reason                  string
	}{
		{"v1", v1(repo+"@refs/tags/mybb_1837", commit), digest, Valid, ""},
		{"v1 with .git", v1(repo+".git", commit), digest, Valid, ""},
		{"v0.2", v02, digest, Valid, ""},
		{"another commit", v1(repo, strings.Repeat("1", 40)), digest, Mismatch, "commit 1111"},
		{"another repository", v1("https://github.com/evil/mybb", commit), digest, Mismatch, "evil/mybb"},
		{"a repository that only begins like it", v1(repo+"-evil", commit), digest, Mismatch, "mybb-evil"},
		{"no provenance", sbom, digest, Mismatch, "spdx"},
		{"another package", v1(repo, commit), other, Bad, "sigstore"},
	} {
		r := CheckProvenance(Detached{"p.intoto.json", p.Attestation([]byte(c.statement), now.Add(time.Minute))}, c.digest, Source{repo, commit},
			Request{Ring: ringOf(t, identityRecord(testPerson)), Role: keyring.Release, Now: now.Add(time.Hour), Root: a.root})
		if r.Status != c.want || !strings.Contains(r.Reason, c.reason) {
			t.Errorf("%s: %s (%s), want %s with %q", c.name, r.Status, r.Reason, c.want, c.reason)
		}
	}
}

// What the authority says of a build's source outweighs what the builder says.
func TestCertificateSource(t *testing.T) {
	want := Source{"https://github.com/mybb/mybb", strings.Repeat("1", 40)}
	for _, c := range []struct {
		name string
		has  Source
		want int
	}{
		{"says nothing", Source{}, 0},
		{"agrees", Source{"https://github.com/mybb/mybb", want.Commit}, 0},
		{"another repository", Source{"https://github.com/evil/mybb", want.Commit}, 1},
		{"another commit", Source{"https://github.com/mybb/mybb", strings.Repeat("2", 40)}, 1},
		{"both", Source{"https://github.com/evil/mybb", strings.Repeat("2", 40)}, 2},
	} {
		var r Result
		if judgeCertificateSource(&r, c.has, want); len(r.Refusals) != c.want || c.want > 0 && r.Status != Mismatch {
			t.Errorf("%s: %+v", c.name, r.Refusals)
		}
	}
}

func TestDefaultRoot(t *testing.T) {
	r, err := DefaultRoot()
	must(t, err)
	if len(r.material.RekorLogs()) == 0 || len(r.material.FulcioCertificateAuthorities()) == 0 || r.scts != 1 {
		t.Errorf("the shipped root names %d logs, %d authorities, asks for %d timestamps", len(r.material.RekorLogs()), len(r.material.FulcioCertificateAuthorities()), r.scts)
	}
	if _, err := ParseRoot([]byte("{}")); err == nil {
		t.Error("an empty root was read")
	}
}
