package site

import (
	"reflect"
	"testing"
)

// A state file gives back what was written.
func TestState(t *testing.T) {
	_, rep := build(t, embargoed().input(t))
	got, err := decodeState(string(rep.State.encode()))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got.files, rep.State.files) || !reflect.DeepEqual(got.public, rep.State.public) || got.global != rep.State.global {
		t.Error("files, ids or digest differ")
	}
	for i, want := range rep.State.rows {
		var a, b writer // an empty list and none are the same
		a.row(want)
		b.row(got.rows[i])
		if string(a.out) != string(b.out) || want.Title != got.rows[i].Title || want.Hash != got.rows[i].Hash {
			t.Errorf("got %+v, expected %+v", got.rows[i], want)
		}
	}
}

func TestDamagedState(t *testing.T) {
	_, rep := build(t, sample().input(t))
	data := rep.State.encode()
	for i := 0; i < len(data); i += 97 {
		damaged := append([]byte(nil), data...)
		damaged[i] ^= 0x40
		if _, err := decodeState(string(damaged)); err == nil {
			t.Fatalf("byte %d of %d was changed, and nobody noticed", i, len(data))
		}
		if _, err := decodeState(string(data[:i])); err == nil {
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
	f.Add(rep.State.encode())
	f.Add((&State{}).encode())
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := decodeState(string(data))
		if err != nil {
			return
		}
		if again, err := decodeState(string(s.encode())); err != nil || !reflect.DeepEqual(s, again) {
			t.Errorf("%v: %+v became %+v", err, s, again)
		}
	})
}
