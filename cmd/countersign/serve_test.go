package main

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
)

func TestServedAnswersLikeAStaticHost(t *testing.T) {
	v := &served{}
	v.files.Store(&map[string][]byte{
		"index.html": []byte("home"), "keys/index.html": []byte("keys"), "404.html": []byte("nothing here"), "style.css": []byte("a{}"),
	})
	for _, c := range []struct {
		path, body, location string
		code                 int
	}{
		{"/", "home", "", 200},
		{"/keys/", "keys", "", 200},
		{"/keys", "", "/keys/", 301},
		{"//keys", "", "/keys/", 301}, // never to another host
		{"/style.css", "a{}", "", 200},
		{"/../index.html", "home", "", 200},
		{"/nowhere", "nothing here", "", 404},
	} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("GET", "http://127.0.0.1/", nil)
		r.URL.Path = c.path
		v.ServeHTTP(w, r)
		if w.Code != c.code || w.Header().Get("Location") != c.location || c.body != "" && w.Body.String() != c.body {
			t.Errorf("%s: got %d %q, Location %q", c.path, w.Code, w.Body, w.Header().Get("Location"))
		}
	}
}

func TestFingerprintSeesChanges(t *testing.T) {
	dir := t.TempDir()
	before := fingerprint(os.DirFS(dir))
	if err := os.WriteFile(filepath.Join(dir, "a.md"), []byte("x"), 0o666); err != nil {
		t.Fatal(err)
	}
	if fingerprint(os.DirFS(dir)) == before {
		t.Error("a new file went unseen")
	}
}

func TestWriteFileLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	taken := filepath.Join(dir, "taken", "by-a-folder")
	if err := os.MkdirAll(taken, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := writeFile(filepath.Dir(taken), []byte("text")); err == nil {
		t.Error("a folder was replaced by a file")
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("temporary files were left: %v", entries)
	}
}
