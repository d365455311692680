package signature

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"

	"github.com/countersign/countersign/verify/keyring"
)

// sshSigner turns a private key into an SSH signer.
func sshSigner(t testing.TB, key crypto.Signer) ssh.Signer {
	t.Helper()
	s, err := ssh.NewSignerFromKey(key)
	must(t, err)
	return s
}

func newSSH(t testing.TB) ssh.Signer {
	t.Helper()
	_, priv, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	return sshSigner(t, priv)
}

// line is the public key as a key document holds it.
func line(s ssh.Signer) string {
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(s.PublicKey())))
}

// sshSign makes an armored SSH signature.
func sshSign(t testing.TB, s ssh.Signer, message []byte, namespace string) string {
	t.Helper()
	sig, err := sshsig.Sign(bytes.NewReader(message), s, sshsig.HashSHA512, namespace)
	must(t, err)
	return string(sshsig.Armor(sig))
}

// certify makes a user certificate for the signer's key, and a signer that presents it.
func certify(t testing.TB, ca, s ssh.Signer, principal, from, to string, kind uint32) ssh.Signer {
	t.Helper()
	cert := &ssh.Certificate{
		Key: s.PublicKey(), CertType: kind, ValidPrincipals: []string{principal}, KeyId: principal,
		ValidAfter: uint64(date(from).Unix()), ValidBefore: uint64(date(to).Unix()),
	}
	must(t, cert.SignCert(rand.Reader, ca))
	out, err := ssh.NewCertSigner(cert, s)
	must(t, err)
	return out
}

// sha1Signature makes an RSA signature with the algorithm ssh-rsa.
func sha1Signature(t testing.TB, s ssh.Signer, message []byte) string {
	t.Helper()
	h := sshsig.HashSHA512.Hash()
	h.Write(message)
	data := sshMessage(&sshsig.Signature{Namespace: "git", HashAlgorithm: sshsig.HashSHA512}, h)
	sig, err := s.(ssh.AlgorithmSigner).SignWithAlgorithm(rand.Reader, data, ssh.KeyAlgoRSA)
	must(t, err)
	blob := append([]byte("SSHSIG"), ssh.Marshal(struct {
		Version                                         uint32
		PublicKey, Namespace, Reserved, Hash, Signature string
	}{1, string(s.PublicKey().Marshal()), "git", "", "sha512", string(ssh.Marshal(sig))})...)
	return string(pem.EncodeToMemory(&pem.Block{Type: "SSH SIGNATURE", Bytes: blob}))
}

// sshCase is one row: who signs, what the keyring and the allowed_signers file hold, and what both say.
type sshCase struct {
	name    string
	at      string // commit date, default 2020-06-01
	sign    func(t *testing.T, s ssh.Signer, commit []byte) string
	key     func(t *testing.T) ssh.Signer
	options string // of the allowed_signers line
	change  func(r *keyring.Record)
	record  func(t *testing.T, s ssh.Signer) keyring.Record
	allowed func(s ssh.Signer) string
	req     Request
	want    Status
	reason  string
	git     string
}

func signGit(t *testing.T, s ssh.Signer, commit []byte) string { return sshSign(t, s, commit, "git") }

// underCA fills a row with a certificate and a keyring that holds its authority.
func underCA(principal, from, to string, kind uint32) func(t *testing.T) (func(*testing.T) ssh.Signer, string) {
	return func(t *testing.T) (func(*testing.T) ssh.Signer, string) {
		ca := newSSH(t)
		return func(t *testing.T) ssh.Signer { return certify(t, ca, newSSH(t), principal, from, to, kind) }, line(ca)
	}
}

func sshCases(t *testing.T) []sshCase {
	cases := []sshCase{
		{name: "Ed25519", want: Valid, git: "G"},
		{name: "ECDSA", want: Valid, git: "G", key: func(t *testing.T) ssh.Signer {
			k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
			must(t, err)
			return sshSigner(t, k)
		}},
		{name: "RSA 2048", want: Valid, git: "G", key: func(t *testing.T) ssh.Signer { return sshSigner(t, rsaKey(t, 2048)) }},
		{name: "RSA 1024", want: Weak, reason: "1024 bits", git: "G", key: func(t *testing.T) ssh.Signer { return sshSigner(t, rsaKey(t, 1024)) }},
		{name: "RSA with SHA-1", want: Weak, reason: "SHA-1", git: "B",
			key:  func(t *testing.T) ssh.Signer { return sshSigner(t, rsaKey(t, 2048)) },
			sign: func(t *testing.T, s ssh.Signer, commit []byte) string { return sha1Signature(t, s, commit) }},
		{name: "wrong namespace", want: Bad, reason: `namespace "file"`, git: "B",
			sign: func(t *testing.T, s ssh.Signer, commit []byte) string { return sshSign(t, s, commit, "file") }},
		{name: "another commit's signature", want: Bad, reason: "does not match", git: "B",
			sign: func(t *testing.T, s ssh.Signer, commit []byte) string {
				return sshSign(t, s, append([]byte(nil), commit[1:]...), "git")
			}},
		{name: "CRLF inside the armor", want: Valid, git: "B",
			sign: func(t *testing.T, s ssh.Signer, commit []byte) string {
				return strings.ReplaceAll(signGit(t, s, commit), "\n", "\r\n")
			}},
		{name: "unknown key", want: UnknownSigner, reason: "SHA256:", git: "U",
			sign: func(t *testing.T, _ ssh.Signer, commit []byte) string { return sshSign(t, newSSH(t), commit, "git") }},
		{name: "line for another namespace", options: `namespaces="file" `, want: Bad, reason: "namespaces file only", git: "B"},
		{name: "line for git among others", options: `namespaces="file,g?t" `, want: Valid, git: "G"},
		{name: "expired line, commit after it", options: `valid-before="20200101Z" `, want: Expired, reason: "expired 2020-01-01", git: "U"},
		{name: "valid-before 2020, the commit says 2019, made today", at: "2019-06-01", options: `valid-before="20200101Z" `,
			want: Expired, reason: "no release made before the expiry", git: "G"},
		{name: "valid-before 2020, the commit says 2019, a release of then holds it", at: "2019-06-01", options: `valid-before="20200101Z" `,
			req: Request{HeldSince: date("2019-08-01")}, want: Valid, git: "G"},
		{name: "valid-after later than the commit", options: `valid-after="20210101Z" `, want: NotYetUsable, reason: "valid from 2021-01-01", git: "U"},
		{name: "key removed, commit before by its own word", change: removed("2022-01-01", keyring.Retired), want: Removed, reason: "no release", git: "G"},
		{name: "wrong role", change: func(r *keyring.Record) { r.Roles = []keyring.Role{keyring.Release} }, want: WrongRole, git: "G"},
	}
	for _, c := range []struct {
		name, principal, from, to string
		kind                      uint32
		want                      Status
		reason, git               string
	}{
		{"certificate of a known authority", "dvz", "2020-01-01", "2025-01-01", ssh.UserCert, Valid, "", "G"},
		{"certificate for another principal", "mallory", "2020-01-01", "2025-01-01", ssh.UserCert, Bad, "none of those", "U"},
		{"certificate that had expired", "dvz", "2020-01-01", "2020-03-01", ssh.UserCert, Expired, "expired 2020-03-01", "U"},
		{"certificate of a host", "dvz", "2020-01-01", "2025-01-01", ssh.HostCert, Bad, "host certificate", "U"},
	} {
		key, ca := underCA(c.principal, c.from, c.to, c.kind)(t)
		cases = append(cases, sshCase{name: c.name, key: key, want: c.want, reason: c.reason, git: c.git,
			record: func(*testing.T, ssh.Signer) keyring.Record {
				return keyring.Record{Name: "ca", Owner: "dvz", SSH: "cert-authority " + ca, Roles: []keyring.Role{keyring.Commit}, Added: date("2015-01-01")}
			},
			allowed: func(ssh.Signer) string { return "dvz cert-authority " + ca + "\n" }})
	}
	return cases
}

func TestSSHCommits(t *testing.T) {
	for _, c := range sshCases(t) {
		t.Run(c.name, func(t *testing.T) {
			signer := newSSH(t)
			if c.key != nil {
				signer = c.key(t)
			}
			if c.at == "" {
				c.at = "2020-06-01"
			}
			if c.sign == nil {
				c.sign = signGit
			}
			plain := commitBytes(date(c.at))
			commit := withHeader(plain, "gpgsig", c.sign(t, signer, plain))
			record := keyring.Record{Name: "dvz", Owner: "dvz", SSH: c.options + line(signer), Roles: []keyring.Role{keyring.Commit}, Added: date("2015-01-01")}
			if c.record != nil {
				record = c.record(t, signer)
			}
			if c.change != nil {
				c.change(&record)
			}
			allowed := fmt.Sprintf("dvz %s%s\n", c.options, line(signer))
			if c.allowed != nil {
				allowed = c.allowed(signer)
			}
			c.req.Ring, c.req.Role, c.req.Now = ringOf(t, record), keyring.Commit, date("2024-07-01")
			s, err := SplitCommit(commit)
			must(t, err)
			r := Best(Check(s, c.req))
			if r.Status != c.want || !strings.Contains(r.Reason, c.reason) {
				t.Errorf("got %s (%s), want %s with %q", r.Status, r.Reason, c.want, c.reason)
			}
			if git := sshSays(t, commit, allowed); git != "" && git != c.git {
				t.Errorf("git says %s, the table says %s", git, c.git)
			}
		})
	}
}

// An SSH signature has no time of its own; where that matters, a signature that counts says so.
func TestSSHWarnsOfChosenDates(t *testing.T) {
	signer, plain := newSSH(t), commitBytes(date("2019-06-01"))
	ring := ringOf(t, keyring.Record{Name: "dvz", Owner: "dvz", SSH: `valid-before="20200101Z" ` + line(signer), Roles: []keyring.Role{keyring.Commit}})
	s, err := SplitCommit(withHeader(plain, "gpgsig", sshSign(t, signer, plain, "git")))
	must(t, err)
	r := Best(Check(s, Request{Ring: ring, Role: keyring.Commit, Now: date("2024-07-01"), HeldSince: date("2019-07-01")}))
	if !r.OK() || len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0], "author can choose") {
		t.Errorf("got %s with warnings %q", r.Status, r.Warnings)
	}
}

// An allowed_signers file is read as it is: each line's principals are the owner.
func TestAllowedSigners(t *testing.T) {
	signer, other, plain := newSSH(t), newSSH(t), commitBytes(date("2020-06-01"))
	file := fmt.Sprintf("# team\n\nmara@example.org %s\n\"jonas@example.org\" namespaces=\"git\" %s\n", line(other), line(signer))
	ring := ringOf(t, keyring.Record{Name: "signers", Owner: "team", AllowedSigners: file, Roles: []keyring.Role{keyring.Commit}})
	s, err := SplitCommit(withHeader(plain, "gpgsig", sshSign(t, signer, plain, "git")))
	must(t, err)
	r := Best(Check(s, Request{Ring: ring, Role: keyring.Commit, Now: date("2024-07-01")}))
	if !r.OK() || r.Signer != "jonas@example.org" {
		t.Errorf("got %s by %q (%s)", r.Status, r.Signer, r.Reason)
	}
}
