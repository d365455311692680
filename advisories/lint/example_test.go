package lint

import (
	"flag"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
)

var update = flag.Bool("update", false, "rewrite what the examples want")

// exampleDay is the day on which all examples are judged.
var exampleDay = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// TestExamples walks the table both ways: every rule has an example, every
// example a rule; the bad side yields exactly what is wanted, of that rule and
// no other; the good side yields nothing.
func TestExamples(t *testing.T) {
	files, err := filepath.Glob("examples/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		id := strings.TrimSuffix(filepath.Base(file), ".txtar")
		if !slices.ContainsFunc(Rules, func(r Rule) bool { return r.ID == id }) {
			t.Errorf("%s: there is no rule of this name", file)
		}
	}
	for _, r := range Rules {
		t.Run(r.ID, func(t *testing.T) {
			example, ok := ExampleOf(r.ID)
			if !ok {
				t.Fatalf("the rule has no example: write examples/%s.txtar", r.ID)
			}
			base := load(t, side(example, "base"))
			bad := judge(t, base, load(t, side(example, "bad")))
			got := print(bad)
			if *update {
				rewrite(t, r.ID, got)
				example.Want = got
			}
			if diff := cmp.Diff(example.Want, got); diff != "" {
				t.Errorf("the bad side (-want +got):\n%s", diff)
			}
			if len(bad) == 0 {
				t.Error("the bad side breaks no rule")
			}
			for _, f := range bad {
				if f.Rule != r.ID {
					t.Errorf("the bad side breaks another rule: %s", f.Rule)
				}
			}
			if good := judge(t, base, load(t, side(example, "good"))); len(good) > 0 {
				t.Errorf("the good side is not silent:\n%s", print(good))
			}
			mend(t, r.ID, example, bad)
		})
	}
}

// TestGoodRepositoryIsSilent judges the repository below all examples by itself.
func TestGoodRepositoryIsSilent(t *testing.T) {
	set := load(t, side(Example{}, "good"))
	if got := judge(t, set, set); len(got) > 0 {
		t.Errorf("expected silence, got\n%s", print(got))
	}
}

// loaded is a set with what reading it found.
type loaded struct {
	*advisories.Set
	found []finding.Finding
}

func load(t testing.TB, files fstest.MapFS) loaded {
	t.Helper()
	set, found, err := advisories.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	return loaded{set, found}
}

// judge does what `check --base` does.
func judge(t testing.TB, base, head loaded) []finding.Finding {
	t.Helper()
	list := slices.Concat(head.found, Run(head.Set, Rules, exampleDay), Compare(base.Set, head.Set, Rules, exampleDay))
	gate2 := []finding.Rule{{ID: "signature-weak"}} // what the waivers of the policy excuse from
	return Apply(head.Set, slices.Concat(advisories.Rules, Rows(Rules), gate2), list)
}

// side lays an example's side over the good repository.
func side(e Example, name string) fstest.MapFS {
	files := fstest.MapFS{}
	archive, err := txtar.ParseFile("testdata/repository.txtar")
	if err != nil {
		panic(err) // the archive is part of this package
	}
	for _, f := range archive.Files {
		files[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	for _, f := range e.Files {
		if f.Side == "both" || f.Side == name {
			files[f.Name] = &fstest.MapFile{Data: []byte(f.Text)}
		}
	}
	return files
}

// print writes findings as `check` does, without the source lines.
func print(list []finding.Finding) string {
	var b strings.Builder
	for _, f := range list {
		fmt.Fprintf(&b, "%s: %s: %s [%s]\n", f.At, f.Severity, f.Message, f.Rule)
		if f.Hint != "" {
			fmt.Fprintf(&b, "    help: %s\n", f.Hint)
		}
		for _, r := range f.Related {
			fmt.Fprintf(&b, "    see: %s: %s\n", r.At, r.Message)
		}
		if f.Edit != nil {
			text := f.Edit.New
			if text == "" || strings.Contains(text, "\n") {
				text = strconv.Quote(text)
			}
			fmt.Fprintf(&b, "    --fix writes: %s\n", text)
		}
	}
	return b.String()
}

// mend makes the edits that the findings carry, and expects them to leave
// nothing of the rule behind where every finding had one.
func mend(t *testing.T, id string, e Example, bad []finding.Finding) {
	t.Helper()
	files := side(e, "bad")
	list := slices.Clone(bad)
	slices.SortFunc(list, func(a, b finding.Finding) int { return b.At.Start - a.At.Start })
	edits := 0
	for _, f := range list {
		if f.Edit == nil {
			continue
		}
		edits++
		file := files[path.Clean(f.Edit.At.File())]
		file.Data = slices.Concat(file.Data[:f.Edit.At.Start], []byte(f.Edit.New), file.Data[f.Edit.At.End:])
	}
	if edits == 0 {
		return
	}
	left := judge(t, load(t, side(e, "base")), load(t, files))
	if len(left) > len(bad)-edits {
		t.Errorf("after %d edits of %d findings there are left:\n%s", edits, len(bad), print(left))
	}
}

func rewrite(t *testing.T, id, want string) {
	t.Helper()
	file := "examples/" + id + ".txtar"
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	archive.Files = slices.DeleteFunc(archive.Files, func(f txtar.File) bool { return f.Name == "want" })
	archive.Files = append(archive.Files, txtar.File{Name: "want", Data: []byte(want)})
	if err := os.WriteFile(file, txtar.Format(archive), 0o666); err != nil {
		t.Fatal(err)
	}
}
