package verify

import (
	"slices"
	"strings"
	"time"

	"github.com/countersign/countersign/verify/gitrepo"
	"github.com/countersign/countersign/verify/patch"
)

// A fix is carried to other branches by "git cherry-pick", and where it conflicts, its lines are reworked. The pick
// still has the original's author and the second at which it was written, or says in its message where it comes
// from. In published histories such picks share half of their lines and more with the original; commits on the
// same flaw that are no picks of each other share hardly any. A reworked pick counts as the fix evolved, and
// is named: whoever reads the verdict can look at it.

// reworked judges a fix whose commits are no ancestors of the source by reworked picks of them. It returns nil
// where text has found the fix, or where a commit has no pick.
func (j *sourceJob) reworked(f Fix, st *Standing) (*Standing, error) {
	if st.lineage || st.later || f.Patch != nil || st.Verdict.Passes() || len(st.files) == 0 {
		return nil, nil
	}
	var commits, lost, found, changed []gitrepo.ID
	for _, id := range f.Commits {
		if j.reach.Has(j.p.graph.Node(id)) {
			commits = append(commits, id)
		} else {
			lost = append(lost, id)
		}
	}
	for _, id := range lost {
		var one gitrepo.ID
		var err error
		if len(lost) > 1 {
			one, err = j.p.sameChange(j, j.p.fixes[id], id)
		}
		if err == nil && one == "" {
			if one, err = j.reworkedPick(id); one != "" {
				changed = append(changed, one)
			}
		}
		if err != nil || one == "" {
			return nil, err
		}
		found = append(found, one)
	}
	sts, err := j.p.inSource(j.source, []Fix{{Name: f.Name, Commits: append(commits, found...)}})
	if err != nil || sts[0].Verdict == Unverifiable {
		return nil, err
	}
	pick := sts[0]
	pick.Equivalent, pick.replaced, pick.reworked = found, lost, changed
	pick.nameReworked()
	return pick, nil
}

// nameReworked turns the verdict on reworked picks that stand into what it is: the fix evolved, by their hand.
func (st *Standing) nameReworked() {
	if len(st.reworked) > 0 && (st.Verdict == Present || st.Verdict == Evolved) {
		st.Verdict, st.Reason = Evolved, "brought by a pick of the fix that changed its lines"
		st.EvolvedBy = addNew(slices.Clone(st.reworked), st.EvolvedBy)
	}
}

// reworkedPick finds the newest commit behind the source, and not behind the fix, that is a reworked pick of it.
func (j *sourceJob) reworkedPick(fix gitrepo.ID) (gitrepo.ID, error) {
	original, err := j.p.repo.Commit(fix)
	if err != nil {
		return "", err
	}
	files := majorFiles(j.p.fixes[fix].files)
	since := original.Author.Time.Unix()
	nodes := slices.DeleteFunc(j.beside(fix), func(n int32) bool { return j.p.graph.Date(n) < since })
	touching, err := j.touching(nodes, files)
	if err != nil || len(touching) == 0 {
		return "", err
	}
	ids := make([]gitrepo.ID, len(touching))
	for i, n := range touching {
		ids[i] = j.p.graph.ID(n)
	}
	commits, errs := j.p.repo.Commits(ids)
	best := int32(-1)
	for i, c := range commits {
		if errs[i] != nil {
			return "", errs[i]
		}
		if !isPick(c, original) || best >= 0 && j.p.graph.Date(best) >= j.p.graph.Date(touching[i]) {
			continue
		}
		ok, err := j.p.reworks(touching[i], files)
		if err != nil {
			return "", err
		}
		if ok {
			best = touching[i]
		}
	}
	if best < 0 {
		return "", nil
	}
	return j.p.graph.ID(best), nil
}

// isPick reports whether a commit is a pick of the original, as git makes them.
func isPick(c, original *gitrepo.Commit) bool {
	return strings.Contains(c.Message, "(cherry picked from commit "+string(original.ID)) ||
		c.Author.Email == original.Author.Email && c.Author.Time.Equal(original.Author.Time)
}

// touching lists those of some commits that changed one of the files: against every parent, so that a merge counts
// for what it changed itself.
func (j *sourceJob) touching(nodes []int32, files []*fixFile) ([]int32, error) {
	g := j.p.graph
	var found []int32
	for _, n := range nodes {
		if len(g.Parents(n)) == 0 {
			continue
		}
		for _, f := range files {
			touched, err := j.touched(n, f.path)
			if err != nil {
				return nil, err
			}
			if touched {
				found = append(found, n)
				break
			}
		}
	}
	return found, nil
}

func (j *sourceJob) touched(n int32, path string) (bool, error) {
	g := j.p.graph
	now, err := j.p.paths.blob(n, path)
	if err != nil {
		return false, err
	}
	for _, q := range g.Parents(n) {
		if g.Tree(q) == "" {
			continue // the edge of what was walked: behind the fix as well
		}
		before, err := j.p.paths.blob(q, path)
		if err != nil || before == now {
			return false, err
		}
	}
	return true, nil
}

// reworks reports whether a commit shares half of its lines with the fix, and leaves nothing of the text before
// the fix where the fix changed it: a pick that lost a part is none.
func (p *Prover) reworks(n int32, fix []*fixFile) (bool, error) {
	id := p.graph.ID(n)
	p.readFixes([]Fix{{Commits: []gitrepo.ID{id}}})
	if err := p.fixes[id].err; err != nil {
		return false, err
	}
	shared, err := p.sharedLines(fix, majorFiles(p.fixes[id].files))
	if err != nil || shared < leastShared {
		return false, err
	}
	for _, f := range fix {
		blob, err := p.paths.blob(n, f.path)
		if err != nil {
			return false, err
		}
		if err := p.load(f); err != nil {
			return false, err
		}
		text, err := p.texts.get(blob)
		if err != nil {
			return false, err
		}
		if blob == "" || f.binary || text.binary {
			continue
		}
		for i := range f.probe.Blocks {
			if state, _ := f.probe.Blocks[i].In(text.text()); state == patch.Absent {
				return false, nil
			}
		}
	}
	return true, nil
}

// leastShared is the share of lines that a reworked pick has in common with the original at least.
const leastShared = 0.5

// sharedLines is the share of the lines that two changes take away and add which they have in common.
func (p *Prover) sharedLines(a, b []*fixFile) (float64, error) {
	count := map[string]int{}
	all, common := 0, 0
	for side, files := range [2][]*fixFile{a, b} {
		for _, f := range files {
			if err := p.identify(f); err != nil {
				return 0, err
			}
			for _, l := range f.lines {
				all++
				switch {
				case side == 0:
					count[l]++
				case count[l] > 0:
					count[l]--
					common += 2
				}
			}
		}
	}
	if all == 0 {
		return 0, nil
	}
	return float64(common) / float64(all), nil
}

// tooEarly reports why the source's branch cannot hold a fix in words of its own: since the fix was written, and
// in the time before in which it may have been tried on this branch first, nothing at all has come to the branch, or
// nothing that touched a file of the fix. It is empty where neither can be said.
func (j *sourceJob) tooEarly(st *Standing) (string, error) {
	var since time.Time
	var there []*fixFile // of the fix's files, those that the source has
	var fix gitrepo.ID
	for _, f := range st.files {
		if f.minor {
			continue
		}
		if f.err != nil {
			return "", nil
		}
		c, err := j.p.repo.Commit(f.file.commit)
		if err != nil {
			return "", err
		}
		if since.IsZero() || c.Author.Time.Before(since) {
			since = c.Author.Time
		}
		if fix == "" {
			fix = f.file.commit
		}
		if f.blob != "" {
			there = append(there, &fixFile{path: f.path})
		}
	}
	if fix == "" {
		return "", nil
	}
	since = since.AddDate(0, 0, -embargoDays)
	nodes := slices.DeleteFunc(j.beside(fix), func(n int32) bool { return j.p.graph.Date(n) < since.Unix() })
	if len(nodes) == 0 {
		return "the source was made before the fix was written", nil
	}
	if len(there) == 0 {
		return "", nil
	}
	touching, err := j.touching(nodes, there)
	if err != nil || len(touching) > 0 {
		return "", err
	}
	return "nothing has touched this file on the source's branch since the fix was written", nil
}

// embargoDays is how long before the named commit a fix may have come to another branch in another form.
const embargoDays = 90
