package keyring

import (
	"bytes"
	"crypto/rand"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

func TestSecretSignsTheSameTwice(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s, err := Generate("Mara Lind", "mara@lantern.example", at, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	one, err := s.Sign([]byte("a file"), at.Add(time.Hour), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	two, _ := s.Sign([]byte("a file"), at.Add(time.Hour), rand.Reader)
	if !bytes.Equal(one, two) {
		t.Error("the same bytes and time gave two signatures")
	}
	public, err := s.Public()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ReadSecret([]byte(public)); err == nil {
		t.Error("a public key was taken for a private one")
	}
}

func TestClearSignIsTheSameTwice(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s, err := Generate("Mara Lind", "mara@lantern.example", at, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	one, err := s.ClearSign([]byte("Contact: mailto:security@lantern.example\n"), at.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	two, _ := s.ClearSign([]byte("Contact: mailto:security@lantern.example\n"), at.Add(time.Hour))
	if !bytes.Equal(one, two) || !bytes.HasPrefix(one, []byte("-----BEGIN PGP SIGNED MESSAGE-----")) {
		t.Errorf("got %s", one)
	}
}

// What is signed for a day is dated at midnight; a key made in the morning of that day signs it all the same.
func TestSecretSignsOnItsFirstDay(t *testing.T) {
	morning := time.Date(2026, 11, 22, 9, 15, 0, 0, time.UTC)
	s, err := Generate("Team", "team@example.org", morning, rand.Reader)
	must(t, err)
	public, err := s.Public()
	must(t, err)
	ring, issues := New([]Record{{Name: "team", Owner: "team", Roles: []Role{Release}, Armored: public}})
	if len(issues) > 0 {
		t.Fatal(issues)
	}
	for at, want := range map[time.Time]time.Time{
		morning.Truncate(24 * time.Hour): morning,
		morning.Add(time.Hour):           morning.Add(time.Hour),
	} {
		for name, sign := range map[string]func() ([]byte, error){
			"detached":  func() ([]byte, error) { return s.Sign([]byte("text"), at, rand.Reader) },
			"cleartext": func() ([]byte, error) { return s.ClearSign([]byte("text"), at) },
		} {
			out, err := sign()
			must(t, err)
			sig := signatureIn(t, out)
			if !sig.CreationTime.Equal(want) {
				t.Errorf("%s at %s is dated %s, want %s", name, at, sig.CreationTime.UTC(), want)
			}
			if keys := ring.SignersOf(sig); len(keys) != 1 {
				t.Errorf("%s: signed by %d keys", name, len(keys))
			} else if standing, why := keys[0].Standing(sig.CreationTime); standing != Good {
				t.Errorf("%s: %s", name, why)
			}
		}
	}
	if _, err := s.ClearSign([]byte("text"), morning.AddDate(0, 0, -7)); err == nil {
		t.Error("a key signed a week before it was made")
	}
}

// signatureIn reads the signature out of an armored or clearsigned text.
func signatureIn(t *testing.T, text []byte) *packet.Signature {
	t.Helper()
	block, err := armor.Decode(bytes.NewReader(text[bytes.Index(text, []byte("-----BEGIN PGP SIGNATURE")):]))
	must(t, err)
	p, err := packet.Read(block.Body)
	must(t, err)
	return p.(*packet.Signature)
}
