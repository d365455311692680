// Package report prints findings. One list goes in; text for a terminal, JSON
// for scripts, SARIF for code scanning, annotations for a GitHub runner,
// Markdown for a job summary or a GitLab code-quality report comes out.
//
// It knows how a finding looks in each format, and not why it was found. What
// it prints was written by strangers: a title, a name or a source line may hold
// escape sequences, bidirectional controls, a line break followed by a
// workflow command, or Markdown. Every printer disarms that in its own way, and
// the same hostile list is the golden input of all of them. Values of a
// document's private part are hidden by their Source and never reach a printer.
package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/countersign/countersign/advisories/finding"
)

// Format names one way to print findings.
type Format string

// The formats that Write knows.
const (
	Text     Format = "text"     // for people: place, message, source line with a caret
	JSON     Format = "json"     // for scripts: see Document
	SARIF    Format = "sarif"    // SARIF 2.1.0, for code scanning
	GitHub   Format = "github"   // workflow commands that become annotations
	Markdown Format = "markdown" // a job summary or a comment
	GitLab   Format = "gitlab"   // a code-quality report
)

// ParseFormat returns the format of that name. The error lists the names there
// are.
func ParseFormat(name string) (Format, error) {
	names := make([]string, len(printers))
	for i, p := range printers {
		if string(p.format) == name {
			return p.format, nil
		}
		names[i] = string(p.format)
	}
	return "", fmt.Errorf("unknown format %q; expected one of %s", name, strings.Join(names, ", "))
}

// Options say what a printer cannot know from the findings.
type Options struct {
	Color   bool   // text: use ANSI colours
	Version string // of countersign, for the formats that name their producer
	RuleURL string // address of the rules' documentation, rule id appended; may be empty
	Subject string // what was looked at, for the summary line: "214 advisories, 30 releases"; may be empty
	Quiet   bool   // text: no summary line
	Dir     string // of the repository below the checkout, for formats that a forge joins with the checkout's files: github, sarif, gitlab
}

// Write prints the findings in the order given (see finding.Sort). rules are
// the rows of every table that the findings may name; a finding whose rule is
// not among them is printed all the same. The error is the writer's.
func Write(w io.Writer, format Format, rules []finding.Rule, list []finding.Finding, o Options) error {
	for _, p := range printers {
		if p.format == format {
			return p.print(w, rules, list, o)
		}
	}
	_, err := ParseFormat(string(format))
	return err
}

// printers are the formats in the order in which messages list them, each with what
// writes the whole list.
var printers = []struct {
	format Format
	print  func(w io.Writer, rules []finding.Rule, list []finding.Finding, o Options) error
}{
	{Text, text}, {JSON, jsonDocument}, {SARIF, sarif}, {GitHub, github}, {Markdown, markdown}, {GitLab, gitlab},
}
