package signature

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/sha256"
	"math/big"

	"golang.org/x/crypto/ssh"
)

// userPresence is the flag by which a security key says that somebody touched it.
const userPresence = 1

// untouched verifies a signature that a security key made without being touched (PROTOCOL.u2f of OpenSSH). The
// SSH library refuses those, as a server must by default; ssh-keygen takes them, since for a signature over a
// file the presence of a person is a further fact and no part of what is claimed.
func untouched(public ssh.PublicKey, message []byte, sig *ssh.Signature) bool {
	var made struct {
		Flags   byte
		Counter uint32
	}
	holder, ok := public.(ssh.CryptoPublicKey)
	if !ok || sig.Format != public.Type() || ssh.Unmarshal(sig.Rest, &made) != nil || made.Flags&userPresence != 0 {
		return false
	}
	digest := sha256.Sum256(message)
	signed := func(application string) []byte {
		app := sha256.Sum256([]byte(application))
		return ssh.Marshal(struct {
			Application []byte `ssh:"rest"`
			Flags       byte
			Counter     uint32
			Message     []byte `ssh:"rest"`
		}{app[:], made.Flags, made.Counter, digest[:]})
	}
	switch key := holder.CryptoPublicKey().(type) {
	case ed25519.PublicKey:
		var form struct{ Kind, Point, Application string }
		return sig.Format == ssh.KeyAlgoSKED25519 && ssh.Unmarshal(public.Marshal(), &form) == nil &&
			ed25519.Verify(key, signed(form.Application), sig.Blob)
	case *ecdsa.PublicKey:
		var form struct{ Kind, Curve, Point, Application string }
		var number struct{ R, S *big.Int }
		if sig.Format != ssh.KeyAlgoSKECDSA256 || ssh.Unmarshal(public.Marshal(), &form) != nil || ssh.Unmarshal(sig.Blob, &number) != nil {
			return false
		}
		sum := sha256.Sum256(signed(form.Application))
		return ecdsa.Verify(key, sum[:], number.R, number.S)
	}
	return false
}
