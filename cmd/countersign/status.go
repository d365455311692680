package main

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/countersign/countersign/advisories/report"
	"github.com/countersign/countersign/advisories/workflow"
)

func (p *program) statusCommand() *cli.Command {
	return p.command(&cli.Command{
		Name:      "status",
		Category:  reports,
		Usage:     "each open report: stage, next step, who, overdue; the checklist of a coming release",
		ArgsUsage: "[VERSION]",
		Description: "Without VERSION: a table of the open reports, most urgent first. With VERSION (1.8.38, or\n" +
			"mybb@1.8.38): the Markdown checklist of that release, ready for the team's thread.",
	}, status)
}

func status(_ context.Context, s *session) error {
	if err := s.only(report.Text, report.JSON, report.Markdown); err != nil {
		return err
	}
	set, found, err := s.load()
	if err != nil {
		return err
	}
	if s.warn(found); len(s.args) > 1 {
		return fmt.Errorf("status: expected one version, found %d", len(s.args))
	}
	switch {
	case len(s.args) == 1:
		product, version := splitVersion(s.args[0])
		err = workflow.Checklist(s.stdout, set, product, version, s.today())
	case s.format == report.JSON:
		err = workflow.WriteJSON(s.stdout, workflow.Status(set, s.today()))
	case s.format == report.Markdown:
		err = workflow.WriteMarkdown(s.stdout, workflow.Status(set, s.today()))
	default:
		err = workflow.WriteTable(s.stdout, workflow.Status(set, s.today()))
	}
	if err != nil {
		return err
	}
	s.warn(s.apply(set, workflow.Contacts(set, contacts(set, s.now), s.today())))
	return outcomeOf(found)
}
