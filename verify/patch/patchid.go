package patch

import (
	"crypto/sha1" // the value is defined with SHA-1; it finds candidates and proves nothing
	"encoding/hex"
	"fmt"
	"hash"
	"strings"
)

// StableID names a change by what it does, not by where it stands or what comes before it: the value that
// "git patch-id --stable" prints for the same diff. Line numbers, whitespace and the order of files do not
// count; context lines and file names do.
func StableID(d Diff) string {
	s := idSum{h: sha1.New()}
	for _, f := range d.Files {
		s.file(f)
	}
	s.flush()
	return hex.EncodeToString(s.total[:])
}

// idSum is a sum of hashes with carry, so that the order of its parts does not matter.
type idSum struct {
	h     hash.Hash
	total [sha1.Size]byte
	hunks bool // the current file had hunks
}

func (s *idSum) flush() {
	carry := 0
	for i, b := range s.h.Sum(nil) {
		carry += int(s.total[i]) + int(b)
		s.total[i] = byte(carry)
		carry >>= 8
	}
	s.h.Reset()
}

func (s *idSum) line(text string) {
	buf := make([]byte, 0, len(text))
	for i := range len(text) {
		switch text[i] {
		case ' ', '\t', '\n', '\r', '\v', '\f':
		default:
			buf = append(buf, text[i])
		}
	}
	s.h.Write(buf)
}

func (s *idSum) file(f File) {
	if s.hunks {
		s.flush()
		s.hunks = false
	}
	for _, l := range headerLines(f) {
		s.line(l)
	}
	if f.Binary {
		s.h.Write([]byte(f.OldID))
		s.h.Write([]byte(f.NewID))
		s.flush()
		return
	}
	if len(f.Hunks) == 0 {
		return
	}
	s.hunks = true
	s.line("--- " + sideName("a/", f.Old))
	s.line("+++ " + sideName("b/", f.New))
	for _, h := range f.Hunks {
		for _, l := range h.Lines {
			s.h.Write([]byte{byte(l.Op)}[:opLen(l.Op)])
			s.line(l.Text)
		}
	}
}

// opLen is 0 for a context line: its marker is a space, and spaces do not count.
func opLen(op Op) int {
	if op == Context {
		return 0
	}
	return 1
}

// headerLines writes git's extended header without the index line, which the id leaves out.
func headerLines(f File) []string {
	from, to := f.Old, f.New
	if from == "" {
		from = to
	}
	if to == "" {
		to = from
	}
	lines := []string{"diff --git " + sideName("a/", from) + " " + sideName("b/", to)}
	switch {
	case f.Old == "":
		lines = append(lines, fmt.Sprintf("new file mode %o", f.NewMode))
	case f.New == "":
		lines = append(lines, fmt.Sprintf("deleted file mode %o", f.OldMode))
	case f.OldMode != f.NewMode && f.OldMode != 0 && f.NewMode != 0:
		lines = append(lines, fmt.Sprintf("old mode %o", f.OldMode), fmt.Sprintf("new mode %o", f.NewMode))
	}
	if f.Old != "" && f.New != "" && f.Old != f.New {
		verb := "rename"
		if f.Copy {
			verb = "copy"
		}
		lines = append(lines, fmt.Sprintf("similarity index %d%%", f.Score),
			verb+" from "+quote(f.Old), verb+" to "+quote(f.New))
	}
	return lines
}

func sideName(side, path string) string {
	if path == "" {
		return "/dev/null"
	}
	return quote(side + path)
}

// quote writes a path as git does when it holds bytes beyond printable ASCII.
func quote(path string) string {
	plain := !strings.ContainsFunc(path, func(c rune) bool { return c < ' ' || c == '"' || c == '\\' || c > '~' })
	if plain {
		return path
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range []byte(path) {
		at := strings.IndexByte("\a\b\t\n\v\f\r\"\\", c)
		switch {
		case at >= 0:
			b.WriteByte('\\')
			b.WriteByte("abtnvfr\"\\"[at])
		case c < ' ' || c > '~':
			fmt.Fprintf(&b, "\\%03o", c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
