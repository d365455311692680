package advisories

// Effective is the policy with its defaults filled in: what the gates go by.
type Effective struct {
	Risks    []string // from the lowest to the highest
	Sections []string // that an advisory's body must have

	Acknowledge, Assess, Publish int // days from the report

	FixSignature      string // commit, tag or none
	PackageSignatures int
	TwoPerson         bool
	VerifySince       Date // the zero Date: every release is verified
	ResultSignature   string
	PlatformKeys      bool
	KeyRevokers       int
	KeyCertifications int
}

// Effective returns the policy with its defaults.
func (p *Policy) Effective() Effective {
	return Effective{
		Risks:             textsOr(p.Risks, "low", "medium", "high"),
		Sections:          textsOr(p.Sections, "Impact", "Cause", "Solution"),
		Acknowledge:       valueOr(p.Deadlines.Acknowledge, Duration{7}).Days,
		Assess:            valueOr(p.Deadlines.Assess, Duration{14}).Days,
		Publish:           valueOr(p.Deadlines.Publish, Duration{90}).Days,
		FixSignature:      valueOr(p.FixSignature, "commit"),
		PackageSignatures: valueOr(p.PackageSignatures, 1),
		TwoPerson:         valueOr(p.TwoPerson, true),
		VerifySince:       p.VerifySince.V,
		ResultSignature:   valueOr(p.ResultSignature, "optional"),
		PlatformKeys:      p.PlatformKeys.V,
		KeyRevokers:       p.KeyRevokers.V,
		KeyCertifications: p.KeyCertifications.V,
	}
}

func valueOr[T any](v Value[T], otherwise T) T {
	if v.Given() {
		return v.V
	}
	return otherwise
}

// textsOr returns the texts of a list that was written, even an empty one.
func textsOr(list []Value[string], otherwise ...string) []string {
	if list == nil {
		return otherwise
	}
	return Texts(list)
}
