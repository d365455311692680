package site

import (
	"archive/zip"
	"bytes"
	"testing"
	"time"
)

// The archive holds every document with the day of its last change, in the form
// that all programs read.
func TestArchive(t *testing.T) {
	files, _ := build(t, sample().input(t))
	r, err := zip.NewReader(bytes.NewReader(files["osv/all.zip"]), int64(len(files["osv/all.zip"])))
	if err != nil {
		t.Fatal(err)
	}
	days := map[string]time.Time{
		"x_LAN-2025-0001.json": time.Date(2025, 6, 10, 0, 0, 0, 0, time.UTC),
		"x_LAN-2026-0001.json": time.Date(2026, 5, 10, 0, 0, 0, 0, time.UTC),
	}
	for _, f := range r.File {
		if day, ok := days[f.Name]; !ok || !f.Modified.UTC().Equal(day) {
			t.Errorf("%s is of %v, expected %v", f.Name, f.Modified, day)
		}
		delete(days, f.Name)
	}
	if len(days) > 0 {
		t.Errorf("the archive lacks %v", days)
	}
}
