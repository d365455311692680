package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"golang.org/x/term"

	"github.com/countersign/countersign/advisories/finding"
	"github.com/countersign/countersign/verify"
	"github.com/countersign/countersign/verify/statement"
)

// explain prints all that is known of one advisory's fix and nothing else: the evidence, and each hunk beside
// the lines of each package.
func (s *session) explain(w io.Writer, judged *verify.Report, id string, color bool) error {
	p := &judged.Statement.Predicate
	width := s.screenWidth()
	said := false
	for i, v := range judged.Verdicts {
		if v.Obligation.Advisory.ID.V != id {
			continue
		}
		said = true
		explainFix(w, judged.Statement, p.Fixes[i])
		hunks, err := v.Explain(context.Background()) // files that are open already, none of them large
		if err != nil {
			return err
		}
		for _, line := range verify.ExplainText(v, hunks, width) {
			fmt.Fprintln(w, finding.Plain(line))
		}
		fmt.Fprintln(w)
	}
	if !said {
		fmt.Fprintf(w, "%s does not oblige %s %s: it is neither a new fix of this release nor one that it must not have lost\n\n", id, p.Product, p.Release)
	}
	fmt.Fprintln(w, closing(p, judged.Findings, color))
	about := slices.DeleteFunc(slices.Clone(judged.Findings), func(f finding.Finding) bool { return !strings.HasPrefix(f.Message, id+":") })
	if step, _, _ := strings.Cut(nextStep(about), "; see "); step != "" {
		fmt.Fprintln(w, "next: "+finding.Plain(step))
	}
	return nil
}

// explainFix prints the evidence on one fix in one package.
func explainFix(w io.Writer, st *statement.Statement, f statement.Fix) {
	fmt.Fprintf(w, "%s (%s) in %s: %s\n", f.Advisory, f.Obligation, f.Package, mark(st, f))
	commits := f.Commits
	if len(commits) == 0 {
		commits = []string{f.Commit}
	}
	signed := signatureLine(f.Signature)
	if st.Predicate.Policy.FixSignature == "none" {
		signed = ""
	}
	for _, row := range [][2]string{
		{"why", f.Reason}, {"decided by", f.DecidedBy}, {"fix for", f.Version}, {"commit", strings.Join(commits, ", ")}, {"patch", f.Patch},
		{"same change", f.Equivalent}, {"evolved in", strings.Join(f.EvolvedBy, ", ")}, {"undone by", strings.Join(f.RevertedBy, ", ")},
		{"signature", signed},
	} {
		if row[1] != "" {
			fmt.Fprintf(w, "  %-12s %s\n", row[0], finding.Plain(row[1]))
		}
	}
}

// screenWidth is how many columns there are: the terminal's, and enough for a wide one where there is none.
func (s *session) screenWidth() int {
	if f, ok := s.stdout.(*os.File); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			return width
		}
	}
	return 120
}
