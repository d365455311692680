package markdown

import (
	"bytes"
	"slices"
)

// renderPlain renders a text whose blocks are mostly of the plain style in which
// advisories are written: headings of words, paragraphs of words with some code,
// links and strong words in them, fenced code. Those it writes at once, in a tenth
// of the time; any other block, a table or a list, goes to the library by itself.
//
// It is no second opinion about Markdown. Where a construct could reach beyond its
// block, or a heading is more than words, it gives up, and the library reads the
// whole text; a fuzz test holds the two together.
func renderPlain(out *buffer, src []byte) bool {
	blocks, ok := plainBlocks(src)
	if !ok {
		return false
	}
	top := slices.ContainsFunc(blocks, func(b plainBlock) bool { return b.level == 1 })
	names := newHeadingNames()
	for _, b := range blocks {
		text := src[b.start:b.end]
		switch {
		case b.level > 0:
			if top {
				b.level = min(b.level+1, 6)
			}
			level, words := "0123456"[b.level:b.level+1], string(bytes.TrimLeft(text, "# "))
			put(out, "<h", level, ` id="`, names.of(words), `">`, words, "</h", level, ">\n")
		case b.fence:
			writeFence(out, text)
		case b.words && writeWords(out, text):
		default:
			if library.Renderer().Render(out, text, parse(text)) != nil {
				return false
			}
		}
	}
	return true
}

// plainBlock is a stretch of lines that can be rendered by itself.
type plainBlock struct {
	start, end int
	level      int  // of a heading
	fence      bool // code between fences; the closing one is left out
	words      bool // lines that begin like those of a paragraph
}

var fence = []byte("```")

// plainBlocks cuts a text into blocks; false where one may depend on another: raw
// HTML and the definitions of links do, and some bare links.
func plainBlocks(src []byte) (out []plainBlock, ok bool) {
	for _, c := range src {
		if isOdd[c] {
			return nil, false
		}
	}
	if bytes.Contains(src, []byte("]:")) || bytes.Contains(src, []byte("www.")) {
		return nil, false
	}
	for at := 0; at < len(src); {
		line := lineAt(src, at)
		b := plainBlock{start: at, end: at + len(line)}
		switch {
		case isBlankLine(line):
			at += len(line)
			continue
		case line[0] == '#':
			if b.level = headingLevel(line); b.level == 0 {
				return nil, false
			}
			b.end = at + len(bytes.TrimRight(line, "\n"))
			at += len(line)
		case bytes.HasPrefix(line, fence):
			b.fence = true
			if b.end, at = fenceEnd(src, at); at < 0 {
				return nil, false
			}
		default:
			b.end, b.words = otherEnd(src, at)
			at = b.end
			if b.words {
				break
			}
			if reaches(src[b.start:b.end]) {
				return nil, false
			}
			if n := len(out) - 1; n >= 0 && out[n].level == 0 && !out[n].fence && !out[n].words {
				out[n].end = b.end // a list may go on after a blank line
				continue
			}
		}
		out = append(out, b)
	}
	return out, true
}

// isBlankLine knows the white space of Markdown, not that of Unicode.
func isBlankLine(line []byte) bool { return len(bytes.Trim(line, " \t\n")) == 0 }

func lineAt(src []byte, at int) []byte {
	if i := bytes.IndexByte(src[at:], '\n'); i >= 0 {
		return src[at : at+i+1]
	}
	return src[at:]
}

// headingLevel returns the level of a heading of plain words, 0 for any other.
func headingLevel(line []byte) int {
	line = bytes.TrimRight(line, "\n")
	words := bytes.TrimLeft(line, "#")
	level := len(line) - len(words)
	if level > 6 || len(words) < 2 || words[0] != ' ' || !isWord[words[1]] || !isWord[line[len(line)-1]] {
		return 0
	}
	for _, c := range words {
		if !isWord[c] && bytes.IndexByte([]byte(" ,.;'()/-?"), c) < 0 {
			return 0
		}
	}
	return level
}

// fenceEnd returns where the code ends that a fence begins, and where the text
// goes on; -1 where that is not plain to see.
func fenceEnd(src []byte, start int) (end, next int) {
	opening := lineAt(src, start)
	for _, c := range bytes.TrimRight(opening[len(fence):], "\n") {
		if !isWord[c] {
			return 0, -1
		}
	}
	for at := start + len(opening); at < len(src); {
		line := lineAt(src, at)
		switch {
		case string(bytes.TrimRight(line, "\n")) == "```":
			return at, at + len(line)
		case bytes.HasPrefix(bytes.TrimLeft(line, " \t"), fence):
			return 0, -1
		}
		at += len(line)
	}
	return 0, -1
}

// otherEnd returns where a block ends that is neither heading nor fence: before a
// blank line or one of those. words is false if a line begins or ends with
// anything but a word or a bracket or mark of a sentence.
func otherEnd(src []byte, start int) (end int, words bool) {
	words = true
	for end = start; end < len(src); {
		line := lineAt(src, end)
		text := bytes.TrimRight(line, "\n")
		if isBlankLine(text) || end > start && (line[0] == '#' || bytes.HasPrefix(line, fence)) {
			break
		}
		first, last := text[0], text[len(text)-1]
		digit := '0' <= first && first <= '9'
		code := first == '`'
		words = words && (isWord[first] && !digit || code || first == '(' || first == '"') && last != ' ' && last != '\t'
		end += len(line)
	}
	return end, words
}

// reaches reports whether a block that goes to the library may hold a heading,
// whose name depends on the others, or code that does not end with the block.
func reaches(block []byte) bool {
	if bytes.Contains(block, fence) || bytes.Contains(block, []byte("~~~")) || bytes.Contains(block, []byte("# ")) ||
		bytes.Contains(block, []byte("#\n")) || bytes.Contains(block, []byte("#\t")) || block[len(block)-1] == '#' {
		return true
	}
	for line := range bytes.Lines(block) {
		if len(bytes.Trim(line, " \t\n>-=")) == 0 {
			return true // it underlines a heading
		}
	}
	return false
}

// writeFence writes code as writeCodeBlock does.
func writeFence(out *buffer, text []byte) {
	opening := lineAt(text, 0)
	put(out, `<pre tabindex="0"><code`)
	if name := slug(string(bytes.TrimRight(opening[len(fence):], "\n"))); name != "" {
		put(out, ` class="language-`, name, `"`)
	}
	put(out, ">")
	for line := range bytes.Lines(text[len(opening):]) {
		putCode(out, line)
	}
	put(out, "</code></pre>\n")
}

// isWord holds the bytes of plain words: letters and digits of ASCII. isPlain
// adds what stands in a sentence and means itself. isOdd is what no plain text
// holds: control characters, and what begins raw HTML or is in a mail address.
var (
	isOdd   = bytesOf("<@\x00\x01\x02\x03\x04\x05\x06\a\b\v\f\r\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f\x7f")
	isWord  = bytesOf("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
	isPlain = bytesOf("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ,.;'()/%+?=$-\n")
	inURL   = bytesOf("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-._~%/?=#:+")
	inLabel = bytesOf("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ,-")
)

func bytesOf(list string) (t [256]bool) {
	for _, c := range []byte(list) {
		t[c] = true
	}
	return t
}

// writeWords writes a paragraph; it writes nothing and returns false where there
// is more in it than words, code, links and strong words.
func writeWords(out *buffer, text []byte) bool {
	text = bytes.TrimRight(text, "\n")
	before := out.Len()
	put(out, "<p>")
	written := 0
	for at := 0; at < len(text); {
		if isPlain[text[at]] {
			at++
			continue
		}
		out.Write(text[written:at])
		n := writeSpan(out, text, at)
		if n == 0 {
			out.Truncate(before)
			return false
		}
		at += n
		written = at
	}
	out.Write(text[written:])
	put(out, "</p>\n")
	return true
}

// writeSpan writes what begins at an offset with a byte that is not plain, and
// returns how long it is; 0 for anything unusual.
func writeSpan(out *buffer, text []byte, at int) int {
	rest := text[at:]
	switch rest[0] {
	case '"':
		put(out, "&quot;")
		return 1
	case ':':
		if len(rest) == 1 || rest[1] == ' ' || rest[1] == '\n' { // before anything else, it may be a link's
			put(out, ":")
			return 1
		}
	case '_':
		if at > 0 && isWord[text[at-1]] && len(rest) > 1 && isWord[rest[1]] {
			put(out, "_")
			return 1
		}
	case '`':
		return writeCode(out, rest)
	case '*':
		if at > 0 && (text[at-1] == ' ' || text[at-1] == '\n') {
			return writeStrong(out, rest)
		}
	case '[':
		if at == 0 || text[at-1] != '!' {
			return writePlainLink(out, rest)
		}
	}
	return 0
}

func writeCode(out *buffer, rest []byte) int {
	n := bytes.IndexByte(rest[1:], '`')
	if n < 1 || n+2 < len(rest) && rest[n+2] == '`' {
		return 0
	}
	code := rest[1 : n+1]
	if code[0] == ' ' || code[n-1] == ' ' || bytes.ContainsAny(code, "\n\t") {
		return 0
	}
	put(out, "<code>")
	putEscaped(out, code)
	put(out, "</code>")
	return n + 2
}

func writeStrong(out *buffer, rest []byte) int {
	mark := []byte("**")
	if !bytes.HasPrefix(rest, mark) {
		return 0
	}
	label, after := labelOf(rest[len(mark):])
	end := len(mark) + len(label)
	if len(label) == 0 || !bytes.HasPrefix(after, mark) {
		return 0
	}
	if after = after[len(mark):]; len(after) > 0 && bytes.IndexByte([]byte(" \n.,;:)"), after[0]) < 0 {
		return 0
	}
	put(out, "<strong>", string(label), "</strong>")
	return end + len(mark)
}

func writePlainLink(out *buffer, rest []byte) int {
	label, after := labelOf(rest[1:])
	if len(label) == 0 || !bytes.HasPrefix(after, []byte("](https://")) && !bytes.HasPrefix(after, []byte("](http://")) {
		return 0
	}
	n := 2
	for n < len(after) && inURL[after[n]] {
		n++
	}
	target, ok := linkTarget(after[2:n])
	if !ok || n >= len(after) || after[n] != ')' {
		return 0
	}
	openLink(out, target, nil)
	put(out, string(label), "</a>")
	return 1 + len(label) + n + 1
}

// labelOf cuts words from the front of a text; none where they do not begin and
// end with a letter or digit.
func labelOf(text []byte) (label, rest []byte) {
	n := 0
	for n < len(text) && inLabel[text[n]] {
		n++
	}
	if n == 0 || !isWord[text[0]] || !isWord[text[n-1]] {
		return nil, text
	}
	return text[:n], text[n:]
}
