package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/countersign/countersign/advisories/finding"
	"github.com/countersign/countersign/advisories/report"
	"github.com/countersign/countersign/verify"
	"github.com/countersign/countersign/verify/statement"
)

// How verdicts look. A release manager reads this at midnight: one row for each
// advisory and package, what is wrong and what to do below it, and one last line
// that says whether to publish.

// verdictsSoFar is what a run over several releases has found: one JSON, SARIF or
// code-quality document holds all of it.
type verdictsSoFar struct {
	subjects []string
	findings []finding.Finding
	results  []*statement.Statement
}

// printVerdicts prints the outcome of gate 2 on one release; last says that no other
// follows in this run.
func (s *session) printVerdicts(judged *verify.Report, all *verdictsSoFar, last bool) error {
	p := &judged.Statement.Predicate
	all.subjects = append(all.subjects, p.Product+" "+p.Release)
	all.findings = append(all.findings, judged.Findings...)
	err := s.report(func(w io.Writer, format report.Format, color bool) error {
		options := report.Options{Color: color, Version: version(), Subject: strings.Join(all.subjects, ", "), Quiet: s.quiet, Dir: s.belowCheckout()}
		switch format {
		case report.Text, report.Markdown:
			return s.writeVerdicts(w, format, options, judged)
		case report.GitHub:
			return report.Write(w, format, allRules(), judged.Findings, options)
		}
		if !last {
			return nil
		}
		return report.Write(w, format, allRules(), all.findings, options)
	})
	if err != nil {
		return err
	}
	return outcomeOf(judged.Findings)
}

// writeVerdicts writes for people: a table, what is wrong, the last line.
func (s *session) writeVerdicts(w io.Writer, format report.Format, options report.Options, judged *verify.Report) error {
	if id := s.c.String("explain"); id != "" && format == report.Text {
		return s.explain(w, judged, id, options.Color)
	}
	if format == report.Markdown {
		markdownVerdicts(w, judged.Statement)
	} else {
		if !s.quiet {
			textVerdicts(w, judged.Statement)
		}
		options.Quiet = true
	}
	if len(judged.Findings) > 0 {
		if err := report.Write(w, format, allRules(), judged.Findings, options); err != nil {
			return err
		}
	}
	if format == report.Text {
		if len(judged.Findings) > 0 && !s.quiet {
			fmt.Fprintln(w)
		}
		lastLines(w, judged, options.Color)
	}
	return nil
}

func textVerdicts(w io.Writer, st *statement.Statement) {
	p := &st.Predicate
	fmt.Fprintf(w, "%s %s, source %s\n", p.Product, p.Release, sourceOf(p))
	for _, line := range policyNotes(p) {
		fmt.Fprintf(w, "policy: %s\n", finding.Plain(line))
	}
	if len(p.Fixes) > 0 {
		fmt.Fprintln(w)
		table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		signed := p.Policy.FixSignature != "none" // nobody asked who signed
		fmt.Fprint(table, "ADVISORY\tFIX IS\tPACKAGE\tVERDICT\tDECIDED BY")
		if signed {
			fmt.Fprint(table, "\tSIGNED BY")
		}
		fmt.Fprintln(table)
		for _, f := range p.Fixes {
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s", f.Advisory, f.Obligation, f.Package, mark(st, f), f.DecidedBy)
			if signed {
				fmt.Fprint(table, "\t"+signer(f.Signature))
			}
			fmt.Fprintln(table)
		}
		table.Flush()
	}
	fmt.Fprintln(w)
	for _, pkg := range p.Packages {
		fmt.Fprintf(w, "%s: %s\n", pkg.Name, filesOf(pkg))
		for _, sig := range pkg.Signatures {
			fmt.Fprintf(w, "  signature: %s\n", signatureLine(sig))
		}
	}
	for _, f := range p.Fixes {
		if len(f.EvolvedBy) > 0 {
			fmt.Fprintf(w, "%s evolved in %s\n", f.Advisory, someIDs(f.EvolvedBy))
		}
	}
	fmt.Fprintln(w)
}

// mark puts the verdict into words that cannot be misread in a hurry.
func mark(st *statement.Statement, f statement.Fix) string {
	switch {
	case verify.Verdict(f.Verdict).Passes():
		return f.Verdict
	case f.Verdict == string(verify.Unverifiable) && attested(st, f):
		return "attested"
	}
	return strings.ToUpper(f.Verdict)
}

// attested reports whether two people's word lifted the verdict on this package.
func attested(st *statement.Statement, f statement.Fix) bool {
	return slices.ContainsFunc(st.Subject, func(sub statement.Subject) bool {
		return sub.Name == f.Package && slices.ContainsFunc(st.Predicate.Policy.Attested, func(a statement.Attestation) bool {
			return a.Advisory == f.Advisory && a.PackageSHA256 == sub.Digest["sha256"]
		})
	})
}

func sourceOf(p *statement.Predicate) string {
	text := p.Source.Repo + " " + shortID(p.Source.Commit)
	if p.Source.Commit == "" {
		text = "unknown"
	}
	if p.Source.Inferred {
		text += " (inferred from the package)"
	}
	if n := len(p.Source.Patches); n > 0 {
		text += " with " + finding.Count(n, "patch")
	}
	return text
}

// policyNotes names everything that makes this run more lenient than the default.
func policyNotes(p *statement.Predicate) []string {
	var notes []string
	switch p.Policy.FixSignature {
	case "none":
		notes = append(notes, "fix_signature none: nobody's signature on the fixes was asked for")
	case "tag":
		notes = append(notes, "fix_signature tag: a signed release tag stands for the fixes' own signatures")
	}
	if p.Policy.PackageSignatures == 0 {
		notes = append(notes, "package_signatures 0: nobody's signature on the packages was asked for")
	}
	for _, w := range p.Policy.Waivers {
		notes = append(notes, fmt.Sprintf("waived %s for %s: %s", w.Rule, w.Object, w.Reason))
	}
	for _, a := range p.Policy.Attested {
		notes = append(notes, fmt.Sprintf("attested %s by %s: %s", a.Advisory, strings.Join(a.By, " and "), a.Reason))
	}
	if p.Policy.Trust != "" {
		notes = append(notes, "keys, policy and waivers were read from "+shortID(p.Policy.Trust))
	}
	return notes
}

func filesOf(p statement.Package) string {
	parts := []string{finding.Count(p.Files, "file")}
	for _, c := range []struct {
		n    int
		what string
	}{
		{p.Identical, "identical to the source"}, {p.Normalized, "identical but for line endings or export-subst"},
		{p.Patched, "patched"}, {p.Generated, "generated"}, {len(p.Unexplained), "UNEXPLAINED"}, {len(p.Missing), "MISSING"},
	} {
		if c.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", c.n, c.what))
		}
	}
	return strings.Join(parts, ", ")
}

// signer is who signed a fix. Whether a signature that does not count blocks is
// the policy's matter, and then a finding says so.
func signer(s statement.Signature) string {
	switch {
	case s.Status == "":
		return "-"
	case s.Status == "valid":
		return s.Signer
	}
	return strings.ReplaceAll(s.Status, "_", " ")
}

func signatureLine(s statement.Signature) string {
	text := s.Status
	if s.Signer != "" {
		text += ", " + s.Signer
	}
	if s.Key != "" {
		text += " (" + s.Type + " key " + s.Key + ")"
	}
	if s.Reason != "" {
		text += ": " + s.Reason
	}
	return finding.Plain(text)
}

func obligations(p *statement.Predicate) int {
	seen := map[string]bool{}
	for _, f := range p.Fixes {
		seen[f.Advisory] = true
	}
	return len(seen)
}

func shortID(id string) string { return id[:min(12, len(id))] }

// someIDs names the first few commits: an old fix may have been touched by dozens,
// all of which --explain and the result list.
func someIDs(ids []string) string {
	const most = 4
	short := make([]string, 0, most)
	for _, id := range ids[:min(most, len(ids))] {
		short = append(short, shortID(id))
	}
	text := strings.Join(short, ", ")
	if more := len(ids) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

func markdownVerdicts(w io.Writer, st *statement.Statement) {
	p := &st.Predicate
	title := "Gate open"
	if p.Result != statement.Passed {
		title = "Gate closed"
	}
	cell := strings.NewReplacer("|", "\\|", "<", "&lt;", "\n", " ", "`", "'", "[", "\\[", "@", "&#64;").Replace
	fmt.Fprintf(w, "## %s: %s %s\n\n", title, cell(p.Product), cell(p.Release))
	for _, note := range policyNotes(p) {
		fmt.Fprintf(w, "- %s\n", cell(note))
	}
	signed := [2]string{" signed by |", "---|"}
	if p.Policy.FixSignature == "none" {
		signed = [2]string{} // nobody asked
	}
	fmt.Fprintf(w, "\n| advisory | fix is | package | verdict | decided by |%s\n|---|---|---|---|---|%s\n", signed[0], signed[1])
	for _, f := range p.Fixes {
		fmt.Fprintf(w, "| %s | %s | %s | %s | %s |", cell(f.Advisory), f.Obligation, cell(f.Package), mark(st, f), f.DecidedBy)
		if signed[0] != "" {
			fmt.Fprintf(w, " %s |", cell(signer(f.Signature)))
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintln(w)
	for _, pkg := range p.Packages {
		fmt.Fprintf(w, "- **%s**: %s\n", cell(pkg.Name), filesOf(pkg))
	}
	fmt.Fprintln(w)
}
