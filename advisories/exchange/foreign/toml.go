package foreign

import (
	"strings"

	"github.com/countersign/countersign/advisories/exchange/record"
	"github.com/countersign/countersign/advisories/exchange/tree"
)

// isTOML recognises RustSec's and Haskell's form: a table [advisory].
func isTOML(root *tree.Node) bool { return root.Get("advisory").Get("id").Is(tree.String) }

func readTOML(r *record.Record, root *tree.Node) {
	head := root.Get("advisory")
	r.ID, r.Title = head.Get("id").Text(), head.Get("title").Text()
	r.Aliases = head.Get("aliases").Texts()
	r.Published, r.Modified = date(head.Get("date")), date(head.Get("modified"))
	r.Withdrawn.Date = date(head.Get("withdrawn"))
	if text := head.Get("description").Text(); r.Body == "" {
		r.Body = text
	}
	vector(r, head.Get("cvss"))
	for _, id := range head.Get("cwe").Texts() {
		r.CWE = append(r.CWE, "CWE-"+strings.TrimPrefix(id, "CWE-"))
	}
	link(r, "advisory", head.Get("url").Text())
	for _, url := range head.Get("references").Texts() {
		link(r, "web", url)
	}
	for _, item := range root.Get("references").Items() {
		link(r, item.Get("type").OneOf(record.ReferenceTypes, "web"), item.Get("url").Text())
	}
	if name := head.Get("package").Text(); name != "" {
		readCrate(r, root, head, name)
		return
	}
	for _, item := range root.Get("affected").Items() {
		readHaskell(r, item)
	}
}

// readCrate reads what RustSec says of versions: which are safe.
func readCrate(r *record.Record, root, head *tree.Node, name string) {
	p := record.Product{Ecosystem: "crates.io", Package: name}
	switch kind := head.Get("collection"); kind.Peek() {
	case "crates":
		kind.Text()
	case "rust": // the compiler and its standard library
		kind.Text()
		p = record.Product{Title: name}
	}
	at := r.About(p)
	safe := root.Get("versions")
	notAffected(&r.Affected[at], "semver", safe.Get("patched"), safe.Get("unaffected"))
}

// readHaskell reads one affected package.
func readHaskell(r *record.Record, item *tree.Node) {
	p := record.Product{Ecosystem: "Hackage", Package: item.Get("package").Text()}
	if part := item.Get("ghc-component").Text(); part != "" {
		p = record.Product{Ecosystem: "GHC", Package: part}
	}
	if p.Package == "" {
		return
	}
	at := r.About(p)
	vector(r, item.Get("cvss"))
	for _, v := range item.Get("versions").Items() {
		r.Affected[at].Ranges = append(r.Affected[at].Ranges, record.Range{
			Introduced: v.Get("introduced").Text(), Fixed: v.Get("fixed").Text(),
		})
	}
}

// isJulia recognises the Julia database's form: OSV's names, but packages and
// ranges as Julia writes them.
func isJulia(root *tree.Node) bool {
	items := root.Get("affected").Items()
	return root.Get("schema_version") != nil && len(items) > 0 && items[0].Get("pkg").Is(tree.String)
}

func readJulia(r *record.Record, root *tree.Node) {
	root.Get("schema_version").Text()
	r.ID, r.Title = root.Get("id").Text(), root.Get("summary").Text()
	r.Published, r.Modified = date(root.Get("published")), date(root.Get("modified"))
	r.Withdrawn.Date = date(root.Get("withdrawn"))
	r.Aliases = append(root.Get("aliases").Texts(), root.Get("upstream").Texts()...)
	for _, item := range root.Get("severity").Items() {
		if vector(r, item.Get("score")); item.Get("score").Peek() != "" {
			item.Get("type").Text()
		}
	}
	for _, url := range root.Get("references").Texts() {
		link(r, "web", url)
	}
	for _, item := range root.Get("affected").Items() {
		at := r.About(record.Product{Ecosystem: "Julia", Package: item.Get("pkg").Text()})
		for _, rg := range item.Get("ranges").Items() {
			areAffected(r, r.Affected[at].Product, rg, rg.Peek())
		}
	}
	for _, item := range root.Get("credits").Items() {
		c := record.Credit{Name: item.Get("name").Text(), Type: item.Get("type").OneOf(record.CreditTypes, "other")}
		for _, contact := range item.Get("contact").Items() {
			if c.URL == "" && strings.HasPrefix(contact.Peek(), "http") {
				c.URL = contact.Text()
			}
		}
		r.Credits = append(r.Credits, c)
	}
}
