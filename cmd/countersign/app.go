package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/urfave/cli/v2"
)

// program is everything outside: streams and environment. Tests hand in their
// own.
type program struct {
	getenv         func(string) string
	stdin          io.Reader
	stdout, stderr io.Writer
}

const (
	gates   = "Gates"
	reports = "Reports and people"
	formats = "Standards and documents"
	extras  = "The rest"
)

// app is the table of commands. One file each; the library that runs them is
// seen only in this folder.
func (p *program) app() *cli.App {
	return &cli.App{
		Name:  "countersign",
		Usage: "three gates around a security release",
		Description: "check reads the advisories, verify looks into the release's packages for every fix\n" +
			"that they promise, site renders what the public may see today.\n\n" +
			"Exit codes: 0 clean · 1 findings, the gate is closed · 2 wrong usage, or a file that\n" +
			"cannot be opened · 3 nothing refuted, but something could not be checked.",
		HideHelpCommand: true,
		HideVersion:     true,
		Flags:           globalFlags(),
		Commands: []*cli.Command{
			p.checkCommand(), p.verifyCommand(), p.siteCommand(),
			p.verifyResultCommand(), p.planCommand(),
			p.newCommand(), p.statusCommand(), p.messageCommand(), p.keysCommand(),
			p.exportCommand(), p.importCommand(), p.schemaCommand(), p.explainCommand(),
			p.initCommand(), p.demoCommand(), p.completionCommand(), p.versionCommand(),
		},
		Reader:                    p.stdin,
		Writer:                    p.stdout,
		ErrWriter:                 p.stderr,
		ExitErrHandler:            func(*cli.Context, error) {},
		DisableSliceFlagSeparator: true, // a file's name may hold a comma
		CustomAppHelpTemplate:     appHelp,
	}
}

func globalFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "C", Value: ".", Usage: "the security repository is in `DIR`"},
		&cli.StringFlag{Name: "format", Value: "text", Usage: "print findings as `FORMAT`: text, json, sarif, github, gitlab or markdown"},
		&cli.StringSliceFlag{Name: "also", Usage: "write the findings to a file too, `FORMAT=FILE` (repeatable)"},
		&cli.StringFlag{Name: "color", Value: "auto", Usage: "`WHEN` to colour: auto, always or never"},
		&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "print findings only"},
		&cli.StringFlag{Name: "now", Usage: "take `TIME` (2026-01-31, or RFC 3339) for the present"},
	}
}

// usageText is an OnUsageError that leaves the printing to exitCode.
func usageText(_ *cli.Context, err error, _ bool) error { return err }

// command completes a row of the table.
func (p *program) command(c *cli.Command, do func(context.Context, *session) error) *cli.Command {
	c.OnUsageError = usageText
	c.HideHelpCommand = true
	if do != nil {
		c.Action = func(c *cli.Context) error {
			s, err := p.session(c)
			if err != nil {
				return err
			}
			return do(c.Context, s)
		}
	}
	return c
}

// parseNow reads the value of --now.
func parseNow(text string) (time.Time, error) {
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("--now: expected a day such as 2026-01-31 or a time such as 2026-01-31T12:00:00Z, found %q", text)
}

const appHelp = `{{.Name}}: {{.Usage}}

{{.Description}}

Usage: countersign COMMAND [flags] [arguments]
{{range .VisibleCategories}}
{{.Name}}{{range .VisibleCommands}}
  {{printf "%-14s" .Name}} {{.Usage}}{{end}}
{{end}}
Flags for every command{{range .VisibleFlags}}
  {{.}}{{end}}

First time here? Run ` + "`countersign demo`" + `. A command's own flags: ` + "`countersign COMMAND --help`" + `.
`
