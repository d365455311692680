package site

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

type creditsPage struct {
	shell
	Years  []pagerView
	People []personView
}

type personView struct {
	Name, Href, Affiliation string
	Advisories              []link
}

// creditPages thanks the people, one page a year, so that a new advisory
// changes one of them. The newest year is the first page.
func (b *builder) creditPages() error {
	byYear := map[int][]*row{}
	var years []int
	for _, year := range slices.Backward(b.years) {
		rows := make([]*row, 0, len(b.ofYear[year]))
		for _, r := range b.ofYear[year] {
			if r.Credited && r.Published.Set {
				rows = append(rows, r)
			}
		}
		if len(rows) > 0 {
			years, byYear[year] = append(years, year), rows
		}
	}
	if len(years) == 0 {
		return b.creditPage("credits/index.html", nil, nil, 0)
	}
	for i, year := range years {
		file := creditPath(year)
		if i == 0 {
			file = "credits/index.html"
		}
		if err := b.creditPage(file, byYear[year], years, year); err != nil {
			return err
		}
	}
	return nil
}

func creditPath(year int) string { return "credits/" + strconv.Itoa(year) + ".html" }

func (b *builder) creditPage(file string, rows []*row, years []int, year int) error {
	var list []string
	for _, y := range years {
		list = append(list, strconv.Itoa(y))
	}
	return b.derive(file, b.rowsKey(rows, list...), func() error {
		p := &creditsPage{shell: b.shell(file, "credits", "Credits"), People: people(rows)}
		if len(years) > 1 {
			p.Heading = "Credits " + strconv.Itoa(year)
			p.HeadTitle = p.headTitle(p.Heading)
			for i, y := range years {
				v := pagerView{Href: strconv.Itoa(y) + ".html", Text: strconv.Itoa(y), Current: y == year}
				if i == 0 {
					v.Href = "index.html"
				}
				p.Years = append(p.Years, v)
			}
		}
		return b.page(file, "credits.html", p)
	})
}

// people collects what each person is thanked for, in the order of their names.
// Two records of one name are one person.
func people(rows []*row) []personView {
	index := map[string]int{}
	var out []personView
	for _, r := range slices.Backward(rows) {
		for _, c := range r.full().Credits {
			i, known := index[strings.ToLower(c.Name)]
			if !known {
				i = len(out)
				index[strings.ToLower(c.Name)] = i
				out = append(out, personView{Name: c.Name})
			}
			p := &out[i]
			p.Href, p.Affiliation = cmp.Or(p.Href, c.URL), cmp.Or(p.Affiliation, c.Affiliation)
			// Twice for one advisory, in two roles, stands together.
			if item := (link{"../" + advisoryPath(r.ID), r.ID}); len(p.Advisories) == 0 || p.Advisories[len(p.Advisories)-1] != item {
				p.Advisories = append(p.Advisories, item)
			}
		}
	}
	slices.SortFunc(out, func(a, c personView) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Name), strings.ToLower(c.Name)), cmp.Compare(a.Name, c.Name))
	})
	return out
}
