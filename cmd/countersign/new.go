package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/exchange/record"
	"github.com/countersign/countersign/advisories/finding"
)

func (p *program) newCommand() *cli.Command {
	return p.command(&cli.Command{
		Name:     "new",
		Category: reports,
		Usage:    "a fresh advisory with the next id",
		Description: "Asks for what is missing where a person sits at the terminal; in scripts the flags say all.\n" +
			"Only title and the day of the report are needed at once: the rest grows with the stage.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "title", Usage: "what is wrong, in one `LINE`"},
			&cli.StringFlag{Name: "product", Usage: "the `PRODUCT` of countersign.yaml (default: the only one)"},
			&cli.StringFlag{Name: "kind", Value: "vulnerability", Usage: "`KIND`: vulnerability or incident"},
			&cli.StringFlag{Name: "reported", Usage: "the day of the report, `DATE` (default: today)"},
			&cli.StringFlag{Name: "reporter", Usage: "the `NAME` to credit; anonymous and internal are understood"},
			&cli.StringFlag{Name: "contact", Usage: "the reporter's `ADDRESS`; stays private"},
			&cli.StringSliceFlag{Name: "assignee", Usage: "who handles it, `NAME` (repeatable)"},
		},
	}, newAdvisory)
}

// draft is what a fresh advisory is filled from.
type draft struct {
	ID, Title, Product, Kind, Reported, Reporter, Contact string
	Assignees, Sections                                   []string
}

func newAdvisory(_ context.Context, s *session) error {
	set, found, err := s.load()
	if err != nil {
		return err
	}
	s.warn(found)
	d := draft{
		Title: s.c.String("title"), Product: s.c.String("product"), Kind: s.c.String("kind"), Reported: s.c.String("reported"),
		Reporter: s.c.String("reporter"), Contact: s.c.String("contact"), Assignees: s.c.StringSlice("assignee"),
		Sections: set.Config.Policy.Effective().Sections,
	}
	if d.Kind != "vulnerability" && d.Kind != "incident" {
		return fmt.Errorf("--kind: expected vulnerability or incident, found %q", d.Kind)
	}
	if err := d.ask(s, set.ProductNames()); err != nil {
		return err
	}
	pattern, err := advisories.ParseIDPattern(set.Config.ID.V)
	if err != nil {
		return fmt.Errorf("countersign.yaml: id: %w", err)
	}
	year, _ := strconv.Atoi(d.Reported[:min(4, len(d.Reported))])
	d.ID = pattern.Next(set, year)
	name := filepath.Join(s.dir, "advisories", d.ID+".md")
	if _, err := os.Lstat(name); err == nil {
		return withHint("give the file the id that it holds, and run `countersign check`", "%s is there already", name)
	}
	text, err := d.document()
	if err != nil {
		return err
	}
	if err := writeFile(name, text); err != nil {
		return err
	}
	fmt.Fprintln(s.stdout, name)
	return nil
}

// ask fills what is missing from the terminal, or says which flags would.
func (d *draft) ask(s *session, products []string) error {
	if d.Reported == "" {
		d.Reported = day(s.now)
	}
	switch at, err := parseNow(d.Reported); {
	case err != nil:
		return fmt.Errorf("--reported: expected a day such as 2026-01-31, found %q", d.Reported)
	case at.After(s.now.Add(24 * time.Hour)): // a day's grace for time zones, as in gate 1
		return fmt.Errorf("--reported: expected the day on which the report came, found %s, which is still to come", d.Reported)
	}
	if d.Product == "" && len(products) == 1 {
		d.Product = products[0]
	}
	if err := knownProduct(d.Product, products); err != nil {
		return err
	}
	if d.Title = strings.TrimSpace(d.Title); d.Title != "" {
		return nil
	}
	if !isTerminal(s.stdin) {
		return withHint("for example: countersign new --title \"Search term is printed without escaping\"", "new: --title is needed")
	}
	in := bufio.NewScanner(s.stdin)
	for _, q := range []struct {
		question string
		into     *string
		fits     func(answer string) error
	}{
		{"Title, one line: ", &d.Title, func(answer string) error {
			if answer == "" {
				return fmt.Errorf("an advisory needs a title, such as: Search term is printed without escaping")
			}
			return nil
		}},
		{"Product (" + strings.Join(products, ", ") + "; may be empty): ", &d.Product, func(answer string) error { return knownProduct(answer, products) }},
		{"Reporter to credit (a name, anonymous, internal; empty: not known yet): ", &d.Reporter, nil},
		{"Reporter's address (stays private; may be empty): ", &d.Contact, nil},
	} {
		for *q.into == "" {
			fmt.Fprint(s.stderr, q.question)
			if !in.Scan() {
				return fmt.Errorf("new: the answers ended before everything was asked")
			}
			answer := strings.TrimSpace(in.Text())
			if q.fits == nil {
				*q.into = answer
				break
			}
			if err := q.fits(answer); err != nil {
				fmt.Fprintln(s.stderr, finding.Plain(err.Error()))
				continue
			}
			*q.into = answer
			break
		}
	}
	return nil
}

// knownProduct refuses a product that countersign.yaml does not have. None is
// fine: an advisory may name its products later, under affected.
func knownProduct(name string, products []string) error {
	if name == "" || slices.Contains(products, name) {
		return nil
	}
	return withHint(suggestion(finding.Nearest(name, products), "products of countersign.yaml: "+strings.Join(products, ", ")),
		"--product: there is no product %q in countersign.yaml", name)
}

var draftTemplate = template.Must(template.New("advisory").Funcs(template.FuncMap{"yaml": record.Quote, "lower": strings.ToLower}).Parse(
	`---
id: {{.ID}}
title: {{yaml .Title}}
{{- with .Product}}
product: {{yaml .}}{{end}}
{{- if eq .Kind "incident"}}
kind: incident{{end}}
{{- with .Reporter}}
credits:
{{- if eq (lower .) "anonymous"}}
  - {anonymous: true, type: reporter}
{{- else if eq (lower .) "internal"}}
  - {internal: true, type: reporter}
{{- else}}
  - {name: {{yaml .}}, type: reporter}{{end}}{{end}}
timeline:
  reported: {{.Reported}}
{{- with .Assignees}}
assignees: [{{range $i, $who := .}}{{if $i}}, {{end}}{{yaml $who}}{{end}}]{{end}}
{{- with .Contact}}
private:
  reporter_contact: {{yaml .}}{{end}}
---
{{range $i, $name := .Sections}}{{if $i}}
{{end}}## {{$name}}
{{end}}`))

func (d *draft) document() ([]byte, error) {
	var out bytes.Buffer
	err := draftTemplate.Execute(&out, d)
	return out.Bytes(), err
}
