package lint

import (
	"slices"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
)

func checkAffectedMissing(p *Pass) {
	a := p.Advisory
	if a.IsIncident() || !p.complete() {
		return
	}
	if len(a.Affected) == 0 {
		p.Missing(p.name(), "expected affected versions, found none").Hint =
			`add affected: [{ranges: [{introduced: "…", fixed: "…"}]}]; introduced "0" stands for every version from the first`
		return
	}
	for i := range a.Affected {
		if e := &a.Affected[i]; len(e.Ranges) == 0 && len(e.Versions) == 0 {
			p.Missing(e.At, "expected ranges or versions, found none")
		}
	}
}

// eachRange calls f for every range with its product.
func (p *Pass) eachRange(f func(product string, r *advisories.Range)) {
	for i := range p.Advisory.Affected {
		e := &p.Advisory.Affected[i]
		for j := range e.Ranges {
			f(p.Set.AffectedProduct(p.Advisory, e), &e.Ranges[j])
		}
	}
}

func checkRangeStart(p *Pass) {
	p.eachRange(func(_ string, r *advisories.Range) {
		if !r.Introduced.Given() {
			p.Missing(r.At, "expected introduced, found none").Hint = `introduced: "0" stands for every version from the first`
		}
	})
}

func checkRangeTwoEnds(p *Pass) {
	p.eachRange(func(_ string, r *advisories.Range) {
		if r.Fixed.Given() && r.LastAffected.Given() {
			p.Report(r.LastAffected.At, "expected fixed or last_affected, found both").Hint = "fixed alone says it, and more exactly"
		}
	})
}

func checkRangeEmpty(p *Pass) {
	p.eachRange(func(product string, r *advisories.Range) {
		if !r.Introduced.Given() {
			return
		}
		if r.Fixed.Given() && p.Set.Compare(product, r.Introduced.V, r.Fixed.V) >= 0 {
			p.Report(r.Fixed.At, "expected a version after %s, found %q: the range holds no version", cut(r.Introduced.V), cut(r.Fixed.V))
		}
		if r.LastAffected.Given() && p.Set.Compare(product, r.Introduced.V, r.LastAffected.V) > 0 {
			p.Report(r.LastAffected.At, "expected %s or a later version, found %q: the range holds no version", cut(r.Introduced.V), cut(r.LastAffected.V))
		}
	})
}

// eachPair calls f for every range and the next one of the same entry, where
// both say where they start.
func (p *Pass) eachPair(f func(product string, a, b *advisories.Range)) {
	for i := range p.Advisory.Affected {
		e := &p.Advisory.Affected[i]
		for j := 1; j < len(e.Ranges); j++ {
			if a, b := &e.Ranges[j-1], &e.Ranges[j]; a.Introduced.Given() && b.Introduced.Given() {
				f(p.Set.AffectedProduct(p.Advisory, e), a, b)
			}
		}
	}
}

func checkRangeOrder(p *Pass) {
	p.eachPair(func(product string, a, b *advisories.Range) {
		if p.Set.Compare(product, a.Introduced.V, b.Introduced.V) <= 0 {
			return
		}
		f := p.Report(b.At, "expected ranges in ascending order, found %s after %s", cut(b.Introduced.V), cut(a.Introduced.V))
		f.Related = []finding.Related{{At: a.At, Message: "the later one"}}
		f.Edit = swap(a.At, b.At)
	})
}

// swap is the edit that exchanges two places of a document.
func swap(a, b finding.Span) *finding.Edit {
	text := a.Source.Text
	if a.End > b.Start {
		return nil
	}
	return &finding.Edit{At: a.Source.Span(a.Start, b.End),
		New: string(text[b.Start:b.End]) + string(text[a.End:b.Start]) + string(text[a.Start:a.End])}
}

func checkRangeOverlap(p *Pass) {
	p.eachPair(func(product string, a, b *advisories.Range) {
		if p.Set.Compare(product, a.Introduced.V, b.Introduced.V) > 0 {
			a, b = b, a
		}
		end, overlap := "", true
		switch {
		case a.Fixed.Given():
			end, overlap = a.Fixed.V, p.Set.Compare(product, b.Introduced.V, a.Fixed.V) < 0
		case a.LastAffected.Given():
			end, overlap = a.LastAffected.V, p.Set.Compare(product, b.Introduced.V, a.LastAffected.V) <= 0
		}
		if !overlap {
			return
		}
		f := p.Report(b.At, "the range from %s lies within the one from %s", cut(b.Introduced.V), cut(a.Introduced.V))
		if end == "" {
			f.Message += ", which has no end"
		}
		f.Related = []finding.Related{{At: a.At, Message: "the other range"}}
	})
}

// checkFixedReleased asks that the version named as fixed is on record. Versions
// before the oldest record are history, and later ones than the newest may be
// to come until the advisory is public.
func checkFixedReleased(p *Pass) {
	p.eachRange(func(product string, r *advisories.Range) {
		if r.Fixed.Given() && p.isGap(product, r.Fixed.V) {
			p.Report(r.Fixed.At, "expected a version with a release or a candidate in releases/, found %q", cut(r.Fixed.V)).Hint =
				"add the release's record, or mend the version"
		}
	})
}

// isGap reports whether a version has no record, and must have one.
func (p *Pass) isGap(product, version string) bool {
	list := p.releases[product]
	if len(list) == 0 || p.release(product, version) != nil || p.Set.Compare(product, version, list[0].Version.V) < 0 {
		return false
	}
	return p.public() || p.Set.Compare(product, version, list[len(list)-1].Version.V) < 0
}

// checkFixUnreleased asks for the record of one version that fixes what is public:
// without it the site does not show the advisory. That a version which should be
// among the records is not, fixed-version-unknown says.
func checkFixUnreleased(p *Pass) {
	a := p.Advisory
	if !p.open() || !p.public() || a.IsIncident() || a.Resolution.V == "wont_fix" {
		return
	}
	var first advisories.Value[string]
	on := false // a record is there, or asked for elsewhere
	look := func(product string, version advisories.Value[string]) {
		if !version.Given() || on {
			return
		}
		if !first.Given() {
			first = version
		}
		on = p.Set.Product(product) == nil || p.release(product, version.V) != nil || p.isGap(product, version.V)
	}
	p.eachRange(func(product string, r *advisories.Range) { look(product, r.Fixed) })
	for i := range a.Fixes {
		look(p.Set.FixProduct(a, &a.Fixes[i]), a.Fixes[i].Version)
	}
	for _, product := range p.Set.ProductsOf(a) {
		look(product, a.Target)
	}
	if first.Given() && !on {
		p.Missing(first.At, "expected the record of a release that fixes what is public, found none for %q", cut(first.V)).Hint =
			"without it the site does not show the advisory: add a file to releases/ with `version` and `released`; of an old release that is all"
	}
}

func checkFixRange(p *Pass) {
	a := p.Advisory
	if len(a.Affected) == 0 || len(a.Fixes) == 0 || !p.complete() {
		return
	}
	ends := p.rangeEnds()
	for i := range a.Fixes {
		f := &a.Fixes[i]
		product := p.Set.FixProduct(a, f)
		if p.Set.Product(product) == nil {
			continue // product-unknown says so
		}
		if f.Version.Given() && !ends[product].has(p, product, f.Version.V) {
			p.Report(f.Version.At, "expected a version that ends a range of affected versions, found %q", cut(f.Version.V)).Hint =
				"write `fixed: \"" + cut(f.Version.V) + "\"` at the end of the range that this fix ends"
		}
	}
}

// rangeEnds are the versions that end the ranges of each product, sorted, so that
// many fixes do not each look at many ranges.
func (p *Pass) rangeEnds() map[string]*rangeEnds {
	out := map[string]*rangeEnds{}
	p.eachRange(func(product string, r *advisories.Range) {
		e := out[product]
		if e == nil {
			e = &rangeEnds{}
			out[product] = e
		}
		if r.Fixed.Given() {
			e.fixed = append(e.fixed, r.Fixed.V)
		}
		if last := r.LastAffected; last.Given() && (e.last == nil || p.Set.Compare(product, last.V, *e.last) < 0) {
			e.last = &last.V
		}
	})
	for product, e := range out {
		slices.SortFunc(e.fixed, func(a, b string) int { return p.Set.Compare(product, a, b) })
	}
	return out
}

type rangeEnds struct {
	fixed []string
	last  *string // the lowest version named as last affected
}

// has reports whether a version ends a range, or comes after the end of one.
func (e *rangeEnds) has(p *Pass, product, version string) bool {
	if e == nil {
		return false
	}
	_, is := slices.BinarySearchFunc(e.fixed, version, func(a, b string) int { return p.Set.Compare(product, a, b) })
	return is || e.last != nil && p.Set.Compare(product, *e.last, version) < 0
}
