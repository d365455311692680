package exchange

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/exchange/record"
)

// namer knows what products and repositories are called in countersign.yaml:
// those that are there keep their names, new ones get one of their own.
type namer struct {
	products []record.Product // new ones
	repos    []record.Repo    // new ones

	known    []record.Product // those of the repository
	byKey    map[string]int   // identity → index in known+products
	loosely  map[string]int   // another name by which one may be meant → index in known
	taken    map[string]bool  // names of products
	repoName map[string]string
	repoUsed map[string]bool
}

func newNamer(set *advisories.Set) *namer {
	n := &namer{
		byKey: map[string]int{}, loosely: map[string]int{}, taken: map[string]bool{},
		repoName: map[string]string{}, repoUsed: map[string]bool{},
	}
	if set == nil {
		return n
	}
	for _, name := range set.ProductNames() {
		p := record.ProductOf(set, name)
		n.known = append(n.known, p)
		n.taken[name] = true
		for _, key := range identities(p) {
			n.byKey[key] = len(n.known) - 1
		}
		for _, key := range []string{"name " + p.Name, "title " + strings.ToLower(p.DisplayName()), "repo " + repoIdentity(p.Repo)} {
			if _, twice := n.loosely[key]; !twice {
				n.loosely[key] = len(n.known) - 1
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(set.Config.Repos)) {
		n.repoUsed[name] = true
		if repo := set.Config.Repos[name]; repo != nil {
			n.repoName[repoIdentity(repo.URL.V)] = name
		}
	}
	return n
}

// identities are the names by which a product is recognised, best first.
func identities(p record.Product) []string {
	var out []string
	if p.Ecosystem != "" {
		out = append(out, "package "+p.Ecosystem+" "+p.Package)
	}
	if p.PURL != "" {
		out = append(out, "purl "+strings.ToLower(record.BasePURL(p.PURL)))
	}
	if p.CPE != "" {
		out = append(out, "cpe "+p.CPE)
	}
	if len(out) > 0 {
		return out
	}
	if p.Title != "" {
		out = append(out, "title "+strings.ToLower(p.Title))
	}
	if p.Repo != "" && p.Title == "" {
		out = append(out, "repo "+repoIdentity(p.Repo))
	}
	if len(out) == 0 {
		out = append(out, "name "+p.Name)
	}
	return out
}

func repoIdentity(address string) string {
	return strings.TrimSuffix(strings.TrimRight(address, "/"), ".git")
}

func (n *namer) all(i int) *record.Product {
	if i < len(n.known) {
		return &n.known[i]
	}
	return &n.products[i-len(n.known)]
}

// find returns the index of a product, or -1.
func (n *namer) find(p record.Product) int {
	for _, key := range identities(p) {
		if i, ok := n.byKey[key]; ok {
			return i
		}
	}
	for _, key := range looseNames(p) {
		if i, ok := n.loosely[key]; ok {
			return i
		}
	}
	return -1
}

// looseNames are the names by which a product of the repository may be meant,
// where it is none that is known better.
func looseNames(p record.Product) []string {
	var out []string
	if p.Title != "" {
		out = append(out, "title "+strings.ToLower(p.Title))
	}
	if p.Ecosystem == "" && p.Title == "" {
		out = append(out, "name "+p.Name)
	}
	if p.Ecosystem == "" && p.Repo != "" {
		out = append(out, "repo "+repoIdentity(p.Repo))
	}
	return out
}

// see makes names for what a record speaks of and the repository does not have.
func (n *namer) see(r *record.Record) {
	for i := range r.Affected {
		a := &r.Affected[i]
		at := n.find(a.Product)
		if at < 0 {
			at = len(n.known) + len(n.products)
			p := a.Product
			p.Name = n.unused(p)
			p.PURL = purlOf(p)
			n.products = append(n.products, p)
		}
		p := n.all(at)
		for _, key := range identities(a.Product) {
			if _, ok := n.byKey[key]; !ok {
				n.byKey[key] = at
			}
		}
		if p.Repo == "" && a.Product.Repo != "" && at >= len(n.known) {
			p.Repo = a.Product.Repo
		}
		if p.Repo != "" && p.RepoName == "" && at >= len(n.known) {
			p.RepoName = n.repo(p.Repo)
		}
		if at >= len(n.known) && p.Versions != "generic" {
			p.Versions = orderOf(*a)
		}
	}
	for _, f := range r.Fixes {
		for _, c := range f.Commits {
			n.repo(c.Repo)
		}
	}
}

// purlOf drops a package URL that only repeats what ecosystem and package say.
func purlOf(p record.Product) string {
	if p.PURL == record.PURLOf(p.Ecosystem, p.Package) {
		return ""
	}
	return p.PURL
}

// unused gives a product a name that no other has; of two packages of one name
// the second is told apart by its ecosystem.
func (n *namer) unused(p record.Product) string {
	name := p.Name
	if name == "" {
		name = p.Suggestion()
	}
	if n.taken[name] && p.Ecosystem != "" {
		name += "-" + record.Key(p.Ecosystem)
	}
	for base, i := name, 2; n.taken[name]; i++ {
		name = base + "-" + strconv.Itoa(i)
	}
	n.taken[name] = true
	return name
}

// repo returns the name of a repository, a new one where it has none.
func (n *namer) repo(address string) string {
	if address == "" {
		return ""
	}
	key := repoIdentity(address)
	if name, ok := n.repoName[key]; ok {
		return name
	}
	name := record.RepoKey(address)
	for base, i := name, 2; n.repoUsed[name]; i++ {
		name = base + "-" + strconv.Itoa(i)
	}
	n.repoUsed[name], n.repoName[key] = true, name
	n.repos = append(n.repos, record.Repo{Name: name, URL: address})
	return name
}

// rename puts the names into a record. Entries that turn out to be of one
// product become one.
func (n *namer) rename(r *record.Record) {
	to, place := map[string]string{}, map[string]int{}
	var merged []record.Affected
	for _, a := range r.Affected {
		p := *n.all(n.find(a.Product))
		to[a.Product.Name] = p.Name
		a.Product = p
		at, known := place[p.Name]
		if !known {
			place[p.Name] = len(merged)
			merged = append(merged, a)
			continue
		}
		merged[at].Ranges = append(merged[at].Ranges, a.Ranges...)
		merged[at].Versions = append(merged[at].Versions, a.Versions...)
	}
	fixes := r.Fixes
	r.Affected, r.Fixes = merged, nil
	for _, f := range fixes {
		product := to[f.Product]
		for j := range f.Commits {
			f.Commits[j].RepoName = n.repo(f.Commits[j].Repo)
		}
		r.AddFix(product, cmp.Or(f.Version, onlyFixed(r, product)), f.Commits)
	}
}

// orderOf tells how the versions of a product are ordered: as semantic versions
// where all of them are.
func orderOf(a record.Affected) string {
	list := slices.Clone(a.Versions)
	for _, rg := range a.Ranges {
		list = append(list, rg.Introduced, rg.Fixed, rg.LastAffected)
	}
	for _, v := range list {
		if v != "" && v != "0" && !record.IsSemver(v) {
			return "generic"
		}
	}
	return "semver"
}

// onlyFixed is the version that the fixes of a product are for, where its ranges
// leave one answer.
func onlyFixed(r *record.Record, product string) string {
	version := ""
	for _, a := range r.Affected {
		for _, rg := range a.Ranges {
			if a.Product.Name != product || rg.Fixed == "" || rg.Fixed == version {
				continue
			}
			if version != "" {
				return ""
			}
			version = rg.Fixed
		}
	}
	return version
}
