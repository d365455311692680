package keyring

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"errors"
	"hash"
	"math/big"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// The standard library checks RSA signatures with the arithmetic it uses for secrets, which takes 30, 215 and 280 µs
// at 2048, 3072 and 4096 bits where what is done here takes 22, 44 and 73 (math/big: 32, 64 and 98). A signature
// check knows no secrets, and gpg's usual keys have 3072 and 4096 bits, so for them the check of RFC 8017 section
// 8.2.2 is done here: what the signature opens to must be, byte for byte, the one encoding of the digest.
// rsa_test.go holds it against the standard library.

// digestPrefixes are the DER prefixes of DigestInfo (RFC 8017 section 9.2, note 1).
var digestPrefixes = map[crypto.Hash][]byte{
	crypto.SHA1:   {0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14},
	crypto.SHA256: {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20},
	crypto.SHA384: {0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00, 0x04, 0x30},
	crypto.SHA512: {0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03, 0x05, 0x00, 0x04, 0x40},
}

// Sizes between which the check is done here. Keys below count for nothing anyway; above, nobody has keys and the
// work would only help an attacker.
const (
	fastRSAFrom = 2048
	fastRSATo   = 8192
)

var errRSA = errors.New("RSA verification failure")

// largeRSA is a key whose signatures are checked here.
type largeRSA struct {
	modulus  *modulus
	exponent uint
}

// newLargeRSA returns nil for a key whose signatures the library checks.
func newLargeRSA(pk *packet.PublicKey) *largeRSA {
	pub, ok := pk.PublicKey.(*rsa.PublicKey)
	if !ok || !pk.CanSign() {
		return nil
	}
	if n := pub.N.BitLen(); n < fastRSAFrom || n > fastRSATo || pub.N.Bit(0) == 0 || pub.E < 3 || pub.E%2 == 0 {
		return nil
	}
	return &largeRSA{newModulus(pub.N), uint(pub.E)}
}

// checks reports whether a signature is of the kind that is checked here.
func (k *largeRSA) checks(pk *packet.PublicKey, sig *packet.Signature) bool {
	return k != nil && digestPrefixes[sig.Hash] != nil && sig.PubKeyAlgo == pk.PubKeyAlgo
}

// verify checks an OpenPGP signature over what was written to h.
func (k *largeRSA) verify(h hash.Hash, sig *packet.Signature) error {
	h.Write(sig.HashSuffix)
	digest := h.Sum(nil)
	// As the library does: version 6 asks for the two bytes that come with the signature, version 4 does not.
	if sig.Version >= 5 && !bytes.Equal(digest[:2], sig.HashTag[:]) {
		return errRSA
	}
	return k.open(sig.Hash, digest, sig.RSASignature.Bytes())
}

// open checks the signature of a digest.
func (k *largeRSA) open(h crypto.Hash, digest, signature []byte) error {
	n := k.modulus.number
	s := new(big.Int).SetBytes(signature)
	size := (n.BitLen() + 7) / 8
	if len(signature) > size || s.Cmp(n) >= 0 {
		return errRSA
	}
	tail := append(bytes.Clone(digestPrefixes[h]), digest...)
	want := make([]byte, size)
	want[1] = 1
	for i := 2; i < size-len(tail)-1; i++ {
		want[i] = 0xff
	}
	copy(want[size-len(tail):], tail)
	if !bytes.Equal(k.modulus.power(s, k.exponent).FillBytes(make([]byte, size)), want) {
		return errRSA
	}
	return nil
}
