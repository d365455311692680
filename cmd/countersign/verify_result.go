package main

import (
	"context"
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
		Description: "Several files are results of one release, each for some of its packages: they must agree on\n" +
			"policy and source, and count together. --output writes the merged result.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write the merged result to `FILE`"},
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
	merged := parts[0]
	if len(parts) > 1 {
		if merged, err = statement.Merge(parts); err != nil {
			return fmt.Errorf("the results do not belong together: %w", err)
		}
	}
	findings = append(findings, verify.CheckComplete(set, s.args[0], merged)...)
	if s.c.String("output") != "" {
		if err := s.writeMerged(set, merged); err != nil {
			return err
		}
	}
	return s.printVerdicts(&verify.Report{Statement: merged, Findings: findings})
}

func (s *session) writeMerged(set *advisories.Set, merged *statement.Statement) error {
	key, err := s.signingKey()
	if err != nil {
		return err
	}
	return s.writeResult("", merged, key)
}
