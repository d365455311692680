package finding

import (
	"bytes"
	"sort"
	"sync"
	"unicode/utf8"
)

// Source is the text of one file. Spans point into it by byte offset; line and
// column are worked out only when somebody asks, which is when there is a
// finding to print: a hundred thousand clean files never pay for it.
//
// Some of a file may be private. Hide marks such bytes once, when the file is
// parsed, and Line never gives them out, so no printer can quote them.
type Source struct {
	File string // as the user names it, with forward slashes
	Text []byte // the file's bytes; nobody changes them, fields share their memory

	once   sync.Once
	starts []int32  // byte offset of each line; a document is far from two gigabytes
	hidden [][2]int // half-open byte ranges
}

// NewSource returns the source for a file's bytes. text may be nil for a file
// that is not text, such as a package; its spans then have no line.
func NewSource(file string, text []byte) *Source {
	return &Source{File: file, Text: text}
}

// Span returns the half-open span of the bytes start to end. Offsets outside
// the text are moved to its nearest end.
func (s *Source) Span(start, end int) Span {
	start = min(max(start, 0), len(s.Text))
	end = min(max(end, start), len(s.Text))
	return Span{Source: s, Start: start, End: end}
}

// Whole returns the span that names the file and no place in it.
func (s *Source) Whole() Span { return Span{Source: s} }

// Offset returns the byte offset of a line and column, both from 1, columns in
// code points, for parsers that report places so. Places outside the text are
// moved to the nearest one inside.
func (s *Source) Offset(line, column int) int {
	starts := s.lines()
	if line < 1 {
		return 0
	}
	if line > len(starts) {
		return len(s.Text)
	}
	at, end := int(starts[line-1]), s.lineEnd(line)
	for ; column > 1 && at < end; column-- {
		_, size := utf8.DecodeRune(s.Text[at:end])
		at += size
	}
	return at
}

// position returns where a byte offset is.
func (s *Source) position(offset int) Position {
	starts := s.lines()
	offset = min(max(offset, 0), len(s.Text))
	line := sort.Search(len(starts), func(i int) bool { return int(starts[i]) > offset })
	return Position{
		Offset: offset,
		Line:   line,
		Column: utf8.RuneCount(s.Text[starts[line-1]:offset]) + 1,
	}
}

// Hide marks the bytes start to end as private: Line blanks them.
func (s *Source) Hide(start, end int) {
	if start < end {
		s.hidden = append(s.hidden, [2]int{start, end})
	}
}

// Line returns the text of a line, counted from 1, without its line ending;
// every hidden code point is replaced by "·", so that columns stay true. It is
// empty for a line that does not exist.
func (s *Source) Line(line int) string {
	starts := s.lines()
	if line < 1 || line > len(starts) {
		return ""
	}
	start, end := int(starts[line-1]), s.lineEnd(line)
	if len(s.hidden) == 0 {
		return string(s.Text[start:end])
	}
	var out bytes.Buffer
	for at := start; at < end; {
		_, size := utf8.DecodeRune(s.Text[at:end])
		if s.isHidden(at) {
			out.WriteString("·")
		} else {
			out.Write(s.Text[at : at+size])
		}
		at += size
	}
	return out.String()
}

func (s *Source) isHidden(at int) bool {
	for _, r := range s.hidden {
		if r[0] <= at && at < r[1] {
			return true
		}
	}
	return false
}

func (s *Source) lineEnd(line int) int {
	starts := s.lines()
	end := len(s.Text)
	if line < len(starts) {
		end = int(starts[line]) - 1
	}
	if end > int(starts[line-1]) && s.Text[end-1] == '\r' {
		end--
	}
	return end
}

func (s *Source) lines() []int32 {
	s.once.Do(func() {
		s.starts = append(make([]int32, 0, 1+bytes.Count(s.Text, []byte("\n"))), 0)
		for at, b := range s.Text {
			if b == '\n' {
				s.starts = append(s.starts, int32(at+1))
			}
		}
	})
	return s.starts
}
