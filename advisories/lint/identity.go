package lint

import (
	"fmt"
	"path"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
)

func checkIDMissing(p *Pass) {
	if !p.Advisory.ID.Given() {
		p.Missing(p.top(), "expected an id, found none").Hint = "`countersign new` gives the next one"
	}
}

func checkIDForm(p *Pass) {
	id := p.Advisory.ID
	if !id.Given() || p.pattern == nil {
		return
	}
	if _, _, ok := p.pattern.Split(id.V); ok {
		return
	}
	p.Report(id.At, "expected an id of the form %s, found %q", p.Set.Config.ID.V, cut(id.V)).Hint = "the file's name changes with it"
}

func checkIDFile(p *Pass) {
	id, name := p.Advisory.ID, strings.TrimSuffix(path.Base(p.Doc.Path), ".md")
	if id.Given() && id.V != name {
		p.Report(id.At, "expected the id to equal the file's name, found %q in %s.md", cut(id.V), name).Hint =
			"rename the file with git mv, or mend the id"
	}
}

func checkIDYear(p *Pass) {
	id, t := p.Advisory.ID, &p.Advisory.Timeline
	if !id.Given() || p.pattern == nil {
		return
	}
	year, _, ok := p.pattern.Split(id.V)
	if !ok || year == 0 {
		return
	}
	date := t.Reported
	switch first, last := t.Reported, t.Published; {
	case last.Given() && year > last.V.Year():
		date = last
	case first.Given() && year < first.V.Year(), first.Given() && !last.Given() && year > first.V.Year():
	default:
		return
	}
	f := p.Report(id.At, "the id says %d, the report is of %s", year, date.V)
	f.Related = []finding.Related{{At: date.At, Message: "the date"}}
}

var (
	cveID = regexp.MustCompile(`^CVE-[0-9]{4}-[0-9]{4,19}$`)
	// The alphabet leaves out letters and digits that are mistaken for others.
	ghsaID = regexp.MustCompile(`^GHSA(-[23456789cfghjmpqrvwx]{4}){3}$`)
	anyID  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*([-:._#][A-Za-z0-9]+)+$`)
)

func checkAliasForm(p *Pass) {
	for _, alias := range p.Advisory.Aliases {
		if isAlias(alias.V) {
			continue
		}
		f := p.Report(alias.At, "expected an id such as CVE-2023-45556 or GHSA-4xqm-3cm2-5xgf, found %q", cut(alias.V))
		for _, mended := range []string{strings.ToUpper(alias.V), "GHSA" + strings.ToLower(strings.TrimPrefix(strings.ToUpper(alias.V), "GHSA"))} {
			if isAlias(mended) {
				f.Edit = replace(alias, mended)
				break
			}
		}
	}
}

func isAlias(id string) bool {
	switch upper := strings.ToUpper(id); {
	case strings.HasPrefix(upper, "CVE"):
		return cveID.MatchString(id)
	case strings.HasPrefix(upper, "GHSA"):
		return ghsaID.MatchString(id)
	}
	return anyID.MatchString(id)
}

func checkAliasRepeated(p *Pass) {
	seen := map[string]finding.Span{strings.ToLower(p.Advisory.ID.V): p.Advisory.ID.At}
	for _, alias := range p.Advisory.Aliases {
		first, twice := seen[strings.ToLower(alias.V)]
		if !twice {
			seen[strings.ToLower(alias.V)] = alias.At
			continue
		}
		p.Report(alias.At, "%s stands here twice", cut(alias.V)).Related = []finding.Related{{At: first, Message: "the first one"}}
	}
}

func checkAliasShared(p *Pass) {
	seen := map[string]*advisories.Advisory{}
	for _, a := range p.Set.Advisories {
		if a.Rejected() || a.Timeline.Withdrawn.Date.Given() {
			continue
		}
		for _, alias := range a.Aliases {
			first := seen[strings.ToLower(alias.V)]
			if first == nil {
				seen[strings.ToLower(alias.V)] = a
			}
			if first == nil || first == a {
				continue
			}
			f := p.Report(alias.At, "%s is also an alias of %s", cut(alias.V), cut(first.ID.V))
			f.Related = []finding.Related{{At: first.ID.At, Message: "the other advisory"}}
			f.Hint = "withdraw one of them if both are about the same flaw"
		}
	}
}

func checkTitleMissing(p *Pass) {
	if strings.TrimSpace(p.Advisory.Title.V) == "" {
		p.Missing(p.name(), "expected a title, found none").Hint = "say in a few words what is wrong and where"
	}
}

// The bounds of a title: lists, feeds and mail clients cut longer ones, and
// shorter ones say nothing.
const titleMin, titleMax = 8, 160

func checkTitleLength(p *Pass) {
	title := p.Advisory.Title
	switch n := utf8.RuneCountInString(title.V); {
	case n == 0:
	case n < titleMin:
		p.Report(title.At, "expected a title of at least %d characters, found %d", titleMin, n)
	case n > titleMax:
		p.Report(title.At, "expected a title of at most %d characters, found %d", titleMax, n)
	}
}

func checkTitleForm(p *Pass) {
	title := p.Advisory.Title
	mended := strings.Join(strings.Fields(title.V), " ")
	switch {
	case mended == "":
	case mended != title.V:
		p.Report(title.At, "expected a title on one line with single spaces").Edit = replace(title, mended)
	case strings.ContainsFunc(mended, unicode.IsControl):
		p.Report(title.At, "expected a title without control characters, found %q", cut(title.V))
	case strings.HasSuffix(mended, ".") && !strings.HasSuffix(mended, ".."):
		p.Report(title.At, "expected a title without a full stop at its end").Edit = replace(title, strings.TrimSuffix(mended, "."))
	case p.Advisory.ID.V != "" && strings.HasPrefix(mended, p.Advisory.ID.V):
		p.Report(title.At, "expected a title without the id, which stands beside it everywhere")
	case strings.ToUpper(mended) == mended && strings.ContainsRune(mended, ' ') && strings.ToLower(mended) != mended:
		p.Report(title.At, "expected a title in small letters, found capitals only")
	}
}

func checkProductMissing(p *Pass) {
	if p.Doc.Broken || len(p.Set.Config.Products) < 2 {
		return
	}
	if p.Release != nil && p.Set.ProductOf(p.Release) == "" ||
		p.Advisory != nil && !p.Advisory.IsIncident() && p.reached(advisories.StageTriaged) && len(p.Set.ProductsOf(p.Advisory)) == 0 {
		p.Report(p.name(), "expected a product, found none; the products are %s", p.someProducts()).Hint =
			"add `product: " + p.products[0] + "`, say"
	}
}

// many is how many products are looked through, at most, for the one that was meant;
// a repository that took in a whole database has thousands.
const many = 500

// someProducts names the first products of countersign.yaml.
func (p *Pass) someProducts() string {
	text := strings.Join(p.products[:min(enough, len(p.products))], ", ")
	if more := len(p.products) - enough; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

func checkProductUnknown(p *Pass) {
	if p.Set.Config.Broken || len(p.Set.Config.Products) == 0 {
		return // what countersign.yaml lacks is said there
	}
	for _, v := range productFields(p) {
		if v.Given() && p.Set.Product(v.V) == nil {
			f := p.Report(v.At, "there is no product %q in countersign.yaml", cut(v.V))
			f.Hint = "the products are " + p.someProducts()
			if len(p.products) > many {
				continue
			}
			if near := finding.Nearest(v.V, p.products); near != "" {
				f.Hint = "did you mean " + near + "?"
			}
		}
	}
}

func productFields(p *Pass) []advisories.Value[string] {
	if p.Release != nil {
		return []advisories.Value[string]{p.Release.Product}
	}
	if p.Advisory == nil {
		return nil
	}
	fields := []advisories.Value[string]{p.Advisory.Product}
	for i := range p.Advisory.Affected {
		fields = append(fields, p.Advisory.Affected[i].Product)
	}
	for i := range p.Advisory.Fixes {
		fields = append(fields, p.Advisory.Fixes[i].Product)
	}
	return fields
}
