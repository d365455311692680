package lint

import (
	"bytes"
	"regexp"
	"slices"
	"strings"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
	"github.com/countersign/countersign/advisories/markdown"
)

// enough is how many places of one document a rule names that could name
// thousands: the reader has understood by then.
const enough = 10

func checkSectionMissing(p *Pass) {
	a := p.Advisory
	if a.IsIncident() || p.ordinary() || !p.reached(advisories.StageAssessed) {
		return
	}
	for _, section := range p.Policy.Sections {
		if p.section(section) == nil {
			p.Missing(p.name(), "expected a section %q in the body, found none", section).Hint =
				"add `## " + section + "` and what readers need to know under it"
		}
	}
}

func checkSectionEmpty(p *Pass) {
	if p.Advisory.IsIncident() || p.ordinary() || !p.reached(advisories.StageAssessed) {
		return
	}
	for _, section := range p.Policy.Sections {
		if h := p.section(section); h != nil && h.Empty {
			p.Report(h.At, "expected text under %q, found none", h.Text)
		}
	}
}

// section finds the section of a name, whatever its level and case.
func (p *Pass) section(name string) *markdown.Heading {
	for i := range p.Outline().Headings {
		if h := &p.Outline().Headings[i]; strings.EqualFold(strings.TrimSpace(h.Text), name) {
			return h
		}
	}
	return nil
}

// leftover matches what people write to come back to it later, in capitals so
// that a to-do list stays one, and the best-known filler text.
var leftover = regexp.MustCompile(`\b(TODO|FIXME|TBD|XXX+|[Ll]orem ipsum|LOREM IPSUM)\b`)

func checkLeftover(p *Pass) {
	if !containsAny(p.Doc.Source.Text, "TODO", "FIXME", "TBD", "XXX", "orem ", "OREM ") {
		return
	}
	if p.Advisory != nil && !p.reached(advisories.StageAssessed) {
		return
	}
	body := p.Doc.Body
	if !body.HasPlace() {
		return
	}
	text := body.Source.Text
	for _, m := range leftover.FindAllIndex(text[:body.End], 10*enough) {
		if m[0] >= body.Start && p.inCode(m[0]) || m[0] < body.Start && !p.inTitle(m[0]) {
			continue
		}
		p.Report(body.Source.Span(m[0], m[1]), "%q was left for later", text[m[0]:m[1]])
		if p.said() == enough {
			return
		}
	}
}

// containsAny reports whether a text holds one of the words: a quick look before
// a regular expression takes a slow one.
func containsAny(text []byte, words ...string) bool {
	for _, w := range words {
		if bytes.Contains(text, []byte(w)) {
			return true
		}
	}
	return false
}

// inTitle reports whether a place of the front matter is in the title: other
// fields have forms of their own, and may hold anything where they have none.
func (p *Pass) inTitle(at int) bool {
	return p.Advisory != nil && within(p.Advisory.Title.At, at) || p.Page != nil && within(p.Page.Title.At, at)
}

func within(s finding.Span, at int) bool { return !s.IsZero() && s.Start <= at && at < s.End }

// inCode reports whether a place of the body is in a code block or between
// backticks: code may hold any word.
func (p *Pass) inCode(at int) bool {
	for i := range p.Outline().Code {
		if within(p.Outline().Code[i].At, at) {
			return true
		}
	}
	text := p.Doc.Source.Text
	line := text[bytes.LastIndexByte(text[:at], '\n')+1 : at]
	return bytes.Count(line, []byte("`"))%2 == 1
}

func checkRawHTML(p *Pass) {
	if p.ordinary() {
		return
	}
	for _, h := range p.Outline().HTML {
		if !h.Comment {
			p.Report(h.At, "expected Markdown, found raw HTML, which is shown as text").Hint =
				"write it in Markdown, or between backticks where readers should see it"
			return // one is enough to say it
		}
	}
}

func checkUnsafeLink(p *Pass) {
	if p.ordinary() {
		return
	}
	for _, l := range p.Outline().Links {
		if !l.Safe {
			p.Report(l.At, "expected a link to https, http, mailto or this site, found %q", cut(l.URL))
		}
		if p.said() == enough {
			return
		}
	}
}

// Characters that reorder the text around them: what a reviewer sees is not what
// is there ("Trojan Source", CVE-2021-42574). Marks that only give a direction,
// which Arabic and Hebrew need, are not among them.
var bidi = regexp.MustCompile("[\u202a-\u202e\u2066-\u2069]")

func checkBidi(p *Pass) {
	text := p.Doc.Source.Text
	if !containsAny(text, "\xe2\x80", "\xe2\x81") {
		return
	}
	for _, m := range bidi.FindAllIndex(text, enough) {
		at := p.Doc.Source.Span(m[0], m[1])
		p.Report(at, "found the bidirectional control %+q", []rune(string(text[m[0]:m[1]]))[0]).Edit = &finding.Edit{At: at}
	}
}

func checkHeadingOrder(p *Pass) {
	if p.ordinary() {
		return
	}
	headings := p.Outline().Headings
	for i := 1; i < len(headings); i++ {
		if before, here := headings[i-1].Level, headings[i].Level; here > before+1 {
			p.Report(headings[i].At, "expected a heading of level %d or above, found level %d", before+1, here)
		}
		if p.said() == enough {
			return
		}
	}
}

// exploit matches headings under which attackers find a recipe.
var exploit = regexp.MustCompile(`(?i)^(proof[ -]of[ -]concept|poc|exploit|steps to reproduce|reproduction)\b`)

func checkExploitEarly(p *Pass) {
	until := p.Advisory.Timeline.EmbargoUntil
	if !until.Given() || !until.V.After(p.Today) {
		return
	}
	for _, h := range p.Outline().Headings {
		if exploit.MatchString(strings.TrimSpace(h.Text)) {
			p.Report(h.At, "found the section %q, though the embargo lasts until %s", h.Text, until.V).Hint =
				"keep it out of this document until users had time to update"
		}
	}
}

var secretKey = regexp.MustCompile(`-----BEGIN (PGP PRIVATE KEY BLOCK|([A-Z]+ )*PRIVATE KEY)-----`)

func checkPrivateKey(p *Pass) {
	if !containsAny(p.Doc.Source.Text, "PRIVATE KEY") {
		return
	}
	for _, m := range secretKey.FindAllIndex(p.Doc.Source.Text, 1) {
		p.Report(p.Doc.Source.Span(m[0], m[1]), "found a private key").Hint =
			"treat it as compromised: revoke it, make a new one, and record it here as removed; deleting the line does not delete it from git"
	}
}

// cut shortens foreign text for a message.
func cut(s string) string {
	runes := []rune(s)
	if len(runes) <= 80 {
		return s
	}
	return string(slices.Concat(runes[:79], []rune("…")))
}
