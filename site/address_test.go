package site

import (
	"strings"
	"testing"
)

// Two documents of one address stop the build, and both are named.
func TestOneAddress(t *testing.T) {
	hole := sample()["advisories/LAN-2025-0001.md"]
	for name, c := range map[string]struct {
		more repo
		want string
	}{
		"an id":               {repo{"advisories/2025/copy.md": hole}, "advisories/2025/copy.md and advisories/LAN-2025-0001.md have one address"},
		"ids but for case":    {repo{"advisories/x.md": strings.Replace(hole, "id: LAN", "id: lan", 1)}, "advisories/LAN-2025-0001.md and advisories/x.md"},
		"CSAF's name":         {repo{"advisories/x.md": strings.Replace(hole, "id: LAN-2025-0001", "id: a.b", 1), "advisories/y.md": strings.Replace(hole, "id: LAN-2025-0001", "id: a_b", 1)}, "advisories/x.md and advisories/y.md"},
		"a version":           {repo{"releases/again.md": releaseOf("1.0.0", "2025-01-10", "")}, "releases/again.md and releases/lantern-1.0.0.md"},
		"the overview's":      {repo{"keys/index.md": "---\nowner: mara\nroles: [commit]\nadded: 2020-01-01\n---\n"}, "the overview of the keys and keys/index.md"},
		"a key's file":        {repo{"keys/a-b.md": "---\nowner: a\nroles: [commit]\nadded: 2020-01-01\n---\n", "keys/a/b.md": "---\nowner: b\nroles: [commit]\nadded: 2020-01-01\n---\n"}, "keys/a-b.md and keys/a/b.md"},
		"a page, differently": {repo{"pages/Policy.md": "Text.\n"}, "pages/Policy.md and pages/policy.md"},
	} {
		var memory Memory
		_, _, err := Build(sample().with(c.more).looseInput(t), &memory)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, expected %q", name, err, c.want)
		}
	}
}

// Two advisories about one CVE id have a page and a record each. The record of a
// withdrawn one would say that the CVE is rejected, so there is none.
func TestSharedCVE(t *testing.T) {
	r := sample()
	r["advisories/LAN-2026-0001.md"] = strings.Replace(r["advisories/LAN-2026-0001.md"], "CVE-2026-20260001", "CVE-2026-20250001", 1)
	files, _ := build(t, r.looseInput(t))
	for _, id := range []string{"LAN-2025-0001", "LAN-2026-0001"} {
		mustHold(t, files, "advisories/"+id+".html", "CVE-2026-20250001", "../cve/"+id+".json")
		mustHold(t, files, "cve/"+id+".json", `"cveId": "CVE-2026-20250001"`, `"state": "PUBLISHED"`)
	}
	r["advisories/LAN-2025-0001.md"] = strings.Replace(r["advisories/LAN-2025-0001.md"], "published: 2025-06-10",
		"published: 2025-06-10, withdrawn: {date: 2026-05-11, reason: The same as LAN-2026-0001}", 1)
	files, _ = build(t, r.looseInput(t))
	if files["cve/LAN-2025-0001.json"] != nil || strings.Contains(string(files["advisories/LAN-2025-0001.html"]), "../cve/") {
		t.Error("the withdrawn advisory speaks for the CVE")
	}
	mustHold(t, files, "cve/LAN-2026-0001.json", `"state": "PUBLISHED"`)
	r = repo{}
	for path, text := range sample() {
		r[strings.ReplaceAll(path, "LAN-2025-0001", "CVE-2025-10001")] = strings.NewReplacer("id: LAN-2025-0001", "id: CVE-2025-10001", "aliases: [CVE-2026-20250001]\n", "",
			"published: 2025-06-10", "published: 2025-06-10, withdrawn: {date: 2026-05-11, reason: No flaw}").Replace(text)
	}
	r["countersign.yaml"] = strings.Replace(config, "LAN-{year}-{number:4}", "CVE-{year}-{number:5}", 1)
	files, _ = build(t, r.looseInput(t))
	mustHold(t, files, "cve/CVE-2025-10001.json", `"state": "REJECTED"`)
}
