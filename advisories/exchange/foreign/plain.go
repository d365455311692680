package foreign

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/countersign/countersign/advisories/exchange/record"
	"github.com/countersign/countersign/advisories/exchange/tree"
)

// isPlain recognises front matter, or a mapping, with the names that people
// use: something to call it by, and one field that only an advisory has.
func isPlain(root *tree.Node) bool {
	named := slices.Concat(titleKeys, idKeys, cveKeys)
	proof := slices.Concat(vectorKeys, cweKeys, cveKeys, riskKeys, commitKeys, affectedKeys, patchedKeys, fixedKeys, creditKeys[1:])
	return first(root, named...) != nil && (first(root, proof...) != nil || hasFlawAlias(root))
}

// hasFlawAlias tells the other names of a flaw from those of a page, which
// front matter keeps in the same field.
func hasFlawAlias(root *tree.Node) bool {
	return slices.ContainsFunc(root.Get("aliases").Items(), func(n *tree.Node) bool {
		return record.IsCVE(n.Peek()) || strings.HasPrefix(n.Peek(), "GHSA-")
	})
}

// The names under which projects keep a value, most precise first.
var (
	idKeys       = []string{"id", "advisory_id", "identifier"}
	titleKeys    = []string{"title", "summary", "name"}
	textKeys     = []string{"description", "details", "overview"}
	cveKeys      = []string{"cve", "cves", "cve_id", "cve_ids", "CVE"}
	cweKeys      = []string{"cwe", "cwes", "cwe_ids"}
	vectorKeys   = []string{"cvss", "cvss_vector", "vector", "cvssv3"}
	riskKeys     = []string{"risk", "severity", "impact_level", "threat", "impact"}
	creditKeys   = []string{"credits", "reported_by", "reporter", "reporters", "acknowledgements", "credit", "author_of_report"}
	commitKeys   = []string{"fix_commits", "commits", "fix_commit", "patches"}
	linkKeys     = []string{"references", "links", "refs", "ref"}
	publishKeys  = []string{"published", "date", "publish_date", "released", "disclosed", "announced"}
	reportKeys   = []string{"reported", "reported_at", "report_date"}
	changeKeys   = []string{"modified", "updated", "last_modified", "lastmod", "updated_at"}
	productKeys  = []string{"product", "package", "project", "crate", "module", "module_name"}
	affectedKeys = []string{"affected", "affected_versions", "vulnerable_versions", "vulnerable"}
	patchedKeys  = []string{"patched_versions", "patched"}
	fixedKeys    = []string{"fixed_in"}
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
	r.Title = first(root, titleKeys...).Text()
	readBody(r, root)
	readRisk(r, root)
	r.Rationale = root.Get("risk_rationale").Text()
	r.Kind = root.Get("kind").OneOf([]string{"vulnerability", "incident"}, "")
	r.Resolution = root.Get("resolution").OneOf([]string{"fixed", "mitigated", "wont_fix"}, "")
	readDates(r, root)
	for _, id := range first(root, cveKeys...).Texts() {
		r.Aliases = append(r.Aliases, "CVE-"+strings.TrimPrefix(strings.ToUpper(id), "CVE-"))
	}
	if r.ID == "" && r.Title == "" && len(r.Aliases) == 1 {
		r.ID = r.Aliases[0]
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

// readBody takes the text, where there is none beside the fields, and the parts
// that are kept apart from it.
func readBody(r *record.Record, root *tree.Node) {
	if r.Body == "" {
		r.Body = first(root, textKeys...).Text()
	}
	body := []record.Section{{Text: r.Body}}
	for _, f := range []struct {
		key  string
		part record.Part
	}{{"recommendation", record.Solution}, {"solution", record.Solution}, {"workaround", record.Workaround}, {"workarounds", record.Workaround}} {
		if text := root.Get(f.key).Text(); text != "" {
			body = append(body, record.Section{Title: string(f.part), Text: text})
		}
	}
	r.Body = record.Join(body)
}

// readRisk takes a level, which is one word. A sentence about the impact is
// none.
func readRisk(r *record.Record, root *tree.Node) {
	n := first(root, riskKeys...)
	if strings.Contains(strings.TrimSpace(n.Peek()), " ") {
		n.Lose("expected a level of risk, which is one word")
		return
	}
	r.Risk = record.RiskWord(strings.TrimSpace(n.Text()))
}

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
	named := first(root, productKeys...)
	if named.Is(tree.Object) {
		named = named.Get("name")
	}
	name := named.Text()
	for _, item := range root.Get("affected").Items() {
		if !item.Is(tree.Object) {
			areAffected(r, record.Product{Title: name}, item, item.Peek())
			continue
		}
		product := name
		if own := first(item, "product", "package", "name"); own.Is(tree.String) {
			product = own.Text()
		}
		if product == "" && item.Get("ranges") == nil && item.Get("versions") == nil {
			continue
		}
		at := r.About(record.Product{Title: product})
		for _, rg := range item.Get("ranges").Items() {
			r.Affected[at].Ranges = append(r.Affected[at].Ranges, record.Range{
				Introduced: rg.Get("introduced").Text(), Fixed: rg.Get("fixed").Text(), LastAffected: rg.Get("last_affected").Text(),
			})
		}
		r.Affected[at].Versions = append(r.Affected[at].Versions, item.Get("versions").Texts()...)
	}
	for _, item := range first(root, affectedKeys[1:]...).Items() {
		areAffected(r, record.Product{Title: name}, item, item.Peek())
	}
	if safe := first(root, patchedKeys...); safe != nil {
		readPatched(r, root, name, safe)
	}
	readFixedIn(r, root, name)
	readFixes(r, root, name)
	if name != "" && len(r.Affected) == 0 {
		r.About(record.Product{Title: name})
	}
}

// readPatched takes the versions that are safe: what is affected, unless that is
// said as well.
func readPatched(r *record.Record, root *tree.Node, name string, safe *tree.Node) {
	if first(root, affectedKeys...) != nil {
		safe.Lose("the affected versions say it")
		return
	}
	at := r.About(record.Product{Title: name})
	notAffected(&r.Affected[at], "generic", safe, root.Get("unaffected_versions"))
}

var productVersion = regexp.MustCompile(`^(?:(.*\S)\s+)?[vV]?([0-9]\S*)$`)

// readFixedIn takes versions with a product's name before them. The only one of
// a product ends its range; of several nobody says which branch each ends.
func readFixedIn(r *record.Record, root *tree.Node, name string) {
	versions := map[int][]string{}
	for _, item := range first(root, fixedKeys...).Items() {
		m := productVersion.FindStringSubmatch(item.Peek())
		if m == nil || item.Is(tree.Object) {
			continue
		}
		item.Text()
		at := r.About(record.Product{Title: cmp.Or(m[1], name)})
		versions[at] = append(versions[at], m[2])
	}
	for at := range r.Affected {
		a := &r.Affected[at]
		if list := versions[at]; len(list) == 1 && len(a.Ranges)+len(a.Versions) == 0 {
			a.Ranges = []record.Range{{Introduced: "0", Fixed: list[0]}}
			continue
		}
		for _, v := range versions[at] {
			r.AddFix(a.Product.Name, v, nil)
		}
	}
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
