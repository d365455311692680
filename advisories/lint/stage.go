package lint

import "github.com/countersign/countersign/advisories"

// The checks ask these questions to find out what may be required by now. Of a
// rejected or withdrawn report nothing more is: nobody works on it any longer.

// open reports whether the advisory is still to be worked on or read.
func (p *Pass) open() bool {
	return !p.Advisory.Rejected() && !p.Advisory.Timeline.Withdrawn.Date.Given()
}

// reached reports whether the step, or one after it, was taken.
func (p *Pass) reached(s advisories.Stage) bool {
	return p.open() && (p.Advisory.Stage(p.Today) >= s || p.complete())
}

// complete reports whether the advisory must have everything: it is public, has
// a day on which it will be, or a candidate of the release that must carry its
// fix is there.
func (p *Pass) complete() bool {
	return p.open() && (p.Advisory.Timeline.Published.Given() || p.carriedBy() != nil)
}

// carriedBy returns the first release or candidate that must carry the fix.
func (p *Pass) carriedBy() *advisories.Release {
	a := p.Advisory
	if a.Target.Given() {
		for _, product := range p.Set.ProductsOf(a) {
			if r := p.release(product, a.Target.V); r != nil {
				return r
			}
		}
	}
	for i := range a.Fixes {
		f := &a.Fixes[i]
		if r := p.release(p.Set.FixProduct(a, f), f.Version.V); f.Version.Given() && r != nil {
			return r
		}
	}
	return nil
}

// public reports whether the day of publication has come.
func (p *Pass) public() bool { return p.Advisory.Done(advisories.StageReleased, p.Today) }
