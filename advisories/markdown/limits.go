package markdown

import (
	"bytes"
	"regexp"
)

// Limits on a text. The library needs time in the square, or worse, of some
// things that an honest text has few of: 200 KB of ">" take it a minute. They
// are counted by line and by run of lines without a blank one, which is at
// least as much as the library sees as one block.
const (
	// maxText bounds the whole text. The longest honest ones, an incident told
	// day by day, are below 100 KB.
	maxText = 512 << 10
	// maxMarkers bounds the quotes and lists that one line opens. Mail quoted
	// ten times over has ten.
	maxMarkers = 32
	// maxIndent bounds how deep a list item stands, in spaces.
	maxIndent = 128
	// maxInline bounds the sum of the squares of the brackets, stars and the
	// like in each paragraph: 4,000 in one paragraph, or 400 in each of a
	// hundred; 20 million take 0.4 s.
	maxInline = 20_000_000
	// maxCells bounds the cells of a table: every row is filled up to the width
	// of the widest, so a few bytes a row could become megabytes.
	maxCells = 50_000
	// maxDefined bounds the bytes that references to defined links become: the
	// longest definition, once for each bracket. A list of changes with a thousand
	// links of 200 bytes has 0.2 MB; 512 KB of text could become gigabytes.
	maxDefined = 32 << 20
)

// TooMuch says where and why a text passes what is read as Markdown; why is
// empty for a text that does not. Of one that does, Render shows the text as it
// is, and Inspect finds nothing in it.
func TooMuch(src []byte) (offset int, why string) {
	if len(src) > maxText {
		return maxText, "the text is longer than 512 KB"
	}
	var run paragraph
	squares := 0
	for at := 0; at < len(src); {
		end := len(src)
		if i := bytes.IndexByte(src[at:], '\n'); i >= 0 {
			end = at + i + 1
		}
		line := src[at:end]
		markers, indent := countMarkers(line)
		switch {
		case markers > maxMarkers || markers > 0 && indent > maxIndent:
			return at, "quotes and lists are nested too deep"
		case len(bytes.TrimSpace(line)) == 0:
			run = paragraph{}
		case startsItem(line):
			run.inline = 0
		}
		before := run.inline
		run.add(line)
		if squares += run.inline*run.inline - before*before; squares > maxInline {
			return at, "too many brackets, stars and the like stand in one paragraph"
		}
		if run.pipes*run.lines > maxCells {
			return at, "the table has too many cells"
		}
		at = end
	}
	if at, length := longestDefinition(src); length*bytes.Count(src, []byte("[")) > maxDefined {
		return at, "a definition of a link is long, and there are many that could refer to it"
	}
	return 0, ""
}

// longestDefinition finds the most text that may define one link: from its mark to
// the next one or a blank line.
func longestDefinition(src []byte) (at, length int) {
	mark := []byte("]:")
	next := bytes.Index(src, mark)
	for next >= 0 {
		start := next + len(mark)
		end := len(src)
		if next = bytes.Index(src[start:], mark); next >= 0 {
			next += start
			end = next
		}
		if blank := blankLine.FindIndex(src[start:end]); blank != nil {
			end = start + blank[0]
		}
		if end-start > length {
			at, length = start, end-start
		}
	}
	return at, length
}

var blankLine = regexp.MustCompile(`\n[ \t]*\r?\n`)

// paragraph counts over lines without a blank one between them.
type paragraph struct{ lines, inline, pipes int }

func (p *paragraph) add(line []byte) {
	inline, pipes := 0, 0
	for _, c := range line {
		inline += int(counted[c] & 1)
		pipes += int(counted[c] >> 1)
	}
	p.inline += inline
	p.lines++
	p.pipes = max(p.pipes, pipes)
}

// counted is 1 for each character that may open or close something within a
// paragraph, and 2 for the one that parts the cells of a table.
var counted = [256]byte{'[': 1, '*': 1, '_': 1, '~': 1, '`': 1, '<': 1, '&': 1, '|': 2}

// countMarkers counts the quote and list markers at the start of a line, and
// the columns before the first of them.
func countMarkers(line []byte) (count, indent int) {
	for i := 0; i < len(line); {
		switch c := line[i]; {
		case c == ' ' || c == '\t':
			i++
			continue
		case c == '>':
			i++
		case c == '-' || c == '+' || c == '*':
			if !isBlank(line, i+1) {
				return count, indent
			}
			i++
		case '0' <= c && c <= '9':
			j := i
			for j < len(line) && '0' <= line[j] && line[j] <= '9' {
				j++
			}
			if j >= len(line) || line[j] != '.' && line[j] != ')' || !isBlank(line, j+1) {
				return count, indent
			}
			i = j + 1
		default:
			return count, indent
		}
		if count++; count == 1 {
			indent = len(line) - len(bytes.TrimLeft(line, " \t"))
		}
	}
	return count, indent
}

// startsItem reports whether a line certainly ends the paragraph above it and
// begins an item of a list. Numbers do not always, and quotes go on.
func startsItem(line []byte) bool {
	text := bytes.TrimLeft(line, " ")
	return len(line)-len(text) < 4 && len(text) > 2 && bytes.IndexByte([]byte("-+*"), text[0]) >= 0 &&
		text[1] == ' ' && len(bytes.TrimSpace(text[2:])) > 0
}

func isBlank(line []byte, at int) bool {
	return at >= len(line) || line[at] == ' ' || line[at] == '\t' || line[at] == '\n' || line[at] == '\r'
}
