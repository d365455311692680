package record

import (
	"cmp"
	"slices"
	"strings"
)

// ConfigYAML returns the lines of countersign.yaml that describe repositories
// and products, sorted by name; empty for no products.
func ConfigYAML(products []Product, repos []Repo) string {
	w := &writer{}
	if len(repos) > 0 {
		w.line("repos:")
	}
	for _, r := range sortedBy(repos, func(r Repo) string { return r.Name }) {
		w.line("  " + scalar(r.Name) + ": " + mapping("url", r.URL))
	}
	if len(products) > 0 {
		w.line("products:")
	}
	for _, p := range sortedBy(products, func(p Product) string { return p.Name }) {
		w.line("  " + scalar(p.Name) + ": " + mapping("repo", p.RepoName, "versions", p.Versions,
			"purl", p.PURL, "title", p.Title, "ecosystem", p.Ecosystem, "package", p.Package, "cpe", p.CPE))
	}
	return w.String()
}

// Repo is a repository of countersign.yaml.
type Repo struct{ Name, URL string }

func sortedBy[T any](list []T, key func(T) string) []T {
	return slices.SortedFunc(slices.Values(list), func(a, b T) int {
		return cmp.Or(strings.Compare(strings.ToLower(key(a)), strings.ToLower(key(b))), cmp.Compare(key(a), key(b)))
	})
}
