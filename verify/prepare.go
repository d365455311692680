package verify

import (
	"cmp"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/verify/gitrepo"
)

// Prepare tells which releases will be asked about, so that the history behind all
// of them is read once. It changes no verdict: what cannot be read here is reported by
// the release that needs it.
func (v *Verifier) Prepare(releases []*advisories.Release) {
	sources := map[string][]gitrepo.ID{}
	fixes := map[string][]Fix{}
	told := map[treeKey]bool{}
	for _, r := range releases {
		product := v.set.ProductOf(r)
		for i := range r.Sources {
			s := &r.Sources[i]
			if id, err := gitrepo.ParseID(s.Commit.V); err == nil {
				name := cmp.Or(s.Repo.V, v.set.RepoOf(product))
				sources[name] = append(sources[name], id)
			}
		}
		owed, _ := Obligations(v.set, r)
		for _, o := range owed {
			for _, f := range o.Fixes {
				v.collect(o, f, told, fixes)
			}
		}
	}
	for _, name := range sortedKeys(sources) {
		if p := v.prover(name); p != nil {
			_ = p.Prepare(sources[name], fixes[name]) // only read ahead: each release reports what it lacks
		}
	}
}

// collect notes the commits of one fix entry, each once.
func (v *Verifier) collect(o Obligation, f *advisories.Fix, told map[treeKey]bool, fixes map[string][]Fix) {
	for _, c := range f.Commits {
		name := cmp.Or(c.Repo.V, f.Repo.V, v.set.RepoOf(o.Product))
		id, err := gitrepo.ParseID(c.ID.V)
		if err != nil || told[treeKey{name, id}] {
			continue
		}
		told[treeKey{name, id}] = true
		fixes[name] = append(fixes[name], Fix{Name: o.Advisory.ID.V, Commits: []gitrepo.ID{id}})
	}
}
