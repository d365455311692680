package site

import (
	"cmp"
	"html/template"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/markdown"
)

// exposure is, for each release, the public advisories that affect it, oldest
// first, and those that it is the first to fix.
type exposure struct {
	affected map[*release][]*row
	fixed    map[*release][]*row
}

// exposure holds every public advisory against every release. Ranges are looked
// up by their ends among the sorted releases, so that the work does not grow
// with the product of the two.
func (b *builder) exposure() *exposure {
	if b.exposed != nil {
		return b.exposed
	}
	e := &exposure{affected: map[*release][]*row{}, fixed: map[*release][]*row{}}
	places := newPlaces(b.in.Set.Compare, b.byProduct)
	for _, r := range b.public {
		if r.Withdrawn.reached(b.in.Now) {
			continue
		}
		for _, rel := range places.affected(r) {
			e.affected[rel] = append(e.affected[rel], r)
		}
		for _, fix := range r.Fixes {
			if rel := b.find(fix); rel != nil && !slices.Contains(e.fixed[rel], r) {
				e.fixed[rel] = append(e.fixed[rel], r)
			}
		}
	}
	b.exposed = e
	return e
}

// places finds versions among the sorted releases of their product.
type places struct {
	compare  func(product, a, b string) int
	releases map[string][]*release
	seen     map[placeKey]int
	last     map[*release]int // the number of the last advisory found to affect it
	number   int
	out      []*release
}

func newPlaces(compare func(product, a, b string) int, releases map[string][]*release) *places {
	return &places{compare: compare, releases: releases, seen: map[placeKey]int{}, last: map[*release]int{}}
}

type placeKey struct {
	product, version string
	after            bool
}

// place is how many releases are older than a version; with after, how many are
// not newer.
func (p *places) place(product, version string, after bool) int {
	key := placeKey{product, version, after}
	if n, ok := p.seen[key]; ok {
		return n
	}
	list := p.releases[product]
	n := sort.Search(len(list), func(i int) bool {
		c := p.compare(product, list[i].Version, version)
		return c > 0 || c == 0 && !after
	})
	p.seen[key] = n
	return n
}

// affected returns the releases that an advisory affects, as advisories.Status
// has it. The list is good until the next call.
func (p *places) affected(r *row) []*release {
	p.number++
	p.out = p.out[:0]
	for _, a := range r.Affected {
		list := p.releases[a.Product]
		for _, span := range a.Ranges {
			from, to := p.bounds(a.Product, span)
			for i := from; i < to; i++ {
				p.add(list[i])
			}
		}
		for _, v := range a.Versions {
			for i := p.place(a.Product, v, false); i < p.place(a.Product, v, true); i++ {
				p.add(list[i])
			}
		}
	}
	return p.out
}

// add lists a release once for each advisory.
func (p *places) add(rel *release) {
	if p.last[rel] != p.number {
		p.last[rel] = p.number
		p.out = append(p.out, rel)
	}
}

func (p *places) bounds(product string, span rangeRow) (from, to int) {
	if span == (rangeRow{}) {
		return 0, 0
	}
	if span.Introduced != "" {
		from = p.place(product, span.Introduced, false)
	}
	to = len(p.releases[product])
	if span.Fixed != "" {
		to = min(to, p.place(product, span.Fixed, false))
	}
	if span.Last != "" {
		to = min(to, p.place(product, span.Last, true))
	}
	return from, to
}

// products lists the products that have releases, in the order of their titles.
func (b *builder) products() []string {
	var out []string
	for name := range b.byProduct {
		out = append(out, name)
	}
	slices.SortFunc(out, func(x, y string) int {
		return cmp.Or(cmp.Compare(b.productTitle(x), b.productTitle(y)), cmp.Compare(x, y))
	})
	return out
}

// maxCards bounds the products on the home page; the others are one click away.
const maxCards = 9

// cards says for each product what to install.
func (b *builder) cards() []cardView {
	e := b.exposure()
	var out []cardView
	for _, name := range b.products() {
		list := b.byProduct[name]
		newest := newestOf(list)
		card := cardView{
			Title: b.productTitle(name), Version: newest.Version, Href: newest.href, Long: len(newest.Version) > 9,
			All: "versions/index.html#page-" + slug(name), Safe: len(e.affected[newest]) == 0,
			Text: "No published advisory affects the newest version.",
		}
		if n := len(e.affected[newest]); n > 0 {
			card.Text = plural(n, "published advisory affects", "published advisories affect") + " the newest version."
		}
		if out = append(out, card); len(out) == maxCards {
			break
		}
	}
	return out
}

// newestOf is what to install of sorted releases: the newest that is no
// pre-release, where there is one.
func newestOf(list []*release) *release {
	for _, rel := range slices.Backward(list) {
		if !rel.pre {
			return rel
		}
	}
	return list[len(list)-1]
}

// worst is the highest risk among advisories.
func (b *builder) worst(rows []*row) string {
	name, rank := "", -2
	for _, r := range rows {
		if r.rank > rank {
			name, rank = r.Risk, r.rank
		}
	}
	return name
}

func (b *builder) versionsPage() error {
	const file = "versions/index.html"
	return b.derive(file, b.everything(), func() error {
		e := b.exposure()
		p := &versionsPage{shell: b.shell(file, "versions", "Versions")}
		for _, name := range b.products() {
			view := productView{Slug: slug(name), Title: b.productTitle(name)}
			newest := newestOf(b.byProduct[name])
			for _, rel := range slices.Backward(b.byProduct[name]) {
				rows := e.affected[rel]
				v := versionView{
					Version: rel.Version, Href: "../" + rel.href, Released: rel.Released.String(),
					ReleasedText: rel.Released.day(), Count: len(rows), CountText: "none",
					Newest: rel == newest,
				}
				if len(rows) > 0 {
					v.Risk, v.CountText = b.risks.view(b.worst(rows)), plural(len(rows), "advisory", "advisories")
				}
				view.Versions = append(view.Versions, v)
			}
			p.Products = append(p.Products, view)
		}
		return b.page(file, "versions.html", p)
	})
}

// releasePages writes a page for every release that was made.
func (b *builder) releasePages() error {
	e := b.exposure()
	for _, rel := range b.releases {
		better := b.upgrades(rel, e)
		target := ""
		for _, u := range better {
			target += u.Version + " "
		}
		held := b.held(rel)
		rows := b.rowsKey(e.affected[rel], target, strconv.Itoa(held))
		fixed := b.rowsKey(e.fixed[rel])
		err := b.derive(rel.href, hashOf(rel.key[:], rows[:], fixed[:]), func() error {
			return b.page(rel.href, "release.html", b.releaseView(rel, e, better, held))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// upgrades returns what somebody who runs a release should install: the nearest
// newer release that nothing is known to affect, and the newest one, if that is
// another. Where everything newer is affected too, the least affected. A
// pre-release is only named where nothing else is newer.
func (b *builder) upgrades(rel *release, e *exposure) []*release {
	newer := b.byProduct[rel.Product][rel.place+1:]
	if len(e.affected[rel]) == 0 || len(newer) == 0 {
		return nil
	}
	newest := newestOf(newer)
	best := newest
	for _, r := range newer {
		if r.pre && !newest.pre {
			continue
		}
		if len(e.affected[r]) < len(e.affected[best]) || len(e.affected[r]) == len(e.affected[best]) && r.place < best.place {
			best = r
		}
	}
	switch {
	case len(e.affected[best]) >= len(e.affected[rel]):
		return nil
	case best == newest || len(e.affected[newest]) > len(e.affected[best]):
		return []*release{best}
	}
	return []*release{best, newest}
}

func (b *builder) releaseView(rel *release, e *exposure, better []*release, held int) *releasePage {
	name := b.productTitle(rel.Product)
	p := &releasePage{
		shell: b.shell(rel.href, "versions", name+" "+rel.Version), Product: name, Version: rel.Version,
		Released: rel.Released.String(), ReleasedText: rel.Released.day(),
	}
	rows := e.affected[rel]
	p.Description = p.Heading + ": what it is exposed to, and what to install"
	p.Exposed, p.More = b.foremost(rows)
	p.Fixed, p.MoreFixed = b.foremost(e.fixed[rel])
	p.AnswerClass, p.Answer = "clear", "Nothing that is published affects this version."
	if len(rows) > 0 {
		p.AnswerClass = "exposed"
		p.Answer = plural(len(rows), "published advisory affects", "published advisories affect") + " this version. " +
			"The highest risk is " + b.worst(rows) + "."
		p.Advice = "No newer release resolves this yet. Look at the workarounds in the advisories below."
	}
	for i, u := range better {
		p.Advice = "Install:"
		text := u.Version
		if i > 0 {
			text += " (newest)"
		}
		p.Install = append(p.Install, link{p.Root + u.href, text})
	}
	b.fillRelease(p, rel, held)
	return p
}

// maxListed bounds the advisories on the page of one release: somebody who runs
// it has to update, and needs no list of thousands to see that.
const maxListed = 200

// foremost returns the advisories for the page of a release, highest risk
// first, and what to say of those for which there is no room.
func (b *builder) foremost(rows []*row) ([]rowView, string) {
	sorted := slices.Clone(rows)
	slices.SortStableFunc(sorted, func(x, y *row) int { return cmp.Compare(x.rank, y.rank) })
	if len(sorted) <= maxListed {
		return b.rowViews(sorted, "../"), ""
	}
	rest := len(sorted) - maxListed
	return b.rowViews(sorted[rest:], "../"), plural(rest, "more advisory", "more advisories")
}

// fillRelease fills in packages, verification and notes.
func (b *builder) fillRelease(p *releasePage, rel *release, held int) {
	rec := rel.Record
	for i := range rec.Packages {
		p.Packages = append(p.Packages, b.packageView(rel, &rec.Packages[i]))
	}
	if len(rec.Sources) > 0 {
		src := &rec.Sources[0]
		p.SourceCommit, p.Tag = src.Commit.V, clean(src.Tag.V)
		p.SourceHref = commitLink(b.repoURL(src.Repo.V, rel.Product), src.Commit.V)
	}
	p.VerificationClass = "history"
	switch {
	case rel.result != nil:
		p.VerificationClass = "passed"
		p.Verification = []string{"The packages were compared with the source code on " +
			rel.result.Predicate.Time.UTC().Format("2 January 2006") + "."}
		if held > 0 {
			p.Verification = append(p.Verification, "They hold the fixes of "+
				plural(held, "published advisory", "published advisories")+".")
		}
	case b.gate.history(rel):
		p.Verification = []string{"This release was made before the project began to have its packages verified."}
	default:
		p.Verification = []string{"The packages of this release were not verified."}
	}
	if text := rec.Text(); strings.TrimSpace(string(text)) != "" {
		p.Body = template.HTML(markdown.Render(text)) // no active content
	}
}

// held counts the public advisories whose fixes a release's result found in it:
// not a word on what is not public.
func (b *builder) held(rel *release) int {
	if rel.result == nil {
		return 0
	}
	if b.byID == nil {
		b.byID = make(map[string]*row, len(b.public))
		for _, r := range b.public {
			if r.why == "" {
				b.byID[r.ID] = r
			}
		}
	}
	seen := map[string]bool{}
	for i := range rel.result.Predicate.Fixes {
		id := rel.result.Predicate.Fixes[i].Advisory
		if r := b.byID[id]; r != nil && b.gate.proves(rel, r) == "" {
			seen[id] = true
		}
	}
	return len(seen)
}

func (b *builder) packageView(rel *release, pkg *advisories.Package) packageView {
	v := packageView{Name: clean(pkg.Name.V), Href: webLink(pkg.URL.V)}
	switch pkg.Contents.V {
	case "full":
		v.Kind = "full package"
	case "changed":
		v.Kind = "changed files only"
	}
	if pkg.SHA256.V != "" {
		v.Digests = append(v.Digests, factView{"SHA-256", pkg.SHA256.V})
	}
	if pkg.SHA512.V != "" {
		v.Digests = append(v.Digests, factView{"SHA-512", pkg.SHA512.V})
	}
	if rel.result != nil {
		res := packageOf(&rel.result.Predicate, pkg.Name.V)
		v.Signers = b.signersOf(res, "../")
		if res != nil && res.Files > 0 {
			v.Result = strconv.Itoa(explained(res)) + " of " + strconv.Itoa(res.Files) + " files match the source code."
		}
	}
	v.Verify = verifyDownload(pkg)
	return v
}

// verifyDownload is what to type to check a download against its record.
func verifyDownload(pkg *advisories.Package) string {
	var lines []string
	for _, sig := range pkg.Signatures {
		if strings.HasSuffix(sig.V, ".asc") || strings.HasSuffix(sig.V, ".sig") {
			name := sig.V[strings.LastIndex(sig.V, "/")+1:]
			lines = append(lines, "gpg --import keys.asc", "gpg --verify "+word(name)+" "+word(pkg.Name.V))
			break
		}
	}
	if pkg.SHA256.V != "" {
		lines = append(lines, "echo "+word(pkg.SHA256.V+"  "+pkg.Name.V)+" | sha256sum -c")
	}
	return strings.Join(lines, "\n")
}
