package site

import (
	"slices"
	"strings"
	"time"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/exchange/csaf"
	"github.com/countersign/countersign/advisories/exchange/record"
)

// row is what a build keeps of an advisory once its page is rendered: enough to
// decide again whether it is public, and to stand in every list. What every build
// looks at stands in the row itself, the rest in its detail.
type row struct {
	Path  string
	Size  int64
	Mtime int64 // nanoseconds
	Hash  digest
	Page  digest // what the page and the documents beside it were made from; zero: not public

	ID, Risk                       string
	Published, Modified, Withdrawn moment
	Next                           moment // the first date in the document that had not come when the page was made
	Patches                        bool   // has embargoed patches, whose bytes its claims depend on
	Credited                       bool   // thanks somebody
	Formats                        uint8
	Exposes                        string // the releases that it affects and that fix it, see expose

	key  digest  // of what lists show of it in this build
	made *detail // while its page is rendered
	body body    // its detail, written down

	public bool
	why    string // why it is not public
	rank   int32  // of its risk
	place  int32  // among all rows, by path
	kept   bool   // taken over from the last build, with its files
	stays  bool   // made anew, under the address that it had
}

// detail is the part of a row that is only looked at where its advisory is shown,
// or judged anew.
type detail struct {
	Title, Kind, Resolution, Claims string
	Aliases                         []string
	Products                        []string
	Affected                        []affectedRow
	Fixes                           []fixRow
	Credits                         []creditRow
	Embargo                         moment
	Rejected                        bool
	CSAF                            csaf.Published // how the provider lists it

	List digest // of what lists take from the row
}

// body is a detail written down: a text, or a place in the file of the state that
// the row is from.
type body struct {
	text string
	from *bodies // nil: the text
	at   int64
	size int
}

// full returns the detail. It is read anew each time, since few rows are shown in
// a build in which little changed.
func (r *row) full() *detail {
	if r.made != nil {
		return r.made
	}
	text := r.body.text
	if r.body.from != nil {
		text = r.body.from.read(r.body)
	}
	d := new(detail)
	in := reader{in: text}
	in.detail(d)
	if r.body.from != nil && (in.bad || in.in != "") {
		r.body.from.fail(errState)
	}
	return d
}

type affectedRow struct {
	Product  string
	Ranges   []rangeRow
	Versions []string
}

type rangeRow struct{ Introduced, Fixed, Last string }

type fixRow struct{ Product, Version string }

type creditRow struct{ Name, URL, Affiliation string }

// moment is a date as a document writes it, small enough to keep by the hundred
// thousand. The zero moment is a date that was not written.
type moment struct {
	Unix int64
	Set  bool
	Day  bool
}

func momentOf(v advisories.Value[advisories.Date]) moment {
	if !v.Given() || v.V.IsZero() {
		return moment{}
	}
	return moment{Unix: v.V.Unix(), Set: true, Day: v.V.DayOnly}
}

func (m moment) time() time.Time { return time.Unix(m.Unix, 0).UTC() }

// String is the date in the form it was written in.
func (m moment) String() string {
	if !m.Set {
		return ""
	}
	return advisories.Date{Time: m.time(), DayOnly: m.Day}.String()
}

// day is the date for people.
func (m moment) day() string {
	if !m.Set {
		return ""
	}
	return m.time().Format("2 January 2006")
}

// instant is the date as RFC 3339 with a time of day.
func (m moment) instant() string { return m.time().Format(time.RFC3339) }

// reached reports whether the moment is written and has come.
func (m moment) reached(now time.Time) bool { return m.Set && !m.time().After(now) }

// updated is the day of the last change that readers should see by now.
func (r *row) updated(now time.Time) moment {
	at := r.Published
	for _, m := range []moment{r.Modified, r.Withdrawn} {
		if m.reached(now) && m.Unix > at.Unix {
			at = m
		}
	}
	return at
}

// hideFuture takes out of a document the steps that have not come yet, so that
// nothing made from it tells of them, and notes in the row when the first of
// them comes.
func (r *row) hideFuture(a *advisories.Advisory, now time.Time) {
	note := func(m moment) bool {
		future := m.Set && !m.reached(now)
		if future && (!r.Next.Set || m.Unix < r.Next.Unix) {
			r.Next = m
		}
		return future
	}
	t := &a.Timeline
	for _, d := range []*advisories.Value[advisories.Date]{
		&t.Reported, &t.Handled, &t.Acknowledged, &t.Triaged, &t.Assessed, &t.Consulted, &t.PackageVerified,
		&t.FixVerified.Date, &t.ReporterConfirmed.Date, &t.Documented.Date, &t.ReporterNotified.Date, &a.Modified,
	} {
		if note(momentOf(*d)) {
			*d = advisories.Value[advisories.Date]{}
		}
	}
	if note(r.Withdrawn) {
		t.Withdrawn = advisories.Reason{}
	}
}

// rowOf keeps what is needed of an advisory.
func rowOf(set *advisories.Set, a *advisories.Advisory) *row {
	t := &a.Timeline
	d := &detail{
		Title: clean(a.Title.V), Kind: a.Kind.V, Resolution: a.Resolution.V,
		Aliases:  advisories.Texts(a.Aliases),
		Products: set.ProductsOf(a),
		Embargo:  momentOf(t.EmbargoUntil),
		Rejected: a.Rejected() || t.Rejected.Reason.Given(),
	}
	r := &row{
		Path: a.Path, ID: a.ID.V, Risk: a.Risk.V, made: d,
		Published: momentOf(t.Published), Modified: momentOf(a.Modified), Withdrawn: momentOf(t.Withdrawn.Date),
	}
	if d.Title == "" {
		d.Title = r.ID
	}
	d.addAffected(set, a)
	for i := range a.Fixes {
		r.Patches = r.Patches || a.Fixes[i].Patch.Given()
	}
	for i := range a.Credits {
		if c := &a.Credits[i]; !c.Anonymous.V && !c.Internal.V && c.Name.V != "" {
			name, url := creditName(c)
			d.Credits = append(d.Credits, creditRow{name, url, clean(c.Affiliation.V)})
		}
	}
	r.Credited = len(d.Credits) > 0
	return r
}

// addAffected fills in versions and fixes. Whatever names a version that fixes
// it counts: a fix, the end of a range, the target.
func (d *detail) addAffected(set *advisories.Set, a *advisories.Advisory) {
	for i := range a.Affected {
		entry := &a.Affected[i]
		out := affectedRow{Product: set.AffectedProduct(a, entry), Versions: advisories.Texts(entry.Versions)}
		for _, span := range entry.Ranges {
			out.Ranges = append(out.Ranges, rangeRow{span.Introduced.V, span.Fixed.V, span.LastAffected.V})
			d.addFix(out.Product, span.Fixed.V)
		}
		d.Affected = append(d.Affected, out)
	}
	for i := range a.Fixes {
		fix := &a.Fixes[i]
		d.addFix(set.FixProduct(a, fix), fix.Version.V)
	}
	if len(d.Products) > 0 {
		d.addFix(d.Products[0], a.Target.V)
	}
}

func (d *detail) addFix(product, version string) {
	if fix := (fixRow{product, version}); version != "" && !slices.Contains(d.Fixes, fix) {
		d.Fixes = append(d.Fixes, fix)
	}
}

// finish makes the row fit to be kept: with the digest of what lists take from
// it, its detail written down, and with strings of its own. Those of a parsed
// document are parts of its text, which would be kept whole.
func (r *row) finish() {
	listed, shown := *r, *r.made
	listed.Hash, listed.Page, shown.CSAF = digest{}, digest{}, csaf.Published{}
	var w writer
	w.head(&listed)
	w.detail(&shown)
	r.made.List = hashOf(w.out)
	w.out = w.out[:0]
	w.detail(r.made)
	r.Path, r.ID, r.Risk = strings.Clone(r.Path), strings.Clone(r.ID), strings.Clone(r.Risk)
	r.made, r.body = nil, body{text: string(w.out), size: len(w.out)}
}

// hidden returns the row for a build in which its advisory is not public.
func (r *row) hidden() *row {
	out := *r // the other one still says which files there were
	out.Page = digest{}
	return &out
}

// cve is the first CVE id among the aliases, or the id itself.
func (d *detail) cve(id string) string {
	for _, id := range append([]string{id}, d.Aliases...) {
		if record.IsCVE(id) {
			return id
		}
	}
	return ""
}
