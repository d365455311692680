package cve

import (
	"regexp"
	"slices"
	"strings"

	"github.com/countersign/countersign/advisories/exchange/record"
	"github.com/countersign/countersign/advisories/exchange/tree"
)

// Is reports whether a document is a CVE JSON 5 record, or the bare container of
// a numbering authority.
func Is(root *tree.Node) bool {
	return root.Get("dataType").Peek() == "CVE_RECORD" || root.Get("cveMetadata").Is(tree.Object) ||
		root.Get("cnaContainer").Is(tree.Object)
}

// Reasons say why parts of a CVE record have no place in an advisory.
var Reasons = tree.Reasons{
	{Path: regexp.MustCompile(`^(\[\d+\]\.)?containers\.adp`), Text: "what others add to a record stays with them"},
	{Path: regexp.MustCompile(`providerMetadata|cveMetadata|x_`), Text: "how the id was assigned is kept with the id"},
	{Path: regexp.MustCompile(`\.tags`), Text: "a reference has one type"},
	{Path: regexp.MustCompile(`supportingMedia`), Text: "the body is Markdown; other forms of the same text are left out"},
	{Path: regexp.MustCompile(`modules|programFiles|programRoutines|platforms`), Text: "an advisory names products, not their parts"},
	{Path: regexp.MustCompile(`versions\[\d+\]`), Text: "an advisory lists the affected versions only"},
	{Path: regexp.MustCompile(`impacts|taxonomyMappings`), Text: "an advisory classifies by CWE"},
	{Path: regexp.MustCompile(`timeline`), Text: "the timeline has named steps only"},
	{Path: regexp.MustCompile(`metrics`), Text: "an advisory holds CVSS vectors and one word for the risk"},
	{Path: regexp.MustCompile(`credits\[\d+\]\.type`), Text: "a credit has one of OSV's types"},
	{Path: regexp.MustCompile(`\.lang$`), Text: "an advisory is in one language"},
}

// Read takes an advisory out of a CVE record. project is the publisher's name,
// which is no part of its own products' names.
func Read(root *tree.Node, project string) *record.Record {
	meta, cna := root.Get("cveMetadata"), root.Get("containers").Get("cna")
	if cna == nil {
		cna = root.Get("cnaContainer")
	}
	root.Get("dataType").Text()
	root.Get("dataVersion").Text()
	for _, org := range []*tree.Node{meta.Get("assignerOrgId"), cna.Get("providerMetadata").Get("orgId")} {
		if org.Peek() == noOrg {
			org.Text()
		}
	}
	r := &record.Record{ID: meta.Get("cveId").Text(), Title: cna.Get("title").Text()}
	readDates(r, meta, cna)
	readTexts(r, cna)
	for _, item := range cna.Get("affected").Items() {
		readAffected(r, item, project)
	}
	for _, item := range cna.Get("problemTypes").Items() {
		readProblem(r, item)
	}
	for _, item := range cna.Get("metrics").Items() {
		readMetric(r, item)
	}
	for _, item := range cna.Get("timeline").Items() {
		readMoment(r, item)
	}
	for _, item := range cna.Get("credits").Items() {
		r.Credits = append(r.Credits, readCredit(item, project))
	}
	for _, item := range cna.Get("references").Items() {
		if ref := readReference(item); ref.URL != ownPage(r.ID) {
			r.References = append(r.References, ref)
		}
	}
	readSource(r, cna)
	return r
}

func readDates(r *record.Record, meta, cna *tree.Node) {
	r.Modified = meta.Get("dateUpdated").Date()
	public, published := cna.Get("datePublic"), meta.Get("datePublished")
	switch public.Peek() {
	case "", published.Peek():
		public.Text()
		r.Published = published.Date()
	default:
		r.Published = public.Date()
		published.Lose("an advisory has one day of publication; the one on which the flaw became public is kept")
	}
	if meta.Get("state").Text() != "REJECTED" {
		return
	}
	r.Withdrawn.Date = meta.Get("dateRejected").Date()
	if r.Withdrawn.Date.IsZero() {
		r.Withdrawn.Date = r.Modified
	}
	r.Withdrawn.Text = markdown(cna.Get("rejectedReasons"))
}

func readTexts(r *record.Record, cna *tree.Node) {
	body := []record.Section{{Text: markdown(cna.Get("descriptions"))}}
	if body[0].Text == r.Title && cna.Get("x_generator").Get("engine").Peek() == engine {
		body = nil // the schema wants a description: without one From repeats the title
	}
	for _, f := range []struct {
		key  string
		part record.Part
	}{
		{"solutions", record.Solution}, {"workarounds", record.Workaround},
		{"configurations", record.Configuration}, {"exploits", record.Exploit},
	} {
		if text := markdown(cna.Get(f.key)); text != "" {
			body = append(body, record.Section{Title: string(f.part), Text: text})
		}
	}
	r.Body = record.Join(body)
}

// markdown takes the texts in English, or in the first language there is; a
// Markdown form is preferred to the plain one.
func markdown(list *tree.Node) string {
	language := ""
	for _, item := range list.Items() {
		if l := strings.ToLower(item.Get("lang").Peek()); language == "" || strings.HasPrefix(l, "en") && !strings.HasPrefix(language, "en") {
			language = l
		}
	}
	var out []string
	for _, item := range list.Items() {
		if l := strings.ToLower(item.Get("lang").Peek()); l != language && !(strings.HasPrefix(l, "en") && strings.HasPrefix(language, "en")) {
			item.Lose("an advisory is in one language")
			continue
		}
		item.Get("lang").Text()
		text := item.Get("value").Text()
		for _, medium := range item.Get("supportingMedia").Items() {
			if medium.Get("type").Peek() == "text/markdown" && medium.Get("base64").Peek() != "true" {
				text = medium.Get("value").Text()
				medium.Take()
			}
		}
		if text != "" && !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return strings.Join(out, "\n\n")
}

func readProblem(r *record.Record, item *tree.Node) {
	for _, d := range item.Get("descriptions").Items() {
		d.Get("lang").Text()
		d.Get("type").Text()
		id := d.Get("cweId").Peek()
		if id == "" {
			id = cweID.FindString(d.Get("description").Peek())
		}
		if !wholeCWE.MatchString(id) {
			continue
		}
		d.Take()
		r.CWE = append(r.CWE, id)
	}
}

var (
	cweID    = regexp.MustCompile(`CWE-[1-9][0-9]{0,5}\b`)
	wholeCWE = regexp.MustCompile(`^CWE-[1-9][0-9]{0,5}$`)
)

// levels are the words for a risk that say what they are, whatever a project
// calls the scale they are on.
var levels = []string{"low", "medium", "moderate", "high", "important", "critical"}

func readMetric(r *record.Record, item *tree.Node) {
	for _, key := range item.Keys() {
		value := item.Get(key)
		switch {
		case strings.HasPrefix(key, "cvssV"):
			vector := value.Get("vectorString").Peek()
			if vector == "" {
				continue
			}
			value.Take() // the score and the metrics follow from the vector
			item.Get("format").Text()
			r.CVSS = append(r.CVSS, record.Vector(vector))
		case key == "other" && r.Risk == "":
			word := value.Get("content").Get("text")
			level := slices.Contains(levels, strings.ToLower(word.Peek()))
			if word.Is(tree.String) && (level || strings.Contains(strings.ToLower(value.Get("type").Peek()), "severity")) {
				value.Get("type").Text()
				item.Get("format").Text()
				r.Risk = record.RiskWord(word.Text())
			}
		case key == "scenarios" && value.Items() != nil:
			for _, s := range value.Items() {
				if s.Get("value").Peek() == "GENERAL" {
					s.Take()
				}
			}
		}
	}
}

func readMoment(r *record.Record, item *tree.Node) {
	to := &r.Reported
	switch item.Get("value").Peek() {
	case reportedStep:
	case publishedStep:
		to = &r.Published
	default:
		return
	}
	item.Take()
	if d := item.Get("time").Date(); to.IsZero() {
		*to = d
	}
}

func readCredit(item *tree.Node, project string) record.Credit {
	item.Get("lang").Text()
	c := record.Credit{Name: strings.TrimSpace(item.Get("value").Text()), Type: "other"}
	if kind := item.Get("type"); slices.Contains(record.CreditTypes, strings.ReplaceAll(kind.Peek(), " ", "_")) {
		c.Type = strings.ReplaceAll(kind.Text(), " ", "_")
	}
	switch c.Name {
	case anonymous:
		c.Name, c.Anonymous = "", true
	case project:
		c.Name, c.Internal = "", true
	}
	return c
}

func readReference(item *tree.Node) record.Reference {
	ref := record.Reference{Type: "web", URL: item.Get("url").Text(), Title: item.Get("name").Text()}
	if ref.Title == ref.URL {
		ref.Title = ""
	}
	for _, tag := range item.Get("tags").Items() {
		if kind := kindOf(tag.Peek()); kind != "" && (ref.Type == "web" || ref.Type == kind) {
			ref.Type = kind
			tag.Text()
		}
	}
	return ref
}

// readSource takes the project's own id. In a record that was written here it
// goes before the CVE id again; in others it is one more name.
func readSource(r *record.Record, cna *tree.Node) {
	n := cna.Get("source")
	if n.Get("discovery").Is(tree.String) {
		n.Get("discovery").Text() // says who found it; the credits say it better
	}
	own := n.Get("advisory")
	switch {
	case own.Peek() == "" || r.ID == "":
	case cna.Get("x_generator").Get("engine").Peek() == engine:
		r.Aliases = append(r.Aliases, r.ID)
		r.ID = own.Text()
	case projectID.MatchString(own.Peek()):
		r.Aliases = append(r.Aliases, own.Text())
	}
	if engineOf := cna.Get("x_generator").Get("engine"); engineOf.Peek() == engine {
		engineOf.Text()
	}
}

var projectID = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.]*(-[A-Za-z0-9_.]+)+$`)
