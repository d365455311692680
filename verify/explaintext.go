package verify

import (
	"fmt"
	"strings"
)

const (
	narrowest = 24 // columns of code on either side, however narrow the screen
	widest    = 96
	besides   = 11 // columns of a row that are not code: mark, rule, line number
)

// ExplainText lays out what Explain found for a screen of so many columns: the fix on the left, the package on
// the right, and an exclamation mark where they contradict (a tilde where later commits explain it). Of a verdict that does not pass, the hunks that are
// the reason are laid out, and the others named.
func ExplainText(v *Judgement, list []Explained, width int) []string {
	side := min(max((width-besides)/2, narrowest), widest)
	var lines []string
	var quiet []string
	for i := range list {
		e := &list[i]
		if !v.Standing.Verdict.Passes() && e.Verdict.Passes() {
			quiet = append(quiet, "  "+e.title())
			continue
		}
		lines = append(lines, "", e.title())
		if len(e.Rows) > 0 {
			lines = append(lines, strings.TrimRight(fmt.Sprintf("  %s │       %s", column("the fix", side), column(v.Package.Name, side)), " "))
		}
		indent := commonIndent(e.Rows)
		for _, r := range e.Rows {
			lines = append(lines, r.text(e.mark(), indent, side))
		}
		if e.More > 0 {
			lines = append(lines, fmt.Sprintf("  … and %d more lines", e.More))
		}
	}
	if len(quiet) > 0 {
		lines = append(append(lines, "", "in order:"), quiet...)
	}
	return lines
}

// title says which hunk it is and how it stands.
func (e *Explained) title() string {
	text := e.File
	if e.Hunk > 0 {
		text += fmt.Sprintf(", hunk %d", e.Hunk)
	}
	if e.Path != "" && e.Path != e.File {
		text += " (now in " + e.Path + ")"
	}
	text += ": " + strings.ToUpper(string(e.Verdict))
	if e.Verdict.Passes() {
		text = strings.TrimSuffix(text, strings.ToUpper(string(e.Verdict))) + string(e.Verdict)
	}
	if e.Reason != "" {
		text += ": " + e.Reason
	}
	if len(e.By) > 0 {
		text += "; by " + joinIDs(e.By)
	}
	return text
}

// mark is what stands before a line in which fix and package contradict: a lesser sign where that is in order.
func (e *Explained) mark() string {
	if e.Verdict.Passes() {
		return "~"
	}
	return "!"
}

// commonIndent is how many columns all lines of a hunk are indented: they are left out, for what is left of the
// screen is needed for the code.
func commonIndent(rows []Row) int {
	least := -1
	for _, r := range rows {
		sides := []string{r.Right}
		if r.Left != "" {
			sides = append(sides, r.Left[1:])
		}
		for _, text := range sides {
			text = spaced(text)
			bare := strings.TrimLeft(text, " ")
			if n := len(text) - len(bare); bare != "" && text != notShipped && (least < 0 || n < least) {
				least = n
			}
		}
	}
	return max(least, 0)
}

// spaced turns the tabs of a line into two spaces each.
func spaced(s string) string { return strings.ReplaceAll(s, "\t", "  ") }

// text is the row in two columns.
func (r Row) text(mark string, indent, side int) string {
	number, between := "     ", "│"
	if !r.Wrong {
		mark = " "
	}
	if r.Line > 0 {
		number = fmt.Sprintf("%5d", r.Line)
	}
	sign, left, right := " ", "", r.Right
	if r.Left != "" {
		sign, left = r.Left[:1], r.Left[1:]
	}
	if right != notShipped {
		left, right = dedent(left, indent), dedent(right, indent)
	}
	if skip := r.Differs - indent - side/4; skip > 0 && len(r.Left) > side {
		left = "…" + left[min(skip, len(left)):]
		if len(right) > skip {
			right = "…" + right[skip:]
		}
	}
	line := fmt.Sprintf("%s %s %s %s %s", mark, column(sign+left, side), between, number, column(right, side))
	return strings.TrimRight(line, " ")
}

func dedent(s string, indent int) string {
	s = spaced(s)
	return s[min(indent, len(s)-len(strings.TrimLeft(s, " "))):]
}

// column is a line of code fitted into a column: control bytes become a dot, and what is too long is cut.
func column(s string, width int) string {
	var b strings.Builder
	n := 0
	for _, r := range spaced(s) {
		if n == width-1 {
			b.WriteRune('…')
			n++
			break
		}
		if r < ' ' || r == 0x7f || r == 0xfffd || r == 0x200e || r == 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			r = '·'
		}
		b.WriteRune(r)
		n++
	}
	return b.String() + strings.Repeat(" ", width-n)
}
