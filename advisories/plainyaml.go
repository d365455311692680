package advisories

import (
	"bytes"
	"strings"
	"sync"
	"unsafe"
)

// parsePlain reads the plain block style in which nearly all front matter is
// written: one field a line, lists of dashes, short lists and mappings in
// brackets on one line, texts without escapes. That is ten times faster than
// the YAML library, and a hundred thousand advisories are read in seconds.
//
// It is no second opinion about YAML: wherever a text holds anything beyond
// that style it gives up, and the library reads the text. What it does read is
// what the library reads, value for value and byte for byte; a fuzz test holds
// the two together. text must have passed cleanText.
func parsePlain(text []byte, base int, room *arena) (node, bool) {
	if bytes.IndexByte(text, '\r') >= 0 || bytes.IndexByte(text, '\t') >= 0 {
		return node{}, false
	}
	p := &plainParser{text: alias(text), base: base, spare: room.spare[:0], room: room}
	defer func() { room.spare = p.spare[:0] }()
	if !p.skipBlank() {
		return node{}, false // nothing in it: the library says so
	}
	root, ok := p.block(0, 0)
	return root, ok && !p.more
}

// alias gives bytes as a string without copying them. The texts of a document
// are kept as long as its source, whose bytes nobody changes; a second copy of
// all front matter would be a quarter of the memory of a large repository.
func alias(text []byte) string { return unsafe.String(unsafe.SliceData(text), len(text)) }

// plainParser stands at the first content of a line, or at the end.
type plainParser struct {
	text   string
	base   int
	at     int // offset of the line's first character that is no space
	indent int // its column, from 0
	end    int // offset after the line, without its line ending
	more   bool
	spare  []node // kids of lists and mappings that are not yet complete
	room   *arena
}

// arena is room for the nodes of one document, used again for the next one:
// they are gone as soon as the document's struct is filled.
type arena struct{ spare, kids []node }

var arenas = sync.Pool{New: func() any { return new(arena) }}

// nextLine moves on to the next line with content.
func (p *plainParser) nextLine() bool {
	p.at = min(p.end+1, len(p.text))
	return p.skipBlank()
}

// skipBlank goes from the start of a line over blank ones and comments.
func (p *plainParser) skipBlank() bool {
	for p.at < len(p.text) {
		start := p.at
		if i := strings.IndexByte(p.text[start:], '\n'); i >= 0 {
			p.end = start + i
		} else {
			p.end = len(p.text)
		}
		for p.at < p.end && p.text[p.at] == ' ' {
			p.at++
		}
		if p.at < p.end && p.text[p.at] != '#' {
			p.indent = p.at - start
			p.more = true
			return true
		}
		p.at = p.end + 1
	}
	p.more, p.indent = false, -1
	return false
}

func (p *plainParser) isDash() bool {
	return p.text[p.at] == '-' && p.at+1 < p.end && p.text[p.at+1] == ' '
}

// block reads the mapping or list whose entries stand at column indent.
func (p *plainParser) block(indent, depth int) (node, bool) {
	switch {
	case p.indent != indent || depth > maxDepth/2:
		return node{}, false
	case p.isDash():
		return p.list(indent, depth)
	}
	return p.mapping(indent, depth)
}

func (p *plainParser) mapping(indent, depth int) (node, bool) {
	out := node{kind: mapNode, start: p.base + p.at}
	mark := len(p.spare)
	for p.more && p.indent == indent {
		key, ok := p.key()
		if !ok {
			return node{}, false
		}
		p.spare = append(p.spare, key)
		value, ok := p.afterKey(key.end-p.base+1, indent, depth)
		if !ok {
			return node{}, false
		}
		p.spare = append(p.spare, value)
		out.end = max(key.end, value.end)
	}
	if p.more && p.indent > indent {
		return node{}, false
	}
	out.kids = p.take(mark)
	return out, true
}

// take moves the nodes that were put aside since mark into a slice of their own.
func (p *plainParser) take(mark int) []node {
	kids := p.spare[mark:]
	p.spare = p.spare[:mark]
	room := p.room.kids
	if cap(room)-len(room) < len(kids) {
		room = make([]node, 0, max(2*cap(room), len(kids), 64)) // the nodes handed out stay where they are
	}
	start := len(room)
	room = append(room, kids...)
	p.room.kids = room
	return room[start:len(room):len(room)]
}

// key reads a field's name and stays on its line. Only letters, digits, dots,
// hyphens and underscores: what else a name may be in YAML is the library's.
func (p *plainParser) key() (node, bool) {
	i := p.at
	for i < p.end && isNameByte(p.text[i]) {
		i++
	}
	name := p.text[p.at:i]
	if i == p.at || name[0] == '-' || isNull(name) || i >= p.end || p.text[i] != ':' || strings.HasPrefix(name, "...") {
		return node{}, false
	}
	if i+1 < p.end && p.text[i+1] != ' ' {
		return node{}, false
	}
	return node{kind: textNode, start: p.base + p.at, end: p.base + i, text: name}, true
}

func isNameByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-' || c == '.'
}

// afterKey reads the value of a field whose colon ends at offset at, and moves
// on to the next line with content after it.
func (p *plainParser) afterKey(at, indent, depth int) (node, bool) {
	rest := p.skipSpaces(at)
	if rest < p.end && p.text[rest] != '#' {
		return p.inline(rest, indent)
	}
	if rest < p.end && rest == at {
		return node{}, false // name:#
	}
	if !p.nextLine() || p.indent < indent || p.indent == indent && !p.isDash() {
		return node{start: p.base + at, end: p.base + at}, true
	}
	return p.block(p.indent, depth+1)
}

func (p *plainParser) list(indent, depth int) (node, bool) {
	out := node{kind: listNode, start: p.base + p.at}
	mark := len(p.spare)
	for p.more && p.indent == indent && p.isDash() {
		item, ok := p.item(indent, depth)
		if !ok {
			return node{}, false
		}
		p.spare = append(p.spare, item)
		out.end = item.end
	}
	if p.more && p.indent > indent {
		return node{}, false
	}
	out.kids = p.take(mark)
	return out, true
}

// item reads what follows a dash: fields whose first one stands on the line of
// the dash, or a value on this line.
func (p *plainParser) item(indent, depth int) (node, bool) {
	at := p.skipSpaces(p.at + 1)
	if at >= p.end || p.text[at] == '#' || depth > maxDepth/2 {
		return node{}, false
	}
	p.indent += at - p.at
	p.at = at
	if p.isDash() {
		return node{}, false
	}
	if _, ok := p.key(); ok {
		return p.mapping(p.indent, depth+1)
	}
	return p.inline(at, indent)
}

func (p *plainParser) skipSpaces(at int) int {
	for at < p.end && p.text[at] == ' ' {
		at++
	}
	return at
}

// inline reads a value that begins at an offset of this line and ends on it.
// A deeper next line would go on with the value, so it is not for this parser.
func (p *plainParser) inline(at, indent int) (node, bool) {
	var out node
	var ok bool
	switch p.text[at] {
	case '[', '{':
		out, at, ok = p.flow(at, 0)
	case '"', '\'':
		out, at, ok = p.quoted(at)
	default:
		out, at, ok = p.plain(at)
	}
	if !ok {
		return node{}, false
	}
	rest := p.skipSpaces(at)
	if rest < p.end && (p.text[rest] != '#' || rest == at) {
		return node{}, false
	}
	p.nextLine()
	return out, !p.more || p.indent <= indent
}

// quoted reads a text in quotes without escapes.
func (p *plainParser) quoted(at int) (node, int, bool) {
	quote := p.text[at]
	i := strings.IndexByte(p.text[at+1:p.end], quote)
	if i < 0 {
		return node{}, 0, false
	}
	text := p.text[at+1 : at+1+i]
	after := at + i + 2
	if quote == '"' && strings.IndexByte(text, '\\') >= 0 || after < p.end && p.text[after] == quote {
		return node{}, 0, false
	}
	return node{kind: textNode, quoted: true, start: p.base + at, end: p.base + after, text: text}, after, true
}

// plain reads a text without quotes that goes to the end of the line or to a
// comment.
func (p *plainParser) plain(at int) (node, int, bool) {
	line := p.text[at:p.end]
	if strings.IndexByte("-?:,[]{}#&*!|>'\"%@`", line[0]) >= 0 {
		return node{}, 0, false
	}
	if i := strings.Index(line, " #"); i >= 0 {
		line = line[:i]
	}
	line = strings.TrimRight(line, " ")
	if strings.Contains(line, ": ") || strings.HasSuffix(line, ":") || strings.HasPrefix(line, "...") {
		return node{}, 0, false
	}
	return p.scalar(at, line), at + len(line), true
}

func (p *plainParser) scalar(at int, text string) node {
	n := node{kind: textNode, start: p.base + at, end: p.base + at + len(text), text: text}
	if isNull(text) {
		n.kind = nullNode
	}
	return n
}

// flow reads a list or mapping in brackets.
func (p *plainParser) flow(at, depth int) (node, int, bool) {
	out := node{kind: listNode, start: p.base + at}
	closing := byte(']')
	if p.text[at] == '{' {
		out.kind, closing = mapNode, '}'
	}
	mark := len(p.spare)
	at = p.skipSpaces(at + 1)
	if at < p.end && p.text[at] == closing {
		out.end = p.base + at + 1
		return out, at + 1, true
	}
	for {
		var ok bool
		if at, ok = p.flowEntry(at, out.kind, depth); !ok {
			return node{}, 0, false
		}
		if at = p.skipSpaces(at); at >= p.end {
			return node{}, 0, false
		}
		if p.text[at] == closing {
			out.end = p.base + at + 1
			out.kids = p.take(mark)
			return out, at + 1, true
		}
		if p.text[at] != ',' || at+1 >= p.end || p.text[at+1] != ' ' {
			return node{}, 0, false
		}
		at = p.skipSpaces(at + 1)
	}
}

// flowEntry reads one item, or one name and its value.
func (p *plainParser) flowEntry(at int, kind nodeKind, depth int) (int, bool) {
	if kind == mapNode {
		here := p.at
		p.at = at
		key, ok := p.key()
		p.at = here
		if !ok {
			return 0, false
		}
		p.spare = append(p.spare, key)
		at = p.skipSpaces(key.end - p.base + 1)
	}
	if at >= p.end || depth > maxDepth/2 {
		return 0, false
	}
	var value node
	var ok bool
	switch p.text[at] {
	case '[', '{':
		value, at, ok = p.flow(at, depth+1)
	case '"', '\'':
		value, at, ok = p.quoted(at)
	default:
		value, at, ok = p.flowPlain(at)
	}
	p.spare = append(p.spare, value)
	return at, ok
}

// flowPlain reads a text without quotes inside brackets.
func (p *plainParser) flowPlain(at int) (node, int, bool) {
	if strings.IndexByte("-?:,[]{}#&*!|>'\"%@`", p.text[at]) >= 0 {
		return node{}, 0, false
	}
	i := at
	for ; i < p.end && strings.IndexByte(",[]{}", p.text[i]) < 0; i++ {
		switch p.text[i] {
		case ':':
			if i+1 >= p.end || strings.IndexByte(" ,[]{}", p.text[i+1]) >= 0 {
				return node{}, 0, false
			}
		case '#', '?':
			return node{}, 0, false
		}
	}
	text := strings.TrimRight(p.text[at:i], " ")
	return p.scalar(at, text), at + len(text), i < p.end
}
