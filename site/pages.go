package site

import (
	"cmp"
	"html/template"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/markdown"
)

type rulesPage struct {
	shell
	Gates []rulesView
}

type rulesView struct {
	Slug, Title string
	Rules       []ruleView
}

type ruleView struct{ ID, Severity, Title, Why, Bad, Good string }

// orderedPages returns the documents of pages/ as the footer lists them.
func (b *builder) orderedPages() []*advisories.Page {
	out := slices.Clone(b.in.Set.Pages)
	slices.SortStableFunc(out, func(x, y *advisories.Page) int {
		return cmp.Or(cmp.Compare(x.Order.V, y.Order.V), cmp.Compare(x.Path, y.Path))
	})
	return out
}

func pagePath(p *advisories.Page) string {
	name := strings.TrimPrefix(p.Path, advisories.PagesDir+"/")
	name = strings.TrimSuffix(name, path.Ext(name))
	return "pages/" + slug(strings.ReplaceAll(name, "/", "-")) + ".html"
}

func pageTitle(p *advisories.Page) string {
	if p.Title.V != "" {
		return clean(p.Title.V)
	}
	name := path.Base(p.Path)
	return title(strings.ReplaceAll(strings.TrimSuffix(name, path.Ext(name)), "-", " "))
}

// textPages writes the policy and other pages of the project.
func (b *builder) textPages() error {
	for _, doc := range b.in.Set.Pages {
		file := pagePath(doc)
		err := b.derive(file, digest{}, func() error {
			p := &textPage{shell: b.shell(file, "pages", pageTitle(doc))}
			p.Layout = "narrow"
			if text := clean(doc.Description.V); text != "" {
				p.Description = text
			}
			p.Body = template.HTML(markdown.Render(doc.Text())) // no active content
			return b.page(file, "page.html", p)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// rulesPage writes the reference of what the gates check.
func (b *builder) rulesPage() error {
	if len(b.in.Rules) == 0 {
		return nil
	}
	return b.derive("rules.html", digest{}, func() error {
		p := &rulesPage{shell: b.shell("rules.html", "rules", "Rules")}
		gates := []rulesView{
			{Slug: "check", Title: "Gate 1: is the advisory complete and consistent?"},
			{Slug: "verify", Title: "Gate 2: does the release contain the fixes?"},
		}
		for _, r := range b.in.Rules {
			i := 0
			if r.Gate == 2 {
				i = 1
			}
			gates[i].Rules = append(gates[i].Rules, ruleView{r.ID, r.Severity.String(), r.Title, r.Why, r.Bad, r.Good})
		}
		p.Gates = slices.DeleteFunc(gates, func(g rulesView) bool { return len(g.Rules) == 0 })
		return b.page("rules.html", "rules.html", p)
	})
}

func (b *builder) searchPage() error {
	example := b.example()
	return b.derive("search.html", hashOf([]byte(example)), func() error {
		p := &searchPage{shell: b.shell("search.html", "search", "Search"), Example: example}
		if filters := b.filters("", "-", false); len(filters) > 0 {
			p.Filters = filters[1:]
		}
		return b.page("search.html", "search.html", p)
	})
}

// notFoundPage is shown under any address, so its links start at the root of
// the host.
func (b *builder) notFoundPage() error {
	return b.derive("404.html", digest{}, func() error {
		p := &textPage{shell: b.shell("404.html", "", "Nothing here")}
		p.Layout, p.Canonical = "narrow", ""
		p.Root = "/"
		if u, err := url.Parse(b.base); err == nil && b.base != "" {
			p.Root = u.EscapedPath()
		}
		for i, f := range b.frame.Footer {
			p.Footer[i].Href = p.Root + f.Href
		}
		return b.page("404.html", "404.html", p)
	})
}

// lookFiles copies what the pages use: the style sheet, the script, the icon,
// and whatever else a theme brings.
func (b *builder) lookFiles() error {
	if err := b.putAll(b.look.files); err != nil {
		return err
	}
	if err := b.put("_headers", []byte(headers)); err != nil {
		return err
	}
	robots := "User-agent: *\nDisallow:\n"
	switch {
	case b.in.Preview:
		robots = "User-agent: *\nDisallow: /\n"
	case b.base != "":
		robots += "\nSitemap: " + b.base + "sitemap.xml\n"
	}
	return b.put("robots.txt", []byte(robots))
}

// headers is for hosts that read such a file; for others it shows what to send.
const headers = `/*
  Content-Security-Policy: ` + contentPolicy + `; frame-ancestors 'none'
  X-Content-Type-Options: nosniff
  Referrer-Policy: no-referrer
  Permissions-Policy: camera=(), geolocation=(), microphone=()
  Cross-Origin-Opener-Policy: same-origin

/.well-known/openpgpkey/*
  Access-Control-Allow-Origin: *
  Content-Type: application/octet-stream

/osv/*
  Access-Control-Allow-Origin: *
`

// putAll puts files in the order of their paths.
func (b *builder) putAll(files map[string][]byte) error {
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := b.put(name, files[name]); err != nil {
			return err
		}
	}
	return nil
}
