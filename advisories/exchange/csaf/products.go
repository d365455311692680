package csaf

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/countersign/countersign/advisories/exchange/record"
)

// products is the product tree with what is said of its leaves.
type products struct {
	branches                 []Branch // one vendor
	affected, fixed, earlier []string // product ids; no id is in two of them
	names                    []string // of countersign.yaml
	ids                      map[string]string
	sorted                   map[string]bool     // the ids in affected, fixed and earlier
	of                       map[string][]string // product name → ids of its affected leaves
	fixes                    map[string][]string // product name → versions
}

// productsOf makes a leaf for each range and single version that is affected,
// for each fixed version, and for the releases older than the flaw.
func productsOf(r *record.Record, vendor string) *products {
	p := &products{ids: map[string]string{}, sorted: map[string]bool{}, of: map[string][]string{}, fixes: map[string][]string{}}
	root := Branch{Category: "vendor", Name: vendor}
	for _, a := range r.Affected {
		name := a.Product.DisplayName()
		at := slices.IndexFunc(root.Branches, func(b Branch) bool { return b.Name == name })
		if at < 0 {
			at = len(root.Branches)
			root.Branches = append(root.Branches, Branch{Category: "product_name", Name: name})
			p.names = append(p.names, a.Product.Name)
		}
		p.add(&root.Branches[at], r, a)
	}
	root.Branches = slices.DeleteFunc(root.Branches, func(b Branch) bool { return len(b.Branches) == 0 })
	p.branches = []Branch{root}
	return p
}

func (p *products) any() bool { return len(p.affected)+len(p.fixed) > 0 }

// remediable reports whether a product is affected, so that there is something
// to be done.
func (p *products) remediable() bool { return p != nil && len(p.affected) > 0 }

func (p *products) add(b *Branch, r *record.Record, a record.Affected) {
	name, before := a.Product.Name, len(p.affected)
	for _, rg := range a.Ranges {
		p.put(&p.affected, p.leaf(b, a.Product, vers(a.Product, rg), true))
	}
	for _, v := range a.Versions {
		p.put(&p.affected, p.leaf(b, a.Product, v, notAVersion.MatchString(v)))
	}
	p.of[name] = slices.Clone(p.affected[before:])
	p.fixes[name] = r.FixedVersions(a)
	for _, v := range p.fixes[name] {
		p.put(&p.fixed, p.leaf(b, a.Product, v, false))
	}
	for _, v := range a.Before {
		p.put(&p.earlier, p.leaf(b, a.Product, v, false))
	}
}

// put adds an id to a list, unless it is in one.
func (p *products) put(list *[]string, id string) {
	if !p.sorted[id] {
		p.sorted[id] = true
		*list = append(*list, id)
	}
}

// notAVersion matches what the standard refuses as the name of one version.
var notAVersion = regexp.MustCompile(`(?i)[<>]|\b(after|all|before|earlier|later|prior|versions)\b`)

// leaf returns the id of a version's or range's leaf, a new one where there is
// none.
func (p *products) leaf(b *Branch, product record.Product, version string, isRange bool) string {
	key := product.Name + "\x00" + version
	if id, ok := p.ids[key]; ok {
		return id
	}
	id := fmt.Sprintf("CSAFPID-%04d", len(p.ids)+1)
	p.ids[key] = id
	purl := product.PURL
	if !isPURL.MatchString(purl) || isRange && needsVersion.MatchString(purl) {
		purl = record.GenericPURL(product.DisplayName())
	}
	leaf := Branch{Category: "product_version", Name: version}
	helper := &IdentificationHelper{PURL: record.AtVersion(purl, version)}
	if isRange {
		leaf.Category, helper.PURL = "product_version_range", record.BasePURL(purl)
	}
	leaf.Product = &Product{product.DisplayName() + " " + version, id, helper}
	b.Branches = append(b.Branches, leaf)
	return id
}

var isPURL = regexp.MustCompile(`^pkg:[A-Za-z.\-+][A-Za-z0-9.\-+]*/.+`)

// needsVersion matches the types of package URLs that mean nothing without a
// version, by the specification of package URLs; a range has none.
var needsVersion = regexp.MustCompile(`^pkg:(?:cran|swift)/`)

// schemes are the version schemes that have a name in vers, by the type of the
// package URL.
var schemes = []string{"alpm", "apk", "cargo", "composer", "conan", "cpan", "deb", "ebuild", "gem", "golang", "hex", "maven", "npm", "nuget", "pypi", "rpm"}

// vers writes a range as a version range specifier, which scanners can evaluate.
func vers(p record.Product, rg record.Range) string {
	scheme := "generic"
	if p.Versions == "semver" {
		scheme = "semver"
	}
	kind, _, _ := strings.Cut(strings.TrimPrefix(p.PURL, "pkg:"), "/")
	if slices.Contains(schemes, kind) {
		scheme = kind
	}
	var parts []string
	if rg.Introduced != "" && rg.Introduced != "0" {
		parts = append(parts, ">="+escape(rg.Introduced))
	}
	switch {
	case rg.Fixed != "":
		parts = append(parts, "<"+escape(rg.Fixed))
	case rg.LastAffected != "":
		parts = append(parts, "<="+escape(rg.LastAffected))
	}
	if len(parts) == 0 {
		parts = []string{"*"}
	}
	return "vers:" + scheme + "/" + strings.Join(parts, "|")
}

var versEscaper = strings.NewReplacer("%", "%25", "|", "%7C", "<", "%3C", ">", "%3E", "=", "%3D", "!", "%21", "*", "%2A", ",", "%2C", " ", "%20")

func escape(version string) string { return versEscaper.Replace(version) }

func (p *products) status() *ProductStatus {
	return &ProductStatus{Fixed: p.fixed, KnownAffected: p.affected, KnownNotAffected: p.earlier}
}

// flags says why older releases are not affected: the flaw came later.
func (p *products) flags() []Flag {
	if len(p.earlier) == 0 {
		return nil
	}
	return []Flag{{"vulnerable_code_not_present", p.earlier}}
}
