package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
	"github.com/countersign/countersign/advisories/lint"
	"github.com/countersign/countersign/advisories/workflow"
	"github.com/countersign/countersign/verify"
)

// blocked are the commands that wait for somebody, and what they stand for here.
var blocked = []string{"site serve", "demo"}

// TestDocsCommands runs every countersign command of README.md and docs/ in the
// sample's security repository, page by page, in order. A command may find
// something (that is what most are for); it may not be wrong usage.
func TestDocsCommands(t *testing.T) {
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(pages) < 5 {
		t.Fatalf("found %d pages, %v", len(pages), err)
	}
	for _, page := range append(pages, "../../README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(filepath.Base(page), func(t *testing.T) {
			commands := commandsOf(string(text))
			if len(commands) == 0 || filepath.Base(page) == filepath.Base(verdictsPage) {
				return // that page has a sample and a test of its own
			}
			docsSample(t)
			for _, line := range commands {
				var out, errs bytes.Buffer
				args := append([]string{"countersign", "--now", day(demoDay)}, words(line)[1:]...)
				if code := run(context.Background(), args, os.Getenv, strings.NewReader(""), &out, &errs); code == exitUsage {
					t.Errorf("%s\n%s", line, errs.String())
				}
			}
		})
	}
}

// foreignRecords are what docs/migration.md speaks of, one of each kind.
var foreignRecords = map[string]string{
	"GHSA-4xqm-3cm2-5xgf.json": `{"schema_version": "1.4.0", "id": "GHSA-4xqm-3cm2-5xgf", "aliases": ["CVE-2024-10001"], "modified": "2024-05-02T00:00:00Z", "published": "2024-05-02T00:00:00Z",
		"summary": "Something is wrong", "details": "It is.", "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N"}], "database_specific": {"cwe_ids": ["CWE-79"], "severity": "MODERATE", "github_reviewed": true}}`,
	"_data/advisories.yml":    "- id: L-2023-1\n  title: An older one\n  date: 2023-03-01\n  severity: high\n  cve: CVE-2023-10002\n  fixed_in: 1.9.0\n- id: L-2023-2\n  title: Another\n  date: 2023-04-01\n  severity: low\n",
	"LANTERNSEC-2022-0003.md": "```toml\n[advisory]\nid = \"LANTERNSEC-2022-0003\"\npackage = \"lantern\"\ndate = \"2022-06-01\"\naliases = [\"CVE-2022-10003\"]\n\n[versions]\npatched = [\">= 1.5.0\"]\n```\n\n# A third one\n\nIt is described here.\n",
}

// docsSample makes the sample that the pages speak of, and goes there.
func docsSample(t *testing.T) {
	dir := t.TempDir()
	s, err := makeSample(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(s.completeUpload())
	for folder, files := range map[string]map[string]string{"security": s.trees[atCandidate], "security/dist": s.trees[atCandidate], "security/stale": s.stale()} {
		_, _, err := s.pack(folder, files)
		check(err)
	}
	_, private, err := ed25519.GenerateKey(rand.Reader)
	check(err)
	der, err := x509.MarshalPKCS8PrivateKey(private)
	check(err)
	check(s.write("verifier.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))))
	check(s.write("records/GHSA-x.json", `{"schema_version": "1.7.0", "id": "OSV-2024-77", "modified": "2024-05-02T00:00:00Z", "summary": "Something is wrong", "details": "It is."}`))
	for name, text := range foreignRecords {
		check(s.write("records/"+name, text))
	}
	t.Chdir(filepath.Join(dir, "security"))
	for _, args := range [][]string{{"init", "-q"}, {"add", "-A"}, {"-c", "user.name=T", "-c", "user.email=t@example.org", "commit", "-qm", "sample"}} {
		if out, err := exec.Command("git", args...).CombinedOutput(); err != nil {
			t.Fatalf("git %s: %v\n%s", args[0], err, out)
		}
	}
	// Pages that look at a result do so after the release was verified.
	var out bytes.Buffer
	run(context.Background(), []string{"countersign", "--now", day(demoDay), "verify", "2.2.0", "--packages", "dist"}, os.Getenv, strings.NewReader(""), &out, &out)
}

var fence = regexp.MustCompile("(?ms)^ *```\n(.*?)^ *```")

// commandsOf lists the countersign commands in a page's plain code blocks.
func commandsOf(text string) []string {
	var out []string
	for _, block := range fence.FindAllStringSubmatch(text, -1) {
		for line := range strings.Lines(block[1]) {
			line, _, _ = strings.Cut(strings.TrimSpace(line), "  #")
			waits := false
			for _, b := range blocked {
				waits = waits || strings.HasPrefix(line, "countersign "+b)
			}
			if strings.HasPrefix(line, "countersign ") && !waits {
				out = append(out, line)
			}
		}
	}
	return out
}

// words splits a command line at spaces outside of double quotes.
func words(line string) []string {
	var out []string
	for i, part := range strings.Split(line, `"`) {
		if i%2 == 1 {
			out = append(out, part)
		} else {
			out = append(out, strings.Fields(part)...)
		}
	}
	return out
}

var update = flag.Bool("update", false, "rewrite what is made from tables")

// TestDocsRules holds docs/rules.md to the tables of rules.
func TestDocsRules(t *testing.T) {
	var out strings.Builder
	out.WriteString("# Rules\n\nMade from the tables in the code: `go test ./cmd/countersign -run DocsRules -update`. `countersign explain RULE` prints\nthe same, with an example that breaks the rule and one that keeps it.\n")
	for _, part := range []struct {
		title string
		rows  []finding.Rule
	}{
		{"Gate 1: reading a document", advisories.Rules},
		{"Gate 1: what a document says", lint.Rows(lint.Rules)},
		{"Gate 2: fixes, packages, signatures", verify.Rules},
		{"The keyring, and who handles reports", append(slices.Clone(verify.KeyRules), workflow.Rules...)},
	} {
		fmt.Fprintf(&out, "\n## %s\n\n| rule | | why |\n|---|---|---|\n", part.title)
		cell := strings.NewReplacer("|", "\\|", "<", "&lt;", "\n", " ").Replace
		for _, r := range part.rows {
			fmt.Fprintf(&out, "| `%s` | %s | **%s.** %s |\n", r.ID, r.Severity, cell(r.Title), cell(r.Why))
		}
	}
	const file = "../../docs/rules.md"
	if *update {
		if err := os.WriteFile(file, []byte(out.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != out.String() {
		t.Errorf("docs/rules.md is not what the tables say: run `go test ./cmd/countersign -run DocsRules -update` (%v)", err)
	}
}
