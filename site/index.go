package site

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"slices"
	"strconv"
	"strings"
)

// indexEntry is an advisory in index.json.
type indexEntry struct {
	ID        string   `json:"id"`
	Title     string   `json:"title"`
	Risk      string   `json:"risk,omitempty"`
	Aliases   []string `json:"aliases,omitempty"`
	Products  []string `json:"products,omitempty"`
	Affected  string   `json:"affected,omitempty"`
	Fixed     []string `json:"fixed,omitempty"`
	Published string   `json:"published"`
	Modified  string   `json:"modified"`
	Withdrawn string   `json:"withdrawn,omitempty"`
	Page      string   `json:"page"`
	OSV       string   `json:"osv,omitempty"`
	CSAF      string   `json:"csaf,omitempty"`
	CVE       string   `json:"cve,omitempty"`
	OpenVEX   string   `json:"openvex,omitempty"`
}

// indexRelease is a release in index.json.
type indexRelease struct {
	Product  string   `json:"product"`
	Version  string   `json:"version"`
	Released string   `json:"released"`
	Affected int      `json:"affected_by"`
	Install  []string `json:"install,omitempty"`
	Page     string   `json:"page"`
}

// indexFiles writes what scripts and the search page read: index.json with the
// project, its releases and the years there are, and for each year its
// advisories, once as JSON and once, shorter, as a script.
func (b *builder) indexFiles() error {
	years, rows := b.years, b.ofYear
	for _, year := range years {
		name := strconv.Itoa(year)
		file := "index/" + name + ".json"
		key := b.rowsKey(rows[year])
		err := b.derive(file, key, func() error {
			return b.put(file, encode(map[string]any{"advisories": b.indexEntries(rows[year])}))
		})
		if err != nil {
			return err
		}
		script := "index/" + name + ".js"
		err = b.derive(script, key, func() error { return b.put(script, searchScript(name, b.searchRows(rows[year]))) })
		if err != nil {
			return err
		}
	}
	return b.indexHead(years, rows)
}

// indexHead writes the parts that stand above the years.
func (b *builder) indexHead(years []int, rows map[int][]*row) error {
	counts := make([]string, len(years))
	for i, year := range years {
		counts[i] = strconv.Itoa(year) + " " + strconv.Itoa(len(rows[year]))
	}
	b.expose()
	releases := make([]indexRelease, 0, len(b.releases))
	lookup := make([][]any, 0, len(b.releases))
	for _, rel := range b.releases {
		item := indexRelease{
			Product: rel.Product, Version: rel.Version, Released: rel.Released.String(),
			Affected: len(rel.affected), Page: rel.href,
		}
		for _, u := range b.upgrades(rel) {
			item.Install = append(item.Install, u.Version)
		}
		releases = append(releases, item)
		lookup = append(lookup, []any{b.productTitle(rel.Product), rel.Version, rel.Released.day(), item.Affected, append([]string{}, item.Install...), rel.href})
	}
	type part struct {
		Year       int    `json:"year"`
		Advisories int    `json:"advisories"`
		Path       string `json:"path"`
	}
	parts := make([]part, 0, len(years))
	for _, year := range slices.Backward(years) {
		parts = append(parts, part{year, len(rows[year]), "index/" + strconv.Itoa(year) + ".json"})
	}
	newest := b.public[max(0, len(b.public)-latest):]
	files := map[string][]byte{
		"index.json": encode(map[string]any{
			"project": b.frame.ProjectName, "url": b.base, "parts": parts, "releases": releases,
			"latest": b.indexEntries(newest),
		}),
		"index/head.js": searchScript("", map[string]any{"years": newestFirst(years), "releases": lookup, "keys": b.keyRows(), "risks": b.risks.names}),
	}
	return b.putAll(files)
}

// keyRows is what the search page needs of each key: by its fingerprint, or the
// end of one as other programs show it, a reader asks whose it is.
func (b *builder) keyRows() [][]any {
	out := [][]any{}
	for _, t := range b.teamKeys() {
		prints := []string{strings.ReplaceAll(t.about.Fingerprint, " ", "")}
		for _, s := range t.about.Subkeys {
			prints = append(prints, s.Fingerprint)
		}
		state := "in use"
		if t.removed() {
			state = "removed"
		}
		out = append(out, []any{t.name(), t.about.Grouped, prints, strings.Join(t.roles(), ", "), state, t.href + ".html"})
	}
	return out
}

func newestFirst(years []int) []int {
	out := slices.Clone(years)
	slices.Reverse(out)
	return out
}

// indexEntries describes advisories for scripts, newest first.
func (b *builder) indexEntries(rows []*row) []indexEntry {
	out := make([]indexEntry, 0, len(rows))
	for _, r := range slices.Backward(rows) {
		if r.why != "" {
			continue
		}
		d := r.full()
		e := indexEntry{
			ID: r.ID, Title: d.Title, Risk: r.Risk, Aliases: d.Aliases, Products: d.Products, Affected: b.affectedText(d),
			Fixed: b.fixedVersions(d, ""), Published: r.Published.String(), Modified: r.updated(b.in.Now).String(),
			Page: advisoryPath(r.ID),
		}
		if r.Withdrawn.reached(b.in.Now) {
			e.Withdrawn = r.Withdrawn.String()
		}
		for _, f := range b.formatsOf(r) {
			switch f.files[0] {
			case b.osvPath(r.ID):
				e.OSV = f.files[0]
			case cvePath(r.ID):
				e.CVE = f.files[0]
			case vexPath(r.ID):
				e.OpenVEX = f.files[0]
			default:
				e.CSAF = f.files[0]
			}
		}
		out = append(out, e)
	}
	return out
}

// searchRows is what the search page needs of each advisory, newest first.
func (b *builder) searchRows(rows []*row) [][]any {
	out := make([][]any, 0, len(rows))
	for _, r := range slices.Backward(rows) {
		view, d := b.rowView(r, ""), r.full()
		names := make([]string, 0, len(d.Credits))
		for _, c := range d.Credits {
			names = append(names, c.Name)
		}
		out = append(out, []any{r.ID, d.Title, r.Risk, view.DateText, append([]string{}, d.Aliases...), view.Affected, names})
	}
	return out
}

// searchScript wraps data for the search page. It is a script because a page
// that is opened from a folder may load one, and may not fetch a file. The
// encoder escapes what a script must not hold.
func searchScript(name string, data any) []byte {
	var out bytes.Buffer
	out.WriteString("countersignIndex(")
	key, _ := json.Marshal(name)     // a string
	value, err := json.Marshal(data) // strings and numbers
	if err != nil {
		return nil
	}
	out.Write(key)
	out.WriteByte(',')
	out.Write(bytes.ReplaceAll(value, []byte("],["), []byte("],\n[")))
	out.WriteString(");\n")
	return out.Bytes()
}

// encode writes indented JSON, with its keys in a fixed order.
func encode(v any) []byte {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	_ = enc.Encode(v) // strings and numbers into memory
	return out.Bytes()
}

type urlSet struct {
	XMLName xml.Name  `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
	URLs    []siteURL `xml:"url"`
}

type siteURL struct {
	Loc     string `xml:"loc"`
	LastMod string `xml:"lastmod,omitempty"`
}

type sitemapIndex struct {
	XMLName  xml.Name  `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 sitemapindex"`
	Sitemaps []siteURL `xml:"sitemap"`
}

// perSitemap is how many addresses one file of the protocol may hold.
const perSitemap = 50000

// sitemap writes sitemap.xml, an index of one file for the pages that always
// exist and one for each year's advisories (https://www.sitemaps.org/protocol.html).
func (b *builder) sitemap() error {
	if b.base == "" || b.in.Preview {
		return nil
	}
	years, rows := b.years, b.ofYear
	var index sitemapIndex
	add := func(name string, key digest, urls func() []siteURL) error {
		file := "sitemaps/" + name + ".xml"
		index.Sitemaps = append(index.Sitemaps, siteURL{Loc: b.base + file})
		return b.derive(file, key, func() error { return b.put(file, encodeXML(urlSet{URLs: urls()})) })
	}
	var fixed []siteURL
	all := ""
	for _, p := range b.standingPages() {
		fixed = append(fixed, siteURL{Loc: b.base + strings.TrimSuffix(p, "index.html")})
		all += p + "\n"
	}
	if err := add("pages", hashOf([]byte(all)), func() []siteURL { return fixed }); err != nil {
		return err
	}
	for _, year := range years {
		for n, list := 0, rows[year]; len(list) > 0; n++ {
			part := list[:min(len(list), perSitemap)]
			list = list[len(part):]
			urls := func() []siteURL {
				out := make([]siteURL, 0, len(part))
				for _, r := range part {
					out = append(out, siteURL{b.base + advisoryPath(r.ID), r.updated(b.in.Now).time().Format("2006-01-02")})
				}
				return out
			}
			name := strconv.Itoa(year)
			if n > 0 {
				name += "-" + strconv.Itoa(n+1)
			}
			if err := add(name, b.rowsKey(part), urls); err != nil {
				return err
			}
		}
	}
	return b.put("sitemap.xml", encodeXML(index))
}

// standingPages are the pages that search engines should know beside the
// advisories.
func (b *builder) standingPages() []string {
	out := []string{"index.html", "advisories/index.html", "versions/index.html", "keys/index.html", "credits/index.html"}
	for _, name := range b.risks.names {
		out = append(out, b.risks.path(name))
	}
	for _, rel := range b.releases {
		out = append(out, rel.href)
	}
	for _, t := range b.teamKeys() {
		out = append(out, t.href+".html")
	}
	for _, p := range b.in.Set.Pages {
		out = append(out, pagePath(p))
	}
	if len(b.in.Rules) > 0 {
		out = append(out, "rules.html")
	}
	return out
}

func encodeXML(v any) []byte {
	var out bytes.Buffer
	out.WriteString(xml.Header)
	enc := xml.NewEncoder(&out)
	enc.Indent("", " ")
	_ = enc.Encode(v) // strings into memory
	out.WriteByte('\n')
	return out.Bytes()
}
