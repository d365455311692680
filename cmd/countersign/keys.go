package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
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
	Kind        string   `json:"kind"`
	Algorithm   string   `json:"algorithm,omitempty"`
	Fingerprint string   `json:"fingerprint,omitempty"`
	Identity    string   `json:"identity,omitempty"` // sigstore: subject and issuer
	Principals  []string `json:"principals,omitempty"`
	UsableFrom  string   `json:"usable_from,omitempty"`
	Expires     string   `json:"expires,omitempty"`
	Removed     string   `json:"removed,omitempty"`
	Today       string   `json:"today"`
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
	fmt.Fprintln(table, "OWNER\tROLES\tKEY\tFINGERPRINT OR IDENTITY\tFROM\tUNTIL\tTODAY")
	for _, r := range rows {
		name := cmp.Or(r.Fingerprint, r.Identity)
		if len(r.Principals) > 0 {
			name += " for " + strings.Join(r.Principals, ", ")
		}
		row := []string{r.Owner, strings.Join(r.Roles, ", "), strings.TrimSpace(r.Kind + " " + r.Algorithm), name, r.UsableFrom, cmp.Or(r.Removed, r.Expires, "-"), r.Today}
		for i := range row {
			row[i] = finding.Plain(row[i])
		}
		fmt.Fprintln(table, strings.Join(row, "\t"))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	s.warn(issues)
	return outcomeOf(append(found, issues...))
}

// kindNames are the kinds of keys as people call them.
var kindNames = map[keyring.Kind]string{
	keyring.OpenPGP: "OpenPGP", keyring.SSH: "SSH", keyring.SSHCert: "SSH certificate", keyring.SSHCA: "SSH authority",
	keyring.Sigstore: "sigstore", keyring.PEM: "PEM",
}

func rowOf(ring *keyring.Ring, k *keyring.Key, now time.Time) keyRow {
	d := ring.Describe(k, now)
	row := keyRow{
		Owner: d.Owner, Kind: kindNames[d.Kind], Algorithm: d.Algorithm, Fingerprint: d.Grouped, UsableFrom: day(k.UsableFrom()),
		Expires: day(d.Expires), Today: today(k, d, now), File: d.Record,
	}
	if d.Kind == keyring.SSHCert || d.Kind == keyring.SSHCA {
		row.Principals = d.Principals
	}
	switch {
	case d.Curve != "":
		row.Algorithm += " " + d.Curve
	case d.Bits != 0:
		row.Algorithm += fmt.Sprintf(" %d", d.Bits)
	case d.Identity != nil:
		row.Identity = d.Identity.Subject + d.Identity.Pattern + " (" + d.Identity.Issuer + ")"
	}
	if d.CanSign && signs(k) {
		row.Expires = day(d.SignsUntil)
	}
	for _, role := range k.Record.Roles {
		row.Roles = append(row.Roles, string(role))
	}
	if r := k.Record.Removed; r != nil {
		row.Removed = day(r.Date) + " (" + r.Reason + ")"
	}
	return row
}

// signs reports whether the key has a role in which it signs.
func signs(k *keyring.Key) bool {
	return slices.ContainsFunc(k.Record.Roles, func(r keyring.Role) bool { return r != keyring.Contact })
}

// today says in a word whether the key can be used on this day, and otherwise why not.
func today(k *keyring.Key, d keyring.Description, now time.Time) string {
	gone := k.Record.Removed
	switch {
	case gone != nil && !now.Before(gone.Date):
		return "removed"
	case d.Revoked != nil:
		return "REVOKED"
	case d.Weak != "":
		return "TOO WEAK"
	case !d.Expires.IsZero() && !now.Before(d.Expires):
		return "EXPIRED"
	case now.Before(k.UsableFrom()):
		return "not yet"
	case signs(k) && !d.CanSign:
		return "CANNOT SIGN"
	case k.Has(keyring.Contact) && !d.CanEncrypt:
		return "CANNOT RECEIVE"
	}
	return "in use"
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
	return s.print(allRules(), s.apply(set, found), finding.Count(len(set.Keys), "key"))
}

// contacts says of every owner of a key whether reports can be sent there.
func contacts(set *advisories.Set, now time.Time) []workflow.Contact {
	ring, _ := verify.Ring(set)
	var out []workflow.Contact
	for _, k := range ring.Keys() {
		why := ring.CannotReceive(k, now)
		out = append(out, workflow.Contact{Owner: k.Owner(), Usable: why == "", Reason: why})
	}
	return out
}

// warn prints findings beside another command's output, on standard error.
func (s *session) warn(list []finding.Finding) {
	if len(list) > 0 {
		report.Write(s.stderr, report.Text, allRules(), list, report.Options{Version: version()})
	}
}
