package verify

import (
	"context"
	"slices"
	"strings"

	"github.com/countersign/countersign/verify/gitrepo"
	"github.com/countersign/countersign/verify/patch"
)

const (
	aroundHunk = 3   // lines of context shown on either side
	maxRows    = 60  // of one hunk; the rest is counted
	maxAligned = 400 // lines of a hunk that are aligned with the package
	notShipped = "(the package has no such file)"
)

// Explained is one hunk of a fix beside what the package holds at its place.
type Explained struct {
	Commit  gitrepo.ID // of the fix; empty for a patch
	File    string     // as the fix names it
	Path    string     // where its lines are in the package's source; empty where they are gone
	Hunk    int        // from 1; 0 for a file as a whole
	Verdict Verdict
	Reason  string
	By      []gitrepo.ID // commits that changed or undid it
	Rows    []Row
	More    int // rows left out
}

// Row is one line of the two sides. Left is the fix's line with its sign ("+", "-"
// or a space), Right the package's with its number; either may be empty.
type Row struct {
	Left, Right string
	Line        int  // of Right, from 1
	Wrong       bool // what the fix adds is absent, or what it removes is there
	Differs     int  // bytes after which the fix's old and new line begin to differ
}

// Explain shows why the verdict is what it is: each hunk of the fix side by side
// with the package's lines. The repositories and packages of the run must still be open.
func (v *Judgement) Explain(ctx context.Context) ([]Explained, error) {
	var list []Explained
	for i := range v.Standing.Hunks {
		h := &v.Standing.Hunks[i]
		e := Explained{Commit: h.Commit, File: h.File, Path: h.Path, Hunk: h.Hunk, Verdict: h.Verdict, Reason: h.Reason, By: h.By}
		if f := v.fileOf(h); f != nil {
			if err := v.rows(ctx, h, f, &e); err != nil {
				return nil, err
			}
		}
		list = append(list, e)
	}
	return list, nil
}

// fileOf finds the file of the fix that a hunk belongs to.
func (v *Judgement) fileOf(h *HunkStanding) *fixFile {
	for _, f := range v.Standing.files {
		if f.file.path == h.File && f.file.commit == h.Commit {
			return f.file
		}
	}
	return nil
}

// rows lays a hunk, or all hunks of a file judged as a whole, beside the package.
func (v *Judgement) rows(ctx context.Context, h *HunkStanding, f *fixFile, e *Explained) error {
	if v.prover != nil && f.probe == nil {
		if err := v.prover.load(f); err != nil {
			return err
		}
	}
	if f.binary || f.probe == nil {
		return nil
	}
	shipped, there, err := v.shippedText(ctx, h)
	if err != nil {
		return err
	}
	edits := make([]patch.Edit, 0, len(f.probe.Blocks))
	for _, b := range f.probe.Blocks {
		edits = append(edits, b.Edit)
	}
	for n, group := range patch.Groups(edits) {
		if h.Hunk != 0 && n != h.Hunk-1 {
			continue
		}
		fix := hunkLines(f.probe, edits[group[0]:group[1]])
		e.Rows = append(e.Rows, beside(fix, shipped, there, h.Line)...)
	}
	if len(e.Rows) > maxRows {
		e.More = len(e.Rows) - maxRows
		e.Rows = e.Rows[:maxRows]
	}
	return nil
}

// shippedText is the package's file at a hunk's place; there is false where it has none.
func (v *Judgement) shippedText(ctx context.Context, h *HunkStanding) (text *patch.Text, there bool, err error) {
	s := v.Package.sourceIn(v.repo)
	if s == nil || v.Package.Manifest {
		return nil, false, nil
	}
	for _, name := range []string{h.Path, h.File} {
		switch state := v.Package.states[s.root+name]; state {
		case "":
			continue
		case Identical, Normalized, Patched:
			data, err := s.read(name)
			return patch.NewText(data), true, err
		default:
			data, err := v.Package.read(ctx, s.root+name)
			return patch.NewText(data), true, err
		}
	}
	return nil, false, nil
}

// hunkLines is a hunk with its context, each line with its sign.
func hunkLines(p *patch.Probe, edits []patch.Edit) []string {
	first, last := edits[0], edits[len(edits)-1]
	at := max(first.A0-aroundHunk, 0)
	end := min(last.A1+aroundHunk, len(p.Before.Lines))
	var lines []string
	add := func(sign string, list []string) {
		for _, l := range list {
			lines = append(lines, sign+l)
		}
	}
	for _, ed := range edits {
		add(" ", p.Before.Lines[at:ed.A0])
		add("-", p.Before.Lines[ed.A0:ed.A1])
		add("+", p.After.Lines[ed.B0:ed.B1])
		at = ed.A1
	}
	add(" ", p.Before.Lines[at:end])
	return lines
}

// beside aligns a hunk's lines with the package's: equal lines stand in one row.
func beside(fix []string, shipped *patch.Text, there bool, line int) []Row {
	if len(fix) > maxAligned {
		fix = fix[:maxAligned]
	}
	var rows []Row
	if !there {
		for _, l := range fix {
			rows = append(rows, Row{Left: l, Wrong: l[0] == '+'})
		}
		if len(rows) > 0 {
			rows[0].Right = notShipped
		}
		return rows
	}
	from, to := window(fix, shipped, line)
	bare := make([]string, len(fix))
	for i, l := range fix {
		bare[i] = l[1:]
	}
	left, right := textOf(bare), textOf(shipped.Lines[from:to])
	i, k := 0, 0
	paired := func(n int) {
		for ; n > 0; n-- {
			rows = append(rows, Row{Left: fix[i], Right: right.Lines[k], Line: from + k + 1, Wrong: fix[i][0] == '-'})
			i, k = i+1, k+1
		}
	}
	for _, e := range patch.Compare(left, right) {
		paired(e.A0 - i)
		for ; i < e.A1; i++ {
			rows = append(rows, Row{Left: fix[i], Wrong: fix[i][0] == '+'})
		}
		for ; k < e.B1; k++ {
			rows = append(rows, Row{Right: right.Lines[k], Line: from + k + 1})
		}
	}
	paired(len(fix) - i)
	settle(rows)
	return trimRows(rows)
}

// settle moves a line of context that met its like too early, as empty lines do, down to the rest of its hunk.
func settle(rows []Row) {
	for i := len(rows) - 1; i >= 0; i-- {
		if rows[i].Left == "" || rows[i].Right != rows[i].Left[1:] {
			continue
		}
		last := i
		for last+1 < len(rows) && rows[last+1].Left == "" {
			last++
		}
		if last+1 < len(rows) && rows[last].Right == rows[i].Right {
			rows[i].Left, rows[last].Left = rows[last].Left, rows[i].Left
			rows[i].Wrong, rows[last].Wrong = rows[last].Wrong, rows[i].Wrong
		}
	}
}

// trimRows leaves one line of the package's own around the hunk, to show where it is,
// and notes where changed lines begin to differ.
func trimRows(rows []Row) []Row {
	first := slices.IndexFunc(rows, func(r Row) bool { return r.Left != "" })
	if first < 0 {
		return nil
	}
	last := len(rows) - 1
	for rows[last].Left == "" {
		last--
	}
	rows = rows[max(first-1, 0):min(last+2, len(rows))]
	for i := range rows {
		if !strings.HasPrefix(rows[i].Left, "-") {
			continue
		}
		for k := i + 1; k < len(rows); k++ {
			if strings.HasPrefix(rows[k].Left, "+") {
				n := commonPrefix(rows[i].Left[1:], rows[k].Left[1:])
				rows[i].Differs, rows[k].Differs = n, n
				break
			}
		}
	}
	return rows
}

func commonPrefix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// textOf makes a text of lines without endings.
func textOf(lines []string) *patch.Text {
	ended := make([]string, len(lines))
	for i, l := range lines {
		ended[i] = l + "\n"
	}
	return patch.JoinLines(ended)
}

// window finds the package's lines that stand at a hunk's place: around the given
// line, else around the longest line of the hunk that the package has.
func window(fix []string, shipped *patch.Text, line int) (from, to int) {
	if line == 0 {
		longest := ""
		for _, l := range fix {
			if len(strings.TrimSpace(l[1:])) > len(longest) && slices.Contains(shipped.Lines, l[1:]) {
				longest = l[1:]
			}
		}
		if longest == "" {
			return 0, 0
		}
		line = slices.Index(shipped.Lines, longest) + 1
	}
	line = min(line, len(shipped.Lines))
	return max(line-1-len(fix)/2-aroundHunk, 0), min(line+len(fix), len(shipped.Lines))
}
