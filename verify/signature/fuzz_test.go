package signature

import (
	"bytes"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/countersign/countersign/verify/keyring"
	"github.com/countersign/countersign/verify/verifytest/testdata/sigstoretest"
)

// signedOnce is one signature of a kind, over a commit or a file.
type signedOnce struct {
	kind    string
	message []byte // what was signed
	commit  bool   // it stands in a commit's header; otherwise it lies beside a file
	data    []byte
}

// everyKind signs once in every way that there is, and returns the request by which all of them count.
func everyKind(t testing.TB) ([]signedOnce, Request) {
	now := time.Now().UTC().Truncate(time.Second)
	a, commit, file := newAuthority(t), commitBytes(now), []byte("package\n")
	v4, v6, plain := newKey(t, "Dvz", keyOptions{subkey: true}), newKey(t, "Mara", keyOptions{v6: true}), newSSH(t)
	soft, bare, p := newSoftKey(t, ssh.KeyAlgoSKED25519, 1), newBareKey(t, elliptic.P256()), a.Person(testPerson)
	at := now.Format("2006-01-02")
	sum := sha256.Sum256(file)
	statement := fmt.Appendf(nil, `{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"p.zip","digest":{"sha256":"%s"}}],"predicateType":"https://example.org/review/v1","predicate":{"by":"dvz"}}`, hex.EncodeToString(sum[:]))
	roles := []keyring.Role{keyring.Commit}
	ring := ringOf(t, v4.record(), v6.record(), identityRecord(testPerson),
		keyring.Record{Name: "ssh", Owner: "ssh", SSH: line(plain), Roles: roles},
		keyring.Record{Name: "soft", Owner: "soft", SSH: string(ssh.MarshalAuthorizedKey(soft.public)), Roles: roles},
		keyring.Record{Name: "bare", Owner: "bare", PEM: string(bare.PEM()), Roles: roles})
	gitsign := p.CMS(commit, func(signed, sig []byte) (*sigstoretest.Entry, []byte) {
		return p.Record(signed, sig, now.Add(time.Minute)), a.Stamp(sig)
	})
	return []signedOnce{
		{"openpgp 4", commit, true, []byte(v4.sign(commit, at))},
		{"openpgp 6", commit, true, []byte(v6.sign(commit, at))},
		{"openpgp beside a file", file, false, []byte(v4.sign(file, at))},
		{"ssh", commit, true, []byte(sshSign(t, plain, commit, "git"))},
		{"ssh beside a file", file, false, []byte(sshSign(t, plain, file, "file"))},
		{"security key", commit, true, []byte(soft.sign(t, commit))},
		{"gitsign", commit, true, []byte(gitsign)},
		{"bundle", file, false, p.FileBundle(file, now.Add(time.Minute))},
		{"attestation", file, false, p.Attestation(statement, now.Add(time.Minute))},
		{"bare key", file, false, bare.FileBundle(file, a.Authority, now)},
		{"bare key's attestation", file, false, bare.Attestation(statement)},
	}, Request{Ring: ring, Role: keyring.Commit, Now: now.Add(2 * time.Hour), Root: a.root}
}

// judge checks a signature over a message.
func (s signedOnce) judge(t testing.TB, req Request, message []byte) Result {
	if !s.commit {
		results, err := CheckFile(bytes.NewReader(message), []Detached{{"s", s.data}}, req)
		must(t, err)
		return Best(results)
	}
	part := Part{Header: headerSHA1, Type: typeOf(s.data), Payload: message, Armor: s.data}
	return Best(Check(&Signed{Object: "commit", Signatures: []Part{part}, When: dateOf(s.message, "committer ")}, req))
}

// The law: a bit flipped anywhere in the signed bytes never verifies, whatever the kind of signature.
func TestFlippedBitNeverVerifies(t *testing.T) {
	all, req := everyKind(t)
	for _, s := range all {
		if r := s.judge(t, req, s.message); !r.OK() {
			t.Errorf("%s: %s: %s", s.kind, r.Status, r.Reason)
		}
		for bit := range len(s.message) * 8 {
			changed := bytes.Clone(s.message)
			changed[bit/8] ^= 1 << (bit % 8)
			if r := s.judge(t, req, changed); r.OK() || r.Genuine {
				t.Fatalf("%s: bit %d flipped, and the signature counts", s.kind, bit)
			}
		}
	}
}

// The law: whatever bytes stand in place of a signature, checking ends without a panic and with a reason, and
// what counts is over the bytes that were signed.
func FuzzSignature(f *testing.F) {
	all, req := everyKind(f)
	for _, s := range all {
		f.Add(s.data, s.message, s.commit)
	}
	signed := map[string]bool{}
	for _, s := range all {
		signed[string(s.message)] = true
	}
	f.Fuzz(func(t *testing.T, data, message []byte, commit bool) {
		s := signedOnce{"fuzzed", all[0].message, commit, data}
		r := s.judge(t, req, message)
		if r.Status == "" || !r.OK() && r.Reason == "" || r.OK() && !signed[string(message)] {
			t.Fatalf("%+v over %q", r, message)
		}
		if d, err := decodeSHA256(hexSHA256(message)); err == nil && len(data) > 0 && data[0] == '{' {
			_ = CheckProvenance(Detached{"s", data}, hex.EncodeToString(d), Source{"https://git.example/app", "1"}, req)
		}
	})
}
