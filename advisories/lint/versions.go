package lint

import (
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
			p.Report(r.Fixed.At, "expected a version after %s, found %q: the range holds no version", r.Introduced.V, r.Fixed.V)
		}
		if r.LastAffected.Given() && p.Set.Compare(product, r.Introduced.V, r.LastAffected.V) > 0 {
			p.Report(r.LastAffected.At, "expected %s or a later version, found %q: the range holds no version", r.Introduced.V, r.LastAffected.V)
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
		f := p.Report(b.At, "expected ranges in ascending order, found %s after %s", b.Introduced.V, a.Introduced.V)
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
		f := p.Report(b.At, "the range from %s lies within the one from %s", b.Introduced.V, a.Introduced.V)
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
		list := p.releases[product]
		if !r.Fixed.Given() || len(list) == 0 || p.release(product, r.Fixed.V) != nil {
			return
		}
		oldest, newest := list[0].Version.V, list[len(list)-1].Version.V
		if p.Set.Compare(product, r.Fixed.V, oldest) < 0 || p.Set.Compare(product, r.Fixed.V, newest) > 0 && !p.public() {
			return
		}
		p.Report(r.Fixed.At, "expected a version with a release or a candidate in releases/, found %q", cut(r.Fixed.V)).Hint =
			"add the release's record, or mend the version"
	})
}

func checkFixRange(p *Pass) {
	a := p.Advisory
	if len(a.Affected) == 0 || !p.complete() {
		return
	}
	for i := range a.Fixes {
		f := &a.Fixes[i]
		product := p.Set.FixProduct(a, f)
		if p.Set.Product(product) == nil {
			continue // product-unknown says so
		}
		if f.Version.Given() && !p.endsRange(product, f.Version.V) {
			p.Report(f.Version.At, "expected a version that ends a range of affected versions, found %q", cut(f.Version.V)).Hint =
				"write `fixed: \"" + cut(f.Version.V) + "\"` at the end of the range that this fix ends"
		}
	}
}

func (p *Pass) endsRange(product, version string) bool {
	found := false
	p.eachRange(func(of string, r *advisories.Range) {
		found = found || of == product && r.Fixed.Given() && p.Set.Compare(product, r.Fixed.V, version) == 0
		found = found || of == product && r.LastAffected.Given() && p.Set.Compare(product, r.LastAffected.V, version) < 0
	})
	return found
}
