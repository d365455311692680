package exchange_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/exchange"
)

// load makes a repository of an import's result; it must load without a finding.
func load(t testing.TB, res *exchange.Result) *advisories.Set {
	t.Helper()
	config := "project: {name: Example, url: \"https://example.org\"}\nid: \"EX-{year}-{number:4}\"\n" + res.Config()
	fsys := fstest.MapFS{"countersign.yaml": {Data: []byte(config)}}
	for _, d := range res.Documents {
		fsys[d.Path] = &fstest.MapFile{Data: d.Text}
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

func lines(losses []exchange.Loss) string {
	var out strings.Builder
	for _, l := range losses {
		fmt.Fprintf(&out, "%s: %s\n", l.Path, l.Reason)
	}
	return out.String()
}

// imports are one synthetic record of each form, with what comes of it.
var imports = []struct {
	name, file, text string
	document         string // without the fences
	config           string
	losses           string
}{
	{
		name: "OSV", file: "EX-2024-1.json",
		text: `{"schema_version": "1.7.0", "id": "EX-2024-1", "modified": "2024-02-03T04:05:06.5Z", "published": "2024-02-01T00:00:00Z",
			"aliases": ["CVE-2024-10001"], "related": ["CVE-2024-10002"], "summary": "A flaw", "details": "## Impact\r\n\r\nBad.",
			"severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
			"affected": [{"package": {"ecosystem": "PyPI", "name": "Pkg_One", "purl": "pkg:pypi/pkg_one"},
				"ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.10"}, {"introduced": "2.0"}, {"last_affected": "2.1"}]},
					{"type": "GIT", "repo": "https://github.com/example/pkg", "events": [{"introduced": "0"}, {"fixed": "abcdefabcdefabcdefabcdefabcdefabcdefabcd"}]}],
				"versions": ["1.9"], "ecosystem_specific": {"arch": "x"}}],
			"references": [{"type": "FIX", "url": "https://example.org/fix"}],
			"credits": [{"name": "Ana", "type": "FINDER", "contact": ["mailto:ana@example.org", "https://ana.example"]}],
			"database_specific": {"severity": "MODERATE", "cwe_ids": ["CWE-79"], "reviewed": true}}`,
		document: `id: EX-2024-1
title: A flaw
product: pkg_one
risk: medium
cvss: [CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H]
cwe: [CWE-79]
aliases: [CVE-2024-10001]
affected:
  - product: pkg_one
    ranges:
      - {introduced: "0", fixed: "1.10"}
      - {introduced: "2.0", last_affected: "2.1"}
    versions: ["1.9"]
fixes:
  - version: "1.10"
    commits: [abcdefabcdefabcdefabcdefabcdefabcdefabcd]
credits:
  - {name: Ana, type: finder, url: "https://ana.example"}
references:
  - {type: fix, url: "https://example.org/fix"}
timeline:
  published: 2024-02-01
modified: 2024-02-03T04:05:06.5Z
---
## Impact

Bad.
`,
		config: "repos:\n  pkg: {url: \"https://github.com/example/pkg\"}\nproducts:\n" +
			"  pkg_one: {repo: pkg, versions: generic, purl: \"pkg:pypi/pkg_one\", ecosystem: PyPI, package: Pkg_One}\n",
		losses: `related: an advisory knows aliases of the same flaw, not related ones
affected[0].ecosystem_specific: what one ecosystem's tools read stays with them
credits[0].contact[0]: a credit has one web address
database_specific.reviewed: what one database notes for itself stays there
`,
	},
	{
		name: "CVE", file: "CVE-2024-10001.json",
		text: `{"dataType": "CVE_RECORD", "dataVersion": "5.1",
			"cveMetadata": {"cveId": "CVE-2024-10001", "assignerOrgId": "8254265b-2729-46b6-b9e3-3dfca2d5bfca", "state": "PUBLISHED", "datePublished": "2024-02-01T10:00:00.000Z"},
			"containers": {"cna": {"title": "A flaw", "descriptions": [{"lang": "en", "value": "Bad."}, {"lang": "es", "value": "Malo."}],
				"affected": [{"vendor": "Example", "product": "Pkg", "defaultStatus": "unaffected", "versions": [
					{"version": "1.0", "lessThan": "1.2", "status": "affected", "versionType": "custom"},
					{"version": ">= 2.0, < 2.1", "status": "affected"}, {"version": "3.0", "status": "affected", "changes": [{"at": "3.1", "status": "unaffected"}]},
					{"version": "4.0", "status": "unknown"}]}],
				"problemTypes": [{"descriptions": [{"lang": "en", "description": "CWE-79 XSS", "cweId": "CWE-79", "type": "CWE"}]}],
				"metrics": [{"format": "CVSS", "cvssV3_1": {"version": "3.1", "vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "baseScore": 9.8}}],
				"workarounds": [{"lang": "en", "value": "Switch it off."}], "impacts": [{"capecId": "CAPEC-63"}],
				"credits": [{"lang": "en", "value": "Ana", "type": "remediation developer"}],
				"references": [{"url": "https://example.org/a", "name": "Note", "tags": ["patch", "x_mirror"]}]},
			"adp": [{"title": "More"}]}}`,
		document: `id: CVE-2024-10001
title: A flaw
product: example-pkg
cvss: [CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H]
cwe: [CWE-79]
affected:
  - product: example-pkg
    ranges:
      - {introduced: "1.0", fixed: "1.2"}
      - {introduced: "2.0", fixed: "2.1"}
      - {introduced: "3.0", fixed: "3.1"}
credits:
  - {name: Ana, type: remediation_developer}
references:
  - {type: fix, url: "https://example.org/a", title: Note}
timeline:
  published: 2024-02-01T10:00:00Z
---
Bad.

## Workarounds

Switch it off.
`,
		config: "products:\n  example-pkg: {versions: generic, title: Example Pkg}\n",
		losses: `cveMetadata.assignerOrgId: how the id was assigned is kept with the id
containers.cna.descriptions[1]: an advisory is in one language
containers.cna.affected[0].versions[3]: an advisory lists the affected versions only
containers.cna.impacts: an advisory classifies by CWE
containers.cna.references[0].tags[1]: a reference has one type
containers.adp: what others add to a record stays with them
`,
	},
	{
		name: "CVE as the Linux kernel writes it", file: "k.json",
		text: `{"dataType": "CVE_RECORD", "dataVersion": "5.1", "cveMetadata": {"cveId": "CVE-2024-10003", "state": "PUBLISHED"},
			"containers": {"cna": {"title": "A flaw", "affected": [{"vendor": "Linux", "product": "Linux", "defaultStatus": "affected", "versions": [
				{"version": "5.0", "status": "affected"}, {"version": "0", "lessThan": "5.0", "status": "unaffected", "versionType": "custom"},
				{"version": "5.10.5", "lessThanOrEqual": "5.10.*", "status": "unaffected"}, {"version": "6.1", "lessThanOrEqual": "*", "status": "unaffected"}]}]}}}`,
		document: `id: CVE-2024-10003
title: A flaw
product: linux
affected:
  - product: linux
    ranges:
      - {introduced: "5.0", fixed: "5.10.5"}
      - {introduced: "5.11", fixed: "6.1"}
---
`,
		config: "products:\n  linux: {versions: generic, title: Linux}\n",
	},
	{
		name: "GitHub's REST API", file: "advisories.json",
		text: `[{"ghsa_id": "GHSA-aaaa-bbbb-cccc", "cve_id": "CVE-2024-10001", "html_url": "https://github.com/advisories/GHSA-aaaa-bbbb-cccc",
			"summary": "A flaw", "description": "### Impact\nBad.", "severity": "critical", "state": "published",
			"published_at": "2024-02-01T10:00:00Z", "updated_at": "2024-02-02T10:00:00Z", "withdrawn_at": null,
			"vulnerabilities": [{"package": {"ecosystem": "npm", "name": "@s/pkg"}, "vulnerable_version_range": ">= 1.0.0, <= 1.2.0", "first_patched_version": "1.2.1", "vulnerable_functions": []}],
			"cvss": {"vector_string": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "score": 9.8}, "cwes": [{"cwe_id": "CWE-79", "name": "XSS"}],
			"credits": [{"user": {"login": "ana", "html_url": "https://github.com/ana", "id": 1}, "type": "reporter"}], "epss": {"percentage": 0.1}}]`,
		document: `id: GHSA-aaaa-bbbb-cccc
title: A flaw
product: s-pkg
risk: critical
cvss: [CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H]
cwe: [CWE-79]
aliases: [CVE-2024-10001]
affected:
  - product: s-pkg
    ranges:
      - {introduced: "1.0.0", fixed: "1.2.1"}
credits:
  - {name: ana, type: reporter, url: "https://github.com/ana"}
references:
  - {type: advisory, url: "https://github.com/advisories/GHSA-aaaa-bbbb-cccc"}
timeline:
  published: 2024-02-01T10:00:00Z
modified: 2024-02-02T10:00:00Z
---
### Impact
Bad.
`,
		config: "products:\n  s-pkg: {versions: semver, ecosystem: npm, package: \"@s/pkg\"}\n",
		losses: "[0].state: how the platform handled the advisory stays with the platform\n" +
			"[0].epss: a forecast that changes daily is no part of an advisory\n",
	},
	{
		name: "CSAF", file: "ex-1.json",
		text: `{"document": {"category": "csaf_security_advisory", "csaf_version": "2.0", "title": "Two flaws", "lang": "en",
				"aggregate_severity": {"text": "Important"}, "publisher": {"name": "Vendor"},
				"notes": [{"category": "legal_disclaimer", "text": "Terms."}],
				"tracking": {"id": "EX-1", "current_release_date": "2024-02-01T00:00:00Z", "initial_release_date": "2024-02-01T00:00:00Z", "status": "final", "version": "1"}},
			"product_tree": {"branches": [{"category": "vendor", "name": "Vendor", "branches": [{"category": "product_name", "name": "Pkg", "branches": [
				{"category": "product_version_range", "name": "vers:generic/>=1.0|<1.2", "product": {"name": "Pkg 1", "product_id": "A"}},
				{"category": "product_version", "name": "1.2", "product": {"name": "Pkg 1.2", "product_id": "B"}},
				{"category": "product_version_range", "name": "by hand", "product": {"name": "Pkg 2", "product_id": "C"}}]}]}]},
			"vulnerabilities": [{"cve": "CVE-2024-10001", "cwe": {"id": "CWE-79", "name": "XSS"}, "notes": [{"category": "description", "text": "Bad."}],
				"product_status": {"known_affected": ["A", "C"], "fixed": ["B"]},
				"remediations": [{"category": "vendor_fix", "details": "Take 1.2.", "product_ids": ["A"]}],
				"scores": [{"products": ["A"], "cvss_v3": {"vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "baseScore": 9.8}}],
				"acknowledgments": [{"names": ["Ana", "Bo"], "organization": "Lab"}]}]}`,
		document: `id: EX-1
title: Two flaws
product: vendor-pkg
risk: high
cvss: [CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H]
cwe: [CWE-79]
aliases: [CVE-2024-10001]
affected:
  - product: vendor-pkg
    ranges:
      - {introduced: "1.0", fixed: "1.2"}
credits:
  - {name: Ana, type: other, affiliation: Lab}
  - {name: Bo, type: other, affiliation: Lab}
timeline:
  published: 2024-02-01
---
Bad.

## Solution

Take 1.2.
`,
		config: "products:\n  vendor-pkg: {versions: generic, title: Vendor Pkg}\n",
		losses: `document.publisher: an advisory is published by the project, in one language, for everybody
document.notes[0]: terms of use belong beside an advisory, not into it
document.tracking.version: an advisory's history is its file's, in git
product_tree.branches[0].branches[0].branches[2]: no vulnerability of the document says it is affected
vulnerabilities[0].product_status.known_affected[1]: expected a version, or a range as vers:scheme/>=1|<2, found "by hand"
`,
	},
	{
		name: "RustSec", file: "crates/pkg/RUSTSEC-2024-9999.md",
		text: "```toml\n[advisory]\nid = \"RUSTSEC-2024-9999\"\npackage = \"pkg\"\ndate = \"2024-02-01\"\nurl = \"https://example.org/1\"\n" +
			"keywords = [\"x\"]\n\n[versions]\npatched = [\"^1.2.3\", \">= 2.0.0\"]\nunaffected = [\"< 0.5.0\"]\n```\n\n# A flaw\n\nBad.\n",
		document: `id: RUSTSEC-2024-9999
title: A flaw
product: pkg
affected:
  - product: pkg
    ranges:
      - {introduced: "0.5.0", fixed: "1.2.3"}
references:
  - {type: advisory, url: "https://example.org/1"}
timeline:
  published: 2024-02-01
---
Bad.
`,
		config: "products:\n  pkg: {versions: semver, ecosystem: crates.io, package: pkg}\n",
		losses: "advisory.keywords: an advisory classifies by CWE\n",
	},
	{
		name: "Ruby", file: "gems/pkg/CVE-2024-10001.yml",
		text: "---\ngem: pkg\ncve: 2024-10001\nghsa: aaaa-bbbb-cccc\nurl: https://example.org/1\ntitle: A flaw\ndate: 2024-02-01\n" +
			"description: |\n  Bad.\ncvss_v3: 7.5\npatched_versions:\n  - \"~> 1.2.3\"\n  - \">= 1.4\"\n",
		document: `id: CVE-2024-10001
title: A flaw
product: pkg
aliases: [GHSA-aaaa-bbbb-cccc]
affected:
  - product: pkg
    ranges:
      - {introduced: "0", fixed: "1.2.3"}
      - {introduced: "1.3", fixed: "1.4"}
references:
  - {type: advisory, url: "https://example.org/1"}
timeline:
  published: 2024-02-01
---
Bad.
`,
		config: "products:\n  pkg: {versions: generic, ecosystem: RubyGems, package: pkg}\n",
		losses: "cvss_v3: expected a whole CVSS vector\n",
	},
	{
		name: "PHP", file: "v/pkg/CVE-2024-10001.yaml",
		text: "title: A flaw\nlink: https://example.org/1\ncve: CVE-2024-10001\nbranches:\n  1.x:\n    time: 2024-02-01 10:00:00\n" +
			"    versions: ['>=1.0', '<1.2']\nreference: composer://v/pkg\n",
		document: `id: CVE-2024-10001
title: A flaw
product: v-pkg
affected:
  - product: v-pkg
    ranges:
      - {introduced: "1.0", fixed: "1.2"}
references:
  - {type: advisory, url: "https://example.org/1"}
---
`,
		config: "products:\n  v-pkg: {versions: generic, ecosystem: Packagist, package: v/pkg}\n",
		losses: "branches.1.x.time: the day of a release stands in the release's record\n",
	},
	{
		name: "front matter in the usual words", file: "_posts/flaw-1.md",
		text: "---\ntitle: A flaw\nrisk: High\ncve: CVE-2024-10001\ncwe: CWE-79\nlayout: post\ndate: 2024-02-01\nproduct: Forum\n" +
			"reported_by:\n  - name: \"[Ana](https://ana.example)\"\nfix_commits: [https://github.com/example/forum/commit/abcdefabcdefabcdefabcdefabcdefabcdefabcd]\n" +
			"affected_versions: [\"< 1.2\"]\n---\nBad.\n",
		document: `id: flaw-1
title: A flaw
product: forum
risk: high
cwe: [CWE-79]
aliases: [CVE-2024-10001]
affected:
  - product: forum
    ranges:
      - {introduced: "0", fixed: "1.2"}
fixes:
  - version: "1.2"
    commits: [abcdefabcdefabcdefabcdefabcdefabcdefabcd]
credits:
  - {name: Ana, type: reporter, url: "https://ana.example"}
timeline:
  published: 2024-02-01
---
Bad.
`,
		config: "repos:\n  forum: {url: \"https://github.com/example/forum\"}\nproducts:\n  forum: {repo: forum, versions: generic, title: Forum}\n",
		losses: "layout: an advisory has no field for it\n",
	},
	{
		name: "Markdown in the words of others", file: "notes/2014-42.md",
		text: "---\nannounced: April 29, 2014\nfixed_in:\n- Browser 29\n- Mail 24.5\n- Mail 31.0\nimpact: Critical\nreporter: Ana\n" +
			"title: A flaw\nseen: yes\n---\n\nIt is bad.\n",
		document: `id: "2014-42"
title: A flaw
risk: critical
affected:
  - product: browser
    ranges:
      - {introduced: "0", fixed: "29"}
  - product: mail
fixes:
  - version: "24.5"
    product: mail
  - version: "31.0"
    product: mail
credits:
  - {name: Ana, type: reporter}
timeline:
  published: 2014-04-29
---
It is bad.
`,
		config: "products:\n  browser: {versions: generic, title: Browser}\n  mail: {versions: semver, title: Mail}\n",
		losses: "seen: an advisory has no field for it\n",
	},
	{
		name: "JSON in the words of others", file: "core/7.json",
		text: `{"cve": ["CVE-2016-9840"], "ref": "https://example.org/fix", "vulnerable": ">=4.0.0 <4.8.2 || >=6.0.0 <6.10.2",
			"patched": "^4.8.2 || ^6.10.2", "overview": "Undefined constructs.", "recommendation": "Update.", "severity": "high",
			"impact": "Anybody can do anything"}`,
		document: `id: CVE-2016-9840
title: Undefined constructs
product: product
risk: high
affected:
  - product: product
    ranges:
      - {introduced: "4.0.0", fixed: "4.8.2"}
      - {introduced: "6.0.0", fixed: "6.10.2"}
references:
  - {type: web, url: "https://example.org/fix"}
---
Undefined constructs.

## Solution

Update.
`,
		config: "products:\n  product: {versions: semver}\n",
		losses: "patched: the affected versions say it\nimpact: an advisory has no field for it\n",
	},
	{
		name: "several in a mapping", file: "2024-1.yml",
		text: "announced: 2024-01-02\ntitle: A round of fixes\npackage: {name: lamp}\nadvisories:\n  CVE-2024-1234:\n    title: One\n    severity: low\n    bugs: [7]\n",
		document: `id: CVE-2024-1234
title: One
product: lamp
risk: low
affected:
  - product: lamp
timeline:
  published: 2024-01-02
---
`,
		config: "products:\n  lamp: {versions: semver, title: lamp}\n",
		losses: "title: an advisory has no field for it\nadvisories.CVE-2024-1234.bugs: an advisory has no field for it\n",
	},
	{
		name: "no versions before the first", file: "R-2024-1.md",
		text:     "```toml\n[advisory]\nid = \"R-2024-1\"\npackage = \"spin\"\ndate = \"2024-01-01\"\n\n[versions]\npatched = []\nunaffected = [\">= 0\"]\n```\n\n# Not kept up\n",
		document: "id: R-2024-1\ntitle: Not kept up\nproduct: spin\naffected:\n  - product: spin\ntimeline:\n  published: 2024-01-01\n---\n",
		config:   "products:\n  spin: {versions: semver, ecosystem: crates.io, package: spin}\n",
	},
}

func TestImport(t *testing.T) {
	for _, c := range imports {
		t.Run(c.name, func(t *testing.T) {
			res, err := exchange.Import(c.file, []byte(c.text), exchange.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if len(res.Documents) != 1 {
				t.Fatalf("%d documents", len(res.Documents))
			}
			want := "---\n" + c.document
			if got := string(res.Documents[0].Text); got != want {
				t.Errorf("document\n%s\nwant\n%s", got, want)
			}
			if got := res.Config(); got != c.config {
				t.Errorf("config\n%s\nwant\n%s", got, c.config)
			}
			if got := lines(res.Losses); got != c.losses {
				t.Errorf("losses\n%s\nwant\n%s", got, c.losses)
			}
			load(t, res)
		})
	}
}

func TestImportIntoARepository(t *testing.T) {
	fsys := fstest.MapFS{"countersign.yaml": {Data: []byte("project: {name: Example}\nid: \"EX-{year}-{number:4}\"\n" +
		"repos: {main: {url: \"https://github.com/example/pkg.git\"}}\nproducts: {app: {repo: main, purl: \"pkg:pypi/pkg_one\"}}\n")}}
	set, _, err := advisories.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	res, err := exchange.Import("x.json", []byte(imports[0].text), exchange.Options{
		Set: set,
		ID: func(foreign string, published advisories.Date) string {
			return fmt.Sprintf("EX-%d-0007", published.Year())
		},
	})
	if err != nil || len(res.Documents) != 1 {
		t.Fatal(res, err)
	}
	text := string(res.Documents[0].Text)
	for _, want := range []string{"id: EX-2024-0007\n", "product: app\n", "aliases: [EX-2024-1, CVE-2024-10001]\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("expected %q in\n%s", want, text)
		}
	}
	if res.Documents[0].Path != "advisories/EX-2024-0007.md" || res.Config() != "" {
		t.Errorf("found %s, config %q", res.Documents[0].Path, res.Config())
	}
}

func TestImportOfAFolder(t *testing.T) {
	files := fstest.MapFS{
		"a/osv.json":    {Data: []byte(imports[0].text)},
		"a/again.json":  {Data: []byte(imports[0].text)},
		"b/pkg/C.yml":   {Data: []byte("gem: one\ntitle: T\ndate: 2024-01-01\npatched_versions: [\">= 1\"]\n")},
		"b/pkg2/C.yml":  {Data: []byte("gem: two\ntitle: T\ndate: 2024-01-01\npatched_versions: [\">= 1\"]\n")},
		"README.md":     {Data: []byte("# Hello\n")},
		"broken.json":   {Data: []byte("{")},
		"package.json":  {Data: []byte(`{"name": "x"}`)},
		".git/x.json":   {Data: []byte(imports[0].text)},
		"notes.txt":     {Data: []byte("x")},
		"c/many.jsonl":  {Data: []byte(`{"id": "M-1", "affected": []}` + "\n" + `{"id": "M-2", "affected": []}` + "\n")},
		"c/vulns.json":  {Data: []byte(`{"vulns": [{"id": "V-1", "modified": "2024-01-01T00:00:00Z", "details": "d"}]}`)},
		"d/escape.json": {Data: []byte(`{"id": "../../x", "affected": []}`)},
	}
	res, err := exchange.ImportFS(files, ".", exchange.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range res.Documents {
		got = append(got, d.Path)
	}
	want := "advisories/C-two.md advisories/C.md advisories/EX-2024-1.md advisories/M-1.md advisories/M-2.md advisories/V-1.md advisories/x.md"
	if strings.Join(got, " ") != want {
		t.Errorf("found %s\nwant  %s", strings.Join(got, " "), want)
	}
	unread := map[string]bool{}
	for _, l := range res.Losses {
		if l.Path == "" {
			unread[l.File] = true
		}
	}
	for _, name := range []string{"README.md", "broken.json", "package.json", "a/osv.json"} {
		if !unread[name] {
			t.Errorf("%s was not named as unread: %v", name, unread)
		}
	}
	load(t, res)
}

// TestImportAgain imports what is there already, by its own id or by an alias.
func TestImportAgain(t *testing.T) {
	first, err := exchange.Import("x.json", []byte(imports[0].text), exchange.Options{})
	if err != nil {
		t.Fatal(err)
	}
	set := load(t, first)
	id := func(string, advisories.Date) string { return "EX-2024-0099" }
	for _, foreign := range []string{"EX-2024-1", "CVE-2024-10001"} {
		text := strings.ReplaceAll(imports[0].text, `"id": "EX-2024-1"`, `"id": "`+foreign+`"`)
		res, err := exchange.Import("x.json", []byte(text), exchange.Options{Set: set, ID: id})
		if err != nil || len(res.Documents) > 0 {
			t.Fatalf("%v, %d documents", err, len(res.Documents))
		}
		if last := res.Losses[len(res.Losses)-1]; last.Reason != foreign+" is here already, as EX-2024-1" {
			t.Errorf("found %q", last.Reason)
		}
	}
}

// TestRecordsOfManyDocuments tells apart what two announcements say of one flaw.
func TestRecordsOfManyDocuments(t *testing.T) {
	one := []byte("package: lamp\nadvisories:\n  CVE-2024-1234: {title: One, severity: low}\n")
	res, err := exchange.ImportFS(fstest.MapFS{"a/2024-1.yml": {Data: one}, "a/2024-2.yml": {Data: one}}, ".", exchange.Options{})
	if err != nil || len(res.Documents) != 2 || res.Documents[0].Path != "advisories/2024-2-CVE-2024-1234.md" {
		t.Errorf("%v %+v", err, res)
	}
}

func TestAddTo(t *testing.T) {
	res, err := exchange.Import("x.json", []byte(imports[0].text), exchange.Options{})
	if err != nil {
		t.Fatal(err)
	}
	const repo, product = `pkg: {url: "https://github.com/example/pkg"}`, "pkg_one: {repo: pkg, versions: generic, purl: \"pkg:pypi/pkg_one\", ecosystem: PyPI, package: Pkg_One}"
	for _, c := range []struct{ name, before, after string }{
		{"neither is there", "id: X\n", "id: X\n\nrepos:\n  " + repo + "\n\nproducts:\n  " + product + "\n"},
		{"both are there, in four columns, with comments",
			"repos: # where\n    a: {url: u} # one\n\n# what\nproducts:\n    b:\n        repo: a\nid: X",
			"repos: # where\n    a: {url: u} # one\n    " + repo + "\n\n# what\nproducts:\n    b:\n        repo: a\n    " + product + "\nid: X"},
		{"empty", "products:\nrepos:\n", "products:\n  " + product + "\nrepos:\n  " + repo + "\n"},
		{"CRLF", "repos:\r\n  a: {url: u}\r\n", "repos:\r\n  a: {url: u}\r\n  " + repo + "\r\n\r\nproducts:\r\n  " + product + "\r\n"},
		{"in braces", "products: {a: {title: A}}\n", ""},
		{"with tabs", "products:\n\ta: {title: A}\n", ""},
	} {
		got, ok := res.AddTo([]byte(c.before))
		if string(got) != c.after && ok || ok != (c.after != "") {
			t.Errorf("%s: %v, found\n%s\nwant\n%s", c.name, ok, got, c.after)
		}
	}
}

// FuzzImport puts any text into any place of a record, and holds import to two
// laws: it never panics, and what it writes loads without a finding.
func FuzzImport(f *testing.F) {
	for kind := range imports {
		for at, text := range []string{"", "x", "0", "*", "..", "CVE-1", "< 1", "\u202e", "---", "2024-13-01", "https://example.org/", "other"} {
			f.Add(uint8(kind), uint16(at*7), text)
		}
	}
	f.Fuzz(func(t *testing.T, kind uint8, at uint16, text string) {
		c := imports[int(kind)%len(imports)]
		pieces := strings.Split(c.text, `"`)
		quoted, _ := json.Marshal(strings.ToValidUTF8(text, "?"))
		pieces[int(at)%len(pieces)] = strings.Trim(string(quoted), `"`)
		res, err := exchange.Import(c.file, []byte(strings.Join(pieces, `"`)), exchange.Options{})
		if err != nil || len(text) > 1000 {
			return
		}
		for _, d := range res.Documents {
			if strings.Contains(d.Path, "..") || strings.Count(d.Path, "/") != 1 {
				t.Fatalf("path %q", d.Path)
			}
		}
		load(t, res)
	})
}
