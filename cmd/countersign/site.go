package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/urfave/cli/v2"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
	"github.com/countersign/countersign/advisories/lint"
	"github.com/countersign/countersign/advisories/report"
	"github.com/countersign/countersign/advisories/workflow"
	"github.com/countersign/countersign/site"
	"github.com/countersign/countersign/verify"
)

func (p *program) siteCommand() *cli.Command {
	flags := func(more ...cli.Flag) []cli.Flag {
		return append(more,
			&cli.BoolFlag{Name: "preview", Usage: "also render what is not public yet, marked on every page"},
			&cli.StringSliceFlag{Name: "formats", Usage: "write only these machine-readable `FORMATS`: osv, osv-archive, csaf, cve, openvex (default: all)"},
			&cli.StringFlag{Name: "theme", Usage: "take templates and styles from `DIR` first (default: site.theme of countersign.yaml)"},
		)
	}
	return p.command(&cli.Command{
		Name:     "site",
		Category: gates,
		Usage:    "gate 3: what may the public see today? Then render it",
		Subcommands: []*cli.Command{
			p.command(&cli.Command{
				Name:  "build",
				Usage: "render the site into a folder, whole or not at all",
				Flags: flags(
					&cli.StringFlag{Name: "out", Aliases: []string{"o"}, Usage: "write the site to `DIR` (default: public/ in the security repository)"},
					&cli.StringFlag{Name: "sign", Usage: "sign CSAF documents and security.txt with the OpenPGP private key in `KEY.asc`, which has no passphrase"},
					&cli.StringFlag{Name: "signer", Usage: "sign CSAF documents by `COMMAND`, which reads a document and writes a detached, armored signature"},
					&cli.StringFlag{Name: "clear-signer", Usage: "sign security.txt by `COMMAND`, which reads the text and writes it with its cleartext signature"},
					&cli.BoolFlag{Name: "full", Usage: "render everything, also what did not change"},
					&cli.StringSliceFlag{Name: "gone", Usage: "the published advisory `ID` may vanish (repeatable)"},
				),
			}, siteBuild),
			p.command(&cli.Command{
				Name:  "serve",
				Usage: "serve the site on this machine, and render again on change",
				Flags: flags(&cli.StringFlag{Name: "addr", Value: "127.0.0.1:8642", Usage: "listen on `ADDRESS`"}),
			}, siteServe),
		},
	}, nil)
}

// siteBuild is gate 3 from beginning to end.
func siteBuild(ctx context.Context, s *session) error {
	defer collectLate()()
	in, found, err := s.siteInput()
	if err != nil {
		return err
	}
	out := s.c.String("out")
	if out == "" {
		out = filepath.Join(s.dir, "public")
	}
	folder, err := site.OpenFolder(out)
	if err != nil {
		return err
	}
	defer folder.Discard()
	in.Gone = s.c.StringSlice("gone")
	if in.Signer, err = s.siteSigner(ctx, in.Ring); err != nil {
		return err
	}
	if !s.c.Bool("full") {
		in.Previous = folder.State()
	}
	in.Progress = s.progress("rendering")
	built, more, err := site.Build(*in, folder)
	if err != nil {
		return err
	}
	if found = append(found, more...); len(found) > 0 {
		finding.Sort(found)
		if err := s.print(allRules(), found, "the site"); err != nil {
			s.explainRefusal(out)
			return err
		}
	}
	written, removed, err := folder.Commit(built.State)
	if err != nil {
		return err
	}
	s.tellBuild(built, in.Preview)
	s.say("%s in %s: %d written, %d removed", finding.Count(built.Pages, "file"), out, written, removed)
	return nil
}

// collectLate lets garbage lie until there is a lot of it, as there never is
// where little changed, and returns a function that ends this. From then on it is
// collected seldom: rendering leaves much behind and keeps little, so that a build
// is a fifth faster, and a hundred thousand advisories still fit in 1 GB.
func collectLate() (end func()) {
	const untouched, seldom = 5000, 400 // percent of what is kept; 5,000 means 200 MB at least
	before := debug.SetGCPercent(untouched)
	ended := new(atomic.Bool)
	runtime.AddCleanup(&[]*int{nil}, func(ended *atomic.Bool) { // when garbage was collected for the first time
		if !ended.Load() {
			debug.SetGCPercent(seldom)
		}
	}, ended)
	return func() {
		ended.Store(true)
		debug.SetGCPercent(before)
	}
}

func (s *session) explainRefusal(out string) {
	s.say("\nNothing was published: a document that does not load could hide what must not be shown.")
	if _, err := os.Stat(out); err == nil {
		s.say("%s stands as it was.", out)
	}
}

// siteInput reads all that a site is made of.
func (s *session) siteInput() (*site.Input, []finding.Finding, error) {
	if _, err := os.Stat(filepath.Join(s.dir, "countersign.yaml")); err != nil {
		return nil, nil, s.noRepository(err)
	}
	set, found, err := site.Load(site.Disk(s.dir))
	if err != nil {
		return nil, nil, err
	}
	theme, err := s.theme(set)
	if err != nil {
		return nil, nil, err
	}
	formats, err := siteFormats(s.c.StringSlice("formats"))
	if err != nil {
		return nil, nil, err
	}
	ring, issues := verify.Ring(set)
	return &site.Input{
		Formats: formats,
		Set:     set, Ring: ring, Theme: theme, Rules: siteRules(),
		Now: s.now, Preview: s.c.Bool("preview"), Version: version(), Claims: verify.ClaimsDigest,
	}, append(found, issues...), nil
}

// siteFormats checks the names of formats; none means all.
func siteFormats(names []string) ([]site.Format, error) {
	known := []site.Format{site.OSV, site.OSVArchive, site.CSAF, site.CVE, site.OpenVEX}
	var out []site.Format
	for _, name := range names {
		if !slices.Contains(known, site.Format(name)) {
			return nil, fmt.Errorf("--formats: %q is none of %v", name, known)
		}
		out = append(out, site.Format(name))
	}
	return out, nil
}

func (s *session) theme(set *advisories.Set) (fs.FS, error) {
	dir := s.c.String("theme")
	if dir == "" && set.Config != nil && set.Config.Site.Theme.Given() {
		dir = filepath.Join(s.dir, filepath.FromSlash(set.Config.Site.Theme.V))
	}
	if dir == "" {
		return nil, nil
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, errors.Join(fmt.Errorf("the theme %q is no folder", dir), err)
	}
	return os.DirFS(dir), nil
}

// siteRules are the rows of the rule reference.
func siteRules() []site.Rule {
	rules := map[int][]finding.Rule{
		1: slices.Concat(advisories.Rules, lint.Rows(lint.Rules), workflow.Rules),
		2: slices.Concat(verify.Rules, verify.KeyRules),
	}
	var out []site.Rule
	for gate := 1; gate <= 2; gate++ {
		for _, r := range rules[gate] {
			row := site.Rule{Rule: r, Gate: gate}
			if example, ok := lint.ExampleOf(r.ID); ok {
				row.Bad, row.Good = sideOf(example, "bad"), sideOf(example, "good")
			}
			out = append(out, row)
		}
	}
	return out
}

func sideOf(example lint.Example, side string) string {
	var texts []string
	for _, f := range example.Files {
		if f.Side == side {
			texts = append(texts, f.Text)
		}
	}
	return strings.Join(texts, "\n")
}

// tellBuild says what is public, and why the rest is not.
func (s *session) tellBuild(built *site.Report, preview bool) {
	s.say("%s on the site", finding.Count(built.Public, "advisory"))
	if preview {
		s.say("preview: drafts are rendered too, and every page says so; do not publish this folder")
	}
	if len(built.LeftOut) == 0 {
		return
	}
	s.say("not public:")
	for i, left := range built.LeftOut {
		if i == 20 {
			s.say("  … and %d more", len(built.LeftOut)-i)
			break
		}
		s.say("  %s  %s", left.ID, left.Why)
	}
}

// progress returns a function that draws a counter on a terminal, nil where
// nobody looks.
func (s *session) progress(what string) func(done, total int) {
	if s.quiet || s.format != report.Text || !isTerminal(s.stderr) {
		return nil
	}
	return func(done, total int) {
		fmt.Fprintf(s.stderr, "\r%s %d/%d\x1b[K", what, done, total)
		if done >= total {
			fmt.Fprint(s.stderr, "\r\x1b[K")
		}
	}
}
