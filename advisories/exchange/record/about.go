package record

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// About returns the index in r.Affected of the entry for a product, and adds one
// where there is none. The product gets a name that is its own within the
// record; what it is called in a repository is decided when all are known.
func (r *Record) About(p Product) int {
	for i := range r.Affected {
		if sameProduct(r.Affected[i].Product, p) {
			return i
		}
	}
	if p.Name == "" {
		p.Name = p.Suggestion()
	}
	if r.names == nil {
		r.names = map[string]int{}
	}
	for base := p.Name; r.names[p.Name] > 0; {
		r.names[base]++
		p.Name = base + "-" + strconv.Itoa(r.names[base])
	}
	r.names[p.Name]++
	r.Affected = append(r.Affected, Affected{Product: p})
	return len(r.Affected) - 1
}

// sameProduct reports whether two descriptions are of one product: the first kind of
// name that both have decides.
func sameProduct(a, b Product) bool {
	switch {
	case a.Ecosystem != "" && b.Ecosystem != "":
		return a.Ecosystem == b.Ecosystem && a.Package == b.Package
	case a.PURL != "" && b.PURL != "":
		return a.PURL == b.PURL
	case a.Ecosystem != "" || b.Ecosystem != "" || a.PURL != "" || b.PURL != "":
		return false
	case a.Title != "" && b.Title != "":
		return a.Title == b.Title
	case a.CPE != "" && b.CPE != "":
		return a.CPE == b.CPE
	case a.Repo != "" && b.Repo != "":
		return a.Repo == b.Repo
	}
	return a == b
}

var notInKey = regexp.MustCompile(`[^a-z0-9._]+`)

// Key makes a name for countersign.yaml out of any text.
func Key(text string) string {
	key := strings.Trim(notInKey.ReplaceAllString(strings.ToLower(text), "-"), "-._")
	if len(key) > 64 {
		key = strings.Trim(key[:64], "-._")
	}
	if key == "" {
		key = "product"
	}
	return key
}

// Suggestion is a name for the product, from the best of its other names.
func (p Product) Suggestion() string {
	switch {
	case p.Package != "":
		return Key(p.Package)
	case p.Title != "":
		return Key(p.Title)
	case p.PURL != "":
		return Key(p.PURL[strings.LastIndexByte(p.PURL, '/')+1:])
	case p.Repo != "":
		return Key(RepoKey(p.Repo))
	}
	return Key(p.CPE)
}

// RepoKey makes a name for a repository out of its address: the last part of
// its path.
func RepoKey(address string) string {
	trimmed := strings.TrimSuffix(strings.TrimRight(address, "/"), ".git")
	return Key(trimmed[strings.LastIndexAny(trimmed, "/:")+1:])
}

// AddFix adds commits to the fix of a product's version.
func (r *Record) AddFix(product, version string, commits []Commit) {
	for i := range r.Fixes {
		if f := &r.Fixes[i]; f.Product == product && f.Version == version {
			for _, c := range commits {
				if !slices.Contains(f.Commits, c) {
					f.Commits = append(f.Commits, c)
				}
			}
			return
		}
	}
	r.Fixes = append(r.Fixes, Fix{Product: product, Version: version, Commits: commits})
}

// RiskWord turns a severity as other formats write it into the word that
// policies use.
func RiskWord(text string) string {
	word := strings.ToLower(text)
	switch word {
	case "moderate":
		return "medium"
	case "important": // CSAF documents of Linux distributions
		return "high"
	}
	return word
}

// Unique drops later copies of an entry.
func Unique[T comparable](list []T) []T {
	seen := make(map[T]bool, len(list))
	return slices.DeleteFunc(list, func(v T) bool {
		twice := seen[v]
		seen[v] = true
		return twice
	})
}
