package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	pgp "github.com/ProtonMail/go-crypto/openpgp/v2"
	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"

	"github.com/countersign/countersign/verify/verifytest/testdata/sigstoretest"
)

// signedProject is a small project whose fix and package are signed by one of the many kinds of keys, each made
// by the test, and judged by the whole program.
type signedProject struct {
	t     *testing.T
	dir   string // holds app, the source's clone, and security
	now   time.Time
	plain []byte // the fix commit before it is signed
	fix   string
	zip   []byte
}

const signedRemote = "https://git.example/app"

func newSignedProject(t *testing.T) *signedProject {
	t.Helper()
	p := &signedProject{t: t, dir: t.TempDir(), now: time.Now().UTC().Truncate(time.Second)}
	p.write("app/login.php", "unsafe($input);\n")
	p.git("init", "-q", "-b", "main")
	p.git("add", "-A")
	p.git("commit", "-q", "-m", "version 1.0")
	p.write("app/login.php", "safe($input);\n")
	p.git("commit", "-q", "-a", "-m", "mend the login")
	p.plain = p.output(nil, "cat-file", "commit", "HEAD")
	p.write("security/countersign.yaml", `project: {name: App, url: "https://app.example"}
id: "APP-{year}-{number:4}"
repos:
  app: {url: "`+signedRemote+`", path: ../app}
products:
  app: {repo: app, versions: semver, title: App}
policy: {package_signatures: 1}
`)
	p.signFix("")
	return p
}

func (p *signedProject) check(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *signedProject) write(name, text string) string {
	p.t.Helper()
	file := filepath.Join(p.dir, filepath.FromSlash(name))
	p.check(os.MkdirAll(filepath.Dir(file), 0o755))
	p.check(os.WriteFile(file, []byte(text), 0o600))
	return file
}

func (p *signedProject) git(args ...string) { p.t.Helper(); p.output(nil, args...) }

func (p *signedProject) output(stdin []byte, args ...string) []byte {
	p.t.Helper()
	cmd := exec.Command("git", append([]string{"-C", filepath.Join(p.dir, "app")}, args...)...)
	at := p.now.Format(time.RFC3339)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_AUTHOR_NAME=dvz", "GIT_AUTHOR_EMAIL=dvz@app.example",
		"GIT_AUTHOR_DATE="+at, "GIT_COMMITTER_NAME=dvz", "GIT_COMMITTER_EMAIL=dvz@app.example", "GIT_COMMITTER_DATE="+at)
	cmd.Stdin = bytes.NewReader(stdin)
	out, err := cmd.Output()
	p.check(err)
	return out
}

// signFix puts a signature into the fix and writes what follows from its id.
func (p *signedProject) signFix(armored string) {
	p.t.Helper()
	raw := p.plain
	if armored != "" {
		head, body, _ := bytes.Cut(raw, []byte("\n\n"))
		raw = []byte(string(head) + "\ngpgsig " + strings.ReplaceAll(strings.TrimRight(armored, "\n"), "\n", "\n ") + "\n\n" + string(body))
	}
	p.fix = strings.TrimSpace(string(p.output(raw, "hash-object", "-t", "commit", "-w", "--stdin")))
	p.git("reset", "-q", "--hard", p.fix)
	p.zip = p.output(nil, "archive", "--format=zip", p.fix)
	p.write("app.zip", string(p.zip))
	p.write("security/advisories/APP-2026-0001.md", "---\nid: APP-2026-0001\ntitle: A flaw\nrisk: low\ntarget: \"1.1\"\naffected: [{ranges: [{introduced: \"0\", fixed: \"1.1\"}]}]\n"+
		"fixes: [{version: \"1.1\", commits: ["+p.fix+"]}]\ntimeline: {reported: 2026-01-01}\n---\n## Impact\n\nBad.\n")
	p.listSignature("")
}

// listSignature writes the release's record.
func (p *signedProject) listSignature(name string) {
	p.write("security/releases/1.1.md", "---\nversion: \"1.1\"\nsource: {repo: app, commit: "+p.fix+"}\npackages: [{name: app.zip, signatures: ["+name+"]}]\n---\nNotes.\n")
}

// signPackage puts a signature beside the package and into the record.
func (p *signedProject) signPackage(name string, data []byte) {
	p.write(name, string(data))
	p.listSignature(name)
}

// key writes the record of a key.
func (p *signedProject) key(material string) {
	p.write("security/keys/dvz.md", "---\nowner: dvz\nroles: [commit, release]\nadded: "+p.now.AddDate(0, 0, -7).Format(time.DateOnly)+"\n"+material)
}

// run runs the program in the security repository, two hours later.
func (p *signedProject) run(args ...string) (int, string) {
	p.t.Helper()
	var out bytes.Buffer
	args = append([]string{"countersign", "--now", p.now.Add(2 * time.Hour).Format(time.RFC3339), "-C", filepath.Join(p.dir, "security")}, args...)
	code := run(context.Background(), args, os.Getenv, strings.NewReader(""), &out, &out)
	return code, out.String()
}

// verify runs gate 2 and holds the outcome against what is expected.
func (p *signedProject) verify(code int, want string, args ...string) {
	p.t.Helper()
	args = append([]string{"verify", "1.1", "--packages", p.dir, "--output", filepath.Join(p.dir, "result.json")}, args...)
	if got, said := p.run(args...); got != code || !strings.Contains(said, want) {
		p.t.Errorf("exit %d, want %d with %q:\n%s", got, code, want, said)
	}
}

const identityKey = "sigstore: {issuer: " + sigstoretest.Issuer + ", subject: " + sigstoretest.Subject + "}\n---\n"

// TestSigstoreThroughTheProgram: gitsign commits, bundles and provenance of an authority of the test's own, with
// --trusted-root and --rekor-entry.
func TestSigstoreThroughTheProgram(t *testing.T) {
	a := sigstoretest.NewAuthority(t)
	p := newSignedProject(t)
	p.key(identityKey)
	person, soon := a.Person(sigstoretest.Subject), p.now.Add(time.Minute)
	root := []string{"--trusted-root", p.write("root.json", string(a.Root(true)))}
	embedded := person.CMS(p.plain, func(signed, sig []byte) (*sigstoretest.Entry, []byte) { return person.Record(signed, sig, soon), nil })
	bare := person.CMS(p.plain, nil)
	var ofBare []byte
	without := person.CMS(p.plain, func(signed, sig []byte) (*sigstoretest.Entry, []byte) {
		ofBare = sigstoretest.EntryFile(t, person.Record(signed, sig, soon))
		return nil, nil
	})

	t.Run("commit", func(t *testing.T) {
		p.t = t
		sign := func(armored string) {
			p.signFix(armored)
			p.signPackage("app.zip.sigstore.json", person.FileBundle(p.zip, soon))
		}
		sign(embedded)
		p.verify(0, "gate open", root...)
		p.verify(1, "signature-unknown-signer", "--output", filepath.Join(p.dir, "r2.json")) // the public instance's root knows nothing of it
		sign(bare)
		p.verify(3, "--rekor-entry FILE", root...)
		sign(without)
		p.verify(3, "signature-uncheckable", root...)
		p.verify(0, "gate open", append(root, "--rekor-entry", p.write("entry.json", string(ofBare)))...)
		p.verify(1, "signature-mismatch", append(root, "--rekor-entry", p.write("other.json", string(sigstoretest.EntryFile(t, person.Record([]byte("another"), person.Sign([]byte("another")), soon)))))...)
		p.plain = bytes.Replace(p.plain, []byte("mend"), []byte("Mend"), 1)
		sign(embedded)
		p.verify(1, "signature-bad", root...)
		p.plain = bytes.Replace(p.plain, []byte("Mend"), []byte("mend"), 1)
		sign(embedded)
		for record, code := range map[string]int{
			"sigstore: {issuer: https://other.example, subject: " + sigstoretest.Subject + "}\n---\n":                1,
			"sigstore: {issuer: " + sigstoretest.Issuer + ", subject: mara@example.org}\n---\n":                      1,
			"sigstore: {issuer: " + sigstoretest.Issuer + ", subject_pattern: '[a-z]+@example\\.org'}\n---\n":        0,
			"sigstore: {issuer: " + sigstoretest.Issuer + ", subject_pattern: 'example'}\n---\n":                     1,
			"removed: {date: " + p.now.Format(time.DateOnly) + ", reason: compromised}\n" + identityKey:              1,
			"removed: {date: " + p.now.AddDate(0, 0, 1).Format(time.DateOnly) + ", reason: retired}\n" + identityKey: 0,
		} {
			p.key(record)
			p.verify(code, "", root...)
		}
		p.key(identityKey)
	})

	t.Run("package", func(t *testing.T) {
		p.t = t
		p.key(identityKey)
		p.signFix(embedded)
		provenance := func(uri, commit string, file []byte) []byte {
			sum := sha256.Sum256(file)
			return person.Attestation([]byte(fmt.Sprintf(`{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"app.zip","digest":{"sha256":"%s"}}],"predicateType":"https://slsa.dev/provenance/v1",
				"predicate":{"buildDefinition":{"buildType":"x","resolvedDependencies":[{"uri":"git+%s@refs/tags/v1.1","digest":{"gitCommit":"%s"}}]}}}`, hex.EncodeToString(sum[:]), uri, commit)), soon)
		}
		for _, c := range []struct {
			name string
			data []byte
			code int
			want string
		}{
			{"bundle", person.FileBundle(p.zip, soon), 0, "gate open"},
			{"bundle over another file", person.FileBundle([]byte("other"), soon), 1, "signature-bad"},
			{"bundle of a stranger", a.Person("mallory@example.org").FileBundle(p.zip, soon), 1, "mallory@example.org"},
			{"bundle logged after the certificate's time", person.FileBundle(p.zip, p.now.Add(time.Hour)), 1, "signature-bad"},
			{"provenance of the release", provenance(signedRemote, p.fix, p.zip), 0, "gate open"},
			{"provenance of another commit", provenance(signedRemote, strings.Repeat("1", 40), p.zip), 1, "signature-mismatch"},
			{"provenance of another repository", provenance("https://git.example/evil", p.fix, p.zip), 1, "signature-mismatch"},
			{"provenance of another package", provenance(signedRemote, p.fix, []byte("other")), 1, "signature-bad"},
			{"rubbish", []byte(`{"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json"}`), 1, "signature-bad"},
		} {
			t.Run(c.name, func(t *testing.T) {
				p.t = t
				p.signPackage("app.zip.sigstore.json", c.data)
				p.verify(c.code, c.want, root...)
			})
		}
	})
}

// openPGPKey makes an OpenPGP key, revoked today where reasons say why; sign signs commits and files.
func (p *signedProject) openPGPKey(v6 bool, revoked ...packet.ReasonForRevocation) (block string, sign func([]byte) string) {
	p.t.Helper()
	made := p.now.AddDate(0, 0, -7)
	config := &packet.Config{V6Keys: v6, Algorithm: packet.PubKeyAlgoEd25519, Time: func() time.Time { return made }}
	e, err := pgp.NewEntity("dvz", "", "dvz@app.example", config)
	p.check(err)
	for _, reason := range revoked {
		p.check(e.Revoke(reason, "", &packet.Config{Time: func() time.Time { return p.now.Add(-time.Hour) }}))
	}
	var b bytes.Buffer
	w, err := armor.Encode(&b, "PGP PUBLIC KEY BLOCK", nil)
	p.check(err)
	p.check(e.Serialize(w))
	p.check(w.Close())
	e.Revocations = nil // whoever holds the key signs on
	return b.String() + "\n", func(message []byte) string {
		var out bytes.Buffer
		p.check(pgp.ArmoredDetachSign(&out, []*pgp.Entity{e}, bytes.NewReader(message), &pgp.SignParams{Config: &packet.Config{Time: func() time.Time { return p.now }}}))
		return out.String() + "\n"
	}
}

func (p *signedProject) sshKey() ssh.Signer {
	p.t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	p.check(err)
	s, err := ssh.NewSignerFromKey(key)
	p.check(err)
	return s
}

// certify gives a key a certificate of an authority.
func (p *signedProject) certify(ca, key ssh.Signer, principals ...string) ssh.Signer {
	p.t.Helper()
	cert := &ssh.Certificate{Key: key.PublicKey(), CertType: ssh.UserCert, KeyId: "dvz", ValidPrincipals: principals,
		ValidAfter: uint64(p.now.Add(-time.Hour).Unix()), ValidBefore: uint64(p.now.AddDate(1, 0, 0).Unix())}
	p.check(cert.SignCert(rand.Reader, ca))
	s, err := ssh.NewCertSigner(cert, key)
	p.check(err)
	return s
}

func (p *signedProject) sshSign(s ssh.Signer, namespace string) func([]byte) string {
	return func(message []byte) string {
		p.t.Helper()
		sig, err := sshsig.Sign(bytes.NewReader(message), s, sshsig.HashSHA512, namespace)
		p.check(err)
		return string(sshsig.Armor(sig))
	}
}

func authorized(s ssh.Signer) string {
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(s.PublicKey())))
}

// TestKeysThroughTheProgram: every other kind of key signs the fix and the package.
func TestKeysThroughTheProgram(t *testing.T) {
	p := newSignedProject(t)
	v4, signV4 := p.openPGPKey(false)
	v6, signV6 := p.openPGPKey(true)
	plain, ca, holder := p.sshKey(), p.sshKey(), p.sshKey()
	dvz, mallory := p.certify(ca, holder, "dvz"), p.certify(ca, holder, "mallory")
	stranger := p.certify(p.sshKey(), holder, "dvz")
	for _, c := range []struct {
		name       string
		key        string
		commit     func([]byte) string
		file       func([]byte) string
		code       int
		want, list string
	}{
		{"OpenPGP version 4", "---\n" + v4, signV4, signV4, 0, "gate open", "Ed25519"},
		{"OpenPGP version 6", "---\n" + v6, signV6, signV6, 0, "gate open", "Ed25519"},
		{"OpenPGP version 6, by another key", "---\n" + v4, signV6, signV4, 1, "signature-unknown-signer", ""},
		{"OpenPGP version 6, the package by another key", "---\n" + v4, signV4, signV6, 1, "package-signatures", ""},
		{"SSH", "ssh: " + authorized(plain) + "\n---\n", p.sshSign(plain, "git"), p.sshSign(plain, "file"), 0, "gate open", "Ed25519"},
		{"SSH, made for files", "ssh: " + authorized(plain) + "\n---\n", p.sshSign(plain, "file"), p.sshSign(plain, "file"), 1, "signature-bad", ""},
		{"SSH certificate", "ssh: cert-authority " + authorized(ca) + "\n---\n", p.sshSign(dvz, "git"), p.sshSign(dvz, "file"), 0, "gate open", "dvz"},
		{"SSH certificate of a principal", "ssh: cert-authority " + authorized(ca) + "\nprincipals: [mallory]\n---\n", p.sshSign(mallory, "git"), p.sshSign(mallory, "file"), 0, "gate open", "mallory"},
		{"SSH certificate for another principal", "ssh: cert-authority " + authorized(ca) + "\n---\n", p.sshSign(mallory, "git"), p.sshSign(dvz, "file"), 1, "none of those", ""},
		{"SSH certificate of another authority", "ssh: cert-authority " + authorized(ca) + "\n---\n", p.sshSign(stranger, "git"), p.sshSign(dvz, "file"), 1, "signature-unknown-signer", ""},
		{"allowed_signers", "---\n# team\ndvz@app.example namespaces=\"git,file\" " + authorized(plain) + "\n", p.sshSign(plain, "git"), p.sshSign(plain, "file"), 0, "gate open", "dvz@app.example"},
		{"allowed_signers with an authority", "---\n*@app.example cert-authority " + authorized(ca) + "\n", p.sshSign(p.certify(ca, holder, "dvz@app.example"), "git"),
			p.sshSign(p.certify(ca, holder, "dvz@app.example"), "file"), 0, "gate open", "@app.example"},
		{"allowed_signers, a line that has ended", "---\ndvz@app.example valid-before=\"20200101Z\" " + authorized(plain) + "\n", p.sshSign(plain, "git"), p.sshSign(plain, "file"), 1, "signature-expired", ""},
		{"allowed_signers, a line for files", "---\ndvz@app.example namespaces=\"file\" " + authorized(plain) + "\n", p.sshSign(plain, "git"), p.sshSign(plain, "file"), 1, "signature-bad", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p.t = t
			p.key(c.key)
			p.signFix(c.commit(p.plain))
			p.signPackage("app.zip.sig", []byte(c.file(p.zip)))
			p.verify(c.code, c.want)
			if _, said := p.run("keys", "list"); !strings.Contains(said, c.list) {
				t.Errorf("keys list lacks %q:\n%s", c.list, said)
			}
		})
	}
}

// TestBareKeyThroughTheProgram: "cosign sign-blob --key" and a statement that such a key signed.
func TestBareKeyThroughTheProgram(t *testing.T) {
	p := newSignedProject(t)
	p.write("security/countersign.yaml", strings.Replace(string(p.read("security/countersign.yaml")), "policy: {", "policy: {fix_signature: none, ", 1))
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	p.check(err)
	k := sigstoretest.NewBareKey(t, key)
	material := "pem: |\n  " + strings.ReplaceAll(strings.TrimSpace(string(k.PEM())), "\n", "\n  ") + "\n---\n"
	sum := sha256.Sum256(p.zip)
	built := []byte(fmt.Sprintf(`{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"app.zip","digest":{"sha256":"%s"}}],"predicateType":"https://slsa.dev/provenance/v1",
		"predicate":{"buildDefinition":{"buildType":"x","resolvedDependencies":[{"uri":"git+%s","digest":{"gitCommit":"%s"}}]}}}`, hex.EncodeToString(sum[:]), signedRemote, p.fix))
	p.key(material)
	p.signPackage("app.zip.sigstore.json", k.FileBundle(p.zip, nil, p.now))
	p.verify(0, "gate open")
	p.signPackage("app.zip.sigstore.json", k.Attestation(built))
	p.verify(0, "gate open")
	p.signPackage("app.zip.sigstore.json", k.Attestation(bytes.Replace(built, []byte(p.fix), []byte(strings.Repeat("1", 40)), 1)))
	p.verify(1, "signature-mismatch")
	p.signPackage("app.zip.sigstore.json", k.FileBundle([]byte("other"), nil, p.now))
	p.verify(1, "signature-unknown-signer")
}

func (p *signedProject) read(name string) []byte {
	p.t.Helper()
	data, err := os.ReadFile(filepath.Join(p.dir, filepath.FromSlash(name)))
	p.check(err)
	return data
}
