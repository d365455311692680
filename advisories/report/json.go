package report

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/countersign/countersign/advisories/finding"
)

// document is the JSON format. Its names are stable; fields may be added.
//
// Lines and columns count from 1, columns in code points, offsets in bytes from
// 0; end is exclusive. A finding about a whole file has no start, one about
// nothing in particular no file.
type document struct {
	Version  int           `json:"version"` // of this format
	Tool     jsonTool      `json:"tool"`
	Subject  string        `json:"subject,omitempty"`
	Summary  counts        `json:"summary"`
	Findings []jsonFinding `json:"findings"`
}

type jsonTool struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
}

type jsonFinding struct {
	Rule     string        `json:"rule"`
	Severity string        `json:"severity"` // error, warning or unchecked
	Title    string        `json:"title,omitempty"`
	Message  string        `json:"message"`
	Hint     string        `json:"hint,omitempty"`
	Place    *jsonPlace    `json:"place,omitempty"`
	Related  []jsonRelated `json:"related,omitempty"`
	Edit     *jsonEdit     `json:"edit,omitempty"`
}

type jsonPlace struct {
	File  string        `json:"file"`
	Start *jsonPosition `json:"start,omitempty"`
	End   *jsonPosition `json:"end,omitempty"`
}

type jsonPosition struct {
	Line   int `json:"line"`
	Column int `json:"column"`
	Offset int `json:"offset"`
}

type jsonRelated struct {
	Message string     `json:"message"`
	Place   *jsonPlace `json:"place,omitempty"`
}

// jsonEdit replaces the bytes of a place: the one right answer.
type jsonEdit struct {
	Place *jsonPlace `json:"place"`
	New   string     `json:"new"`
}

func jsonDocument(w io.Writer, rules []finding.Rule, list []finding.Finding, o Options) error {
	titles := make(map[string]string, len(rules))
	for _, r := range rules {
		titles[r.ID] = r.Title
	}
	doc := document{
		Version: 1, Tool: jsonTool{Name: "countersign", Version: o.Version},
		Subject: o.Subject, Summary: count(list), Findings: []jsonFinding{},
	}
	return encodeList(w, doc, len(list), func(i int) any {
		f := &list[i]
		out := jsonFinding{Rule: f.Rule, Severity: f.Severity.String(), Title: titles[f.Rule],
			Message: f.Message, Hint: f.Hint, Place: placeJSON(f.At)}
		for _, r := range f.Related {
			out.Related = append(out.Related, jsonRelated{Message: r.Message, Place: placeJSON(r.At)})
		}
		if f.Edit != nil {
			out.Edit = &jsonEdit{Place: placeJSON(f.Edit.At), New: f.Edit.New}
		}
		return out
	})
}

func placeJSON(s finding.Span) *jsonPlace {
	if s.IsZero() {
		return nil
	}
	p := &jsonPlace{File: s.File()}
	if s.HasPlace() {
		p.Start, p.End = positionJSON(s.From()), positionJSON(s.To())
	}
	return p
}

func positionJSON(p finding.Position) *jsonPosition {
	return &jsonPosition{Line: p.Line, Column: p.Column, Offset: p.Offset}
}

// encode renders indented JSON that is safe to print into a CI log: strings
// hold no raw line break, and "##" is written with an escape, so that no
// bracket command can stand in a line. Characters that turn text around, and
// the escape character of terminals in its C1 form, are escaped as well.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return escapeControls(b.Bytes()), nil
}
