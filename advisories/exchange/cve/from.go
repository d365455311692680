package cve

import (
	"cmp"
	"slices"
	"strings"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/cvss"
	"github.com/countersign/countersign/advisories/cwe"
	"github.com/countersign/countersign/advisories/exchange/record"
	"github.com/countersign/countersign/advisories/exchange/tree"
)

// Limits of the schema on texts, in characters; bytes are counted here, which is
// never more generous.
const (
	maxText  = 4096
	maxMedia = 16384
	maxTitle = 256
	maxURL   = 2048
)

// dataVersion is the version of the schema that the records follow; engine is
// how the reader knows them.
const (
	dataVersion = "5.2"
	engine      = "countersign"
)

// Encode writes the record as JSON.
func (r *Record) Encode() []byte { return tree.Encode(r) }

// From makes the CVE record of an advisory, or nil where it has no CVE id.
func From(set *advisories.Set, a *advisories.Advisory, opts Options) *Record {
	r := record.Of(set, a)
	ids := r.CVEs()
	if len(ids) == 0 {
		return nil
	}
	org := cmp.Or(opts.OrgID, noOrg)
	out := &Record{
		DataType: "CVE_RECORD", DataVersion: dataVersion,
		Metadata: Metadata{
			CVEID: ids[0], AssignerOrgID: org, State: "PUBLISHED",
			DatePublished: record.Instant(r.Published), DateUpdated: record.Instant(r.ChangedAt()),
		},
	}
	out.Containers.CNA.ProviderMetadata.OrgID = org
	if !r.Withdrawn.Date.IsZero() {
		out.reject(r)
		return out
	}
	out.Containers.CNA.fill(r, ids[0], opts.Page)
	return out
}

// reject makes the record of an advisory that was withdrawn: CVE keeps nothing
// of it but the reason.
func (r *Record) reject(from *record.Record) {
	r.Metadata.State = "REJECTED"
	r.Metadata.DateRejected = record.Instant(from.Withdrawn.Date)
	r.Containers.CNA.RejectedReasons = text(cmp.Or(from.Withdrawn.Text, "Withdrawn by the project."))
}

func (c *CNA) fill(r *record.Record, id, page string) {
	sections := record.Sections(r.Body)
	c.Title = record.Excerpt(r.Title, maxTitle)
	c.DatePublic = record.Instant(r.Published)
	c.Descriptions = text(cmp.Or(record.Join(record.OfPart(sections, record.Description)), r.Title))
	c.Solutions = texts(sections, record.Solution)
	c.Workarounds = texts(sections, record.Workaround)
	c.Exploits = texts(sections, record.Exploit)
	c.Configurations = texts(sections, record.Configuration)
	for _, a := range r.Affected {
		c.Affected = append(c.Affected, affected(r, a)...)
	}
	if len(c.Affected) == 0 { // the schema wants a product, even where nothing is said of versions
		c.Affected = []Affected{{Vendor: project(r), Product: project(r), DefaultStatus: "unknown"}}
	}
	c.ProblemTypes = problems(r.CWE)
	c.Metrics = metrics(r)
	c.Timeline = timeline(r)
	for _, credit := range r.Credits {
		c.Credits = append(c.Credits, creditOf(credit, r))
	}
	c.Credits = record.Unique(c.Credits)
	c.References = references(r, id, page)
	c.Source = source(r, id)
	c.Generator = &Generator{engine}
}

func project(r *record.Record) string { return cmp.Or(r.Project, "n/a") }

// text writes Markdown as a text, and as it is in a medium beside it where the
// schema's limit would cut it or where it has structure worth keeping.
func text(markdown string) []Text {
	t := Text{Lang: "en", Value: record.Excerpt(strings.TrimSpace(markdown), maxText)}
	if (t.Value != markdown || strings.Contains(markdown, "\n")) && len(markdown) <= maxMedia {
		t.Media = []Media{{Type: "text/markdown", Value: markdown}}
	}
	return []Text{t}
}

func texts(list []record.Section, part record.Part) []Text {
	var out []Text
	for _, s := range record.OfPart(list, part) {
		same := func(t Text) bool { return t.Value == text(s.Text)[0].Value }
		if s.Text != "" && !slices.ContainsFunc(out, same) {
			out = append(out, text(s.Text)...)
		}
	}
	return out
}

// affected describes a product; fixes in a repository that is not its own make
// an entry of their own, since an entry has one repository.
func affected(r *record.Record, a record.Affected) []Affected {
	p := a.Product
	first := Affected{
		Vendor: project(r), Product: p.DisplayName(), PackageURL: record.BasePURL(p.PURL), Repo: record.URI(p.Repo),
		DefaultStatus: "unaffected", Versions: versions(a),
	}
	if url := collection(p.Ecosystem); url != "" && p.Package != "" {
		first.CollectionURL, first.PackageName = url, p.Package
	}
	if p.CPE != "" {
		first.CPEs = []string{p.CPE}
	}
	out := []Affected{first}
	for _, fix := range r.Fixes {
		if fix.Product != p.Name {
			continue
		}
		for _, c := range fix.Commits {
			at := slices.IndexFunc(out, func(e Affected) bool { return e.Repo == record.URI(c.Repo) })
			if at < 0 {
				at = len(out)
				other := first
				other.Repo, other.Versions = record.URI(c.Repo), nil
				out = append(out, other)
			}
			v := Version{Version: "0", Status: "affected", VersionType: "git", LessThan: c.ID}
			if c.Repo != "" && !slices.Contains(out[at].Versions, v) {
				out[at].Versions = append(out[at].Versions, v)
			}
		}
	}
	return out
}

func versions(a record.Affected) []Version {
	kind := "custom"
	if a.Product.Versions == "semver" {
		kind = "semver"
	}
	var out []Version
	for _, rg := range a.Ranges {
		v := Version{Version: cmp.Or(rg.Introduced, "0"), Status: "affected", VersionType: kind}
		switch {
		case rg.Fixed != "":
			v.LessThan = rg.Fixed
		case rg.LastAffected != "":
			v.LessThanOrEqual = rg.LastAffected
		default:
			v.LessThanOrEqual = "*"
		}
		out = append(out, v)
	}
	for _, v := range a.Versions {
		out = append(out, Version{Version: v, Status: "affected"})
	}
	return record.Unique(out)
}

func problems(list []string) []ProblemType {
	var out []ProblemType
	for _, id := range list {
		p := Problem{Lang: "en", Description: id, CWEID: id, Type: "CWE"}
		if w, ok := cwe.Lookup(id); ok {
			p.Description = id + " " + w.Name
		}
		if _, ok := cwe.Number(id); !ok {
			p.CWEID = ""
		}
		out = append(out, ProblemType{[]Problem{p}})
	}
	return out
}

// textual is the type under which projects give their own word for the risk.
const textual = "Textual description of severity"

func metrics(r *record.Record) []map[string]any {
	var out []map[string]any
	for _, text := range r.CVSS {
		v, err := cvss.Parse(text)
		if err != nil {
			continue // the linter names it; a record with it would be refused
		}
		score := map[string]any{"version": v.Version, "vectorString": v.Text, "baseScore": v.Score}
		key := "cvssV" + strings.ReplaceAll(v.Version, ".", "_")
		if v.Version != "2.0" { // which has scores only
			score["baseSeverity"] = strings.ToUpper(v.Severity)
		}
		out = append(out, map[string]any{"format": "CVSS", key: score})
	}
	if r.Risk != "" {
		out = append(out, map[string]any{"other": map[string]any{"type": textual, "content": map[string]any{"text": r.Risk}}})
	}
	return out
}

const (
	reportedStep  = "Reported to the project."
	publishedStep = "Published."
)

func timeline(r *record.Record) []Moment {
	var out []Moment
	for _, step := range []struct {
		date record.Date
		text string
	}{{r.Reported, reportedStep}, {r.Published, publishedStep}} {
		if !step.date.IsZero() {
			out = append(out, Moment{record.Instant(step.date), "en", step.text})
		}
	}
	return out
}

func creditOf(c record.Credit, r *record.Record) Credit {
	name := c.Name
	switch {
	case name != "":
	case c.Internal:
		name = project(r)
	default:
		name = anonymous
	}
	if c.Affiliation != "" {
		name += " (" + c.Affiliation + ")"
	}
	return Credit{Lang: "en", Value: name, Type: strings.ReplaceAll(c.Type, "_", " ")}
}

const anonymous = "Anonymous"

func references(r *record.Record, id, page string) []Reference {
	var out []Reference
	add := func(address, name string, tags ...string) {
		url := record.URI(address)
		same := func(other Reference) bool { return other.URL == url }
		if url != "" && len(url) <= maxURL && !slices.ContainsFunc(out, same) {
			out = append(out, Reference{url, record.Excerpt(name, 512), tags})
		}
	}
	for _, ref := range r.References {
		if tag := tagOf(ref.Type); tag != "" {
			add(ref.URL, ref.Title, tag)
		} else {
			add(ref.URL, ref.Title)
		}
	}
	add(page, "", "vendor-advisory")
	if len(out) == 0 {
		add(ownPage(id), "") // the schema wants one
	}
	return out
}

// ownPage is the record's own page at CVE.
func ownPage(id string) string { return "https://www.cve.org/CVERecord?id=" + id }

// source carries the project's own id, and who found the flaw.
func source(r *record.Record, id string) *Source {
	s := Source{Discovery: "UNKNOWN"}
	if r.ID != id {
		s.Advisory = r.ID
	}
	for _, c := range r.Credits {
		if c.Type == "reporter" || c.Type == "finder" {
			s.Discovery = "EXTERNAL"
			if c.Internal {
				s.Discovery = "INTERNAL"
			}
			break
		}
	}
	return &s
}
