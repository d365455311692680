package advisories

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// scalarEnd returns where a scalar ends that begins at start: the YAML library
// tells only where it begins. indent is the column, from 0, of what holds it.
func scalarEnd(text []byte, start int, n *yaml.Node, indent int) int {
	switch {
	case n.Style&yaml.TaggedStyle != 0 || n.Anchor != "":
		_, end := textLine(text, start)
		return end
	case n.Style&yaml.SingleQuotedStyle != 0:
		return quotedEnd(text, start, '\'')
	case n.Style&yaml.DoubleQuotedStyle != 0:
		return quotedEnd(text, start, '"')
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return blockEnd(text, start, indent, strings.Trim(n.Value, "\n") == "")
	}
	return plainEnd(text, start, n.Value)
}

// plainEnd follows the words of a value through the text, where they may stand
// on several lines.
func plainEnd(text []byte, start int, value string) int {
	at := start
	for {
		value = strings.TrimLeft(value, " \t\n")
		if value == "" {
			return at
		}
		word := value
		if i := strings.IndexAny(value, " \t\n"); i >= 0 {
			word = value[:i]
		}
		for at < len(text) && strings.IndexByte(" \t\r\n", text[at]) >= 0 {
			at++
		}
		at = min(at+len(word), len(text))
		value = value[len(word):]
	}
}

func quotedEnd(text []byte, start int, quote byte) int {
	for at := start + 1; at < len(text); at++ {
		switch {
		case text[at] == '\\' && quote == '"':
			at++
		case text[at] == quote && quote == '\'' && at+1 < len(text) && text[at+1] == quote:
			at++
		case text[at] == quote:
			return at + 1
		}
	}
	return len(text)
}

// blockEnd returns the end of the last line of a block text that is not blank.
func blockEnd(text []byte, start, indent int, empty bool) int {
	_, header := textLine(text, start)
	end, at, depth := header, lineEnd(text, start), 0
	if empty {
		return end
	}
	if digit := bytes.IndexAny(text[start:header], "123456789"); digit > 0 && digit < 3 {
		depth = max(indent, 0) + int(text[start+digit]-'0')
	}
	for at < len(text) {
		next := lineEnd(text, at)
		line := bytes.TrimRight(text[at:next], "\r\n")
		spaces := len(line) - len(bytes.TrimLeft(line, " "))
		if depth == 0 && spaces < len(line) {
			depth = max(spaces, indent+1)
		}
		if spaces < len(line) && spaces < depth {
			break
		}
		if len(bytes.TrimSpace(line)) > 0 {
			end = at + len(line)
		}
		at = next
	}
	return end
}

// closeFlow returns the offset after the bracket that closes a flow collection,
// of which only commas, comments and space are left.
func closeFlow(text []byte, at int) int {
	for at < len(text) {
		switch text[at] {
		case ']', '}':
			return at + 1
		case '#':
			at = lineEnd(text, at)
		default:
			at++
		}
	}
	return at
}

// textLine returns the start and end of the line that holds an offset, without
// its line ending.
func textLine(text []byte, at int) (int, int) {
	end := lineEnd(text, at)
	return lineStart(text, at), len(bytes.TrimRight(text[:end], "\r\n"))
}

// cleanText looks for bytes that are no text: invalid UTF-8, control
// characters, and the line separators that only some readers know. It returns
// the text with question marks in their place, as long as before, so that the
// rest can be read and every offset stays true.
func cleanText(text []byte, base int) ([]byte, []syntaxFault) {
	var faults []syntaxFault
	clean := text
	for at := 0; at < len(text); {
		if b := text[at]; b < utf8.RuneSelf && (b >= ' ' && b != 0x7f || b == '\n' || b == '\t') {
			at++
			continue
		}
		r, size := utf8.DecodeRune(text[at:])
		if why := badRune(r, size, text[at:]); why != "" {
			if len(faults) == 0 {
				clean = bytes.Clone(text)
			}
			copy(clean[at:], "????"[:size])
			if len(faults) < maxFaults {
				faults = append(faults, syntaxFault{"invalid-text", base + at, base + at + size, why})
			}
		}
		at += size
	}
	return clean, faults
}

// badRune says why a character may not stand in front matter, empty for a good
// one.
func badRune(r rune, size int, text []byte) string {
	switch {
	case r == utf8.RuneError && size == 1:
		return "invalid UTF-8"
	case r == '\r':
		if len(text) > 1 && text[1] == '\n' {
			return ""
		}
		return "a carriage return without a line feed"
	case r < ' ' || 0x7f <= r && r < 0xa0:
		return "a control character"
	case r == 0x2028 || r == 0x2029:
		return "a Unicode line separator"
	case r == 0xfeff || r == 0xfffe || r == 0xffff:
		return "a byte order mark or noncharacter"
	}
	return ""
}
