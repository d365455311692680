package site

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/net/html"
)

// lines is the sample with so many maintained lines, of which every advisory
// names the ranges.
func lines(n int) repo {
	r := sample()
	var ranges []string
	for i := range n {
		version := fmt.Sprintf("%d.4.0", 10+i)
		ranges = append(ranges, fmt.Sprintf("{introduced: \"%d.0.0\", fixed: %q}", 10+i, version))
		r["releases/lantern-"+version+".md"] = releaseOf(version, "2025-03-01", "")
	}
	text := advisory("LAN-2025-0002", "Many lines", "1.0.0", "1.1.0", "published: 2025-06-10")
	text = strings.Replace(text, `{introduced: "1.0.0", fixed: "1.1.0"}`, strings.Join(ranges, ", "), 1)
	r["advisories/LAN-2025-0002.md"] = strings.Replace(text, "fixes:\n  - version: \"1.1.0\"\n    commits: ["+fixCommit+"]\n", "", 1)
	return r
}

// A page says of each range what to install; lists and summaries stay short.
func TestManyRanges(t *testing.T) {
	files, _ := build(t, lines(20).input(t))
	page := "advisories/LAN-2025-0002.html"
	mustHold(t, files, page, "<span>from 10.0.0, before 10.4.0</span> <a class=\"button\" href=\"../versions/lantern-10.4.0.html\">10.4.0</a>",
		"<span>from 29.0.0, before 29.4.0</span>", "Install the version that stands beside yours", "20 releases", "the first of 20 with the fix")
	if n := strings.Count(string(files[page]), "have its packages checked"); n != 1 {
		t.Errorf("what is known of history is said %d times", n)
	}
	short := "Lantern from 10.0.0, before 10.4.0; from 11.0.0, before 11.4.0; from 12.0.0, before 12.4.0; and 17 more ranges"
	mustHold(t, files, "index.html", short)
	mustHold(t, files, page, `content="High risk. Affects `+short+`. Fixed in 10.4.0, 11.4.0, 12.4.0, and 17 more versions."`)
}

// A long list of versions is counted, and can be read.
func TestManyVersions(t *testing.T) {
	var list []string
	for i := range 30 {
		list = append(list, fmt.Sprintf("%q", fmt.Sprintf("1.0.%d", (i*7)%30)))
	}
	r := sample()
	r["advisories/LAN-2025-0001.md"] = strings.Replace(r["advisories/LAN-2025-0001.md"], `ranges: [{introduced: "1.0.0", fixed: "1.1.0"}]`, "versions: ["+strings.Join(list, ", ")+"]", 1)
	files, _ := build(t, r.input(t))
	mustHold(t, files, "advisories/LAN-2025-0001.html", "30 versions from 1.0.0 to 1.0.29", "<summary>All versions that are affected</summary>\n<p>1.0.0, 1.0.7,")
	mustHold(t, files, "index.html", "30 versions from 1.0.0 to 1.0.29")
}

// What to install is a release, not what comes before one.
func TestPrereleases(t *testing.T) {
	r := sample()
	r["releases/lantern-1.3.0-beta.1.md"] = releaseOf("1.3.0-beta.1", "2026-05-20", "")
	files, _ := build(t, r.input(t))
	mustHold(t, files, "index.html", `<a href="versions/lantern-1.2.0.html">1.2.0</a>`)
	mustHold(t, files, "versions/index.html", `1.2.0</a> <span class="tag">newest</span>`)
	if strings.Contains(string(files["versions/lantern-1.0.0.html"]), "beta") {
		t.Error("a pre-release is to be installed")
	}
	r["countersign.yaml"] = strings.Replace(config, "verify_since: 2026-01-01", "verify_since: 2027-01-01", 1)
	r["advisories/LAN-2026-0002.md"] = advisory("LAN-2026-0002", "Newest hole", "1.0.0", "1.3.0-beta.1", "published: 2026-05-21")
	delete(r, "advisories/LAN-2025-0001.md")
	delete(r, "advisories/LAN-2026-0001.md")
	files, _ = build(t, r.input(t))
	mustHold(t, files, "versions/lantern-1.1.0.html", "No newer release resolves this yet.")
	mustHold(t, files, "versions/lantern-1.2.0.html", `<a class="button" href="../versions/lantern-1.3.0-beta.1.html">1.3.0-beta.1`)
}

// Nobody is affected by what was withdrawn.
func TestWithdrawnAnswer(t *testing.T) {
	r := sample()
	r["advisories/LAN-2026-0001.md"] = strings.Replace(r["advisories/LAN-2026-0001.md"], "published: 2026-05-10",
		"published: 2026-05-10, withdrawn: {date: 2026-05-20, reason: No flaw}", 1)
	files, _ := build(t, r.input(t))
	const page = "advisories/LAN-2026-0001.html"
	mustHold(t, files, page, "No: this advisory was withdrawn.", "No flaw")
	if strings.Contains(string(files[page]), "Yes, if you run") || strings.Contains(string(files[page]), "Install this version") {
		t.Error("the page still tells people to update")
	}
}

// A title fits into a tab, also in the letters that HTML needs for it, and a
// page has no blanks at the ends of its lines.
func TestTidy(t *testing.T) {
	r := sample()
	r["advisories/LAN-2025-0001.md"] = strings.NewReplacer("Old hole", `<b>bold</b> & \"quoted\" 'words' in a + b, and so on and on and on`,
		"Anyone can read it.", "Text  \nbreaks.\n\n```\n+a \n \n\t\n```\n\n    indented \t\n    end").Replace(r["advisories/LAN-2025-0001.md"])
	in := r.input(t)
	in.Theme = fstest.MapFS{"404.html": {Data: []byte("{{template \"top\" .}}{{template \"bottom\" .}}")}}
	files, _ := build(t, in)
	mustHold(t, files, "advisories/LAN-2025-0001.html", "+a&#32;\n&#32;\n&#9;\n", "indented &#9;\nend")
	for path, data := range files {
		if !strings.HasSuffix(path, ".html") {
			continue
		}
		for line := range strings.Lines(string(data)) {
			if text := strings.TrimRight(line, "\n"); strings.TrimRight(text, " \t\r") != text {
				t.Errorf("%s has blanks at the end of %q", path, line)
			}
			if head, ok := strings.CutPrefix(line, "<title>"); ok && len([]rune(head)) > maxHeadTitle+len("</title>\n") {
				t.Errorf("%s: the title is too long: %s", path, head)
			}
		}
		walkHTML(t, data, func(n *html.Node) {
			if n.Data == "title" && n.FirstChild == nil {
				t.Errorf("%s has no title", path)
			}
		})
	}
}

// Whoever may read the records is told where they are.
func TestRepeatTheCheck(t *testing.T) {
	r := sample()
	r["countersign.yaml"] += "  repository: https://git.lantern.example/security\n"
	files, _ := build(t, r.input(t))
	mustHold(t, files, "advisories/LAN-2026-0001.html", "git clone https://git.lantern.example/security security\n"+
		"git clone https://github.com/lantern/lantern lantern\ncountersign -C security verify lantern@1.2.0 --repo lantern=lantern \\\n  --package lantern-1.2.0.zip")
}

// A page names who signed a package, by the signatures that counted.
func TestPackageSigners(t *testing.T) {
	r := sample()
	const file = "releases/lantern-1.2.0.verification.json"
	signed := strings.Replace(r[file], `"signatures": []`, `"signatures": [{"status": "valid", "signer": "jonas"}, {"status": "expired", "signer": "wiske"}]`, 1)
	if signed == r[file] {
		t.Fatal("the result has no place for signatures")
	}
	r[file] = signed
	r["keys/jonas.md"] = "---\nowner: jonas\nname: Jonas Weir\nroles: [release]\nadded: 2020-01-01\n---\n"
	files, _ := build(t, r.input(t))
	mustHold(t, files, "advisories/LAN-2026-0001.html", `Package signed by <a href="../keys/jonas.html">Jonas Weir</a>.`)
	mustHold(t, files, "versions/lantern-1.2.0.html", `<p>Signed by <a href="../keys/jonas.html">Jonas Weir</a>.</p>`)
	for path, data := range files {
		if strings.Contains(string(data), "wiske") {
			t.Errorf("%s tells of a signature that did not count", path)
		}
	}
}

// The project's words for risks may be of any script: each has files of its own,
// and begins with a capital where there are any.
func TestRisksInAnyScript(t *testing.T) {
	r := sample()
	r["countersign.yaml"] = strings.Replace(config, "policy:\n", "policy:\n  risks: [низкий, средний, élevé, écarté]\n", 1)
	for name, risk := range map[string]string{"advisories/LAN-2025-0001.md": "низкий", "advisories/LAN-2026-0001.md": "средний"} {
		r[name] = strings.Replace(r[name], "risk: high", "risk: "+risk, 1)
	}
	files, _ := build(t, r.input(t))
	mustHold(t, files, "risk/level-1.html", "Низкий risk advisories", "Old hole")
	mustHold(t, files, "risk/level-2.html", "Средний risk advisories", "New hole")
	mustHold(t, files, "risk/-lev-.html", "Élevé risk advisories")
	mustHold(t, files, "index.html", `href="risk/level-2.html"`, `href="risk/-cart-.html"`)
	mustHold(t, files, "risk/level-2.xml", "New hole")
}

// Two words that make one name of a file have two.
func TestRisksOfOneFile(t *testing.T) {
	r := newRisks([]string{"a b", "a-b", "A.B", "日", "本", "level-4"})
	seen := map[string]bool{}
	for _, name := range r.names {
		if path := strings.ToLower(r.path(name)); seen[path] {
			t.Errorf("%s: %s is another one's", name, path)
		} else {
			seen[path] = true
		}
	}
}

// Thanking one person for very many advisories takes no square of their number.
func TestOnePersonManyAdvisories(t *testing.T) {
	rows := make([]*row, 200_000)
	for i := range rows {
		rows[i] = &row{ID: fmt.Sprintf("LAN-2026-%06d", i), made: &detail{Credits: []creditRow{{Name: "Ada"}, {Name: "ada", URL: "https://ada.example"}}}}
	}
	start := time.Now()
	list := people(rows)
	if took := time.Since(start); took > 30*time.Second { // minutes, where each is held against all others
		t.Errorf("took %v", took)
	}
	if len(list) != 1 || len(list[0].Advisories) != len(rows) || list[0].Href == "" {
		t.Errorf("found %d people", len(list))
	}
}
