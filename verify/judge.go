package verify

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/verify/gitrepo"
)

// Judgement is the verdict on one advisory's fix in one package.
type Judgement struct {
	Obligation Obligation
	Package    *Reconstruction
	Fix        *advisories.Fix // the entry that decided; nil where the advisory has none
	Standing   *Standing
	Attested   *advisories.Attested // lifted an unverifiable verdict
	Signatures []CommitSignature    // of the entry's commits and patch, in its order

	inSource bool // the source holds the fix, by the entry that decided

	repo   string  // of the entry's commits, where all are of one repository
	prover *Prover // of that repository
}

// part is what one fix entry asks of one repository.
type part struct {
	entry    *advisories.Fix
	repo     string
	fix      Fix
	patch    *appliedPatch // of an embargoed fix
	standing *Standing     // in the source
}

// judgeFixes asks of every obligation and every package: is the fix there?
func (j *run) judgeFixes(ctx context.Context, owed []Obligation) error {
	parts := make([][]*part, len(owed))
	for i, o := range owed {
		for _, f := range o.Fixes {
			parts[i] = append(parts[i], j.partsOf(o, f)...)
		}
	}
	if err := j.inSources(parts); err != nil {
		return err
	}
	if err := j.prefetch(ctx, parts); err != nil {
		return err
	}
	for i, o := range owed {
		first := len(j.verdicts)
		for _, r := range j.packages {
			if r.Bundle {
				continue
			}
			v, err := j.judge(ctx, o, parts[i], r)
			if err != nil {
				return err
			}
			j.verdicts = append(j.verdicts, v)
		}
		if !j.partOfRelease() {
			proveElsewhere(j.verdicts[first:])
		}
		for _, v := range j.verdicts[first:] {
			j.attest(v)
			j.sayVerdict(v)
		}
	}
	if len(j.verdicts) == 0 && len(owed) > 0 {
		j.say(found(RuleFixUnverifiable, j.release.Source.Whole(), "", "no package of the release could be judged, so whether it holds %s cannot be told: %s",
			plural(len(owed), "fix that it owes", "fixes that it owes"), listed(advisoryIDs(owed))))
	}
	return nil
}

// partsOf splits a fix entry by repository; all parts are needed.
func (j *run) partsOf(o Obligation, f *advisories.Fix) []*part {
	home := cmp.Or(f.Repo.V, j.set.RepoOf(o.Product))
	if f.Patch.Given() {
		p := &part{entry: f, repo: home}
		read, err := j.Verifier.readPatch(f.Patch)
		if err != nil {
			p.standing = &Standing{Verdict: Unverifiable, Reason: "the patch cannot be read: " + err.Error()}
			return []*part{p}
		}
		p.patch = read
		p.fix = Fix{Name: read.path, Patch: &read.diff, IgnoreWhitespace: f.IgnoreWhitespace.V}
		return []*part{p}
	}
	var list []*part
	for _, c := range f.Commits {
		name := cmp.Or(c.Repo.V, home)
		at := slices.IndexFunc(list, func(p *part) bool { return p.repo == name })
		if at < 0 {
			at = len(list)
			list = append(list, &part{entry: f, repo: name, fix: Fix{Name: o.Advisory.ID.V}})
		}
		id, err := gitrepo.ParseID(c.ID.V)
		if err != nil {
			list[at].standing = &Standing{Verdict: Unverifiable, Reason: err.Error()}
			continue
		}
		list[at].fix.Commits = append(list[at].fix.Commits, id)
	}
	return list
}

// inSources asks how every part stands in its repository's source, all in one go.
func (j *run) inSources(parts [][]*part) error {
	byRepo := map[string][]*part{}
	for _, list := range parts {
		for _, p := range list {
			switch src := j.sourceOf(p.repo); {
			case p.standing != nil:
			case src == nil && p.repo == "":
				p.standing = &Standing{Verdict: Unverifiable, Reason: "which repository the fix belongs to is not known: countersign.yaml gives the product none"}
			case src == nil:
				p.standing = &Standing{Verdict: Unverifiable, Reason: fmt.Sprintf("the release's source in the repository %q is not known", p.repo)}
			default:
				byRepo[p.repo] = append(byRepo[p.repo], p)
			}
		}
	}
	for _, repo := range sortedKeys(byRepo) {
		list := byRepo[repo]
		fixes := make([]Fix, len(list))
		for i, p := range list {
			fixes[i] = p.fix
		}
		src := j.sourceOf(repo)
		standings, err := j.prover(repo).InSource(src.commit, fixes)
		if err != nil {
			if err := j.undecidable(err, j.release.Source.Whole()); err != nil {
				return err
			}
			for _, p := range list {
				p.standing = &Standing{Verdict: Unverifiable, Reason: err.Error()}
			}
			continue
		}
		for i, p := range list {
			p.standing = standings[i]
		}
	}
	return nil
}

// prefetch reads, in one pass over each archive, the files of fixes that are not the
// source's own.
func (j *run) prefetch(ctx context.Context, parts [][]*part) error {
	for _, r := range j.packages {
		if r.Bundle || r.Manifest {
			continue
		}
		wanted := map[string]bool{}
		for _, list := range parts {
			for _, p := range list {
				for _, h := range p.standing.Hunks {
					for _, name := range []string{h.File, h.Path} {
						if s := r.sourceIn(p.repo); s != nil && name != "" && r.holdsOther(s, name) {
							wanted[s.root+name] = true
						}
					}
				}
			}
		}
		if err := r.readAll(ctx, sortedKeys(wanted)); err != nil {
			return err
		}
	}
	return nil
}

// sourceIn returns where a repository's tree sits in the package.
func (r *Reconstruction) sourceIn(repo string) *placed {
	for i := range r.sources {
		if r.sources[i].name == repo {
			return &r.sources[i]
		}
	}
	return nil
}

// holdsOther reports whether the package has a file of its own making at a path of
// the source, small enough to be looked at.
func (r *Reconstruction) holdsOther(s *placed, rel string) bool {
	switch r.stateIn(s, rel) {
	case Generated, Unexplained:
		e := r.Package.Find(s.root + rel)
		return e != nil && e.Size <= maxComparedFile
	}
	return false
}

// stateIn is the state of the package's file at a path of a source. Where a file of
// another source explains it, this one's does not.
func (r *Reconstruction) stateIn(s *placed, rel string) FileState {
	switch state := r.states[s.root+rel]; state {
	case Identical, Normalized, Patched:
		if owner, _ := locate(r.sources, s.root+rel); owner != s {
			return Unexplained
		}
		return state
	default:
		return state
	}
}

// judge reaches the verdict on one obligation and one package: the best of the
// advisory's fix entries, each of which is as good as the worst of its parts.
func (j *run) judge(ctx context.Context, o Obligation, parts []*part, r *Reconstruction) (*Judgement, error) {
	v := &Judgement{Obligation: o, Package: r}
	near := 0 // how near the entry that decides is to the source's history
	for _, entry := range o.Fixes {
		var whole *Standing
		repo, closest, inSource := "", nearest, true
		for _, p := range parts {
			if p.entry != entry {
				continue
			}
			st, err := j.inPackage(ctx, p, r)
			if err != nil {
				return nil, err
			}
			repo, closest = p.repo, min(closest, p.standing.nearness())
			inSource = inSource && p.standing.Verdict.Passes()
			whole = both(whole, st)
		}
		if whole != nil && (v.Standing == nil || tellsMore(whole, v.Standing, closest, near)) {
			v.Standing, v.Fix, v.repo, v.prover, near = whole, entry, repo, j.prover(repo), closest
			v.inSource = inSource
		}
	}
	if v.Standing == nil {
		v.Standing = withoutFix(o)
	}
	if r.Package.Incomplete && !v.Standing.Verdict.Passes() {
		v.Standing = &Standing{Verdict: Unverifiable, Reason: "the package could not be read to its end"}
	}
	return v, nil
}

// inPackage judges one part in one package.
func (j *run) inPackage(ctx context.Context, p *part, r *Reconstruction) (*Standing, error) {
	s := r.sourceIn(p.repo)
	if s == nil || p.standing.Verdict == Unverifiable && len(p.standing.Hunks) == 0 {
		return p.standing, nil
	}
	var failed error
	st, err := j.prover(p.repo).InPackage(p.standing, func(rel string) Shipped {
		sh, err := r.shipped(ctx, s, rel)
		if err != nil {
			failed = err
		}
		return sh
	})
	if failed != nil {
		err = failed
	}
	if err != nil {
		if err := j.undecidable(err, j.release.Source.Whole()); err != nil {
			return nil, err
		}
		return &Standing{Verdict: Unverifiable, Reason: err.Error()}, nil
	}
	if r.Changed && st.Verdict == Unverifiable && nothingShips(st) {
		st = &Standing{Verdict: NotApplicable, DecidedBy: ByReconstruction, Reason: "its files did not change since the previous release", Hunks: st.Hunks}
	}
	if r.rebuilt(s, st) || p.standing.Verdict.Passes() && !st.Verdict.Passes() && st.DecidedBy == ByLineage {
		out := *st
		out.DecidedBy = ByReconstruction
		st = &out
	}
	return st, nil
}

// rebuilt reports whether a fix is there because the package's files are what the
// record says they were built from: the source as the fix left it, or the source
// with the record's patches. Where later commits rewrote the fix, lineage decided.
func (r *Reconstruction) rebuilt(s *placed, st *Standing) bool {
	if st.Verdict != Present || r.Manifest && st.DecidedBy == ByContent {
		return false
	}
	for _, h := range st.Hunks {
		if h.Verdict == NotApplicable {
			continue
		}
		switch name := cmp.Or(h.Path, h.File); r.stateIn(s, name) {
		case Identical, Normalized, Patched:
		case "":
			if _, removed := s.before[name]; !removed {
				return false
			}
		default:
			return false
		}
	}
	return len(st.Hunks) > 0
}

// shipped tells what the package holds at a path of the source.
func (r *Reconstruction) shipped(ctx context.Context, s *placed, rel string) (Shipped, error) {
	switch r.stateIn(s, rel) {
	case Identical, Normalized:
		return Shipped{State: Same}, nil
	case Patched:
		return Shipped{State: Differs, Data: s.files[rel].data}, nil
	case Generated, Unexplained, Inner:
		if r.Manifest {
			hashes := r.hashes[s.root+rel]
			return Shipped{State: Unseen, Is: func(data []byte) bool { return isListed(hashes, data) }}, nil
		}
		if !r.holdsOther(s, rel) {
			return Shipped{State: Unseen}, nil
		}
		data, err := r.read(ctx, s.root+rel)
		return Shipped{State: Differs, Data: data}, err
	}
	if _, was := s.before[rel]; was {
		return Shipped{State: Absent}, nil // a patch of the record takes it away
	}
	if _, ok := s.files[rel]; ok && !r.expects(s, rel) {
		return Shipped{State: NotShipped}, nil
	}
	return Shipped{State: Absent}, nil
}
