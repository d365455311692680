package markdown

import (
	"bytes"

	"github.com/yuin/goldmark/ast"

	"github.com/countersign/countersign/advisories/finding"
)

// Outline is what a rule wants to know about a Markdown text, in the order in
// which it stands there. All spans are places in the file that holds it.
type Outline struct {
	Headings []Heading
	Links    []Link
	HTML     []HTML
	Code     []Code
}

// Heading is one heading and what stands below it.
type Heading struct {
	Level   int
	Text    string       // the words, without markup
	At      finding.Span // the words as written
	Section finding.Span // from the heading's end to the next heading of its level or above
	Empty   bool         // nothing in the section but headings and comments
}

// Link is a link, a picture or a bare address.
type Link struct {
	URL   string
	At    finding.Span // the address where it can be found, else the link's text
	Image bool
	Safe  bool // Render makes a link of it
}

// HTML is a stretch of raw HTML.
type HTML struct {
	At      finding.Span
	Comment bool // an HTML comment, which readers never see
}

// Code is a code block.
type Code struct {
	Language string // the first word after the fence, empty for none
	At       finding.Span
}

// Inspect tells what is in the Markdown text at a span, such as the body of a
// document. It never fails: every text is Markdown.
func Inspect(body finding.Span) *Outline {
	if body.Source == nil {
		return &Outline{}
	}
	src := guard(body.Source.Text[body.Start:body.End])
	if _, why := TooMuch(src); why != "" {
		return &Outline{}
	}
	return outline(parse(src), src, body)
}

// outline tells what is in a parsed text.
func outline(doc ast.Node, src []byte, body finding.Span) *Outline {
	in := &inspector{src: src, body: body, out: &Outline{}}
	// The walk never fails: visit returns no error.
	_ = ast.Walk(doc, in.visit)
	in.closeSections(0, len(src))
	return in.out
}

type inspector struct {
	src     []byte
	body    finding.Span
	out     *Outline
	open    []int          // indexes of headings whose section has not ended
	defined map[string]int // address → offset where a definition names it first
}

// span makes a place in the file of a place in the text.
func (in *inspector) span(start, end int) finding.Span {
	start, end = min(start, len(in.src)), min(end, len(in.src))
	return in.body.Source.Span(in.body.Start+start, in.body.Start+end)
}

func (in *inspector) visit(n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	switch n := n.(type) {
	case *ast.Heading:
		in.heading(n)
	case *ast.FencedCodeBlock:
		in.filled()
		in.code(n, string(n.Language(in.src)))
	case *ast.CodeBlock:
		in.filled()
		in.code(n, "")
	case *ast.HTMLBlock:
		in.htmlBlock(n)
	case *ast.RawHTML:
		if n.Segments.Len() > 0 {
			first, last := n.Segments.At(0), n.Segments.At(n.Segments.Len()-1)
			in.html(first.Start, last.Stop)
		}
	case *ast.Link:
		in.link(n, string(n.Destination), false)
	case *ast.Image:
		in.filled()
		in.link(n, string(n.Destination), true)
	case *ast.AutoLink:
		in.filled()
		in.autoLink(n)
	case *ast.Text:
		if n.Segment.Len() > 0 && !insideHeading(n) {
			in.filled()
		}
	}
	return ast.WalkContinue, nil
}

func insideHeading(n ast.Node) bool {
	for p := n.Parent(); p != nil; p = p.Parent() {
		if p.Kind() == ast.KindHeading {
			return true
		}
	}
	return false
}

// filled notes that the sections which are open hold something to read.
func (in *inspector) filled() {
	for _, i := range in.open {
		in.out.Headings[i].Empty = false
	}
}

func (in *inspector) heading(n *ast.Heading) {
	start, end := lineSpan(in.src, max(n.Pos(), 0))
	h := Heading{Level: n.Level, Text: plain(n, in.src), Empty: true}
	textStart, textEnd := start, end
	if lines := n.Lines(); lines.Len() > 0 {
		textStart, textEnd = lines.At(0).Start, lines.At(lines.Len()-1).Stop
		_, end = lineSpan(in.src, max(textEnd-1, 0))
		if in.src[max(n.Pos(), 0)] != '#' && end < len(in.src) {
			_, end = lineSpan(in.src, end+1) // underlined
		}
	}
	in.closeSections(n.Level, start)
	h.At = in.span(textStart, textEnd)
	h.Section = in.span(end, end)
	in.out.Headings = append(in.out.Headings, h)
	in.open = append(in.open, len(in.out.Headings)-1)
}

// closeSections ends the sections of headings at the level or below it.
func (in *inspector) closeSections(level, at int) {
	for len(in.open) > 0 {
		h := &in.out.Headings[in.open[len(in.open)-1]]
		if h.Level < level {
			return
		}
		h.Section = in.body.Source.Span(h.Section.Start, in.body.Start+at)
		in.open = in.open[:len(in.open)-1]
	}
}

func (in *inspector) code(n ast.Node, language string) {
	start := max(n.Pos(), 0)
	end := start
	if lines := n.Lines(); lines.Len() > 0 {
		end = lines.At(lines.Len() - 1).Stop
	} else {
		_, end = lineSpan(in.src, start)
	}
	in.out.Code = append(in.out.Code, Code{Language: language, At: in.span(start, end)})
}

func (in *inspector) htmlBlock(n *ast.HTMLBlock) {
	lines := n.Lines()
	start, end := max(n.Pos(), 0), max(n.Pos(), 0)
	if lines.Len() > 0 {
		start, end = lines.At(0).Start, lines.At(lines.Len()-1).Stop
	}
	if n.HasClosure() {
		end = n.ClosureLine.Stop
	}
	for end > start && (in.src[end-1] == '\n' || in.src[end-1] == '\r') {
		end--
	}
	in.html(start, end)
}

func (in *inspector) html(start, end int) {
	comment := isComment(in.src[start:end])
	if !comment {
		in.filled()
	}
	in.out.HTML = append(in.out.HTML, HTML{At: in.span(start, end), Comment: comment})
}

func (in *inspector) link(n ast.Node, url string, image bool) {
	_, ok := linkTarget([]byte(url))
	in.out.Links = append(in.out.Links, Link{URL: url, At: in.address(max(n.Pos(), 0), url), Image: image, Safe: ok})
}

// nearby is how far behind the line of a link its address is looked for: text and
// address may stand on several lines. A whole text looked through for each link
// would take the square of its length.
const nearby = 1 << 10

// address is the place of a link's address: behind its text, or in a definition;
// the rest of the line where it is written in another way than it reads.
func (in *inspector) address(start int, url string) finding.Span {
	_, end := lineSpan(in.src, start)
	if url == "" {
		return in.span(start, end)
	}
	near := in.src[start:min(len(in.src), end+len(url)+nearby)]
	if i := bytes.Index(near[:min(len(near), end-start+len(url)+2)], []byte("("+url)); i >= 0 {
		return in.span(start+i+1, start+i+1+len(url))
	}
	if in.defined == nil {
		in.defined = definitions(in.src)
	}
	if at, ok := in.defined[url]; ok {
		return in.span(at, at+len(url))
	}
	if i := bytes.Index(near, []byte(url)); i >= 0 {
		return in.span(start+i, start+i+len(url))
	}
	return in.span(start, end)
}

// definitions finds the addresses that definitions of links name.
func definitions(src []byte) map[string]int {
	out := map[string]int{}
	for at := 0; ; {
		i := bytes.Index(src[at:], []byte("]:"))
		if i < 0 {
			return out
		}
		at += i + len("]:")
		for at < len(src) && bytes.IndexByte([]byte(" \t<"), src[at]) >= 0 {
			at++
		}
		end := len(src)
		if i := bytes.IndexAny(src[at:], " \t\r\n>"); i >= 0 {
			end = at + i
		}
		if url := string(src[at:end]); url != "" {
			if _, twice := out[url]; !twice {
				out[url] = at
			}
		}
	}
}

func (in *inspector) autoLink(n *ast.AutoLink) {
	label := n.Label(in.src)
	start := max(n.Pos(), 0)
	at := in.span(start, start+len(label))
	if i := bytes.Index(in.src[start:], label); i >= 0 {
		at = in.span(start+i, start+i+len(label))
	}
	url := autoLinkURL(n, in.src)
	_, ok := linkTarget([]byte(url))
	in.out.Links = append(in.out.Links, Link{URL: url, At: at, Safe: ok})
}

// lineSpan returns where the line that holds an offset starts and ends, without
// its line ending.
func lineSpan(src []byte, at int) (int, int) {
	at = min(at, len(src))
	start := bytes.LastIndexByte(src[:at], '\n') + 1
	end := len(src)
	if i := bytes.IndexByte(src[at:], '\n'); i >= 0 {
		end = at + i
	}
	return start, end
}
