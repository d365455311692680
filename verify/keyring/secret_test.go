package keyring

import (
	"bytes"
	"crypto/rand"
	"testing"
	"time"
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
