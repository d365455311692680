package osv

import (
	"cmp"
	"slices"
	"strings"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/cvss"
	"github.com/countersign/countersign/advisories/exchange/record"
	"github.com/countersign/countersign/advisories/exchange/tree"
)

// schemaVersion is the version of the schema that the records follow.
const schemaVersion = "1.7.4"

// anonymous stands for a reporter who is not named: a credit needs a name.
const anonymous = "Anonymous"

// Encode writes the entry as JSON.
func (e *Entry) Encode() []byte { return tree.Encode(e) }

// From makes the OSV record of an advisory. What is public is the caller's
// decision; private fields, embargoed patches and internal steps never enter.
func From(set *advisories.Set, a *advisories.Advisory, opts Options) *Entry {
	r := record.Of(set, a)
	e := &Entry{
		SchemaVersion: schemaVersion,
		ID:            ID(r.ID),
		Modified:      record.Instant(r.ChangedAt()),
		Published:     record.Instant(r.Published),
		Withdrawn:     record.Instant(r.Withdrawn.Date),
		Aliases:       r.Aliases,
		Summary:       r.Title,
		Details:       r.Body,
		Severity:      severities(r.CVSS),
	}
	if e.Modified == "" {
		e.Modified = "1970-01-01T00:00:00Z" // the schema wants an instant; a draft has none
	}
	for _, aff := range r.Affected {
		if one, ok := affected(r, aff); ok {
			e.Affected = append(e.Affected, one)
		}
	}
	e.References = references(r, opts.Page)
	for _, c := range r.Credits {
		e.Credits = append(e.Credits, credit(c, r.Project))
	}
	e.DatabaseSpecific = databaseSpecific(r, e.ID)
	return e
}

// kinds are OSV's names for the versions of CVSS.
var kinds = map[string]string{"2.0": "CVSS_V2", "3.0": "CVSS_V3", "3.1": "CVSS_V3", "4.0": "CVSS_V4"}

// severities leaves out what cannot be read as a vector: the linter names it, and
// a record with it would be refused.
func severities(list []string) []Severity {
	var out []Severity
	for _, text := range list {
		if v, err := cvss.Parse(text); err == nil {
			out = append(out, Severity{kinds[v.Version], v.Text})
		}
	}
	return out
}

// affected describes one product: by its package where it is in an ecosystem,
// by the history of its repository where that is known, and by its versions.
func affected(r *record.Record, a record.Affected) (Affected, bool) {
	out := Affected{Versions: versions(a), Ranges: gitRanges(r, a)}
	events := rangesOf(a)
	switch p := a.Product; {
	case isEcosystem(p.Ecosystem) && p.Package != "":
		out.Package = &Package{p.Ecosystem, p.Package, record.BasePURL(p.PURL)}
		out.Ranges = append(events, out.Ranges...)
	default:
		out.DatabaseSpecific = &AffectedSpecific{
			Product: p.Name, Title: p.Title, CPE: p.CPE, PURL: p.PURL, Versions: p.Versions, Ranges: events,
		}
	}
	return out, len(a.Ranges)+len(a.Versions)+len(out.Ranges) > 0
}

func versions(a record.Affected) []string {
	out := slices.Clone(a.Versions)
	for _, v := range a.Released {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// rangesOf writes the stretches of versions as events. The schema forbids fixed
// and last_affected in one range, so a change between the two begins another.
func rangesOf(a record.Affected) []Range {
	kind := rangeType(a)
	var out []Range
	lasting := false
	for i, rg := range a.Ranges {
		if i == 0 || (rg.LastAffected != "") != lasting {
			out = append(out, Range{Type: kind})
			lasting = rg.LastAffected != ""
		}
		to := &out[len(out)-1]
		to.Events = append(to.Events, Event{Introduced: cmp.Or(rg.Introduced, "0")})
		switch {
		case lasting:
			to.Events = append(to.Events, Event{LastAffected: rg.LastAffected})
		case rg.Fixed != "":
			to.Events = append(to.Events, Event{Fixed: rg.Fixed})
		}
	}
	return out
}

// rangeType is SEMVER only where the ecosystem orders by it and every version is
// written so.
func rangeType(a record.Affected) string {
	if !slices.Contains(semverEcosystems, a.Product.Ecosystem) {
		return "ECOSYSTEM"
	}
	for _, rg := range a.Ranges {
		for _, v := range []string{rg.Introduced, rg.Fixed, rg.LastAffected} {
			if v != "" && v != "0" && !record.IsSemver(v) {
				return "ECOSYSTEM"
			}
		}
	}
	return "SEMVER"
}

// gitRanges writes one range for each repository that the product's fixes are
// in. An advisory does not say which commit began the flaw, so a range starts
// with the repository.
func gitRanges(r *record.Record, a record.Affected) []Range {
	var out []Range
	at := map[string]int{}
	for _, fix := range r.Fixes {
		if fix.Product != a.Product.Name {
			continue
		}
		for _, c := range fix.Commits {
			if c.Repo == "" || !record.IsCommit(c.ID) {
				continue
			}
			i, seen := at[c.Repo]
			if !seen {
				i = len(out)
				at[c.Repo] = i
				out = append(out, Range{Type: "GIT", Repo: c.Repo, Events: []Event{{Introduced: "0"}}})
			}
			if event := (Event{Fixed: c.ID}); !slices.Contains(out[i].Events, event) {
				out[i].Events = append(out[i].Events, event)
			}
		}
	}
	return out
}

func references(r *record.Record, page string) []Reference {
	var out []Reference
	for _, ref := range r.References {
		kind := strings.ToUpper(ref.Type)
		if kind == "" || kind == "GIT" { // deprecated in OSV
			kind = "WEB"
		}
		if url := record.URI(ref.URL); url != "" {
			out = append(out, Reference{kind, url})
		}
	}
	if own := (Reference{"ADVISORY", page}); page != "" && !slices.Contains(out, own) {
		out = append(out, own)
	}
	return out
}

func credit(c record.Credit, project string) Credit {
	out := Credit{Name: c.Name, Type: strings.ToUpper(c.Type)}
	switch {
	case out.Name != "":
	case c.Internal && project != "":
		out.Name = project
	default:
		out.Name = anonymous
	}
	if c.Affiliation != "" && !strings.Contains(out.Name, c.Affiliation) {
		out.Name += " (" + c.Affiliation + ")"
	}
	if c.URL != "" {
		out.Contact = []string{c.URL}
	}
	return out
}

func databaseSpecific(r *record.Record, id string) *DatabaseSpecific {
	out := DatabaseSpecific{
		Severity: strings.ToUpper(r.Risk), Rationale: r.Rationale, CWEIDs: r.CWE,
		Kind: r.Kind, Resolution: r.Resolution, Reported: reportedOn(r.Reported), Reason: r.Withdrawn.Text,
	}
	if id != r.ID {
		out.ID = r.ID
	}
	if out.empty() {
		return nil
	}
	return &out
}

func (d DatabaseSpecific) empty() bool {
	return d.Severity+d.Rationale+d.ID+d.Kind+d.Resolution+d.Reported+d.Reason == "" && len(d.CWEIDs) == 0
}

func reportedOn(d record.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}
