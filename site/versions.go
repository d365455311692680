package site

import (
	"cmp"
	"html/template"
	"slices"
	"strconv"
	"strings"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/exchange/record"
	"github.com/countersign/countersign/advisories/markdown"
)

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
	b.expose()
	var out []cardView
	for _, name := range b.products() {
		list := b.byProduct[name]
		newest := newestOf(list)
		card := cardView{
			Title: b.productTitle(name), Version: newest.Version, Href: newest.href, Long: len(newest.Version) > 9,
			All: "versions/index.html#page-" + slug(name), Safe: len(newest.affected) == 0,
			Text: "No published advisory affects the newest version.",
		}
		if n := len(newest.affected); n > 0 {
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
	name, rank := "", int32(-2)
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
		b.expose()
		p := &versionsPage{shell: b.shell(file, "versions", "Versions")}
		for _, name := range b.products() {
			view := productView{Slug: slug(name), Title: b.productTitle(name)}
			newest := newestOf(b.byProduct[name])
			for _, rel := range slices.Backward(b.byProduct[name]) {
				rows := b.rowsAt(rel.affected)
				v := versionView{
					Version: rel.Version, Href: "../" + rel.href, Released: rel.Released.String(),
					ReleasedText: rel.Released.day(), Count: len(rows), CountText: "no advisory",
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
	b.expose()
	return together(len(b.releases), func(i int) error {
		rel := b.releases[i]
		better := b.upgrades(rel)
		target := ""
		for _, u := range better {
			target += u.Version + " "
		}
		held := b.held(rel)
		rows := b.keyAt(rel.affected, target, strconv.Itoa(held))
		fixed := b.keyAt(rel.fixed)
		return b.derive(rel.href, hashOf(rel.key[:], rows[:], fixed[:]), func() error {
			return b.page(rel.href, "release.html", b.releaseView(rel, better, held))
		})
	})
}

// upgrades returns what somebody who runs a release should install: the nearest
// newer release that nothing is known to affect, and the newest one, if that is
// another. Where everything newer is affected too, the least affected. A
// pre-release is only named where nothing else is newer.
func (b *builder) upgrades(rel *release) []*release {
	newer := b.byProduct[rel.Product][rel.place+1:]
	if len(rel.affected) == 0 || len(newer) == 0 {
		return nil
	}
	newest := newestOf(newer)
	best := newest
	for _, r := range newer {
		if r.pre && !newest.pre {
			continue
		}
		if len(r.affected) < len(best.affected) || len(r.affected) == len(best.affected) && r.place < best.place {
			best = r
		}
	}
	switch {
	case len(best.affected) >= len(rel.affected):
		return nil
	case best == newest || len(newest.affected) > len(best.affected):
		return []*release{best}
	}
	return []*release{best, newest}
}

func (b *builder) releaseView(rel *release, better []*release, held int) *releasePage {
	name := b.productTitle(rel.Product)
	p := &releasePage{
		shell: b.shell(rel.href, "versions", name+" "+rel.Version), Product: name, Version: rel.Version,
		Released: rel.Released.String(), ReleasedText: rel.Released.day(),
	}
	rows := b.rowsAt(rel.affected)
	p.Description = p.Heading + ": what it is exposed to, and what to install"
	p.Exposed, p.More = b.foremost(rows)
	p.Fixed, p.MoreFixed = b.foremost(b.rowsAt(rel.fixed))
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
	shown := min(len(rows), maxListed)
	views := make([]rowView, 0, shown)
	for rank := len(b.risks.names) - 1; rank >= -1; rank-- {
		for i := len(rows) - 1; i >= 0 && len(views) < shown; i-- {
			if rows[i].rank == int32(rank) {
				views = append(views, b.rowView(rows[i], "../"))
			}
		}
	}
	if shown == len(rows) {
		return views, ""
	}
	return views, plural(len(rows)-shown, "more advisory", "more advisories")
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
		p.SourceHref = record.CommitPage(b.repoURL(src.Repo.V, rel.Product), src.Commit.V)
	}
	p.VerificationClass = "history"
	switch {
	case rel.result != nil:
		p.VerificationClass = "passed"
		p.Verification = []string{"The packages were compared with the source code on " +
			dayOf(rel.result.Predicate.Time) + "."}
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
	b.named.Do(b.nameJudged)
	seen := map[string]bool{}
	for i := range rel.result.Predicate.Fixes {
		id := rel.result.Predicate.Fixes[i].Advisory
		if r := b.byID[id]; r != nil && b.gate.proves(rel, r) == "" {
			seen[id] = true
		}
	}
	return len(seen)
}

// nameJudged finds the public advisories that any result has a verdict on.
func (b *builder) nameJudged() {
	b.byID = map[string]*row{}
	for _, rel := range b.releases {
		if rel.result == nil {
			continue
		}
		for i := range rel.result.Predicate.Fixes {
			b.byID[rel.result.Predicate.Fixes[i].Advisory] = nil
		}
	}
	for _, r := range b.public {
		if _, judged := b.byID[r.ID]; judged && r.why == "" {
			b.byID[r.ID] = r
		}
	}
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
