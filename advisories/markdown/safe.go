package markdown

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"
)

// safe writes the nodes through which foreign text could act, or load something.
type safe struct{}

func (safe) RegisterFuncs(reg renderer.NodeRendererFuncRegisterer) {
	reg.Register(ast.KindHeading, writeHeading)
	reg.Register(ast.KindCodeBlock, writeCodeBlock)
	reg.Register(ast.KindFencedCodeBlock, writeCodeBlock)
	reg.Register(ast.KindHTMLBlock, writeHTMLBlock)
	reg.Register(ast.KindRawHTML, writeRawHTML)
	reg.Register(ast.KindLink, writeLink)
	reg.Register(ast.KindAutoLink, writeAutoLink)
	reg.Register(ast.KindImage, writeImage)
	reg.Register(extast.KindTable, writeTable)
	reg.Register(extast.KindTableCell, writeTableCell)
}

func writeHeading(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	level := "0123456"[node.(*ast.Heading).Level]
	if !entering {
		put(w, "</h", string(level), ">\n")
		return ast.WalkContinue, nil
	}
	put(w, "<h", string(level))
	if id, ok := node.AttributeString("id"); ok {
		put(w, ` id="`, id.(string), `"`) // letters, digits and hyphens only, see slug
	}
	put(w, ">")
	return ast.WalkContinue, nil
}

// writeCodeBlock makes a block that the keyboard can scroll.
func writeCodeBlock(w util.BufWriter, src []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	put(w, `<pre tabindex="0"><code`)
	if f, ok := node.(*ast.FencedCodeBlock); ok {
		if name := slug(string(f.Language(src))); name != "" {
			put(w, ` class="language-`, name, `"`)
		}
	}
	put(w, ">")
	lines := node.Lines()
	for i := range lines.Len() {
		line := lines.At(i)
		putCode(w, line.Value(src))
	}
	put(w, "</code></pre>\n")
	return ast.WalkSkipChildren, nil
}

// putCode writes a line of code. A blank at its end, which a patch may need, is
// written by its number: so it survives whoever cleans the ends of lines.
func putCode(w util.BufWriter, line []byte) {
	text := bytes.TrimRight(line, "\r\n")
	n := len(text) - 1
	if n < 0 || text[n] != ' ' && text[n] != '\t' {
		putEscaped(w, line)
		return
	}
	putEscaped(w, text[:n])
	put(w, "&#", strconv.Itoa(int(text[n])), ";")
	putEscaped(w, line[n+1:])
}

func writeHTMLBlock(w util.BufWriter, src []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	n := node.(*ast.HTMLBlock)
	var raw []byte
	for i := range n.Lines().Len() {
		line := n.Lines().At(i)
		raw = append(raw, line.Value(src)...)
	}
	if n.HasClosure() {
		raw = append(raw, n.ClosureLine.Value(src)...)
	}
	raw = bytes.TrimSpace(without(raw, commentsIn(raw)))
	if len(raw) > 0 {
		put(w, "<p>")
		putEscaped(w, raw)
		put(w, "</p>\n")
	}
	return ast.WalkSkipChildren, nil
}

func writeRawHTML(w util.BufWriter, src []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	segments := node.(*ast.RawHTML).Segments
	var raw []byte
	for i := range segments.Len() {
		s := segments.At(i)
		raw = append(raw, s.Value(src)...)
	}
	putEscaped(w, without(raw, commentsIn(raw)))
	return ast.WalkSkipChildren, nil
}

// isComment reports whether raw HTML is one comment and nothing else.
func isComment(raw []byte) bool {
	inner, ok := bytes.CutPrefix(bytes.TrimSpace(raw), []byte("<!--"))
	if !ok {
		return false
	}
	_, rest, ok := bytes.Cut(inner, []byte("-->"))
	return ok && len(bytes.TrimSpace(rest)) == 0
}

func writeLink(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	n := node.(*ast.Link)
	target, ok := linkTarget(n.Destination)
	switch {
	case !ok: // the text stays, the link goes
	case entering:
		openLink(w, target, n.Title)
	default:
		put(w, "</a>")
	}
	return ast.WalkContinue, nil
}

func writeAutoLink(w util.BufWriter, src []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	n := node.(*ast.AutoLink)
	target, ok := linkTarget([]byte(autoLinkURL(n, src)))
	if ok {
		openLink(w, target, nil)
	}
	putEscaped(w, n.Label(src))
	if ok {
		put(w, "</a>")
	}
	return ast.WalkContinue, nil
}

// autoLinkURL is the address that a bare link stands for.
func autoLinkURL(n *ast.AutoLink, src []byte) string {
	url := string(n.URL(src))
	if n.AutoLinkType == ast.AutoLinkEmail && !strings.HasPrefix(strings.ToLower(url), "mailto:") {
		return "mailto:" + url
	}
	return url
}

// writeImage shows a picture of the same site, and links to any other one.
func writeImage(w util.BufWriter, src []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	n := node.(*ast.Image)
	label := plain(n, src)
	target, ok := linkTarget(n.Destination)
	switch {
	case ok && isLocal(target):
		put(w, `<img src="`)
		putEscaped(w, target)
		put(w, `" alt="`)
		putEscaped(w, []byte(label))
		put(w, `" loading="lazy">`)
	case ok && n.Parent().Kind() != ast.KindLink:
		openLink(w, target, n.Title)
		if label == "" {
			label = string(n.Destination)
		}
		putEscaped(w, []byte(label))
		put(w, "</a>")
	default:
		putEscaped(w, []byte(label))
	}
	return ast.WalkSkipChildren, nil
}

// writeTable makes a table that the keyboard can scroll where it is wider than
// the screen.
func writeTable(w util.BufWriter, _ []byte, _ ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		put(w, "<div class=\"scroll\" tabindex=\"0\"><table>\n")
	} else {
		put(w, "</table></div>\n")
	}
	return ast.WalkContinue, nil
}

// writeTableCell names the alignment by a class: the site's content security
// policy allows no style attribute.
func writeTableCell(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	n := node.(*extast.TableCell)
	tag := "td"
	if n.Parent().Kind() == extast.KindTableHeader {
		tag = "th"
	}
	if !entering {
		put(w, "</", tag, ">\n")
		return ast.WalkContinue, nil
	}
	put(w, "<", tag)
	if tag == "th" {
		put(w, ` scope="col"`)
	}
	if n.Alignment != extast.AlignNone {
		put(w, ` class="align-`, n.Alignment.String(), `"`)
	}
	put(w, ">")
	return ast.WalkContinue, nil
}

func openLink(w util.BufWriter, target, title []byte) {
	put(w, `<a href="`)
	putEscaped(w, target)
	if len(title) > 0 {
		put(w, `" title="`)
		putEscaped(w, title)
	}
	if isLocal(target) {
		put(w, `">`)
	} else {
		put(w, `" rel="noopener noreferrer">`)
	}
}

// put and putEscaped write to memory, which cannot fail.
func put(w util.BufWriter, parts ...string) {
	for _, p := range parts {
		_, _ = w.WriteString(p)
	}
}

func putEscaped(w util.BufWriter, text []byte) { _, _ = w.Write(util.EscapeHTML(text)) }
