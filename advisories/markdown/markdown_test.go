package markdown

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/advisories/finding"
)

func TestRender(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"headings move below the title", "# Héllo, wörld!\n\n## 脆弱性\n", "<h2 id=\"héllo-wörld\">Héllo, wörld!</h2>\n<h3 id=\"脆弱性\">脆弱性</h3>\n"},
		{"headings that are low enough stay", "## A\n", "<h2 id=\"a\">A</h2>\n"},
		{"ids are unique", "## A\n## A\n## A 2\n## A\n", "<h2 id=\"a\">A</h2>\n<h2 id=\"a-2\">A</h2>\n<h2 id=\"a-2-2\">A 2</h2>\n<h2 id=\"a-3\">A</h2>\n"},
		{"ids of the page are kept free", "## Page: main\n## !\n", "<h2 id=\"section-page-main\">Page: main</h2>\n<h2 id=\"section\">!</h2>\n"},
		{"links", "[a](https://x.example/?b=c&d) [e](/f \"g\")", "<p><a href=\"https://x.example/?b=c&amp;d\" rel=\"noopener noreferrer\">a</a> <a href=\"/f\" title=\"g\">e</a></p>\n"},
		{"dangerous links lose their link", "[a *b*](javascript:c)", "<p>a <em>b</em></p>\n"},
		{"bare addresses", "see https://x.example/a, or b@c.example", "<p>see <a href=\"https://x.example/a\" rel=\"noopener noreferrer\">https://x.example/a</a>, or <a href=\"mailto:b@c.example\" rel=\"noopener noreferrer\">b@c.example</a></p>\n"},
		{"pictures of the site", "![a b](/c.png)", "<p><img src=\"/c.png\" alt=\"a b\" loading=\"lazy\"></p>\n"},
		{"pictures from elsewhere", "![a](https://x.example/c.png)", "<p><a href=\"https://x.example/c.png\" rel=\"noopener noreferrer\">a</a></p>\n"},
		{"raw HTML is text", "a <b>c</b>\n\n<div>\nd\n</div>\n", "<p>a &lt;b&gt;c&lt;/b&gt;</p>\n<p>&lt;div&gt;\nd\n&lt;/div&gt;</p>\n"},
		{"comments are not shown", "<!-- a -->\n\nb <!-- c --> d\n", "<p>b  d</p>\n"},
		{"nor those beside text", "<!-- a --> b <!-- c --> d\n\n<!-- e --><!-- f -->\n", "<p>b  d</p>\n"},
		{"code", "```php x\n<?php\n```\n", "<pre tabindex=\"0\"><code class=\"language-php\">&lt;?php\n</code></pre>\n"},
		{"tables", "|a|\n|-:|\n|b|\n", "<div class=\"scroll\" tabindex=\"0\"><table>\n<thead>\n<tr>\n<th scope=\"col\" class=\"align-right\">a</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td class=\"align-right\">b</td>\n</tr>\n</tbody>\n</table></div>\n"},
		{"strikethrough", "~~a~~", "<p><del>a</del></p>\n"},
		{"reordering characters", "a\u202eb\u2069", "<p>a\uFFFDb\uFFFD</p>\n"},
		{"CRLF", "# a\r\n\r\nb\r\n", "<h2 id=\"a\">a</h2>\n<p>b</p>\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, string(Render([]byte(c.in)))); diff != "" {
				t.Error("want, got:\n" + diff)
			}
		})
	}
}

func TestWithoutComments(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"none", "a [b](c) - d\n", "a [b](c) - d\n"},
		{"lines", "a\n\n<!-- b\nc -->\n\nd\n", "a\n\n\n\nd\n"},
		{"inside a line", "a <!-- b --> c\n", "a  c\n"},
		{"beside text", "<!-- a --> b <!-- c --> d\n", " b  d\n"},
		{"inside other HTML", "<div>\n<!-- a -->\n</div>\n", "<div>\n\n</div>\n"},
		{"code", "`<!-- a -->`\n\n```\n<!-- b -->\n[//]: # (c)\n```\n\n    <!-- d -->\n", "`<!-- a -->`\n\n```\n<!-- b -->\n[//]: # (c)\n```\n\n    <!-- d -->\n"},
		{"definitions that lead nowhere", "a\n\n[//]: # (b)\n[note]: <> \"c\"\n[real]: https://x.example/ \"d\"\n", "a\n\n\n\n[real]: https://x.example/ \"d\"\n"},
		{"definitions over lines", "a\n\n[//]: # (b\nc)\n\nd\n\n[//]:\n#\n\"e\nf\"\n\ng\n", "a\n\n\n\nd\n\n\n\ng\n"},
		{"one that does not end", "a\n\n<!-- b\n", "a\n\n<!-- b\n"},
	} {
		if got := string(WithoutComments([]byte(c.in))); got != c.want {
			t.Errorf("%s: got %q, expected %q", c.name, got, c.want)
		}
	}
}

// describe prints an outline with the bytes of every span.
func describe(o *Outline) string {
	text := func(s finding.Span) string { return string(s.Source.Text[s.Start:s.End]) }
	var b strings.Builder
	line := func(parts ...string) { b.WriteString(strings.Join(parts, "|") + "\n") }
	mark := func(name string, yes bool) string {
		if yes {
			return name
		}
		return ""
	}
	for _, h := range o.Headings {
		line("h"+string("0123456"[h.Level]), h.Text, text(h.At), strings.ReplaceAll(text(h.Section), "\n", "/"), mark("empty", h.Empty))
	}
	for _, l := range o.Links {
		line("link", l.URL, text(l.At), mark("image", l.Image), mark("safe", l.Safe))
	}
	for _, h := range o.HTML {
		line("html", text(h.At), mark("comment", h.Comment))
	}
	for _, c := range o.Code {
		line("code", c.Language, strings.ReplaceAll(text(c.At), "\n", "/"))
	}
	return b.String()
}

func TestInspect(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"sections", "# A *b* ##\nx\n\nC\n---\n## D\n\n# E\n<!-- todo -->\n", "" +
			"h1|A b|A *b*|/x//C/---/## D//|\nh2|C|C|/|empty\nh2|D|D|//|empty\nh1|E|E|/<!-- todo -->/|empty\nhtml|<!-- todo -->|comment\n"},
		{"headings inside others", "- # A\n> # B\nC\n", "h1|A|A|/|empty\nh1|B|B|/C/|\n"},
		{"a list fills a section", "## A\n- b\n", "h2|A|A|/- b/|\n"},
		{"code fills a section", "## A\n```\nb\n```\n", "h2|A|A|/```/b/```/|\ncode||```/b/\n"},
		{"links", "[a](b) ![c](<d e>) <https://f> https://g.example [h][i]\n\n[i]: j 'k'\n", "" +
			"link|b|b||safe\nlink|d e|d e|image|safe\nlink|https://f|https://f||safe\nlink|https://g.example|https://g.example||safe\nlink|j|j||safe\n"},
		{"unsafe links", "[a](javascript:b)", "link|javascript:b|javascript:b||\n"},
		{"HTML", "a <b> c\n\n<div>\nd\n</div>\n", "html|<b>|\nhtml|<div>\nd\n</div>|\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			src := finding.NewSource("x.md", []byte("front\n"+c.in))
			got := describe(Inspect(src.Span(6, len(src.Text))))
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error("want, got:\n" + diff)
			}
		})
	}
}
