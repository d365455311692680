package site

import (
	"bytes"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// walkHTML calls f for every element of a page.
func walkHTML(t *testing.T, data []byte, f func(n *html.Node)) {
	t.Helper()
	doc, err := html.Parse(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode {
			f(n)
		}
	}
}

func attribute(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// Every link inside the site leads to a file that is there, and to an id that
// is on it; ids are unique; nothing is loaded from elsewhere.
func TestLinks(t *testing.T) {
	for name, text := range map[string]string{
		"with an address": config,
		"without":         strings.Replace(config, "  base_url: https://security.lantern.example/\n", "", 1),
	} {
		t.Run(name, func(t *testing.T) { testLinks(t, sample().with(repo{"countersign.yaml": text})) })
	}
}

func testLinks(t *testing.T, r repo) {
	in := r.with(repo{
		"keys/mara.md":  "---\nowner: mara\nroles: [commit]\nadded: 2020-01-01\n---\n",
		"keys/jonas.md": "---\nowner: jonas\nroles: [release]\nadded: 2020-01-01\nremoved: {date: 2024-01-01, reason: retired}\n---\n",
	}).input(t)
	files, _ := build(t, in)
	ids := map[string]map[string]bool{}
	for file, data := range files {
		if strings.HasSuffix(file, ".html") {
			ids[file] = map[string]bool{}
			walkHTML(t, data, func(n *html.Node) {
				if id, ok := attribute(n, "id"); ok {
					if ids[file][id] {
						t.Errorf("%s has two of id %q", file, id)
					}
					ids[file][id] = true
				}
			})
		}
	}
	for file := range ids {
		walkHTML(t, files[file], func(n *html.Node) { checkLinks(t, files, ids, file, n) })
	}
	for _, file := range []string{"feed.xml", "feed.json", "sitemap.xml", "sitemaps/pages.xml", "sitemaps/2026.xml", "index.json", ".well-known/csaf/provider-metadata.json", ".well-known/security.txt"} {
		for _, address := range regexp.MustCompile(`https://security\.lantern\.example/[^"<\s]*`).FindAllString(string(files[file]), -1) {
			target := strings.TrimPrefix(address, "https://security.lantern.example/")
			if target == "" || strings.HasSuffix(target, "/") {
				continue
			}
			if _, ok := files[target]; !ok {
				t.Errorf("%s names %s, which is not there", file, target)
			}
		}
	}
}

func checkLinks(t *testing.T, files map[string][]byte, ids map[string]map[string]bool, file string, n *html.Node) {
	for _, name := range []string{"href", "src", "action"} {
		value, ok := attribute(n, name)
		if !ok {
			continue
		}
		u, err := url.Parse(value)
		if err != nil {
			t.Errorf("%s: %s=%q: %v", file, name, value, err)
			continue
		}
		if u.Scheme != "" {
			if n.Data != "a" && n.Data != "link" || n.Data == "link" && !strings.HasPrefix(value, "https://security.lantern.example/") {
				t.Errorf("%s loads %s from elsewhere", file, value)
			}
			if rel, _ := attribute(n, "rel"); n.Data == "a" && strings.HasPrefix(u.Scheme, "http") && !strings.Contains(rel, "noopener") {
				t.Errorf("%s: the link to %s has no rel=noopener", file, value)
			}
			continue
		}
		target := file
		if u.Path != "" {
			target = path.Join(path.Dir(file), u.Path)
			if strings.HasPrefix(u.Path, "/") {
				target = u.Path[1:]
			}
		}
		if _, ok := files[target]; !ok {
			t.Errorf("%s links to %s, which is not there", file, value)
		} else if u.Fragment != "" && !ids[target][u.Fragment] {
			t.Errorf("%s links to %s, and %s has no such id", file, value, target)
		}
	}
}

// attacks are texts that try to become part of a page.
var attacks = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `javascript:alert(1)`,
	`data:text/html,<script>alert(1)</script>`, `{{.Root}}{{template "top" .}}`, `</title><script>alert(1)</script>`,
	`<!--`, `]]>`, `&lt;script&gt;`, "\u202Etxt.exe", `<svg/onload=alert(1)>`, `%3Cscript%3E`, "jav\tascript:alert(1)",
	` style=position:fixed `, `</script><script>alert(1)</script>`, "\u2028alert(1)", `-->`, `\"+alert(1)+\"`,
	`vbscript:msgbox(1)`, `JaVaScRiPt:alert(1)`, `&#106;avascript:alert(1)`, `javascript&colon;alert(1)`, "\u0001javascript:alert(1)",
	`data:image/svg+xml;base64,PHN2Zy8+`, `blob:https://x/1`, `file:///etc/passwd`, `//elsewhere.example/x`, `\\elsewhere.example\x`,
	`https://user:secret@elsewhere.example/`, `https://xn--80ak6aa92e.com/`, "https://аррӏе.com/", "https://a.example/\u202Egnp.exe", `https://a.example/"onmouseover="alert(1)`,
	`<svg><script>alert(1)</script></svg>`, `<math><mtext></mtext><mglyph><style><img src=x onerror=alert(1)>`, `<a href="javascript:alert(1)">x</a>`,
	`<iframe srcdoc="<script>alert(1)</script>">`, `<base href=//elsewhere.example>`, `<meta http-equiv=refresh content="0;url=javascript:alert(1)">`,
	`<form action=https://elsewhere.example><input name=q>`, `<link rel=stylesheet href=//elsewhere.example>`, `<noscript><p title="</noscript><img src=x onerror=alert(1)>">`,
	`<textarea></textarea><script>alert(1)</script>`, `</textarea></style></title><img src=x onerror=alert(1)>`, `${alert(1)}`, `{{7*7}}`, `%0d%0aSet-Cookie: a=b`,
	"x\r\nLocation: https://elsewhere.example/", `js" onclick="alert(1)`, `[x]: javascript:alert(1) "title"`, `[^1]: <script>alert(1)</script>`, `|:-:{onclick=x}|`,
	`\u003cscript\u003ealert(1)\u003c/script\u003e`, `&#x3c;script&#x3e;`, "<scr\u0000ipt>alert(1)</scr\u0000ipt>", "\uFEFF<script>", `" autofocus onfocus=alert(1) x="`,
}

// Whatever stands in a document, a page has no active content: no script but
// ours, no handler, no style, no address of a scheme that acts.
func TestAttacks(t *testing.T) {
	for _, attack := range attacks {
		quoted := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\t", `\t`, "\r", `\r`, "\n", `\n`, "\x00", `\0`, "\x01", `\x01`, "\u2028", `\u2028`, "\uFEFF", `\uFEFF`).Replace(attack) + `"`
		r := sample()
		r["advisories/LAN-2025-0001.md"] = `---
id: LAN-2025-0001
title: ` + quoted + `
risk: ` + quoted + `
risk_rationale: ` + quoted + `
cvss: [` + quoted + `]
cwe: [` + quoted + `]
aliases: [` + quoted + `]
affected:
  - ranges: [{introduced: ` + quoted + `, fixed: "1.1.0"}]
fixes:
  - {version: "1.1.0", commits: [` + quoted + `]}
credits:
  - {name: ` + quoted + `, type: reporter, url: ` + quoted + `, affiliation: ` + quoted + `}
references:
  - {type: web, url: ` + quoted + `, title: ` + quoted + `}
timeline: {reported: 2025-01-02, published: 2025-06-10, withdrawn: {date: 2025-07-01, reason: ` + quoted + `}}
---
` + attack + "\n\n[x][r] [" + attack + "][r]\n\n[r]: https://x.example/ '" + attack + "'\n\n[x](" + attack + ") ![x](" + attack + ") <" + attack + ">\n\n# " + attack + "\n\n```" + attack + "\n" + attack + "\n```\n\n|" + attack + "|b|\n|-|-|\n|" + attack + "|d|\n"
		r["countersign.yaml"] = strings.NewReplacer("title: Lantern\n", "title: Lantern\n", "title: Lantern security", "title: "+quoted, "name: Lantern,", "name: "+quoted+",", "title: Lantern}", "title: "+quoted+"}").Replace(config)
		r["countersign.yaml"] = strings.Replace(r["countersign.yaml"], "url: https://lantern.example}", "url: "+quoted+"}", 1) +
			"  description: " + quoted + "\n  repository: " + quoted + "\n  policy: " + quoted + "\n  languages: [" + quoted + "]\n"
		r["countersign.yaml"] = strings.Replace(r["countersign.yaml"], "url: https://github.com/lantern/lantern", "url: "+quoted, 1)
		r["pages/more.md"] = "---\ntitle: " + quoted + "\ndescription: " + quoted + "\n---\n" + attack + "\n\n- " + attack + "\n"
		r["releases/evil.md"] = "---\nversion: " + quoted + "\nreleased: 2025-03-01\nsource: {repo: lantern, commit: " + quoted + ", tag: " + quoted + "}\n" +
			"packages:\n  - {name: " + quoted + ", url: " + quoted + ", sha256: " + quoted + ", signatures: [" + quoted + "]}\n---\n# " + attack + "\n"
		r["keys/ci.md"] = "---\nowner: ci\nname: " + quoted + "\nroles: [commit]\nadded: 2020-01-01\nssh: " + quoted + "\n---\n"
		r["keys/mara.md"] = "---\nowner: " + quoted + "\nname: " + quoted + "\nroles: [commit]\nadded: 2020-01-01\nannouncements: [" + quoted + "]\n---\n" + attack + "\n"
		r["releases/lantern-1.0.0.md"] += attack + "\n"
		in := r.looseInput(t)
		files, _ := build(t, in)
		for file, data := range files {
			switch path.Ext(file) {
			case ".html":
				walkHTML(t, data, func(n *html.Node) { checkInert(t, attack, file, n) })
			case ".js":
				if bytes.Contains(data, []byte("</script")) || bytes.Contains(data, []byte("\u2028")) {
					t.Errorf("%s: %q stands in it as it is", file, attack)
				}
			}
		}
		if !bytes.Contains(files["advisories/LAN-2025-0001.html"], []byte("withdrawn")) {
			t.Errorf("%q: the page of the attack is not there", attack)
		}
		n := 0
		for file := range files {
			if strings.HasPrefix(file, "versions/lantern-") || file == "pages/more.html" || file == "keys/ci.html" || file == "keys/mara.html" {
				n++
			}
		}
		if n != 7 {
			t.Errorf("%q: %d of 7 pages with the attack are there", attack, n)
		}
		for line := range strings.Lines(string(files[".well-known/security.txt"])) {
			name, _, _ := strings.Cut(line, ":")
			if !slices.Contains([]string{"Contact", "Expires", "Encryption", "Acknowledgments", "Policy", "Preferred-Languages", "Canonical", "CSAF"}, name) {
				t.Errorf("%q: a line of security.txt is %q", attack, line)
			}
		}
	}
}

var knownScripts = map[string]bool{"search.js": true, "../search.js": true, "/search.js": true}

func checkInert(t *testing.T, attack, file string, n *html.Node) {
	t.Helper()
	switch n.Data {
	case "script":
		if src, _ := attribute(n, "src"); !knownScripts[src] || n.FirstChild != nil {
			t.Errorf("%s: %q became a script", file, attack)
		}
	case "style", "iframe", "object", "embed", "base", "form":
		if action, _ := attribute(n, "action"); n.Data != "form" || action != "search.html" {
			t.Errorf("%s: %q became <%s>", file, attack, n.Data)
		}
	case "img":
		if src, _ := attribute(n, "src"); strings.Contains(src, ":") {
			t.Errorf("%s: %q loads %s", file, attack, src)
		}
	}
	for _, a := range n.Attr {
		value := strings.ToLower(strings.TrimSpace(a.Val))
		if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "srcdoc" {
			t.Errorf("%s: %q became the attribute %s", file, attack, a.Key)
		}
		if a.Key == "href" || a.Key == "src" || a.Key == "action" {
			u, err := url.Parse(value)
			if err != nil || u.Scheme != "" && u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "mailto" && u.Scheme != "openpgp4fpr" {
				t.Errorf("%s: %q became the address %q", file, attack, a.Val)
			}
		}
		if strings.ContainsAny(a.Val, "\u202A\u202B\u202D\u202E\u2066\u2067\u2068") {
			t.Errorf("%s: %q kept its override in %s", file, attack, a.Key)
		}
	}
}

// Every page allows itself nothing foreign, and says what it is.
func TestEveryPage(t *testing.T) {
	files, _ := build(t, sample().input(t))
	for file, data := range files {
		if path.Ext(file) != ".html" {
			continue
		}
		text := string(data)
		for _, want := range []string{
			`<html lang="en">`, "default-src &#39;none&#39;", "<h1", `<main id="page-main"`, `class="skip" href="#page-main"`, "<title>", `name="description"`,
		} {
			if strings.Count(text, want) != 1 {
				t.Errorf("%s has %d of %q, expected one", file, strings.Count(text, want), want)
			}
		}
		if strings.Contains(text, "ZgotmplZ") {
			t.Errorf("%s: a link was refused by the template", file)
		}
	}
}
