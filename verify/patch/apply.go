package patch

import (
	"fmt"
	"strings"
)

// Options say how strictly a patch is applied.
type Options struct {
	// IgnoreWhitespace is "git apply --ignore-whitespace": amounts of whitespace and line endings of context
	// and removed lines need not agree; context keeps the file's own bytes.
	IgnoreWhitespace bool
}

// Apply returns the file's bytes after the change, as "git apply" would make them: hunks may have moved, but
// every context line must be there. before is nil for a file that the change creates. For a deletion
// (f.New == "") the result is nil. A hunk that finds no place is a *ConflictError.
func (f File) Apply(before []byte, o Options) ([]byte, error) {
	if f.Old == "" && before != nil {
		return nil, fmt.Errorf("patch creates %s, which already exists", f.New)
	}
	if f.Binary {
		if f.binary == nil {
			return nil, fmt.Errorf("patch of %s says only that binary content differs; make it with git diff --binary", f.Path())
		}
		after, err := f.binary.apply(before)
		if err != nil {
			return nil, fmt.Errorf("binary patch of %s: %w", f.Path(), err)
		}
		return after, nil
	}
	img := image{lines: splitLines(before), loose: o.IgnoreWhitespace}
	img.patched = make([]bool, len(img.lines))
	for i, h := range f.Hunks {
		if !img.apply(h) {
			return nil, &ConflictError{File: f.Path(), Hunk: i + 1, Of: len(f.Hunks), Line: h.OldStart}
		}
	}
	if f.New == "" {
		if len(img.lines) > 0 {
			return nil, fmt.Errorf("patch deletes %s, which holds lines that the patch does not know", f.Old)
		}
		return nil, nil
	}
	return []byte(strings.Join(img.lines, "")), nil
}

// ConflictError says which hunk has no place in the file.
type ConflictError struct {
	File string
	Hunk int // from 1
	Of   int
	Line int // where the patch expected it
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("hunk %d of %d does not apply to %s: its lines were expected at line %d and found nowhere", e.Hunk, e.Of, e.File, e.Line)
}

// image is a file while hunks are applied to it.
type image struct {
	lines   []string
	patched []bool // a line that came with a hunk is no place for another one
	loose   bool
}

func (img *image) apply(h Hunk) bool {
	old := h.Old()
	atStart := h.OldStart <= 1
	atEnd := len(h.Lines) == 0 || h.Lines[len(h.Lines)-1].Op != Context
	pos := max(h.NewStart-1, 0)
	if atStart {
		pos = 0
	} else if atEnd {
		pos = max(len(img.lines)-len(old), 0)
	}
	at, ok := img.find(old, min(pos, len(img.lines)), atStart, atEnd)
	if !ok {
		return false
	}
	img.replace(h, at, len(old))
	return true
}

// find looks for the lines at pos, then one further down, one further up, and so on outward: git's order.
func (img *image) find(old []string, pos int, atStart, atEnd bool) (int, bool) {
	for step := 0; step <= len(img.lines); step++ {
		for _, at := range [2]int{pos + step, pos - step} {
			if at >= 0 && at <= len(img.lines) && img.matches(old, at, atStart, atEnd) {
				return at, true
			}
			if step == 0 {
				break
			}
		}
	}
	return 0, false
}

func (img *image) matches(old []string, at int, atStart, atEnd bool) bool {
	if at+len(old) > len(img.lines) || (atStart && at != 0) || (atEnd && at+len(old) != len(img.lines)) {
		return false
	}
	for i, want := range old {
		have := img.lines[at+i]
		if img.patched[at+i] || (have != want && !(img.loose && looselyEqual(have, want))) {
			return false
		}
	}
	return true
}

func (img *image) replace(h Hunk, at, n int) {
	var lines []string
	next := at
	for _, l := range h.Lines {
		switch l.Op {
		case Add:
			lines = append(lines, l.Text)
		case Delete:
			next++
		default:
			lines = append(lines, img.lines[next]) // the file's own bytes, also where whitespace differs
			next++
		}
	}
	marks := make([]bool, len(lines))
	for i := range marks {
		marks[i] = true
	}
	img.lines = append(img.lines[:at:at], append(lines, img.lines[at+n:]...)...)
	img.patched = append(img.patched[:at:at], append(marks, img.patched[at+n:]...)...)
}

// looselyEqual compares lines as "git apply --ignore-whitespace" does: line endings do not count, a run of
// whitespace equals any other, none equals only none.
func looselyEqual(a, b string) bool {
	a, b = strings.TrimRight(a, "\r\n"), strings.TrimRight(b, "\r\n")
	for a != "" && b != "" {
		if isSpace(a[0]) != isSpace(b[0]) {
			return false
		}
		if isSpace(a[0]) {
			a, b = strings.TrimLeft(a, spaces), strings.TrimLeft(b, spaces)
			continue
		}
		if a[0] != b[0] {
			return false
		}
		a, b = a[1:], b[1:]
	}
	return a == "" && b == ""
}

const spaces = " \t\n\v\f\r"

func isSpace(c byte) bool { return strings.IndexByte(spaces, c) >= 0 }
