package csaf

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/countersign/countersign/advisories/exchange/record"
	"github.com/countersign/countersign/advisories/exchange/tree"
)

// Is reports whether a document is a CSAF document.
func Is(root *tree.Node) bool { return root.Get("document").Get("csaf_version") != nil }

// Reasons say why parts of a CSAF document have no place in an advisory.
var Reasons = tree.Reasons{
	{Path: regexp.MustCompile(`document\.tracking\.(revision_history|generator|version|status)`), Text: "an advisory's history is its file's, in git"},
	{Path: regexp.MustCompile(`document\.(publisher|distribution|lang|source_lang|category|\$schema)|^\$schema`), Text: "an advisory is published by the project, in one language, for everybody"},
	{Path: regexp.MustCompile(`product_tree.*product_identification_helper`), Text: "a product has one package URL and one CPE name"},
	{Path: regexp.MustCompile(`^product_tree`), Text: "no vulnerability of the document says it is affected"},
	{Path: regexp.MustCompile(`product_status`), Text: "an advisory lists affected and fixed versions"},
	{Path: regexp.MustCompile(`scores|metrics`), Text: "a vector belongs to the whole advisory"},
	{Path: regexp.MustCompile(`remediations`), Text: "a remedy is text, for the whole advisory"},
	{Path: regexp.MustCompile(`threats|flags|involvements`), Text: "an advisory says so in its text"},
}

// Read takes the advisories out of a CSAF document: one for each vulnerability.
// project is the publisher's name, which is no part of its own products' names.
func Read(root *tree.Node, project string) []*record.Record {
	doc := root.Get("document")
	readMeta(doc, project)
	d := &reader{root: root, doc: doc, products: readTree(root.Get("product_tree"), project)}
	list := root.Get("vulnerabilities").Items()
	if len(list) == 0 {
		list = []*tree.Node{nil}
	}
	var out []*record.Record
	for i, v := range list {
		r := d.one(v, len(list) > 1)
		if len(list) > 1 && r.ID == doc.Get("tracking").Get("id").Peek() {
			r.ID += "-" + strconv.Itoa(i+1)
		} else if len(list) > 1 {
			r.Series = doc.Get("tracking").Get("id").Peek()
		}
		out = append(out, r)
	}
	if len(list) > 1 {
		doc.Get("tracking").Get("id").Lose("the document is several advisories here")
	}
	return out
}

// readMeta takes what every document has and an advisory need not say.
func readMeta(doc *tree.Node, project string) {
	doc.Get("csaf_version").Text()
	doc.Get("category").Text()
	if strings.HasPrefix(doc.Get("lang").Peek(), "en") {
		doc.Get("lang").Text()
	}
	switch doc.Get("distribution").Get("tlp").Get("label").Peek() {
	case "WHITE", "CLEAR":
		doc.Get("distribution").Get("tlp").Take()
	}
	if p := doc.Get("publisher"); project != "" && p.Get("name").Peek() == project {
		p.Take()
	}
	t := doc.Get("tracking")
	if t.Get("generator").Get("engine").Get("name").Peek() == engine {
		t.Get("generator").Take()
	}
	if t.Get("status").Peek() == "final" {
		t.Get("status").Text()
	}
	for _, rev := range t.Get("revision_history").Items() {
		switch rev.Get("summary").Peek() {
		case initialRevision, changedRevision, withdrawnRevision, draftRevision:
			rev.Take()
			t.Get("version").Text()
			t.Get("status").Text()
		}
	}
}

type reader struct {
	root, doc *tree.Node
	products  map[string]leaf
}

// one reads a vulnerability together with what the document says of all; v is
// nil where the document has none.
func (d *reader) one(v *tree.Node, several bool) *record.Record {
	track := d.doc.Get("tracking")
	r := &record.Record{ID: track.Get("id").Text(), Title: v.Get("title").Text()}
	if title := d.doc.Get("title").Text(); r.Title == "" {
		r.Title = title
	}
	if d.doc.Get("category").Peek() == incidentCategory {
		r.Kind = "incident"
	}
	readRisk(r, d.doc.Get("aggregate_severity"))
	d.dates(r, v, track)
	d.identify(r, v, track, several)
	readWeaknesses(r, v)
	readScores(r, v)
	d.status(r, v)
	body := append(readNotes(r, d.doc.Get("notes")), readNotes(r, v.Get("notes"))...)
	r.Body = record.Join(append(body, readRemediations(r, v.Get("remediations"))...))
	for _, list := range []*tree.Node{d.doc.Get("acknowledgments"), v.Get("acknowledgments")} {
		for _, item := range list.Items() {
			r.Credits = append(r.Credits, readAcknowledgment(item)...)
		}
	}
	for _, list := range []*tree.Node{d.doc.Get("references"), v.Get("references")} {
		for _, item := range list.Items() {
			readReference(r, item)
		}
	}
	return r
}

func readRisk(r *record.Record, n *tree.Node) {
	if text := n.Get("text").Text(); text != "" {
		r.Risk = record.RiskWord(text)
	}
}

func (d *reader) dates(r *record.Record, v, track *tree.Node) {
	first, last := track.Get("initial_release_date").Date(), track.Get("current_release_date").Date()
	r.Published, r.Modified = first, last
	if own := v.Get("release_date"); own.Peek() != "" {
		if at := own.Date(); !at.Equal(first.Time) {
			own.Lose("an advisory has one day of publication; the document's is kept")
		}
	}
	r.Reported = v.Get("discovery_date").Date()
	if track.Get("status").Peek() == "draft" {
		r.Published = record.Date{}
	}
	for _, note := range d.doc.Get("notes").Items() {
		if note.Get("title").Peek() == withdrawnTitle {
			r.Withdrawn = record.Reason{Date: last, Text: note.Get("text").Peek()}
			if r.Withdrawn.Text == withdrawnText {
				r.Withdrawn.Text = ""
			}
			note.Take()
		}
	}
	if r.Withdrawn.Date.IsZero() {
		return
	}
	r.Modified = record.Date{} // the last revision is the withdrawal
	for _, rev := range track.Get("revision_history").Items() {
		if rev.Get("summary").Peek() == changedRevision {
			r.Modified = rev.Get("date").Date()
		}
	}
}

// identify takes the ids: of several vulnerabilities of one document each goes
// by its CVE id where it has one.
func (d *reader) identify(r *record.Record, v, track *tree.Node, several bool) {
	if cve := v.Get("cve").Text(); several && cve != "" {
		r.ID = cve
	} else {
		r.Aliases = append(r.Aliases, cve)
	}
	for _, item := range slices.Concat(v.Get("ids").Items(), v.Get("id").Items()) {
		id := item.Get("text").Text()
		item.Get("system_name").Text()
		r.Aliases = append(r.Aliases, id)
	}
	if !several {
		r.Aliases = append(r.Aliases, track.Get("aliases").Texts()...)
	}
}

// readWeaknesses takes the one of CSAF 2.0 and the list of 2.1.
func readWeaknesses(r *record.Record, v *tree.Node) {
	for _, item := range slices.Concat(v.Get("cwe").Items(), v.Get("cwes").Items()) {
		r.CWE = append(r.CWE, item.Get("id").Text())
		item.Get("name").Text() // MITRE's
		item.Get("version").Text()
	}
}

// readScores takes vectors, from `scores` of 2.0 and `metrics` of 2.1. Those
// that are for some products only are vectors of the advisory all the same.
func readScores(r *record.Record, v *tree.Node) {
	items := slices.Concat(v.Get("scores").Items(), v.Get("metrics").Items())
	for _, item := range items {
		parent := item
		if content := item.Get("content"); content != nil {
			parent = content
		}
		for _, key := range []string{"cvss_v2", "cvss_v3", "cvss_v4"} {
			score := parent.Get(key)
			if text := score.Get("vectorString").Peek(); text != "" {
				score.Take() // the numbers follow from the vector
				r.CVSS = append(r.CVSS, record.Vector(text))
			}
		}
		if len(items) == 1 {
			item.Get("products").Take()
		}
	}
}

// readNotes takes the notes as sections. Those that From writes for what CSAF
// has no field for go back to their fields.
func readNotes(r *record.Record, list *tree.Node) []record.Section {
	var out []record.Section
	for _, n := range list.Items() {
		text, title := n.Get("text").Peek(), n.Get("title").Peek()
		switch {
		case title == withdrawnTitle && !r.Withdrawn.Date.IsZero():
			continue
		case n.Get("category").Peek() == "legal_disclaimer":
			n.Lose("terms of use belong beside an advisory, not into it")
			continue
		case title == weaknesses && strings.HasPrefix(text, "CWE-"):
			r.CWE = strings.Split(text, ", ")
		case title == vectorsTitle && strings.Contains(text, ":"):
			r.CVSS = strings.Split(text, ", ")
		case title == rationaleTitle:
			r.Rationale = text
		case title == summaryTitle && text == r.Title:
		default:
			out = append(out, record.Section{Title: title, Text: strings.TrimSpace(text)})
		}
		n.Get("audience").Text()
		n.Take()
	}
	return out
}

// readRemediations takes what to do as sections.
func readRemediations(r *record.Record, list *tree.Node) []record.Section {
	var solutions, workarounds []string
	same, kinds := sameProducts(list), map[string]int{}
	for _, item := range list.Items() {
		kinds[item.Get("category").Peek()]++
	}
	// A category is the answer to the flaw where nothing better is offered.
	isResolution := func(kind string) bool { return kinds[kind]+kinds["workaround"] == len(list.Items()) }
	for _, item := range list.Items() {
		text, kind := item.Get("details").Text(), item.Get("category").Text()
		to := &solutions
		switch {
		case kind == "workaround":
			to = &workarounds
		case kind == "mitigation":
			to = &workarounds
			if isResolution("mitigation") {
				to, r.Resolution = &solutions, "mitigated"
			}
		case kind == "no_fix_planned" && isResolution("no_fix_planned"):
			r.Resolution = "wont_fix"
		}
		if !isStock(text) && !slices.Contains(*to, text) {
			*to = append(*to, text)
		}
		if url := item.Get("url").Text(); url != "" {
			r.References = append(r.References, record.Reference{Type: "web", URL: url})
		}
		if same || kind == "workaround" {
			item.Get("product_ids").Take()
		}
	}
	var out []record.Section
	for _, s := range []record.Section{
		{Part: record.Solution, Title: string(record.Solution), Text: strings.Join(solutions, "\n\n")},
		{Part: record.Workaround, Title: string(record.Workaround), Text: strings.Join(workarounds, "\n\n")},
	} {
		if s.Text == "" {
			continue
		}
		if own := record.Sections(s.Text)[0]; own.Title != "" && own.Part == s.Part {
			s.Title = "" // several sections, which kept their titles
		}
		out = append(out, s)
	}
	return out
}

func isStock(text string) bool {
	return text == noFix || text == noneKnown || strings.HasPrefix(text, updateTo) && strings.HasSuffix(text, orLater)
}

// sameProducts reports whether the remedies say the same of all products, the
// stock words aside.
func sameProducts(list *tree.Node) bool {
	texts := map[string]bool{}
	for _, item := range list.Items() {
		if text := item.Get("details").Peek(); !isStock(text) && item.Get("category").Peek() != "workaround" {
			texts[text] = true
		}
	}
	return len(texts) <= 1
}

func readAcknowledgment(item *tree.Node) []record.Credit {
	c := record.Credit{Affiliation: item.Get("organization").Text(), Type: "other"}
	word, summary := item.Get("summary").Peek(), ""
	for _, flag := range []struct {
		prefix string
		on     *bool
	}{{"anonymous ", &c.Anonymous}, {"internal ", &c.Internal}} {
		if rest, ok := strings.CutPrefix(word, flag.prefix); ok {
			word, *flag.on = rest, true
		}
	}
	if kind := strings.ReplaceAll(word, " ", "_"); slices.Contains(record.CreditTypes, kind) {
		c.Type = kind
		item.Get("summary").Text()
	} else {
		c.Anonymous, c.Internal = false, false
		summary = item.Get("summary").Peek()
	}
	for _, url := range item.Get("urls").Items() {
		if c.URL == "" {
			c.URL = url.Text()
		}
	}
	names := item.Get("names").Texts()
	if len(names) == 0 && c.Affiliation != "" {
		names, c.Affiliation = []string{c.Affiliation}, ""
	}
	if len(names) == 0 && summary != "" && len(summary) < 100 {
		names = []string{item.Get("summary").Text()}
	}
	if len(names) == 0 && (c.Anonymous || c.Internal) {
		names = []string{""}
	}
	var out []record.Credit
	for _, name := range names {
		one := c
		one.Name = name
		if one.Name != "" {
			one.Anonymous, one.Internal = false, false
		}
		out = append(out, one)
	}
	return out
}

var (
	typed        = regexp.MustCompile(`^(Advisory|Article|Detection|Discussion|Report|Fix|Introduced|Git|Package|Evidence|Web)(?:: (.*))?$`)
	fixedProduct = regexp.MustCompile(`^(.*\S) ((?:[vV]?[0-9]\S*)?) ?$`)
	commitLink   = regexp.MustCompile(`^(\w+://.+?)(?:(?:/-)?/commits?/|#)([0-9a-f]{40}|[0-9a-f]{64})$`)
)

func readReference(r *record.Record, item *tree.Node) {
	url, summary := item.Get("url").Text(), item.Get("summary").Text()
	self := item.Get("category").Text() == "self"
	if summary == canonical || summary == pageSummary {
		return // this document, and its page: they come anew with every build
	}
	if m := commitLink.FindStringSubmatch(url); m != nil && strings.HasPrefix(summary, fixCommit) && readFixCommit(r, summary, m[1], m[2]) {
		return
	}
	ref := record.Reference{Type: "web", URL: url, Title: summary}
	if m := typed.FindStringSubmatch(summary); m != nil {
		ref.Type, ref.Title = strings.ToLower(m[1]), m[2]
	} else if self {
		ref.Type = "advisory"
	}
	if ref.Title == url {
		ref.Title = ""
	}
	r.References = append(r.References, ref)
}

// readFixCommit takes a fix commit back that From wrote as a reference. Of
// several products whose names begin alike the longest is meant.
func readFixCommit(r *record.Record, summary, repo, id string) bool {
	rest := strings.TrimPrefix(summary, fixCommit+" for ") + " "
	var product *record.Product
	for i := range r.Affected {
		p := &r.Affected[i].Product
		if strings.HasPrefix(rest, p.DisplayName()+" ") && (product == nil || len(p.DisplayName()) > len(product.DisplayName())) {
			product = p
		}
	}
	if product == nil { // one of which no version is affected: the tree does not have it
		m := fixedProduct.FindStringSubmatch(rest)
		if m == nil {
			return false
		}
		product = &r.Affected[r.About(record.Product{Title: m[1]})].Product
		rest = product.DisplayName() + " " + m[2]
	}
	version := strings.TrimSpace(rest[len(product.DisplayName()):])
	r.AddFix(product.Name, version, []record.Commit{{Repo: repo, ID: id}})
	return true
}
