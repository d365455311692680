package csaf

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/exchange/record"
	"github.com/countersign/countersign/advisories/exchange/tree"
)

const schemaURL = "https://docs.oasis-open.org/csaf/csaf/v2.0/csaf_json_schema.json"

// Categories of documents that are written.
const (
	advisoryCategory = "csaf_security_advisory"
	incidentCategory = "csaf_security_incident_response"
	baseCategory     = "csaf_base"
)

// Encode writes the document as JSON.
func (d *Document) Encode() []byte { return tree.Encode(d) }

// summary is the first paragraph of what the document says.
func (d *Document) summary() string {
	notes := d.Meta.Notes
	for _, v := range d.Vulnerabilities {
		notes = append(notes, v.Notes...)
	}
	for _, n := range notes {
		if n.Category == "description" {
			first, _, _ := strings.Cut(n.Text, "\n\n")
			return record.Excerpt(strings.Join(strings.Fields(first), " "), 400)
		}
	}
	return ""
}

// PublisherOf returns the project of countersign.yaml as a publisher.
func PublisherOf(set *advisories.Set) Publisher {
	c := set.Config
	return Publisher{
		Category:       "vendor",
		ContactDetails: strings.Join(advisories.Texts(c.Site.Contacts), ", "),
		Name:           cmp.Or(c.Project.Name.V, c.Site.Title.V, "unknown"),
		Namespace:      cmp.Or(c.Project.URL.V, c.Site.BaseURL.V, "https://example.com"),
	}
}

// From makes the CSAF document of an advisory. Without a product to speak of,
// and for incidents, it has the profile csaf_base, otherwise
// csaf_security_advisory.
func From(set *advisories.Set, a *advisories.Advisory, opts Options) *Document {
	r := record.Of(set, a)
	if opts.Publisher == (Publisher{}) {
		opts.Publisher = PublisherOf(set)
	}
	doc := &Document{Meta: Meta{
		Category: baseCategory, CSAFVersion: "2.0", Lang: "en",
		Distribution: &Distribution{&TLP{"WHITE", "https://www.first.org/tlp/"}},
		Publisher:    opts.Publisher, Title: cmp.Or(r.Title, r.ID), Tracking: tracking(r, opts),
	}}
	if r.Risk != "" {
		doc.Meta.AggregateSeverity = &AggregateSeverity{Text: r.Risk}
	}
	if opts.URL != "" {
		doc.Meta.References = append(doc.Meta.References, Reference{"self", canonical, opts.URL})
	}
	if !r.Withdrawn.Date.IsZero() {
		text := cmp.Or(r.Withdrawn.Text, withdrawnText)
		doc.Meta.Notes = append(doc.Meta.Notes, Note{"general", text, withdrawnTitle})
	}
	if r.Kind == "incident" {
		doc.incident(r, opts)
	} else {
		doc.vulnerability(r, opts)
	}
	return doc
}

// incident puts everything into the document itself: an incident is no
// vulnerability of a product.
func (d *Document) incident(r *record.Record, opts Options) {
	d.Meta.Acknowledgments = acknowledgments(r)
	d.Meta.Notes = append(d.Meta.Notes, notes(r, record.Sections(r.Body), nil)...)
	if opts.Page != "" {
		d.Meta.References = append(d.Meta.References, Reference{"external", pageSummary, opts.Page})
	}
	d.Meta.References = append(d.Meta.References, references(r)...)
	if slices.ContainsFunc(d.Meta.References, func(ref Reference) bool { return ref.Category == "external" }) {
		d.Meta.Category = incidentCategory
	}
}

func (d *Document) vulnerability(r *record.Record, opts Options) {
	if opts.Page != "" {
		d.Meta.References = append(d.Meta.References, Reference{"self", pageSummary, opts.Page})
	}
	sections := record.Sections(r.Body)
	products := productsOf(r, opts.Publisher.Name)
	v := Vulnerability{
		Acknowledgments: acknowledgments(r), CWE: mainCWE(r.CWE), IDs: ids(r, opts.Publisher.Name),
		Notes: notes(r, sections, products), References: references(r), Title: r.Title,
		ReleaseDate: record.Instant(r.Published), DiscoveryDate: record.Instant(r.Reported),
	}
	if cves := r.CVEs(); len(cves) > 0 {
		v.CVE = cves[0]
	}
	if products.any() {
		d.Meta.Category = advisoryCategory
		d.ProductTree = &ProductTree{Branches: products.branches}
		v.ProductStatus, v.Flags = products.status(), products.flags()
		v.Scores = scores(r.CVSS, products.affected)
	}
	v.Remediations = remediations(r, sections, products)
	d.Vulnerabilities = []Vulnerability{v}
}

// Texts that the reader recognises as written here.
const (
	canonical      = "Canonical URL"
	pageSummary    = "Advisory page"
	withdrawnTitle = "Withdrawn"
	withdrawnText  = "This advisory was withdrawn." // where no reason is given
	engine         = "countersign"
	weaknesses     = "Weaknesses"
	vectorsTitle   = "CVSS vectors"
	rationaleTitle = "Risk rationale"
	summaryTitle   = "Summary"
)

func tracking(r *record.Record, opts Options) Tracking {
	history := revisions(r)
	last := history[len(history)-1]
	t := Tracking{
		ID: r.ID, Aliases: r.Aliases, Status: "final", Version: last.Number,
		CurrentReleaseDate: last.Date, InitialReleaseDate: history[0].Date, RevisionHistory: history,
	}
	if r.Published.IsZero() {
		t.Status = "draft"
	}
	if opts.Version != "" {
		t.Generator = &Generator{Engine{engine, opts.Version}}
	}
	return t
}

// Summaries of revisions.
const (
	initialRevision   = "Initial publication."
	changedRevision   = "Updated."
	withdrawnRevision = "Withdrawn."
	draftRevision     = "Draft."
)

// revisions are the public steps of the advisory's life, oldest first.
func revisions(r *record.Record) []Revision {
	type step struct {
		date record.Date
		text string
	}
	steps := []step{{r.Published, initialRevision}}
	if r.Published.IsZero() {
		steps = []step{{r.ChangedAt(), draftRevision}}
	} else if r.Modified.After(r.Published.Time) && !r.Modified.Equal(r.Withdrawn.Date.Time) {
		steps = append(steps, step{r.Modified, changedRevision})
	}
	if r.Withdrawn.Date.After(steps[0].date.Time) {
		steps = append(steps, step{r.Withdrawn.Date, withdrawnRevision})
	}
	slices.SortStableFunc(steps, func(a, b step) int { return a.date.Compare(b.date.Time) })
	var out []Revision
	for i, s := range steps {
		out = append(out, Revision{cmp.Or(record.Instant(s.date), "1970-01-01T00:00:00Z"), strconv.Itoa(i + 1), s.text})
	}
	return out
}
