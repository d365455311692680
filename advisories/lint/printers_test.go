package lint

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/advisories/finding"
	"github.com/countersign/countersign/advisories/report"
)

// wrong are the findings of every example's bad side.
func wrong(t *testing.T) (all []finding.Finding) {
	t.Helper()
	for _, r := range Rules {
		example, _ := ExampleOf(r.ID)
		all = append(all, judge(t, load(t, side(example, "base")), load(t, side(example, "bad")))...)
	}
	return all
}

func printed(t *testing.T, format report.Format, list []finding.Finding) []byte {
	t.Helper()
	var out bytes.Buffer
	o := report.Options{Quiet: true, Version: "1.0.0", RuleURL: "https://forum.example/rules.html#"}
	if err := report.Write(&out, format, Rows(Rules), list, o); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

var (
	textPlace   = regexp.MustCompile(`(?m)^(?:(\S[^:\n]*)(?::(\d+):(\d+))?: )?(?:error|warning): .* \[([a-z0-9-]+)\]$`)
	githubPlace = regexp.MustCompile(`(?m)^::\w+ (?:file=([^,]*),)?(?:line=(\d+),)?(?:col=(\d+),)?(?:end[^:]*,)?title=([a-z0-9-]+)::`)
)

// TestPrintersAgree reads every printer's output back: all name the same rules, in
// the same files, at the same lines and columns.
func TestPrintersAgree(t *testing.T) {
	list := wrong(t)
	for format, places := range map[report.Format]func(t *testing.T, out []byte) []string{
		report.JSON:   jsonPlaces,
		report.SARIF:  sarifPlaces,
		report.GitLab: gitlabPlaces,
		report.Text:   byPattern(textPlace),
		report.GitHub: byPattern(githubPlace),
	} {
		var want []string
		for _, f := range list {
			want = append(want, placeIn(format, f))
		}
		if diff := cmp.Diff(want, places(t, printed(t, format, list))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", format, diff)
		}
	}
}

// placeIn is what a format can say of a finding's place: GitLab has no columns,
// GitHub none for several lines, and SARIF's code scanning wants one for a whole file.
func placeIn(format report.Format, f finding.Finding) string {
	file, line, column := f.At.File(), 0, 0
	if f.At.HasPlace() {
		line, column = f.At.From().Line, f.At.From().Column
	}
	switch {
	case format == report.GitHub && f.At.HasPlace() && f.At.To().Line > line:
		column = 0
	case format == report.SARIF && line == 0:
		line, column = 1, 1
	case format == report.GitLab:
		line, column = max(line, 1), 0
	}
	if file == "" && (format == report.SARIF || format == report.GitLab) {
		file = "countersign.yaml"
	}
	return spot(file, line, column, f.Rule)
}

func spot(file string, line, column any, rule string) string {
	return strings.ReplaceAll(fmt.Sprintf("%s:%v:%v %s", file, line, column, rule), ":0", ":")
}

func byPattern(pattern *regexp.Regexp) func(*testing.T, []byte) []string {
	return func(_ *testing.T, out []byte) (got []string) {
		for _, m := range pattern.FindAllStringSubmatch(string(out), -1) {
			got = append(got, spot(m[1], m[2], m[3], m[4]))
		}
		return got
	}
}

func jsonPlaces(t *testing.T, out []byte) (got []string) {
	var doc struct {
		Findings []struct {
			Rule  string
			Place struct {
				File  string
				Start struct{ Line, Column int }
			}
		}
	}
	decode(t, out, &doc)
	for _, f := range doc.Findings {
		got = append(got, spot(f.Place.File, f.Place.Start.Line, f.Place.Start.Column, f.Rule))
	}
	return got
}

func sarifPlaces(t *testing.T, out []byte) (got []string) {
	var doc struct {
		Runs []struct {
			Results []struct {
				RuleID    string
				Locations []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI string }
						Region           struct{ StartLine, StartColumn int }
					}
				}
			}
		}
	}
	decode(t, out, &doc)
	for _, r := range doc.Runs[0].Results {
		at := r.Locations[0].PhysicalLocation
		file, err := url.PathUnescape(at.ArtifactLocation.URI)
		if err != nil {
			t.Error(err)
		}
		got = append(got, spot(file, at.Region.StartLine, at.Region.StartColumn, r.RuleID))
	}
	return got
}

func gitlabPlaces(t *testing.T, out []byte) (got []string) {
	var doc []struct {
		CheckName string `json:"check_name"`
		Location  struct {
			Path  string
			Lines struct{ Begin int }
		}
	}
	decode(t, out, &doc)
	for _, f := range doc {
		got = append(got, spot(f.Location.Path, f.Location.Lines.Begin, 0, f.CheckName))
	}
	return got
}

func decode(t *testing.T, data []byte, to any) {
	t.Helper()
	if err := json.Unmarshal(data, to); err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
}

// judges holds a document to SARIF's schema and then to the rules of the format's
// own validator, those of code scanning among them.
const judges = `
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { execFileSync } from 'node:child_process';
const [modules, file] = process.argv.slice(2);
const require = createRequire(modules + '/judge.js');
const tool = modules + '/@microsoft/sarif-multitool-linux/';
const Ajv = require('ajv/dist/2020').default, formats = require('ajv-formats').default;
const ajv = new Ajv({ strict: false, allErrors: true });
formats(ajv);
const valid = ajv.compile(JSON.parse(fs.readFileSync(tool + 'sarif-2.1.0.json')));
const wrong = valid(JSON.parse(fs.readFileSync(file))) ? [] : valid.errors.map(e => e.instancePath + ' ' + e.message);
fs.chmodSync(tool + 'Sarif.Multitool', 0o755);
const out = execFileSync(tool + 'Sarif.Multitool', ['validate', file, '--rule-kind', 'Sarif;Gh', '--output', file + '.result'],
  { encoding: 'utf8', env: { ...process.env, DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: '1' } });
wrong.push(...out.split('\n').filter(line => /: (error|warning) /.test(line)));
if (!/\b1 files scanned/.test(out)) wrong.push(out);
console.log(wrong.join('\n'));
process.exit(wrong.length ? 1 : 0);
`

// TestSARIFByJudges runs the npm packages ajv and @microsoft/sarif-multitool-linux,
// in the node_modules folder that COUNTERSIGN_NODE_MODULES names, over the findings
// of every rule.
func TestSARIFByJudges(t *testing.T) {
	modules := os.Getenv("COUNTERSIGN_NODE_MODULES")
	if _, err := os.Stat(filepath.Join(modules, "@microsoft/sarif-multitool-linux")); modules == "" || err != nil {
		t.Skip("COUNTERSIGN_NODE_MODULES names no folder with @microsoft/sarif-multitool-linux")
	}
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("no node: ", err)
	}
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, data, 0o644); err != nil {
			t.Fatal(err)
		}
		return file
	}
	script, log := write("judge.mjs", []byte(judges)), write("check.sarif", printed(t, report.SARIF, wrong(t)))
	if out, err := exec.Command("node", script, modules, log).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
