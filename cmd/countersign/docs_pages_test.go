package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/countersign/countersign/advisories/finding"
	"github.com/countersign/countersign/advisories/markdown"
)

// page is a page of the documentation, rendered by the program's own Markdown.
type page struct {
	file    string
	outline *markdown.Outline
	ids     map[string]bool
}

// docPages renders the pages that people read on the forge.
func docPages(t *testing.T) map[string]*page {
	t.Helper()
	pages := map[string]*page{}
	for _, pattern := range []string{"../../*.md", "../../docs/*.md", "../../.github/*.md"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d pages, %v", pattern, len(files), err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			p := &page{file: file, outline: markdown.Inspect(finding.NewSource(file, text).Span(0, len(text))), ids: map[string]bool{}}
			p.read(t, markdown.Render(text))
			pages[filepath.Clean(file)] = p
		}
	}
	return pages
}

// read collects the ids of a rendered page, each of which is there once, and holds
// its tags to be closed in order.
func (p *page) read(t *testing.T, rendered []byte) {
	t.Helper()
	var open []string
	for z := html.NewTokenizer(bytes.NewReader(rendered)); ; {
		kind := z.Next()
		token := z.Token()
		switch kind {
		case html.ErrorToken:
			if len(open) > 0 {
				t.Errorf("%s: <%s> is not closed", p.file, strings.Join(open, "> <"))
			}
			return
		case html.StartTagToken:
			for _, a := range token.Attr {
				if a.Key == "id" && p.ids[a.Val] {
					t.Errorf("%s: two headings have the anchor #%s", p.file, a.Val)
				} else if a.Key == "id" {
					p.ids[a.Val] = true
				}
			}
			if !slices.Contains([]string{"br", "hr", "img", "input"}, token.Data) {
				open = append(open, token.Data)
			}
		case html.EndTagToken:
			if len(open) == 0 || open[len(open)-1] != token.Data {
				t.Fatalf("%s: </%s> closes nothing: %v", p.file, token.Data, open)
			}
			open = open[:len(open)-1]
		}
	}
}

// TestDocsPages holds the documentation to what the site's pages are held to:
// headings in order below one title, no raw HTML, links that lead somewhere.
func TestDocsPages(t *testing.T) {
	pages := docPages(t)
	for _, p := range pages {
		if filepath.Base(p.file) != "PULL_REQUEST_TEMPLATE.md" {
			p.headings(t)
		}
		for _, raw := range p.outline.HTML {
			t.Errorf("%s: raw HTML is printed as text: %s", p.file, raw.At)
		}
		for _, l := range p.outline.Links {
			p.follow(t, l, pages)
		}
	}
	index := pages[filepath.Clean("../../docs/README.md")]
	for file := range pages {
		if filepath.Dir(file) == filepath.Clean("../../docs") && file != filepath.Clean(index.file) && !slices.ContainsFunc(index.outline.Links, func(l markdown.Link) bool { return l.URL == filepath.Base(file) }) {
			t.Errorf("docs/README.md does not lead to %s", filepath.Base(file))
		}
	}
}

func (p *page) headings(t *testing.T) {
	t.Helper()
	before := 0
	for i, h := range p.outline.Headings {
		switch {
		case i == 0 && h.Level != 1, i > 0 && h.Level == 1:
			t.Errorf("%s: expected one title, on top; found %q at level %d", p.file, h.Text, h.Level)
		case h.Level > before+1:
			t.Errorf("%s: %q at level %d follows level %d", p.file, h.Text, h.Level, before)
		case h.Empty:
			t.Errorf("%s: nothing stands below %q", p.file, h.Text)
		}
		before = h.Level
	}
	if before == 0 {
		t.Errorf("%s has no title", p.file)
	}
}

// follow goes where a link leads: a file, an anchor on its page, or an address of
// the web.
func (p *page) follow(t *testing.T, l markdown.Link, pages map[string]*page) {
	t.Helper()
	if strings.HasPrefix(l.URL, "https://") || strings.HasPrefix(l.URL, "mailto:") {
		return
	}
	name, anchor, _ := strings.Cut(l.URL, "#")
	target := filepath.Clean(p.file)
	if name != "" {
		target = filepath.Join(filepath.Dir(p.file), filepath.FromSlash(name))
	}
	if _, err := os.Stat(target); err != nil {
		t.Errorf("%s links to %s, which is not there", p.file, l.URL)
	}
	if info, err := os.Stat(target); err == nil && info.IsDir() {
		t.Errorf("%s links to the folder %s", p.file, l.URL)
	}
	if anchor != "" && (pages[target] == nil || !pages[target].ids[anchor]) {
		t.Errorf("%s links to %s, and there is no such heading", p.file, l.URL)
	}
}

// shown are the lines in code blocks that are no commands of this program, and who
// runs them.
var shown = map[string]string{
	"go run ./cmd/countersign demo": ".ci/run",
	"go test ./...":                 ".ci/run",
	"cd security":                   "TestReadmeWalk",
	"git tag -s v1.2.3 -m v1.2.3":   "a maintainer",
	"git push origin v1.2.3":        "a maintainer",
	"go install github.com/countersign/countersign/cmd/countersign@latest": "the workflows",
}

var aCommand = regexp.MustCompile(`^(\$ )?(go|git|cd|cat|gpg|cosign|docker|sh|npm|curl|sha256sum|gh|aws|countersign) `)

// TestDocsShowNoOtherCommand says which lines that look like a command no test runs.
func TestDocsShowNoOtherCommand(t *testing.T) {
	for file := range docPages(t) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range fence.FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(block[1], "<<END") {
				continue // TestReadmeWalk
			}
			for line := range strings.Lines(block[1]) {
				line, _, _ = strings.Cut(strings.TrimSpace(line), "  #")
				if aCommand.MatchString(line) && !strings.HasPrefix(line, "countersign ") && !strings.HasPrefix(line, "cosign ") && shown[strings.TrimSpace(line)] == "" {
					t.Errorf("%s: no test runs %q", file, line)
				}
			}
		}
	}
}

// TestDocsNginx holds the server's headers in docs/site.md to those that a built site
// asks for in its _headers file.
func TestDocsNginx(t *testing.T) {
	page, err := os.ReadFile("../../docs/site.md")
	if err != nil {
		t.Fatal(err)
	}
	docsSample(t)
	var out bytes.Buffer
	if code := run(context.Background(), []string{"countersign", "--now", day(demoDay), "site", "build", "--out", "public"}, os.Getenv, strings.NewReader(""), &out, &out); code != 0 {
		t.Fatalf("exit %d\n%s", code, out.String())
	}
	headers, err := os.ReadFile("public/_headers")
	if err != nil {
		t.Fatal(err)
	}
	everywhere, _, _ := strings.Cut(string(headers), "\n\n")
	n := 0
	for line := range strings.Lines(everywhere) {
		name, value, is := strings.Cut(strings.TrimSpace(line), ": ")
		if !is {
			continue
		}
		n++
		if !strings.Contains(string(page), "add_header "+name+" "+value+" always;") && !strings.Contains(string(page), "add_header "+name+" \""+value+"\" always;") {
			t.Errorf("docs/site.md does not let nginx say %s: %s", name, value)
		}
	}
	if n < 3 {
		t.Errorf("found %d headers in\n%s", n, headers)
	}
}
