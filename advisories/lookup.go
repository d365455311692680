package advisories

import (
	"maps"
	"slices"

	"github.com/countersign/countersign/advisories/markdown"
)

// Advisory returns the advisory of an id, nil where there is none.
func (s *Set) Advisory(id string) *Advisory { return s.byID[id] }

// Product returns a product of countersign.yaml, nil where there is none; a nil
// product still orders versions.
func (s *Set) Product(name string) *Product { return s.Config.Products[name] }

// ProductNames lists the products of countersign.yaml, sorted.
func (s *Set) ProductNames() []string { return slices.Sorted(maps.Keys(s.Config.Products)) }

// DefaultProduct returns the product that documents mean which name none: the
// only one of countersign.yaml. It is empty where there are several or none.
func (s *Set) DefaultProduct() string {
	if len(s.Config.Products) == 1 {
		for name := range s.Config.Products {
			return name
		}
	}
	return ""
}

// productOr returns the product of a field, else of the advisory it stands in,
// else the only one.
func (s *Set) productOr(field Value[string], a *Advisory) string {
	switch {
	case field.Given():
		return field.V
	case a.Product.Given():
		return a.Product.V
	}
	return s.DefaultProduct()
}

// ProductsOf lists the products that an advisory is about, in the order in which
// it names them, without repetition.
func (s *Set) ProductsOf(a *Advisory) []string {
	var list []string
	add := func(name string) {
		if name != "" && !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	if a.Product.Given() || len(a.Affected) == 0 {
		add(s.productOr(a.Product, a))
	}
	for i := range a.Affected {
		add(s.AffectedProduct(a, &a.Affected[i]))
	}
	return list
}

// AffectedProduct returns the product that an affected entry is about.
func (s *Set) AffectedProduct(a *Advisory, e *Affected) string { return s.productOr(e.Product, a) }

// FixProduct returns the product that a fix is for.
func (s *Set) FixProduct(a *Advisory, f *Fix) string { return s.productOr(f.Product, a) }

// ProductOf returns the product that a release is of.
func (s *Set) ProductOf(r *Release) string {
	if r.Product.Given() {
		return r.Product.V
	}
	return s.DefaultProduct()
}

// RepoOf returns the name of the repository that a product is built from: its
// own, else the only one of countersign.yaml, else the one of the same name.
func (s *Set) RepoOf(product string) string {
	if p := s.Product(product); p != nil && p.Repo.Given() {
		return p.Repo.V
	}
	if len(s.Config.Repos) == 1 {
		for name := range s.Config.Repos {
			return name
		}
	}
	if _, ok := s.Config.Repos[product]; ok {
		return product
	}
	return ""
}

// Compare orders two versions of a product, see Product.Compare.
func (s *Set) Compare(product, a, b string) int { return s.Product(product).Compare(a, b) }

// Release returns the release of a product's version, nil where there is none.
// Versions that mean the same are the same: 1.8 finds 1.8.0.
func (s *Set) Release(product, version string) *Release {
	for _, r := range s.Releases {
		if r.Version.Given() && s.ProductOf(r) == product && s.Compare(product, r.Version.V, version) == 0 {
			return r
		}
	}
	return nil
}

// PublicText is the body for those who get its Markdown: without comments, which
// no page shows.
func (d *Document) PublicText() []byte { return markdown.WithoutComments(d.Text()) }

// Outline tells what is in the document's body; it is worked out anew with
// every call.
func (d *Document) Outline() *markdown.Outline { return markdown.Inspect(d.Body) }
