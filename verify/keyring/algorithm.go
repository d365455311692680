package keyring

import (
	"crypto"
	"fmt"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// minRSA is the smallest RSA modulus that is believed (NIST SP 800-131A).
const minRSA = 2048

// algorithms names the public-key algorithms of RFC 9580 section 9.1 and RFC 9980.
var algorithms = map[packet.PublicKeyAlgorithm]string{
	packet.PubKeyAlgoRSA: "RSA", packet.PubKeyAlgoRSAEncryptOnly: "RSA", packet.PubKeyAlgoRSASignOnly: "RSA",
	packet.PubKeyAlgoDSA: "DSA", packet.PubKeyAlgoElGamal: "ElGamal", packet.PubKeyAlgoECDSA: "ECDSA", packet.PubKeyAlgoECDH: "ECDH",
	packet.PubKeyAlgoEdDSA: "Ed25519", packet.PubKeyAlgoEd25519: "Ed25519", packet.PubKeyAlgoEd448: "Ed448",
	packet.PubKeyAlgoX25519: "X25519", packet.PubKeyAlgoX448: "X448",
	packet.PubKeyAlgoMldsa65Ed25519: "ML-DSA-65+Ed25519", packet.PubKeyAlgoMldsa87Ed448: "ML-DSA-87+Ed448",
	packet.PubKeyAlgoSlhdsaShake128s: "SLH-DSA-SHAKE-128s", packet.PubKeyAlgoSlhdsaShake128f: "SLH-DSA-SHAKE-128f",
	packet.PubKeyAlgoSlhdsaShake256s: "SLH-DSA-SHAKE-256s",
	packet.PubKeyAlgoMlkem768X25519:  "ML-KEM-768+X25519", packet.PubKeyAlgoMlkem1024X448: "ML-KEM-1024+X448",
}

// algorithmOf names a key's algorithm, its size where sizes differ, and its curve where curves do.
func algorithmOf(pk *packet.PublicKey) (name string, bits int, curve string) {
	name, known := algorithms[pk.PubKeyAlgo]
	if !known {
		name = fmt.Sprintf("algorithm %d", pk.PubKeyAlgo)
	}
	switch name {
	case "RSA", "DSA", "ElGamal":
		n, _ := pk.BitLength() // fails for other algorithms only
		bits = int(n)
	case "ECDSA", "ECDH":
		if c, err := pk.Curve(); err == nil {
			curve = string(c)
		}
	}
	return name, bits, curve
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
