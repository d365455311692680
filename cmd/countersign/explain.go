package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/countersign/countersign/advisories/finding"
	"github.com/countersign/countersign/advisories/lint"
	"github.com/countersign/countersign/advisories/report"
)

func (p *program) explainCommand() *cli.Command {
	return p.command(&cli.Command{
		Name:      "explain",
		Category:  formats,
		Usage:     "a rule's reason, with an example; without RULE, all rules",
		ArgsUsage: "[RULE]",
	}, explain)
}

func explain(_ context.Context, s *session) error {
	if err := s.only(report.Text); err != nil {
		return err
	}
	rows := allRules()
	switch len(s.args) {
	case 0:
		for _, r := range rows {
			fmt.Fprintf(s.stdout, "%-34s %-8s %s\n", r.ID, r.Severity, r.Title)
		}
		return nil
	case 1:
		for _, r := range rows {
			if r.ID == s.args[0] {
				explainRule(s, r)
				return nil
			}
		}
		var ids []string
		for _, r := range rows {
			ids = append(ids, r.ID)
		}
		return withHint(suggestion(finding.Nearest(s.args[0], ids), "run `countersign explain` for the list"), "no rule is called %q", s.args[0])
	}
	return fmt.Errorf("explain: expected one rule, found %d", len(s.args))
}

func explainRule(s *session, r finding.Rule) {
	fmt.Fprintf(s.stdout, "%s [%s, %s]\n\n%s\n", r.Title, r.ID, r.Severity, wrap(r.Why, 78))
	example, ok := lint.ExampleOf(r.ID)
	if !ok {
		return
	}
	for _, side := range []struct{ name, title string }{{"base", "Before"}, {"both", "Given"}, {"bad", "Breaks the rule"}, {"good", "Keeps it"}} {
		for _, f := range example.Files {
			if f.Side == side.name {
				fmt.Fprintf(s.stdout, "\n%s: %s\n\n%s\n", side.title, f.Name, indent(f.Text))
			}
		}
		if side.name == "bad" {
			fmt.Fprintf(s.stdout, "\nWhat check says\n\n%s\n", indent(example.Want))
		}
	}
}

func indent(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n    ")
}

// wrap breaks plain text into lines of at most width characters.
func wrap(text string, width int) string {
	var out strings.Builder
	column := 0
	for _, word := range strings.Fields(text) {
		size := len([]rune(word))
		switch {
		case column == 0:
		case column+1+size > width:
			out.WriteByte('\n')
			column = 0
		default:
			out.WriteByte(' ')
			column++
		}
		out.WriteString(word)
		column += size
	}
	return out.String()
}
