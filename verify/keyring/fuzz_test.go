package keyring

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// The law: whatever stands in a record, reading it ends without a panic, with an issue or with a key that can be
// described and checked.
func FuzzNew(f *testing.F) {
	f.Add(newSecret(f, "Dvz").block(f), "ssh-ed25519 AAAA", "dvz namespaces=\"git\" ssh-ed25519 AAAA")
	f.Fuzz(func(t *testing.T, block, line, signers string) {
		ring, _ := New([]Record{{Name: "a", Armored: block}, {Name: "b", SSH: line}, {Name: "c", AllowedSigners: signers}})
		for _, k := range ring.Keys() {
			ring.Describe(k, date("2024-01-01"))
			if _, err := k.Binary(""); err != nil && k.Kind == OpenPGP {
				t.Fatal(err)
			}
		}
		ring.Check(date("2024-01-01"), Policy{})
	})
}

// The law: a key block that is read and written again is the same key, with the same subkeys, names and end.
func FuzzKeyBlock(f *testing.F) {
	for _, s := range []*Secret{newSecret(f, "Dvz"), expiring(f, "Old")} {
		var raw bytes.Buffer
		must(f, s.entity.Serialize(&raw))
		f.Add(raw.Bytes())
	}
	revoked := newSecret(f, "Revoked")
	must(f, revoked.entity.Revoke(packet.KeyCompromised, "lost", nil))
	var raw bytes.Buffer
	must(f, revoked.entity.Serialize(&raw))
	f.Add(raw.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		var armored bytes.Buffer
		must(t, armorTo(&armored, "PGP PUBLIC KEY BLOCK", data))
		ring, _ := New([]Record{{Name: "a", Armored: armored.String()}})
		for _, k := range ring.Keys() {
			once := ring.Describe(k, date("2024-01-01"))
			out, err := k.Binary("")
			must(t, err)
			var again bytes.Buffer
			must(t, armorTo(&again, "PGP PUBLIC KEY BLOCK", out))
			second, issues := New([]Record{{Name: "a", Armored: again.String()}})
			if len(issues) > 0 || len(second.Keys()) != 1 {
				t.Fatalf("written again it is %d keys: %v", len(second.Keys()), issues)
			}
			if twice := second.Describe(second.Keys()[0], date("2024-01-01")); !reflect.DeepEqual(once, twice) {
				t.Fatalf("read %+v, written again %+v", once, twice)
			}
		}
	})
}

// The law: an allowed_signers file is a key for each of its lines, in any order of them, or an error; never fewer
// keys than lines.
func FuzzAllowedSigners(f *testing.F) {
	key := sshLine(f, mustEd25519(f))
	f.Add("# team\n\ndvz@example.org " + key + "\n\"mara lind\" namespaces=\"git,file\",valid-before=\"20300101Z\" " + key + "\n*@example.org cert-authority " + key)
	f.Add("dvz,!mara valid-after=20200101 " + key + "\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		ring, issues := New([]Record{{Name: "a", AllowedSigners: text}})
		if len(issues) > 0 {
			return
		}
		var lines []string
		for _, line := range strings.Split(text, "\n") {
			if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
				lines = append(lines, line)
			}
		}
		if len(ring.Keys()) != len(lines) {
			t.Fatalf("%d keys of %d lines: %q", len(ring.Keys()), len(lines), text)
		}
		if len(lines) == 0 {
			return // an empty text is no material at all
		}
		slices.Reverse(lines)
		back, issues := New([]Record{{Name: "a", AllowedSigners: strings.Join(lines, "\n")}})
		if len(issues) > 0 || len(back.Keys()) != len(lines) {
			t.Fatalf("in the other order %d keys: %v", len(back.Keys()), issues)
		}
	})
}
