package tree

import (
	"strings"
	"testing"
)

// TestDeepTOML: what would exhaust the stack or the patience of the library is an
// error before it gets there.
func TestDeepTOML(t *testing.T) {
	const many = 3_000_000
	for name, text := range map[string]string{
		"lists in lists":    "a = " + strings.Repeat("[", many),
		"behind strings":    `a = ["""x""""", '''y''', "\"", '\', ` + strings.Repeat("[", many),
		"behind a comment":  "# \"\na = " + strings.Repeat("[", many),
		"tables in tables":  "a = " + strings.Repeat("{a = ", many),
		"a key of parts":    strings.Repeat("a.", many) + "a = 1",
		"a header of parts": "[" + strings.Repeat("'a'.", many) + "a]",
	} {
		if _, err := TOML([]byte(text)); err == nil || !strings.Contains(err.Error(), "levels") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestBracketsInStrings: only what nests counts.
func TestBracketsInStrings(t *testing.T) {
	b := strings.Repeat("[", 2*maxDepth)
	for _, text := range []string{
		`a = "` + b + `"`, `a = '` + b + `'`, `a = """` + b + "\n\\\"" + b + `"""`, "a = '''" + b + "\n'" + b + "'''", "# " + b + "\na = 1",
		`a = """` + b + `"""""`, "a = [" + strings.Repeat("1.5, ", 2*maxDepth) + "]", strings.Repeat("[[a]]\nb = [1, {c = 2}]\n", 2*maxDepth),
		`a = "` + strings.Repeat(".", 2*maxDepth) + `"`,
	} {
		if _, err := TOML([]byte(text)); err != nil {
			t.Errorf("%.30q: %v", text, err)
		}
	}
}

// TestPathsAreShort: a field's name is foreign, and may be long.
func TestPathsAreShort(t *testing.T) {
	n := mustJSON(t, `{"`+strings.Repeat("é", 50_000)+`": [`+strings.Repeat("1, ", 20_000)+`2], "a": {"b": [{"c": 1}]}}`)
	for i, item := range n.Get(n.Keys()[0]).Items() {
		if i != 7 {
			item.Text()
		}
	}
	list := n.Losses(nil)
	if len(list) != 2 || list[0].Path != strings.Repeat("é", maxName/2)+"…[7]" || list[1].Path != "a" {
		t.Errorf("found %d, %.300v", len(list), list)
	}
}
