package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
	"github.com/countersign/countersign/verify"
	"github.com/countersign/countersign/verify/statement"
)

func (p *program) verifyCommand() *cli.Command {
	return p.command(&cli.Command{
		Name:      "verify",
		Category:  gates,
		Usage:     "gate 2: do the release's packages contain every fix that the advisories promise?",
		ArgsUsage: "[VERSION…]",
		Description: "VERSION is that of a file in releases/ (1.8.37, or mybb@1.8.37 where several products share a\n" +
			"number). The packages are those that the record lists, taken from --package or --packages.\n" +
			"Exit 0: the gate is open. 1: something is refuted. 3: nothing is refuted, something could not\n" +
			"be checked. The result is written in every case; a failing one replaces a passing one.",
		Flags: []cli.Flag{
			&cli.StringSliceFlag{Name: "repo", Usage: "the clone of repository NAME is in DIR: `NAME=DIR` (repeatable)"},
			&cli.StringSliceFlag{Name: "package", Aliases: []string{"p"}, Usage: "judge `FILE` as the record's package of that name (repeatable)"},
			&cli.StringFlag{Name: "packages", Usage: "look for the record's packages in `DIR` (default: the current folder)"},
			&cli.StringFlag{Name: "manifest", Usage: "judge the published list of file hashes in `FILE`, where there is no archive"},
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write the result to `FILE`, or into that folder (default: beside the release's record; - for standard output)"},
			&cli.StringFlag{Name: "sign", Usage: "sign the result with the ECDSA P-256 or Ed25519 key in `KEY.pem`"},
			&cli.StringFlag{Name: "trust", Usage: "read keys, policy and waivers from `REV` (a full commit id, HEAD, a branch or a tag) of the security repository"},
			&cli.BoolFlag{Name: "all", Usage: "every release with packages, made since policy.verify_since"},
			&cli.StringFlag{Name: "explain", Usage: "print all the evidence about the advisory `ID`"},
			&cli.StringFlag{Name: "rekor-entry", Usage: "the log entry in `FILE` belongs to gitsign signatures that embed none"},
			&cli.StringFlag{Name: "trusted-root", Usage: "believe the sigstore trusted root in `FILE` (default: the public instance's)"},
			&cli.StringSliceFlag{Name: "limit", Usage: "raise a limit on what a package may cost, `NAME=VALUE`: the refusal names it (repeatable)"},
			&cli.StringFlag{Name: "only", Usage: "judge only the package `NAME` of the record, as one job of a matrix does"},
		},
	}, verifyReleases)
}

// verifyMemory is the heap, in bytes, from which the collector works harder rather
// than let a run over many releases grow. One release of recent fixes never comes near.
const verifyMemory = 512 << 20

// verifyReleases is gate 2 from beginning to end.
func verifyReleases(ctx context.Context, s *session) error {
	defer holdMemory(verifyMemory)()
	set, found, err := s.load()
	if err != nil {
		return err
	}
	releases, err := s.releases(set)
	if err != nil {
		return err
	}
	if id := s.c.String("explain"); id != "" {
		if _, err := findAdvisory(set, id); err != nil {
			return err
		}
	}
	key, err := s.signingKey()
	if err != nil {
		return err
	}
	ev, err := s.openEvidence(set)
	if err != nil {
		return err
	}
	defer ev.close()
	if s.c.Bool("all") {
		if releases = verify.ToVerify(set, ev.Trust.Set); len(releases) == 0 {
			s.say("nothing to verify: no release with packages was made since policy.verify_since")
		}
	}
	if _, err := s.resultName("", len(releases)); err != nil {
		return err
	}
	verifier := verify.New(ev.Evidence, set, found)
	if len(releases) > 1 {
		verifier.Prepare(releases)
	}
	worst := error(nil)
	all := &verdictsSoFar{}
	for i, r := range releases {
		run := releaseRun{verifier, key, len(releases), all, i == len(releases)-1, nil}
		if run.last && s.c.Bool("all") && s.c.String("only") == "" {
			run.policy = &cmp.Or(ev.Trust.Set, set).Config.Policy
		}
		err := s.verifyRelease(ctx, run, r)
		var told outcome
		if err != nil && !errors.As(err, &told) {
			return err
		}
		worst = worse(worst, err)
	}
	return worst
}

// worse is the outcome of two runs together: refuted outweighs unchecked.
func worse(a, b error) error {
	if a == nil || b != nil && b.(outcome) == exitFindings {
		return b
	}
	return a
}

// releaseRun is what the releases of one run share.
type releaseRun struct {
	verifier *verify.Verifier
	key      *statement.SigningKey
	releases int
	all      *verdictsSoFar
	last     bool
	policy   *advisories.Policy // set with the last of all releases there are: its waivers are needed, or not
}

func (s *session) verifyRelease(ctx context.Context, run releaseRun, r *advisories.Release) error {
	r, err := s.onlyPackage(r)
	if err != nil {
		return err
	}
	packages, err := s.archives(r)
	if err != nil {
		return err
	}
	defer packages.close()
	judged, err := run.verifier.Release(ctx, r, packages.list)
	if err != nil {
		return err
	}
	if err := s.writeResult(r.Path, judged.Statement, run.key, run.releases); err != nil {
		return err
	}
	run.all.results = append(run.all.results, judged.Statement)
	if run.policy != nil {
		judged.Findings = append(judged.Findings, verify.UnusedWaivers(run.policy, run.all.results, s.now)...)
	}
	return s.printVerdicts(judged, run.all, run.last)
}

// onlyPackage narrows a record to the package that --only names.
func (s *session) onlyPackage(r *advisories.Release) (*advisories.Release, error) {
	name := s.c.String("only")
	if name == "" {
		return r, nil
	}
	var names []string
	for _, p := range r.Packages {
		if p.Name.V == name {
			part := *r
			part.Packages = []advisories.Package{p}
			return &part, nil
		}
		names = append(names, p.Name.V)
	}
	return nil, withHint(suggestion(finding.Nearest(name, names), "packages there: "+strings.Join(names, ", ")), "--only: %s lists no package %q", r.Path, name)
}

// releases finds what the command line names; --all names nothing.
func (s *session) releases(set *advisories.Set) ([]*advisories.Release, error) {
	if s.c.Bool("all") {
		if len(s.args) > 0 {
			return nil, fmt.Errorf("verify: expected --all or a version, found both")
		}
		return nil, nil
	}
	if len(s.args) == 0 {
		return nil, withHint("for example `countersign verify 1.8.37`, or --all", "verify: expected a version, found none")
	}
	return named(set, s.args)
}

// named finds the records of the releases on a command line.
func named(set *advisories.Set, args []string) ([]*advisories.Release, error) {
	var out []*advisories.Release
	for _, arg := range args {
		r, err := findRelease(set, arg)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

// findRelease finds the record of VERSION or PRODUCT@VERSION.
func findRelease(set *advisories.Set, arg string) (*advisories.Release, error) {
	product, version := splitVersion(arg)
	var found []*advisories.Release
	var known []string
	for _, r := range set.Releases {
		known = append(known, r.Version.V)
		if r.Version.V == version && (product == "" || set.ProductOf(r) == product) {
			found = append(found, r)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return nil, withHint(suggestion(finding.Nearest(version, known), "a release is a file in releases/ with that version"), "no release %q", arg)
	}
	var names []string
	for _, r := range found {
		names = append(names, set.ProductOf(r)+"@"+version)
	}
	return nil, fmt.Errorf("several products have a release %s: expected one of %s", version, strings.Join(names, ", "))
}

// splitVersion takes mybb@1.8.37 apart; the product may be left out.
func splitVersion(arg string) (product, version string) {
	if product, version, ok := strings.Cut(arg, "@"); ok {
		return product, version
	}
	return "", arg
}

func (s *session) signingKey() (*statement.SigningKey, error) {
	name := s.c.String("sign")
	if name == "" {
		return nil, nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("--sign: %w", err)
	}
	key, err := statement.ParseSigningKey(text)
	if err != nil {
		return nil, fmt.Errorf("--sign: %s: %w", name, err)
	}
	return key, nil
}

// writeResult writes the statement, signed where a key is given.
func (s *session) writeResult(record string, st *statement.Statement, key *statement.SigningKey, releases int) error {
	name, err := s.resultName(record, releases)
	if err != nil {
		return err
	}
	var data []byte
	if key != nil {
		data, err = statement.Sign(st, key)
	} else {
		data, err = statement.Encode(st)
	}
	if err != nil {
		return err
	}
	return s.put(name, data)
}

// resultName is where the result on a release is written: beside its record, or
// where --output says, which names a folder where there are several, lest one
// replace another.
func (s *session) resultName(record string, releases int) (string, error) {
	beside := strings.TrimSuffix(record, ".md") + ".verification.json"
	name := s.c.String("output")
	info, err := os.Stat(name)
	switch {
	case name == "":
		return filepath.Join(s.dir, filepath.FromSlash(beside)), nil
	case name == "-" && releases <= 1:
		return name, nil
	case err == nil && info.IsDir():
		return filepath.Join(name, path.Base(beside)), nil
	case releases > 1:
		return "", withHint("leave it out: each result is written beside its release's record; or name a folder that is there", "--output: expected one release, found %d", releases)
	}
	return name, nil
}

// openPackages are the package files of one release.
type openPackages struct {
	list  []verify.Archive
	files []*os.File
}

func (o *openPackages) close() {
	for _, f := range o.files {
		f.Close()
	}
}

// add opens one package file, or a folder that it was unpacked to.
func (o *openPackages) add(name, file string) error {
	a := verify.Archive{Name: name, FileName: filepath.Base(file), Beside: os.DirFS(filepath.Dir(file))}
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	if info.IsDir() {
		a.Dir = os.DirFS(file)
		o.list = append(o.list, a)
		return nil
	}
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	a.File, a.Size = f, info.Size()
	o.list, o.files = append(o.list, a), append(o.files, f)
	return nil
}

// archives opens the package files: those named by --package and --manifest,
// then the record's own from --packages. One that is nowhere is left out, and
// the verdict on it is that it could not be checked.
func (s *session) archives(r *advisories.Release) (*openPackages, error) {
	open := &openPackages{}
	given := map[string]bool{}
	err := s.namedPackages(r, open, given)
	for _, p := range r.Packages {
		if err != nil {
			break
		}
		if given[p.Name.V] || !filepath.IsLocal(p.Name.V) {
			continue
		}
		err = open.add(p.Name.V, filepath.Join(s.c.String("packages"), filepath.FromSlash(p.Name.V)))
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
	}
	if err != nil {
		open.close()
		return nil, err
	}
	return open, nil
}

func (s *session) namedPackages(r *advisories.Release, open *openPackages, given map[string]bool) error {
	for _, file := range s.c.StringSlice("package") {
		name, err := recordName(r, file)
		if err != nil {
			return err
		}
		if given[name] {
			return fmt.Errorf("--package: two files for %s", name)
		}
		given[name] = true
		if err := open.add(name, file); err != nil {
			return fmt.Errorf("--package: %w", err)
		}
	}
	file := s.c.String("manifest")
	if file == "" {
		return nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("--manifest: %w", err)
	}
	name, err := recordName(r, file)
	if err != nil {
		return err
	}
	given[name] = true
	open.list = append(open.list, verify.Archive{Name: name, Manifest: text, Beside: os.DirFS(filepath.Dir(file))})
	return nil
}

// recordName is the name in the record of a file on the command line.
func recordName(r *advisories.Release, file string) (string, error) {
	base := filepath.Base(file)
	var names []string
	for _, p := range r.Packages {
		if p.Name.V == base {
			return base, nil
		}
		names = append(names, p.Name.V)
	}
	switch len(names) {
	case 0:
		return base, nil
	case 1:
		return names[0], nil
	}
	return "", withHint(suggestion(finding.Nearest(base, names), "packages there: "+strings.Join(names, ", ")), "%s lists no package %q", r.Path, base)
}
