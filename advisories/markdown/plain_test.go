package markdown

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/yuin/goldmark/text"
)

// plainLines are lines of the plain style, and such as only look like it.
var plainLines = []string{
	"", "", "", "## Impact", "# Title", "### A (b), c: d-e", "## A  ", "## `A`", "####### A", "#hash", "## A #", "##", "Setext", "---", "===", "***",
	"Some words, and (more) of them.", "A `code span` and snake_case, it's 5 * 3 and 2*3*4.", "\"Quoted\" > less & more", "a **strong word**, b **c**d ** e **f**.",
	"see [the notes](https://example.org/a_b?c=d%20e#f) and [x](http://y.example/).", "[a](javascript:b) [c](/d) [e]", "![i](https://x.example/a.png)",
	"www.example.org and https://x.example", "mail a@b.example", "ends in blanks  ", "ends in one ", "  indented", "    code", "\ttab", "1. one", "2) two", "10 things",
	"- item", "- **item** `x`", "  - nested", "  more of the item", "* star", "+ plus", "- # heading", "> quote", "> # heading", "| a | b |", "|---|---|", "| `c` | d |", "a | b", "--|--",
	"```", "```php", "```a b", "  ```", "~~~", "$x = check($y);", "\tif (a < b) {", "code # hash", "back\\slash \\* and \\", "an `unclosed span", "a ``b`` c", "` a `", "`a`b`c`",
	"_em_ and __strong__ and a_b_c _d", "*em* **a *b* c**", "~~gone~~ ~x~", "entity &amp; &lt;", "<b>html</b>", "<!-- -->", "[ref]: https://x.example", "[ref]", "é ünï 漢字", "a\u00a0b", "C# and F#",
	"**start** of a line", "`start` of a line", "(https://x.example)", "a:b http:c", "**www.x.example**", "[www.x.example](https://y.example)", "x** y**", "a **b\nc** d", "{#id}", "\u2029", "\u00a0", "^$/\\", "end**",
}

// A text that renderPlain renders is rendered as the library does.
func TestPlain(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	quick := 0
	for range 20000 {
		lines := make([]string, 1+r.IntN(9))
		for i := range lines {
			lines[i] = plainLines[r.IntN(len(plainLines))]
		}
		if checkPlain(t, []byte(strings.Join(lines, "\n"))) {
			quick++
		}
	}
	if quick < 1000 {
		t.Errorf("only %d texts were of the plain style", quick)
	}
}

func checkPlain(t *testing.T, src []byte) bool {
	t.Helper()
	if _, why := TooMuch(src); why != "" {
		return false
	}
	var out buffer
	if !renderPlain(&out, src) {
		return false
	}
	if want := render(library.Parser().Parse(text.NewReader(src)), src); !bytes.Equal(out.Bytes(), want) {
		t.Fatalf("%q gives\n%s\nwant\n%s", src, out.Bytes(), want)
	}
	return true
}

// FuzzPlain holds renderPlain to the library.
func FuzzPlain(f *testing.F) {
	for _, line := range append(plainLines, append(bareLinks, attacks...)...) {
		f.Add([]byte("Words and " + line + "\n" + line + "\n\n" + line))
	}
	f.Fuzz(func(t *testing.T, src []byte) { checkPlain(t, src) })
}
