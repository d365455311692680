package foreign

import (
	"strings"

	"github.com/countersign/countersign/advisories/exchange/record"
	"github.com/countersign/countersign/advisories/exchange/tree"
)

// isRuby recognises the form of the Ruby advisory database.
func isRuby(root *tree.Node) bool {
	return rubyProduct(root) != nil && root.Get("title").Is(tree.String) &&
		(root.Get("date") != nil || root.Get("patched_versions") != nil)
}

func rubyProduct(root *tree.Node) *tree.Node {
	for _, key := range []string{"gem", "engine", "library"} {
		if n := root.Get(key); n.Is(tree.String) {
			return n
		}
	}
	return nil
}

func readRuby(r *record.Record, root *tree.Node) {
	r.Title, r.Body = root.Get("title").Text(), root.Get("description").Text()
	r.Published = date(root.Get("date"))
	for _, id := range []struct{ key, prefix string }{{"cve", "CVE-"}, {"ghsa", "GHSA-"}, {"osvdb", "OSVDB-"}} {
		if text := root.Get(id.key).Text(); text != "" {
			r.Aliases = append(r.Aliases, id.prefix+strings.TrimPrefix(text, id.prefix))
		}
	}
	link(r, "advisory", root.Get("url").Text())
	for _, url := range root.Get("related").Get("url").Texts() {
		link(r, "web", url)
	}
	if text := root.Get("notes").Text(); text != "" {
		r.Body = record.Join([]record.Section{{Text: r.Body}, {Title: "Notes", Text: strings.TrimSpace(text)}})
	}
	for _, key := range []string{"cvss_v2", "cvss_v3", "cvss_v4"} {
		vector(r, root.Get(key))
	}
	p := record.Product{Title: rubyProduct(root).Text()}
	if root.Get("gem") != nil {
		p = record.Product{Ecosystem: "RubyGems", Package: p.Title}
	}
	if root.Get("framework").Peek() != "" {
		root.Get("framework").Lose("the gem names the product")
	}
	at := r.About(p)
	notAffected(&r.Affected[at], "generic", root.Get("patched_versions"), root.Get("unaffected_versions"))
}

// isPHP recognises the form of the PHP advisory database.
func isPHP(root *tree.Node) bool {
	return strings.HasPrefix(root.Get("reference").Peek(), "composer://") && root.Get("branches").Is(tree.Object)
}

func readPHP(r *record.Record, root *tree.Node) {
	r.Title = root.Get("title").Text()
	if id := root.Get("cve").Text(); strings.HasPrefix(id, "CVE-") {
		r.Aliases = append(r.Aliases, id)
	}
	link(r, "advisory", root.Get("link").Text())
	name := strings.TrimPrefix(root.Get("reference").Text(), "composer://")
	at := r.About(record.Product{Ecosystem: "Packagist", Package: name})
	root.Get("composer-repository").Lose("packages of other repositories than Packagist have no ecosystem")
	branches := root.Get("branches")
	for _, key := range branches.Keys() {
		list := branches.Get(key).Get("versions")
		var texts []string
		for _, item := range list.Items() {
			texts = append(texts, item.Peek())
		}
		areAffected(r, r.Affected[at].Product, list, strings.Join(texts, ", "))
	}
}
