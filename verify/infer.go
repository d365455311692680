package verify

import (
	"cmp"
	"slices"
	"strings"

	"github.com/countersign/countersign/verify/gitrepo"
	"github.com/countersign/countersign/verify/pkgfile"
)

// candidates is how many commits that explain as many files are told apart.
const candidates = 50

// guess is a commit that a package may have been built from.
type guess struct {
	commit gitrepo.ID
	tree   gitrepo.ID
	files  int  // of the package that it explains
	extra  int  // of its own that the package lacks, at most
	tagged bool // somebody gave it a name
	at     int  // position, newest first
}

// inferCommit names the commit of a repository whose tree explains most files of a
// package, and how many. Of several that explain as many, the one with the fewest
// further files wins, then one with a tag, then the newest; but if the archive itself
// names one of them, it is that one: a hint that anybody can write decides only
// between equals. tied counts the others; best is empty where nothing fits.
func inferCommit(repo *gitrepo.Repo, p *pkgfile.Package, hint gitrepo.ID) (best gitrepo.ID, files, tied int, err error) {
	heads, tags, err := allHeads(repo)
	if err != nil {
		return "", 0, 0, err
	}
	wanted := make([][]gitrepo.ID, len(p.Entries))
	blobs := make(map[gitrepo.ID]bool, len(p.Entries))
	for i, e := range p.Entries {
		wanted[i] = []gitrepo.ID{gitrepo.ID(e.Blob)}
		if e.BlobLF != e.Blob {
			wanted[i] = append(wanted[i], gitrepo.ID(e.BlobLF))
		}
		blobs[gitrepo.ID(e.Blob)], blobs[gitrepo.ID(e.BlobLF)] = true, true
	}
	matches, err := repo.BestTrees(heads, wanted, candidates)
	if err != nil || len(matches) == 0 || matches[0].Files == 0 {
		return "", 0, 0, err
	}
	var list []guess
	for i, m := range matches {
		if m.Files < matches[0].Files {
			break
		}
		g := guess{commit: m.Commit, files: m.Files, tagged: tags[m.Commit] != "", at: i}
		if g.tree, g.extra, err = extraFiles(repo, m.Commit, blobs, list); err != nil {
			return "", 0, 0, err
		}
		list = append(list, g)
	}
	slices.SortStableFunc(list, func(a, b guess) int {
		return cmp.Or(cmp.Compare(a.extra, b.extra), boolFirst(a.tagged, b.tagged), cmp.Compare(a.at, b.at))
	})
	first := list[0]
	for _, g := range list[1:] {
		if g.extra > first.extra {
			break
		}
		tied++
		if g.commit == hint {
			first = g
		}
	}
	return first.commit, first.files, tied, nil
}

// extraFiles counts the files of a commit whose bytes the package does not hold. A
// tree that was counted before is not read again.
func extraFiles(repo *gitrepo.Repo, id gitrepo.ID, blobs map[gitrepo.ID]bool, before []guess) (tree gitrepo.ID, n int, err error) {
	c, err := repo.Commit(id)
	if err != nil {
		return "", 0, err
	}
	for _, g := range before {
		if g.tree == c.Tree {
			return c.Tree, g.extra, nil
		}
	}
	entries, err := repo.Files(id)
	for _, e := range entries {
		if e.Mode.IsFile() && !blobs[e.ID] {
			n++
		}
	}
	return c.Tree, n, err
}

func boolFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// allHeads lists the commits that branches and tags point at, and the tag of those
// that have one, the first by name.
func allHeads(repo *gitrepo.Repo) (heads []gitrepo.ID, tags map[gitrepo.ID]string, err error) {
	refs, err := repo.Refs("refs/")
	if err != nil {
		return nil, nil, err
	}
	seen := map[gitrepo.ID]bool{}
	tags = map[gitrepo.ID]string{}
	for _, r := range refs {
		if tag, ok := strings.CutPrefix(r.Name, "refs/tags/"); ok && tags[r.Commit] == "" {
			tags[r.Commit] = tag
		}
		if r.Commit != "" && !seen[r.Commit] && !strings.HasPrefix(r.Name, "refs/replace/") {
			seen[r.Commit] = true
			heads = append(heads, r.Commit)
		}
	}
	return heads, tags, nil
}
