package verify

import (
	"slices"
	"strings"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
)

// The two kinds of obligation.
const (
	obligationNew     = "new"     // this release is the one that must bring the fix
	obligationCarried = "carried" // an older release brought it, and it must not have been lost
)

// Obligation is one advisory whose fix a release must contain.
type Obligation struct {
	Advisory *advisories.Advisory
	Kind     string // "new" or "carried"
	Product  string
	Version  string
	Fixes    []*advisories.Fix // any of them, or an equivalent, satisfies; the most telling one first
}

// Obligations lists what a release owes: first what it must bring, then what it must not have lost, each in the
// set's order. An advisory that may
// oblige the release and cannot be read is a finding that keeps the gate from
// opening: it never makes the list shorter in silence.
func Obligations(set *advisories.Set, r *advisories.Release) ([]Obligation, []finding.Finding) {
	var list []Obligation
	var findings []finding.Finding
	product, version := set.ProductOf(r), r.Version.V
	for _, a := range set.Advisories {
		if a.Broken {
			findings = append(findings, found(RuleAdvisoryUnreadable, a.Source.Whole(), "mend it, then see countersign check",
				"this advisory did not load whole, so whether %s %s must contain its fix is not known", product, version))
			continue
		}
		if a.Rejected() || a.Timeline.Withdrawn.Date.Given() {
			continue
		}
		if at, ok := ofNoProduct(set, a); ok {
			findings = append(findings, found(RuleAdvisoryUnreadable, at, "name a product of countersign.yaml, then see countersign check",
				"this is of no product of countersign.yaml, so whether %s %s must contain a fix is not known", product, version))
		}
		o := Obligation{Advisory: a, Product: product, Version: version, Fixes: fixesFor(set, a, product, version)}
		switch {
		case isTarget(set, a, product, version):
			o.Kind = obligationNew
		case isCarried(set, a, o):
			o.Kind = obligationCarried
		default:
			continue
		}
		list = append(list, o)
	}
	slices.SortStableFunc(list, func(a, b Obligation) int { return -strings.Compare(a.Kind, b.Kind) })
	return list, findings
}

// isProduct reports whether countersign.yaml has a product. Where it lists none at all,
// every document is about the same one.
func isProduct(set *advisories.Set, name string) bool {
	return set.Product(name) != nil || len(set.Config.Products) == 0
}

// ofNoProduct finds the first claim of an advisory that obliges releases of a product
// which countersign.yaml does not have: misspelt, or left out where there are several.
func ofNoProduct(set *advisories.Set, a *advisories.Advisory) (at finding.Span, ok bool) {
	unknown := func(product string) bool { return !isProduct(set, product) }
	if a.Target.Given() {
		if list := set.ProductsOf(a); len(list) == 0 || slices.ContainsFunc(list, unknown) {
			return a.Target.At, true
		}
	}
	for i := range a.Affected {
		if e := &a.Affected[i]; unknown(set.AffectedProduct(a, e)) {
			return e.At, true
		}
	}
	for i := range a.Fixes {
		if f := &a.Fixes[i]; unknown(set.FixProduct(a, f)) {
			return f.At, true
		}
	}
	return finding.Span{}, false
}

// advisoryIDs lists the advisories of some obligations.
func advisoryIDs(owed []Obligation) []string {
	ids := make([]string, len(owed))
	for i, o := range owed {
		ids[i] = o.Advisory.ID.V
	}
	return ids
}

// isTarget reports whether the advisory says that this very release brings the fix.
func isTarget(set *advisories.Set, a *advisories.Advisory, product, version string) bool {
	if a.Target.Given() && set.Compare(product, a.Target.V, version) == 0 && hasProduct(set, a, product) {
		return true
	}
	for i := range a.Fixes {
		f := &a.Fixes[i]
		if f.Version.Given() && set.FixProduct(a, f) == product && set.Compare(product, f.Version.V, version) == 0 {
			return true
		}
	}
	return false
}

// isCarried reports whether the ranges say that the release is no longer affected.
// Where no ranges are written, an older fix version says as much.
func isCarried(set *advisories.Set, a *advisories.Advisory, o Obligation) bool {
	switch set.Status(a, o.Product, o.Version) {
	case advisories.StatusFixed:
		return len(o.Fixes) > 0 || a.Fixed()
	case advisories.StatusUnknown:
		for _, f := range o.Fixes {
			if f.Version.Given() && set.Compare(o.Product, f.Version.V, o.Version) <= 0 {
				return true
			}
		}
	}
	return false
}

func hasProduct(set *advisories.Set, a *advisories.Advisory, product string) bool {
	for _, p := range set.ProductsOf(a) {
		if p == product {
			return true
		}
	}
	for i := range a.Fixes {
		if set.FixProduct(a, &a.Fixes[i]) == product {
			return true
		}
	}
	return false
}

// fixesFor lists the advisory's fixes for a product. The one for this version comes
// first, then older ones from the newest down, then the rest: the first is the one
// that is spoken of when none of them is in the package.
func fixesFor(set *advisories.Set, a *advisories.Advisory, product, version string) []*advisories.Fix {
	var upTo, rest []*advisories.Fix
	for i := range a.Fixes {
		f := &a.Fixes[i]
		switch {
		case set.FixProduct(a, f) != product:
		case f.Version.Given() && set.Compare(product, f.Version.V, version) <= 0:
			at := len(upTo)
			for at > 0 && set.Compare(product, upTo[at-1].Version.V, f.Version.V) < 0 {
				at--
			}
			upTo = append(upTo[:at], append([]*advisories.Fix{f}, upTo[at:]...)...)
		default:
			rest = append(rest, f)
		}
	}
	return append(upTo, rest...)
}
