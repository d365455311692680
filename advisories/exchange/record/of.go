package record

import (
	"cmp"
	"iter"
	"slices"
	"sort"
	"strings"

	"github.com/countersign/countersign/advisories"
)

// Of returns what an advisory says to the public.
func Of(set *advisories.Set, a *advisories.Advisory) *Record {
	t := &a.Timeline
	r := &Record{
		Project: set.Config.Project.Name.V,
		ID:      a.ID.V, Title: a.Title.V, Kind: a.Kind.V, Risk: a.Risk.V, Rationale: a.RiskRationale.V,
		Body:       strings.TrimSpace(string(a.PublicText())),
		Resolution: a.Resolution.V,
		CVSS:       advisories.Texts(a.CVSS),
		CWE:        advisories.Texts(a.CWE),
		Aliases:    advisories.Texts(a.Aliases),
		Reported:   t.Reported.V,
		Published:  t.Published.V,
		Modified:   a.Modified.V,
		Withdrawn:  Reason{t.Withdrawn.Date.V, t.Withdrawn.Reason.V},
		Rejected:   Reason{t.Rejected.Date.V, t.Rejected.Reason.V},
	}
	r.Affected = affectedOf(set, a)
	for i := range a.Fixes {
		r.Fixes = append(r.Fixes, fixOf(set, a, &a.Fixes[i]))
	}
	for _, c := range a.Credits {
		credit := Credit{c.Name.V, c.Type.V, c.Affiliation.V, c.URL.V, c.Anonymous.V, c.Internal.V}
		if credit.Anonymous { // whatever the team noted beside it
			credit.Name, credit.Affiliation, credit.URL = "", "", ""
		}
		r.Credits = append(r.Credits, credit)
	}
	for _, ref := range a.References {
		r.References = append(r.References, Reference{ref.Type.V, ref.URL.V, ref.Title.V})
	}
	return r
}

// ProductOf returns a product of countersign.yaml. A name that is not there
// keeps the name alone.
func ProductOf(set *advisories.Set, name string) Product {
	p := Product{Name: name}
	from := set.Product(name)
	if from == nil {
		return p
	}
	p.Title, p.PURL, p.CPE = from.Title.V, from.PURL.V, from.CPE.V
	p.Ecosystem, p.Package = from.Ecosystem.V, from.Package.V
	p.Versions, p.RepoName = from.Versions.V, set.RepoOf(name)
	p.Repo = repoURL(set, p.RepoName)
	if p.Ecosystem == "" {
		p.Ecosystem, p.Package = PackageOf(p.PURL)
	}
	if p.PURL == "" {
		p.PURL = PURLOf(p.Ecosystem, p.Package)
	}
	return p
}

// DisplayName is what a person calls the product.
func (p Product) DisplayName() string {
	return cmp.Or(p.Title, p.Package, p.Name)
}

func repoURL(set *advisories.Set, name string) string {
	if repo := set.Config.Repos[name]; repo != nil {
		return repo.URL.V
	}
	return ""
}

// affectedOf makes one entry of all that the advisory says of a product, lest the
// formats say of a version that it is affected in one place and fixed in another.
func affectedOf(set *advisories.Set, a *advisories.Advisory) []Affected {
	var out []Affected
	place := map[string]int{}
	for i := range a.Affected {
		entry := &a.Affected[i]
		name := set.AffectedProduct(a, entry)
		at, again := place[name]
		if !again {
			at = len(out)
			place[name] = at
			out = append(out, Affected{Product: ProductOf(set, name)})
			out[at].sortReleases(set, a)
		}
		to := &out[at]
		to.Versions = append(to.Versions, advisories.Texts(entry.Versions)...)
		for _, rg := range entry.Ranges {
			to.Ranges = append(to.Ranges, Range{rg.Introduced.V, rg.Fixed.V, rg.LastAffected.V})
		}
		if again {
			slices.SortStableFunc(to.Ranges, func(x, y Range) int {
				return set.Compare(name, cmp.Or(x.Introduced, "0"), cmp.Or(y.Introduced, "0"))
			})
		}
	}
	return out
}

// sortReleases sorts the product's public releases: those that are affected, and
// those older than the flaw. A release without a day is a candidate that the
// public does not know.
func (a *Affected) sortReleases(set *advisories.Set, adv *advisories.Advisory) {
	var list []string
	for _, release := range set.Releases {
		if release.Released.Given() && set.ProductOf(release) == a.Product.Name {
			list = append(list, release.Version.V)
		}
	}
	for from, to := range stretches(set, adv, a.Product.Name, list) {
		switch set.Status(adv, a.Product.Name, list[from]) {
		case advisories.StatusAffected:
			a.Released = append(a.Released, list[from:to]...)
		case advisories.StatusNotAffected:
			a.Before = append(a.Before, list[from:to]...)
		}
	}
}

// stretches cuts a product's sorted versions wherever a version stands that the
// advisory names: between two of those it says the same of all, so that not every
// one of hundreds of releases has to be held against it.
func stretches(set *advisories.Set, adv *advisories.Advisory, product string, list []string) iter.Seq2[int, int] {
	cuts := []int{0, len(list)}
	for _, named := range namedVersions(adv) {
		at := sort.Search(len(list), func(i int) bool { return set.Compare(product, list[i], named) >= 0 })
		cuts = append(cuts, at)
		for at < len(list) && set.Compare(product, list[at], named) == 0 {
			at++
		}
		cuts = append(cuts, at)
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	return func(yield func(from, to int) bool) {
		for i := 0; i+1 < len(cuts) && yield(cuts[i], cuts[i+1]); i++ {
		}
	}
}

// namedVersions lists every version on which the state of another can depend,
// whatever product it is of, each once.
func namedVersions(adv *advisories.Advisory) []string {
	var out []string
	add := func(v advisories.Value[string]) {
		if v.Given() {
			out = append(out, v.V)
		}
	}
	for i := range adv.Affected {
		for _, v := range adv.Affected[i].Versions {
			add(v)
		}
		for _, rg := range adv.Affected[i].Ranges {
			add(rg.Introduced)
			add(rg.Fixed)
			add(rg.LastAffected)
		}
	}
	for i := range adv.Fixes {
		add(adv.Fixes[i].Version)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// fixOf drops the patch: its bytes may be embargoed, and its path names a file
// that the public does not have.
func fixOf(set *advisories.Set, a *advisories.Advisory, f *advisories.Fix) Fix {
	product := ProductOf(set, set.FixProduct(a, f))
	out := Fix{Product: product.Name, Version: f.Version.V}
	for _, c := range f.Commits {
		commit := Commit{product.RepoName, product.Repo, c.ID.V}
		if c.Repo.Given() {
			commit.RepoName, commit.Repo = c.Repo.V, repoURL(set, c.Repo.V)
		}
		out.Commits = append(out.Commits, commit)
	}
	return out
}
