package verify

import (
	"slices"

	"github.com/countersign/countersign/verify/gitrepo"
)

// A fix often comes to two branches, by a commit on each. When the branches are merged later, the merge takes one
// side's text, and with it one of the two commits; the other is dropped, though the fix is there. The same is
// true of what was reverted and brought again in other words around it.

// broughtAgain judges a fix that was undone by other commits that make the same change. It returns nil where there
// are none, or where they do not stand either.
func (j *sourceJob) broughtAgain(f Fix, st *Standing) (*Standing, error) {
	if st.Verdict != Reverted || f.Patch != nil || f.again {
		return nil, nil
	}
	tried := slices.Concat(f.Commits, st.Equivalent)
	for range maxTwins {
		var commits, found, replaced []gitrepo.ID
		for _, id := range f.Commits {
			twin, err := j.twin(id, tried)
			if err != nil {
				return nil, err
			}
			if twin == "" {
				commits = append(commits, id)
				continue
			}
			found, replaced = append(found, twin), append(replaced, id)
		}
		if len(found) == 0 {
			return nil, nil
		}
		sts, err := j.p.inSource(j.source, []Fix{{Name: f.Name, Commits: append(commits, found...), again: true}})
		if err != nil {
			return nil, err
		}
		if sts[0].Verdict.Passes() {
			sts[0].Equivalent, sts[0].replaced = found, replaced
			return sts[0], nil
		}
		tried = append(tried, found...)
	}
	return nil, nil
}

// maxTwins bounds how many commits of the same change are tried: a fix comes to few branches.
const maxTwins = 4

// twin finds a commit behind the source, and not behind a fix, that makes the fix's change: with its context, or by
// the word of who made it. Its lines alone are not enough where the fix itself was undone.
func (j *sourceJob) twin(fix gitrepo.ID, tried []gitrepo.ID) (gitrepo.ID, error) {
	p := j.p
	original, err := p.repo.Commit(fix)
	if err != nil {
		return "", err
	}
	nodes := slices.DeleteFunc(j.beside(fix), func(n int32) bool { return slices.Contains(tried, p.graph.ID(n)) })
	files := majorFiles(p.fixes[fix].files)
	found, err := p.findChange(nodes, files, original)
	if err != nil || found == "" || p.isKin(found, original) {
		return found, err
	}
	like, err := p.makes(p.graph.Node(found), files)
	if err != nil || like != sameContext {
		return "", err
	}
	return found, nil
}
