package markdown

import (
	"bytes"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
	"golang.org/x/net/html"

	"github.com/countersign/countersign/advisories/finding"
)

// allowed is all that a page may hold of Markdown's making.
var allowed = map[string][]string{
	"a": {"href", "title", "rel"}, "img": {"src", "alt", "loading"}, "pre": {"tabindex"}, "div": {"class", "tabindex"}, "code": {"class"},
	"h1": {"id"}, "h2": {"id"}, "h3": {"id"}, "h4": {"id"}, "h5": {"id"}, "h6": {"id"}, "ol": {"start"},
	"th": {"scope", "class"}, "td": {"class"}, "p": nil, "em": nil, "strong": nil, "del": nil, "ul": nil, "li": nil,
	"blockquote": nil, "hr": nil, "br": nil, "table": nil, "thead": nil, "tbody": nil, "tr": nil,
}

// checkInactive reads HTML as a browser does and complains of whatever could
// act, load from elsewhere, or leave the fragment.
func checkInactive(t *testing.T, src, out []byte) {
	t.Helper()
	if at := bytes.IndexFunc(out, func(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune("\t\n\r\f", r) }); at >= 0 {
		t.Fatalf("%q gives a control character: %q", src, out)
	}
	ids := map[string]bool{}
	open := 0
	z := html.NewTokenizer(bytes.NewReader(out))
	for {
		kind := z.Next()
		switch kind {
		case html.ErrorToken:
			if open != 0 {
				t.Fatalf("%q: unbalanced HTML: %s", src, out)
			}
			return
		case html.CommentToken, html.DoctypeToken:
			t.Fatalf("%q gives a comment or doctype: %s", src, out)
		case html.EndTagToken:
			open--
		case html.StartTagToken, html.SelfClosingTagToken:
			token := z.Token()
			attributes, ok := allowed[token.Data]
			if !ok {
				t.Fatalf("%q gives <%s>: %s", src, token.Data, out)
			}
			if token.Data != "img" && token.Data != "br" && token.Data != "hr" {
				open++
			}
			for _, a := range token.Attr {
				if !slices.Contains(attributes, a.Key) {
					t.Fatalf("%q gives <%s %s>: %s", src, token.Data, a.Key, out)
				}
				checkAttribute(t, src, token.Data, a, ids)
			}
		}
	}
}

func checkAttribute(t *testing.T, src []byte, tag string, a html.Attribute, ids map[string]bool) {
	t.Helper()
	switch a.Key {
	case "id":
		if a.Val == "" || ids[a.Val] || strings.HasPrefix(a.Val, "page-") || strings.ContainsAny(a.Val, " \t\n\"'<>") {
			t.Fatalf("%q gives id %q", src, a.Val)
		}
		ids[a.Val] = true
	case "href", "src":
		// What browsers do before they look for a scheme.
		seen := strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(strings.TrimLeft(a.Val, "\x00\x01\x02\x03\x04\x05\x06\x07\x08\t\n\x0b\x0c\r\x0e\x0f\x10\x1b\x1f "))
		scheme, _, found := strings.Cut(seen, ":")
		if strings.ContainsAny(scheme, "/?#") {
			found = false
		}
		if found && !slices.Contains([]string{"http", "https", "mailto"}, strings.ToLower(scheme)) {
			t.Fatalf("%q gives %s=%q", src, a.Key, a.Val)
		}
		if u, err := url.Parse(a.Val); a.Key == "src" && (err == nil && (u.IsAbs() || u.Host != "") || strings.HasPrefix(a.Val, "//") || strings.Contains(a.Val, `\`)) {
			t.Fatalf("%q loads %q", src, a.Val)
		}
	}
}

// attacks are texts that made active content of some Markdown renderer, or hung it.
var attacks = []string{
	"<script>alert(1)</script>", "a <script>alert(1)</script> b", "<img src=x onerror=alert(1)>", "a <b onclick=x>c</b>",
	"<!-- <script> --> <script>x</script>", "<!-- a\n\n--><svg onload=x>", "<?php x ?>", "<![CDATA[<script>x</script>]]>",
	"[a](javascript:alert(1))", "[a](JaVaScRiPt:alert(1))", "[a](java\tscript:alert(1))", "[a](<java\nscript:alert(1)>)",
	"[a](&#106;avascript:alert(1))", "[a](&#x6A;avascript:alert(1))", "[a](javascript&colon;alert(1))", "[a](\x01javascript:alert(1))",
	"[a](<  javascript:alert(1)>)", "[a](data:text/html;base64,PHN2Zz4=)", "[a](vbscript:x)", "[a](file:///etc/passwd)",
	"[a](blob:x)", "[a][b]\n\n[b]: javascript:alert(1)", "<javascript:alert(1)>", "<data:text/html,x>", "[a](javascript\\:alert(1))",
	"![a](javascript:alert(1))", "![a](data:image/svg+xml,<svg/onload=x>)", "![a](https://elsewhere.example/x.png)", "![a](//elsewhere.example/x.png)",
	"![a](\\\\elsewhere.example/x.png)", "![a](/\\elsewhere.example/x.png)", "![a](/%5celsewhere.example/x.png)", "[![a](https://x.example/y.png)](https://z.example)",
	"![a\" onerror=\"x](/b.png)", "![a](/b.png \"x\\\" onerror=y\")", "[a](/b \"x\\\" onmouseover=y\")", "[a](\"onmouseover=x)",
	"```js\" onclick=\"x\nb\n```", "``` \"><script>\nb\n```", "# a {#x onclick=y}", "# <script>x</script>", "# \" onclick=x", "# page-main", "# a\n# a\n# a-2\n# a",
	"|a|\n|:-:|\n|<script>|", "|a {style=x}|\n|-|\n|b|", "www.a.example/\"onclick=x", "http://a.example/<script>", "a@b.example?\"x",
	"~~<b>~~", "&lt;script&gt;", "&#60;script&#62;", "\\<script>", "`<script>`", "\u202eevil\u202c [\u2066a\u2069](https://x.example/\u202e)",
	"[a]: <javascript:x> '\n[a]", "[x](mailto:a@b.example?body=%0d%0aBcc:)", "[a](HTTPS://x.example)", "\x00<script>", "a\ab&#7;c&#x9b;d\u009be", "```\n\x1b[31m\u0085\n```", "\xff\xfe<script>", "<scr\x00ipt>",
}

func TestNoActiveContent(t *testing.T) {
	for _, text := range attacks {
		checkInactive(t, []byte(text), Render([]byte(text)))
	}
}

// TestBounded holds the limits to texts that cost the library minutes without
// them; it hangs where one is taken out.
func TestBounded(t *testing.T) {
	const n = 100_000
	for name, text := range map[string]string{
		"quotes": strings.Repeat(">", n), "lists": strings.Repeat("- ", n), "numbers": strings.Repeat("1. ", n),
		"emphasis": strings.Repeat("*a_ ", n), "links": strings.Repeat("[a](", n), "brackets": strings.Repeat("[", n),
		"wide table":  strings.Repeat("|a", n/2) + "\n" + strings.Repeat("|-", n/2) + "\n" + strings.Repeat("|a\n", 1000),
		"not a break": strings.Repeat("2. *a_ \n", n/2), "long": strings.Repeat("a\n", maxText),
		"deep list":            strings.Repeat(" ", 400) + "- a",
		"one address for many": strings.Repeat("[a]\n\n", n/4) + "[a]: https://x.example/" + strings.Repeat("a", n),
		"its title":            strings.Repeat("[a]\n\n", n/4) + "[a]: https://x.example '" + strings.Repeat("a\n", n/2) + "'",
	} {
		if _, why := TooMuch([]byte(text)); why == "" {
			t.Errorf("%s: taken for Markdown", name)
			continue
		}
		checkInactive(t, nil, Render([]byte(text)))
		src := finding.NewSource("x.md", []byte(text))
		if o := Inspect(src.Span(0, len(text))); len(o.Code)+len(o.Links) > 0 {
			t.Errorf("%s: inspected", name)
		}
	}
	honest := strings.Repeat("- [fix](https://x.example/a_b_c) of *this* `code`\n", 2000) + "\n" +
		strings.Repeat("> quoted\n", 100) + "\n" + strings.Repeat("|a|b|c|\n", 1000) +
		"\r\n[fix]: https://x.example\r\n\r\n" + strings.Repeat("[fix] of it\r\n\r\n", 10_000)
	if at, why := TooMuch([]byte(honest)); why != "" {
		t.Errorf("an honest text: %d %s", at, why)
	}
}

// TestPlacesOfLinks finds the address of each of many links, however it is written,
// without a look through the whole text for every one.
func TestPlacesOfLinks(t *testing.T) {
	const many = 80_000
	for text, want := range map[string]string{
		"[a](https://x.example)":                                   "https://x.example",
		"[a\nb](\nhttps://x.example)":                              "https://x.example",
		"[a](<https://x.example>)":                                 "https://x.example",
		"![a](/a.png) [a][b]\n\n[b]: /a.png/b\n[c]: /a.png":        "/a.png",
		"[a]\n\n[a]: <https://x.example>":                          "https://x.example",
		strings.Repeat("[a]\n\n", many) + "[a]: https://x.example": "https://x.example",
	} {
		src := finding.NewSource("x.md", []byte(text))
		start := time.Now()
		links := Inspect(src.Span(0, len(text))).Links
		if took := time.Since(start); took > 30*time.Second { // a minute, where the whole text is looked through for each
			t.Errorf("%.20q: %d links took %v", text, len(links), took)
		}
		if at := links[0].At; text[at.Start:at.End] != want {
			t.Errorf("%.40q: found %q, want %q", text, text[at.Start:at.End], want)
		}
	}
}

// FuzzRender holds any text to the law that nothing active comes out, and every
// place that Inspect names to the text.
func FuzzRender(f *testing.F) {
	for _, text := range attacks {
		f.Add([]byte(text))
	}
	f.Add([]byte("# A\n\nb [c](d) ![e](f)\n\n## G\n\n```h\ni\n```\n\n    j\n\n<k>\n\n|l|\n|-|\n|m|\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		out := Render(text)
		checkInactive(t, text, out)
		if again := Render(text); !bytes.Equal(out, again) {
			t.Fatalf("%q renders in two ways", text)
		}
		src := finding.NewSource("x.md", append([]byte("head"), text...))
		o := Inspect(src.Span(4, len(src.Text)))
		check := func(s finding.Span) {
			if s.Source != src || s.Start < 4 || s.End < s.Start || s.End > len(src.Text) {
				t.Fatalf("%q: span %d-%d of %d", text, s.Start, s.End, len(src.Text))
			}
		}
		for _, h := range o.Headings {
			check(h.At)
			check(h.Section)
		}
		for _, l := range o.Links {
			check(l.At)
		}
		for _, h := range o.HTML {
			check(h.At)
		}
		for _, c := range o.Code {
			check(c.At)
		}
	})
}

// bareLinks are texts with words that are links, or almost.
var bareLinks = []string{
	"see https://x.example/a", "https://x.example", "a\nhttps://x.example\nb", "(https://x.example)", "*https://x.example*", "`a`https://x.example",
	"[a](https://x.example)", "[a](https://x.example b)", "a](https://x.example)", "[https://x.example](b)", "[a][https://x.example]", "<https://x.example>https://y.example",
	"`https://x.example`", "`https://x.example", "[a\nhttps://x.example](b)", "a  \nwww.x.example", "~~www.x.example~~", "a@b.example", "a`b@c.example`",
	"|a|\n|-|\n|https://x.example|", "|www.x.example|\n|-|", "# ftp://x.example/ a", "\\(https://x.example", "\\ https://x.example", "<b>https://x.example</b>",
	"![https://x.example](/a.png)", "[a]: https://x.example\n[a]", "[a]: https://x.example b\n[a]", "&#32;https://x.example", "a \\\nhttps://x.example \nb", "https:", "www.",
	"a b    \nc", "a \t\nb", "# a   \n\nb   ", "a  \r\nb  \r\n", "a\v\v\nb\f\f", "a\f\v\n\nb",
}

// FuzzBareLinks holds parse to what the library makes of a text with all of the
// dialect.
func FuzzBareLinks(f *testing.F) {
	for _, text := range append(bareLinks, attacks...) {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		if _, why := TooMuch(src); why != "" {
			return
		}
		whole := func() ast.Node { return library.Parser().Parse(text.NewReader(src)) }
		if got, want := render(parse(src), src), render(whole(), src); !bytes.Equal(got, want) {
			t.Fatalf("%q gives\n%s\nwant\n%s", src, got, want)
		}
		body := finding.NewSource("x.md", src).Span(0, len(src))
		if got, want := describe(outline(parse(src), src, body)), describe(outline(whole(), src, body)); got != want {
			t.Fatalf("%q has\n%s\nwant\n%s", src, got, want)
		}
	})
}
