package site

import (
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// readTree reads a folder.
func readTree(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		out[filepath.ToSlash(name[len(dir)+1:])] = data
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// buildInto builds into a folder, with the state of the last build there.
func buildInto(t *testing.T, in Input, dir string) (rep *Report, written, removed int) {
	t.Helper()
	folder, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	in.Previous = folder.State()
	rep, faults, err := Build(in, folder)
	if err != nil || len(faults) > 0 {
		t.Fatal(err, faults)
	}
	written, removed, err = folder.Commit(rep.State)
	if err != nil {
		t.Fatal(err)
	}
	return rep, written, removed
}

// Whatever changes between two builds, the second gives what a build from
// nothing gives, and writes only what differs.
func TestIncremental(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "public")
	r := sample()
	var theme fstest.MapFS
	preview := false
	day := now
	edit := func(file, old, new string) {
		if !strings.Contains(r[file], old) {
			t.Fatalf("%s does not hold %q", file, old)
		}
		r[file] = strings.Replace(r[file], old, new, 1)
	}
	for _, step := range []struct {
		name   string
		change func()
		most   int // files that may be written
	}{
		{"first", func() {}, 1000},
		{"nothing", func() {}, 0},
		{"a word of an advisory", func() { edit("advisories/LAN-2025-0001.md", "Anyone can", "Everyone can") }, 8},
		{"a title", func() { edit("advisories/LAN-2025-0001.md", "Old hole", "Older hole") }, 25},
		{"a new advisory", func() {
			r["advisories/LAN-2026-0002.md"] = advisory("LAN-2026-0002", "Third", "1.0.0", "1.1.0", "published: 2026-05-20")
		}, 35},
		{"a draft", func() {
			r["advisories/LAN-2026-0003.md"] = advisory("LAN-2026-0003", "Draft", "1.0.0", "1.1.0", "published: 2026-06-03")
		}, 0},
		{"a day", func() { day = day.AddDate(0, 0, 1) }, 3},
		{"the draft's day", func() { day = day.AddDate(0, 0, 1) }, 40},
		{"withdrawn later", func() {
			edit("advisories/LAN-2026-0002.md", "published: 2026-05-20", "published: 2026-05-20, withdrawn: {date: 2026-06-05, reason: wrong}")
		}, 25},
		{"its day", func() { day = day.AddDate(0, 0, 2) }, 30},
		{"a release", func() { r["releases/lantern-1.3.0.md"] = releaseOf("1.3.0", "2026-06-05", "lantern-1.3.0.zip") }, 60},
		{"a result", func() {
			r["releases/lantern-1.3.0.verification.json"] = result("1.3.0", "lantern-1.3.0.zip", "evolved", "LAN-2026-0001")
		}, 30},
		{"a key", func() { r["keys/mara.md"] = "---\nowner: mara\nroles: [commit]\nadded: 2020-01-01\n---\n" }, 1000},
		{"a page", func() { r["pages/more.md"] = "---\ntitle: More\n---\nText.\n" }, 1000},
		{"a theme", func() {
			theme = fstest.MapFS{"style.css": {Data: []byte("body {}")}, "404.html": {Data: []byte("nothing")}}
		}, 1000},
		{"a preview", func() { preview = true }, 1000},
		{"no preview", func() { preview = false }, 1000},
		{"the name", func() { edit("countersign.yaml", "title: Lantern security", "title: Lantern alerts") }, 1000},
	} {
		step.change()
		in := r.input(t)
		in.Now, in.Preview = day, preview
		if theme != nil {
			in.Theme = theme
		}
		want, _ := build(t, in)
		_, written, _ := buildInto(t, in, dir)
		if diff := differ(want, readTree(t, dir)); diff != "" {
			t.Fatalf("%s: %s", step.name, diff)
		}
		if written > step.most {
			t.Errorf("%s: %d files were written, expected %d at most", step.name, written, step.most)
		}
	}
}

// The result of one advisory does not hang on what was left of another build:
// a file that somebody removed or changed comes back.
func TestFolderHeals(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "public")
	in := sample().input(t)
	buildInto(t, in, dir)
	want := readTree(t, dir)
	page := filepath.Join(dir, "advisories", "LAN-2026-0001.html")
	if err := os.Remove(page); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "stray.html"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	_, written, removed := buildInto(t, in, dir)
	if written != 1 || removed != 1 {
		t.Errorf("%d written, %d removed; expected one of each", written, removed)
	}
	if diff := differ(want, readTree(t, dir)); diff != "" {
		t.Error(diff)
	}
	folder, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Discard()
	for i, expect := range []bool{true, false} {
		if err := folder.Put("index.html", want["index.html"]); (err == nil) != expect {
			t.Errorf("index.html, unchanged, put %d times: error %v", i+1, err)
		}
	}
}

// A build that stops, for whatever reason and at whatever file, leaves the old
// site as it was.
func TestStoppedBuild(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "public")
	buildInto(t, sample().input(t), dir)
	want := readTree(t, dir)
	in := sample().with(repo{"advisories/LAN-2026-0002.md": advisory("LAN-2026-0002", "Third", "1.0.0", "1.1.0", "published: 2026-05-20")}).input(t)
	for after := 0; after < 60; after += 7 {
		folder, err := OpenFolder(dir)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := Build(in, &fullDisk{Folder: folder, left: after}); !errors.Is(err, errFull) {
			t.Fatalf("error %v, expected that of the disk", err)
		}
		if diff := differ(want, readTree(t, dir)); diff != "" {
			t.Fatalf("after %d files: %s", after, diff)
		}
		// The program is gone: nothing was discarded, the lock was let go.
		if err := folder.lock.Close(); err != nil {
			t.Fatal(err)
		}
	}
	buildInto(t, in, dir)
	if got := readTree(t, dir); got["advisories/LAN-2026-0002.html"] == nil {
		t.Error("the next build did not bring the new page")
	}
}

var errFull = errors.New("no space left on device")

type fullDisk struct {
	*Folder
	left int
}

func (f *fullDisk) Put(path string, data []byte) error {
	if f.left--; f.left < 0 {
		return errFull
	}
	return f.Folder.Put(path, data)
}

// A switch by journal that is interrupted after any number of files is finished
// by whoever opens the folder next.
func TestInterruptedSwitch(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "public")
	for done := range 4 {
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		buildInto(t, sample().input(t), dir)
		in := sample().with(repo{"advisories/LAN-2026-0002.md": advisory("LAN-2026-0002", "Third", "1.0.0", "1.1.0", "published: 2026-05-20")}).input(t)
		want, _ := build(t, in)
		folder, err := OpenFolder(dir)
		if err != nil {
			t.Fatal(err)
		}
		rep, _, err := Build(in, folder)
		if err != nil {
			t.Fatal(err)
		}
		gone, err := folder.gone(rep.State)
		if err != nil {
			t.Fatal(err)
		}
		// What Commit does up to the moment at which it is killed.
		stage := filepath.Join(folder.work, stageDir)
		if err := os.Remove(filepath.Join(folder.work, stateFile)); err != nil {
			t.Fatal(err)
		}
		if err := writeWhole(filepath.Join(folder.work, journalFile), func(w io.Writer) error {
			_, err := io.WriteString(w, strings.Join(gone, "\n"))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		for _, path := range slices.Sorted(maps.Keys(readTree(t, stage)))[:done] {
			if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, path)), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(filepath.Join(stage, path), filepath.Join(dir, path)); err != nil {
				t.Fatal(err)
			}
		}
		if err := folder.lock.Close(); err != nil {
			t.Fatal(err)
		}
		next, err := OpenFolder(dir)
		if err != nil {
			t.Fatal(err)
		}
		if next.State() != nil {
			t.Error("a state was trusted that is not of this site")
		}
		if diff := differ(want, readTree(t, dir)); diff != "" {
			t.Fatalf("killed after %d files: %s", done, diff)
		}
		if err := next.Discard(); err != nil {
			t.Fatal(err)
		}
	}
}

// Where there is no exchange, the one moment between two renames is mended.
func TestInterruptedExchange(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "public")
	buildInto(t, sample().input(t), dir)
	want := readTree(t, dir)
	work := filepath.Join(filepath.Dir(dir), ".public.build")
	if err := os.Rename(dir, filepath.Join(work, oldDir)); err != nil {
		t.Fatal(err)
	}
	folder, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Discard()
	if diff := differ(want, readTree(t, dir)); diff != "" {
		t.Error(diff)
	}
}

func TestFolderRefuses(t *testing.T) {
	foreign := t.TempDir()
	if err := os.WriteFile(filepath.Join(foreign, "thesis.txt"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenFolder(foreign); err == nil || !strings.Contains(err.Error(), "holds no site") {
		t.Errorf("a folder of other files: error %v", err)
	}
	dir := filepath.Join(t.TempDir(), "public")
	folder, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Discard()
	if _, err := OpenFolder(dir); err == nil {
		t.Log("this system has no lock: a second build was let in")
	}
	for _, path := range []string{"../x", "/x", "a/../../x", ".", "", "a\\b", "C:x", "a\x00b"} {
		if err := folder.Put(path, nil); err == nil {
			t.Errorf("%q was taken", path)
		}
	}
	if err := folder.Put("a/Page.html", nil); err != nil {
		t.Fatal(err)
	}
	if err := folder.Put("a/page.html", nil); err == nil {
		t.Error("two files that differ in case only were taken")
	}
	if _, _, err := folder.Commit(nil); err == nil {
		t.Error("a build that did not finish was committed")
	}
}

// A change that shows neither in a file's size nor in its time is seen if it was
// made while the last build was at work, or just before.
func TestRacyChange(t *testing.T) {
	parent := t.TempDir()
	repoDir, dir := filepath.Join(parent, "repo"), filepath.Join(parent, "public")
	if err := os.CopyFS(repoDir, sample().fs()); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(repoDir, "advisories", "LAN-2025-0001.md")
	load := func() Input {
		set, _, err := Load(os.DirFS(repoDir))
		if err != nil {
			t.Fatal(err)
		}
		return Input{Set: set, Now: now, Version: "test", Claims: claimsOf}
	}
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	buildInto(t, load(), dir)
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(strings.Replace(string(text), "Old hole", "Odd hole", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(name, info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	buildInto(t, load(), dir)
	if page := readTree(t, dir)["advisories/LAN-2025-0001.html"]; !strings.Contains(string(page), "Odd hole") {
		t.Error("the change was not seen")
	}
}
