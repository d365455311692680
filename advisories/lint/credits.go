package lint

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
)

func checkReporterMissing(p *Pass) {
	a := p.Advisory
	if a.IsIncident() || !p.complete() {
		return
	}
	for i := range a.Credits {
		if isReporter(&a.Credits[i]) {
			return
		}
	}
	at := p.name()
	if len(a.Credits) > 0 {
		at = a.Credits[0].At
	}
	p.Missing(at, "expected a credit of type reporter, found none").Hint =
		"name who reported it, or write {anonymous: true, type: reporter} or {internal: true, type: reporter}"
}

// isReporter reports whether a credit says who brought the flaw to the team. A
// credit without a type may.
func isReporter(c *advisories.Credit) bool {
	switch c.Type.V {
	case "reporter", "finder":
		return true
	}
	return !c.Type.Given()
}

// nobody matches what stands in forms where a name is not known or not told.
var nobody = regexp.MustCompile(`(?i)^[^\pL\pN]*(anonymous|anonym|internal|unknown|n/?a|none|nobody|no name|not known)?[^\pL\pN]*$`)

func checkCreditName(p *Pass) {
	for i := range p.Advisory.Credits {
		c := &p.Advisory.Credits[i]
		switch named := strings.TrimSpace(c.Name.V) != ""; {
		case !named && !c.Anonymous.V && !c.Internal.V:
			p.Missing(c.At, "expected a name, found none").Hint = "or anonymous: true, or internal: true"
		case named && c.Anonymous.V:
			p.Report(c.At, "the credit is anonymous, but a name stands in it").Hint = "names that must not become public stand under `private`"
		case named && nobody.MatchString(c.Name.V):
			p.Report(c.Name.At, "expected a name, found %q", cut(c.Name.V)).Hint = "write {anonymous: true, …} or {internal: true, …}, or leave the entry out"
		case strings.ContainsFunc(c.Name.V, unicode.IsControl):
			p.Report(c.Name.At, "expected a name on one line, without control characters, found %q", cut(c.Name.V))
		}
	}
}

func checkCreditType(p *Pass) {
	for i := range p.Advisory.Credits {
		if c := &p.Advisory.Credits[i]; !c.Type.Given() {
			p.Missing(c.At, "expected a type, found none").Hint = "most often `type: reporter`; the types are those of OSV"
		}
	}
}

var (
	// What joins two names. A comma joins too, unless what follows it belongs to
	// the name before it.
	joined = regexp.MustCompile(`(?i)\s(and|&|\+|und|et|y|with)\s|\s/\s|;|\s\|\s`)
	// Titles and forms of companies that a comma sets off, and words by which a
	// name with "and" is a team's.
	suffix = regexp.MustCompile(`(?i),\s*(inc|llc|ltd|limited|corp|co|gmbh|ag|sa|s\.a|bv|b\.v|plc|jr|sr|ii|iii|iv|ph\.?d|m\.?sc|b\.?sc|md|esq|cissp|oscp)\b\.?`)
	team   = regexp.MustCompile(`(?i)\b(team|labs?|group|gmbh|inc|llc|ltd|co|company|university|institute|agency|security|research|systems|technology|technologies|project|foundation|sons|partners|office|department|cert|csirt)\b\.?`)
)

func checkCreditPeople(p *Pass) {
	for i := range p.Advisory.Credits {
		name := p.Advisory.Credits[i].Name
		if several(name.V) {
			p.Report(name.At, "expected the name of one person and nothing else, found %q", cut(name.V)).Hint = "write an entry for each; a place of work goes to `affiliation`"
		}
	}
}

// several reports whether a name looks like more than one. Teams and companies
// are one, however they are called.
func several(name string) bool {
	if !strings.ContainsAny(name, " ,;") {
		return false
	}
	name = markdownLink.ReplaceAllString(name, "$1")
	name = parenthesis.ReplaceAllString(name, "")
	name = suffix.ReplaceAllString(name, "")
	if strings.Contains(name, ",") {
		// "Jane Doe, Example Labs" is a person and a place of work.
		return true
	}
	return joined.MatchString(name) && !team.MatchString(name)
}

var (
	markdownLink = regexp.MustCompile(`\[([^\[\]]*)\]\(([^()\s]*)\)`)
	parenthesis  = regexp.MustCompile(`\([^()]*\)`)
	markup       = regexp.MustCompile("`|\\*\\*|<[A-Za-z/!]|&[a-z]+;|https?://|!\\[")
)

func checkCreditMarkup(p *Pass) {
	for i := range p.Advisory.Credits {
		c := &p.Advisory.Credits[i]
		name := c.Name
		if m := markdownLink.FindStringSubmatch(name.V); m != nil {
			f := p.Report(name.At, "expected a plain name, found a Markdown link")
			f.Hint = "put the address in `url`"
			if m[0] == strings.TrimSpace(name.V) && !c.URL.Given() && !markup.MatchString(m[1]) {
				f.Edit = splitLink(name, m[1], m[2])
			}
		} else if markup.MatchString(name.V) {
			p.Report(name.At, "expected a plain name, found markup or an address").Hint = "an address goes to `url`"
		}
	}
}

var nameKey = regexp.MustCompile(`^(.*?)name:[ \t]*$`)

// splitLink is the edit that writes a name and its address as two fields, in the
// style in which the entry is written.
func splitLink(name advisories.Value[string], text, url string) *finding.Edit {
	edit := replace(name, text)
	src := name.At.Source
	line := src.Text[src.Offset(name.At.From().Line, 1):name.At.Start]
	m := nameKey.FindSubmatch(line)
	if edit == nil || m == nil {
		return nil
	}
	separator := ", "
	if before := string(m[1]); !strings.Contains(before, "{") {
		separator = "\n" + strings.Map(func(r rune) rune {
			if r == '-' {
				return ' '
			}
			return r
		}, before)
		if strings.TrimSpace(separator) != "" {
			return nil
		}
	}
	edit.New += separator + "url: " + replace(name, url).New
	return edit
}

func checkCreditURL(p *Pass) {
	for i := range p.Advisory.Credits {
		if v := p.Advisory.Credits[i].URL; v.Given() && v.V != "" && !isHTTPS(v.V) {
			p.Report(v.At, "expected an address that begins with https://, found %q", cut(v.V))
		}
	}
}

func checkCreditRepeated(p *Pass) {
	type credit struct{ name, kind string }
	seen := map[credit]finding.Span{}
	for i := range p.Advisory.Credits {
		c := &p.Advisory.Credits[i]
		key := credit{strings.ToLower(strings.TrimSpace(c.Name.V)), c.Type.V}
		if key.name == "" {
			continue
		}
		if first, twice := seen[key]; twice {
			p.Report(c.Name.At, "%s is credited twice for the same", cut(c.Name.V)).Related = []finding.Related{{At: first, Message: "the first credit"}}
			continue
		}
		seen[key] = c.Name.At
	}
}

// checkUndocumented asks for the check after a release, of advisories whose
// report is on record: imported history never says when it was done.
func checkUndocumented(p *Pass) {
	t := &p.Advisory.Timeline
	if !p.public() || !p.open() || !t.Reported.Given() || t.Documented.Date.Given() || t.Published.V.Before(p.Policy.VerifySince.Time) {
		return
	}
	if days := int(p.Today.Sub(t.Published.V.Time).Hours() / 24); days >= advisories.DocumentDays {
		p.Missing(t.Published.At, "published %d days ago, but nobody checked details and attribution since", days).Hint =
			"read the published page, ask the reporter, then sign off with `timeline: documented: {date, by: [name]}`"
	}
}

// checkFeedback asks for the last answer to whoever made the report, after its
// publication or its rejection.
func checkFeedback(p *Pass) {
	a, t := p.Advisory, &p.Advisory.Timeline
	end := t.Published
	switch {
	case a.Rejected():
		end = t.Rejected.Date
	case !p.public() || !p.open():
		return
	}
	if !t.Reported.Given() || !a.Applies(advisories.StageFeedback) || a.Done(advisories.StageFeedback, p.Today) ||
		end.V.Before(p.Policy.VerifySince.Time) {
		return
	}
	if n := int(p.Today.Sub(end.V.Time).Hours() / 24); n >= advisories.DocumentDays {
		p.Missing(end.At, "the report ended %s ago, but the reporter was not told", finding.Count(n, "day")).Hint =
			"`countersign message final " + cut(a.ID.V) + "` writes the text; then add reporter_notified: YYYY-MM-DD, or not_applicable"
	}
}
