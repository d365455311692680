package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
	"github.com/countersign/countersign/advisories/workflow"
	"github.com/countersign/countersign/verify"
	"github.com/countersign/countersign/verify/keyring"
)

func (p *program) messageCommand() *cli.Command {
	return p.command(&cli.Command{
		Name:      "message",
		Category:  reports,
		Usage:     "the text that goes with a step: " + stepNames(),
		ArgsUsage: "STEP ID",
		Description: "A text that names what is not public yet must travel encrypted: give the recipient's key\n" +
			"with --encrypt-to, or --plain to read it on this machine only.\n\n" +
			"Your own texts replace the built-in ones: messages/STEP.txt in the security repository.",
		Flags: []cli.Flag{
			&cli.StringSliceFlag{Name: "encrypt-to", Usage: "encrypt to the OpenPGP key in `FILE`, or to the contact key of a team member (repeatable)"},
			&cli.BoolFlag{Name: "plain", Usage: "print even what must not travel in plain text"},
			&cli.StringFlag{Name: "sender", Usage: "sign the text as `NAME`"},
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write to `FILE`"},
		},
	}, message)
}

func stepNames() string {
	var names []string
	for _, s := range workflow.Steps {
		names = append(names, string(s))
	}
	return strings.Join(names, ", ")
}

func message(_ context.Context, s *session) error {
	if len(s.args) != 2 {
		return withHint("for example `countersign message acknowledge DEMO-2026-0001`", "message: expected a step and an advisory's id, found %d arguments", len(s.args))
	}
	step, err := workflow.ParseStep(s.args[0])
	if err != nil {
		return err
	}
	set, found, err := s.load()
	if err != nil {
		return err
	}
	s.warn(found)
	a, err := findAdvisory(set, s.args[1])
	if err != nil {
		return err
	}
	m, err := workflow.Compose(workflow.Input{
		Step: step, Advisory: a, Set: set, Templates: messageTemplates(s.dir),
		Sender: s.c.String("sender"), Today: s.today(),
	})
	if err != nil {
		return err
	}
	text := []byte(m.Body)
	if to := s.c.StringSlice("encrypt-to"); len(to) > 0 {
		if text, err = encryptTo(s, set, to, text); err != nil {
			return err
		}
	} else if m.Secret != "" && !s.c.Bool("plain") {
		return withHint("encrypt with `--encrypt-to KEY.asc`, or read it here with `--plain`", "this message must not travel in plain text: %s", m.Secret)
	}
	var out bytes.Buffer
	if m.To != "" {
		fmt.Fprintf(&out, "To: %s\n", m.To)
	}
	fmt.Fprintf(&out, "Subject: %s\n\n%s", m.Subject, text)
	return s.put(s.c.String("output"), out.Bytes())
}

func findAdvisory(set *advisories.Set, id string) (*advisories.Advisory, error) {
	var ids []string
	for _, a := range set.Advisories {
		if a.ID.V == id {
			return a, nil
		}
		ids = append(ids, a.ID.V)
	}
	return nil, withHint(suggestion(finding.Nearest(id, ids), "ids are the names of the files in advisories/"), "no advisory has the id %q", id)
}

// encryptTo encrypts to key files and to team members named by their owner.
func encryptTo(s *session, set *advisories.Set, to []string, text []byte) ([]byte, error) {
	ring, found := verify.Ring(set)
	s.warn(found)
	var keys []*keyring.Key
	for _, name := range to {
		of, why := contactKeys(ring, name, s.now)
		if keys = append(keys, of...); len(of) > 0 {
			continue
		}
		if why != "" {
			return nil, withHint("see countersign keys check", "--encrypt-to %s: %s", name, why)
		}
		armored, err := os.ReadFile(name)
		if err != nil {
			return nil, withHint("name a file with a public key, or a team member with the role contact", "--encrypt-to: %w", err)
		}
		theirs, issues := keyring.New([]keyring.Record{{Name: name, Owner: name, Roles: []keyring.Role{keyring.Contact}, Armored: string(armored)}})
		if len(issues) > 0 {
			return nil, fmt.Errorf("--encrypt-to: %s: %s", name, issues[0].Message)
		}
		keys = append(keys, theirs.Keys()...)
	}
	var out bytes.Buffer
	if err := keyring.Encrypt(&out, text, keys, s.now, rand.Reader); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// contactKeys are the keys by which a team member can receive a message, or why
// there is none.
func contactKeys(ring *keyring.Ring, owner string, now time.Time) (keys []*keyring.Key, why string) {
	for _, k := range ring.ByRole(keyring.Contact) {
		if k.Owner() != owner {
			continue
		}
		if reason := ring.CannotReceive(k, now); reason != "" {
			why = reason
		} else {
			keys = append(keys, k)
		}
	}
	return keys, why
}
