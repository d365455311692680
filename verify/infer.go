package verify

import (
	"github.com/countersign/countersign/verify/gitrepo"
	"github.com/countersign/countersign/verify/pkgfile"
)

// candidates is how many commits that explain as many files are told apart.
const candidates = 50

// inferCommit names the commit of a repository whose tree explains most files of a
// package, and how many. Of several that explain as many the newest wins, unless the
// archive itself names one of them: that is a hint which anybody can write, so it
// decides nothing else. tied counts the others; best is empty where none fits.
func inferCommit(repo *gitrepo.Repo, p *pkgfile.Package, hint gitrepo.ID) (best gitrepo.ID, files, tied int, err error) {
	heads, err := allHeads(repo)
	if err != nil {
		return "", 0, 0, err
	}
	wanted := make([][]gitrepo.ID, len(p.Entries))
	for i, e := range p.Entries {
		wanted[i] = []gitrepo.ID{gitrepo.ID(e.Blob)}
		if e.BlobLF != e.Blob {
			wanted[i] = append(wanted[i], gitrepo.ID(e.BlobLF))
		}
	}
	matches, err := repo.BestTrees(heads, wanted, candidates)
	if err != nil || len(matches) == 0 || matches[0].Files == 0 {
		return "", 0, 0, err
	}
	best, files = matches[0].Commit, matches[0].Files
	for _, m := range matches[1:] {
		if m.Files != files {
			break
		}
		tied++
		if m.Commit == hint {
			best = hint
		}
	}
	return best, files, tied, nil
}

// allHeads lists the commits that branches and tags point at.
func allHeads(repo *gitrepo.Repo) ([]gitrepo.ID, error) {
	refs, err := repo.Refs("refs/")
	if err != nil {
		return nil, err
	}
	var heads []gitrepo.ID
	seen := map[gitrepo.ID]bool{}
	for _, r := range refs {
		if r.Commit != "" && !seen[r.Commit] {
			seen[r.Commit] = true
			heads = append(heads, r.Commit)
		}
	}
	return heads, nil
}
