package site

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
)

// perPage is how many advisories a page of a list holds. Pages are numbered
// from the oldest advisory, so that a full page never changes again when a new
// one is published; what does not fill a page yet stands on the first one.
const perPage = 50

// latest is how many advisories the home page shows.
const latest = 15

func (b *builder) rowView(r *row, root string) rowView {
	d := r.full()
	v := rowView{
		Href: root + advisoryPath(r.ID), Title: d.Title, ID: r.ID, Risk: b.risks.view(r.Risk),
		Date: r.Published.String(), DateText: r.Published.day(), Affected: b.affectedText(d), Aliases: d.Aliases[:min(1, len(d.Aliases))],
	}
	if id := d.cve(r.ID); id != "" && id != r.ID {
		v.Aliases = []string{id}
	}
	switch {
	case r.why != "":
		v.DateText = "not public"
	case r.Withdrawn.reached(b.in.Now):
		v.DateText = "withdrawn " + r.Withdrawn.day()
	}
	if v.Date == "" {
		v.Date = b.in.Now.UTC().Format("2006-01-02")
	}
	return v
}

// rowViews returns the rows as a list shows them, newest first.
func (b *builder) rowViews(rows []*row, root string) []rowView {
	out := make([]rowView, 0, len(rows))
	for _, r := range slices.Backward(rows) {
		out = append(out, b.rowView(r, root))
	}
	return out
}

// rowsKey hashes what lists show of some advisories.
func (b *builder) rowsKey(rows []*row, more ...string) digest {
	buf := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(buf)
	buf.Reset()
	for _, r := range rows {
		buf.Write(r.key[:])
	}
	return keyOf(buf.Bytes(), more)
}

func keyOf(parts []byte, more []string) digest {
	list := [][]byte{parts}
	for _, m := range more {
		list = append(list, []byte(m))
	}
	return hashOf(list...)
}

// filters links to the lists of each risk, highest first; current names the one
// that the page itself is.
func (b *builder) filters(root, current string, counts bool) []filterView {
	if len(b.public) == 0 {
		return nil
	}
	out := []filterView{{Href: root + "advisories/index.html", Risk: riskView{Class: "r0", Text: "All"}, Current: current == ""}}
	for _, name := range slices.Backward(b.risks.names) {
		f := filterView{Href: root + b.risks.path(name), Risk: b.risks.view(name), Current: current == name}
		if counts {
			f.Count = strconv.Itoa(len(b.ofRisk[name]))
		}
		out = append(out, f)
	}
	return out
}

func (r *risks) path(name string) string { return "risk/" + r.slugs[name] + ".html" }

func (b *builder) homePage() error {
	const file = "index.html"
	newest := b.public[max(0, len(b.public)-latest):]
	return b.derive(file, b.everything(), func() error {
		p := &homePage{shell: b.shell(file, "home", b.frame.SiteTitle), Total: len(b.public)}
		p.Layout = "wide home"
		p.HeadTitle = p.SiteTitle
		p.Lead = clean(b.in.Set.Config.Site.Description.V)
		p.Description = p.Lead
		if p.Lead == "" {
			p.Description = "Security advisories of " + p.ProjectName
			p.Lead = "Which versions are affected, what to install, and whose key signed it."
		}
		p.Products = b.cards()
		p.Single = len(p.Products) == 1
		p.Example = b.example()
		p.Filters = b.filters("", "-", true)
		p.Rows = b.rowViews(newest, "")
		if len(newest) < len(b.public) {
			p.Older = "advisories/index.html"
		}
		return b.page(file, "home.html", p)
	})
}

// everything hashes all that is public and all releases: the key of pages that
// show a bit of everything.
func (b *builder) everything() digest {
	b.summed.Do(func() {
		rels := []byte{}
		for _, r := range b.releases {
			rels = append(rels, r.key[:]...)
		}
		b.total = b.rowsKey(b.public, string(rels))
	})
	return b.total
}

// example is what the search field suggests: a version that can be looked up.
func (b *builder) example() string {
	var out []string
	if len(b.releases) > 0 {
		out = append(out, b.releases[max(0, len(b.releases)-2)].Version)
	}
	if len(b.public) > 0 {
		last := b.public[len(b.public)-1]
		if id := last.full().cve(last.ID); id != "" {
			out = append(out, id)
		} else {
			out = append(out, last.ID)
		}
	}
	if len(out) == 0 {
		return ""
	}
	return "for instance " + strings.Join(out, " or ")
}

// listPages writes the list of all advisories and one for each risk.
func (b *builder) listPages() error {
	if err := b.listOf(b.public, "", "advisories/index.html", "advisories/page-"); err != nil {
		return err
	}
	for _, name := range b.risks.names {
		first := b.risks.path(name)
		if err := b.listOf(b.ofRisk[name], name, first, first[:len(first)-len(".html")]+"-page-"); err != nil {
			return err
		}
	}
	return nil
}

// listOf writes one list: numbered pages for what is old, and a first page.
func (b *builder) listOf(rows []*row, risk, first, numbered string) error {
	full := max(0, len(rows)/perPage-1)
	for n := 1; n <= full; n++ {
		part := rows[(n-1)*perPage : n*perPage]
		if err := b.listPage(part, risk, first, numbered, n, full); err != nil {
			return err
		}
	}
	return b.listPage(rows[full*perPage:], risk, first, numbered, 0, full)
}

// listPage writes page n of a list of so many numbered pages; 0 is the first
// page, which holds the newest.
func (b *builder) listPage(rows []*row, risk, first, numbered string, n, full int) error {
	file := first
	if n > 0 {
		file = numbered + strconv.Itoa(n) + ".html"
	}
	counts := ""
	if n == 0 {
		counts = strconv.Itoa(len(b.public)) + " " + strconv.Itoa(full)
		for _, f := range b.filters("", risk, true) {
			counts += " " + f.Count
		}
	}
	key := b.rowsKey(rows, risk, counts, strconv.FormatBool(n == full))
	return b.derive(file, key, func() error {
		heading := "Advisories"
		if risk != "" {
			heading = b.risks.view(risk).Text + " advisories"
		}
		p := &listPage{shell: b.shell(file, "advisories", heading)}
		p.Filters = b.filters("../", risk, n == 0)
		p.Rows = b.rowViews(rows, "../")
		p.Pages = pager("../"+first, "../"+numbered, n, full)
		if n > 0 {
			p.HeadTitle = p.headTitle(heading + ", page " + strconv.Itoa(n))
			p.Lead = "Page " + strconv.Itoa(n) + ", counted from the oldest."
		}
		return b.page(file, "list.html", p)
	})
}

// pager links from page n of a list to its neighbours and ends. Only the first
// page and the newest numbered one depend on how many there are.
func pager(first, numbered string, n, full int) []pagerView {
	if full == 0 {
		return nil
	}
	at := func(n int, text, rel string) pagerView {
		return pagerView{Href: numbered + strconv.Itoa(n) + ".html", Text: text, Rel: rel}
	}
	out := []pagerView{{Href: first, Text: "Newest", Current: n == 0}}
	switch {
	case n == 0:
		out = append(out, at(full, "Older", "next"))
	case n == full:
		out = append(out, pagerView{Href: numbered + strconv.Itoa(n) + ".html", Text: strconv.Itoa(n), Current: true})
	default:
		out = append(out, at(n+1, "Newer", "prev"))
		out = append(out, pagerView{Href: numbered + strconv.Itoa(n) + ".html", Text: strconv.Itoa(n), Current: true})
	}
	if n > 1 {
		out = append(out, at(n-1, "Older", "next"))
	}
	if n != 1 && (n != 0 || full != 1) {
		out = append(out, at(1, "Oldest", ""))
	}
	return out
}
