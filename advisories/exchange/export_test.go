package exchange_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/exchange"
	"github.com/countersign/countersign/advisories/exchange/csaf"
	"github.com/countersign/countersign/advisories/exchange/cve"
	"github.com/countersign/countersign/advisories/exchange/openvex"
	"github.com/countersign/countersign/advisories/exchange/osv"
)

const forumConfig = `project: {name: Forum, url: "https://forum.example"}
id: "FORUM-{year}-{number:4}"
repos:
  forum: {url: "https://github.com/example/forum"}
  addon: {url: "https://git.example/addon"}
products:
  forum: {repo: forum, versions: semver, purl: "pkg:github/example/forum", title: Forum}
  lib: {repo: forum, versions: semver, purl: "pkg:npm/%40forum/lib"}
site: {base_url: "https://security.forum.example/", contacts: ["mailto:security@forum.example"]}
`

// forum is a repository whose advisory holds something in every field, the ones
// that nobody may see included. Everything secret has SECRET in it.
var forum = map[string]string{
	"countersign.yaml": forumConfig,
	"advisories/FORUM-2024-0001.md": `---
id: FORUM-2024-0001
title: Persistent script in topics
product: forum
target: "1.2.1"
risk: medium
risk_rationale: Needs a moderator
cvss: [CVSS:3.1/AV:N/AC:L/PR:H/UI:R/S:C/C:L/I:L/A:L, CVSS:4.0/AV:N/AC:L/AT:N/PR:H/UI:P/VC:L/VI:L/VA:L/SC:L/SI:L/SA:L]
cwe: [CWE-79, CWE-80]
aliases: [CVE-2024-10001, GHSA-aaaa-bbbb-cccc]
affected:
  - product: forum
    ranges: [{introduced: "1.1.0", fixed: "1.2.1"}, {introduced: "1.3.0", last_affected: "1.3.4"}]
    versions: ["1.0.9"]
  - product: lib
    ranges: [{introduced: "0", fixed: "2.0.0"}]
fixes:
  - version: "1.2.1"
    commits: [1111111111111111111111111111111111111111, {repo: addon, id: abcdefabcdefabcdefabcdefabcdefabcdefabcd}]
  - version: "2.0.0"
    product: lib
    patch: patches/SECRET.diff
credits:
  - {name: Ana, type: reporter, affiliation: Lab, url: "https://ana.example"}
  - {anonymous: true, type: finder}
  - {internal: true, type: remediation_developer}
references:
  - {type: article, url: "https://ana.example/post", title: How it was found}
timeline:
  reported: 2024-01-02
  handled: 2024-01-03
  acknowledged: 2024-01-04
  assessed: 2024-01-05
  fix_verified: {date: 2024-01-06, by: [SECRET-verifier]}
  embargo_until: 2024-02-01
  published: 2024-02-01
  documented: {date: 2024-02-02, by: [SECRET-editor]}
modified: 2024-02-03
assignees: [SECRET-assignee]
private:
  tracker: https://SECRET.example
  reporter_contact: SECRET@example.org
---
A topic's title is not escaped.

## Impact

Scripts run.

## Solution

Update to 1.2.1.

## Workarounds

Switch topics off.
`,
	"patches/SECRET.diff": "SECRET",
	"releases/1.0.0.md":   "---\nproduct: forum\nversion: \"1.0.0\"\nreleased: 2023-01-01\n---\n",
	"releases/1.1.0.md":   "---\nproduct: forum\nversion: \"1.1.0\"\nreleased: 2023-06-01\n---\n",
	"releases/1.2.1.md":   "---\nproduct: forum\nversion: \"1.2.1\"\nreleased: 2024-02-01\n---\n",
	"releases/1.2.2.md":   "---\nproduct: forum\nversion: \"1.2.2\"\n---\nSECRET candidate\n",
}

func repository(t testing.TB, files map[string]string) *advisories.Set {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	set, findings, err := advisories.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		t.Errorf("%s: %s: %s", f.At, f.Rule, f.Message)
	}
	return set
}

// exports writes an advisory in every format.
func exports(set *advisories.Set, a *advisories.Advisory) map[string][]byte {
	const page = "https://security.forum.example/advisory.html"
	out := map[string][]byte{
		"osv": osv.From(set, a, osv.Options{}).Encode(),
		"csaf": csaf.From(set, a, csaf.Options{
			Page: page, URL: "https://security.forum.example/csaf/2024/" + csaf.FileName(a.ID.V), Version: "1.0",
		}).Encode(),
	}
	if r := cve.From(set, a, cve.Options{}); r != nil {
		out["cve"] = r.Encode()
	}
	if d := openvex.From(set, a, openvex.Options{Page: page}); d != nil {
		out["openvex"] = d.Encode()
	}
	return out
}

func TestNothingPrivateLeaves(t *testing.T) {
	set := repository(t, forum)
	for format, data := range exports(set, set.Advisories[0]) {
		for _, secret := range []string{"SECRET", "2024-01-03", "2024-01-04", "2024-01-05", "2024-01-06", "2024-02-02", "1.2.2"} {
			if bytes.Contains(data, []byte(secret)) {
				t.Errorf("%s tells %s:\n%s", format, secret, data)
			}
		}
	}
}

// TestRoundTrips holds import and export together: what is exported, imported
// and exported again is the same, byte for byte, and nothing was lost.
func TestRoundTrips(t *testing.T) {
	set := repository(t, forum)
	for format, data := range exports(set, set.Advisories[0]) {
		if format == "openvex" {
			continue // is not imported
		}
		res, err := exchange.Import(format+".json", data, exchange.Options{Set: set})
		if err != nil || len(res.Documents) != 1 || res.Config() != "" {
			t.Fatalf("%s: %v %+v", format, err, res)
		}
		if len(res.Losses) > 0 {
			t.Errorf("%s lost:\n%s", format, lines(res.Losses))
		}
		files := map[string]string{}
		for name, text := range forum {
			files[name] = text
		}
		files["advisories/FORUM-2024-0001.md"] = string(res.Documents[0].Text)
		again := repository(t, files)
		if got := exports(again, again.Advisories[0])[format]; !bytes.Equal(got, data) {
			t.Errorf("%s: exported again\n%s\nfirst\n%s\nby way of\n%s", format, got, data, res.Documents[0].Text)
		}
	}
}

func TestExportsAreReproducible(t *testing.T) {
	first, second := repository(t, forum), repository(t, forum)
	for format, data := range exports(first, first.Advisories[0]) {
		if !bytes.Equal(data, exports(second, second.Advisories[0])[format]) {
			t.Errorf("%s differs between two runs", format)
		}
		if !json.Valid(data) || data[len(data)-1] != '\n' {
			t.Errorf("%s is no JSON text with a newline at its end", format)
		}
	}
}

func TestOSV(t *testing.T) {
	set := repository(t, forum)
	e := osv.From(set, set.Advisories[0], osv.Options{Page: "https://security.forum.example/1"})
	if e.ID != "x_FORUM-2024-0001" {
		t.Errorf("id %s: the prefix is not registered", e.ID)
	}
	forum, lib := e.Affected[0], e.Affected[1]
	if forum.Package != nil {
		t.Error("a product without an ecosystem has a package")
	}
	for _, rg := range forum.Ranges {
		if rg.Type != "GIT" {
			t.Errorf("a range of type %s without a package", rg.Type)
		}
	}
	if got := strings.Join(forum.Versions, " "); got != "1.0.9 1.1.0" {
		t.Errorf("versions %s, want the listed one and the public release that is affected", got)
	}
	if len(forum.Ranges) != 2 || forum.Ranges[1].Repo != "https://git.example/addon" {
		t.Errorf("git ranges %+v, want one for each repository", forum.Ranges)
	}
	if lib.Package == nil || lib.Package.Ecosystem != "npm" || lib.Package.Name != "@forum/lib" || lib.Ranges[0].Type != "SEMVER" {
		t.Errorf("the package of the package URL: %+v", lib)
	}
	for _, rg := range append(forum.DatabaseSpecific.Ranges, lib.Ranges...) {
		fixed, last := false, false
		for _, event := range rg.Events {
			fixed, last = fixed || event.Fixed != "", last || event.LastAffected != ""
		}
		if fixed && last {
			t.Errorf("fixed and last_affected in one range: %+v", rg)
		}
	}
	for id, want := range map[string]string{
		"CVE-2024-1": "CVE-2024-1", "GHSA-a": "GHSA-a", "openSUSE-SU-1": "openSUSE-SU-1", "CURL-1": "CURL-1",
		"CVEX-1": "x_CVEX-1", "MYBB-1": "x_MYBB-1", "x_A": "x_A", "cve-1": "x_cve-1",
	} {
		if got := osv.ID(id); got != want {
			t.Errorf("%s: found %s, want %s", id, got, want)
		}
	}
}

func TestCVE(t *testing.T) {
	files := map[string]string{}
	for name, text := range forum {
		files[name] = text
	}
	const file = "advisories/FORUM-2024-0001.md"
	files[file] = strings.Replace(files[file], "CVE-2024-10001, ", "", 1)
	set := repository(t, files)
	if r := cve.From(set, set.Advisories[0], cve.Options{}); r != nil {
		t.Error("a record without a CVE id")
	}
	files[file] = strings.Replace(forum[file], "modified:", "  withdrawn: {date: 2024-03-01, reason: Not a flaw}\nmodified:", 1)
	set = repository(t, files)
	r := cve.From(set, set.Advisories[0], cve.Options{})
	if r.Metadata.State != "REJECTED" || r.Containers.CNA.RejectedReasons[0].Value != "Not a flaw" || r.Containers.CNA.Affected != nil {
		t.Errorf("withdrawn: %s", r.Encode())
	}
	if data := osv.From(set, set.Advisories[0], osv.Options{}); data.Withdrawn != "2024-03-01T00:00:00Z" || data.Modified != data.Withdrawn {
		t.Errorf("OSV of a withdrawn advisory: withdrawn %s, modified %s", data.Withdrawn, data.Modified)
	}
	for _, s := range openvex.From(set, set.Advisories[0], openvex.Options{}).Statements {
		if s.Status != "not_affected" {
			t.Errorf("OpenVEX of a withdrawn advisory says %s", s.Status)
		}
	}
}

func TestOpenVEX(t *testing.T) {
	set := repository(t, forum)
	d := openvex.From(set, set.Advisories[0], openvex.Options{})
	var got []string
	for _, s := range d.Statements {
		for _, p := range s.Products {
			got = append(got, s.Status+" "+p.ID)
		}
		if s.Status == "affected" && s.ActionStatement == "" {
			t.Error("affected without an action statement")
		}
	}
	want := `affected pkg:github/example/forum@1.0.9
affected pkg:github/example/forum@1.1.0
fixed pkg:github/example/forum@1.2.1
not_affected pkg:github/example/forum@1.0.0
affected pkg:npm/%40forum/lib
fixed pkg:npm/%40forum/lib@2.0.0`
	if strings.Join(got, "\n") != want {
		t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), want)
	}
}

func TestIncidentInCSAF(t *testing.T) {
	set := repository(t, map[string]string{
		"countersign.yaml": forumConfig,
		"advisories/FORUM-2024-0002.md": "---\nid: FORUM-2024-0002\ntitle: Mirror broken into\nproduct: forum\nkind: incident\n" +
			"timeline: {published: 2024-02-01}\n---\n## Impact\n\nDownloads of one day.\n",
	})
	doc := csaf.From(set, set.Advisories[0], csaf.Options{Page: "https://security.forum.example/2"})
	if doc.Meta.Category != "csaf_security_incident_response" || doc.ProductTree != nil || len(doc.Meta.Notes) != 1 {
		t.Errorf("found %s", doc.Encode())
	}
	res, err := exchange.Import("x.json", doc.Encode(), exchange.Options{Set: set})
	if err != nil || !strings.Contains(string(res.Documents[0].Text), "kind: incident\n") {
		t.Errorf("read back %v %s", err, res.Documents[0].Text)
	}
}

// TestRangeOfAVersionedPURL has no package URL that asks for a version.
func TestRangeOfAVersionedPURL(t *testing.T) {
	config := strings.Replace(forumConfig, "pkg:github/example/forum", "pkg:cran/forum", 1)
	set := repository(t, map[string]string{"countersign.yaml": config, "advisories/FORUM-2024-0001.md": forum["advisories/FORUM-2024-0001.md"]})
	data := exports(set, set.Advisories[0])["csaf"]
	if bytes.Contains(data, []byte(`"pkg:cran/forum"`)) || !bytes.Contains(data, []byte(`"pkg:cran/forum@1.0.9"`)) {
		t.Errorf("%s", data)
	}
	res, err := exchange.Import("x.json", data, exchange.Options{Set: set})
	if err != nil || res.Config() != "" || !bytes.Contains(res.Documents[0].Text, []byte("product: forum\n    ranges:")) {
		t.Errorf("%v, config %q, %s", err, res.Config(), res.Documents[0].Text)
	}
}

// TestWhatIsRefused exports what the schemas do not take: a vector that cannot be
// read, and an address with a space.
func TestWhatIsRefused(t *testing.T) {
	files := map[string]string{"countersign.yaml": forumConfig, "advisories/FORUM-2024-0001.md": `---
id: FORUM-2024-0001
title: T
cvss: [CVSS:3.0/AV:N/AC:L, CVSS:3.1/AV:N/AC:L/PR:H/UI:R/S:C/C:L/I:L/A:L]
aliases: [CVE-2024-10001]
references: [{type: web, url: "https://a.example/?id=A, B[1]#c#d"}, {type: web, url: nowhere}]
---
`}
	set := repository(t, files)
	for format, data := range exports(set, set.Advisories[0]) {
		if format == "openvex" {
			continue
		}
		if bytes.Contains(data, []byte("A, B")) || !bytes.Contains(data, []byte(`"https://a.example/?id=A,%20B%5B1%5D#c%23d"`)) || bytes.Contains(data, []byte(`"nowhere"`)) {
			t.Errorf("%s:\n%s", format, data)
		}
		if format != "csaf" && bytes.Contains(data, []byte(`"CVSS:3.0/AV:N/AC:L"`)) {
			t.Errorf("%s has the vector that is cut short:\n%s", format, data)
		}
	}
}

// TestTwoEntriesOfOneProduct: a version that one entry calls fixed and another
// affected is affected in every format, and said once.
func TestTwoEntriesOfOneProduct(t *testing.T) {
	set := repository(t, map[string]string{"countersign.yaml": forumConfig, "advisories/FORUM-2024-0001.md": `---
id: FORUM-2024-0001
title: T
product: forum
aliases: [CVE-2024-10001]
affected:
  - ranges: [{introduced: "1.1.0", fixed: "1.2.0"}]
  - ranges: [{introduced: "0.9.0", fixed: "1.0.0"}]
    versions: ["1.2.0"]
timeline: {published: 2024-02-01}
---
`})
	a := set.Advisories[0]
	status := csaf.From(set, a, csaf.Options{}).Vulnerabilities[0].ProductStatus
	for _, id := range status.Fixed {
		if slices.Contains(status.KnownAffected, id) {
			t.Errorf("CSAF calls %s fixed and affected: %+v", id, status)
		}
	}
	seen := map[string]string{}
	for _, s := range openvex.From(set, a, openvex.Options{}).Statements {
		for _, p := range s.Products {
			if seen[p.ID] != "" {
				t.Errorf("OpenVEX calls %s %s and %s", p.ID, seen[p.ID], s.Status)
			}
			seen[p.ID] = s.Status
		}
	}
	e := osv.From(set, a, osv.Options{})
	if len(e.Affected) != 1 || e.Affected[0].DatabaseSpecific.Ranges[0].Events[0].Introduced != "0.9.0" {
		t.Errorf("OSV: %s", e.Encode())
	}
}
