package main

import (
	"cmp"
	"path/filepath"
	"slices"
	"strings"

	"github.com/countersign/countersign/advisories/finding"
)

// fix makes the corrections that findings carry, shows each, and returns the
// findings that are left.
func (s *session) fix(list []finding.Finding) ([]finding.Finding, error) {
	edits := map[*finding.Source][]finding.Edit{}
	var sources []*finding.Source
	var left []finding.Finding
	for _, f := range list {
		if f.Edit == nil || overlaps(edits[f.Edit.At.Source], *f.Edit) {
			left = append(left, f)
			continue
		}
		source := f.Edit.At.Source
		if edits[source] == nil {
			sources = append(sources, source)
		}
		edits[source] = append(edits[source], *f.Edit)
	}
	slices.SortFunc(sources, func(a, b *finding.Source) int { return cmp.Compare(a.File, b.File) })
	for _, source := range sources {
		text := edited(source.Text, edits[source])
		s.showEdits(source, edits[source])
		if err := writeFile(filepath.Join(s.dir, filepath.FromSlash(source.File)), text); err != nil {
			return nil, err
		}
	}
	return left, nil
}

// overlaps reports whether an edit touches bytes that an earlier one replaces;
// the second is left for the next run.
func overlaps(done []finding.Edit, e finding.Edit) bool {
	return slices.ContainsFunc(done, func(d finding.Edit) bool {
		return e.At.Start < d.At.End && d.At.Start < e.At.End || e.At.Start == d.At.Start
	})
}

// edited returns the text with all edits made.
func edited(text []byte, edits []finding.Edit) []byte {
	slices.SortFunc(edits, func(a, b finding.Edit) int { return cmp.Compare(a.At.Start, b.At.Start) })
	var out []byte
	at := 0
	for _, e := range edits {
		out = append(append(out, text[at:e.At.Start]...), e.New...)
		at = e.At.End
	}
	return append(out, text[at:]...)
}

// showEdits prints each correction as the lines before and after.
func (s *session) showEdits(source *finding.Source, edits []finding.Edit) {
	for _, e := range edits {
		from, to := e.At.From(), e.At.To()
		start, end := source.Offset(from.Line, 1), source.Offset(to.Line+1, 1)
		s.say("%s:%d", source.File, from.Line)
		for line := from.Line; line <= to.Line; line++ {
			s.say("  - %s", finding.Plain(source.Line(line)))
		}
		after := edited(source.Text[start:end], []finding.Edit{{At: finding.Span{Start: e.At.Start - start, End: e.At.End - start}, New: e.New}})
		for line := range strings.Lines(string(after)) {
			s.say("  + %s", finding.Plain(strings.TrimRight(line, "\r\n")))
		}
	}
}
