package report

import (
	"fmt"
	"strings"

	"github.com/countersign/countersign/advisories/finding"
)

// counts says how many findings of each severity there are.
type counts struct {
	Errors    int `json:"errors"`
	Warnings  int `json:"warnings"`
	Unchecked int `json:"unchecked"`
}

func count(list []finding.Finding) counts {
	var c counts
	for i := range list {
		switch list[i].Severity {
		case finding.Error:
			c.Errors++
		case finding.Unchecked:
			c.Unchecked++
		case finding.Warning:
			c.Warnings++
		}
	}
	return c
}

// String gives "2 errors, 1 warning, 1 could not be checked".
func (c counts) String() string {
	var parts []string
	if c.Errors > 0 {
		parts = append(parts, finding.Count(c.Errors, "error"))
	}
	if c.Warnings > 0 {
		parts = append(parts, finding.Count(c.Warnings, "warning"))
	}
	if c.Unchecked > 0 {
		parts = append(parts, fmt.Sprintf("%d could not be checked", c.Unchecked))
	}
	if len(parts) == 0 {
		return "no findings"
	}
	return strings.Join(parts, ", ")
}

// summary is the last line for people: "2 errors in 214 advisories".
func summary(list []finding.Finding, subject string) string {
	if subject == "" {
		return count(list).String()
	}
	return count(list).String() + " in " + finding.Plain(subject)
}
