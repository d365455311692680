package report

import (
	"cmp"
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/countersign/countersign/advisories/finding"
)

// The parts of SARIF 2.1.0 that viewers use. Every string that a viewer shows
// is plain text; none of them is Markdown.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool        sarifTool         `json:"tool"`
		ColumnKind  string            `json:"columnKind"`
		Invocations []sarifInvocation `json:"invocations"`
		Results     []sarifResult     `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		Version        string      `json:"version,omitempty"`
		InformationURI string      `json:"informationUri"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID            string      `json:"id"`
		Short         sarifText   `json:"shortDescription"`
		Full          *sarifText  `json:"fullDescription,omitempty"`
		Help          sarifText   `json:"help"` // code scanning refuses a rule without
		HelpURI       string      `json:"helpUri,omitempty"`
		Configuration sarifConfig `json:"defaultConfiguration"`
	}
	sarifConfig struct {
		Level string `json:"level"`
	}
	sarifInvocation struct {
		ExecutionSuccessful bool `json:"executionSuccessful"`
	}
	sarifResult struct {
		RuleID       string            `json:"ruleId"`
		RuleIndex    *int              `json:"ruleIndex,omitempty"`
		Kind         string            `json:"kind"`
		Level        string            `json:"level"`
		Message      sarifText         `json:"message"`
		Locations    []sarifLocation   `json:"locations"`
		Related      []sarifLocation   `json:"relatedLocations,omitempty"`
		Fixes        []sarifFix        `json:"fixes,omitempty"`
		Fingerprints map[string]string `json:"partialFingerprints"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
		Message  *sarifText    `json:"message,omitempty"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region"`
		Context  *sarifContext `json:"contextRegion,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn"`
		EndLine     int `json:"endLine"`
		EndColumn   int `json:"endColumn"`
	}
	sarifContext struct { // the whole line around a region
		StartLine int       `json:"startLine"`
		Snippet   sarifText `json:"snippet"`
	}
	sarifFix struct {
		Description sarifText     `json:"description"`
		Changes     []sarifChange `json:"artifactChanges"`
	}
	sarifChange struct {
		Artifact     sarifArtifact      `json:"artifactLocation"`
		Replacements []sarifReplacement `json:"replacements"`
	}
	sarifReplacement struct {
		Deleted  *sarifRegion `json:"deletedRegion"`
		Inserted sarifText    `json:"insertedContent"`
	}
)

// sarif prints for code scanning. Columns are code points, and columnKind says
// so. What could not be checked is of kind "open" (the standard's word for "the
// evaluation could not decide"), and the run is then no successful one.
func sarif(w io.Writer, rules []finding.Rule, list []finding.Finding, o Options) error {
	rows, index := sarifRules(rules, list, o.RuleURL)
	prints := fingerprints(list)
	log := sarifLog{
		Schema:  "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
		Version: "2.1.0",
		Runs: []sarifRun{{
			Tool: sarifTool{Driver: sarifDriver{Name: "countersign", Version: o.Version,
				InformationURI: "https://github.com/countersign/countersign", Rules: rows}},
			ColumnKind:  "unicodeCodePoints",
			Invocations: []sarifInvocation{{ExecutionSuccessful: count(list).Unchecked == 0}},
			Results:     []sarifResult{},
		}},
	}
	return encodeList(w, log, len(list), func(i int) any {
		r := sarifResultOf(&list[i], prints[i], o.Dir)
		if at, ok := index[r.RuleID]; ok {
			r.RuleIndex = &at
		}
		return r
	})
}

// sarifRules lists the rules that the results name, sorted by id.
func sarifRules(rules []finding.Rule, list []finding.Finding, ruleURL string) ([]sarifRule, map[string]int) {
	used := map[string]bool{}
	for i := range list {
		used[list[i].Rule] = true
	}
	rows := []sarifRule{}
	for _, r := range rules {
		if !used[r.ID] {
			continue
		}
		used[r.ID] = false // a row of two tables is listed once
		row := sarifRule{ID: r.ID, Short: sarifText{r.Title}, Help: sarifText{cmp.Or(r.Why, r.Title)}, Configuration: sarifConfig{level(r.Severity)}}
		if r.Why != "" {
			row.Full = &sarifText{r.Why}
		}
		if ruleURL != "" {
			row.HelpURI = ruleURL + r.ID
		}
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b sarifRule) int { return strings.Compare(a.ID, b.ID) })
	index := map[string]int{}
	for i, r := range rows {
		index[r.ID] = i
	}
	return rows, index
}

func sarifResultOf(f *finding.Finding, print, dir string) sarifResult {
	r := sarifResult{
		RuleID: f.Rule, Kind: "fail", Level: level(f.Severity),
		Message:      sarifText{annotationText(f)},
		Locations:    []sarifLocation{sarifLocationOf(f.At, true, dir)},
		Fingerprints: map[string]string{"countersign/v1": print},
	}
	if f.Severity == finding.Unchecked {
		r.Kind = "open"
	}
	for _, rel := range f.Related {
		at := sarifLocationOf(rel.At, true, dir)
		at.Message = &sarifText{printable(rel.Message)}
		r.Related = append(r.Related, at)
	}
	if f.Edit != nil && f.Edit.At.HasPlace() {
		at := sarifLocationOf(f.Edit.At, false, dir)
		r.Fixes = []sarifFix{{Description: sarifText{"Replace the text"}, Changes: []sarifChange{{
			Artifact:     at.Physical.Artifact,
			Replacements: []sarifReplacement{{Deleted: at.Physical.Region, Inserted: sarifText{printable(f.Edit.New)}}},
		}}}}
	}
	return r
}

// annotationText is message and hint; other places have locations of their own.
func annotationText(f *finding.Finding) string {
	if f.Hint == "" {
		return printable(f.Message)
	}
	return printable(f.Message) + "\n" + printable(f.Hint)
}

// printable mends broken UTF-8, which JSON cannot hold.
func printable(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

func level(s finding.Severity) string {
	switch s {
	case finding.Error:
		return "error"
	case finding.Warning:
		return "warning"
	}
	return "none"
}

// sarifLocationOf places a whole file at its start: code scanning shows nothing
// that has no line.
func sarifLocationOf(s finding.Span, context bool, dir string) sarifLocation {
	at := sarifPhysical{Artifact: sarifArtifact{URI: fileURI(fileOf(s, dir))}, Region: &sarifRegion{1, 1, 1, 1}}
	if s.HasPlace() {
		from, to := s.From(), s.To()
		at.Region = &sarifRegion{StartLine: from.Line, StartColumn: from.Column, EndLine: to.Line, EndColumn: to.Column}
		if line, ok := sourceLine(s.Source, from.Line); ok && context && from.Line == to.Line && len(line) <= 4*wide {
			at.Context = &sarifContext{StartLine: from.Line, Snippet: sarifText{printable(line)}}
		}
	}
	return sarifLocation{Physical: at}
}

// fileURI writes a file's name as a relative URI reference. A colon in the
// first segment would make it a scheme.
func fileURI(file string) string {
	return (&url.URL{Path: printable(file)}).String()
}
