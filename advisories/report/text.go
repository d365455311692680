package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/countersign/countersign/advisories/finding"
)

// text prints for people:
//
//	advisories/X.md:12:14: error: expected …, found … [rule-id]
//	   12 |   - commits: [468900d]
//	      |               ^^^^^^^
//	      help: the next step
//	      see: releases/Y.md:3:1: the other place
func text(w io.Writer, _ []finding.Rule, list []finding.Finding, o Options) error {
	c := colours(o.Color)
	err := each(w, len(list), func(b *bytes.Buffer, i int) {
		if i > 0 {
			b.WriteByte('\n')
		}
		writeText(b, &list[i], c)
	})
	if err != nil || o.Quiet {
		return err
	}
	var b bytes.Buffer
	if len(list) > 0 {
		b.WriteByte('\n')
	}
	b.WriteString(summary(list, o.Subject))
	b.WriteByte('\n')
	if len(list) > 0 {
		fmt.Fprintf(&b, "%s`countersign explain RULE` tells the reason behind a rule and shows an example.%s\n", c.dim, c.reset)
	}
	_, err = w.Write(b.Bytes())
	return err
}

func writeText(b *bytes.Buffer, f *finding.Finding, c palette) {
	if at := place(f.At); at != "" {
		fmt.Fprintf(b, "%s%s:%s ", c.bold, at, c.reset)
	}
	fmt.Fprintf(b, "%s%s:%s %s %s[%s]%s\n", c.severity(f.Severity), label(f.Severity), c.reset,
		finding.Plain(f.Message), c.dim, finding.Plain(f.Rule), c.reset)
	margin := writeLine(b, f.At, c)
	if f.Hint != "" {
		fmt.Fprintf(b, "%s %shelp:%s %s\n", margin, c.help, c.reset, finding.Plain(f.Hint))
	}
	for _, r := range f.Related {
		fmt.Fprintf(b, "%s %ssee:%s ", margin, c.help, c.reset)
		if at := place(r.At); at != "" && r.At != f.At {
			b.WriteString(at + ": ")
		}
		b.WriteString(finding.Plain(r.Message) + "\n")
	}
}

// place returns file:line:column as far as they are known. A file's name is
// foreign too: one that begins with "::" must not begin a line.
func place(s finding.Span) string {
	file := finding.Plain(s.File())
	if strings.HasPrefix(strings.TrimLeftFunc(file, unicode.IsSpace), "::") {
		file = "./" + file
	}
	if !s.HasPlace() {
		return file
	}
	p := s.From()
	return fmt.Sprintf("%s:%d:%d", file, p.Line, p.Column)
}

// label is the word for a severity: an unchecked finding is neither an error
// nor a warning, and must not read like one.
func label(s finding.Severity) string {
	if s == finding.Unchecked {
		return "could not check"
	}
	return s.String()
}

// wide is how many characters of a source line are shown: a line of a megabyte
// must not scroll the message away.
const wide = 110

// writeLine prints the source line with the span underlined, and returns the
// margin under which further lines align.
func writeLine(b *bytes.Buffer, s finding.Span, c palette) string {
	if !s.HasPlace() || s.Start == 0 && s.End == 0 {
		return "     "
	}
	from, to := s.From(), s.To()
	shown, ok := sourceLine(s.Source, from.Line)
	if !ok {
		return "     "
	}
	line := []rune(finding.Plain(shown))
	start := min(from.Column-1, len(line))
	end := len(line)
	if to.Line == from.Line {
		end = min(to.Column-1, len(line))
	}
	before, cut, after := crop(line, start, end)
	number := fmt.Sprintf("%5d", from.Line)
	margin := strings.Repeat(" ", len(number))
	fmt.Fprintf(b, "%s%s |%s %s%s%s\n", c.dim, number, c.reset, before, cut, after)
	fmt.Fprintf(b, "%s%s |%s %s%s%s%s\n", c.dim, margin, c.reset, strings.Repeat(" ", cells(before)),
		c.caret, strings.Repeat("^", max(1, cells(cut))), c.reset)
	return margin
}

// sourceLine returns a line to show. Lines of a size that nobody wrote by hand
// are left out: a hundred findings on one of four megabytes would take minutes.
func sourceLine(src *finding.Source, number int) (string, bool) {
	const limit = 16 << 10
	if src.Offset(number+1, 1)-src.Offset(number, 1) > limit {
		return "", false
	}
	return src.Line(number), true
}

// crop splits a line in what stands before the span, the span, and what stands
// after it, and shortens the parts so that they fit.
func crop(line []rune, start, end int) (before, cut, after string) {
	left := 0
	if start > wide*2/3 {
		left = start - wide/3
	}
	right := min(len(line), left+wide)
	end = max(start, min(end, right))
	before, cut, after = string(line[left:start]), string(line[start:end]), string(line[end:right])
	if left > 0 {
		before = "…" + before
	}
	if right < len(line) {
		after += "…"
	}
	return before, cut, after
}

func cells(s string) int {
	n := 0
	for _, r := range s {
		n += width(r)
	}
	return n
}

// palette holds the ANSI sequences of the few colours used; all empty without
// colour.
type palette struct{ bold, dim, red, yellow, cyan, help, caret, reset string }

func colours(on bool) palette {
	if !on {
		return palette{}
	}
	return palette{bold: "\x1b[1m", dim: "\x1b[2m", red: "\x1b[1;31m", yellow: "\x1b[1;33m",
		cyan: "\x1b[1;36m", help: "\x1b[36m", caret: "\x1b[1;32m", reset: "\x1b[0m"}
}

func (p palette) severity(s finding.Severity) string {
	switch s {
	case finding.Error:
		return p.red
	case finding.Unchecked:
		return p.cyan
	}
	return p.yellow
}
