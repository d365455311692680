package patch

// contextLines is git's default number of lines around a change.
const contextLines = 3

// Hunks returns the change from one file's bytes to another's as git's hunks with three lines of context.
// Line endings count here: the hunks apply to these very bytes.
func Hunks(before, after []byte) []Hunk {
	return TextHunks(textOf(splitLines(before)), textOf(splitLines(after)))
}

// TextHunks returns the change from one text to another as hunks whose lines have no line endings: good to
// show and to name, not to apply.
func TextHunks(a, b *Text) []Hunk {
	edits := Compare(a, b)
	var hunks []Hunk
	for _, group := range Groups(edits) {
		hunks = append(hunks, hunkOf(a, b, edits[group[0]:group[1]]))
	}
	return hunks
}

// Groups tells which edits git would print as one hunk: half-open index ranges into edits. Two edits with at
// most six equal lines between them share a hunk.
func Groups(edits []Edit) [][2]int {
	var groups [][2]int
	for i := range edits {
		if i > 0 && edits[i].A0-edits[i-1].A1 <= 2*contextLines {
			groups[len(groups)-1][1] = i + 1
			continue
		}
		groups = append(groups, [2]int{i, i + 1})
	}
	return groups
}

func hunkOf(a, b *Text, edits []Edit) Hunk {
	first, last := edits[0], edits[len(edits)-1]
	lead := min(contextLines, first.A0)
	trail := min(contextLines, len(a.Lines)-last.A1)
	at, to := first.A0-lead, last.A1+trail
	h := Hunk{
		OldStart: at + 1, OldLines: to - at,
		NewStart: first.B0 - lead + 1, NewLines: last.B1 + trail - (first.B0 - lead),
	}
	if h.OldLines == 0 {
		h.OldStart--
	}
	if h.NewLines == 0 {
		h.NewStart--
	}
	for _, e := range edits {
		h.add(Context, a.Lines[at:e.A0])
		h.add(Delete, a.Lines[e.A0:e.A1])
		h.add(Add, b.Lines[e.B0:e.B1])
		at = e.A1
	}
	h.add(Context, a.Lines[at:to])
	return h
}

func (h *Hunk) add(op Op, lines []string) {
	for _, l := range lines {
		h.Lines = append(h.Lines, Line{op, l})
	}
}
