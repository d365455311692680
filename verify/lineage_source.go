package verify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/countersign/countersign/verify/gitrepo"
	"github.com/countersign/countersign/verify/patch"
)

// fileStanding is one file of a fix in a source tree.
type fileStanding struct {
	file   *fixFile
	path   string     // in the source; empty where the file is gone
	blob   gitrepo.ID // in the source
	whole  bool       // the source's file is the very file that the fix left
	blocks []blockStanding
	own    []patch.Edit // the fix's change, and
	since  []patch.Edit // what changed from the file that the fix left to the source's, where they were compared
	minor  bool         // a test or documentation of a fix that also changes code: what becomes of it decides nothing
	err    error        // why the file cannot be judged
}

// blockStanding is one block of a file in a source tree.
type blockStanding struct {
	verdict Verdict // Present, Evolved, Reverted, Missing, Unverifiable
	from    int     // lines of the source's file, or the place where they were; -1 where unknown
	to      int
	path    string // where the block stands now, when it moved to another file
	into    string // file that a rename or split made, which undid the block in doing so
	copied  bool   // path is a copy without the fix, which took the place of the fix's file
	blob    gitrepo.ID
	by      []gitrepo.ID
	reason  string
}

func (p *Prover) inSource(source gitrepo.ID, fixes []Fix) ([]*Standing, error) {
	root, err := p.repo.Commit(source)
	if err != nil {
		return nil, fmt.Errorf("source commit: %w", err)
	}
	p.readFixes(fixes)
	ids := p.readable(fixes)
	reach, err := p.graph.Walk(source, ids)
	if err != nil {
		return nil, fmt.Errorf("history behind source commit %s: %w", source, err)
	}
	job := &sourceJob{p: p, source: source, tree: root.Tree, reach: reach, numbers: map[gitrepo.ID]int{}, copies: map[*fixFile][]gitrepo.Entry{}}
	for i, id := range ids {
		job.numbers[id] = i
	}
	standings := make([]*Standing, len(fixes))
	for i, f := range fixes {
		standings[i] = job.begin(f)
		standings[i].markMinor()
	}
	if err := job.settle(standings); err != nil {
		return nil, err
	}
	for i, st := range standings {
		job.conclude(fixes[i], st)
		if pick, err := job.reworked(fixes[i], st); err == nil && pick != nil {
			standings[i] = pick
		}
		if twin, err := job.broughtAgain(fixes[i], st); err == nil && twin != nil {
			standings[i] = twin
		}
		if fixes[i].Patch != nil && (st.Verdict == Unverifiable || st.Verdict == Partial) {
			if commit, err := job.landed(fixes[i]); err == nil && commit != nil {
				standings[i] = commit
			}
		}
	}
	return standings, nil
}

// readable lists the distinct fix commits that the clone holds.
func (p *Prover) readable(fixes []Fix) []gitrepo.ID {
	var ids []gitrepo.ID
	seen := map[gitrepo.ID]bool{}
	for _, f := range fixes {
		for _, id := range f.Commits {
			if !seen[id] && p.fixes[id].err == nil {
				seen[id] = true
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// sourceJob is one call of InSource.
type sourceJob struct {
	p       *Prover
	source  gitrepo.ID
	tree    gitrepo.ID
	reach   *gitrepo.Reach
	numbers map[gitrepo.ID]int           // of the fixes in reach
	between nodeSet                      // commits between the traced fixes and the source
	files   []gitrepo.Entry              // of the source, once somebody looked through them
	stems   map[string][]gitrepo.Entry   // the same by their names alone
	copies  map[*fixFile][]gitrepo.Entry // of these, copies of a fix's file that lack some of the fix
}

// begin finds the commits that stand for the fix in the source's history, and the files to judge.
func (j *sourceJob) begin(f Fix) *Standing {
	st := &Standing{DecidedBy: ByLineage}
	if f.Patch != nil {
		st.DecidedBy = ByContent
		st.files = j.p.patchFiles(j.tree, f)
		return st
	}
	if len(f.Commits) == 0 {
		st.Verdict, st.Reason = Unverifiable, "the fix names no commit and no patch"
		return st
	}
	var lost []gitrepo.ID
	for _, id := range f.Commits {
		ch := j.p.fixes[id]
		if ch.err != nil {
			st.Verdict, st.Reason = Unverifiable, ch.err.Error()
			return st
		}
		if !j.reach.Has(j.p.graph.Node(id)) {
			lost = append(lost, id)
			continue
		}
		st.addFiles(ch.files)
	}
	st.lineage = true
	if len(lost) > 0 {
		j.replace(f, lost, st)
	}
	return st
}

func (st *Standing) addFiles(files []*fixFile) {
	for _, f := range files {
		st.files = append(st.files, &fileStanding{file: f})
	}
}

// markMinor marks tests and documentation, unless the fix consists of nothing else.
func (st *Standing) markMinor() {
	code := slices.ContainsFunc(st.files, func(f *fileStanding) bool { return !minor(f.file.path) })
	for _, f := range st.files {
		f.minor = code && minor(f.file.path)
	}
}

// replace looks for commits that stand in for those that are no ancestors; where there are none, the text of
// the named ones is looked for.
func (j *sourceJob) replace(f Fix, lost []gitrepo.ID, st *Standing) {
	found, err := j.p.equivalents(j, f, lost)
	if err != nil {
		st.Verdict, st.Reason = Unverifiable, err.Error()
		return
	}
	if len(found) == 0 {
		st.DecidedBy, st.lineage = ByContent, false
		st.Reason = fmt.Sprintf("%s is no ancestor of the source, and no commit of its history makes the same change", joinIDs(lost))
		for _, id := range lost {
			st.addFiles(j.p.fixes[id].files)
			if j.reach.Behind(j.numbers[id], j.reach.Source) {
				st.later, st.Reason = true, fmt.Sprintf("the source is older than the fix: %s was made on top of it", joinIDs(lost))
			}
		}
		return
	}
	st.Equivalent, st.replaced = found, lost
	for _, id := range found {
		st.addFiles(j.p.fixes[id].files)
	}
}

// settle judges all files: those that nobody touched at once, the others in bulk.
func (j *sourceJob) settle(standings []*Standing) error {
	var open []*fileStanding
	for _, st := range standings {
		if st.Verdict != "" {
			continue
		}
		for _, f := range st.files {
			if j.glance(f) || f.minor {
				continue // what became of tests and documentation matters only where a package differs in them
			}
			open = append(open, f)
		}
	}
	// Versions of one file are stored as differences from each other: asked for together, they cost less.
	slices.SortStableFunc(open, func(a, b *fileStanding) int { return strings.Compare(a.file.path, b.file.path) })
	var astray []*fileStanding
	for files := range slices.Chunk(open, filesAhead) {
		astray = append(astray, j.look(files)...)
	}
	return j.trace(astray)
}

// filesAhead is how many files are read together: no more than the cache of texts holds.
const filesAhead = 64

// look judges files by their texts, and returns those in the source's history that this does not settle.
func (j *sourceJob) look(files []*fileStanding) (astray []*fileStanding) {
	var blobs []gitrepo.ID
	for _, f := range files {
		blobs = append(blobs, f.unread()...)
	}
	j.p.texts.fetch(blobs)
	if !j.p.many {
		j.compareAhead(files)
	}
	for _, f := range files {
		if f.err = j.p.byText(f, j.inHistory(f)); f.err == nil && !f.settled() && j.inHistory(f) {
			astray = append(astray, f)
		}
	}
	return astray
}

// unread lists the blobs by which the file is going to be judged.
func (f *fileStanding) unread() []gitrepo.ID {
	var blobs []gitrepo.ID
	if f.file.probe == nil {
		blobs = append(blobs, f.file.before, f.file.after)
	}
	if _, known := f.file.seen[f.blob]; !known {
		blobs = append(blobs, f.blob)
	}
	return blobs
}

// glance settles a file that is exactly as the fix left it.
func (j *sourceJob) glance(f *fileStanding) bool {
	if f.err != nil || f.file.probe != nil && f.file.commit == "" {
		return f.err != nil
	}
	f.path = f.file.path
	e, ok, err := j.p.repo.LookupIn(j.tree, f.path)
	if err != nil {
		f.err = err
		return true
	}
	if !ok && f.file.commit != "" && !j.inHistory(f) {
		if e, err = j.elsewhere(f.file); err != nil {
			f.err = err
			return true
		}
		f.path = e.Name
	}
	if e.Mode.IsFile() {
		f.blob = e.ID
	} else {
		f.path = ""
	}
	f.whole = f.blob == f.file.after && f.file.before != f.file.after
	return f.whole
}

// inHistory reports whether the commit that made the change is an ancestor of the source.
func (j *sourceJob) inHistory(f *fileStanding) bool {
	return f.file.commit != "" && j.reach.Has(j.p.graph.Node(f.file.commit))
}

func (f *fileStanding) settled() bool {
	return len(f.blocks) > 0 && !slices.ContainsFunc(f.blocks, func(b blockStanding) bool { return b.verdict != Present })
}

// glanceWork bounds the direct comparison of the fix's file with the source's. Versions that are years apart are
// followed commit by commit instead, which costs less and is shared between releases.
const glanceWork = 200_000

// byText judges every block by the source's text and, with lineage, by whether anything touched it since the fix.
func (p *Prover) byText(f *fileStanding, lineage bool) error {
	direct := lineage && !p.many && f.blob != ""
	if direct && p.unmoved(f) {
		return nil
	}
	if err := p.load(f.file); err != nil {
		return err
	}
	if f.file.binary {
		return nil
	}
	texts, err := p.inText(f.file, f.blob)
	if err != nil || texts == nil {
		return err
	}
	f.blocks = make([]blockStanding, len(texts))
	for i, t := range texts {
		block, b := &f.file.probe.Blocks[i], &f.blocks[i]
		b.path, b.blob, b.from = f.path, f.blob, t.where
		switch t.state {
		case patch.Present:
			b.verdict, b.to = Present, t.where+block.B1-block.B0
			continue
		case patch.Absent:
			b.verdict, b.to, b.reason = Missing, t.where+block.A1-block.A0, "the text before the fix stands there"
		default:
			b.verdict, b.reason = Unverifiable, "neither the text before the fix nor the text after it stands there"
		}
		if f.blob == "" {
			b.reason = "the source has no such file"
		}
		if t.state == patch.Absent || f.since == nil {
			continue
		}
		if from, to, touched := shift(f.since, block.B0, block.B1); !touched {
			*b = blockStanding{verdict: Present, from: from, to: to, path: f.path, blob: f.blob}
		}
	}
	return nil
}

// textState is what text alone says of a block.
type textState struct {
	state patch.State
	where int // line, -1 where unknown
}

// inText says of every block of a file what a blob's text alone says, nil where it is binary. Where many sources are
// judged, it remembers that.
func (p *Prover) inText(f *fixFile, blob gitrepo.ID) ([]textState, error) {
	if known, ok := f.seen[blob]; ok {
		return known, nil
	}
	now, err := p.texts.get(blob)
	if err != nil || now.binary {
		return nil, err
	}
	states := make([]textState, len(f.probe.Blocks))
	for i := range states {
		states[i].state, states[i].where = f.probe.Blocks[i].In(now.text())
	}
	if p.many {
		if f.seen == nil {
			f.seen = map[gitrepo.ID][]textState{}
		}
		f.seen[blob] = states
	}
	return states, nil
}

// compareAhead compares the files of fixes in the source's history with the source's, on all processors. What
// cannot be compared is left to byText.
func (j *sourceJob) compareAhead(files []*fileStanding) {
	texts := make([][3]*blobText, len(files))
	for i, f := range files {
		if f.blob == "" || !j.inHistory(f) {
			continue
		}
		for k, id := range [3]gitrepo.ID{f.file.before, f.file.after, f.blob} {
			if t, err := j.p.texts.get(id); err == nil && !t.binary {
				texts[i][k] = t
			}
		}
	}
	onAll(len(files), func(i int) {
		if t := texts[i]; t[0] != nil && t[1] != nil && t[2] != nil {
			files[i].own = patch.CompareData(t[0].data, t[1].data, patch.MaxWork)
			files[i].since = patch.CompareDistant(t[1].data, t[2].data, glanceWork)
		}
	})
}

// unmoved settles a file in which nothing has changed since the fix within a few lines of its own: they stand
// there word for word, and no search is needed.
func (p *Prover) unmoved(f *fileStanding) bool {
	blocks := make([]blockStanding, len(f.own))
	for i, e := range f.own {
		if _, _, touched := shift(f.since, max(e.B0-near, 0), e.B1+near); touched {
			return false
		}
		from, to, _ := shift(f.since, e.B0, e.B1)
		blocks[i] = blockStanding{verdict: Present, from: from, to: to, path: f.path, blob: f.blob}
	}
	if len(blocks) == 0 {
		return false
	}
	f.blocks, f.file.edits = blocks, f.own
	return true
}

// near is how many lines around a block have to be untouched for it to need no search.
const near = 3

func shortList(ids []gitrepo.ID) string {
	var parts []string
	for _, id := range ids {
		parts = append(parts, string(id))
	}
	return strings.Join(parts, ", ")
}
