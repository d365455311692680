package advisories

import (
	"cmp"
	"iter"
	"regexp"
	"slices"
	"strings"

	"github.com/countersign/countersign/advisories/finding"
)

// notInName is what becomes one underscore in the name of a CSAF document (section
// 5.1 of the standard).
var notInName = regexp.MustCompile(`[^a-z0-9+-]+`)

// index sorts the set and fills what is looked up by name. Two records that
// would become one file or one address are findings; the first by path is the
// one that lookups give.
func (s *Set) index() []finding.Finding {
	var list []finding.Finding
	s.byID = make(map[string]*Advisory, len(s.Advisories))
	folded := make(map[string]finding.Span, len(s.Advisories))
	for _, a := range s.Advisories {
		if !a.ID.Given() {
			continue
		}
		list = append(list, collide(folded, notInName.ReplaceAllString(strings.ToLower(a.ID.V), "_"), a.ID.At, "id")...)
		if s.byID[a.ID.V] == nil {
			s.byID[a.ID.V] = a
		}
	}
	slices.SortStableFunc(s.Releases, func(a, b *Release) int {
		product := s.ProductOf(a)
		return cmp.Or(
			cmp.Compare(product, s.ProductOf(b)),
			s.Compare(product, a.Version.V, b.Version.V),
			cmp.Compare(a.Path, b.Path),
		)
	})
	releases := make(map[string]finding.Span, len(s.Releases))
	for _, r := range s.Releases {
		if r.Version.Given() {
			list = append(list, collide(releases, strings.ToLower(s.ProductOf(r)+"@"+r.Version.V), r.Version.At, "release")...)
		}
	}
	return append(list, s.pathCollisions()...)
}

func (s *Set) pathCollisions() []finding.Finding {
	var list []finding.Finding
	seen := make(map[string]finding.Span, len(s.Advisories))
	for d := range s.Documents() {
		list = append(list, collide(seen, strings.ToLower(d.Path), d.Source.Whole(), "path")...)
	}
	return list
}

// Documents gives every document of the set, and the exceptions that it takes from
// rules: advisories, releases, keys, pages.
func (s *Set) Documents() iter.Seq2[*Document, []Waive] {
	return func(yield func(*Document, []Waive) bool) {
		for _, a := range s.Advisories {
			if !yield(&a.Document, a.Waive) {
				return
			}
		}
		for _, r := range s.Releases {
			if !yield(&r.Document, r.Waive) {
				return
			}
		}
		for _, k := range s.Keys {
			if !yield(&k.Document, k.Waive) {
				return
			}
		}
		for _, p := range s.Pages {
			if !yield(&p.Document, p.Waive) {
				return
			}
		}
	}
}

// collide reports a name that was seen before, with the place of the first.
func collide(seen map[string]finding.Span, name string, at finding.Span, what string) []finding.Finding {
	first, twice := seen[name]
	if !twice {
		seen[name] = at
		return nil
	}
	f := fault("path-collision", at, "rename one of them",
		"the %s is that of another document, or differs from it only in case or marks", what)
	f.Related = []finding.Related{{At: first, Message: "the other one"}}
	return []finding.Finding{f}
}
