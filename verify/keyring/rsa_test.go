package keyring

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"math/big"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// Our check beside the standard library's: the same answer for good, flipped, shortened and padded
// signatures, for another digest and for numbers at the edge.
func TestRSABesideStandardLibrary(t *testing.T) {
	for _, size := range []int{2048, 2112, 3072} { // 2112 bits are an odd count of words
		key, err := rsa.GenerateKey(rand.Reader, size)
		must(t, err)
		rsaBesideStandardLibrary(t, key)
	}
}

func rsaBesideStandardLibrary(t *testing.T, key *rsa.PrivateKey) {
	for h := range digestPrefixes {
		w := h.New()
		w.Write([]byte("message"))
		digest := w.Sum(nil)
		sig, err := rsa.SignPKCS1v15(nil, key, h, digest)
		must(t, err)
		other := append([]byte{digest[0] ^ 1}, digest[1:]...)
		cases := map[string]struct{ digest, sig []byte }{
			"good": {digest, sig}, "another digest": {other, sig}, "short": {digest, sig[:len(sig)-1]}, "padded": {digest, append([]byte{0}, sig...)},
			"zero": {digest, make([]byte, key.Size())}, "modulus": {digest, key.N.Bytes()},
			"signature plus modulus": {digest, new(big.Int).Add(new(big.Int).SetBytes(sig), key.N).Bytes()},
		}
		for bit := 0; bit < len(sig)*8; bit += 97 {
			flipped := append([]byte(nil), sig...)
			flipped[bit/8] ^= 1 << (bit % 8)
			cases["flipped "+big.NewInt(int64(bit)).String()] = struct{ digest, sig []byte }{digest, flipped}
		}
		for name, c := range cases {
			ours, theirs := large(&key.PublicKey).open(h, c.digest, c.sig), rsa.VerifyPKCS1v15(&key.PublicKey, h, c.digest, c.sig)
			if (ours == nil) != (theirs == nil) {
				t.Errorf("%d bits, %s, %s: ours %v, the standard library's %v", key.N.BitLen(), h, name, ours, theirs)
			}
			if (ours == nil) != (name == "good") {
				t.Errorf("%s, %s: %v", h, name, ours)
			}
		}
	}
}

// large is what newLargeRSA makes of such a key in a packet.
func large(pub *rsa.PublicKey) *largeRSA { return newLargeRSA(packet.NewRSAPublicKey(time.Now(), pub)) }

// FuzzRSABesideStandardLibrary: whatever is done to a signature, ours and the standard library's check agree, and
// only what was signed is accepted.
func FuzzRSABesideStandardLibrary(f *testing.F) {
	key, err := rsa.GenerateKey(rand.Reader, 3072)
	must(f, err)
	f.Add([]byte("message"), []byte{})
	f.Add([]byte("message"), []byte{0, 0, 0, 1})
	f.Add([]byte{}, bytes.Repeat([]byte{0xff}, 384))
	f.Fuzz(func(t *testing.T, message, change []byte) {
		digest := sha256.Sum256(message)
		sig, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
		must(t, err)
		changed := append(bytes.Clone(sig), change[min(len(change), len(sig)):]...)
		for i, c := range change[:min(len(change), len(sig))] {
			changed[i] ^= c
		}
		ours := large(&key.PublicKey).open(crypto.SHA256, digest[:], changed)
		theirs := rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, digest[:], changed)
		if (ours == nil) != (theirs == nil) || (ours == nil) != bytes.Equal(sig, changed) {
			t.Errorf("ours %v, the standard library's %v", ours, theirs)
		}
	})
}

// FuzzPower: the arithmetic gives what math/big gives, for any odd modulus.
func FuzzPower(f *testing.F) {
	ones := bytes.Repeat([]byte{0xff}, 512)
	f.Add(ones, ones[1:], uint32(65537))
	f.Add(append([]byte{1}, make([]byte, 255)...), ones[:256], uint32(3))
	f.Add(append(ones[:256:256], 1), ones[:256], uint32(41))
	f.Fuzz(func(t *testing.T, number, base []byte, exponent uint32) {
		n := new(big.Int).SetBytes(number)
		n.SetBit(n, 0, 1)
		if exponent |= 1; n.BitLen() <= 64 || n.BitLen() > fastRSATo || exponent == 1 {
			t.Skip()
		}
		s := new(big.Int).SetBytes(base)
		s.Mod(s, n)
		got, want := newModulus(n).power(s, uint(exponent)), new(big.Int).Exp(s, big.NewInt(int64(exponent)), n)
		if got.Cmp(want) != 0 {
			t.Errorf("%x to the %d modulo %x: got %x, want %x", s, exponent, n, got, want)
		}
	})
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
	if err := large(&rsa.PublicKey{N: n, E: 3}).open(h, digest, root.Bytes()); err == nil {
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
