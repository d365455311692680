package advisories

import (
	"fmt"
	"strings"
	"testing"

	"github.com/countersign/countersign/advisories/finding"
)

// sampleAdvisory is an honest advisory of about 3.9 KB that uses most fields.
func sampleAdvisory(number int) string {
	id := fmt.Sprintf("DEMO-2023-%04d", number)
	return `---
id: ` + id + `
title: ACP Themes persistent XSS
product: demo
kind: vulnerability
target: "1.8.37"
risk: low
risk_rationale: "needs an administrator: low"
cvss: [CVSS:3.1/AV:N/AC:L/PR:H/UI:R/S:C/C:L/I:L/A:L]
cwe: [CWE-79]
aliases: [CVE-2023-45556, GHSA-4xqm-3cm2-5xgf]
affected:
  - product: demo
    ranges: [{introduced: "1.8.0", fixed: "1.8.37"}]
fixes:
  - version: "1.8.37"
    commits: [468900dc9a8a881c7835f78777fea4b2a8753c37]
  - version: "1.6.20"
    commits:
      - {repo: old, id: 468900dc9a8a881c7835f78777fea4b2a8753c38}
resolution: fixed
credits:
  - {name: Or4nG.M4n, type: reporter, affiliation: "", url: ""}
  - name: Someone Else
    type: remediation_developer
references:
  - {type: advisory, url: "https://demo.example/versions/1.8.37/"}
  - type: fix
    url: https://demo.example/commit/468900dc9a8a881c7835f78777fea4b2a8753c37
timeline:
  reported: 2023-10-02
  handled: 2023-10-02 # the team was alerted
  acknowledged: 2023-10-03
  assessed: 2023-10-05
  fix_verified: {date: 2023-10-20, by: [euan]}
  reporter_confirmed: 2023-10-22
  embargo_until: 2023-11-04
  published: 2023-11-04
  documented: {date: 2023-11-05, by: [dvz]}
  reporter_notified: not_applicable
modified: 2023-11-05
assignees: [dvz]
private:
  tracker: https://tracker.example/1
  reporter_contact: someone@example.org
---
## Impact

` + strings.Repeat("An administrator could store *script* in a theme's name. ", 15) + `

## Cause

` + strings.Repeat("The name was printed without ` + \"`htmlspecialchars_uni`\" + `. ", 10) + `

## Solution

` + strings.Repeat("Update to [1.8.37](https://demo.example/versions/1.8.37/). ", 10) + "\n"
}

func BenchmarkParse(b *testing.B) {
	text := []byte(sampleAdvisory(2))
	b.ReportAllocs()
	for b.Loop() {
		Parse(finding.NewSource("a.md", text))
	}
}
