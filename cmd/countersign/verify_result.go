package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/urfave/cli/v2"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
	"github.com/countersign/countersign/verify"
	"github.com/countersign/countersign/verify/statement"
)

func (p *program) verifyResultCommand() *cli.Command {
	return p.command(&cli.Command{
		Name:      "verify-result",
		Category:  gates,
		Usage:     "check results: signatures, digests, whether they are stale; and merge those of one release",
		ArgsUsage: "FILE…",
		Description: "Several results of one release, each for some of its packages, must agree on policy and source,\n" +
			"and count together. --output writes the merged result; with results of several releases it names\n" +
			"a folder, and each is written there as RECORD.verification.json.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write the merged result to `FILE`, or into that folder"},
			&cli.StringFlag{Name: "sign", Usage: "sign the merged result with the key in `KEY.pem`"},
		},
	}, verifyResult)
}

func verifyResult(_ context.Context, s *session) error {
	if len(s.args) == 0 {
		return fmt.Errorf("verify-result: expected a result file, found none")
	}
	set, found, err := s.load()
	if err != nil {
		return err
	}
	s.warn(found)
	var parts []*statement.Statement
	var findings []finding.Finding
	for _, name := range s.args {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		doc, list := verify.CheckResult(set, name, text, s.now)
		findings = append(findings, list...)
		if doc != nil {
			parts = append(parts, doc.Statement)
		}
	}
	if len(parts) < len(s.args) {
		return s.print(allRules(), findings, "")
	}
	releases := byRelease(parts)
	worst, all := error(nil), &verdictsSoFar{}
	for i, parts := range releases {
		merged, err := statement.Merge(parts)
		if err != nil {
			return fmt.Errorf("the results do not belong together: %w", err)
		}
		findings := append(findings, verify.CheckComplete(set, s.args[0], merged)...)
		if err := s.writeMerged(set, merged, len(releases)); err != nil {
			return err
		}
		err = s.printVerdicts(&verify.Report{Statement: merged, Findings: findings}, all, i == len(releases)-1)
		if errors.As(err, new(outcome)) || err == nil {
			worst = worse(worst, err)
			continue
		}
		return err
	}
	return worst
}

// byRelease puts the results of one release together, in the order of their first.
func byRelease(parts []*statement.Statement) [][]*statement.Statement {
	var out [][]*statement.Statement
	at := map[[2]string]int{}
	for _, part := range parts {
		key := [2]string{part.Predicate.Product, part.Predicate.Release}
		if _, known := at[key]; !known {
			at[key] = len(out)
			out = append(out, nil)
		}
		out[at[key]] = append(out[at[key]], part)
	}
	return out
}

// writeMerged writes a merged result where --output says.
func (s *session) writeMerged(set *advisories.Set, merged *statement.Statement, releases int) error {
	if s.c.String("output") == "" {
		return nil
	}
	key, err := s.signingKey()
	if err != nil {
		return err
	}
	record := merged.Predicate.Release + ".md"
	if r := set.Release(merged.Predicate.Product, merged.Predicate.Release); r != nil {
		record = r.Path
	}
	return s.writeResult(record, merged, key, releases)
}
