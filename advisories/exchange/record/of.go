package record

import "github.com/countersign/countersign/advisories"

// Of returns what an advisory says to the public.
func Of(set *advisories.Set, a *advisories.Advisory) *Record {
	return &Record{ID: a.ID.V, Title: a.Title.V}
}

// ConfigYAML returns the lines of countersign.yaml for products.
func ConfigYAML(products []Product) string { return "" }
