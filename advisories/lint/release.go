package lint

import (
	"path"
	"strings"
	"time"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
)

func checkReleaseVersion(p *Pass) {
	if !p.Release.Version.Given() {
		p.Missing(p.top(), "expected a version, found none")
	}
}

func checkReleaseFuture(p *Pass) {
	if v := p.Release.Released; v.Given() && v.V.After(p.Today.Add(24*time.Hour)) {
		p.Report(v.At, "released is %s, which is still to come", v.V).Hint = "a release without this day is a candidate"
	}
}

func checkReleasePrevious(p *Pass) {
	r, product := p.Release, p.Set.ProductOf(p.Release)
	switch v := r.Previous; {
	case !v.Given() || !r.Version.Given():
	case p.Set.Compare(product, v.V, r.Version.V) >= 0:
		p.Report(v.At, "expected a version before %s, found %q", r.Version.V, cut(v.V))
	case p.release(product, v.V) == nil && len(p.releases[product]) > 0 && p.Set.Compare(product, v.V, p.releases[product][0].Version.V) > 0:
		p.Report(v.At, "there is no release %s on record", cut(v.V))
	}
}

func checkSourceRoot(p *Pass) {
	if len(p.Release.Sources) < 2 {
		return
	}
	for i := range p.Release.Sources {
		if s := &p.Release.Sources[i]; !s.Repo.Given() {
			p.Missing(s.At, "expected `repo` for each of several sources, found none")
		}
	}
}

// judged reports whether gate 2 judges the release: it is out, and not history.
func (p *Pass) judged() bool {
	r := p.Release
	return r.Released.Given() && !r.Released.V.Before(p.Policy.VerifySince.Time)
}

func checkPackagesMissing(p *Pass) {
	if p.judged() && len(p.Release.Packages) == 0 {
		p.Missing(p.name(), "expected the packages of a release that is out, found none").Hint =
			"add packages: [{name: …, sha256: …}]; without them nobody can tell what was published"
	}
}

func checkPackageName(p *Pass) {
	seen := map[string]finding.Span{}
	for i := range p.Release.Packages {
		k := &p.Release.Packages[i]
		switch name := k.Name; {
		case !name.Given():
			p.Missing(k.At, "expected a name, found none")
		case path.Base(name.V) != name.V || name.V == "." || name.V == ".." || strings.ContainsAny(name.V, "\\:"):
			p.Report(name.At, "expected a file's name without a folder, found %q", cut(name.V)).Hint = "`root` says where the repository's root sits inside"
		default:
			if first, twice := seen[strings.ToLower(name.V)]; twice {
				p.Report(name.At, "there is another package of this name").Related = []finding.Related{{At: first, Message: "the first one"}}
			}
			seen[strings.ToLower(name.V)] = name.At
		}
	}
}

func checkDigestForm(p *Pass) {
	for i := range p.Release.Packages {
		for _, d := range []struct {
			name   string
			field  advisories.Value[string]
			digits int
		}{{"sha256", p.Release.Packages[i].SHA256, 64}, {"sha512", p.Release.Packages[i].SHA512, 128}} {
			lower := strings.ToLower(d.field.V)
			switch {
			case !d.field.Given(), len(d.field.V) == d.digits && hexDigits.MatchString(d.field.V) && lower == d.field.V:
			case len(d.field.V) == d.digits && hexDigits.MatchString(d.field.V):
				p.Report(d.field.At, "expected %s in small letters", d.name).Edit = replace(d.field, lower)
			default:
				p.Report(d.field.At, "expected %s with %d hex digits, found %q", d.name, d.digits, cut(d.field.V))
			}
		}
	}
}

func checkDigestMissing(p *Pass) {
	if !p.judged() {
		return
	}
	for i := range p.Release.Packages {
		if k := &p.Release.Packages[i]; !k.SHA256.Given() {
			p.Missing(k.At, "expected sha256 of a package that is out, found none").Hint = "`sha256sum FILE` prints it"
		}
	}
}

func checkChangedPrevious(p *Pass) {
	for i := range p.Release.Packages {
		if k := &p.Release.Packages[i]; k.Contents.V == "changed" && !p.Release.Previous.Given() {
			p.Missing(k.Contents.At, "the package holds what changed, but `previous` does not say since when")
		}
	}
}

// checkPattern refuses patterns that excuse a whole package: with `**` under
// generated, any file at all may be in it.
func checkPattern(p *Pass) {
	for i := range p.Release.Packages {
		k := &p.Release.Packages[i]
		for _, v := range append(k.Generated[:len(k.Generated):len(k.Generated)], k.Omitted...) {
			_, err := path.Match(v.V, "")
			switch {
			case strings.Trim(v.V, "*/?.") == "":
				p.Report(v.At, "the pattern %q fits every file, so nothing would be checked", cut(v.V))
			case err != nil || path.IsAbs(v.V) || strings.Contains(v.V, `\`):
				p.Report(v.At, "expected a pattern such as Documentation/**, found %q", cut(v.V))
			}
		}
	}
}
