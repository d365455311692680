package lint

import (
	"fmt"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
	"github.com/countersign/countersign/advisories/markdown"
)

// Pass is what a check gets: the document it is asked about, everything else
// for reference, and the day.
type Pass struct {
	*ground
	Base     *advisories.Set      // only for Compare
	Doc      *advisories.Document // of whichever of the following is set
	Advisory *advisories.Advisory
	Release  *advisories.Release
	Key      *advisories.Key
	Page     *advisories.Page

	rule *finding.Rule
	out  []finding.Finding

	// What several rules ask for is worked out once.
	outline   *markdown.Outline
	plainBody *bool
	vectors   []vector
	stage     *stage
}

// ground is what all passes of a run share.
type ground struct {
	Set      *advisories.Set
	Policy   advisories.Effective
	Today    time.Time
	pattern  *advisories.IDPattern // nil where it is missing or broken
	releases map[string][]*advisories.Release
	products []string // names, sorted
	vector   sync.Map // what is known of a vector's text: advisories share them
}

func newGround(set *advisories.Set, today time.Time) *ground {
	g := &ground{Set: set, Policy: set.Config.Policy.Effective(), Today: today, releases: map[string][]*advisories.Release{}, products: set.ProductNames()}
	if pattern, err := advisories.ParseIDPattern(set.Config.ID.V); err == nil {
		g.pattern = pattern
	}
	for _, r := range set.Releases {
		if r.Version.Given() {
			product := set.ProductOf(r)
			g.releases[product] = append(g.releases[product], r)
		}
	}
	return g
}

// release returns the release of a product's version, nil where there is none.
// A set's releases are sorted, so that this does not cost a look at each.
func (g *ground) release(product, version string) *advisories.Release {
	list := g.releases[product]
	at := sort.Search(len(list), func(i int) bool { return g.Set.Compare(product, list[i].Version.V, version) >= 0 })
	if at < len(list) && g.Set.Compare(product, list[at].Version.V, version) == 0 {
		return list[at]
	}
	return nil
}

// check picks the check of a rule that is asked about the pass's document.
func (p *Pass) check(r *Rule) func(*Pass) {
	switch {
	case r.Document != nil:
		return r.Document
	case p.Advisory != nil:
		return r.Advisory
	case p.Release != nil:
		return r.Release
	case p.Key != nil:
		return r.Key
	}
	return r.Page
}

// Report adds a finding of the pass's rule and returns it, so that a check can
// add a hint, an edit or related places.
func (p *Pass) Report(at finding.Span, format string, args ...any) *finding.Finding {
	p.out = append(p.out, finding.Finding{
		Rule: p.rule.ID, Severity: p.rule.Severity, At: at, Message: fmt.Sprintf(format, args...),
	})
	return &p.out[len(p.out)-1]
}

// said counts the findings of the pass's rule about this document.
func (p *Pass) said() int {
	n := 0
	for i := len(p.out) - 1; i >= 0 && p.out[i].Rule == p.rule.ID; i-- {
		n++
	}
	return n
}

// Missing reports that something is not there, unless the document did not load
// whole and it may stand in the part that was not read.
func (p *Pass) Missing(at finding.Span, format string, args ...any) *finding.Finding {
	if p.Doc != nil && p.Doc.Broken {
		return &finding.Finding{}
	}
	return p.Report(at, format, args...)
}

// Outline tells what is in the document's body. It is worked out once for all
// rules.
func (p *Pass) Outline() *markdown.Outline {
	if p.outline == nil {
		p.outline = p.Doc.Outline()
	}
	return p.outline
}

// ordinary reports whether the rules about the body's Markdown have nothing to
// say of it.
func (p *Pass) ordinary() bool {
	if p.plainBody == nil {
		var sections []string
		if p.Advisory != nil {
			sections = p.Policy.Sections
		}
		is := ordinary(p.Doc.Text(), sections)
		p.plainBody = &is
	}
	return *p.plainBody
}

// name is the field that names the document, where findings about what is
// missing are shown; else the front matter's first line.
func (p *Pass) name() finding.Span {
	var v advisories.Value[string]
	switch {
	case p.Advisory != nil:
		v = p.Advisory.ID
	case p.Release != nil:
		v = p.Release.Version
	case p.Key != nil:
		v = p.Key.Owner
	case p.Page != nil:
		v = p.Page.Title
	}
	if v.Given() {
		return v.At
	}
	return p.top()
}

// top is the first line of the front matter.
func (p *Pass) top() finding.Span {
	head := p.Doc.Head
	if !head.HasPlace() {
		return head
	}
	line, _, _ := strings.Cut(string(head.Source.Text[head.Start:head.End]), "\n")
	return head.Source.Span(head.Start, head.Start+len(strings.TrimRight(line, "\r ")))
}

// config is a place in the configuration: a field's, or the file itself where the
// field was not written.
func (p *Pass) config(at finding.Span) finding.Span {
	if at.IsZero() {
		return p.Set.Config.Source.Whole()
	}
	return at
}

// plain matches what YAML takes for a plain text in any surroundings.
var plain = regexp.MustCompile(`^[A-Za-z][\w./@+()' -]*[\w./@+)'-]$|^[A-Za-z]$|^https://[\w./~%?=&+-]+$|^CVSS:[\w./:]+$`)

// replace is the edit that writes another text in a field's place, in the
// quotes that it had. Texts of several lines are left to their writer.
func replace(v advisories.Value[string], text string) *finding.Edit {
	old := string(v.At.Source.Text[v.At.Start:v.At.End])
	switch {
	case strings.ContainsAny(old, "\n|>") && !strings.HasPrefix(old, `"`) && !strings.HasPrefix(old, "'"), strings.Contains(old, "\n"):
		return nil
	case strings.HasPrefix(old, "'") && !strings.ContainsAny(text, `'`):
		text = "'" + text + "'"
	case strings.HasPrefix(old, `"`), !plain.MatchString(text):
		text = strconv.Quote(text)
	}
	return &finding.Edit{At: v.At, New: text}
}

// oneOf writes a list for a message: "low, medium or high".
func oneOf(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " or " + list[len(list)-1]
}
