package signature

import (
	"bytes"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/verify/keyring"
)

func TestSignerMakesWhatCheckFileBelieves(t *testing.T) {
	created := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s, err := NewSigner("Mara Lind", "mara@lantern.example", created, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := s.Public()
	if err != nil {
		t.Fatal(err)
	}
	ring, issues := keyring.New([]keyring.Record{{
		Name: "keys/mara.md", Owner: "mara", Roles: []keyring.Role{keyring.Release},
		Fingerprint: s.Fingerprint(), Added: created, Armored: public,
	}})
	if len(issues) > 0 {
		t.Fatal(issues)
	}
	at := created.Add(time.Hour)
	sig, err := s.Detach([]byte("a package"), at)
	if err != nil {
		t.Fatal(err)
	}
	again, _ := s.Detach([]byte("a package"), at)
	if !bytes.Equal(sig, again) {
		t.Error("the same bytes and time gave two signatures")
	}
	req := Request{Ring: ring, Role: keyring.Release, Now: at.Add(time.Hour)}
	results, err := CheckFile(strings.NewReader("a package"), []Detached{{Name: "p.asc", Data: sig}}, req)
	if err != nil {
		t.Fatal(err)
	}
	if best := Best(results); !best.OK() || best.Signer != "mara" || !best.Time.Equal(at) {
		t.Errorf("got %+v", best)
	}
	if results, _ := CheckFile(strings.NewReader("another"), []Detached{{Name: "p.asc", Data: sig}}, req); Best(results).OK() {
		t.Error("the signature was believed over other bytes")
	}
	if _, err := ReadSigner([]byte(public)); err == nil {
		t.Error("a public key was taken for a signer")
	}
}
