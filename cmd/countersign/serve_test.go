package main

import (
	"io"
	"net/http"
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

// A page that is open is told of a new build, by a script that its own content
// policy allows.
func TestServedPagesReload(t *testing.T) {
	v := &served{}
	v.files.Store(&map[string][]byte{"index.html": []byte("<head></head>"), "a.txt": []byte("<head></head>")})
	server := httptest.NewServer(v)
	defer server.Close()
	get := func(path string) *http.Response {
		t.Helper()
		res, err := http.Get(server.URL + path)
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatal(path, err, res)
		}
		t.Cleanup(func() { res.Body.Close() })
		return res
	}
	for path, want := range map[string]string{
		"/": `<head><script src="/.countersign/reload.js" defer></script></head>`, "/a.txt": "<head></head>",
		"/.countersign/reload.js": reloadText,
	} {
		if text, err := io.ReadAll(get(path).Body); err != nil || string(text) != want {
			t.Errorf("%s: %q, %v", path, text, err)
		}
	}
	events := get("/.countersign/events")
	v.reloads.tell()
	if text, err := io.ReadAll(events.Body); err != nil || string(text) != "data: built\n\n" {
		t.Errorf("events: %q, %v", text, err)
	}
}
