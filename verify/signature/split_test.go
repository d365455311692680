package signature

import (
	"bytes"
	"crypto"
	"encoding/pem"
	"slices"
	"strings"
	"testing"

	"github.com/countersign/countersign/verify/keyring"
)

func TestSplitCommit(t *testing.T) {
	const head = "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor A <a@b.c> 1600000000 +0200\ncommitter A <a@b.c> 1600000001 +0200\n"
	for _, c := range []struct {
		name, raw, payload string
		headers, armors    []string
	}{
		{"none", head + "\nmessage\n", head + "\nmessage\n", nil, nil},
		{"one", head + "gpgsig -----BEGIN PGP SIGNATURE-----\n \n abc\n -----END\nencoding x\n\nm", head + "encoding x\n\nm",
			[]string{"gpgsig"}, []string{"-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END\n"}},
		{"two headers and one of the other hash", head + "gpgsig a\n b\ngpgsig c\ngpgsig-sha256 d\n e\n\nm", head + "\nm",
			[]string{"gpgsig", "gpgsig", "gpgsig-sha256"}, []string{"a\nb\n", "c\n", "d\ne\n"}},
		{"a continued line of another header", head + "mergetag object x\n gpgsig y\n\nm", head + "mergetag object x\n gpgsig y\n\nm", nil, nil},
		{"in the message", head + "\ngpgsig a\n b\n", head + "\ngpgsig a\n b\n", nil, nil},
		{"CR kept", head + "gpgsig a\r\n b\r\n\r\nm\r\n", head + "\r\nm\r\n", []string{"gpgsig"}, []string{"a\r\nb\r\n"}},
		{"no message", head + "gpgsig a", head, []string{"gpgsig"}, []string{"a"}},
		{"header without a value", head + "gpgsig\n b\n\nm", head + "\nm", []string{"gpgsig"}, []string{" b\n"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := SplitCommit([]byte(c.raw))
			must(t, err)
			if got := string(s.join()); got != c.raw {
				t.Errorf("joined: %q, want %q", got, c.raw)
			}
			if len(s.Signatures) != len(c.headers) {
				t.Fatalf("%d signatures, want %d: %+v", len(s.Signatures), len(c.headers), s.Signatures)
			}
			for i, p := range s.Signatures {
				if p.Header != c.headers[i] || string(p.Armor) != c.armors[i] || string(p.Payload) != c.payload {
					t.Errorf("signature %d: %q %q over %q", i, p.Header, p.Armor, p.Payload)
				}
			}
			if s.When.Unix() != 1600000001 {
				t.Errorf("date %v", s.When)
			}
		})
	}
}

func TestSplitTag(t *testing.T) {
	const head = "object 468900dc9a8a881c7835f78777fea4b2a8753c37\ntype commit\ntag v1\ntagger A <a@b.c> 1600000001 +0200\n\nnotes\n"
	const sig = "-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n"
	quoted := head + sig + "that was quoted\n"
	for raw, payload := range map[string]string{head: "", head + sig: head, quoted + sig: quoted} {
		s, err := SplitTag([]byte(raw))
		must(t, err)
		if got := string(s.join()); got != raw {
			t.Errorf("joined: %q, want %q", got, raw)
		}
		switch {
		case payload == "" && len(s.Signatures) != 0:
			t.Errorf("unsigned tag gives %+v", s.Signatures)
		case payload != "" && (len(s.Signatures) != 1 || string(s.Signatures[0].Payload) != payload || string(s.Signatures[0].Armor) != sig):
			t.Errorf("signature %+v", s.Signatures)
		}
	}
}

func TestSplitRefusesOtherObjects(t *testing.T) {
	if _, err := SplitCommit([]byte("object 4b\n")); err == nil {
		t.Error("a tag was taken for a commit")
	}
	if _, err := SplitTag([]byte("tree 4b\n")); err == nil {
		t.Error("a commit was taken for a tag")
	}
}

// Two signatures, the first one bad: both are told, and the one that counts stands for the commit.
func TestEachSignatureIsTold(t *testing.T) {
	for _, two := range []string{"two headers, the first bad", "two signatures in one armor, the first bad"} {
		c := pgpCases[slices.IndexFunc(pgpCases, func(c pgpCase) bool { return c.name == two })]
		c.build(t, &c)
		s, err := SplitCommit(c.commit)
		must(t, err)
		results := Check(s, Request{Ring: ringOf(t, c.records...), Role: keyring.Commit, Now: date("2024-01-01")})
		if len(results) != 2 || results[0].Status != Bad || results[0].Signer != "mara" || results[1].Status != Valid {
			t.Errorf("%s: %+v", two, results)
		}
		if best := Best(results); best.Signer != "dvz" || len(best.Warnings) != 1 {
			t.Errorf("%s: stands for the commit: %+v", two, best)
		}
	}
}

// Only the header in which git keeps the signature over these very bytes holds one.
func TestHeadersThatHoldNoSignature(t *testing.T) {
	k := newKey(t, "Dvz", keyOptions{})
	raw := commitBytes(date("2020-06-01"))
	req := Request{Ring: ringOf(t, k.record()), Role: keyring.Commit, Now: date("2024-01-01")}
	for header, want := range map[string]Status{"gpgsig": Valid, "gpgsig-sha256": Uncheckable, "gpgsig-other": Uncheckable, "gpgsigs": Uncheckable} {
		s, err := SplitCommit(withHeader(raw, header, k.sign(raw, "2020-06-01")))
		must(t, err)
		if r := Best(Check(s, req)); r.Status != want {
			t.Errorf("%s: %s (%s), want %s", header, r.Status, r.Reason, want)
		}
	}
	tag := []byte("object 468900dc9a8a881c7835f78777fea4b2a8753c37\ntype commit\ntag v1\ntagger A <a@b.c> 1590969600 +0000\n\nnotes\n")
	s, err := SplitTag(withHeader(tag, "gpgsig", k.sign(tag, "2020-06-01")))
	must(t, err)
	if r := Best(Check(s, req)); r.Status != Uncheckable {
		t.Errorf("a tag's header: %s (%s)", r.Status, r.Reason)
	}
}

// The law: split and joined, an object is what was stored; and no byte is in two places.
func FuzzSplitJoin(f *testing.F) {
	f.Add([]byte("tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\ngpgsig a\n b\ngpgsig-sha256 c\n\nm"))
	f.Add([]byte("object 4b\ngpgsig a\n b\n\nm\n-----BEGIN SSH SIGNATURE-----\nx"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, split := range []func([]byte) (*Signed, error){SplitCommit, SplitTag} {
			s, err := split(raw)
			if err != nil {
				continue
			}
			if !bytes.Equal(s.join(), raw) {
				t.Fatalf("joined %q, stored %q", s.join(), raw)
			}
			for _, p := range s.Signatures {
				if len(p.Payload)+len(p.Armor) > len(raw) {
					t.Fatalf("payload %q and armor %q are more than %q", p.Payload, p.Armor, raw)
				}
			}
		}
	})
}

// The law: whatever signature bytes stand in a commit, checking ends without a panic, and only the bytes
// that were signed are valid.
func FuzzCheck(f *testing.F) {
	pgpKey, sshKey := newKey(f, "Dvz", keyOptions{subkey: true}), newSSH(f)
	raw := commitBytes(date("2020-06-01"))
	ring, _ := keyring.New([]keyring.Record{pgpKey.record(), {Name: "m", Owner: "mara", SSH: line(sshKey), Roles: []keyring.Role{keyring.Commit}}})
	req := Request{Ring: ring, Role: keyring.Commit, Now: date("2024-01-01")}
	pgpSig, sshSig := pgpKey.sign(raw, "2020-06-01"), sshSign(f, sshKey, raw, "git")
	f.Add([]byte(pgpSig), raw)
	f.Add([]byte(sshSig), raw)
	f.Add(pgpKey.signWith(raw, date("2020-06-01"), crypto.SHA256, nil), raw)
	f.Add([]byte("-----BEGIN SIGNED MESSAGE-----\nMIIB\n-----END SIGNED MESSAGE-----\n"), raw)
	f.Fuzz(func(t *testing.T, sig, message []byte) {
		results, err := CheckFile(bytes.NewReader(message), []Detached{{Name: "x.asc", Data: sig}}, req)
		if err != nil {
			t.Fatal(err)
		}
		s, err := SplitCommit(withHeader(message, "gpgsig", string(sig)))
		if err == nil {
			results = append(results, Check(s, req)...)
		}
		for _, r := range results {
			if r.Status == "" || (r.OK() && !bytes.Equal(bytes.TrimSpace(message), bytes.TrimSpace(raw))) {
				t.Fatalf("%+v over %q", r, message)
			}
		}
	})
}

func TestReadableReasons(t *testing.T) {
	k := newKey(t, "Dvz", keyOptions{})
	r := Best(Check(&Signed{Object: "commit", Signatures: []Part{{Header: "gpgsig", Type: OpenPGP, Armor: []byte("-----BEGIN PGP SIGNATURE-----\n\n????\n")}}},
		Request{Ring: ringOf(t, k.record()), Role: keyring.Commit, Now: date("2024-01-01")}))
	if r.Status != Bad || !strings.Contains(r.Reason, "cannot be read") {
		t.Errorf("%s: %s", r.Status, r.Reason)
	}
}

// Everything that speaks against a signature is told, so that a waiver of one thing lifts no other.
func TestAllRefusalsAreTold(t *testing.T) {
	k := newKey(t, "Dvz", keyOptions{rsaBits: 2048, lifetime: 3 * 365 * day1})
	raw := commitBytes(date("2020-06-01"))
	record := k.record()
	record.Roles = []keyring.Role{keyring.Contact}
	record.Removed = &keyring.Removal{Date: date("2019-01-01"), Reason: keyring.Retired}
	req := Request{Ring: ringOf(t, record), Role: keyring.Commit, Now: date("2024-01-01")}
	for h, want := range map[crypto.Hash][]Status{
		crypto.SHA1: {Removed, WrongRole, Expired, Weak},
		crypto.MD5:  {Weak, Uncheckable},
	} {
		s, err := SplitCommit(withHeader(raw, "gpgsig", armorAs(t, "PGP SIGNATURE", handmade(t, k, 4, h, raw, date("2020-06-01")))))
		must(t, err)
		r := Best(Check(s, req))
		var got []Status
		for _, refusal := range r.Refusals {
			got = append(got, refusal.Status)
		}
		if !slices.Equal(got, want) || r.Genuine != (h == crypto.SHA1) {
			t.Errorf("%s: %v, genuine %v, want %v", h, got, r.Genuine, want)
		}
	}
}

// No bit of a signature packet that is flipped ends in a panic; one that still counts was outside of what
// the signature means (the hint at its issuer).
func TestFlippedSignatureNeverPanics(t *testing.T) {
	ed, rsa, ssh := newKey(t, "Dvz", keyOptions{subkey: true}), newKey(t, "Mara", keyOptions{rsaBits: 2048}), newSSH(t)
	message := []byte("package")
	ring := ringOf(t, ed.record(), rsa.record(), keyring.Record{Name: "j", Owner: "jonas", SSH: line(ssh), Roles: []keyring.Role{keyring.Commit}})
	req := Request{Ring: ring, Role: keyring.Commit, Now: date("2024-01-01")}
	block, _ := pem.Decode([]byte(sshSign(t, ssh, message, "file")))
	for name, sig := range map[string][]byte{
		"Ed25519": ed.signWith(message, date("2020-06-01"), crypto.SHA256, nil),
		"RSA":     rsa.signWith(message, date("2020-06-01"), crypto.SHA256, nil), "SSH": block.Bytes,
	} {
		for bit := range len(sig) * 8 {
			flipped := bytes.Clone(sig)
			flipped[bit/8] ^= 1 << (bit % 8)
			data := flipped
			if name == "SSH" {
				data = pem.EncodeToMemory(&pem.Block{Type: "SSH SIGNATURE", Bytes: flipped})
			}
			results, err := CheckFile(bytes.NewReader(message), []Detached{{"s", data}}, req)
			must(t, err)
			if name == "SSH" && Best(results).OK() {
				t.Errorf("%s: bit %d flipped, and the signature counts", name, bit)
			}
		}
	}
}
