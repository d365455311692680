package verify

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/countersign/countersign/verify/gitrepo"
	"github.com/countersign/countersign/verify/keyring"
	"github.com/countersign/countersign/verify/patch"
	"github.com/countersign/countersign/verify/signature"
)

// CommitSignature is who signed a fix: one of its commits, or its patch file.
//
// Of a fix that reached the source by a cherry-pick, the commit that the source holds is the one that must be
// signed: what the advisory names does not ship. Where the two make byte for byte the same change, the
// signature on the named one vouches for it as well, and Covers names the commit that ships.
type CommitSignature struct {
	Repo   string
	Commit gitrepo.ID // whose signature it is; empty for a patch
	Covers gitrepo.ID // the commit of the source that makes the same change, where that one's own does not count
	Patch  string
	Result signature.Result
	Tag    *signature.Result // of the release's tag, a fact of its own; nil where there is none
	Asked  bool              // the policy asks for it; otherwise it is only told

	named   string // the commit as the advisory names it, where that is no full id
	excused bool   // waivers lift what speaks against it
}

// standing orders signatures: those that count, those that are excused, those that are neither.
func (s *CommitSignature) standing() int {
	switch {
	case s.Result.OK():
		return 0
	case s.excused:
		return 1
	}
	return 2
}

// object is what a waiver names.
func (s *CommitSignature) object() string { return cmp.Or(string(s.Commit), s.Patch, s.named) }

// commitSignature is the judged signature of one commit, shared by all releases.
type commitSignature struct {
	results []signature.Result
	err     error
}

// judgeCommits judges the commits of all fixes at once: one request to git, and the checks, which do not
// depend on each other, share the processors.
func (j *run) judgeCommits() error {
	byRepo := map[string][]gitrepo.ID{}
	for _, v := range j.verdicts {
		for _, k := range j.shippedCommits(v) {
			if _, have := j.signed[k]; !have && j.ev.Repos[k.repo] != nil {
				j.signed[k] = commitSignature{}
				byRepo[k.repo] = append(byRepo[k.repo], k.commit)
			}
		}
	}
	for _, name := range sortedKeys(byRepo) {
		if err := j.judgeCommitsOf(name, byRepo[name]); err != nil {
			return err
		}
	}
	return nil
}

func (j *run) judgeCommitsOf(repo string, ids []gitrepo.ID) error {
	commits, errs := j.ev.Repos[repo].Commits(ids)
	var read []gitrepo.ID
	for i, id := range ids {
		if errs[i] == nil {
			read = append(read, id)
		}
	}
	since, err := j.heldSince(repo, read)
	if err != nil {
		return err
	}
	held := make([]time.Time, len(ids))
	for i := range ids {
		if errs[i] == nil {
			held[i], since = since[0], since[1:]
		}
	}
	judged := make([]commitSignature, len(ids))
	inParallel(len(ids), func(i int) {
		if judged[i].err = errs[i]; errs[i] == nil {
			judged[i].results = j.checkCommit(commits[i].Raw, held[i])
		}
	})
	for i, id := range ids {
		j.signed[treeKey{repo, id}] = judged[i]
	}
	return nil
}

// inParallel calls do for each number below n, on all processors.
func inParallel(n int, do func(i int)) {
	var next atomic.Int64
	var wait sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	wait.Wait()
}

// shippedCommits are the commits by which the source holds a verdict's fix: those that the advisory names, and
// in place of those that are not behind the source their equivalents.
func (j *run) shippedCommits(v *Judgement) []treeKey {
	if v.Fix == nil {
		return nil
	}
	var list []treeKey
	home := cmp.Or(v.Fix.Repo.V, j.set.RepoOf(j.product))
	for _, c := range v.Fix.Commits {
		id, err := gitrepo.ParseID(c.ID.V)
		if err == nil && !slices.Contains(v.Standing.replaced, id) {
			list = append(list, treeKey{cmp.Or(c.Repo.V, home), id})
		}
	}
	if len(v.Standing.replaced) == 0 {
		return list
	}
	for _, id := range v.Standing.Equivalent {
		list = append(list, treeKey{j.repoHolding(v, id), id})
	}
	return list
}

// repoHolding tells which of a fix's repositories an equivalent commit was found in.
func (j *run) repoHolding(v *Judgement, id gitrepo.ID) string {
	home := cmp.Or(v.Fix.Repo.V, j.set.RepoOf(j.product))
	for _, c := range v.Fix.Commits {
		name := cmp.Or(c.Repo.V, home)
		if p := j.prover(name); p != nil && p.fixes[id] != nil && p.fixes[id].err == nil {
			return name
		}
	}
	return home
}

// fixSignatures are the signatures that speak for the commits of a fix.
func (j *run) fixSignatures(v *Judgement) ([]CommitSignature, error) {
	var out []CommitSignature
	for _, c := range v.Fix.Commits {
		if _, err := gitrepo.ParseID(c.ID.V); err != nil {
			out = append(out, CommitSignature{named: c.ID.V, Result: uncheckable(err)})
		}
	}
	for _, k := range j.shippedCommits(v) {
		s, err := j.commitSignature(k)
		if err != nil {
			return nil, err
		}
		if !s.Result.OK() && slices.Contains(v.Standing.Equivalent, k.commit) {
			if s, err = j.coveredBy(v, s); err != nil {
				return nil, err
			}
		}
		out = append(out, s)
	}
	return out, nil
}

// coveredBy looks for a named commit with a signature that counts and the very change of a commit whose own
// signature does not.
func (j *run) coveredBy(v *Judgement, own CommitSignature) (CommitSignature, error) {
	for _, named := range v.Standing.replaced {
		s, err := j.commitSignature(treeKey{own.Repo, named})
		if err != nil {
			return own, err
		}
		if !s.Result.OK() {
			continue
		}
		same, err := j.prover(own.Repo).sameDiff(named, own.Commit)
		if err != nil && !incomplete(err) {
			return own, err
		}
		if same {
			s.Covers = own.Commit
			s.Result.Warnings = append(slices.Clone(s.Result.Warnings), fmt.Sprintf(
				"it is the signature on %s: the source holds %s, which is %s and makes byte for byte the same change", named, own.Commit, describe(own.Result)))
			return s, nil
		}
	}
	return own, nil
}

// commitSignature judges the stored bytes of a commit.
func (j *run) commitSignature(k treeKey) (CommitSignature, error) {
	out := CommitSignature{Repo: k.repo, Commit: k.commit}
	if j.ev.Repos[k.repo] == nil {
		out.Result = uncheckable(fmt.Errorf("the repository %q is not at hand", k.repo))
		return out, nil
	}
	if _, have := j.signed[k]; !have {
		if err := j.judgeCommitsOf(k.repo, []gitrepo.ID{k.commit}); err != nil {
			return out, err
		}
	}
	judged := j.signed[k]
	switch {
	case judged.err == nil:
		out.Result = signature.Best(judged.results)
	case incomplete(judged.err):
		out.Result = uncheckable(judged.err)
	default:
		return out, judged.err
	}
	return out, nil
}

// checkCommit judges every signature of a commit that releases have held since a day, zero for none.
func (j *run) checkCommit(raw []byte, held time.Time) []signature.Result {
	signed, err := signature.SplitCommit(raw)
	if err != nil {
		return []signature.Result{{Status: signature.Bad, Reason: err.Error()}}
	}
	return signature.Check(signed, j.request(keyring.Commit, held))
}

// uncheckable is the result for a signature that cannot be looked at.
func uncheckable(err error) signature.Result {
	return signature.Result{Status: signature.Uncheckable, Reason: err.Error()}
}

// sameDiff reports whether two commits make byte for byte the same change: in the same files the same lines
// taken away and added, between the same neighbours. Only where in the file that is may differ.
func (p *Prover) sameDiff(a, b gitrepo.ID) (bool, error) {
	one, err := p.filesChanged(a)
	if err != nil {
		return false, err
	}
	two, err := p.filesChanged(b)
	if err != nil || len(one) != len(two) || len(one) == 0 {
		return false, err
	}
	for i := range one {
		if same, err := p.sameFileChange(one[i], two[i]); err != nil || !same {
			return false, err
		}
	}
	return true, nil
}

// filesChanged compares a commit with its first parent.
func (p *Prover) filesChanged(id gitrepo.ID) ([]gitrepo.Change, error) {
	c, err := p.repo.Commit(id)
	if err != nil {
		return nil, err
	}
	var from gitrepo.ID
	if len(c.Parents) > 0 {
		parent, err := p.repo.Commit(c.Parents[0])
		if err != nil {
			return nil, err
		}
		from = parent.Tree
	}
	return p.repo.Changes(from, c.Tree)
}

func (p *Prover) sameFileChange(a, b gitrepo.Change) (bool, error) {
	if a.Path != b.Path || a.Old.Mode != b.Old.Mode || a.New.Mode != b.New.Mode {
		return false, nil
	}
	if a.Old.ID == b.Old.ID && a.New.ID == b.New.ID {
		return true, nil
	}
	one, err := p.hunksOf(a)
	if err != nil || one == nil {
		return false, err
	}
	two, err := p.hunksOf(b)
	return slices.EqualFunc(one, two, func(x, y patch.Hunk) bool { return slices.Equal(x.Lines, y.Lines) }), err
}

// hunksOf is the change to one file, nil where it is no change of text.
func (p *Prover) hunksOf(c gitrepo.Change) ([]patch.Hunk, error) {
	var sides [2][]byte
	for i, e := range []gitrepo.Entry{c.Old, c.New} {
		if e.ID == "" {
			continue
		}
		if !e.Mode.IsFile() {
			return nil, nil
		}
		data, err := p.repo.Blob(e.ID)
		if err != nil || patch.IsBinary(data) {
			return nil, err
		}
		sides[i] = data
	}
	return patch.Hunks(sides[0], sides[1]), nil
}
