package verify

import (
	"cmp"
	"maps"
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

// inferred is the commit that a package was most likely built from.
type inferred struct {
	commit gitrepo.ID // empty where nothing fits
	files  int        // of the package that it explains
	tied   int        // other commits that were seen to explain as many
}

// infer names the commit of a repository whose tree explains most files of a
// package. Of several that explain as many, the one with
// the fewest further files wins, then one with a tag, then the newest; but if the
// archive itself names one of them, it is that one: a hint that anybody can write
// decides only between equals.
//
// The whole history has to be read for that only where no tag explains all
// files that the clone knows of, and holds no more than the package.
func (q *question) infer() (inferred, error) {
	var err error
	if q.heads, q.tags, err = allHeads(q.repo); err != nil {
		return inferred{}, err
	}
	matches, err := q.repo.BestHeads(q.heads, q.wanted, candidates)
	if err != nil {
		return inferred{}, err
	}
	best, extra, err := q.choose(matches)
	if err != nil {
		return inferred{}, err
	}
	// For each file of the package that it does not explain, it may have one that the package altered.
	certain := best.files == q.known && extra <= len(q.wanted)-best.files && q.tags[best.commit] != ""
	if certain && (q.hint == "" || slices.Contains(q.heads, q.hint)) {
		return best, nil
	}
	if matches, err = q.repo.BestTrees(q.heads, q.wanted, candidates); err != nil {
		return inferred{}, err
	}
	best, _, err = q.choose(matches)
	return best, err
}

// question is a package whose commit is looked for.
type question struct {
	repo   *gitrepo.Repo
	hint   gitrepo.ID
	heads  []gitrepo.ID
	tags   map[gitrepo.ID]string
	wanted [][]gitrepo.ID      // per file, the blobs that it may be
	blobs  map[gitrepo.ID]bool // all of these
	known  int                 // files of which the clone has the bytes: a commit of a whole clone explains no more
}

func newQuestion(repo *gitrepo.Repo, p *pkgfile.Package, hint gitrepo.ID) (*question, error) {
	q := &question{repo: repo, hint: hint, blobs: make(map[gitrepo.ID]bool, len(p.Entries))}
	for _, e := range p.Entries {
		ids := []gitrepo.ID{gitrepo.ID(e.Blob)}
		if e.BlobLF != e.Blob {
			ids = append(ids, gitrepo.ID(e.BlobLF))
		}
		for _, id := range ids {
			q.blobs[id] = true
		}
		q.wanted = append(q.wanted, ids)
	}
	ids := slices.Collect(maps.Keys(q.blobs))
	held, err := repo.Holds(ids)
	if err != nil {
		return nil, err
	}
	have := map[gitrepo.ID]bool{}
	for i, id := range ids {
		have[id] = held[i]
	}
	for _, ids := range q.wanted {
		if slices.ContainsFunc(ids, func(id gitrepo.ID) bool { return have[id] }) {
			q.known++
		}
	}
	return q, nil
}

// choose picks one of the commits that explain most files, and tells how many further files it has.
func (q *question) choose(matches []gitrepo.Match) (best inferred, extra int, err error) {
	var list []guess
	for i, m := range matches {
		if m.Files < matches[0].Files || m.Files == 0 {
			break
		}
		g := guess{commit: m.Commit, files: m.Files, tagged: q.tags[m.Commit] != "", at: i}
		if g.tree, g.extra, err = extraFiles(q.repo, m.Commit, q.blobs, list); err != nil {
			return inferred{}, 0, err
		}
		list = append(list, g)
	}
	if len(list) == 0 {
		return inferred{}, 0, nil
	}
	slices.SortStableFunc(list, func(a, b guess) int {
		return cmp.Or(cmp.Compare(a.extra, b.extra), boolFirst(a.tagged, b.tagged), cmp.Compare(a.at, b.at))
	})
	first, tied := list[0], 0
	for _, g := range list[1:] {
		if g.extra > first.extra {
			break
		}
		tied++
		if g.commit == q.hint {
			first = g
		}
	}
	return inferred{first.commit, first.files, tied}, first.extra, nil
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
