package site

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// encoded is a state as its file holds it.
func encoded(t testing.TB, s *State) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := s.writeTo(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func decoded(data []byte) (*State, error) {
	return decodeState(bytes.NewReader(data), int64(len(data)))
}

// A state file gives back what was written.
func TestState(t *testing.T) {
	_, rep := build(t, embargoed().input(t))
	got, err := decoded(encoded(t, rep.State))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got.files, rep.State.files) || !reflect.DeepEqual(got.public, rep.State.public) || got.global != rep.State.global {
		t.Error("files, ids or digest differ")
	}
	for i, want := range rep.State.rows {
		var a, b writer // an empty list and none are the same
		a.entry(want)
		a.detail(want.full())
		b.entry(got.rows[i])
		b.detail(got.rows[i].full())
		if string(a.out) != string(b.out) || want.full().Title != got.rows[i].full().Title || want.Hash != got.rows[i].Hash {
			t.Errorf("got %+v, expected %+v", got.rows[i], want)
		}
	}
}

func TestDamagedState(t *testing.T) {
	_, rep := build(t, sample().input(t))
	data := encoded(t, rep.State)
	for i := 0; i < len(data); i += 97 {
		damaged := append([]byte(nil), data...)
		damaged[i] ^= 0x40
		if _, err := decoded(damaged); err == nil {
			t.Fatalf("byte %d of %d was changed, and nobody noticed", i, len(data))
		}
		if _, err := decoded(data[:i]); err == nil {
			t.Fatalf("cut after %d of %d bytes, and nobody noticed", i, len(data))
		}
	}
}

// What decodes encodes to the same bytes; nothing makes it panic.
func FuzzState(f *testing.F) {
	r := sample()
	set, _, err := Load(r.fs())
	if err != nil {
		f.Fatal(err)
	}
	rep, _, err := Build(Input{Set: set, Now: now, Claims: claimsOf}, &Memory{})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(encoded(f, rep.State))
	f.Add(encoded(f, &State{}))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := decoded(data)
		if err != nil {
			return
		}
		first := encoded(t, s)
		again, err := decoded(first)
		if err != nil || !bytes.Equal(first, encoded(t, again)) {
			t.Errorf("%v: %+v became %+v", err, s, again)
		}
		for _, r := range again.rows {
			r.full()
		}
	})
}

// A state that cannot be trusted, or is of another form, is none: the site is
// made from nothing, and is as it should be.
func TestUnusableState(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "public")
	in := sample().input(t)
	buildInto(t, in, dir)
	want := readTree(t, dir)
	name := filepath.Join(filepath.Dir(dir), ".public.build", stateFile)
	good, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for what, data := range map[string][]byte{
		"empty":        nil,
		"cut":          good[:len(good)/2],
		"another form": bytes.Replace(good, []byte(stateMagic), []byte("countersign site state 2\n"), 1),
		"damaged":      append(bytes.Clone(good[:200]), append([]byte{good[200] ^ 1}, good[201:]...)...),
		"lengthened":   append(bytes.Clone(good), 0),
	} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
		rep, _, _ := buildInto(t, in, dir)
		if rep.Put != rep.Pages {
			t.Errorf("%s: %d of %d files were made anew, expected all", what, rep.Put, rep.Pages)
		}
		if diff := differ(want, readTree(t, dir)); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
	}
}

// Nothing is published of a build that could not read what it needed of the last
// one.
func TestLostState(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "public")
	buildInto(t, sample().input(t), dir)
	in := sample().with(repo{"advisories/LAN-2026-0002.md": advisory("LAN-2026-0002", "Third", "1.0.0", "1.1.0", "published: 2026-05-20")}).input(t)
	folder, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Discard()
	in.Previous = folder.State()
	folder.closeState()
	if _, _, err := Build(in, folder); err == nil || !strings.Contains(err.Error(), "what the last build left behind") {
		t.Errorf("the details of the other advisories were not to be read, and the error is %v", err)
	}
}
