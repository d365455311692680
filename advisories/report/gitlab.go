package report

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"path"

	"github.com/countersign/countersign/advisories/finding"
)

// issue is one entry of GitLab's code-quality report, a subset of the Code
// Climate format: a flat array, each entry with a fingerprint that is its own.
type issue struct {
	Description string        `json:"description"`
	CheckName   string        `json:"check_name"`
	Fingerprint string        `json:"fingerprint"`
	Severity    string        `json:"severity"`
	Location    issueLocation `json:"location"`
}

type issueLocation struct {
	Path  string     `json:"path"`
	Lines issueLines `json:"lines"`
}

type issueLines struct {
	Begin int `json:"begin"`
	End   int `json:"end,omitempty"`
}

func gitlab(w io.Writer, _ []finding.Rule, list []finding.Finding, o Options) error {
	prints := fingerprints(list)
	return encodeList(w, []issue{}, len(list), func(i int) any {
		f := &list[i]
		at := issueLocation{Path: fileOf(f.At, o.Dir), Lines: issueLines{Begin: 1}}
		if f.At.HasPlace() {
			at.Lines = issueLines{Begin: f.At.From().Line, End: f.At.To().Line}
		}
		return issue{Description: annotation(f), CheckName: f.Rule,
			Fingerprint: prints[i], Severity: gitlabSeverity(f.Severity), Location: at}
	})
}

func gitlabSeverity(s finding.Severity) string {
	switch s {
	case finding.Error:
		return "critical"
	case finding.Unchecked:
		return "major"
	}
	return "minor"
}

// configFile stands in for the place of a finding that has none: viewers reject
// a result without a file, and the repository's configuration is where its
// owner would look.
const configFile = "countersign.yaml"

func fileOf(s finding.Span, dir string) string {
	if file := s.File(); file != "" {
		return path.Join(dir, file)
	}
	return path.Join(dir, configFile)
}

// fingerprints names each finding by what it says and not by its line, so that
// it stays the same when lines above it move. Equal ones are numbered.
func fingerprints(list []finding.Finding) []string {
	seen := map[string]int{}
	out := make([]string, len(list))
	for i := range list {
		key := fmt.Sprintf("%q %q %q", list[i].Rule, list[i].At.File(), list[i].Message)
		sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", key, seen[key]))
		seen[key]++
		out[i] = hex.EncodeToString(sum[:])
	}
	return out
}
