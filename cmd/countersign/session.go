package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
	"github.com/countersign/countersign/advisories/report"
)

// session is one run of a command: the program, what the global flags say, and
// the command's own flags.
type session struct {
	*program
	c      *cli.Context
	args   []string
	dir    string // of the security repository
	format report.Format
	also   []*copyTo
	color  bool
	quiet  bool
	now    time.Time
}

func (p *program) session(c *cli.Context) (*session, error) {
	s := &session{program: p, c: c, args: c.Args().Slice(), dir: c.String("C"), quiet: c.Bool("quiet"), now: time.Now().UTC()}
	var err error
	if s.format, err = report.ParseFormat(c.String("format")); err != nil {
		return nil, fmt.Errorf("--format: %w", err)
	}
	if s.also, err = copies(c.StringSlice("also")); err != nil {
		return nil, err
	}
	switch c.String("color") {
	case "always":
		s.color = true
	case "auto":
		s.color = isTerminal(p.stdout) && p.getenv("NO_COLOR") == "" && p.getenv("TERM") != "dumb"
	case "never":
	default:
		return nil, fmt.Errorf("--color: expected auto, always or never, found %q", c.String("color"))
	}
	if given := c.String("now"); given != "" {
		if s.now, err = parseNow(given); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// only refuses the formats that a command does not print.
func (s *session) only(formats ...report.Format) error {
	if slices.Contains(formats, s.format) {
		return nil
	}
	var names []string
	for _, f := range formats {
		names = append(names, string(f))
	}
	return fmt.Errorf("--format: %s prints %s, not %s", s.c.Command.FullName(), strings.Join(names, ", "), s.format)
}

// belowCheckout is the security repository's folder as the forge names it, below
// the runner's checkout or else below the current folder; empty where it is the
// whole of it, or lies elsewhere.
func (s *session) belowCheckout() string {
	dir, err := filepath.Abs(s.dir)
	if err != nil {
		return ""
	}
	for _, checkout := range []string{s.getenv("GITHUB_WORKSPACE"), s.getenv("CI_PROJECT_DIR"), "."} {
		if checkout == "" {
			continue
		}
		root, err := filepath.Abs(checkout)
		if err != nil {
			continue
		}
		if rel, err := filepath.Rel(root, dir); err == nil && filepath.IsLocal(rel) {
			if rel == "." {
				return ""
			}
			return filepath.ToSlash(rel)
		}
	}
	return ""
}

// today is the day that the clock shows, at midnight UTC.
func (s *session) today() time.Time {
	return s.now.UTC().Truncate(24 * time.Hour)
}

// load reads the security repository. A folder without countersign.yaml is
// wrong usage, not an empty repository: a gate that reads the wrong folder must
// not be open.
func (s *session) load() (*advisories.Set, []finding.Finding, error) {
	if _, err := os.Stat(filepath.Join(s.dir, "countersign.yaml")); err != nil {
		return nil, nil, s.noRepository(err)
	}
	return advisories.Load(os.DirFS(s.dir))
}

func (s *session) noRepository(err error) error {
	if info, err := os.Stat(s.dir); err == nil && !info.IsDir() {
		return withHint("name the folder that holds countersign.yaml", "-C: expected a folder, found the file %q", s.dir)
	}
	if !os.IsNotExist(err) {
		return err
	}
	return withHint("name the folder with `-C DIR`, or start one with `countersign init`",
		"no security repository in %q: countersign.yaml is not there", s.dir)
}

// copyTo is a second report, beside the one on standard output. It grows with each
// release that a run judges.
type copyTo struct {
	format report.Format
	file   string
	text   bytes.Buffer
}

// copies reads --also FORMAT=FILE.
func copies(given []string) ([]*copyTo, error) {
	var out []*copyTo
	for _, text := range given {
		name, file, ok := strings.Cut(text, "=")
		if !ok || file == "" {
			return nil, fmt.Errorf("--also: expected FORMAT=FILE, found %q", text)
		}
		format, err := report.ParseFormat(name)
		if err != nil {
			return nil, fmt.Errorf("--also: %w", err)
		}
		out = append(out, &copyTo{format: format, file: file})
	}
	return out, nil
}

// report writes what a command found in the format asked for, and in those of
// --also.
func (s *session) report(write func(w io.Writer, format report.Format, color bool) error) error {
	if err := write(s.stdout, s.format, s.color); err != nil {
		return err
	}
	for _, c := range s.also {
		if err := write(&c.text, c.format, false); err != nil {
			return err
		}
		if err := writeFile(c.file, c.text.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

// print writes findings and gives the outcome.
func (s *session) print(rules []finding.Rule, list []finding.Finding, subject string) error {
	err := s.report(func(w io.Writer, format report.Format, color bool) error {
		return report.Write(w, format, rules, list, report.Options{Color: color, Version: version(), Subject: subject, Quiet: s.quiet, Dir: s.belowCheckout()})
	})
	if err != nil {
		return err
	}
	return outcomeOf(list)
}

// say prints a line for people, unless they asked for quiet or for a format
// that a program reads.
func (s *session) say(format string, args ...any) {
	if !s.quiet && s.format == report.Text {
		fmt.Fprintf(s.stdout, format+"\n", args...)
	}
}

// isTerminal reports whether a person is at the other end.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull) // a device of characters as well, at which nobody sits
	return err != nil || !os.SameFile(info, null)
}
