package main

// The sample project's security repository. %s stand for the ids and keys that
// the demo makes.

const lanternConfig = `project: {name: Lantern, url: https://lantern.example}
id: "LANTERN-{year}-{number:4}"
repos:
  lantern: {url: https://git.lantern.example/lantern.git, path: ../lantern}
products:
  lantern: {repo: lantern, versions: semver, purl: "pkg:generic/lantern", title: Lantern}
policy:
  risks: [low, medium, high]
  sections: [Impact, Cause, Solution]
  deadlines: {acknowledge: 7d, assess: 14d, publish: 90d}
  fix_signature: commit
  package_signatures: 1
  two_person: true
  verify_since: 2026-01-01
site:
  base_url: https://security.lantern.example/
  title: Lantern Security
  description: Advisories, signing keys and the disclosure policy of Lantern, the photo album for the family server.
  contacts: [mailto:security@lantern.example]
`

const lanternPolicy = `---
title: Reporting a vulnerability
order: 1
---
Write to security@lantern.example, encrypted to one of the [keys](../keys/) with the role *contact*. We
answer within seven days, tell you within fourteen whether we can confirm it, and publish together with
you at the latest ninety days after your report.

You are credited by the name you choose, unless you would rather not be.
`

const lanternSession = `---
id: LANTERN-2025-0001
title: Session is kept across login
product: lantern
risk: medium
cvss: [CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:H/I:L/A:N]
cwe: [CWE-384]
affected:
  - product: lantern
    ranges: [{introduced: "2.0.0", fixed: "2.1.0"}]
fixes:
  - version: "2.1.0"
    commits: [%s]
credits:
  - {name: Ines Okoro, type: reporter, affiliation: "Northlight Labs", url: "https://northlight.example"}
references:
  - {type: article, url: "https://owasp.org/www-community/attacks/Session_fixation", title: Session fixation}
timeline:
  reported: 2025-10-20
  handled: 2025-10-20
  acknowledged: 2025-10-21
  assessed: 2025-10-24
  fix_verified: {date: 2025-11-11, by: [jonas]}
  reporter_confirmed: 2025-11-11
  published: 2025-11-12
  documented: {date: 2025-11-13, by: [jonas]}
  reporter_notified: 2025-11-13
modified: 2025-11-13
assignees: [mara]
---
## Impact

Somebody who can set a visitor's session cookie, from a neighbouring subdomain for example, is logged in
as that visitor once the visitor logs in.

## Cause

The session's id was not changed at login, and ids that the server never gave out were accepted.

## Solution

The id is made anew at login, and unknown ids are refused.
`

const lanternSearch = `---
id: LANTERN-2026-0001
title: Search term is printed without escaping
product: lantern
target: "2.2.0"
risk: medium
cvss: [CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N]
cwe: [CWE-79]
aliases: [CVE-2026-90001]
affected:
  - product: lantern
    ranges: [{introduced: "2.0.0", fixed: "2.2.0"}]
fixes:
  - version: "2.2.0"
    commits: [%s]
credits:
  - {name: Tomás Vale, type: reporter, url: "https://vale.example"}
  - {name: Mara Lind, type: remediation_developer, internal: true}
timeline:
  reported: 2026-02-26
  handled: 2026-02-26
  acknowledged: 2026-02-27
  assessed: 2026-03-02
  fix_verified: {date: 2026-03-06, by: [jonas]}
  reporter_confirmed: 2026-03-08
  published: 2026-04-02
modified: 2026-04-02
assignees: [mara]
---
## Impact

A link to the search page can carry a script, which runs in the browser of whoever follows it, with the
rights of their session.

## Cause

The search page prints the term back to the visitor, and printed it as it came:

` + "```php" + `
echo '<h1>Results for ' . $term . '</h1>';
` + "```" + `

## Solution

The term is escaped like every other text on the page.

## Workarounds

Take search.php away until you have updated. Nothing else needs it.
`

const lanternUploadDraft = `---
id: LANTERN-2026-0002
title: Upload writes outside of the photo folder
product: lantern
target: "2.2.0"
risk: hihg
cvss: [CVSS:3.1/AV:N/AC:L/PR:L]
cwe: [CWE-22, CWE-434]
affected:
  - product: lantern
    ranges: [{introduced: "2.0.0", fixed: "2.2.0"}]
fixes:
  - version: "2.2.0"
    commits: [%s]
` + lanternUploadRest

const lanternUpload = `---
id: LANTERN-2026-0002
title: Upload writes outside of the photo folder
product: lantern
target: "2.2.0"
risk: high
cvss: [CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H]
cwe: [CWE-22, CWE-434]
affected:
  - product: lantern
    ranges: [{introduced: "2.0.0", fixed: "2.2.0"}]
fixes:
  - version: "2.2.0"
    commits: [%s]
credits:
  - {name: Ines Okoro, type: reporter, affiliation: "Northlight Labs", url: "https://northlight.example"}
` + lanternUploadRest

const lanternUploadRest = `timeline:
  reported: 2026-03-03
  handled: 2026-03-03
  acknowledged: 2026-03-04
  assessed: 2026-03-09
  fix_verified: {date: 2026-03-13, by: [mara]}
  reporter_confirmed: 2026-03-15
  published: 2026-04-02
modified: 2026-04-02
assignees: [jonas]
---
## Impact

Whoever may upload a picture can write a file to any place that the web server may write to, and run it
from there.

## Cause

The file's name and type were taken from the request. A name such as ` + "`../inc/html.php`" + ` was used as it came.

## Solution

The name is made up by the server, and the type is read from the picture itself.
`

const lanternOldRelease = `---
product: lantern
version: "2.1.0"
released: 2025-11-12
source: {repo: lantern, commit: %s, tag: v2.1.0}
---
A security release: see LANTERN-2025-0001.
`

const lanternCandidate = `---
product: lantern
version: "2.2.0"
source: {repo: lantern, commit: %s}
packages:
  - name: lantern-2.2.0.zip
    contents: full
    root: lantern/
    signatures: [lantern-2.2.0.zip.asc]
previous: "2.1.0"
---
Albums come in pages now, and two vulnerabilities are fixed.
`

const lanternRelease = `---
product: lantern
version: "2.2.0"
released: 2026-04-02
source: {repo: lantern, commit: %s, tag: v2.2.0}
packages:
  - name: lantern-2.2.0.zip
    contents: full
    root: lantern/
    sha256: %s
    url: https://lantern.example/lantern-2.2.0.zip
    signatures: [lantern-2.2.0.zip.asc]
previous: "2.1.0"
---
Albums come in pages now, and two vulnerabilities are fixed.
`

const lanternKey = `---
owner: %s
name: %s
roles: [%s]
fingerprint: %s
added: 2025-06-01
---
%s`
