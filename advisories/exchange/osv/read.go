package osv

import (
	"regexp"
	"strings"

	"github.com/countersign/countersign/advisories/exchange/record"
	"github.com/countersign/countersign/advisories/exchange/tree"
)

// Is reports whether a document looks like an OSV record.
func Is(root *tree.Node) bool {
	for _, item := range root.Get("affected").Items() {
		if item.Get("pkg") != nil || !item.Is(tree.Object) || item.Get("product") != nil {
			return false // Julia's form, or the front matter of a document like ours
		}
	}
	return root.Get("id").Is(tree.String) &&
		(root.Get("schema_version") != nil || root.Get("affected").Is(tree.List) || root.Get("modified") != nil && root.Get("details") != nil)
}

// Reasons say why parts of an OSV record have no place in an advisory.
var Reasons = tree.Reasons{
	{Path: regexp.MustCompile(`(^|\.)related`), Text: "an advisory knows aliases of the same flaw, not related ones"},
	{Path: regexp.MustCompile(`(^|\.)upstream`), Text: "an advisory is upstream itself"},
	{Path: regexp.MustCompile(`ecosystem_specific`), Text: "what one ecosystem's tools read stays with them"},
	{Path: regexp.MustCompile(`database_specific`), Text: "what one database notes for itself stays there"},
	{Path: regexp.MustCompile(`\.limit$`), Text: "ranges end where they are fixed or last affected"},
	{Path: regexp.MustCompile(`credits\[\d+\]\.contact`), Text: "a credit has one web address"},
	{Path: regexp.MustCompile(`\.severity`), Text: "a vector belongs to the whole advisory"},
}

// Read takes an advisory out of an OSV record.
func Read(root *tree.Node) *record.Record {
	root.Get("schema_version").Text()
	r := &record.Record{
		ID:      root.Get("id").Text(),
		Title:   root.Get("summary").Text(),
		Body:    root.Get("details").Text(),
		Aliases: root.Get("aliases").Texts(),
	}
	readDates(r, root)
	readSeverity(r, root)
	for _, item := range root.Get("affected").Items() {
		readAffected(r, item)
	}
	for _, item := range root.Get("references").Items() {
		r.References = append(r.References, record.Reference{
			Type: item.Get("type").OneOf(record.ReferenceTypes, "web"), URL: item.Get("url").Text(),
		})
	}
	for _, item := range root.Get("credits").Items() {
		r.Credits = append(r.Credits, readCredit(item))
	}
	readDatabaseSpecific(r, root.Get("database_specific"))
	if url := root.Get("database_specific").Get("url"); strings.HasPrefix(url.Peek(), "https://") {
		r.References = append(r.References, record.Reference{Type: "advisory", URL: url.Text()})
	}
	return r
}

func readDates(r *record.Record, root *tree.Node) {
	for _, f := range []struct {
		key string
		to  *record.Date
	}{{"published", &r.Published}, {"modified", &r.Modified}, {"withdrawn", &r.Withdrawn.Date}} {
		*f.to = root.Get(f.key).Date()
	}
}

// readSeverity takes the vectors; where the whole record has none, those that
// all affected packages agree on.
func readSeverity(r *record.Record, root *tree.Node) {
	lists := []*tree.Node{root.Get("severity")}
	if root.Get("severity").Items() == nil {
		lists = nil
		for _, item := range root.Get("affected").Items() {
			lists = append(lists, item.Get("severity"))
		}
		if !agree(lists) {
			return
		}
	}
	for _, list := range lists {
		for _, item := range list.Items() {
			if !strings.HasPrefix(item.Get("type").Peek(), "CVSS_") {
				item.Lose("expected a CVSS vector, found %s", item.Get("type").Peek())
				continue
			}
			item.Get("type").Text()
			r.CVSS = append(r.CVSS, record.Vector(item.Get("score").Text()))
		}
	}
}

func agree(lists []*tree.Node) bool {
	first := ""
	for i, list := range lists {
		scores := ""
		for _, item := range list.Items() {
			scores += item.Get("score").Peek() + "\n"
		}
		if i > 0 && scores != first {
			return false
		}
		first = scores
	}
	return true
}

func readAffected(r *record.Record, item *tree.Node) {
	at := r.About(readProduct(item))
	name := r.Affected[at].Product.Name
	var commits []record.Commit
	var ranges []record.Range
	for _, rg := range item.Get("ranges").Items() {
		if rg.Get("type").Text() == "GIT" {
			commits = append(commits, readGit(rg)...)
			continue
		}
		ranges = append(ranges, readEvents(rg.Get("events"))...)
	}
	if own := item.Get("database_specific").Get("ranges"); len(ranges) == 0 && isOwn(item) {
		for _, rg := range own.Items() {
			rg.Get("type").Text()
			ranges = append(ranges, readEvents(rg.Get("events"))...)
		}
	}
	a := &r.Affected[at]
	a.Ranges = append(a.Ranges, ranges...)
	a.Versions = append(a.Versions, item.Get("versions").Texts()...)
	if len(commits) == 0 {
		return
	}
	if a.Product.Repo == "" {
		a.Product.Repo = commits[0].Repo
	}
	r.AddFix(name, "", commits)
}

// isOwn recognises the part that From writes for a product outside of OSV's
// ecosystems.
func isOwn(item *tree.Node) bool {
	return item.Get("package") == nil && item.Get("database_specific").Get("product").Is(tree.String)
}

func readProduct(item *tree.Node) record.Product {
	pkg := item.Get("package")
	p := record.Product{
		Ecosystem: pkg.Get("ecosystem").Text(), Package: pkg.Get("name").Text(), PURL: pkg.Get("purl").Text(),
	}
	if own := item.Get("database_specific"); own.Get("product").Is(tree.String) && own.Get("product").Peek() != "" {
		p.Name, p.Title, p.CPE = own.Get("product").Text(), own.Get("title").Text(), own.Get("cpe").Text()
		p.Versions = own.Get("versions").Text()
		if p.PURL == "" {
			p.PURL = own.Get("purl").Text()
		}
	}
	if pkg == nil {
		for _, rg := range item.Get("ranges").Items() {
			if repo := rg.Get("repo"); p.Repo == "" && repo.Peek() != "" {
				p.Repo = repo.Peek()
			}
		}
	}
	return p
}

// readEvents pairs the events of a range.
func readEvents(events *tree.Node) []record.Range {
	var out []record.Range
	open := false
	for _, e := range events.Items() {
		switch {
		case e.Get("introduced") != nil:
			out = append(out, record.Range{Introduced: e.Get("introduced").Text()})
			open = true
		case e.Get("fixed") != nil && open:
			out[len(out)-1].Fixed = e.Get("fixed").Text()
			open = false
		case e.Get("last_affected") != nil && open:
			out[len(out)-1].LastAffected = e.Get("last_affected").Text()
			open = false
		default:
			e.Lose("expected an introduced version before this event")
		}
	}
	return out
}

// readGit takes the commits that fix the flaw. Where it began is not a field of
// an advisory.
func readGit(rg *tree.Node) []record.Commit {
	repo := rg.Get("repo").Text()
	var out []record.Commit
	for _, e := range rg.Get("events").Items() {
		if begin := e.Get("introduced"); begin.Peek() == "0" {
			begin.Text()
		} else {
			begin.Lose("an advisory names the commits that fix a flaw, not those that began it")
		}
		e.Get("last_affected").Lose("an advisory names the commits that fix a flaw, not the last one that has it")
		switch id := e.Get("fixed"); {
		case record.IsCommit(id.Peek()):
			out = append(out, record.Commit{Repo: repo, ID: id.Text()})
		default:
			id.Lose("expected a full commit id")
		}
	}
	return out
}

func readCredit(item *tree.Node) record.Credit {
	c := record.Credit{Name: item.Get("name").Text(), Type: item.Get("type").OneOf(record.CreditTypes, "other")}
	for _, contact := range item.Get("contact").Items() {
		if c.URL == "" && strings.HasPrefix(contact.Peek(), "http") {
			c.URL = contact.Text()
		}
	}
	if c.Name == anonymous {
		c.Name, c.Anonymous = "", true
	}
	return c
}

func readDatabaseSpecific(r *record.Record, n *tree.Node) {
	for _, id := range n.Get("cwe_ids").Items() {
		if strings.HasPrefix(id.Peek(), "CWE-") {
			r.CWE = append(r.CWE, id.Text())
		}
	}
	if word := n.Get("severity"); word.Is(tree.String) {
		r.Risk = record.RiskWord(word.Text())
	}
	if own := n.Get("id").Peek(); own != "" && r.ID == ID(own) {
		r.ID = n.Get("id").Text()
	}
	r.Rationale = n.Get("risk_rationale").Text()
	switch n.Get("kind").Peek() {
	case "incident", "vulnerability":
		r.Kind = n.Get("kind").Text()
	}
	switch n.Get("resolution").Peek() {
	case "fixed", "mitigated", "wont_fix":
		r.Resolution = n.Get("resolution").Text()
	}
	r.Reported = n.Get("reported").Date()
	r.Withdrawn.Text = n.Get("withdrawn_reason").Text()
}
