package signature

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"

	"github.com/countersign/countersign/verify/keyring"
)

// softKey is a security key in software: it says of each signature what the test wants.
type softKey struct {
	public ssh.PublicKey
	key    crypto.Signer
	flags  byte
}

func newSoftKey(t testing.TB, kind string, flags byte) softKey {
	t.Helper()
	var key crypto.Signer
	var wire []byte
	switch kind {
	case ssh.KeyAlgoSKED25519:
		pub, priv, err := ed25519.GenerateKey(rand.Reader)
		must(t, err)
		key, wire = priv, ssh.Marshal(struct{ Kind, Point, Application string }{kind, string(pub), "ssh:"})
	case ssh.KeyAlgoSKECDSA256:
		priv, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		must(t, err)
		point, err := priv.PublicKey.Bytes()
		must(t, err)
		key, wire = priv, ssh.Marshal(struct{ Kind, Curve, Point, Application string }{kind, "nistp256", string(point), "ssh:"})
	}
	public, err := ssh.ParsePublicKey(wire)
	must(t, err)
	return softKey{public, key, flags}
}

// sign makes an armored SSH signature in the namespace of git.
func (k softKey) sign(t testing.TB, message []byte) string {
	t.Helper()
	h := sshsig.HashSHA512.Hash()
	h.Write(message)
	app, digest := sha256.Sum256([]byte("ssh:")), sha256.Sum256(sshMessage(&sshsig.Signature{Namespace: "git", HashAlgorithm: sshsig.HashSHA512}, h))
	signed := append(append(app[:], k.flags, 0, 0, 0, 9), digest[:]...)
	var blob []byte
	if key, ok := k.key.(*ecdsa.PrivateKey); ok {
		sum := sha256.Sum256(signed)
		r, s, err := ecdsa.Sign(rand.Reader, key, sum[:])
		must(t, err)
		blob = ssh.Marshal(struct{ R, S *big.Int }{r, s})
	} else {
		var err error
		blob, err = k.key.Sign(rand.Reader, signed, crypto.Hash(0))
		must(t, err)
	}
	sig := ssh.Marshal(struct {
		Format, Blob string
		Flags        byte
		Counter      uint32
	}{k.public.Type(), string(blob), k.flags, 9})
	return string(pem.EncodeToMemory(&pem.Block{Type: "SSH SIGNATURE", Bytes: append([]byte("SSHSIG"), ssh.Marshal(struct {
		Version                                         uint32
		PublicKey, Namespace, Reserved, Hash, Signature string
	}{1, string(k.public.Marshal()), "git", "", "sha512", string(sig)})...)}))
}

// A security key's signature counts as that of any key; where nobody touched it, a reader is told.
func TestSecurityKeys(t *testing.T) {
	const touched, verified = 1, 4
	for _, kind := range []string{ssh.KeyAlgoSKED25519, ssh.KeyAlgoSKECDSA256} {
		for _, flags := range []byte{0, touched, verified, touched | verified} {
			t.Run(fmt.Sprintf("%s, flags %d", kind, flags), func(t *testing.T) {
				k, plain := newSoftKey(t, kind, flags), commitBytes(date("2020-06-01"))
				public := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(k.public)))
				ring := ringOf(t, keyring.Record{Name: "dvz", Owner: "dvz", SSH: public, Roles: []keyring.Role{keyring.Commit}})
				req := Request{Ring: ring, Role: keyring.Commit, Now: date("2024-07-01")}
				commit := withHeader(plain, "gpgsig", k.sign(t, plain))
				s, err := SplitCommit(commit)
				must(t, err)
				r := Best(Check(s, req))
				if told := strings.Contains(fmt.Sprint(r.Warnings), "not touched"); !r.OK() || told != (flags&touched == 0) {
					t.Errorf("%s (%s), warnings %q", r.Status, r.Reason, r.Warnings)
				}
				if git := sshSays(t, commit, "dvz "+public+"\n"); git != "" && git != "G" {
					t.Errorf("git says %s", git)
				}
				s.Signatures[0].Payload = append([]byte(nil), plain[1:]...)
				if r := Best(Check(s, req)); r.Status != Bad {
					t.Errorf("another commit: %s", r.Status)
				}
				other := newSoftKey(t, kind, flags)
				s.Signatures[0].Payload, s.Signatures[0].Armor = plain, []byte(softKey{k.public, other.key, flags}.sign(t, plain))
				if r := Best(Check(s, req)); r.Status != Bad {
					t.Errorf("signed by another key: %s", r.Status)
				}
			})
		}
	}
}
