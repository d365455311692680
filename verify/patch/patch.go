// Package patch knows changes to text: how to read them, make them, apply them, and find them again.
//
// A change to a file is a list of hunks. A hunk says which lines go, which lines come, and what stands
// around them. In git's form (https://git-scm.com/docs/diff-format) three lines of context come with each
// hunk, so that it can still be placed when the file has grown elsewhere. The package reads that form
// (Parse), computes hunks between two texts (Compare), names a change independently of where it stands
// (StableID, the same value as "git patch-id --stable"), applies it to a file's bytes (File.Apply), and
// judges whether bytes hold it (NewProbe, Probe.In).
//
// Everything here is a pure function of bytes: no git, no disk, no advisories. Foreign text is bounded by
// the limits in limits.go.
package patch

import (
	"bytes"
	"strings"
)

// Diff is a change to a set of files.
type Diff struct{ Files []File }

// File is the change to one file.
type File struct {
	Old, New         string // paths with forward slashes; Old is empty for a new file, New for a deleted one
	OldMode, NewMode uint32 // git's modes such as 0o100644; 0 where the diff does not say
	OldID, NewID     string // blob ids, possibly abbreviated; empty where the diff does not say
	Copy             bool   // Old stays in place
	Score            int    // similarity in percent of a rename or copy
	Binary           bool   // the content changed, but not as text
	binary           *binaryChange
	Hunks            []Hunk
}

// Path returns the file's path after the change, or the one it had when the change deletes it.
func (f File) Path() string {
	if f.New == "" {
		return f.Old
	}
	return f.New
}

// Hunk is one place of a change. Line numbers start at 1; as in git, a side without lines has the number of
// the line before it.
type Hunk struct {
	OldStart, OldLines int
	NewStart, NewLines int
	Section            string // text after the second @@
	Lines              []Line
}

// Line is one line of a hunk.
type Line struct {
	Op   Op
	Text string // with its line ending; the last line of a file may have none
}

// Op says what happens to a line.
type Op byte

// The three kinds of lines in a hunk, as git writes them.
const (
	Context Op = ' '
	Delete  Op = '-'
	Add     Op = '+'
)

// Old returns the hunk's lines before the change, New those after it.
func (h Hunk) Old() []string { return h.side(Add) }

// New returns the hunk's lines after the change.
func (h Hunk) New() []string { return h.side(Delete) }

func (h Hunk) side(without Op) []string {
	lines := make([]string, 0, len(h.Lines))
	for _, l := range h.Lines {
		if l.Op != without {
			lines = append(lines, l.Text)
		}
	}
	return lines
}

// Reverse returns the change that undoes this one.
func (d Diff) Reverse() Diff {
	back := Diff{Files: make([]File, len(d.Files))}
	for i, f := range d.Files {
		back.Files[i] = f.Reverse()
	}
	return back
}

// Reverse returns the change that undoes this one.
func (f File) Reverse() File {
	back := f
	back.Old, back.New = f.New, f.Old
	back.OldMode, back.NewMode = f.NewMode, f.OldMode
	back.OldID, back.NewID = f.NewID, f.OldID
	back.binary = f.binary.reverse()
	back.Hunks = make([]Hunk, len(f.Hunks))
	for i, h := range f.Hunks {
		back.Hunks[i] = h.reverse()
	}
	return back
}

// reverse returns the hunk that undoes this one.
func (h Hunk) reverse() Hunk {
	back := Hunk{OldStart: h.NewStart, OldLines: h.NewLines, NewStart: h.OldStart, NewLines: h.OldLines,
		Section: h.Section, Lines: make([]Line, 0, len(h.Lines))}
	var added []Line // in a run, deletions come first
	for _, l := range h.Lines {
		switch l.Op {
		case Add:
			back.Lines = append(back.Lines, Line{Delete, l.Text})
		case Delete:
			added = append(added, Line{Add, l.Text})
		default:
			back.Lines = append(append(back.Lines, added...), l)
			added = added[:0]
		}
	}
	back.Lines = append(back.Lines, added...)
	return back
}

// splitLines cuts a text into lines that keep their endings; only LF ends a line.
func splitLines(text []byte) []string {
	s := string(text)
	lines := make([]string, 0, 1+strings.Count(s, "\n"))
	for len(s) > 0 {
		end := strings.IndexByte(s, '\n') + 1
		if end == 0 {
			end = len(s)
		}
		lines, s = append(lines, s[:end]), s[end:]
	}
	return lines
}

// IsBinary tells by git's rule whether a file's bytes are not text: a NUL among the first 8000.
func IsBinary(data []byte) bool {
	return bytes.IndexByte(data[:min(len(data), 8000)], 0) >= 0
}
