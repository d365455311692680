package advisories

// Status says what an advisory means for one version of a product.
type Status int

const (
	StatusUnknown     Status = iota // the advisory does not say, or could not be read
	StatusNotAffected               // never was: before the flaw was introduced, or another product
	StatusAffected
	StatusFixed // was affected in an older version, and is no longer
)

var statusNames = [...]string{"unknown", "not affected", "affected", "fixed"}

func (s Status) String() string { return statusNames[s] }

// Status returns what the advisory says of a version. As in OSV, a version is
// affected when it is listed, or lies in any of the ranges: from `introduced`
// up to, but without, `fixed`, or up to and with `last_affected`. Several ranges
// are several branches.
func (s *Set) Status(a *Advisory, product, version string) Status {
	if a.Broken || len(a.Affected) == 0 {
		return StatusUnknown
	}
	result := StatusNotAffected
	for i := range a.Affected {
		entry := &a.Affected[i]
		if s.productOr(entry.Product, a) != product {
			continue
		}
		switch s.entryStatus(a, entry, product, version) {
		case StatusAffected:
			return StatusAffected
		case StatusFixed:
			result = StatusFixed
		case StatusUnknown:
			if result == StatusNotAffected {
				result = StatusUnknown
			}
		}
	}
	return result
}

func (s *Set) entryStatus(a *Advisory, entry *Affected, product, version string) Status {
	p := s.Product(product)
	for _, v := range entry.Versions {
		if p.Compare(v.V, version) == 0 {
			return StatusAffected
		}
	}
	result := StatusNotAffected
	if len(entry.Ranges) == 0 && len(entry.Versions) == 0 {
		return StatusUnknown
	}
	for i := range entry.Ranges {
		switch r := &entry.Ranges[i]; r.status(p, version) {
		case StatusAffected:
			return StatusAffected
		case StatusFixed:
			result = StatusFixed
		case StatusUnknown:
			return StatusUnknown
		}
	}
	if result == StatusNotAffected && len(entry.Versions) > 0 && s.fixedBy(a, product, version) {
		return StatusFixed
	}
	return result
}

// fixedBy reports whether a fix entry of the product is for the version or for
// an older one: where single versions are listed, only that tells a version that
// was fixed from one that never was affected.
func (s *Set) fixedBy(a *Advisory, product, version string) bool {
	for i := range a.Fixes {
		f := &a.Fixes[i]
		if f.Version.Given() && s.FixProduct(a, f) == product && s.Compare(product, f.Version.V, version) <= 0 {
			return true
		}
	}
	return false
}

func (r *Range) status(p *Product, version string) Status {
	introduced := "0"
	switch {
	case r.Introduced.Given():
		introduced = r.Introduced.V
	case !r.Fixed.Given() && !r.LastAffected.Given():
		return StatusUnknown
	}
	switch {
	case p.Compare(version, introduced) < 0:
		return StatusNotAffected
	case r.Fixed.Given() && p.Compare(version, r.Fixed.V) >= 0:
		return StatusFixed
	case r.LastAffected.Given() && p.Compare(version, r.LastAffected.V) > 0:
		return StatusFixed
	}
	return StatusAffected
}
