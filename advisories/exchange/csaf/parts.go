package csaf

import (
	"cmp"
	"strings"

	"github.com/countersign/countersign/advisories/cvss"
	"github.com/countersign/countersign/advisories/cwe"
	"github.com/countersign/countersign/advisories/exchange/record"
)

func acknowledgments(r *record.Record) []Acknowledgment {
	var out []Acknowledgment
	for _, c := range r.Credits {
		a := Acknowledgment{Organization: c.Affiliation, Summary: strings.ReplaceAll(c.Type, "_", " ")}
		if c.Name != "" {
			a.Names = []string{c.Name}
		}
		switch {
		case c.Name != "":
		case c.Internal:
			a.Summary = strings.TrimSpace("internal " + a.Summary)
		default:
			a.Summary = strings.TrimSpace("anonymous " + a.Summary)
		}
		if url := record.URI(c.URL); url != "" {
			a.URLs = []string{url}
		}
		out = append(out, a)
	}
	return out
}

// mainCWE is the first weakness that MITRE's list knows: a document has one, and
// it must carry the official name.
func mainCWE(list []string) *CWE {
	for _, id := range list {
		if w, ok := cwe.Lookup(id); ok {
			return &CWE{id, w.Name}
		}
	}
	return nil
}

// ids are the ids of other systems. CVE ids have a field of their own.
func ids(r *record.Record, system string) []ID {
	var out []ID
	if !record.IsCVE(r.ID) {
		out = append(out, ID{system, r.ID})
	}
	for _, alias := range r.Aliases {
		if record.IsCVE(alias) {
			continue
		}
		name := "other"
		if strings.HasPrefix(alias, "GHSA-") {
			name = "GitHub Security Advisory"
		} else if prefix, _, ok := strings.Cut(alias, "-"); ok {
			name = prefix
		}
		out = append(out, ID{name, alias})
	}
	return out
}

// notes are the sections that have no field of their own, and what CSAF 2.0 has
// no room for: further weaknesses, vectors of CVSS 4.0. Solutions and workarounds
// are remediations where there is a product that they can be for.
func notes(r *record.Record, sections []record.Section, p *products) []Note {
	var out []Note
	for _, s := range sections {
		remedy := s.Part == record.Solution || s.Part == record.Workaround
		if s.Text == "" || remedy && p.remediable() {
			continue
		}
		kind := "description"
		if s.Part != record.Description {
			kind = "details"
		}
		out = append(out, Note{kind, s.Text, s.Title})
	}
	if len(out) == 0 {
		out = append(out, Note{"summary", cmp.Or(r.Title, r.ID), summaryTitle})
	}
	if r.Rationale != "" {
		out = append(out, Note{"details", r.Rationale, rationaleTitle})
	}
	if main := mainCWE(r.CWE); len(r.CWE) > 1 || len(r.CWE) == 1 && main == nil {
		out = append(out, Note{"other", strings.Join(r.CWE, ", "), weaknesses})
	}
	if len(r.CVSS) > 0 && (!p.remediable() || !allScored(r.CVSS)) {
		out = append(out, Note{"other", strings.Join(r.CVSS, ", "), vectorsTitle})
	}
	return out
}

// scored picks the vectors that CSAF 2.0 has room for: one of version 3, one of
// version 2.
func scored(list []string) (v3, v2 *cvss.Vector) {
	for _, text := range list {
		v, err := cvss.Parse(text)
		switch {
		case err != nil:
		case v.Version == "2.0" && v2 == nil:
			v2 = v
		case v.Version == "3.1" && (v3 == nil || v3.Version == "3.0"), v.Version == "3.0" && v3 == nil:
			v3 = v
		}
	}
	return v3, v2
}

func allScored(list []string) bool {
	v3, v2 := scored(list)
	n := 0
	for _, v := range []*cvss.Vector{v3, v2} {
		if v != nil {
			n++
		}
	}
	return n == len(list)
}

func scores(list, ids []string) []Score {
	v3, v2 := scored(list)
	if v3 == nil && v2 == nil || len(ids) == 0 {
		return nil
	}
	s := Score{Products: ids}
	if v3 != nil {
		s.CVSSV3 = map[string]any{
			"version": v3.Version, "vectorString": v3.Text, "baseScore": v3.Score, "baseSeverity": strings.ToUpper(v3.Severity),
		}
	}
	if v2 != nil {
		s.CVSSV2 = map[string]any{"version": v2.Version, "vectorString": v2.Text, "baseScore": v2.Score}
	}
	return []Score{s}
}

// references are the advisory's links, and the fix commits.
// CSAF has no types for links, so the summary begins with ours.
func references(r *record.Record) []Reference {
	var out []Reference
	for _, ref := range r.References {
		summary := typeWord(ref.Type)
		if ref.Title != "" {
			summary += ": " + ref.Title
		}
		if url := record.URI(ref.URL); url != "" {
			out = append(out, Reference{"external", summary, url})
		}
	}
	for _, fix := range r.Fixes {
		for _, c := range fix.Commits {
			if url := commitURL(c); url != "" && r.Kind != "incident" { // whose document has no products
				out = append(out, Reference{"external", fixSummary(r, fix), url})
			}
		}
	}
	return record.Unique(out)
}

// typeWord writes a reference's type as a word that people read.
func typeWord(kind string) string {
	if kind == "" {
		kind = "web"
	}
	return strings.ToUpper(kind[:1]) + kind[1:]
}

const fixCommit = "Fix commit"

func fixSummary(r *record.Record, fix record.Fix) string {
	name := fix.Product
	for _, a := range r.Affected {
		if a.Product.Name == fix.Product {
			name = a.Product.DisplayName()
		}
	}
	return strings.TrimSpace(fixCommit + " for " + strings.TrimSpace(name+" "+fix.Version))
}

// commitURL is the address of a commit. Of a repository that is at no known forge
// it is the repository's, with the commit behind a # as package managers write it.
func commitURL(c record.Commit) string {
	if !strings.Contains(c.Repo, "://") || !record.IsCommit(c.ID) {
		return ""
	}
	return cmp.Or(record.CommitPage(c.Repo, c.ID), record.URI(c.Repo+"#"+c.ID))
}

// Words of remediations that the reader recognises.
const (
	updateTo  = "Update to "
	orLater   = " or later."
	noFix     = "No fix is planned."
	noneKnown = "No fixed version is known."
)

// remediations says for each affected product what its users can do.
func remediations(r *record.Record, sections []record.Section, p *products) []Remediation {
	var out []Remediation
	solution := record.Join(untitled(record.OfPart(sections, record.Solution)))
	for _, name := range p.names {
		ids := p.of[name]
		if len(ids) == 0 {
			continue
		}
		rem := Remediation{ProductIDs: ids}
		fixes := p.fixes[name]
		switch {
		case r.Resolution == "wont_fix":
			rem.Category, rem.Details = "no_fix_planned", cmp.Or(solution, noFix)
		case r.Resolution == "mitigated" && solution != "":
			rem.Category, rem.Details = "mitigation", solution
		case len(fixes) > 0:
			rem.Category, rem.Details = "vendor_fix", cmp.Or(solution, updateTo+strings.Join(fixes, ", ")+orLater)
		case solution != "":
			rem.Category, rem.Details = "vendor_fix", solution
		default:
			rem.Category, rem.Details = "none_available", noneKnown
		}
		out = append(out, rem)
	}
	if text := record.Join(untitled(record.OfPart(sections, record.Workaround))); text != "" && p.remediable() {
		out = append(out, Remediation{Category: "workaround", Details: text, ProductIDs: p.affected})
	}
	return out
}

// untitled drops the title of a single section: the field says what it is.
func untitled(list []record.Section) []record.Section {
	if len(list) == 1 {
		return []record.Section{{Part: list[0].Part, Text: list[0].Text}}
	}
	return list
}
