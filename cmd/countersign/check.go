package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"path"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
	"github.com/countersign/countersign/advisories/lint"
	"github.com/countersign/countersign/advisories/workflow"
	"github.com/countersign/countersign/verify"
)

func (p *program) checkCommand() *cli.Command {
	return p.command(&cli.Command{
		Name:      "check",
		Category:  gates,
		Usage:     "gate 1: is every document complete and consistent for the stage it is in?",
		ArgsUsage: "[PATH…]",
		Description: "Reads countersign.yaml, advisories/, releases/, keys/ and pages/. With PATH, only findings\n" +
			"about those files or folders are printed; everything is still read, for references between\n" +
			"documents. Exit 1 means findings.",
		Flags: []cli.Flag{
			&cli.StringSliceFlag{Name: "repo", Usage: "also ask the clone `NAME=DIR`: fix commits exist, patches apply (repeatable); who signed them, gate 2 asks"},
			&cli.StringFlag{Name: "base", Usage: "compare with the security repository at `REV` (a full commit id, HEAD, a branch or a tag): nothing published vanished"},
			&cli.BoolFlag{Name: "fix", Usage: "make the corrections that have one right answer, and show them"},
		},
	}, check)
}

// checkMemory is the heap, in bytes, from which the collector works harder
// rather than let a check grow: a hundred thousand advisories fit in it. A small
// repository never comes near, and GOMEMLIMIT says otherwise where it is set.
const checkMemory = 900 << 20

// holdMemory sets the heap from which the collector works harder, unless GOMEMLIMIT
// did, and returns what sets it back.
func holdMemory(limit int64) func() {
	if debug.SetMemoryLimit(-1) != math.MaxInt64 {
		return func() {}
	}
	before := debug.SetMemoryLimit(limit)
	return func() { debug.SetMemoryLimit(before) }
}

// check is gate 1 from beginning to end.
func check(ctx context.Context, s *session) error {
	defer holdMemory(checkMemory)()
	set, found, err := s.load()
	if err != nil {
		return err
	}
	found = append(found, lint.Run(set, lint.Rules, s.today())...)
	found = append(found, workflow.Contacts(set, contacts(set, s.now), s.today())...)
	if rev := s.c.String("base"); s.c.IsSet("base") {
		if rev == "" {
			return withHint("where there is nothing to compare with, leave --base out", "--base: expected a revision, found none")
		}
		base, err := s.setAt(rev)
		if err != nil {
			return err
		}
		found = append(found, lint.Compare(base, set, lint.Rules, s.today())...)
	}
	if len(s.c.StringSlice("repo")) > 0 {
		ev, err := s.openEvidence(set)
		if err != nil {
			return err
		}
		defer ev.close()
		claims, err := verify.Claims(ctx, ev.Evidence, set)
		if err != nil {
			return err
		}
		found = withoutDoubles(append(found, claims...))
	}
	if found, err = s.restrict(s.apply(set, found)); err != nil {
		return err
	}
	if s.c.Bool("fix") {
		if found, err = s.fix(found); err != nil {
			return err
		}
	}
	return s.print(allRules(), found, subject(set))
}

// withoutDoubles leaves out one of two findings that say the same of a place:
// git knows the full id of an abbreviated commit, and of a patch that is not
// there only that it could not be read.
func withoutDoubles(list []finding.Finding) []finding.Finding {
	type said struct {
		rule string
		at   finding.Span
	}
	seen := map[said]bool{}
	for _, f := range list {
		seen[said{f.Rule, f.At}] = true
	}
	return slices.DeleteFunc(list, func(f finding.Finding) bool {
		return f.Rule == "commit-abbreviated" && seen[said{verify.RuleCommitAbbreviated, f.At}] ||
			f.Rule == verify.RulePatchUnreadable && seen[said{"patch-missing", f.At}]
	})
}

// apply gives findings the severities of the set's policy.
func (s *session) apply(set *advisories.Set, list []finding.Finding) []finding.Finding {
	return lint.Apply(set, allRules(), list)
}

// allRules are the rows of every table there is.
func allRules() []finding.Rule {
	rows := slices.Concat(advisories.Rules, lint.Rows(lint.Rules), workflow.Rules, verify.Rules, verify.KeyRules)
	slices.SortFunc(rows, func(a, b finding.Rule) int { return strings.Compare(a.ID, b.ID) })
	return rows
}

func subject(set *advisories.Set) string {
	return strings.Join([]string{
		finding.Count(len(set.Advisories), "advisory"), finding.Count(len(set.Releases), "release"), finding.Count(len(set.Keys), "key"),
	}, ", ")
}

// restrict keeps the findings about the paths that were named.
func (s *session) restrict(list []finding.Finding) ([]finding.Finding, error) {
	if len(s.args) == 0 {
		return list, nil
	}
	var below []string
	for _, arg := range s.args {
		name, err := s.inside(arg)
		if err != nil {
			return nil, err
		}
		below = append(below, name)
	}
	return slices.DeleteFunc(list, func(f finding.Finding) bool {
		return !slices.ContainsFunc(below, func(name string) bool {
			return name == "." || f.At.File() == name || strings.HasPrefix(f.At.File(), name+"/")
		})
	}), nil
}

// inside gives a path named on the command line as documents name it: below the
// security repository, with slashes. It may be written from the current folder
// or from the repository's.
func (s *session) inside(arg string) (string, error) {
	root, err := filepath.Abs(s.dir)
	if err != nil {
		return "", err
	}
	for _, candidate := range []string{arg, filepath.Join(s.dir, arg)} {
		abs, err := filepath.Abs(candidate)
		if err != nil {
			return "", err
		}
		if _, err := os.Stat(abs); err != nil {
			continue
		}
		if rel, err := filepath.Rel(root, abs); err == nil && filepath.IsLocal(rel) {
			return path.Clean(filepath.ToSlash(rel)), nil
		}
	}
	return "", fmt.Errorf("no file or folder %q in the security repository %q", arg, s.dir)
}
