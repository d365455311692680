package markdown

import (
	"bytes"
	"strconv"
	"strings"
	"unicode"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"
)

// linkTarget returns the address of a link as it may stand in a page, and
// whether it may at all. Browsers drop tabs, newlines and leading control
// characters before they look for the scheme, so the address is escaped first
// and whatever then stands before the first colon must be a known scheme.
func linkTarget(destination []byte) ([]byte, bool) {
	url := util.URLEscape(destination, true)
	if bytes.ContainsFunc(url, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '\\' }) {
		return nil, false
	}
	i := bytes.IndexAny(url, ":/?#")
	if i < 0 || url[i] != ':' {
		return url, true // no scheme: a place on the same site, or //host/path
	}
	switch strings.ToLower(string(url[:i])) {
	case "http", "https", "mailto":
		return url, true
	}
	return nil, false
}

// isLocal reports whether an address that linkTarget let pass stays on the site.
func isLocal(url []byte) bool {
	i := bytes.IndexAny(url, ":/?#")
	return (i < 0 || url[i] != ':') && !bytes.HasPrefix(url, []byte("//"))
}

// guard makes the characters visible that reorder what stands around them, as
// U+FFFD, which is as long: offsets stay true. These are the embeddings and
// overrides U+202A to U+202E and the isolates U+2066 to U+2069; the plain marks
// that right-to-left scripts need are kept.
func guard(src []byte) []byte {
	var out []byte
	for at := 0; ; {
		i := bytes.IndexByte(src[at:], 0xE2)
		if i < 0 || at+i+2 >= len(src) {
			break
		}
		at += i
		second, third := src[at+1], src[at+2]
		if second == 0x80 && 0xAA <= third && third <= 0xAE || second == 0x81 && 0xA6 <= third && third <= 0xA9 {
			if out == nil {
				out = bytes.Clone(src)
			}
			copy(out[at:], "\uFFFD")
		}
		at++
	}
	if out != nil {
		return out
	}
	return src
}

// tame makes blanks, in place, of the control characters that HTML does not take; a
// text may name them by their numbers, so it is the page that is looked at.
func tame(page []byte) []byte {
	for i, c := range page {
		switch {
		case !isControl[c]:
		case c != 0xC2:
			page[i] = ' '
		case i+1 < len(page) && 0x80 <= page[i+1] && page[i+1] <= 0x9F: // U+0080 to U+009F
			page[i], page[i+1] = ' ', ' '
		}
	}
	return page
}

var isControl = bytesOf("\x00\x01\x02\x03\x04\x05\x06\a\b\v\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f\x7f\xc2")

// nameHeadings gives every heading its level below the page's title, and an id.
func nameHeadings(doc ast.Node, src []byte) {
	var headings []*ast.Heading
	top := false
	forEachBlock(doc, func(n ast.Node) {
		if h, ok := n.(*ast.Heading); ok {
			headings = append(headings, h)
			top = top || h.Level == 1
		}
	})
	names := newHeadingNames()
	for _, h := range headings {
		if top {
			h.Level = min(h.Level+1, 6)
		}
		h.SetAttributeString("id", names.of(plain(h, src)))
	}
}

// headingNames gives each heading of a text an id of its own.
type headingNames struct {
	used map[string]bool
	next map[string]int
}

func newHeadingNames() headingNames {
	return headingNames{used: map[string]bool{}, next: map[string]int{}}
}

func (n headingNames) of(words string) string {
	base := slug(words)
	if base == "" || strings.HasPrefix(base, "page-") {
		base = strings.TrimSuffix("section-"+base, "-")
	}
	id := base
	for n.used[id] {
		n.next[base]++
		id = base + "-" + strconv.Itoa(n.next[base]+1)
	}
	n.used[id] = true
	return id
}

// slug makes an id of words in any script: letters and digits in lower case,
// one hyphen between words, nothing else.
func slug(words string) string {
	var b strings.Builder
	gap := false
	for _, r := range words {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			gap = false
			b.WriteRune(unicode.ToLower(r))
		case unicode.IsSpace(r) || unicode.IsPunct(r) || unicode.IsSymbol(r):
			gap = true
		}
	}
	return b.String()
}

// plain returns the words below a node, without markup.
func plain(n ast.Node, src []byte) string {
	var b strings.Builder
	writePlain(&b, n, src)
	return strings.TrimSpace(b.String())
}

func writePlain(b *strings.Builder, n ast.Node, src []byte) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			value := c.Segment.Value(src)
			if !c.IsRaw() {
				value = util.UnescapePunctuations(util.ResolveEntityNames(util.ResolveNumericReferences(value)))
			}
			b.Write(value)
			if c.SoftLineBreak() || c.HardLineBreak() {
				b.WriteByte(' ')
			}
		case *ast.String:
			b.Write(c.Value)
		case *ast.AutoLink:
			b.Write(c.Label(src))
		default:
			writePlain(b, c, src)
		}
	}
}
