package site

import (
	"slices"
	"time"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/exchange/csaf"
)

// row is what a build keeps of an advisory once its page is rendered: enough to
// decide again whether it is public, and to stand in every list.
type row struct {
	Path  string
	Size  int64
	Mtime int64 // nanoseconds
	Hash  digest
	Page  digest // what the page and the documents beside it were made from; zero: not public

	ID, Title, Risk, Kind, Resolution, Claims string
	Aliases                                   []string
	Products                                  []string
	Affected                                  []affectedRow
	Fixes                                     []fixRow
	Credits                                   []creditRow
	Published, Modified, Embargo, Withdrawn   moment
	Next                                      moment // the first date in the document that had not come when the page was made
	Rejected                                  bool
	Patches                                   bool // has embargoed patches, whose bytes its claims depend on
	Formats                                   uint8
	CSAF                                      csaf.Published // how the provider lists it

	List digest // of what lists take from the row

	key     digest // of what lists show of it in this build
	encoded string // all but size, time and key, as the state has it that the row is from; empty for a row made anew

	public bool
	why    string // why it is not public
	rank   int    // of its risk
	place  int    // among all rows, by path
	kept   bool   // taken over from the last build, with its files
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
	r := &row{
		Path: a.Path, ID: a.ID.V, Title: clean(a.Title.V), Risk: a.Risk.V, Kind: a.Kind.V, Resolution: a.Resolution.V,
		Aliases:   advisories.Texts(a.Aliases),
		Products:  set.ProductsOf(a),
		Published: momentOf(t.Published), Modified: momentOf(a.Modified),
		Embargo: momentOf(t.EmbargoUntil), Withdrawn: momentOf(t.Withdrawn.Date),
		Rejected: a.Rejected() || t.Rejected.Reason.Given(),
	}
	if r.Title == "" {
		r.Title = r.ID
	}
	r.addAffected(set, a)
	for i := range a.Credits {
		if c := &a.Credits[i]; !c.Anonymous.V && !c.Internal.V && c.Name.V != "" {
			name, url := creditName(c)
			r.Credits = append(r.Credits, creditRow{name, url, clean(c.Affiliation.V)})
		}
	}
	return r
}

// addAffected fills in versions and fixes. Whatever names a version that fixes
// it counts: a fix, the end of a range, the target.
func (r *row) addAffected(set *advisories.Set, a *advisories.Advisory) {
	for i := range a.Affected {
		entry := &a.Affected[i]
		out := affectedRow{Product: set.AffectedProduct(a, entry), Versions: advisories.Texts(entry.Versions)}
		for _, span := range entry.Ranges {
			out.Ranges = append(out.Ranges, rangeRow{span.Introduced.V, span.Fixed.V, span.LastAffected.V})
			r.addFix(out.Product, span.Fixed.V)
		}
		r.Affected = append(r.Affected, out)
	}
	for i := range a.Fixes {
		fix := &a.Fixes[i]
		r.Patches = r.Patches || fix.Patch.Given()
		r.addFix(set.FixProduct(a, fix), fix.Version.V)
	}
	if len(r.Products) > 0 {
		r.addFix(r.Products[0], a.Target.V)
	}
}

func (r *row) addFix(product, version string) {
	if fix := (fixRow{product, version}); version != "" && !slices.Contains(r.Fixes, fix) {
		r.Fixes = append(r.Fixes, fix)
	}
}

// finish makes the row fit to be kept: with the digest of what lists take from
// it, and with strings of its own. Those of a parsed document are parts of its
// text, which would be kept whole; now they are parts of the encoded row.
func (r *row) finish() {
	listed := *r
	listed.Hash, listed.Page, listed.CSAF = digest{}, digest{}, csaf.Published{}
	var w writer
	w.row(&listed)
	r.List = hashOf(w.out)
	w.out = w.out[:0]
	w.row(r)
	r.encoded = string(w.out)
	(&reader{in: r.encoded}).row(r)
}

// hidden returns the row for a build in which its advisory is not public.
func (r *row) hidden() *row {
	if r.Page.isZero() {
		return r
	}
	out := *r // the other one still says which files there were
	out.Page = digest{}
	out.finish()
	return &out
}

// cve is the first CVE id among the aliases, or the id itself.
func (r *row) cve() string {
	for _, id := range append([]string{r.ID}, r.Aliases...) {
		if isCVE(id) {
			return id
		}
	}
	return ""
}
