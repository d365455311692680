package keyring

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"math/big"
	"testing"
)

// Our check beside the standard library's: the same answer for good, flipped, shortened and padded
// signatures, for another digest and for numbers at the edge.
func TestRSABesideStandardLibrary(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 3072)
	must(t, err)
	for h := range digestPrefixes {
		w := h.New()
		w.Write([]byte("message"))
		digest := w.Sum(nil)
		sig, err := rsa.SignPKCS1v15(nil, key, h, digest)
		must(t, err)
		other := append([]byte{digest[0] ^ 1}, digest[1:]...)
		cases := map[string]struct{ digest, sig []byte }{
			"good": {digest, sig}, "another digest": {other, sig}, "short": {digest, sig[1:]}, "padded": {digest, append([]byte{0}, sig...)},
			"zero": {digest, make([]byte, 384)}, "modulus": {digest, key.N.Bytes()},
			"signature plus modulus": {digest, new(big.Int).Add(new(big.Int).SetBytes(sig), key.N).Bytes()},
		}
		for bit := 0; bit < len(sig)*8; bit += 97 {
			flipped := append([]byte(nil), sig...)
			flipped[bit/8] ^= 1 << (bit % 8)
			cases["flipped "+big.NewInt(int64(bit)).String()] = struct{ digest, sig []byte }{digest, flipped}
		}
		for name, c := range cases {
			ours, theirs := openRSA(&key.PublicKey, h, c.digest, c.sig), rsa.VerifyPKCS1v15(&key.PublicKey, h, c.digest, c.sig)
			if (ours == nil) != (theirs == nil) {
				t.Errorf("%s, %s: ours %v, the standard library's %v", h, name, ours, theirs)
			}
			if (ours == nil) != (name == "good") {
				t.Errorf("%s, %s: %v", h, name, ours)
			}
		}
	}
}

// A forged block with rubbish behind a short padding is what sloppy checks of small exponents let through
// (CVE-2006-4339); the cube root of one is no signature here.
func TestRSARefusesShortPadding(t *testing.T) {
	const size = 3072 / 8
	h := crypto.SHA256
	w := h.New()
	w.Write([]byte("message"))
	digest := w.Sum(nil)
	block := make([]byte, size)
	copy(block, append([]byte{0, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0}, append(append([]byte(nil), digestPrefixes[h]...), digest...)...))
	root := cubeRoot(new(big.Int).SetBytes(block))
	n := new(big.Int).Lsh(big.NewInt(1), 3071)
	n.SetBit(n, 0, 1)
	if err := openRSA(&rsa.PublicKey{N: n, E: 3}, h, digest, root.Bytes()); err == nil {
		t.Error("a forged signature was accepted")
	}
}

// cubeRoot rounds up.
func cubeRoot(n *big.Int) *big.Int {
	low, high := big.NewInt(0), new(big.Int).Lsh(big.NewInt(1), uint(n.BitLen()/3+2))
	for low.Cmp(high) < 0 {
		mid := new(big.Int).Add(low, high)
		mid.Rsh(mid, 1)
		if new(big.Int).Exp(mid, big.NewInt(3), nil).Cmp(n) < 0 {
			low = mid.Add(mid, big.NewInt(1))
		} else {
			high = mid
		}
	}
	return low
}
