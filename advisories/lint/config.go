package lint

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/countersign/countersign/advisories"
)

func checkConfigProject(p *Pass) {
	c := p.Set.Config
	if c.Broken {
		return
	}
	if !hasWords(c.Project.Name.V) {
		p.Report(p.config(c.Project.At), "expected project.name, found none")
	}
	if len(c.Products) == 0 {
		p.Report(p.config(c.Project.At), "expected `products`, found none").Hint = "add what the advisories are about: products: {name: {title: …}}"
	}
}

func checkConfigID(p *Pass) {
	c := p.Set.Config
	if !c.ID.Given() && c.Broken {
		return
	}
	if _, err := advisories.ParseIDPattern(c.ID.V); err != nil {
		p.Report(p.config(c.ID.At), "id: %s", err)
	}
}

func checkConfigRepo(p *Pass) {
	c := p.Set.Config
	for _, name := range p.products {
		if v := c.Products[name].Repo; v.Given() && c.Repos[v.V] == nil {
			p.Report(v.At, "there is no repository %q under `repos`", cut(v.V))
		}
	}
}

func checkConfigURL(p *Pass) {
	c := p.Set.Config
	fields := []advisories.Value[string]{c.Project.URL, c.Site.BaseURL, c.Site.Repository, c.Site.Policy}
	for _, name := range slices.Sorted(maps.Keys(c.Repos)) {
		if v := c.Repos[name].URL; !strings.HasPrefix(v.V, "ssh://") && !strings.HasPrefix(v.V, "git@") {
			fields = append(fields, v)
		}
	}
	for _, v := range fields {
		if v.Given() && !isHTTPS(v.V) {
			p.Report(v.At, "expected an address that begins with https://, found %q", cut(v.V))
		}
	}
}

func checkContact(p *Pass) {
	for _, v := range p.Set.Config.Site.Contacts {
		scheme, _, ok := strings.Cut(v.V, ":")
		switch {
		case ok && (scheme == "mailto" && strings.Contains(v.V, "@") || scheme == "tel"), isHTTPS(v.V):
		case !ok && strings.Contains(v.V, "@"):
			p.Report(v.At, "expected an address such as mailto:security@example.org, found no scheme").Edit = replace(v, "mailto:"+v.V)
		default:
			p.Report(v.At, "expected mailto:, tel: or https://, found %q", cut(v.V))
		}
	}
}

// purl matches the form of a package URL: a type, perhaps a namespace, a name.
var purl = regexp.MustCompile(`^pkg:[a-z][a-z0-9.+-]*/[^\s@?#]+$`)

func checkPURL(p *Pass) {
	for _, name := range p.products {
		if v := p.Set.Config.Products[name].PURL; v.Given() && !purl.MatchString(v.V) {
			p.Report(v.At, "expected a package URL without a version, such as pkg:github/mybb/mybb, found %q", cut(v.V))
		}
	}
}

func checkRiskRepeated(p *Pass) {
	seen := map[string]bool{}
	for _, v := range p.Set.Config.Policy.Risks {
		key := strings.ToLower(v.V)
		if key == "" || seen[key] {
			p.Report(v.At, "expected each level of risk once, found %q again", cut(v.V))
		}
		seen[key] = true
	}
}

func checkDeadlines(p *Pass) {
	d := &p.Set.Config.Policy.Deadlines
	if p.Policy.Acknowledge <= p.Policy.Assess && p.Policy.Assess <= p.Policy.Publish {
		return
	}
	p.Report(p.config(d.At), "expected acknowledge, assess and publish in ascending order, found %d, %d and %d days",
		p.Policy.Acknowledge, p.Policy.Assess, p.Policy.Publish)
}

func checkVerifySince(p *Pass) {
	if v := p.Set.Config.Policy.VerifySince; v.Given() && v.V.After(p.Today) {
		p.Report(v.At, "verify_since is %s, so releases made until then are published as history, without a result", v.V).Hint =
			"write the day on which gate 2 came into use; leave it out to have every release verified"
	}
}

func checkWaiver(p *Pass) {
	for i := range p.Set.Config.Policy.Waivers {
		w := &p.Set.Config.Policy.Waivers[i]
		for _, need := range []struct {
			name  string
			given bool
		}{{"rule", w.Rule.V != ""}, {"object", w.Object.V != ""}, {"reason", hasWords(w.Reason.V)}, {"expires", w.Expires.Given()}} {
			if !need.given {
				p.Report(w.At, "expected %s, found none; the waiver is not used", need.name)
			}
		}
		if id := w.Object.V; len(id) >= 4 && hexDigits.MatchString(id) && (len(id) < 40 || strings.ToLower(id) != id) {
			p.Report(w.Object.At, "expected a file, or a commit by its full id in small letters, found %q; the waiver is not used", cut(id))
		}
	}
}

func checkWaiverExpired(p *Pass) {
	for i := range p.Set.Config.Policy.Waivers {
		if v := p.Set.Config.Policy.Waivers[i].Expires; v.Given() && !v.V.After(p.Today) {
			p.Report(v.At, "the waiver expired on %s and is no longer used", v.V).Hint = "remove it, or judge anew and set a new day"
		}
	}
}

var digest256 = regexp.MustCompile(`^[0-9a-f]{64}$`)

func checkAttested(p *Pass) {
	for i := range p.Set.Config.Policy.Attested {
		a := &p.Set.Config.Policy.Attested[i]
		people := map[string]bool{}
		for _, v := range a.By {
			people[strings.ToLower(strings.TrimSpace(v.V))] = true
		}
		delete(people, "")
		switch {
		case !hasWords(a.Reason.V):
			p.Report(a.At, "expected a reason, found none; it is not used")
		case len(people) < 2:
			p.Report(a.At, "expected the word of two people, found %d; it is not used", len(people))
		case !digest256.MatchString(a.PackageSHA256.V):
			p.Report(a.At, "expected package_sha256 with 64 hex digits in small letters; it is not used")
		case p.Set.Advisory(a.Advisory.V) == nil:
			p.Report(a.At, "there is no advisory %q; it is not used", cut(a.Advisory.V))
		}
	}
}

// checkSecurityTxt follows RFC 9116: the file must say when it expires, and
// should not be more than a year ahead.
func checkSecurityTxt(p *Pass) {
	v := p.Set.Config.Site.Expires
	switch {
	case !v.Given():
	case !v.V.After(p.Today):
		p.Report(v.At, "security.txt expired on %s", v.V)
	case v.V.After(p.Today.AddDate(1, 0, 1)):
		p.Report(v.At, "expected a day within a year, found %s", v.V)
	}
}
