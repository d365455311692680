package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/countersign/countersign/advisories/finding"
)

func (p *program) demoCommand() *cli.Command {
	return p.command(&cli.Command{
		Name:     "demo",
		Category: extras,
		Usage:    "all three gates on a sample project made on the spot",
		Description: "Makes keys, a git repository with signed fixes, and packages: one complete, one that lacks a\n" +
			"fix, one in which a fix was undone. Then runs the gates on them, for real, and serves the site\n" +
			"on this machine. Needs git; asks for nothing else, and no network.",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "no-serve", Usage: "stop after the site was built"},
			&cli.StringFlag{Name: "dir", Usage: "make it in `DIR`, and leave it there (default: a temporary folder)"},
			&cli.StringFlag{Name: "addr", Value: "127.0.0.1:0", Usage: "serve on `ADDRESS`"},
		},
	}, demo)
}

// demoDay is the day of the story: the morning on which Lantern 2.2.0 is to be
// released.
var demoDay = time.Date(2026, 4, 2, 9, 0, 0, 0, time.UTC)

func demo(ctx context.Context, s *session) (err error) {
	if _, err := exec.LookPath("git"); err != nil {
		return withHint("install git, then run `countersign demo` again", "the demo makes a git repository, and git is not here")
	}
	dir := s.c.String("dir")
	if dir == "" {
		if dir, err = os.MkdirTemp("", "countersign-demo-"); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
	} else if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return fmt.Errorf("--dir: expected an empty folder or none, found files in %s", dir)
	}
	d := &story{session: s, ctx: ctx, dir: dir, security: filepath.Join(dir, "security")}
	for _, act := range []func() error{d.prepare, d.gateOne, d.gateTwo, d.gateThree} {
		if err := act(); err != nil {
			return err
		}
	}
	if s.c.Bool("no-serve") {
		d.end()
		return nil
	}
	return d.serve()
}

// story runs the commands on the sample project and tells what happened.
type story struct {
	*session
	ctx      context.Context
	dir      string
	security string
	sample   *sample
}

// run runs a command as a user would type it, and returns what it printed.
func (d *story) run(args ...string) (stdout string, code int, err error) {
	var out, errs bytes.Buffer
	all := append([]string{"countersign", "-C", d.security, "--now", demoDay.Format(time.RFC3339), "--color", "never"}, args...)
	code = run(d.ctx, all, d.getenv, strings.NewReader(""), &out, &errs)
	if code == exitUsage {
		return "", code, fmt.Errorf("countersign %s: %s", strings.Join(args, " "), strings.TrimSpace(errs.String()))
	}
	return out.String(), code, nil
}

// line prints one line of the story.
func (d *story) line(format string, args ...any) {
	fmt.Fprintln(d.stdout, strings.TrimRight(fmt.Sprintf(format, args...), " "))
}

func (d *story) heading(number int, text string) {
	d.line("\n%s", d.paint("1", fmt.Sprintf("%d  %s", number, text)))
}

func (d *story) command(text string) { d.line("   %s", d.paint("2", "$ countersign "+text)) }

func (d *story) good(format string, args ...any) {
	d.line("   %s %s", d.paint("32", "✓"), fmt.Sprintf(format, args...))
}

func (d *story) bad(format string, args ...any) {
	d.line("   %s %s", d.paint("31", "✗"), fmt.Sprintf(format, args...))
}

// paint colours a text on a terminal.
func (d *story) paint(code, text string) string {
	if !d.color {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// prepare makes the sample project.
func (d *story) prepare() (err error) {
	d.line("%s", d.paint("1", "One security release of Lantern, a small photo album, through three gates"))
	if d.sample, err = makeSample(d.ctx, d.dir); err != nil {
		return err
	}
	d.line("   made in %s:", d.dir)
	d.line("   keys      two OpenPGP keys, mara's and jonas's")
	d.line("   lantern/  a git repository, %s, three of them signed fixes", finding.Count(len(d.sample.commits), "commit"))
	d.line("   security/ three advisories: one published last year, two to be fixed by 2.2.0 today")
	return nil
}

func (d *story) end() {
	if d.c.String("dir") == "" {
		d.line("\nEverything was made in a temporary folder and is gone now. `countersign demo --dir DIR` keeps it.")
		return
	}
	d.line("\nLook around: %s. The site is in %s.", d.dir, filepath.Join(d.security, "public"))
}
