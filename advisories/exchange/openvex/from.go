package openvex

import (
	"cmp"
	"slices"
	"strings"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/exchange/record"
	"github.com/countersign/countersign/advisories/exchange/tree"
)

// Encode writes the document as JSON.
func (d *Document) Encode() []byte { return tree.Encode(d) }

// unknownDate stands where the format wants an instant and a draft has none.
const unknownDate = "1970-01-01T00:00:00Z"

// From makes the OpenVEX document of an advisory, or nil where the advisory has
// no version to speak of.
func From(set *advisories.Set, a *advisories.Advisory, opts Options) *Document {
	r := record.Of(set, a)
	published := cmp.Or(record.Instant(r.Published), record.Instant(r.ChangedAt()), unknownDate)
	d := &Document{
		Context: "https://openvex.dev/ns/v0.2.0",
		ID:      cmp.Or(opts.URL, "urn:countersign:openvex:"+strings.ReplaceAll(r.ID, " ", "-")),
		Author:  cmp.Or(r.Project, "unknown"), Role: "vendor", Timestamp: published, Version: 1,
	}
	if changed := record.Instant(r.ChangedAt()); changed != "" && changed != published {
		d.LastUpdated, d.Version = changed, 2
	}
	if !r.Withdrawn.Date.IsZero() {
		d.withdrawn(r, opts)
	} else {
		d.statements(r, opts)
	}
	if len(d.Statements) == 0 {
		return nil
	}
	return d
}

func vulnerability(r *record.Record, opts Options) Vulnerability {
	name, aliases := r.ID, r.Aliases
	if cves := r.CVEs(); len(cves) > 0 && cves[0] != r.ID {
		name = cves[0] // what scanners report
		aliases = []string{r.ID}
		for _, alias := range r.Aliases {
			if alias != name {
				aliases = append(aliases, alias)
			}
		}
	}
	return Vulnerability{ID: opts.Page, Name: name, Description: r.Title, Aliases: aliases}
}

// withdrawn says of all that was named that the flaw is none.
func (d *Document) withdrawn(r *record.Record, opts Options) {
	d.add(r, opts, all(r), Statement{
		Status: "not_affected", Justification: "vulnerable_code_not_present",
		StatusNotes: strings.TrimSpace("The advisory was withdrawn. " + r.Withdrawn.Text),
	})
}

// statements says of each version that is known whether it is affected. Of a
// product without known versions the statement names the product, and the
// ranges in words.
func (d *Document) statements(r *record.Record, opts Options) {
	for _, a := range r.Affected {
		affected := record.Unique(append(slices.Clone(a.Versions), a.Released...))
		fixed := slices.DeleteFunc(r.FixedVersions(a), func(v string) bool { return slices.Contains(affected, v) })
		s := Statement{Status: "affected", ActionStatement: action(r, fixed), StatusNotes: inWords(a.Ranges)}
		switch {
		case len(affected) > 0:
			d.add(r, opts, components(a.Product, affected), s)
		case len(a.Ranges) > 0:
			d.add(r, opts, []Component{component(a.Product, "")}, s)
		}
		d.add(r, opts, components(a.Product, fixed), Statement{Status: "fixed"})
		d.add(r, opts, components(a.Product, a.Before), Statement{
			Status: "not_affected", Justification: "vulnerable_code_not_present",
			StatusNotes: "Released before the flaw was introduced.",
		})
	}
}

func (d *Document) add(r *record.Record, opts Options, list []Component, s Statement) {
	if len(list) == 0 {
		return
	}
	s.Vulnerability, s.Products = vulnerability(r, opts), list
	d.Statements = append(d.Statements, s)
}

func all(r *record.Record) []Component {
	var out []Component
	for _, a := range r.Affected {
		list := record.Unique(append(slices.Clone(a.Versions), a.Released...))
		if len(list) == 0 {
			list = []string{""}
		}
		out = append(out, components(a.Product, list)...)
	}
	return out
}

func components(p record.Product, versions []string) []Component {
	var out []Component
	for _, v := range versions {
		out = append(out, component(p, v))
	}
	return out
}

func component(p record.Product, version string) Component {
	purl := record.BasePURL(cmp.Or(p.PURL, record.GenericPURL(p.DisplayName())))
	if version != "" {
		purl = record.AtVersion(purl, version)
	}
	return Component{ID: purl, Identifiers: map[string]string{"purl": purl}}
}

// action is what users can do.
func action(r *record.Record, fixed []string) string {
	sections := record.Sections(r.Body)
	for _, part := range []record.Part{record.Solution, record.Workaround} {
		if part == record.Workaround && len(fixed) > 0 {
			return "Update to " + strings.Join(fixed, ", ") + " or later."
		}
		for _, s := range record.OfPart(sections, part) {
			if s.Text != "" {
				return s.Text
			}
		}
	}
	if r.Resolution == "wont_fix" {
		return "No fix is planned."
	}
	return "No fixed version is known."
}

func inWords(list []record.Range) string {
	var parts []string
	for _, rg := range list {
		from := "all versions"
		if rg.Introduced != "" && rg.Introduced != "0" {
			from = "from " + rg.Introduced
		}
		switch {
		case rg.Fixed != "":
			from += " before " + rg.Fixed
		case rg.LastAffected != "":
			from += " up to and including " + rg.LastAffected
		}
		parts = append(parts, from)
	}
	if len(parts) == 0 {
		return ""
	}
	return "Affected: " + strings.Join(parts, "; ") + "."
}
