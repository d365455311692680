package foreign

import (
	"regexp"
	"strings"

	"github.com/countersign/countersign/advisories/exchange/record"
	"github.com/countersign/countersign/advisories/exchange/tree"
)

// isPlain recognises front matter, or a mapping, with the names that people
// use: it needs a title, and one field that only an advisory has.
func isPlain(root *tree.Node) bool {
	if !first(root, "title", "summary", "name").Is(tree.String) {
		return false
	}
	for _, keys := range [][]string{vectorKeys, cweKeys, cveKeys, riskKeys, commitKeys, {"affected", "affected_versions", "patched_versions"}} {
		if first(root, keys...) != nil {
			return true
		}
	}
	return false
}

// The names under which projects keep a value, most precise first.
var (
	idKeys      = []string{"id", "advisory_id", "identifier"}
	cveKeys     = []string{"cve", "cves", "cve_id", "CVE"}
	cweKeys     = []string{"cwe", "cwes", "cwe_ids"}
	vectorKeys  = []string{"cvss", "cvss_vector", "vector", "cvssv3"}
	riskKeys    = []string{"risk", "severity", "impact_level", "threat"}
	creditKeys  = []string{"credits", "reported_by", "reporter", "reporters", "acknowledgements", "credit", "author_of_report"}
	commitKeys  = []string{"fix_commits", "commits", "fix_commit", "patches"}
	linkKeys    = []string{"references", "links", "refs"}
	publishKeys = []string{"published", "date", "publish_date", "released", "disclosed"}
	reportKeys  = []string{"reported", "reported_at", "report_date"}
	changeKeys  = []string{"modified", "updated", "last_modified", "lastmod"}
)

func first(root *tree.Node, keys ...string) *tree.Node {
	for _, key := range keys {
		if n := root.Get(key); n != nil && !n.Is(tree.Null) {
			return n
		}
	}
	return nil
}

func readPlain(r *record.Record, root *tree.Node) {
	r.ID = first(root, idKeys...).Text()
	r.Title = first(root, "title", "summary", "name").Text()
	if text := first(root, "description", "details"); r.Body == "" {
		r.Body = text.Text()
	}
	r.Risk = record.RiskWord(first(root, riskKeys...).Text())
	r.Rationale = root.Get("risk_rationale").Text()
	r.Kind = root.Get("kind").OneOf([]string{"vulnerability", "incident"}, "")
	r.Resolution = root.Get("resolution").OneOf([]string{"fixed", "mitigated", "wont_fix"}, "")
	readDates(r, root)
	for _, id := range first(root, cveKeys...).Texts() {
		r.Aliases = append(r.Aliases, "CVE-"+strings.TrimPrefix(strings.ToUpper(id), "CVE-"))
	}
	r.Aliases = append(r.Aliases, root.Get("aliases").Texts()...)
	for _, item := range first(root, cweKeys...).Items() {
		if id := cwe.FindString(item.Peek()); id != "" {
			item.Text()
			r.CWE = append(r.CWE, "CWE-"+strings.TrimPrefix(id, "CWE-"))
		}
	}
	for _, item := range first(root, vectorKeys...).Items() {
		vector(r, item)
	}
	for _, item := range first(root, linkKeys...).Items() {
		readLink(r, item)
	}
	for _, item := range first(root, creditKeys...).Items() {
		readCredit(r, item)
	}
	readProducts(r, root)
	readWithdrawn(r, root)
}

var cwe = regexp.MustCompile(`^(?:CWE-)?[1-9][0-9]{0,5}`)

// readDates takes the days from the top, or from a timeline.
func readDates(r *record.Record, root *tree.Node) {
	steps := root.Get("timeline")
	if !steps.Is(tree.Object) {
		steps = nil
	}
	for _, f := range []struct {
		keys []string
		to   *record.Date
	}{{publishKeys, &r.Published}, {reportKeys, &r.Reported}, {changeKeys, &r.Modified}} {
		if n := first(steps, f.keys...); n != nil {
			*f.to = date(n)
		} else if n := first(root, f.keys...); n != nil {
			*f.to = date(n)
		}
	}
}

func readWithdrawn(r *record.Record, root *tree.Node) {
	for _, parent := range []*tree.Node{root.Get("timeline"), root} {
		switch n := parent.Get("withdrawn"); {
		case n.Is(tree.Object):
			r.Withdrawn = record.Reason{Date: date(n.Get("date")), Text: n.Get("reason").Text()}
		case n.Is(tree.String):
			r.Withdrawn.Date = date(n)
		}
	}
}

// kinds are the words of projects for OSV's types of references.
var kinds = map[string]string{"writeup": "article", "blog": "article", "patch": "fix", "commit": "fix", "issue": "report", "exploit": "evidence"}

func readLink(r *record.Record, item *tree.Node) {
	if !item.Is(tree.Object) {
		link(r, "web", item.Text())
		return
	}
	ref := record.Reference{URL: first(item, "url", "link", "href").Text(), Title: first(item, "title", "name").Text()}
	if kind := item.Get("type"); kinds[strings.ToLower(kind.Peek())] != "" {
		ref.Type = kinds[strings.ToLower(kind.Text())]
	} else {
		ref.Type = kind.OneOf(record.ReferenceTypes, "web")
	}
	r.References = append(r.References, ref)
}

var markdownLink = regexp.MustCompile(`^\[([^\]]+)\]\(([^)\s]+)\)$`)

func readCredit(r *record.Record, item *tree.Node) {
	c := record.Credit{Type: "reporter", Name: item.Text()}
	if item.Is(tree.Object) {
		c.Name, c.Affiliation = item.Get("name").Text(), first(item, "affiliation", "organization", "company").Text()
		c.URL = first(item, "url", "link").Text()
		c.Type = item.Get("type").OneOf(record.CreditTypes, "reporter")
		c.Anonymous, c.Internal = item.Get("anonymous").Text() == "true", item.Get("internal").Text() == "true"
	}
	if m := markdownLink.FindStringSubmatch(c.Name); m != nil && c.URL == "" {
		c.Name, c.URL = m[1], m[2]
	}
	if c.Name != "" || c.Anonymous || c.Internal {
		r.Credits = append(r.Credits, c)
	}
}

// readProducts takes what is affected and how it is fixed, as our own documents
// write it or in the words of others.
func readProducts(r *record.Record, root *tree.Node) {
	name := first(root, "product", "package", "project", "crate", "module").Text()
	for _, item := range root.Get("affected").Items() {
		if !item.Is(tree.Object) {
			at := r.About(record.Product{Title: name})
			areAffected(&r.Affected[at], item, item.Peek())
			continue
		}
		product := name
		if own := first(item, "product", "package", "name"); own.Is(tree.String) {
			product = own.Text()
		}
		at := r.About(record.Product{Title: product})
		for _, rg := range item.Get("ranges").Items() {
			r.Affected[at].Ranges = append(r.Affected[at].Ranges, record.Range{
				Introduced: rg.Get("introduced").Text(), Fixed: rg.Get("fixed").Text(), LastAffected: rg.Get("last_affected").Text(),
			})
		}
		r.Affected[at].Versions = append(r.Affected[at].Versions, item.Get("versions").Texts()...)
	}
	for _, item := range root.Get("affected_versions").Items() {
		at := r.About(record.Product{Title: name})
		areAffected(&r.Affected[at], item, item.Peek())
	}
	if safe := root.Get("patched_versions"); safe != nil {
		at := r.About(record.Product{Title: name})
		notAffected(&r.Affected[at], "generic", safe, root.Get("unaffected_versions"))
	}
	readFixes(r, root, name)
}

var commitID = regexp.MustCompile(`[0-9a-f]{40}(?:[0-9a-f]{24})?$`)

func readFixes(r *record.Record, root *tree.Node, name string) {
	product := ""
	if len(r.Affected) > 0 {
		product = r.Affected[0].Product.Name
	}
	add := func(version string, item *tree.Node) {
		id := commitID.FindString(item.Peek())
		if id == "" || item.Is(tree.Object) {
			return
		}
		if product == "" {
			product = r.Affected[r.About(record.Product{Title: name})].Product.Name
		}
		c := record.Commit{ID: id}
		if at := strings.Index(item.Peek(), "/commit/"); at > 0 && strings.HasPrefix(item.Peek(), "https://") {
			c.Repo = item.Peek()[:at]
		}
		for i := range r.Affected {
			if p := &r.Affected[i].Product; p.Name == product && p.Repo == "" {
				p.Repo = c.Repo
			}
		}
		item.Text()
		r.AddFix(product, version, []record.Commit{c})
	}
	for _, item := range first(root, commitKeys...).Items() {
		add("", item)
	}
	for _, fix := range root.Get("fixes").Items() {
		version := fix.Get("version").Text()
		for _, c := range fix.Get("commits").Items() {
			add(version, c)
		}
	}
}
