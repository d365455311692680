package lint

import "github.com/countersign/countersign/advisories"

// stage is what the checks ask to find out what may be required by now.
type stage struct {
	open      bool                // neither rejected nor withdrawn
	at        advisories.Stage    // the furthest step taken
	carriedBy *advisories.Release // the first release or candidate that must carry the fix
}

func (p *Pass) where() *stage {
	if p.stage == nil {
		a := p.Advisory
		p.stage = &stage{
			open:      !a.Rejected() && !a.Timeline.Withdrawn.Date.Given(),
			at:        a.Stage(p.Today),
			carriedBy: p.findRelease(),
		}
	}
	return p.stage
}

// open reports whether the advisory is still to be worked on or read. Of a
// rejected or withdrawn one nothing more is required.
func (p *Pass) open() bool { return p.where().open }

// reached reports whether the step, or one after it, was taken.
func (p *Pass) reached(s advisories.Stage) bool {
	return p.open() && (p.where().at >= s || p.complete())
}

// complete reports whether the advisory must have everything: it is public, has
// a day on which it will be, or a candidate of the release that must carry its
// fix is there.
func (p *Pass) complete() bool {
	return p.open() && (p.Advisory.Timeline.Published.Given() || p.carriedBy() != nil)
}

// public reports whether the day of publication has come.
func (p *Pass) public() bool { return p.Advisory.Done(advisories.StageReleased, p.Today) }

// carriedBy returns the first release or candidate that must carry the fix.
func (p *Pass) carriedBy() *advisories.Release { return p.where().carriedBy }

func (p *Pass) findRelease() *advisories.Release {
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
		if !f.Version.Given() {
			continue
		}
		if r := p.release(p.Set.FixProduct(a, f), f.Version.V); r != nil {
			return r
		}
	}
	return nil
}
