package site

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
	"github.com/countersign/countersign/verify/statement"
)

var now = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

const fixCommit = "468900dc9a8a881c7835f78777fea4b2a8753c37"

// repo is a security repository in memory: path to text.
type repo map[string]string

const config = `project: {name: Lantern, url: https://lantern.example}
id: "LAN-{year}-{number:4}"
repos:
  lantern: {url: https://github.com/lantern/lantern}
products:
  lantern: {repo: lantern, versions: semver, title: Lantern}
policy:
  verify_since: 2026-01-01
site:
  base_url: https://security.lantern.example/
  title: Lantern security
  contacts: [mailto:security@lantern.example]
`

// sample is a repository with history, a verified release, and policy pages.
func sample() repo {
	return repo{
		"countersign.yaml":                         config,
		"pages/policy.md":                          "---\ntitle: Reporting policy\n---\nWrite to us. See [the keys](../keys/index.html).\n",
		"releases/lantern-1.0.0.md":                releaseOf("1.0.0", "2025-01-10", ""),
		"releases/lantern-1.1.0.md":                releaseOf("1.1.0", "2025-06-10", "lantern-1.1.0.zip"),
		"releases/lantern-1.2.0.md":                releaseOf("1.2.0", "2026-05-10", "lantern-1.2.0.zip"),
		"releases/lantern-1.2.0.verification.json": result("1.2.0", "lantern-1.2.0.zip", "present", "LAN-2026-0001"),
		"advisories/LAN-2025-0001.md":              advisory("LAN-2025-0001", "Old hole", "1.0.0", "1.1.0", "published: 2025-06-10"),
		"advisories/LAN-2026-0001.md":              advisory("LAN-2026-0001", "New hole", "1.0.0", "1.2.0", "published: 2026-05-10"),
	}
}

func advisory(id, title, introduced, fixed, timeline string, more ...string) string {
	return fmt.Sprintf(`---
id: %s
title: %q
risk: high
cvss: [CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N]
cwe: [CWE-79]
aliases: [CVE-2026-%s]
affected:
  - ranges: [{introduced: %q, fixed: %q}]
fixes:
  - version: %q
    commits: [%s]
credits:
  - {name: Ada Reporter, type: reporter, url: "https://ada.example/"}
references:
  - {type: web, url: "https://lantern.example/blog", title: Our blog}
timeline: {reported: 2025-01-02, %s}
%s---
## Impact

Anyone can read it.

## Cause

A missing check.

## Solution

Install the update.

## Workarounds

Switch it off.
`, id, title, strings.ReplaceAll(id[len(id)-9:], "-", ""), introduced, fixed, fixed, fixCommit, timeline, strings.Join(more, ""))
}

func hexOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

func releaseOf(version, day, pkg string) string {
	packages := ""
	if pkg != "" {
		packages = fmt.Sprintf("packages:\n  - {name: %s, contents: full, sha256: %s, signatures: [%s.asc]}\n", pkg, hexOf(pkg), pkg)
	}
	released := ""
	if day != "" {
		released = "released: " + day + "\n"
	}
	return fmt.Sprintf("---\nversion: %q\n%ssource: {repo: lantern, commit: %s, tag: v%s}\n%s---\nNotes of %s.\n",
		version, released, fixCommit, version, packages, version)
}

// result is gate 2's paper on one package, with a verdict on each advisory.
func result(version, pkg, verdict string, ids ...string) string {
	p := statement.Predicate{
		Product: "lantern", Release: version, Result: statement.Passed,
		Policy:   statement.Policy{FixSignature: "commit", PackageSignatures: 1},
		Source:   statement.Source{Repo: "lantern", Commit: fixCommit},
		Packages: []statement.Package{{Name: pkg, Files: 6, Identical: 6}},
		Inputs:   statement.Inputs{Advisories: map[string]string{}, Keys: map[string]string{}},
		Time:     time.Date(2026, 5, 9, 0, 0, 0, 0, time.UTC),
	}
	switch verdict {
	case "missing", "partial", "reverted", "fine":
		p.Result = statement.Failed
	case "unverifiable":
		p.Result = statement.Unverifiable
	}
	for _, id := range ids {
		p.Inputs.Advisories[id] = "sha256:claims-of-" + id
		p.Fixes = append(p.Fixes, statement.Fix{
			Advisory: id, Obligation: "new", Version: version, Package: pkg, Commit: fixCommit, Verdict: verdict,
			DecidedBy: "reconstruction", Signature: statement.Signature{Status: "valid", Type: "openpgp", Signer: "mara"},
		})
	}
	data, err := statement.Encode(statement.New([]statement.Subject{{Name: pkg, Digest: map[string]string{"sha256": hexOf(pkg)}}}, p))
	if err != nil {
		panic(err)
	}
	return string(data)
}

func (r repo) fs() fstest.MapFS {
	out := fstest.MapFS{}
	for name, text := range r {
		sum := sha256.Sum256([]byte(text)) // another text, another time
		changed := time.Date(2020, 1, 1, 0, 0, int(sum[0])<<8|int(sum[1]), int(sum[2]), time.UTC)
		out[name] = &fstest.MapFile{Data: []byte(text), ModTime: changed}
	}
	return out
}

func (r repo) with(more repo) repo {
	out := maps.Clone(r)
	maps.Copy(out, more)
	return out
}

func claimsOf(_ *advisories.Set, a *advisories.Advisory) (string, error) {
	return "sha256:claims-of-" + a.ID.V, nil
}

func (r repo) input(t testing.TB) Input {
	t.Helper()
	set, list, err := Load(r.fs())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		if f.Severity == finding.Error {
			t.Fatalf("%s: %s", f.At, f.Message)
		}
	}
	return Input{
		Set: set, Now: now, Version: "test", Claims: claimsOf,
		Rules: []Rule{{Rule: finding.Rule{ID: "sample-rule", Title: "A sample", Why: "To have one.", Severity: finding.Error}, Gate: 1, Bad: "bad", Good: "good"}},
	}
}

// build renders a repository into memory.
func build(t testing.TB, in Input) (map[string][]byte, *Report) {
	t.Helper()
	var out Memory
	rep, faults, err := Build(in, &out)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range faults {
		t.Errorf("%s: %s", f.At, f.Message)
	}
	return out.Files(), rep
}

func mustHold(t *testing.T, files map[string][]byte, path string, texts ...string) {
	t.Helper()
	data, ok := files[path]
	if !ok {
		t.Fatalf("%s is missing; there are %s", path, strings.Join(slices.Sorted(maps.Keys(files)), " "))
	}
	for _, text := range texts {
		if !strings.Contains(string(data), text) {
			t.Errorf("%s does not hold %q:\n%s", path, text, data)
		}
	}
}

func TestWholeSite(t *testing.T) {
	files, rep := build(t, sample().input(t))
	if rep.Public != 2 || len(rep.LeftOut) != 0 {
		t.Fatalf("public %d, left out %v; expected both advisories", rep.Public, rep.LeftOut)
	}
	mustHold(t, files, "index.html", "New hole", "Old hole", "1.2.0", "No published advisory affects the newest version.")
	mustHold(t, files, "advisories/LAN-2026-0001.html",
		`Yes, if you run <span class="product-name">Lantern</span> from 1.0.0, before 1.2.0`, "6 of 6 files match the source code", "Signed by mara",
		"The fix is commit", "in a copy of the project&#39;s security repository",
		"https://github.com/lantern/lantern/commit/"+fixCommit, "countersign verify lantern@1.2.0",
		"Attack Vector", "It can be attacked from anywhere on the network.", "Ada Reporter", "Our blog", `href="#workarounds"`,
		"Reported to the project", "../osv/x_LAN-2026-0001.json")
	mustHold(t, files, "advisories/LAN-2025-0001.html", "not checked", "before the project began, on 1 January 2026, to have its packages checked")
	mustHold(t, files, "versions/lantern-1.0.0.html", "2 published advisories affect this version", "1.2.0")
	mustHold(t, files, "versions/lantern-1.2.0.html", "Nothing that is published affects this version", "Fixed in this release")
	mustHold(t, files, "credits/index.html", "Ada Reporter", "LAN-2026-0001")
	mustHold(t, files, "rules.html", "sample-rule")
	mustHold(t, files, "pages/policy.html", "Write to us")
	mustHold(t, files, ".well-known/security.txt", "Contact: mailto:security@lantern.example", "Expires: 2027-01-01T00:00:00Z",
		"Canonical: https://security.lantern.example/.well-known/security.txt", "CSAF: ", "Policy: ")
	mustHold(t, files, "osv/modified_id.csv", "2026-05-10T00:00:00Z,x_LAN-2026-0001\n2025-06-10T00:00:00Z,x_LAN-2025-0001\n")
	mustHold(t, files, ".well-known/csaf/provider-metadata.json", "https://security.lantern.example/.well-known/csaf/white/")
	mustHold(t, files, "feed.xml", "LAN-2026-0001: New hole")
	for _, path := range []string{
		"404.html", "search.html", "search.js", "style.css", "icon.svg", "index.json", "index/2026.json", "index/2026.js",
		"sitemap.xml", "sitemaps/2026.xml", "risk/high.html", "risk/high.xml", "feed.json", "cve/LAN-2026-0001.json",
		"openvex/LAN-2026-0001.json", "osv/all.zip", "robots.txt", "_headers",
	} {
		mustHold(t, files, path)
	}
}

// The same input gives the same bytes.
func TestDeterministic(t *testing.T) {
	first, _ := build(t, sample().input(t))
	for range 3 {
		again, _ := build(t, sample().input(t))
		if diff := differ(first, again); diff != "" {
			t.Fatal(diff)
		}
	}
}

// differ names the first file that two sites do not share.
func differ(a, b map[string][]byte) string {
	for _, path := range slices.Sorted(maps.Keys(a)) {
		if other, ok := b[path]; !ok {
			return path + " is only in the first"
		} else if string(other) != string(a[path]) {
			return fmt.Sprintf("%s differs:\n%s\n---\n%s", path, a[path], other)
		}
	}
	for path := range b {
		if _, ok := a[path]; !ok {
			return path + " is only in the second"
		}
	}
	return ""
}

// looseInput is input for documents with faults that gate 1 would report.
func (r repo) looseInput(t testing.TB) Input {
	t.Helper()
	set, _, err := Load(r.fs())
	if err != nil {
		t.Fatal(err)
	}
	return Input{Set: set, Now: now, Version: "test", Claims: claimsOf}
}
