package site

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
)

// secret is a word that stands in everything that must not be on the site.
const secret = "xyzzy"

// embargoed adds to the sample what the public must not see: every kind of
// advisory that is not public, a candidate with its result and patch, and
// private fields of an advisory that is public.
func embargoed() repo {
	r := sample()
	draft := func(n int, timeline, more string) {
		id := fmt.Sprintf("LAN-2026-9%03d", n)
		text := advisory(id, "A "+secret+" title", "1.0.0", "1.3.0", timeline, more)
		text = strings.ReplaceAll(text, "Ada Reporter", "Ada "+secret)
		text = strings.ReplaceAll(text, "Anyone can", secret+" can")
		text = strings.ReplaceAll(text, fixCommit, hexOf(secret)[:40])
		r["advisories/"+id+".md"] = text
	}
	draft(1, "handled: 2025-01-02", "")
	draft(2, "published: 2026-06-02", "")
	draft(3, "published: 2026-05-02, embargo_until: 2026-07-01", "")
	draft(4, "published: 2026-05-02, rejected: {date: 2026-05-01, reason: "+secret+"}", "")
	draft(5, "published: 2026-05-02", "")
	draft(6, "handled: 2025-01-02", "resolution: wont_fix\n")
	draft(7, "handled: 2025-01-02", "kind: incident\n")
	r["advisories/LAN-2026-9005.md"] = strings.ReplaceAll(r["advisories/LAN-2026-9005.md"], "1.3.0", "1.2.0") // fixed in a release whose result has no word on it
	r["advisories/LAN-2026-9008.md"] = "---\nid: LAN-2026-9008\ntitle: A " + secret + "\ntimeline: {reported: 2026-01-01}\n---\n" + secret + "\n"
	r["releases/lantern-1.3.0.md"] = strings.ReplaceAll(releaseOf("1.3.0", "", "lantern-1.3.0.zip"), "Notes", secret) +
		"patches: [patches/" + secret + ".diff]\n"
	r["releases/lantern-1.3.0.verification.json"] = result("1.3.0", "lantern-1.3.0.zip", "present", "LAN-2026-9001")
	r["releases/lantern-1.2.0.verification.json"] = result("1.2.0", "lantern-1.2.0.zip", "present", "LAN-2026-0001", "LAN-2026-9001", "LAN-2026-9002")
	r["releases/lantern-1.4.0.md"] = releaseOf("1.4.0", "2026-06-02", "lantern-1.4.0.zip") // tomorrow
	r["patches/"+secret+".diff"] = "--- a/" + secret + "\n"
	r["advisories/LAN-2026-0001.md"] = strings.Replace(r["advisories/LAN-2026-0001.md"], "---\n## Impact",
		"assignees: ["+secret+"]\nprivate: {tracker: https://"+secret+".example/, reporter_contact: "+secret+"@example.org}\n---\n## Impact", 1)
	r["advisories/LAN-2026-0001.md"] = strings.Replace(r["advisories/LAN-2026-0001.md"], "published: 2026-05-10",
		"published: 2026-05-10, fix_verified: {date: 2026-05-08, by: ["+secret+"]}", 1)
	r["notes/"+secret+".txt"] = secret
	r["advisories/.LAN-2026-9010.md"] = r["advisories/LAN-2026-9008.md"]
	r["advisories/.drafts/LAN-2026-9011.md"] = r["advisories/LAN-2026-9008.md"]
	r["advisories/"+secret+".txt"] = secret
	r["advisories/LAN-2025-0001.md"] = strings.NewReplacer(
		"---\nid:", "---\n# "+secret+"\nid:",
		"  - {name: Ada Reporter", "  - {name: Hidden "+secret+", anonymous: true, url: \"https://"+secret+".example\", affiliation: "+secret+"}\n  - {name: Ada Reporter",
		"Anyone can", "<!-- "+secret+" -->\n\n[//]: # ("+secret+")\n\nAnyone <!-- "+secret+" --> can",
		"timeline:", "notify: [{who: "+secret+", by: 2025-05-01}]\nwaive: [{rule: x, reason: "+secret+"}]\nprivate: {\"an odd "+secret+"\": {deep: ["+secret+"]}}\ntimeline:",
	).Replace(r["advisories/LAN-2025-0001.md"])
	r["releases/lantern-1.1.0.md"] = strings.NewReplacer("signatures:", "omitted: ["+secret+"/**], generated: ["+secret+".php], signatures:",
		"Notes", "<!-- "+secret+" -->Notes").Replace(r["releases/lantern-1.1.0.md"])
	r["pages/policy.md"] += "<!-- " + secret + " -->\n"
	r["countersign.yaml"] = strings.Replace(config, "policy:\n", "# "+secret+"\npolicy:\n  waivers: [{rule: x, object: "+fixCommit+", reason: "+secret+"}]\n"+
		"  attested: [{advisory: LAN-2026-9001, package_sha256: "+hexOf(secret)+", by: ["+secret+"], reason: "+secret+"}]\n", 1)
	// Public, and of every version that there is: of the candidate nobody may know.
	open := advisory("LAN-2026-0002", "Open", "1.0.0", "9.0.0", "published: 2026-05-11", "resolution: wont_fix\n")
	r["advisories/LAN-2026-0002.md"] = strings.NewReplacer(`, fixed: "9.0.0"`, "", "fixes:\n  - version: \"9.0.0\"\n    commits: ["+fixCommit+"]\n", "").Replace(open)
	return r
}

// No byte of the output, of its paths, or of what is packed inside it tells
// anything that is not public.
func TestEmbargo(t *testing.T) {
	in := embargoed().input(t)
	files, rep := build(t, in)
	if len(rep.LeftOut) != 8 {
		t.Errorf("left out %d, expected 8: %v", len(rep.LeftOut), rep.LeftOut)
	}
	words := []string{secret, "LAN-2026-9", "1.3.0", "1.4.0", hexOf(secret)[:12], "2026-9001"}
	search := func(path string, data []byte) {
		for _, word := range words {
			if bytes.Contains(bytes.ToLower(data), []byte(strings.ToLower(word))) || strings.Contains(path, word) {
				t.Errorf("%s holds %q", path, word)
			}
		}
	}
	for path, data := range files {
		search(path, data)
		if strings.HasSuffix(path, ".zip") {
			unpack(t, data, search)
		}
	}
	search("the state", encoded(t, rep.State))
	// The check finds what it looks for.
	in.Preview = true
	preview, _ := build(t, in)
	if !bytes.Contains(preview["advisories/LAN-2026-9001.html"], []byte(secret)) {
		t.Error("the preview does not show the draft")
	}
}

func unpack(t *testing.T, data []byte, search func(string, []byte)) {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.File {
		rc, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(rc)
		if err != nil {
			t.Fatal(err)
		}
		search(f.Name, text)
	}
}

// A draft that becomes public, and what else the day brings, is on the site of
// the next build as if it were the first.
func TestEmbargoEnds(t *testing.T) {
	r := sample().with(repo{"advisories/LAN-2026-0002.md": advisory("LAN-2026-0002", "Next", "1.0.0", "1.2.0", "published: 2026-06-03", "resolution: wont_fix\n")})
	in := r.input(t)
	files, rep := build(t, in)
	if files["advisories/LAN-2026-0002.html"] != nil {
		t.Fatal("public two days early")
	}
	in.Now = now.AddDate(0, 0, 3)
	in.Previous = rep.State
	files, _ = build(t, in)
	mustHold(t, files, "advisories/LAN-2026-0002.html", "Next")
	mustHold(t, files, "index.html", "Next")
}

// A withdrawal that is to come is told nowhere.
func TestWithdrawalToCome(t *testing.T) {
	r := sample()
	r["advisories/LAN-2026-0001.md"] = strings.Replace(r["advisories/LAN-2026-0001.md"], "published: 2026-05-10",
		"published: 2026-05-10, withdrawn: {date: 2026-07-07, reason: "+secret+"}", 1)
	files, _ := build(t, r.input(t))
	for path, data := range files {
		if path != "style.css" && path != "search.js" && (bytes.Contains(data, []byte("2026-07-07")) || bytes.Contains(data, []byte(secret)) || bytes.Contains(data, []byte("7 July"))) {
			t.Errorf("%s tells of it", path)
		}
	}
}

// A preview is marked on every page and asks not to be indexed.
func TestPreview(t *testing.T) {
	in := embargoed().input(t)
	in.Preview = true
	files, rep := build(t, in)
	if rep.Public != 11 {
		t.Errorf("the preview shows %d advisories, expected all 11", rep.Public)
	}
	for path, data := range files {
		if !strings.HasSuffix(path, ".html") {
			continue
		}
		for _, mark := range []string{`name="robots" content="noindex`, "Preview for the team."} {
			if !bytes.Contains(data, []byte(mark)) {
				t.Errorf("%s lacks %q", path, mark)
			}
		}
	}
	mustHold(t, files, "advisories/LAN-2026-9001.html", "Not public.", "It has no published date yet.")
	for path := range files {
		if strings.Contains(path, "9001.json") {
			t.Errorf("%s: a draft has a machine-readable document", path)
		}
	}
}
