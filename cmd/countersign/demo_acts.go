package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/countersign/countersign/verify"
	"github.com/countersign/countersign/verify/statement"
)

// gateOne checks the advisories, once with faults in one and once without.
func (d *story) gateOne() error {
	d.heading(1, "check: is every advisory complete for the stage it is in?")
	d.command("check")
	text, code, err := d.run("--format", "json", "check")
	if err != nil {
		return err
	}
	var said struct {
		Findings []struct {
			Message, Hint string
			Place         struct {
				File  string
				Start struct{ Line int }
			}
		}
	}
	if err := json.Unmarshal([]byte(text), &said); err != nil {
		return err
	}
	for _, f := range said.Findings {
		line := fmt.Sprintf("%s:%d  %s", path.Base(f.Place.File), f.Place.Start.Line, f.Message)
		if strings.HasPrefix(f.Hint, "did you mean") {
			line += "; " + f.Hint
		}
		d.bad("%s", line)
	}
	d.line("   exit %d: this advisory would have gone out unfinished. Its author completes it.", code)
	if err := d.sample.completeUpload(); err != nil {
		return err
	}
	if text, code, err = d.run("check"); err != nil {
		return err
	}
	if code != exitClean {
		return fmt.Errorf("the completed advisories were expected to pass, found:\n%s", text)
	}
	d.good("exit 0: nothing is missing any more")
	return nil
}

// gateTwo judges three candidates of the same release.
func (d *story) gateTwo() error {
	d.heading(2, "verify: do the packages really contain the fixes?")
	for _, c := range []candidate{
		{"rc1", "packed from a folder that nobody had updated", atCandidate, d.sample.stale(), exitFindings,
			"The fix is in git, an ancestor of the release; it is not in the package."},
		{"rc2", "built from a branch on which an old fix was undone", atRevert, d.sample.trees[atRevert], exitFindings,
			"The fix is an ancestor here too; a later commit took it out again."},
		{"rc3", "built from the right commit", atCandidate, d.sample.trees[atCandidate], exitClean,
			"Jonas tags v2.2.0 and enters the day and the digest in releases/2.2.0.md."},
	} {
		if err := d.judge(c); err != nil {
			return err
		}
	}
	return nil
}

// candidate is one attempt at release 2.2.0.
type candidate struct {
	name, how string
	commit    int // that its record names
	files     map[string]string
	expected  int
	moral     string
}

// judge packs a candidate, verifies it, and tells the verdicts.
func (d *story) judge(c candidate) error {
	d.line("\n   %s, %s", d.paint("1", c.name), c.how)
	file, digest, err := d.sample.pack(c.name, c.files)
	if err != nil {
		return err
	}
	if err := d.sample.write("releases/2.2.0.md", fmt.Sprintf(lanternCandidate, d.sample.commits[c.commit])); err != nil {
		return err
	}
	d.command("verify 2.2.0 --package " + c.name + "/lantern-2.2.0.zip")
	text, code, err := d.run("verify", "2.2.0", "--package", file)
	if err != nil {
		return err
	}
	if code != c.expected {
		return fmt.Errorf("%s: expected exit code %d, found %d:\n%s", c.name, c.expected, code, text)
	}
	data, err := os.ReadFile(filepath.Join(d.security, "releases", "2.2.0.verification.json"))
	if err != nil {
		return err
	}
	result, err := statement.Read(data)
	if err != nil {
		return err
	}
	d.verdicts(&result.Predicate)
	if code == exitClean {
		d.line("   exit 0, the gate is open. %s", c.moral)
		return d.release(digest)
	}
	d.line("   exit %d, the gate is closed. %s", code, c.moral)
	return nil
}

func (d *story) verdicts(p *statement.Predicate) {
	for _, f := range p.Fixes {
		line := fmt.Sprintf("%s %-9s", f.Advisory, f.Verdict)
		if verify.Verdict(f.Verdict).Passes() {
			d.good("%s %s", line, "by "+f.DecidedBy+", signed by "+f.Signature.Signer)
			continue
		}
		for _, id := range f.RevertedBy {
			line += fmt.Sprintf(" undone by %s %q", shortID(id), d.sample.subject(id))
		}
		var where []string
		for _, h := range f.Hunks {
			if h.Status != "present" {
				where = append(where, h.File)
			}
		}
		d.bad("%s in %s", line, strings.Join(slices.Compact(where), ", "))
	}
	for _, pkg := range p.Packages {
		if len(pkg.Unexplained) > 0 {
			d.bad("%s: not what the source says", strings.Join(pkg.Unexplained, ", "))
		}
		for _, s := range pkg.Signatures {
			if s.Status == "valid" && p.Result == statement.Passed {
				d.good("%s: %d of %d files are the source's, byte for byte; signed by %s", pkg.Name, pkg.Identical, pkg.Files, s.Signer)
			}
		}
	}
}

// subject is the message of one of the sample's commits.
func (s *sample) subject(id string) string {
	for i, c := range s.commits {
		if c == id {
			return lanternHistory[i].message
		}
	}
	return ""
}

// release makes the candidate a release, as its manager would after exit 0.
func (d *story) release(digest string) error {
	if _, err := d.sample.repo.git(nil, "update-ref", "refs/tags/v2.2.0", d.sample.commits[atCandidate]); err != nil {
		return err
	}
	return d.sample.write("releases/2.2.0.md", fmt.Sprintf(lanternRelease, d.sample.commits[atCandidate], digest))
}

// gateThree builds the site without gate 2's result, and with it.
func (d *story) gateThree() error {
	d.heading(3, "site: what may the public see today?")
	result := filepath.Join(d.security, "releases", "2.2.0.verification.json")
	aside := filepath.Join(d.dir, "result-kept-aside.json")
	if err := os.Rename(result, aside); err != nil {
		return err
	}
	text, _, err := d.run("site", "build")
	if err != nil {
		return err
	}
	d.line("   Had somebody skipped gate 2, the site would keep quiet:")
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "  LANTERN") {
			d.bad("%s", strings.TrimSpace(line))
		}
	}
	if err := os.Rename(aside, result); err != nil {
		return err
	}
	d.command("site build")
	text, code, err := d.run("site", "build")
	if err != nil {
		return err
	}
	if code != exitClean {
		return fmt.Errorf("the site was expected to build, found:\n%s", text)
	}
	for line := range strings.Lines(text) {
		d.good("%s", strings.TrimSpace(strings.ReplaceAll(line, d.dir+string(filepath.Separator), "")))
	}
	return nil
}

// serve shows the site until the user has seen enough.
func (d *story) serve() error {
	d.line("\nThe site, until Ctrl-C:")
	public := http.FileServer(http.Dir(filepath.Join(d.security, "public")))
	if err := serve(d.ctx, d.session, d.c.String("addr"), public); err != nil {
		return err
	}
	d.end()
	return nil
}
