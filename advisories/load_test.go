package advisories

import (
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/countersign/countersign/advisories/finding"
)

// repository makes a security repository of file names and texts.
func repository(files map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{ConfigFile: {Data: []byte("products: {demo: {repo: demo}}\nrepos: {demo: {}}\n")}}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

func document(fields string) string { return "---\n" + fields + "\n---\n" }

func mustLoad(t *testing.T, fsys fs.FS) (*Set, []finding.Finding) {
	t.Helper()
	set, list, err := Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return set, list
}

func TestLoadFindsDocuments(t *testing.T) {
	set, list := mustLoad(t, repository(map[string]string{
		"advisories/2023/B.md": document("id: B"), "advisories/A.md": document("id: A"), "advisories/README.md": "# Notes\n",
		"advisories/2023/notes.txt": "x", "advisories/.hidden/C.md": document("id: C"), "advisories/.D.md": document("id: D"),
		"releases/10.md": document("version: 1.10"), "releases/9.md": document("version: \"1.9\""), "releases/9.verification.json": "{}",
		"keys/a.md": document("owner: a"), "pages/about.md": document("title: About"), "other/E.md": "x", "countersign.md": "x",
	}))
	if len(list) > 0 {
		t.Errorf("findings in a good repository: %v", list)
	}
	var paths []string
	for _, a := range set.Advisories {
		paths = append(paths, a.Path)
	}
	for _, r := range set.Releases {
		paths = append(paths, r.Path)
	}
	paths = append(paths, set.Keys[0].Path, set.Pages[0].Path)
	want := []string{"advisories/2023/B.md", "advisories/A.md", "releases/9.md", "releases/10.md", "keys/a.md", "pages/about.md"}
	if !slices.Equal(paths, want) || len(set.Keys)+len(set.Pages) != 2 {
		t.Errorf("found %v, want %v", paths, want)
	}
	if set.Advisory("B") != set.Advisories[0] || set.Advisory("C") != nil {
		t.Error("advisories are not found by id")
	}
	if set.Release("demo", "1.10.0") != set.Releases[1] || set.Release("demo", "1.11") != nil || set.Release("other", "1.10") != nil {
		t.Error("releases are not found by version")
	}
}

// TestLoadKeepsWhatItCannotRead: a document that is not read must stand in the
// set as broken, or gate 2 would have one obligation fewer.
func TestLoadKeepsWhatItCannotRead(t *testing.T) {
	for name, c := range map[string]struct {
		path string
		file *fstest.MapFile
		rule string
	}{
		"symbolic link":   {"advisories/A.md", &fstest.MapFile{Data: []byte("B.md"), Mode: fs.ModeSymlink}, "not-a-document"},
		"linked folder":   {"advisories/2023", &fstest.MapFile{Data: []byte("../other"), Mode: fs.ModeSymlink}, "not-a-document"},
		"device":          {"advisories/A.md", &fstest.MapFile{Mode: fs.ModeNamedPipe}, "not-a-document"},
		"folder's place":  {"advisories", &fstest.MapFile{Data: []byte("x")}, "not-a-document"},
		"upper-case name": {"advisories/A.MD", &fstest.MapFile{Data: []byte(document("id: A"))}, "not-a-document"},
		"long extension":  {"advisories/A.markdown", &fstest.MapFile{Data: []byte(document("id: A"))}, "not-a-document"},
		"newline":         {"advisories/A\n::error::.md", &fstest.MapFile{Data: []byte(document("id: A"))}, "not-a-document"},
		"backslash":       {"advisories/B\\A.md", &fstest.MapFile{Data: []byte(document("id: A"))}, "not-a-document"},
		"reordered name":  {"advisories/A\u202edm.md", &fstest.MapFile{Data: []byte(document("id: A"))}, "not-a-document"},
		"large file":      {"advisories/A.md", &fstest.MapFile{Data: make([]byte, maxFile+1)}, "too-large"},
		"large head":      {"advisories/A.md", &fstest.MapFile{Data: []byte(document("id: A\ncwe: [" + strings.Repeat("a, ", maxHead/3) + "b]"))}, "too-large"},
		"large text":      {"advisories/A.md", &fstest.MapFile{Data: []byte(document("title: " + strings.Repeat("a", maxScalar+1)))}, "too-large"},
		"deep body":       {"advisories/A.md", &fstest.MapFile{Data: []byte(document("id: A") + strings.Repeat("> ", 1000))}, "too-large"},
		"no fields":       {"advisories/A.md", &fstest.MapFile{Data: []byte("x")}, "front-matter-missing"},
		"UTF-16":          {"advisories/A.md", &fstest.MapFile{Data: []byte("\xff\xfe-\x00-\x00-\x00")}, "expected text in UTF-8, found UTF-16"},
		"no bytes marked": {"advisories/A.md", &fstest.MapFile{Data: []byte("-\x00-\x00-\x00")}, "expected text in UTF-8, found UTF-16"},
		"binary":          {"advisories/A.md", &fstest.MapFile{Data: []byte("\x7fELF\x00\x00")}, "expected text in UTF-8, found bytes that are no text"},
		"unclosed":        {"advisories/A.md", &fstest.MapFile{Data: []byte("---\nid: A\n")}, "front-matter-unclosed"},
		"closed early":    {"advisories/A.md", &fstest.MapFile{Data: []byte("---\na: |\n  x\n  ---\nid: A\n---\n")}, "front-matter-closed-early"},
		"no YAML":         {"advisories/A.md", &fstest.MapFile{Data: []byte(document("id: [A"))}, "yaml-syntax"},
		"alias":           {"advisories/A.md", &fstest.MapFile{Data: []byte(document("id: &a A\ntitle: *a"))}, "yaml-feature"},
		"no text":         {"advisories/A.md", &fstest.MapFile{Data: []byte(document("id: A\xff"))}, "invalid-text"},
		"unknown field":   {"advisories/A.md", &fstest.MapFile{Data: []byte(document("id: A\nfixs: []"))}, "unknown-field"},
		"wrong type":      {"advisories/A.md", &fstest.MapFile{Data: []byte(document("fixes: none"))}, "wrong-type"},
		"two fixes":       {"advisories/A.md", &fstest.MapFile{Data: []byte(document("fixes: []\nfixes: []"))}, "duplicate-key"},
		"no date":         {"advisories/A.md", &fstest.MapFile{Data: []byte(document("timeline: {published: soon}"))}, "invalid-date"},
		"unknown word":    {"advisories/A.md", &fstest.MapFile{Data: []byte(document("resolution: wontfix"))}, "unknown-value"},
	} {
		t.Run(name, func(t *testing.T) {
			fsys := repository(nil)
			fsys[c.path] = c.file
			set, list := mustLoad(t, fsys)
			if len(set.Advisories) != 1 || !set.Advisories[0].Broken {
				t.Errorf("the set does not say that an advisory is missing: %d", len(set.Advisories))
			}
			if !slices.ContainsFunc(list, func(f finding.Finding) bool {
				return (f.Rule == c.rule || f.Message == c.rule) && f.Severity == finding.Error
			}) {
				t.Errorf("want %s, found %v", c.rule, list)
			}
			for _, f := range list {
				if strings.ContainsAny(f.At.File(), "\n\x00") && f.At.File() != c.path {
					t.Errorf("file name %q", f.At.File())
				}
			}
		})
	}
}

func TestLoadReportsCollisions(t *testing.T) {
	_, list := mustLoad(t, repository(map[string]string{
		"advisories/A.md": document("id: X-1"), "advisories/a.md": document("id: X-2"), "advisories/b.md": document("id: x-1"),
		"advisories/d.md": document("id: X.3"), "advisories/e.md": document("id: X_3"),
		"advisories/2023/c.md": document("id: X-2"), "releases/1.md": document("version: \"1\""), "releases/2.md": document("version: \"1\"\nproduct: demo"),
	}))
	var got []string
	for _, f := range list {
		got = append(got, fmt.Sprint(f.At, " ", f.Rule, " ", f.Related[0].At))
	}
	want := []string{
		"advisories/a.md:1:1 path-collision advisories/A.md:1:1",
		"advisories/a.md:2:5 path-collision advisories/2023/c.md:2:5",
		"advisories/b.md:2:5 path-collision advisories/A.md:2:5",
		"advisories/e.md:2:5 path-collision advisories/d.md:2:5",
		"releases/2.md:2:10 path-collision releases/1.md:2:10",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLoadWithoutConfiguration(t *testing.T) {
	if _, _, err := Load(fstest.MapFS{}); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "countersign init") {
		t.Errorf("no configuration: %v", err)
	}
	fsys := repository(map[string]string{ConfigFile: "products: [demo\n"})
	if set, list := mustLoad(t, fsys); !set.Config.Broken || len(list) == 0 || set.Product("demo") != nil {
		t.Errorf("a broken configuration: %v", list)
	}
}

// TestLoadIsDeterministic reads a repository with many faults twice: readers run
// side by side, their findings must not.
func TestLoadIsDeterministic(t *testing.T) {
	files := map[string]string{}
	for i := range 300 {
		files[fmt.Sprintf("advisories/%d.md", i)] = document(fmt.Sprintf("id: X-%d\nfixs: []\ntitle: [", i%100))
	}
	fsys := repository(files)
	set, first := mustLoad(t, fsys)
	again, second := mustLoad(t, fsys)
	if len(first) < 600 || !reflect.DeepEqual(texts(first), texts(second)) || !reflect.DeepEqual(ids(set), ids(again)) {
		t.Error("two readings differ")
	}
}

func texts(list []finding.Finding) []string {
	var out []string
	for _, f := range list {
		out = append(out, fmt.Sprint(f.At, f.Rule, f.Message))
	}
	return out
}

func ids(s *Set) []string {
	var out []string
	for _, a := range s.Advisories {
		out = append(out, a.Path+a.ID.V)
	}
	return out
}

// BenchmarkLoad reads a thousand advisories.
func BenchmarkLoad(b *testing.B) {
	files := map[string]string{}
	for i := range 1000 {
		files[fmt.Sprintf("advisories/%d.md", i)] = sampleAdvisory(i)
	}
	fsys := repository(files)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := Load(fsys); err != nil {
			b.Fatal(err)
		}
	}
}
