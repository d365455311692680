package site

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/verify/statement"
)

// gate decides what is public. It is asked for every advisory by its row alone,
// so that the decision is the same whether the document was read just now or in
// an earlier build.
type gate struct {
	now      time.Time
	since    advisories.Date // policy.verify_since; zero: every release needs a result
	attested []advisories.Attested
	find     func(fixRow) *release // a release that has been made
}

// decide returns "" when the advisory is public, else why it is not.
func (g *gate) decide(r *row) string {
	d := r.full()
	switch {
	case d.Rejected:
		return "it was rejected"
	case !r.Published.Set:
		return "it has no published date yet"
	case !r.Published.reached(g.now):
		return "it is to be published on " + r.Published.String()
	case d.Embargo.Set && !d.Embargo.reached(g.now):
		return "it is under embargo until " + d.Embargo.String()
	case d.Resolution == "wont_fix":
		return ""
	}
	if len(d.Fixes) == 0 && (d.Kind == "incident" || d.Resolution == "mitigated") {
		return "" // there is nothing that a release could carry
	}
	return g.decideFixes(r, d)
}

// decideFixes asks for evidence from every released version that fixes it.
func (g *gate) decideFixes(r *row, d *detail) string {
	released, missing := 0, []string{}
	for _, fix := range d.Fixes {
		rel := g.find(fix)
		if rel == nil {
			missing = append(missing, fix.Version)
			continue
		}
		released++
		if why := g.proves(rel, r); why != "" {
			return fmt.Sprintf("release %s fixes it, and %s", rel.Version, why)
		}
	}
	switch {
	case released > 0:
		return ""
	case len(missing) == 0:
		return "no version is named that fixes it, and its resolution is not wont_fix"
	}
	return fmt.Sprintf("no version that fixes it is released (%s): releases/ has no record of it with a released date",
		strings.Join(missing, ", "))
}

// history reports whether a release was made before results existed.
func (g *gate) history(rel *release) bool {
	return !g.since.IsZero() && rel.Released.time().Before(g.since.Time)
}

// proves returns "" when the release is history, or has a result for exactly
// the recorded packages in which this advisory's own verdicts pass.
func (g *gate) proves(rel *release, r *row) string {
	if g.history(rel) {
		return ""
	}
	if rel.problem != "" {
		return rel.problem
	}
	claims := r.full().Claims
	judged, ok := rel.result.Predicate.Inputs.Advisories[r.ID]
	switch {
	case !ok:
		return "its result does not speak of this advisory: run countersign verify again"
	case claims == "":
		return "what the advisory claims could not be compared with the result"
	case judged != claims:
		return "its result is stale, since the advisory's affected versions or fixes changed after it: run countersign verify again"
	}
	return g.verdicts(rel, r)
}

// verdicts judges this advisory's own verdicts, package by package.
func (g *gate) verdicts(rel *release, r *row) string {
	p := &rel.result.Predicate
	contained := false
	for _, subject := range rel.result.Subject {
		fixes := fixesIn(p, r.ID, subject.Name)
		if len(fixes) == 0 {
			return fmt.Sprintf("its result has no verdict on package %s", subject.Name)
		}
		for _, fix := range fixes {
			if why := g.passes(p, fix, subject.Digest["sha256"]); why != "" {
				return fmt.Sprintf("%s in package %s", why, subject.Name)
			}
			contained = contained || fix.Verdict != "not_applicable"
		}
	}
	if !contained {
		return "no package of it holds the fix"
	}
	return ""
}

// fixesIn returns the verdicts on one advisory in one package: by its name, as
// an archive inside a bundle, or on the archives inside it.
func fixesIn(p *statement.Predicate, id, name string) []*statement.Fix {
	var out []*statement.Fix
	for i := range p.Fixes {
		fix := &p.Fixes[i]
		inside := strings.HasSuffix(fix.Package, "/"+name) || strings.HasPrefix(fix.Package, name+"!/")
		if fix.Advisory == id && (fix.Package == name || inside) {
			out = append(out, fix)
		}
	}
	return out
}

// passes returns "" when one verdict passes, else what the verdict was.
func (g *gate) passes(p *statement.Predicate, fix *statement.Fix, sha256 string) string {
	switch fix.Verdict {
	case "present", "evolved", "not_applicable":
	case "unverifiable":
		if !g.isAttested(p, fix.Advisory, sha256) {
			return "the fix is unverifiable"
		}
	default:
		return fmt.Sprintf("the verdict is %q", fix.Verdict)
	}
	if p.Result == statement.Passed || signed(p, fix) {
		return ""
	}
	return fmt.Sprintf("the fix's signature is %q", fix.Signature.Status)
}

// isAttested asks for the word of two people in the result and in the policy of
// today: what is withdrawn there lifts nothing any more.
func (g *gate) isAttested(p *statement.Predicate, id, sha256 string) bool {
	inResult := slices.ContainsFunc(p.Policy.Attested, func(a statement.Attestation) bool {
		return a.Advisory == id && a.PackageSHA256 == sha256 && severalPeople(a.By)
	})
	return inResult && slices.ContainsFunc(g.attested, func(a advisories.Attested) bool {
		return a.Advisory.V == id && a.PackageSHA256.V == sha256 && severalPeople(advisories.Texts(a.By)) && strings.TrimSpace(a.Reason.V) != ""
	})
}

// severalPeople reports whether a list names at least two different people.
func severalPeople(names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return name != names[0] })
}

// signed reports whether the signature on a fix is as good as the result's own
// policy asked for. It is needed where the run as a whole failed: then it may
// be this signature that failed it.
func signed(p *statement.Predicate, fix *statement.Fix) bool {
	switch {
	case fix.Verdict == "not_applicable", p.Policy.FixSignature == "none":
		return true
	case fix.Signature.Status == "valid":
		return true
	case p.Policy.FixSignature == "tag" && fix.Tag != nil && fix.Tag.Status == "valid":
		return true
	}
	rule := "signature-" + strings.ReplaceAll(fix.Signature.Status, "_", "-")
	object := cmp.Or(fix.Signature.Commit, fix.Commit, fix.Patch)
	return slices.ContainsFunc(p.Policy.Waivers, func(w statement.Waiver) bool { return w.Rule == rule && w.Object == object })
}
