package statement

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// sample is a result about one package.
func sample(name string, outcome Outcome) *Statement {
	verdict := map[Outcome]string{Passed: "present", Failed: "missing", Unverifiable: "unverifiable"}[outcome]
	return New([]Subject{{name, map[string]string{"sha256": strings.Repeat("ab", 32)}}}, Predicate{
		Product: "mybb", Release: "1.8.37", Result: outcome,
		Policy:   Policy{FixSignature: "commit", PackageSignatures: 1, Trust: "468900dc"},
		Source:   Source{Repo: "mybb", Commit: "468900dc9a8a881c7835f78777fea4b2a8753c37"},
		Packages: []Package{{Name: name, Files: 764, Identical: 764, Signatures: []Signature{{Status: "valid", Type: "openpgp", Signer: "dvz", Time: &noon}}}},
		Fixes: []Fix{{Advisory: "MYBB-2023-0002", Obligation: "new", Version: "1.8.37", Package: name, Verdict: verdict, DecidedBy: "reconstruction",
			Hunks: []Hunk{{File: "a.php", Status: "present"}}, Signature: Signature{Status: "valid", Type: "openpgp", Signer: "dvz"}}},
		Inputs:   Inputs{Advisories: map[string]string{"MYBB-2023-0002": "sha256:01"}, Keys: map[string]string{"dvz": "sha256:02"}},
		Verifier: Verifier{"countersign", "1"}, Time: noon,
	})
}

func TestEncodeReadsBack(t *testing.T) {
	s := sample("b.zip", Passed)
	s.Subject = append(s.Subject, Subject{"a.zip", map[string]string{"sha256": strings.Repeat("cd", 32)}})
	data, err := Encode(s)
	must(t, err)
	again, err := Read(data)
	must(t, err)
	twice, err := Encode(again)
	must(t, err)
	if !bytes.Equal(data, twice) {
		t.Error(cmp.Diff(string(data), string(twice)))
	}
	if again.Subject[0].Name != "a.zip" {
		t.Error("subjects are not sorted")
	}
	for _, want := range []string{
		`"_type": "https://in-toto.io/Statement/v1"`, `"predicateType": "https://github.com/countersign/countersign/verification/v1"`,
		`"fix_signature": "commit"`, `"waivers": []`, `"attested": []`, `"patches": []`, `"unexplained": []`, `"decided_by": "reconstruction"`,
		`"evolved_by": []`, `"time": "2026-03-01T12:00:00Z"`,
	} {
		if !strings.Contains(string(data), want) {
			t.Errorf("%s is not in\n%s", want, data)
		}
	}
	if strings.Contains(string(data), "null") || data[len(data)-1] != '\n' {
		t.Errorf("null or no final newline in\n%s", data)
	}
}

// A hand-written or spoilt result is refused with a reason.
func TestReadRefuses(t *testing.T) {
	data, err := Encode(sample("a.zip", Passed))
	must(t, err)
	for name, c := range map[string]struct{ old, new, want string }{
		"unknown field":             {`"product":`, `"produkt":`, "unknown field"},
		"field twice":               {`"release": "1.8.37",`, `"release": "1.8.37", "release": "1.8.36",`, "twice"},
		"field twice by case":       {`"release": "1.8.37",`, `"release": "1.8.37", "Release": "1.8.36",`, "twice"},
		"field twice by Unicode":    {`"release": "1.8.37",`, `"release": "1.8.37", "relea\u017fe": "1.8.36",`, "twice"},
		"subject twice":             {`"subject": [`, `"subject": [{"name": "a.zip", "digest": {"sha256": "` + strings.Repeat("ab", 32) + `"}},`, "listed twice"},
		"nested deeply":             {`"release": "1.8.37",`, `"release": ` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `,`, "deeper"},
		"another type":              {"in-toto.io/Statement/v1", "in-toto.io/Statement/v9", "_type"},
		"another predicate":         {"countersign/verification/v1", "countersign/verification/v2", "predicateType"},
		"unknown result":            {`"PASSED"`, `"OK"`, "expected PASSED"},
		"no release":                {`"release": "1.8.37"`, `"release": ""`, "no release"},
		"short digest":              {strings.Repeat("ab", 32), "ab", "sha256"},
		"upper-case digest":         {strings.Repeat("ab", 32), strings.Repeat("AB", 32), "lower-case"},
		"passed with a missing fix": {`"verdict": "present"`, `"verdict": "missing"`, "missing"},
		"passed, undecided":         {`"verdict": "present"`, `"verdict": "unverifiable"`, "unverifiable"},
		"passed, made-up verdict":   {`"verdict": "present"`, `"verdict": "fine"`, "fine"},
		"text after it":             {"}\n", "}\n{}", "after the end"},
		"no time":                   {"2026-03-01T12:00:00Z\"\n  }", "0001-01-01T00:00:00Z\"\n  }", "no time"},
	} {
		i := strings.LastIndex(string(data), c.old)
		if i < 0 {
			t.Fatalf("%s: %q is not in the sample", name, c.old)
		}
		bad := string(data[:i]) + c.new + string(data[i+len(c.old):])
		if _, err := Read([]byte(bad)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// Two people's word lifts an undecided verdict, and nothing else.
func TestAttestedLiftsUndecidedOnly(t *testing.T) {
	s := sample("a.zip", Unverifiable)
	s.Predicate.Result = Passed
	if _, err := Encode(s); err == nil {
		t.Error("passed without a word")
	}
	s.Predicate.Policy.Attested = []Attestation{{Advisory: "MYBB-2023-0002", PackageSHA256: strings.Repeat("ab", 32), By: []string{"a", "b"}, Reason: "binary"}}
	if _, err := Encode(s); err != nil {
		t.Errorf("with their word: %v", err)
	}
	s.Predicate.Policy.Attested[0].PackageSHA256 = strings.Repeat("cd", 32)
	if _, err := Encode(s); err == nil {
		t.Error("their word about another package counted")
	}
	s.Predicate.Policy.Attested[0].PackageSHA256 = strings.Repeat("ab", 32)
	s.Predicate.Fixes[0].Verdict = "missing"
	if _, err := Encode(s); err == nil {
		t.Error("their word lifted a refuted verdict")
	}
}

func TestOutcomeWorse(t *testing.T) {
	for _, c := range []struct{ a, b, want Outcome }{
		{Passed, Passed, Passed}, {Passed, Unverifiable, Unverifiable}, {Unverifiable, Failed, Failed}, {Failed, Passed, Failed}, {Passed, "", Unverifiable},
	} {
		if got := c.a.worse(c.b); got != c.want {
			t.Errorf("%s and %s: %s, want %s", c.a, c.b, got, c.want)
		}
	}
}

func TestMerge(t *testing.T) {
	a, b := sample("a.zip", Passed), sample("b.zip", Unverifiable)
	b.Subject[0].Digest["sha256"] = strings.Repeat("cd", 32)
	b.Predicate.Time = noon.Add(time.Hour)
	first, err := Merge([]*Statement{a, b})
	must(t, err)
	m, err := Merge([]*Statement{b, a})
	must(t, err)
	if first.Predicate.Result != Unverifiable || m.Predicate.Result != Unverifiable || len(m.Subject) != 2 || m.Subject[0].Name != "a.zip" || len(m.Predicate.Fixes) != 2 || !m.Predicate.Time.Equal(b.Predicate.Time) {
		t.Errorf("%+v", m)
	}
	if len(a.Subject) != 1 || len(a.Predicate.Fixes) != 1 {
		t.Error("merging changed a part")
	}
	for name, change := range map[string]func(*Statement){
		"release":    func(s *Statement) { s.Predicate.Release = "1.8.36" },
		"policy":     func(s *Statement) { s.Predicate.Policy.FixSignature = "none" },
		"signatures": func(s *Statement) { s.Predicate.Policy.PackageSignatures++ },
		"source":     func(s *Statement) { s.Predicate.Source.Commit = "0" },
		"sources":    func(s *Statement) { s.Predicate.Sources = []Source{{Repo: "lib"}} },
		"product":    func(s *Statement) { s.Predicate.Product = "other" },
		"trust":      func(s *Statement) { s.Predicate.Policy.Trust = "other" },
		"advisory":   func(s *Statement) { s.Predicate.Inputs.Advisories["MYBB-2023-0002"] = "sha256:99" },
		"key":        func(s *Statement) { s.Predicate.Inputs.Keys["dvz"] = "sha256:99" },
		"package":    func(s *Statement) { s.Subject[0].Name = "a.zip" },
		"predicates": func(s *Statement) { s.PredicateType = "x" },
	} {
		other := sample("b.zip", Passed)
		other.Subject[0].Digest["sha256"] = strings.Repeat("cd", 32)
		change(other)
		if _, err := Merge([]*Statement{a, other}); err == nil {
			t.Errorf("results that disagree on the %s were merged", name)
		}
	}
	if _, err := Merge(nil); err == nil {
		t.Error("nothing was merged")
	}
}

func TestStale(t *testing.T) {
	s := sample("a.zip", Passed)
	s.Predicate.Source.Patches = []Patch{{Path: "patches/x.diff", SHA256: "11"}}
	same := func() Present {
		return Present{
			Packages: map[string]string{"a.zip": strings.Repeat("ab", 32)}, Patches: map[string]string{"patches/x.diff": "11"},
			Advisories: map[string]string{"MYBB-2023-0002": "sha256:01"}, Keys: map[string]string{"dvz": "sha256:02"},
		}
	}
	for name, c := range map[string]struct {
		change func(*Present)
		want   []string
	}{
		"nothing changed":    {func(*Present) {}, nil},
		"keys not asked":     {func(p *Present) { p.Keys = nil }, nil},
		"package rebuilt":    {func(p *Present) { p.Packages["a.zip"] = strings.Repeat("cd", 32) }, []string{"package a.zip changed: judged abababababab…, now cdcdcdcdcdcd…"}},
		"package added":      {func(p *Present) { p.Packages["b.zip"] = "1" }, []string{"package b.zip was not there when the result was written"}},
		"advisory changed":   {func(p *Present) { p.Advisories["MYBB-2023-0002"] = "sha256:03" }, []string{"advisory MYBB-2023-0002 changed: judged sha256:01, now sha256:03"}},
		"advisory withdrawn": {func(p *Present) { delete(p.Advisories, "MYBB-2023-0002") }, []string{"advisory MYBB-2023-0002 was judged and is no longer there"}},
		"patch and key":      {func(p *Present) { p.Patches["patches/x.diff"] = "22"; p.Keys["dvz"] = "x" }, []string{"key dvz changed: judged sha256:02, now x", "patch patches/x.diff changed: judged 11, now 22"}},
	} {
		now := same()
		c.change(&now)
		var got []string
		for _, change := range Stale(s, now) {
			got = append(got, change.Message)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

// A changed claim changes the digest, and each field is a claim.
func TestClaimsDigest(t *testing.T) {
	base := func() Claims {
		return Claims{ID: "A-1", Kind: "vulnerability", Affected: []AffectedClaim{{"mybb", []string{"1.8.0|1.8.37|"}, []string{"1.8.1"}}},
			Fixes: []FixClaim{{"1.8.37", []string{"4689"}, "ab", []string{"ignore_whitespace"}}}}
	}
	seen := map[string]string{base().Digest(): "unchanged"}
	for name, change := range map[string]func(*Claims){
		"id": func(c *Claims) { c.ID = "A-2" }, "kind": func(c *Claims) { c.Kind = "incident" },
		"product": func(c *Claims) { c.Affected[0].Product = "x" }, "range": func(c *Claims) { c.Affected[0].Ranges[0] = "1.8.0|1.8.38|" },
		"versions": func(c *Claims) { c.Affected[0].Versions = nil }, "version": func(c *Claims) { c.Fixes[0].Version = "x" },
		"commit": func(c *Claims) { c.Fixes[0].Commits[0] = "x" }, "patch": func(c *Claims) { c.Fixes[0].Patch = "x" },
		"options": func(c *Claims) { c.Fixes[0].Options = nil }, "no fix": func(c *Claims) { c.Fixes = nil },
	} {
		c := base()
		change(&c)
		if other, ok := seen[c.Digest()]; ok {
			t.Errorf("%s gives the digest of %s", name, other)
		}
		seen[c.Digest()] = name
	}
}

// publicPEM is the public half as a key document and cosign take it.
func (k *SigningKey) publicPEM(t testing.TB) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(k.signer.Public())
	must(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

// keyPair makes a key in PEM.
func keyPair(t testing.TB, key crypto.Signer) (*SigningKey, VerifierKey) {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	sk, err := ParseSigningKey(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	must(t, err)
	vk, err := ParseVerifierKey("ci", sk.publicPEM(t))
	must(t, err)
	return sk, vk
}

func ecKey(t testing.TB, c elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(c, rand.Reader)
	must(t, err)
	return k
}

func edKey(t testing.TB) ed25519.PrivateKey {
	t.Helper()
	_, k, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	return k
}

func TestSignAndCheck(t *testing.T) {
	_, stranger := keyPair(t, edKey(t))
	for name, key := range map[string]crypto.Signer{"ECDSA": ecKey(t, elliptic.P256()), "Ed25519": edKey(t)} {
		sk, vk := keyPair(t, key)
		data, err := Sign(sample("a.zip", Passed), sk)
		must(t, err)
		doc, err := Load(data)
		must(t, err)
		if got, err := doc.SignedBy([]VerifierKey{stranger, vk}); err != nil || !slices.Equal(got, []string{"ci"}) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
		if _, err := doc.SignedBy([]VerifierKey{stranger}); err == nil || !strings.Contains(err.Error(), "SHA256:") {
			t.Errorf("%s by a stranger: %v", name, err)
		}
		if _, err := doc.SignedBy(nil); err == nil || !strings.Contains(err.Error(), "role verifier") {
			t.Errorf("%s, no keys: %v", name, err)
		}
		var env map[string]any
		must(t, json.Unmarshal(data, &env))
		payload, err := base64.StdEncoding.DecodeString(env["payload"].(string))
		must(t, err)
		env["payload"] = base64.StdEncoding.EncodeToString(bytes.Replace(payload, []byte("764"), []byte("765"), 1))
		changed, err := json.Marshal(env)
		must(t, err)
		doc, err = Load(changed)
		must(t, err)
		if _, err := doc.SignedBy([]VerifierKey{vk}); err == nil {
			t.Errorf("%s: a changed payload counts as signed", name)
		}
	}
}

func TestBareResultIsNotSigned(t *testing.T) {
	_, vk := keyPair(t, edKey(t))
	data, err := Encode(sample("a.zip", Passed))
	must(t, err)
	doc, err := Load(data)
	must(t, err)
	if _, err := doc.SignedBy([]VerifierKey{vk}); err == nil || doc.Signed {
		t.Errorf("signed %v, %v", doc.Signed, err)
	}
}

func TestKeysThatCannotSign(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	for name, key := range map[string]any{"RSA": rsaKey, "P-384": ecKey(t, elliptic.P384())} {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		must(t, err)
		if _, err := ParseSigningKey(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	for name, text := range map[string]string{
		"nothing": "", "encrypted": "-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n",
		"public": "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
	} {
		if _, err := ParseSigningKey([]byte(text)); err == nil {
			t.Errorf("%s was accepted", name)
		} else if name == "encrypted" && !strings.Contains(err.Error(), "decrypt it first") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Decoders disagree about which of two fields counts, in an envelope too.
func TestEnvelopeWithFieldTwice(t *testing.T) {
	key, _ := keyPair(t, edKey(t))
	data, err := Sign(sample("a.zip", Passed), key)
	must(t, err)
	twice := strings.Replace(string(data), `"payload":`, `"payload": "", "payload":`, 1)
	if _, err := Load([]byte(twice)); err == nil || !strings.Contains(err.Error(), "twice") {
		t.Errorf("%v, want one that says twice", err)
	}
}

func TestEnvelopeOfAnotherKind(t *testing.T) {
	sk, _ := keyPair(t, edKey(t))
	data, err := Sign(sample("a.zip", Passed), sk)
	must(t, err)
	if _, err := Load(bytes.Replace(data, []byte("vnd.in-toto+json"), []byte("vnd.other+json"), 1)); err == nil {
		t.Error("an envelope of another kind was read")
	}
}

// The public key that is published is what openssl reads, and its signature over the same bytes is what
// openssl, like cosign verify-blob-attestation, accepts.
func TestEnvelopeBesideOpenSSL(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is not installed")
	}
	sk, _ := keyPair(t, ecKey(t, elliptic.P256()))
	data, err := Sign(sample("a.zip", Passed), sk)
	must(t, err)
	var env struct {
		PayloadType, Payload string
		Signatures           []struct{ Sig string }
	}
	must(t, json.Unmarshal(data, &env))
	payload, err := base64.StdEncoding.DecodeString(env.Payload)
	must(t, err)
	sig, err := base64.StdEncoding.DecodeString(env.Signatures[0].Sig)
	must(t, err)
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		must(t, os.WriteFile(filepath.Join(dir, name), data, 0o600))
		return filepath.Join(dir, name)
	}
	// The pre-authentication encoding, written out from the DSSE specification.
	pae := "DSSEv1 28 application/vnd.in-toto+json " + itoa(len(payload)) + " " + string(payload)
	out, err := exec.Command("openssl", "dgst", "-sha256", "-verify", write("k.pem", sk.publicPEM(t)), "-signature", write("s", sig), write("m", []byte(pae))).CombinedOutput()
	if err != nil {
		t.Errorf("openssl: %v: %s", err, out)
	}
}

func itoa(n int) string { b, _ := json.Marshal(n); return string(b) }

// What is read is written back as the same value, whatever the bytes.
func FuzzRead(f *testing.F) {
	data, _ := Encode(sample("a.zip", Passed))
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := Load(data); err != nil {
			return
		}
		s, err := Read(data)
		if err != nil {
			return
		}
		once, err := Encode(s)
		if err != nil {
			t.Fatalf("read, and not written: %v", err)
		}
		again, err := Read(once)
		if err != nil {
			t.Fatalf("written, and not read: %v", err)
		}
		twice, _ := Encode(again)
		if !bytes.Equal(once, twice) {
			t.Fatal(cmp.Diff(string(once), string(twice)))
		}
	})
}
