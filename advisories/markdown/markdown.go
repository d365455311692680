// Package markdown turns the body of a document into HTML, and tells what is in
// it. It is the only door to the Markdown library.
//
// An advisory's text is foreign input: a researcher wrote half of it. So the
// HTML made here holds no active content, whatever the Markdown says. Raw HTML
// comes out as visible text; a link leads to http, https, mailto or a place on
// the same site, or it is no link; a picture from another host is a link to it,
// because a page of the site asks no third party for anything; characters that
// reorder the text around them are made visible.
//
// The dialect is CommonMark with tables, strikethrough and bare links.
package markdown

import (
	"bytes"
	"sync"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// library is safe for use by several goroutines: all state of a conversion is
// in the parsed document.
var library = goldmark.New(
	goldmark.WithExtensions(extension.NewTable(), extension.Strikethrough, extension.Linkify),
	goldmark.WithRenderer(renderer.NewRenderer(renderer.WithNodeRenderers(
		util.Prioritized(html.NewRenderer(), 1000),
		util.Prioritized(safe{}, 100),
	))),
)

// plainParser reads what library reads, but for bare links.
var plainParser = goldmark.New(goldmark.WithExtensions(extension.NewTable(), extension.Strikethrough)).Parser()

var buffers = sync.Pool{New: func() any { return new(buffer) }}

// Render returns the HTML of a Markdown text. It is a fragment for the inside
// of a page whose title is an h1: if the text itself has headings of level 1,
// all of its headings move one level down. Headings have ids, made of their
// words in any script; no id begins with "page-", so that the page around the
// fragment can have ids of its own. The same text gives the same bytes.
func Render(src []byte) []byte {
	src = guard(src)
	if _, why := TooMuch(src); why != "" {
		return tame([]byte("<pre tabindex=\"0\">" + string(util.EscapeHTML(src)) + "</pre>\n"))
	}
	out := buffers.Get().(*buffer)
	defer buffers.Put(out)
	out.Reset()
	if renderPlain(out, src) {
		return tame(bytes.Clone(out.Bytes()))
	}
	return tame(render(parse(src), src))
}

// render writes a parsed text, once.
func render(doc ast.Node, src []byte) []byte {
	nameHeadings(doc, src)
	out := buffers.Get().(*buffer)
	defer buffers.Put(out)
	out.Reset()
	if err := library.Renderer().Render(out, src, doc); err != nil {
		// Writing to memory cannot fail, and no renderer of ours returns an
		// error; the text itself, escaped, is a true answer all the same.
		return util.EscapeHTML(src)
	}
	return bytes.Clone(out.Bytes())
}

// parse reads a text. Looking for a bare link at every word takes half the time,
// and most texts have none; so a text is read without, and a second time where
// that left a word which might have become a link. Nothing but such a word makes
// a difference, since up to the first of them both go the same way; or several
// blanks at the end of a line, of which the library keeps more where it looked
// for links.
func parse(src []byte) ast.Node {
	if bytes.IndexByte(src, '@') < 0 && !bytes.Contains(src, []byte(" http")) && !endsInBlanks(src) {
		doc := plainParser.Parse(text.NewReader(src))
		if !startsLink(src) || !textStartsLink(doc, src) {
			return doc
		}
	}
	return library.Parser().Parse(text.NewReader(src))
}

// endsInBlanks reports whether a line of a text ends in two blanks or more.
func endsInBlanks(src []byte) bool {
	for at := 0; ; {
		i := bytes.IndexByte(src[at:], '\n')
		end := at + i
		if i < 0 {
			end = len(src)
		}
		if end-at >= 2 && util.IsSpace(src[end-1]) && util.IsSpace(src[end-2]) {
			return true
		}
		if i < 0 {
			return false
		}
		at = end + 1
	}
}

// linkStarts is all that a bare link begins with, but for mail addresses.
var linkStarts = [][]byte{[]byte("http:"), []byte("https:"), []byte("ftp:"), []byte("www.")}

func startsLink(text []byte) bool {
	for _, start := range linkStarts {
		if bytes.Contains(text, start) {
			return true
		}
	}
	return false
}

// textStartsLink reports whether the words below a node hold what begins a bare
// link. Code never becomes one.
func textStartsLink(n ast.Node, src []byte) bool {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if t, ok := c.(*ast.Text); ok && startsLink(t.Segment.Value(src)) {
			return true
		}
		if c.Kind() != ast.KindCodeSpan && textStartsLink(c, src) {
			return true
		}
	}
	return false
}

// buffer is memory that the library takes for a buffered writer.
type buffer struct{ bytes.Buffer }

func (*buffer) Buffered() int { return 0 }
func (*buffer) Flush() error  { return nil }

// forEachBlock calls f for every block below n, outer ones first.
func forEachBlock(n ast.Node, f func(ast.Node)) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if c.Type() != ast.TypeBlock {
			return
		}
		f(c)
		forEachBlock(c, f)
	}
}
