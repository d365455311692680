package site

import (
	"cmp"
	"html/template"
	"slices"
	"strconv"
	"strings"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/cvss"
	"github.com/countersign/countersign/advisories/cwe"
	"github.com/countersign/countersign/advisories/exchange/record"
	"github.com/countersign/countersign/advisories/markdown"
)

// advisoryView is all that the page of an advisory shows.
func (b *builder) advisoryView(a *advisories.Advisory, r *row) *advisoryPage {
	file, d := advisoryPath(r.ID), r.full()
	p := &advisoryPage{shell: b.shell(file, "advisories", d.Title), ID: r.ID, Risk: b.risks.view(r.Risk)}
	p.HeadTitle = p.headTitle(r.ID + ": " + d.Title)
	p.LongHeading = len([]rune(d.Title)) > 70
	p.Description = b.summary(r, d)
	p.NoIndex = p.NoIndex || r.why != ""
	p.RiskRationale = clean(a.RiskRationale.V)
	for _, alias := range d.Aliases {
		p.Aliases = append(p.Aliases, link{aliasLink(alias), clean(alias)})
	}
	if a.IsIncident() {
		p.Incident = incidentName(a)
	}
	b.fillDates(p, a, r)
	b.fillAffected(p, d)
	b.fillBody(p, a)
	b.fillEvidence(p, r)
	b.fillFixes(p, a)
	fillScores(p, a)
	fillRecord(p, a)
	p.Timeline = b.timeline(a, r, d)
	for _, f := range b.formatsOf(r) {
		p.Machine = append(p.Machine, link{p.Root + f.files[0], f.title})
	}
	return p
}

// summary is the advisory in one sentence, for search engines and feeds.
func (b *builder) summary(r *row, d *detail) string {
	s := b.risks.view(r.Risk).Text
	if v := b.affectedText(d); v != "" {
		s += ". Affects " + v
	}
	if fixes := b.fixedVersions(d, ""); len(fixes) > 0 {
		s += ". Fixed in "
		if len(fixes) <= maxParts {
			s += joinWords(fixes)
		} else {
			s += shortened(fixes, ", ", "more versions")
		}
	}
	return s + "."
}

func (b *builder) fillDates(p *advisoryPage, a *advisories.Advisory, r *row) {
	p.Published, p.PublishedText = r.Published.String(), r.Published.day()
	if at := r.updated(b.in.Now); at.day() != r.Published.day() {
		p.Modified, p.ModifiedText = at.String(), at.day()
	}
	if r.Withdrawn.reached(b.in.Now) {
		p.WithdrawnDate, p.WithdrawnText = r.Withdrawn.String(), r.Withdrawn.day()
		p.Withdrawn = clean(a.Timeline.Withdrawn.Reason.V)
		if p.Withdrawn == "" {
			p.Withdrawn = "Do not rely on it any more."
		}
	}
	if r.why != "" {
		p.Draft = title(r.why) + "."
	}
}

// fillAffected answers "am I affected, and what do I install", by product.
func (b *builder) fillAffected(p *advisoryPage, d *detail) {
	for _, product := range d.Products {
		v := affectedView{Product: b.productTitle(product), Listed: longList(d, product)}
		beside := b.fillRanges(&v, p.Root, d, product)
		var named []string
		for _, fix := range d.Fixes {
			if fix.Product != product || slices.Contains(beside, fix.Version) {
				continue
			}
			if rel := b.find(fix); rel != nil {
				v.Install = append(v.Install, link{p.Root + rel.href, fix.Version})
			} else {
				named = append(named, fix.Version)
			}
		}
		v.InstallText = installText(len(v.Install), named, d.Resolution)
		if len(beside) > 0 && d.Resolution != "wont_fix" {
			v.RangesText = "Install the version that stands beside yours, or a newer one of the same line."
		}
		p.Affected = append(p.Affected, v)
	}
}

// fillRanges says which versions are affected: in a sentence, or, where there are
// several ranges, one by one, with the release that ends each. It returns the
// versions of those releases.
func (b *builder) fillRanges(v *affectedView, root string, d *detail, product string) (beside []string) {
	parts := b.versionsOf(d, product)
	if len(parts) > 0 {
		v.Lead = "Yes, if you run"
	}
	if len(parts) < 2 {
		v.Versions = cmp.Or(strings.Join(parts, ""), "see below")
		return nil
	}
	for _, a := range d.Affected {
		if a.Product != product {
			continue
		}
		for _, span := range a.Ranges {
			line := rangeView{Text: rangeText(span)}
			if rel := b.find(fixRow{product, span.Fixed}); span.Fixed != "" && rel != nil {
				line.Href, line.Install = root+rel.href, span.Fixed
				beside = append(beside, span.Fixed)
			}
			v.Ranges = append(v.Ranges, line)
		}
		if len(a.Versions) > 0 {
			v.Ranges = append(v.Ranges, rangeView{Text: b.listedText(product, a.Versions)})
		}
	}
	return beside
}

// longList names all versions where a sentence has no room for them.
func longList(d *detail, product string) string {
	var all []string
	for _, a := range d.Affected {
		if a.Product == product && len(a.Versions) > maxVersions {
			all = append(all, a.Versions...)
		}
	}
	return strings.Join(all, ", ")
}

func installText(released int, named []string, resolution string) string {
	switch {
	case resolution == "wont_fix":
		return "This will not be fixed."
	case released == 1:
		return "Install this version, or a newer one:"
	case released > 1:
		return "Install one of these versions, or a newer one of the same line:"
	case len(named) > 0:
		return "Fixed in " + joinWords(named) + "."
	case resolution == "mitigated":
		return "There is no complete fix. What reduces the risk is described below."
	}
	return ""
}

// fillBody renders the text, and finds the heading that workarounds stand under.
func (b *builder) fillBody(p *advisoryPage, a *advisories.Advisory) {
	body := markdown.Render(a.Text())
	p.Body = template.HTML(body) // markdown.Render returns no active content
	for _, id := range []string{"workarounds", "workaround", "mitigation", "mitigations"} {
		if strings.Contains(string(p.Body), ` id="`+id+`"`) {
			p.Workarounds = id
			return
		}
	}
}

// fillFixes lists the commits of each fix, with links where the forge is known,
// unless the evidence has named them already.
func (b *builder) fillFixes(p *advisoryPage, a *advisories.Advisory) {
	for i := range a.Fixes {
		fix := &a.Fixes[i]
		product := b.shared.FixProduct(a, fix)
		view := fixView{Version: fix.Version.V}
		for _, c := range fix.Commits {
			href := record.CommitPage(b.repoURL(c.Repo.V, product), c.ID.V)
			view.Commits = append(view.Commits, link{href, c.ID.V})
		}
		shown := len(view.Commits) == 1 && slices.ContainsFunc(p.Evidence, func(e evidenceView) bool { return e.Commit == view.Commits[0].Text })
		if len(view.Commits) > 0 && !shown {
			p.Fixes = append(p.Fixes, view)
		}
	}
}

// repoURL is the public address of a repository: the named one, or that of a
// product.
func (b *builder) repoURL(name, product string) string {
	if name == "" {
		name = b.shared.RepoOf(product)
	}
	if repo := b.in.Set.Config.Repos[name]; repo != nil {
		return webLink(repo.URL.V)
	}
	return ""
}

// fillScores spells out the CVSS vectors. One that cannot be read is shown as
// it is.
func fillScores(p *advisoryPage, a *advisories.Advisory) {
	for _, text := range a.CVSS {
		v, err := cvss.Parse(text.V)
		if err != nil {
			p.Scores = append(p.Scores, scoreView{Version: "vector, incomplete", Vector: clean(text.V)})
			continue
		}
		s := scoreView{
			Version: v.Version, Score: oneDecimal(v.Score), Rating: title(v.Severity),
			Vector: v.Text, Href: calculator(v),
		}
		for _, m := range v.Metrics {
			s.Metrics = append(s.Metrics, metricView{m.Name, m.Meaning, metricMeaning(v.Version, m.Code, m.Value)})
		}
		p.Scores = append(p.Scores, s)
	}
}

// fillRecord fills in references, weaknesses and credits.
func fillRecord(p *advisoryPage, a *advisories.Advisory) {
	for _, id := range a.CWE {
		w := weaknessView{ID: clean(id.V)}
		if cwePattern.MatchString(id.V) {
			w.Href = "https://cwe.mitre.org/data/definitions/" + id.V[len("CWE-"):] + ".html"
		}
		if known, ok := cwe.Lookup(id.V); ok {
			w.Name = known.Name
		}
		p.Weaknesses = append(p.Weaknesses, w)
	}
	for i := range a.References {
		ref := &a.References[i]
		href := webLink(ref.URL.V)
		if href == "" {
			continue
		}
		text := clean(ref.Title.V)
		if text == "" {
			text = strings.TrimPrefix(strings.TrimPrefix(href, "https://"), "http://")
		}
		p.References = append(p.References, referenceView{href, text, ref.Type.V})
	}
	for i := range a.Credits {
		p.Credits = append(p.Credits, creditOf(&a.Credits[i]))
	}
}

var creditRoles = map[string]string{
	"finder": "found it", "reporter": "reported it", "analyst": "analysed it", "coordinator": "coordinated",
	"remediation_developer": "developed the fix", "remediation_reviewer": "reviewed the fix",
	"remediation_verifier": "verified the fix", "tool": "tool used to find it", "sponsor": "sponsored the work",
	"other": "contributed",
}

func creditOf(c *advisories.Credit) creditView {
	v := creditView{Affiliation: clean(c.Affiliation.V), Role: creditRoles[c.Type.V]}
	switch {
	case c.Anonymous.V:
		v.Name, v.Affiliation = "A reporter who prefers to stay anonymous", ""
	case c.Internal.V && c.Name.V == "":
		v.Name = "The project's own team"
	default:
		v.Name, v.Href = creditName(c)
	}
	return v
}

func incidentName(a *advisories.Advisory) string {
	if a.Incident == nil || a.Incident.Type.V == "" || a.Incident.Type.V == "other" {
		return "Incident"
	}
	return "Incident: " + strings.ReplaceAll(a.Incident.Type.V, "_", " ")
}

// timeline tells what happened when, in words. Steps inside the team, and the
// names of its members, stay inside.
func (b *builder) timeline(a *advisories.Advisory, r *row, d *detail) []timeView {
	t := &a.Timeline
	type step struct {
		at   moment
		text string
	}
	steps := []step{
		{momentOf(t.Reported), "Reported to the project"},
		{momentOf(t.Acknowledged), "Report acknowledged"},
		{momentOf(t.Assessed), "Assessment sent to the reporter"},
		{momentOf(t.FixVerified.Date), "Fix verified by the team"},
		{momentOf(t.ReporterConfirmed.Date), "Fix confirmed by the reporter"},
	}
	var releases []step
	for _, fix := range d.Fixes {
		if rel := b.find(fix); rel != nil {
			releases = append(releases, step{rel.Released, b.productTitle(fix.Product) + " " + fix.Version + " released"})
		}
	}
	if n := len(releases); n > maxParts {
		first := slices.MinFunc(releases, func(x, y step) int { return cmp.Compare(x.at.Unix, y.at.Unix) })
		releases = []step{{first.at, first.text + ", the first of " + strconv.Itoa(n) + " with the fix"}}
	}
	steps = append(steps, releases...)
	steps = append(steps, step{r.Published, "Published"})
	if r.Modified.Unix > r.Published.Unix {
		steps = append(steps, step{r.Modified, "Updated"})
	}
	steps = append(steps, step{r.Withdrawn, "Withdrawn"})
	var out []timeView
	slices.SortStableFunc(steps, func(x, y step) int { return cmp.Compare(x.at.Unix, y.at.Unix) })
	for _, s := range steps {
		if s.at.reached(b.in.Now) {
			out = append(out, timeView{s.at.String(), s.at.time().Format("2 Jan 2006"), s.text})
		}
	}
	return out
}
