package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
	"github.com/countersign/countersign/advisories/report"
	"github.com/countersign/countersign/advisories/workflow"
	"github.com/countersign/countersign/verify"
	"github.com/countersign/countersign/verify/keyring"
)

func (p *program) keysCommand() *cli.Command {
	return p.command(&cli.Command{
		Name:     "keys",
		Category: reports,
		Usage:    "the keyring: list it, or check windows, expiry, and who can receive reports",
		Subcommands: []*cli.Command{
			p.command(&cli.Command{Name: "list", Usage: "every key: owner, roles, algorithm, fingerprint, window (default)"}, keysList),
			p.command(&cli.Command{
				Name: "check", Usage: "what is wrong with the keys today, or soon",
				Flags: []cli.Flag{&cli.IntFlag{Name: "within", Value: 60, Usage: "report keys that expire within so many `DAYS`"}},
			}, keysCheck),
		},
	}, keysList)
}

// keyRow is a key as keys list prints it.
type keyRow struct {
	Owner       string   `json:"owner"`
	Roles       []string `json:"roles"`
	Algorithm   string   `json:"algorithm"`
	Fingerprint string   `json:"fingerprint"`
	UsableFrom  string   `json:"usable_from,omitempty"`
	Expires     string   `json:"expires,omitempty"`
	Removed     string   `json:"removed,omitempty"`
	File        string   `json:"file"`
}

func keysList(_ context.Context, s *session) error {
	if err := s.only(report.Text, report.JSON); err != nil {
		return err
	}
	set, found, err := s.load()
	if err != nil {
		return err
	}
	s.warn(found)
	ring, issues := verify.Ring(set)
	rows := []keyRow{}
	for _, k := range ring.Keys() {
		rows = append(rows, rowOf(ring, k, s.now))
	}
	if s.format == report.JSON {
		out := json.NewEncoder(s.stdout)
		out.SetIndent("", "  ")
		if err := out.Encode(map[string]any{"keys": rows}); err != nil {
			return err
		}
		return outcomeOf(append(found, issues...))
	}
	table := tabwriter.NewWriter(s.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "OWNER\tROLES\tKEY\tFINGERPRINT\tCOUNTS FROM\tUNTIL")
	for _, r := range rows {
		until := r.Expires
		if r.Removed != "" {
			until = r.Removed
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", r.Owner, strings.Join(r.Roles, ", "), r.Algorithm, r.Fingerprint, r.UsableFrom, until)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	s.warn(issues)
	return outcomeOf(append(found, issues...))
}

func rowOf(ring *keyring.Ring, k *keyring.Key, now time.Time) keyRow {
	d := ring.Describe(k, now)
	row := keyRow{Owner: d.Owner, Algorithm: d.Algorithm, Fingerprint: d.Grouped, UsableFrom: day(k.UsableFrom()), Expires: day(d.Expires), File: d.Record}
	if row.Fingerprint == "" {
		row.Fingerprint = d.Fingerprint
	}
	switch {
	case d.Curve != "":
		row.Algorithm += " " + d.Curve
	case d.Bits != 0:
		row.Algorithm += fmt.Sprintf(" %d", d.Bits)
	case d.Identity != nil:
		row.Algorithm, row.Fingerprint = string(d.Kind), d.Identity.Subject+d.Identity.Pattern
	}
	for _, role := range k.Record.Roles {
		row.Roles = append(row.Roles, string(role))
	}
	if r := k.Record.Removed; r != nil {
		row.Removed = day(r.Date) + " (" + r.Reason + ")"
	}
	return row
}

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

func keysCheck(_ context.Context, s *session) error {
	set, found, err := s.load()
	if err != nil {
		return err
	}
	within := time.Duration(s.c.Int("within")) * 24 * time.Hour
	found = append(found, verify.CheckKeys(set, s.now, within)...)
	found = append(found, workflow.Contacts(set, contacts(set, s.now), s.today())...)
	return s.print(allRules(), s.apply(set, found), count(len(set.Keys), "key"))
}

// contacts says of every owner of a key whether reports can be sent there.
func contacts(set *advisories.Set, now time.Time) []workflow.Contact {
	ring, _ := verify.Ring(set)
	var out []workflow.Contact
	for _, k := range ring.Keys() {
		c := workflow.Contact{Owner: k.Owner()}
		switch d := ring.Describe(k, now); {
		case !k.Has(keyring.Contact):
			c.Reason = "the key has no role contact"
		case k.Record.Removed != nil && !now.Before(k.Record.Removed.Date):
			c.Reason = "the key was removed"
		case now.Before(k.UsableFrom()):
			c.Reason = "the key counts only from " + day(k.UsableFrom())
		case !d.CanEncrypt:
			c.Reason = "the key cannot receive encrypted messages on this day"
		default:
			c.Usable = true
		}
		out = append(out, c)
	}
	return out
}

// warn prints findings beside another command's output, on standard error.
func (s *session) warn(list []finding.Finding) {
	if len(list) > 0 {
		report.Write(s.stderr, report.Text, allRules(), list, report.Options{Version: version()})
	}
}
