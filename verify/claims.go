package verify

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
	"github.com/countersign/countersign/verify/gitrepo"
	"github.com/countersign/countersign/verify/patch"
)

// Claims answers, for gate 1, the claims of documents that only a repository can
// confirm: the commits of fixes and releases exist, and patches can be read and
// apply to the source of the release that they are for. A repository that is not at
// hand is not asked; one that cannot answer gives an unchecked finding.
func Claims(ctx context.Context, ev Evidence, set *advisories.Set) ([]finding.Finding, error) {
	c := &claimant{Verifier: New(ev, set, nil)}
	for _, a := range set.Advisories {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if a.Broken || a.Rejected() {
			continue
		}
		for i := range a.Fixes {
			if err := c.fix(a, &a.Fixes[i]); err != nil {
				return nil, err
			}
		}
	}
	for _, r := range set.Releases {
		for i := range r.Sources {
			s := &r.Sources[i]
			if err := c.commit(cmp.Or(s.Repo.V, set.RepoOf(set.ProductOf(r))), s.Commit); err != nil {
				return nil, err
			}
		}
	}
	finding.Sort(c.list)
	return c.list, nil
}

type claimant struct {
	*Verifier
	list []finding.Finding
}

func (c *claimant) fix(a *advisories.Advisory, f *advisories.Fix) error {
	product := c.set.FixProduct(a, f)
	home := cmp.Or(f.Repo.V, c.set.RepoOf(product))
	for _, commit := range f.Commits {
		if err := c.commit(cmp.Or(commit.Repo.V, home), commit.ID); err != nil {
			return err
		}
	}
	if !f.Patch.Given() {
		return nil
	}
	p, err := c.readPatch(f.Patch)
	if err != nil {
		c.list = append(c.list, found(RulePatchUnreadable, f.Patch.At, "", "%v", err))
		return nil
	}
	return c.applies(product, home, f, p)
}

// commit confirms that a commit exists, and offers the full id for a short one.
func (c *claimant) commit(name string, id advisories.Value[string]) error {
	repo := c.ev.Repos[name]
	if repo == nil || !id.Given() {
		return nil
	}
	full, err := gitrepo.ParseID(id.V)
	if err != nil {
		return c.abbreviated(name, repo, id)
	}
	kind, err := repo.Kind(full)
	switch {
	case err == nil && kind != "commit":
		c.list = append(c.list, found(RuleCommitAbsent, id.At, "", "%s is a %s of %s, expected a commit", full, kind, name))
	case incomplete(err):
		f := found(RuleCommitAbsent, id.At, "fetch the branch that holds it, or correct the id", "%s has no commit %s", name, full)
		if strings.Contains(err.Error(), "it is shallow") || strings.Contains(err.Error(), "partial clone") {
			f = unchecked(RuleCommitAbsent, id.At, "", "%v", err)
		}
		c.list = append(c.list, f)
	case err != nil:
		c.list = append(c.list, unchecked(RuleCommitAbsent, id.At, "", "%v", err))
	}
	return nil
}

// minAbbreviation is git's own shortest.
const minAbbreviation = 4

func (c *claimant) abbreviated(name string, repo *gitrepo.Repo, id advisories.Value[string]) error {
	if len(id.V) < minAbbreviation || strings.Trim(id.V, "0123456789abcdef") != "" {
		return nil // that this is no object id at all is gate 1's own finding
	}
	full, err := c.expand(repo, id.V)
	if err != nil {
		return err
	}
	switch len(full) {
	case 0:
		c.list = append(c.list, found(RuleCommitAbsent, id.At, "", "%s has no commit whose id begins with %s", name, id.V))
	case 1:
		f := found(RuleCommitAbbreviated, id.At, "write "+string(full[0]), "%s is short for %s", id.V, full[0])
		f.Edit = &finding.Edit{At: id.At, New: string(full[0])}
		c.list = append(c.list, f)
	default:
		c.list = append(c.list, found(RuleCommitAbbreviated, id.At, "write the full id of the one that is meant",
			"%s begins the ids of %s: %s", id.V, plural(len(full), "commit", "commits"), strings.Join(texts(full[:min(len(full), shown)]), ", ")))
	}
	return nil
}

// expand lists the commits behind any ref whose id begins with a prefix.
func (c *claimant) expand(repo *gitrepo.Repo, prefix string) ([]gitrepo.ID, error) {
	heads, _, err := allHeads(repo)
	if err != nil {
		return nil, err
	}
	g := repo.NewGraph()
	if err := g.Load(heads); err != nil && !incomplete(err) {
		return nil, err
	}
	var full []gitrepo.ID
	for n := range int32(g.Len()) {
		if id := g.ID(n); strings.HasPrefix(string(id), prefix) {
			full = append(full, id)
		}
	}
	return full, nil
}

// applies confirms that a patch fits the source of the release it is for: by the
// release's record, else by the newest release that is recorded.
func (c *claimant) applies(product, repoName string, f *advisories.Fix, p *appliedPatch) error {
	repo := c.ev.Repos[repoName]
	r := c.set.Release(product, f.Version.V)
	if repo == nil || r == nil || r.Broken {
		return nil
	}
	for i := range r.Sources {
		s := &r.Sources[i]
		id, err := gitrepo.ParseID(s.Commit.V)
		if err != nil || cmp.Or(s.Repo.V, c.set.RepoOf(product)) != repoName {
			continue
		}
		tree, err := c.tree(repoName, repo, id)
		if err == nil {
			err = tree.clone().apply(p, patch.Options{IgnoreWhitespace: f.IgnoreWhitespace.V})
		}
		switch {
		case err != nil && incomplete(err):
			c.list = append(c.list, unchecked(RulePatchConflict, f.Patch.At, "", "%v", err))
		case err != nil:
			c.list = append(c.list, found(RulePatchConflict, f.Patch.At, "make it again on that commit, or see whether it needs ignore_whitespace: true",
				"%s does not apply to %s, the source of %s: %v", p.path, short(id), r.Version.V, err))
		}
	}
	return nil
}

// ToVerify lists the releases that gate 2 is asked about when none is named: those
// with packages that are not history, by the policy and the days of the trusted set, or
// of the judged one where trusted is nil. A record that did not load is among them: it
// may be of such a release.
func ToVerify(set, trusted *advisories.Set) []*advisories.Release {
	trusted = cmp.Or(trusted, set)
	since := trusted.Config.Policy.Effective().VerifySince
	var list []*advisories.Release
	for _, r := range set.Releases {
		known := r
		if trusted != set {
			known = trusted.Release(set.ProductOf(r), r.Version.V)
		}
		history := !since.IsZero() && known != nil && known.Released.Given() && known.Released.V.Before(since.Time)
		if r.Broken || len(r.Packages) > 0 && !history {
			list = append(list, r)
		}
	}
	return list
}

// holds tells of some commits whether each is an ancestor of another, or the same. Where the clone cannot answer, it
// counts as none.
func (p *Prover) holds(head gitrepo.ID, ids []gitrepo.ID) ([]bool, error) {
	held := make([]bool, len(ids))
	if len(ids) == 0 {
		return held, nil
	}
	reach, err := p.graph.Walk(head, ids)
	switch {
	case err == nil:
		for i, id := range ids {
			held[i] = reach.Has(p.graph.Node(id))
		}
	case !incomplete(err):
		return nil, fmt.Errorf("history behind %s: %w", head, err)
	case len(ids) > 1: // what is absent need not lie between the others and the head
		for i := range ids {
			one, err := p.holds(head, ids[i:i+1])
			if err != nil {
				return nil, err
			}
			held[i] = one[0]
		}
	}
	return held, nil
}
