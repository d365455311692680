package lint

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/advisories/finding"
)

// inHead rewrites the front matter of a document.
func inHead(text string, f func(string) string) string {
	parts := strings.SplitN(text, "---\n", 3)
	if len(parts) < 3 {
		return text
	}
	return "---\n" + f(parts[1]) + "---\n" + parts[2]
}

func byRegexp(expr, to string) func(string) string {
	re := regexp.MustCompile(expr)
	return func(head string) string { return re.ReplaceAllString(head, to) }
}

// spellings are other ways to write the same front matter.
var spellings = map[string]func(string) string{
	"CRLF":                func(head string) string { return strings.ReplaceAll(head, "\n", "\r\n") },
	"comments":            byRegexp(`(?m)^(\S.*[^|>\n])$`, "# ünïcödé\n$1   # note: [a, {b}] 'x"),
	"quoted names":        byRegexp(`(?m)^([a-z_]+):`, `"$1" :`),
	"deeper":              byRegexp(`(?m)^ `, "     "),
	"folded texts":        byRegexp(`(?m)^(title|risk|risk_rationale|kind|product|resolution): ([^"\[{|>\n]+)$`, "$1: >-\n  $2"),
	"single quotes":       byRegexp(`(?m)^( *(?:- )?(?:title|risk|kind|product|id|resolution|version|patch)): ([^'"\[{|>\n]+)$`, "$1: '$2'"),
	"wide braces":         strings.NewReplacer("{", "{  ", "}", "  }", ", ", "  ,  ").Replace,
	"lists on many lines": byRegexp(`(?m)^([a-z_]+): \[(.*)\]$`, "$1:\n  [\n    $2,\n  ]"),
}

// TestSpellings breaks each rule in other spellings of its example: exactly the
// same is said, of the same value, and its line and column are true.
func TestSpellings(t *testing.T) {
	for _, r := range Rules {
		example, _ := ExampleOf(r.ID)
		base := load(t, side(example, "base"))
		want := told(t, judge(t, base, load(t, side(example, "bad"))))
		for name, spell := range spellings {
			files := side(example, "bad")
			for _, f := range example.Files {
				if f.Side == "bad" && strings.HasSuffix(f.Name, ".md") {
					files[f.Name] = &fstest.MapFile{Data: []byte(inHead(f.Text, spell))}
				}
			}
			if diff := cmp.Diff(want, told(t, judge(t, base, load(t, files)))); diff != "" {
				t.Errorf("%s with %s (-want +got):\n%s", r.ID, name, diff)
			}
		}
	}
}

// told writes findings with the values that they point at, however these are
// written. What is missing is shown at a line that has the spelling's marks.
func told(t *testing.T, list []finding.Finding) string {
	t.Helper()
	var out strings.Builder
	for _, f := range list {
		if f.Rule == "crlf" {
			continue
		}
		value := ""
		if f.At.HasPlace() {
			before := string(f.At.Source.Text[:f.At.Start])
			line, column := strings.Count(before, "\n")+1, utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])+1
			if p := f.At.From(); p.Line != line || p.Column != column {
				t.Errorf("%s: %d:%d is %d:%d", f.Rule, p.Line, p.Column, line, column)
			}
			value = string(f.At.Source.Text[f.At.Start:f.At.End])
		}
		if strings.Contains(f.Message, "found none") {
			value = ""
		}
		value = strings.Trim(strings.TrimPrefix(strings.Join(strings.Fields(value), ""), ">-"), `'"`)
		fmt.Fprintf(&out, "%s: %s: %s: %s\n", f.At.File(), f.Rule, f.Message, value)
	}
	return out.String()
}
