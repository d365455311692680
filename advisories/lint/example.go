package lint

import (
	"embed"
	"strings"

	"golang.org/x/tools/txtar"
)

// Example shows a rule: documents that break it, what is then said of them, and
// the same documents as they should be.
type Example struct {
	Files []ExampleFile // in the order of the example's file
	Want  string        // the findings about the bad files, as `check` prints them
}

// ExampleFile is one file of an example.
type ExampleFile struct {
	Name string // path in a security repository
	Side string // "bad", "good", "base" (an earlier revision) or "both"
	Text string
}

// An example is a txtar archive, named after its rule. A file bad/PATH,
// good/PATH or base/PATH stands in that side's repository, any other PATH in
// all of them; want holds the findings about the bad side.
//
//go:embed examples/*.txtar
var examples embed.FS

// ExampleOf returns the example of a rule of this table, and whether there is
// one.
func ExampleOf(id string) (Example, bool) {
	data, err := examples.ReadFile("examples/" + id + ".txtar")
	if err != nil {
		return Example{}, false
	}
	var e Example
	for _, f := range txtar.Parse(data).Files {
		if f.Name == "want" {
			e.Want = string(f.Data)
			continue
		}
		file := ExampleFile{Name: f.Name, Side: "both", Text: string(f.Data)}
		if side, name, ok := strings.Cut(f.Name, "/"); ok && (side == "bad" || side == "good" || side == "base") {
			file.Side, file.Name = side, name
		}
		e.Files = append(e.Files, file)
	}
	return e, true
}
