package lint

import (
	"bytes"
	"slices"
	"strings"

	"github.com/countersign/countersign/advisories/markdown"
)

// ordinary reports whether a body is so plain that the rules about Markdown have
// nothing to say of it: it has the sections, each with text; headings in order;
// no raw HTML; links to https and http only. Most bodies are, and of a hundred
// thousand advisories only the others are then parsed as Markdown, which takes
// ten times as long as all other rules together. In doubt it says no, and the
// rules look for themselves: whatever it lets pass must pass them too, which a
// fuzz test holds it to.
func ordinary(body []byte, sections []string) bool {
	if bytes.ContainsAny(body, "<\\\t\r\x00") || bytes.Contains(body, []byte("]:")) || !ordinaryLinks(body) {
		return false
	}
	s := scan{}
	for line := range bytes.Lines(body) {
		if !s.line(bytes.TrimSuffix(line, []byte("\n"))) {
			return false
		}
	}
	if s.fenced {
		return false
	}
	for _, name := range sections {
		at := slices.IndexFunc(s.headings, func(h markdown.Heading) bool { return strings.EqualFold(h.Text, name) })
		if at < 0 || s.headings[at].Empty {
			return false
		}
	}
	return true
}

// scan reads lines of which none is out of the ordinary.
type scan struct {
	headings []markdown.Heading
	open     []int // indexes of the headings that the next line stands below, at most one a level
	fenced   bool
}

func (s *scan) line(line []byte) bool {
	text := bytes.TrimLeft(line, " ")
	fence := bytes.HasPrefix(text, []byte("```")) || bytes.HasPrefix(text, []byte("~~~"))
	switch {
	case fence:
		// Only fences of three backticks at the margin: every other form has
		// rules of its own for where it ends.
		if len(text) != len(line) || bytes.HasPrefix(text, []byte("````")) || text[0] == '~' || s.fenced && len(text) != 3 || bytes.Count(text, []byte("`")) != 3 {
			return false
		}
		s.fenced = !s.fenced
		s.filled()
	case s.fenced:
	case len(text) == 0:
	case line[0] == '#':
		return s.heading(line)
	case len(bytes.Trim(text, "=- ")) == 0:
		return false // the line above is a heading
	default:
		words := bytes.TrimLeft(text, " >*+-.)0123456789")
		if len(words) > 0 && words[0] == '#' {
			return false // a heading in a list or a quote
		}
		if len(words) > 0 && isLetter(rune(words[0])) {
			s.filled()
		}
	}
	return true
}

func (s *scan) heading(line []byte) bool {
	text := bytes.TrimLeft(line, "#")
	level := len(line) - len(text)
	if level > 6 || len(text) < 2 || text[0] != ' ' {
		return false
	}
	text = bytes.TrimSpace(text)
	if len(text) == 0 || bytes.ContainsFunc(text, func(r rune) bool { return r != ' ' && !isLetter(r) && (r < '0' || r > '9') }) {
		return false
	}
	if n := len(s.headings); n > 0 && level > s.headings[n-1].Level+1 {
		return false
	}
	for n := len(s.open); n > 0 && s.headings[s.open[n-1]].Level >= level; n-- {
		s.open = s.open[:n-1]
	}
	s.open = append(s.open, len(s.headings))
	s.headings = append(s.headings, markdown.Heading{Level: level, Text: string(text), Empty: true})
	return true
}

func isLetter(r rune) bool { return r|0x20 >= 'a' && r|0x20 <= 'z' }

// filled notes text below the last heading, and below those that it belongs to.
func (s *scan) filled() {
	for _, i := range s.open {
		s.headings[i].Empty = false
	}
}

// ordinaryLinks reports whether every link and picture leads to an address that
// begins with https:// or http:// and holds nothing unusual.
func ordinaryLinks(body []byte) bool {
	for rest := body; ; {
		_, after, found := bytes.Cut(rest, []byte("]("))
		if !found {
			break
		}
		url, _, closed := bytes.Cut(after, []byte(")"))
		host, ok := bytes.CutPrefix(url, []byte("https://"))
		if !ok {
			host, ok = bytes.CutPrefix(url, []byte("http://"))
		}
		if !ok || !closed || len(host) == 0 || !isPlainAddress(host) {
			return false
		}
		rest = after
	}
	return !bytes.Contains(body, []byte("ftp://")) && !bytes.Contains(body, []byte("mailto:"))
}

// plainAddress are the characters of an address that mean themselves everywhere.
var plainAddress = func() (set [256]bool) {
	for _, c := range []byte("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789./_-?=&#%+~") {
		set[c] = true
	}
	return set
}()

func isPlainAddress[T string | []byte](text T) bool {
	for i := range len(text) {
		if !plainAddress[text[i]] {
			return false
		}
	}
	return true
}
