package site

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// stamper is a signer whose signature names the bytes, the key and a number.
type stamper struct {
	mu    sync.Mutex
	key   string
	calls int
}

func (s *stamper) signer() *Signer {
	mark := func(data []byte) []byte { return []byte(s.key + " signs " + hexOf(string(data)) + "\n") }
	count := func() {
		s.mu.Lock()
		s.calls++
		s.mu.Unlock()
	}
	return &Signer{
		Sign: func(data []byte) ([]byte, error) { count(); return mark(data), nil },
		Check: func(data, signature []byte) error {
			if !bytes.Equal(signature, mark(data)) {
				return errors.New("not of this key")
			}
			return nil
		},
		ClearSign: func(text []byte) ([]byte, error) { count(); return append(mark(text), text...), nil },
		CheckClear: func(text, signed []byte) error {
			if !bytes.Equal(signed, append(mark(text), text...)) {
				return errors.New("not of this key")
			}
			return nil
		},
	}
}

const csafDoc = ".well-known/csaf/white/2026/lan-2026-0001.json"

// Documents and security.txt carry the signatures that the caller makes.
func TestSigned(t *testing.T) {
	in := sample().input(t)
	in.Signer = (&stamper{key: "mara"}).signer()
	files, _ := build(t, in)
	mustHold(t, files, csafDoc+".asc", "mara signs "+hexOf(string(files[csafDoc])))
	mustHold(t, files, csafDoc+".sha256", "  lan-2026-0001.json\n")
	mustHold(t, files, ".well-known/csaf/white/csaf-feed-tlp-white.json", "lan-2026-0001.json.asc")
	mustHold(t, files, ".well-known/security.txt", "mara signs ", "\nContact: ")
}

// A signature is made for bytes that have none by a key that counts, and for no
// others.
func TestSignedOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "public")
	s, r := &stamper{key: "mara"}, sample()
	for _, step := range []struct {
		name   string
		change func()
		calls  int
	}{
		{"first", func() {}, 3},
		{"nothing", func() {}, 0},
		{"a key, which every page depends on", func() { r["keys/mara.md"] = "---\nowner: mara\nroles: [commit]\nadded: 2020-01-01\n---\n" }, 0},
		{"a word of an advisory", func() {
			r["advisories/LAN-2025-0001.md"] = strings.Replace(r["advisories/LAN-2025-0001.md"], "Anyone can", "Everyone can", 1)
		}, 1},
		{"a line of security.txt", func() { r["countersign.yaml"] += "  languages: [en, de]\n" }, 1},
		{"another signer", func() {
			s.key = "jonas"
			r["keys/mara.md"] += "Gone.\n"
		}, 3},
	} {
		step.change()
		s.calls = 0
		in := r.input(t)
		in.Signer = s.signer()
		buildInto(t, in, dir)
		if s.calls != step.calls {
			t.Errorf("%s: %d signatures were made, expected %d", step.name, s.calls, step.calls)
		}
		files := readTree(t, dir)
		mustHold(t, files, csafDoc+".asc", s.key+" signs "+hexOf(string(files[csafDoc])))
	}
}

// A signature that nobody would believe is not published.
func TestSignatureOfNoUse(t *testing.T) {
	in := sample().input(t)
	in.Signer = (&stamper{key: "mara"}).signer()
	other := (&stamper{key: "eve"}).signer()
	for name, change := range map[string]func(s *Signer){
		"sign " + csafDir:                       func(s *Signer) { s.Sign = other.Sign },
		"sign .well-known/security.txt: not of": func(s *Signer) { s.ClearSign = other.ClearSign },
	} {
		signer := *in.Signer
		change(&signer)
		in := in
		in.Signer = &signer
		var memory Memory
		if _, _, err := Build(in, &memory); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("error %v, expected %q", err, name)
		}
	}
}
