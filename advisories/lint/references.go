package lint

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
)

// isHTTPS accepts addresses that browsers take as they are: a host, no spaces.
func isHTTPS(s string) bool { return isURL(s, "https") }

func isURL(s, scheme string) bool {
	if rest, ok := strings.CutPrefix(s, scheme+"://"); ok && rest != "" && rest[0] != '/' && rest[0] != '?' && rest[0] != '#' &&
		isPlainAddress(rest) && !strings.Contains(rest, "%") {
		return true // most are so, and reading one takes longer than all else that is asked of it
	}
	u, err := url.Parse(s)
	return err == nil && u.Scheme == scheme && u.Host != "" && u.User == nil && !strings.ContainsAny(s, " \t\n<>\"\\")
}

func checkReferenceURL(p *Pass) {
	for i := range p.Advisory.References {
		switch r := &p.Advisory.References[i]; {
		case !r.URL.Given():
			p.Missing(r.At, "expected a url, found none")
		case !isHTTPS(r.URL.V) && !isURL(r.URL.V, "http"):
			p.Report(r.URL.At, "expected an address that begins with https://, found %q", cut(r.URL.V))
		}
	}
}

func checkReferenceHTTP(p *Pass) {
	for i := range p.Advisory.References {
		if v := p.Advisory.References[i].URL; v.Given() && isURL(v.V, "http") {
			p.Report(v.At, "expected https, found http: on the way, anybody can change what the reader sees")
		}
	}
}

func checkReferenceType(p *Pass) {
	for i := range p.Advisory.References {
		if r := &p.Advisory.References[i]; !r.Type.Given() {
			p.Missing(r.At, "expected a type, found none").Hint = "one of OSV's: advisory, article, report, fix, package, evidence, web, …"
		}
	}
}

func checkReferenceRepeated(p *Pass) {
	seen := map[string]finding.Span{}
	for i := range p.Advisory.References {
		v := p.Advisory.References[i].URL
		if !v.Given() {
			continue
		}
		key := strings.TrimSuffix(v.V, "/")
		if first, twice := seen[key]; twice {
			p.Report(v.At, "the address stands here twice").Related = []finding.Related{{At: first, Message: "the first one"}}
			continue
		}
		seen[key] = v.At
	}
}

// aliasPage matches the pages of databases that say of an alias what every
// reader of the alias finds by itself.
var aliasPage = regexp.MustCompile(`^https?://(?:www\.)?(?:cve\.org/CVERecord\?id=|cve\.mitre\.org/cgi-bin/cvename\.cgi\?name=|nvd\.nist\.gov/vuln/detail/|web\.nvd\.nist\.gov/view/vuln/detail\?vulnId=|github\.com/advisories/|osv\.dev/vulnerability/)([A-Za-z0-9-]+)/?$`)

func checkReferenceAlias(p *Pass) {
	if len(p.Advisory.Aliases) == 0 {
		return
	}
	aliases := map[string]advisories.Value[string]{}
	for _, alias := range slices.Backward(p.Advisory.Aliases) {
		aliases[strings.ToLower(alias.V)] = alias
	}
	for i := range p.Advisory.References {
		v := p.Advisory.References[i].URL
		if m := aliasPage.FindStringSubmatch(v.V); m != nil {
			if alias, ok := aliases[strings.ToLower(m[1])]; ok {
				p.Report(v.At, "the page of %s repeats the alias", cut(alias.V)).Related = []finding.Related{{At: alias.At, Message: "the alias"}}
			}
		}
	}
}
