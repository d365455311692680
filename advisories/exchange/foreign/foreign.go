// Package foreign reads advisories of projects that keep them in forms of their
// own: TOML in Markdown as RustSec, Haskell and Julia do, YAML as the Ruby and
// PHP databases do, and Markdown with any front matter that uses the usual
// names.
package foreign

import (
	"regexp"
	"strings"
	"time"

	"github.com/countersign/countersign/advisories/exchange/record"
	"github.com/countersign/countersign/advisories/exchange/tree"
)

// dialects are tried in order.
var dialects = []struct {
	is   func(*tree.Node) bool
	read func(*record.Record, *tree.Node)
}{
	{isTOML, readTOML},
	{isJulia, readJulia},
	{isRuby, readRuby},
	{isPHP, readPHP},
	{isPlain, readPlain},
}

// Is reports whether a document's fields are those of a known form.
func Is(root *tree.Node) bool {
	for _, d := range dialects {
		if d.is(root) {
			return true
		}
	}
	return false
}

// Reasons say why some fields have no place in an advisory.
var Reasons = tree.Reasons{
	{Path: regexp.MustCompile(`keywords|categories|informational|tags`), Text: "an advisory classifies by CWE"},
	{Path: regexp.MustCompile(`functions|declarations|arch|os$|platform|ghc-component`), Text: "an advisory names products, not their parts"},
	{Path: regexp.MustCompile(`related`), Text: "an advisory knows aliases of the same flaw, not related ones"},
	{Path: regexp.MustCompile(`^affected$`), Text: "expected versions, or products with their versions"},
	{Path: regexp.MustCompile(`license`), Text: "the licence of a text belongs beside it, not into it"},
	{Path: regexp.MustCompile(`jlsec_sources|severity\[\d+\]\.source`), Text: "where a database copied from stays there"},
	{Path: regexp.MustCompile(`branches\..*\.time`), Text: "the day of a release stands in the release's record"},
	{Path: regexp.MustCompile(`cvss`), Text: "expected a whole CVSS vector"},
}

// Read takes an advisory out of a document's fields and the Markdown beside
// them. It has no id where the document names none: some databases take the
// file's name for it.
func Read(root *tree.Node, body string) *record.Record {
	r := &record.Record{Body: strings.TrimSpace(body)}
	for _, d := range dialects {
		if d.is(root) {
			d.read(r, root)
			break
		}
	}
	if r.Title == "" {
		r.Title, r.Body = cutTitle(r.Body)
	}
	return r
}

// cutTitle takes a first-level heading off the top of a body.
func cutTitle(body string) (title, rest string) {
	if !strings.HasPrefix(body, "# ") {
		return "", body
	}
	line, rest, _ := strings.Cut(body[2:], "\n")
	return strings.TrimSpace(line), strings.TrimSpace(rest)
}

// days are the ways in which people write one, beside those of the formats.
var days = []string{"January 2, 2006", "Jan 2, 2006", "2 January 2006", "2 Jan 2006", "2006/01/02"}

func date(n *tree.Node) record.Date {
	for _, layout := range days {
		if t, err := time.Parse(layout, strings.Join(strings.Fields(n.Peek()), " ")); err == nil {
			n.Text()
			return record.Date{Time: t, DayOnly: true}
		}
	}
	return n.Date()
}

// vectorForm matches a CVSS vector; a version 2 one may come without its name.
var vectorForm = regexp.MustCompile(`^\(?(CVSS:[234]\.[01]/)?[A-Za-z]+:[A-Za-z]+(/[A-Za-z]+:[A-Za-z]+)+\)?$`)

// vector takes a CVSS vector; what is none, such as a bare score, stays.
func vector(r *record.Record, n *tree.Node) {
	if text := n.Peek(); vectorForm.MatchString(text) {
		n.Text()
		r.CVSS = append(r.CVSS, record.Vector(text))
	}
}

// link adds a reference.
func link(r *record.Record, kind, url string) {
	if url != "" {
		r.References = append(r.References, record.Reference{Type: kind, URL: url})
	}
}

// notAffected takes constraints on versions that are safe, and adds what is left
// as affected. Where one cannot be read, none is taken: a part of them would
// claim too much.
func notAffected(a *record.Affected, order string, lists ...*tree.Node) {
	var safe []record.Interval
	for _, list := range lists {
		for _, item := range list.Items() {
			one, ok := record.ParseConstraint(item.Peek())
			if !ok {
				lose(lists, "expected ranges such as \">= 1.2, < 1.4\"")
				return
			}
			safe = append(safe, one...)
		}
	}
	ranges, versions, ok := record.Ranges(record.Except(safe, order))
	if !ok {
		lose(lists, "ranges of an advisory begin with a version, not after one")
		return
	}
	for _, list := range lists {
		list.Take()
	}
	a.Ranges, a.Versions = append(a.Ranges, ranges...), append(a.Versions, versions...)
}

// areAffected takes constraints on versions of a product that are affected.
func areAffected(r *record.Record, p record.Product, item *tree.Node, text string) {
	list, ok := record.ParseConstraint(text)
	ranges, versions, whole := record.Ranges(list)
	if !ok || !whole {
		item.Lose("expected a range such as \">= 1.2, < 1.4\"")
		return
	}
	item.Take()
	a := &r.Affected[r.About(p)]
	a.Ranges, a.Versions = append(a.Ranges, ranges...), append(a.Versions, versions...)
}

func lose(lists []*tree.Node, reason string) {
	for _, list := range lists {
		list.Lose("%s", reason)
	}
}
