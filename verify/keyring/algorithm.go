package keyring

import (
	"crypto"
	"fmt"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// minRSA is the smallest RSA modulus that is believed (NIST SP 800-131A).
const minRSA = 2048

// algorithmOf names a key's algorithm, its size where sizes differ, and its curve.
func algorithmOf(pk *packet.PublicKey) (name string, bits int, curve string) {
	size := func() int { n, _ := pk.BitLength(); return int(n) }
	if c, err := pk.Curve(); err == nil {
		curve = string(c)
	}
	switch pk.PubKeyAlgo {
	case packet.PubKeyAlgoRSA, packet.PubKeyAlgoRSAEncryptOnly, packet.PubKeyAlgoRSASignOnly:
		return "RSA", size(), ""
	case packet.PubKeyAlgoDSA:
		return "DSA", size(), ""
	case packet.PubKeyAlgoElGamal:
		return "ElGamal", size(), ""
	case packet.PubKeyAlgoECDSA:
		return "ECDSA", 0, curve
	case packet.PubKeyAlgoECDH:
		return "ECDH", 0, curve
	case packet.PubKeyAlgoEdDSA, packet.PubKeyAlgoEd25519:
		return "Ed25519", 0, ""
	case packet.PubKeyAlgoEd448:
		return "Ed448", 0, ""
	case packet.PubKeyAlgoX25519:
		return "X25519", 0, ""
	case packet.PubKeyAlgoX448:
		return "X448", 0, ""
	case packet.PubKeyAlgoMldsa65Ed25519:
		return "ML-DSA-65+Ed25519", 0, ""
	case packet.PubKeyAlgoMldsa87Ed448:
		return "ML-DSA-87+Ed448", 0, ""
	case packet.PubKeyAlgoSlhdsaShake128s:
		return "SLH-DSA-SHAKE-128s", 0, ""
	case packet.PubKeyAlgoSlhdsaShake128f:
		return "SLH-DSA-SHAKE-128f", 0, ""
	case packet.PubKeyAlgoSlhdsaShake256s:
		return "SLH-DSA-SHAKE-256s", 0, ""
	case packet.PubKeyAlgoMlkem768X25519:
		return "ML-KEM-768+X25519", 0, ""
	case packet.PubKeyAlgoMlkem1024X448:
		return "ML-KEM-1024+X448", 0, ""
	}
	return fmt.Sprintf("algorithm %d", pk.PubKeyAlgo), 0, curve
}

// weakKey says why the key is too weak to be believed, or "".
func weakKey(pk *packet.PublicKey) string {
	name, bits, _ := algorithmOf(pk)
	switch {
	case name == "RSA" && bits < minRSA:
		return fmt.Sprintf("RSA with %d bits, at least %d are needed", bits, minRSA)
	case name == "DSA":
		return "DSA, which RFC 9580 no longer lets anybody use"
	case name == "ElGamal":
		return "ElGamal, which RFC 9580 no longer lets anybody use"
	}
	return ""
}

// WeakDigest says why a digest is too weak for a signature, or "". A colliding document can be made for
// MD5 in seconds and for SHA-1 for the price of a car (shattered.io, sha-mbles.github.io).
func WeakDigest(h crypto.Hash) string {
	switch h {
	case crypto.MD5, crypto.SHA1, crypto.RIPEMD160:
		return fmt.Sprintf("the digest is %s, for which collisions can be made", h)
	}
	return ""
}
