package verify

import (
	"slices"
	"strings"

	"github.com/countersign/countersign/verify/gitrepo"
	"github.com/countersign/countersign/verify/patch"
)

// A commit that takes lines of a fix away may be a revert or honest work: checks move, a rewrite makes an
// added line needless. Published history shows what tells them apart. Reverts do little else; honest work
// takes the lines away in the course of something larger, and hardly ever brings all of the old text back.
//
//   - A commit that says so ("This reverts commit <fix>", Revert "<its subject>"), and a merge that drops the
//     fix's lines, are reverts. A very large fix, such as the update of a library, has to be undone nearly as a
//     whole, unless the commit says so.
//   - A commit that brings a whole hunk's old lines back is a revert when it does nothing else to that file, unless
//     it rewrites more hunks of the fix than it takes back: then it puts the fix in another form.
//   - A commit that only deletes lines which the fix added is a revert when it does little else and more of the
//     fix was deleted than still stands, or when it does nothing else and deletes a whole hunk that is no small
//     share of the fix. Inclusions and comments do not count as standing, nor as deleted.
//   - A commit that leaves nothing of the fix standing is a revert when it brought vulnerable lines back, or
//     when its other changes are not much larger than the fix.
//
// Everything else is evolution, and the commit is named.
const (
	fewLines   = 2   // a copyright year beside a revert
	fewShare   = 4   // other changes up to a quarter of what was undone are few
	muchLines  = 20  // when nothing of the fix stands: other changes up to this many lines,
	muchFactor = 4   // or up to this many times what was undone, are not much
	largeFix   = 400 // a fix of more lines than this is large,
	leastShare = 10  // and undone as a whole when less than one line in so many stands; a smaller share is a detail
)

// undoing is what one commit undid of one fix.
type undoing struct {
	blocks []*blockStanding
	paths  map[string]bool   // of the files that it undid something in
	into   map[string]string // the files that it made out of them in doing so, by the file that is gone
	lines  int               // undone
	slight bool              // nothing but inclusions and comments was taken out
	old    bool              // lines of the text before the fix came back
	hunks  map[hunkOf]int
	whole  bool            // a whole hunk was undone, and lines of the text before it came back in it
	taken  bool            // a whole hunk of nothing but added code was deleted
	redone map[hunkOf]bool // hunks that the commit rewrote and left standing
}

// hunkOf names one hunk of a fix.
type hunkOf struct {
	file *fixFile
	hunk int
}

// weighUndone decides which commits that undid blocks are reverts, and calls the rest evolution.
func (p *Prover) weighUndone(st *Standing, own map[gitrepo.ID]bool) {
	by := map[gitrepo.ID]*undoing{}
	for _, f := range st.files {
		for i := range f.blocks {
			b := &f.blocks[i]
			if b.verdict == Reverted && len(b.by) > 0 && !b.copied {
				id := b.by[len(b.by)-1]
				if by[id] == nil {
					by[id] = &undoing{slight: true, hunks: map[hunkOf]int{}, redone: map[hunkOf]bool{}, paths: map[string]bool{}, into: map[string]string{}}
				}
				by[id].add(f, i, b)
			}
		}
	}
	if len(by) == 0 {
		return
	}
	st.noteRedone(by)
	stands, total := p.weigh(st)
	for id, u := range by {
		if p.isRevert(id, u, stands, total, own) {
			continue
		}
		for _, b := range u.blocks {
			b.verdict, b.reason = Evolved, "taken out in the course of a larger change"
		}
	}
}

// noteRedone tells each commit that undid blocks which other hunks of the fix it rewrote.
func (st *Standing) noteRedone(by map[gitrepo.ID]*undoing) {
	for _, f := range st.files {
		for i, b := range f.blocks {
			if b.verdict != Evolved || f.minor || f.file.probe == nil || i >= len(f.file.probe.Blocks) {
				continue
			}
			for _, id := range b.by {
				if u := by[id]; u != nil {
					u.redone[hunkOf{f.file, f.file.probe.Blocks[i].Hunk}] = true
				}
			}
		}
	}
}

// weigh counts the lines of a fix's code, and those of them in blocks that stand.
func (p *Prover) weigh(st *Standing) (stands, total int) {
	for _, f := range st.files {
		if f.minor {
			continue
		}
		if f.file.before == "" && f.file.after == "" || p.load(f.file) != nil || f.file.binary {
			if f.whole {
				stands, total = stands+1, total+1
			}
			continue
		}
		for i := range f.file.probe.Blocks {
			lines := weightOf(f.file.probe, &f.file.probe.Blocks[i])
			total += lines
			if f.whole || i < len(f.blocks) && (f.blocks[i].verdict == Present || f.blocks[i].verdict == Evolved) {
				stands += lines
			}
		}
	}
	return stands, total
}

// weightOf counts the lines of a block, inclusions and comments aside.
func weightOf(probe *patch.Probe, block *patch.Block) int {
	n := 0
	for _, lines := range [2][]string{probe.Before.Lines[block.A0:block.A1], probe.After.Lines[block.B0:block.B1]} {
		for _, l := range lines {
			if !isSlight(strings.TrimSpace(l)) {
				n++
			}
		}
	}
	return n
}

func (u *undoing) add(f *fileStanding, i int, b *blockStanding) {
	u.blocks = append(u.blocks, b)
	u.paths[f.file.path], u.paths[f.path], u.paths[b.path] = true, true, true
	if b.into != "" {
		u.into[f.path] = b.into
	}
	probe := f.file.probe
	if probe == nil {
		back := f.file.before != "" // a binary file that the fix brought, and that is gone, brings nothing back
		u.lines, u.old, u.whole, u.slight = u.lines+1, u.old || back, u.whole || back, false
		return
	}
	block := &probe.Blocks[i]
	u.lines += block.Size()
	u.slight = u.slight && weightOf(probe, block) == 0
	for _, l := range probe.Before.Lines[block.A0:block.A1] {
		u.old = u.old || len(strings.TrimSpace(l)) > 2
	}
	h := hunkOf{f.file, block.Hunk}
	u.hunks[h]++
	size, replaces := 0, false
	for _, other := range probe.Blocks {
		if other.Hunk == block.Hunk {
			size++
			for _, l := range probe.Before.Lines[other.A0:other.A1] {
				replaces = replaces || !isSlight(strings.TrimSpace(l))
			}
		}
	}
	u.whole = u.whole || replaces && u.hunks[h] == size
	u.taken = u.taken || !replaces && u.hunks[h] == size && weightOf(probe, block) > 0
}

// isSlight recognises lines whose loss changes no behaviour: inclusions, comments, nothing.
func isSlight(line string) bool {
	for _, prefix := range []string{"#include", "import ", "use ", "//", "/*", "*", "--", "# "} {
		if strings.HasPrefix(line, prefix) {
			return true
		}
	}
	return len(line) <= 2
}

func (p *Prover) isRevert(id gitrepo.ID, u *undoing, stands, total int, own map[gitrepo.ID]bool) bool {
	c, err := p.repo.Commit(id)
	if err != nil {
		return true
	}
	switch {
	case p.saysRevert(c.Message, own):
		return true
	case total > largeFix && stands*leastShare >= total:
		return false
	case len(c.Parents) != 1:
		return true
	}
	lines, beside := p.codeLines(c, u)
	other := lines - u.lines
	few := other <= max(fewLines, u.lines/fewShare)
	switch {
	case stands == 0:
		return few || u.old || other <= max(muchLines, muchFactor*u.lines)
	case u.whole && beside-u.lines <= fewLines && len(u.redone) <= len(u.hunks):
		return true
	}
	return few && !u.slight && u.lines > stands || u.taken && other <= 0 && u.lines*leastShare >= total
}

// saysRevert looks for the words that git revert writes.
func (p *Prover) saysRevert(message string, own map[gitrepo.ID]bool) bool {
	for id := range own {
		if c, err := p.repo.Commit(id); err == nil {
			subject, _, _ := strings.Cut(c.Message, "\n")
			if subject != "" && strings.Contains(message, "Revert \""+subject+"\"") {
				return true
			}
		}
	}
	for rest := message; ; {
		_, after, ok := strings.Cut(rest, "This reverts commit ")
		if !ok {
			return false
		}
		end := strings.IndexFunc(after, func(r rune) bool { return !strings.ContainsRune("0123456789abcdef", r) })
		if end < 0 {
			end = len(after)
		}
		for id := range own {
			if end >= shortestID && strings.HasPrefix(string(id), after[:end]) {
				return true
			}
		}
		rest = after
	}
}

// shortestID is how many digits git writes of an id at least, when it abbreviates.
const shortestID = 7

// manyLines stands for a change too large to count: no revert of a fix.
const manyLines = 1 << 20

// codeLines counts the lines that a commit changed in files that are neither tests nor documentation: in all of
// them, and in those that it undid something in. A file that it renamed counts with what it changed there.
func (p *Prover) codeLines(c *gitrepo.Commit, u *undoing) (all, within int) {
	parent, err := p.repo.Commit(c.Parents[0])
	if err != nil {
		return 0, 0
	}
	changes, err := p.repo.Changes(parent.Tree, c.Tree)
	if err != nil {
		return 0, 0
	}
	changes = slices.DeleteFunc(changes, func(ch gitrepo.Change) bool { return minor(ch.Path) })
	if len(changes) > maxCounted {
		return manyLines, manyLines
	}
	made := map[string]gitrepo.ID{}
	for _, ch := range changes {
		made[ch.Path] = fileID(ch.New)
	}
	renamed := map[string]bool{}
	for _, target := range u.into {
		renamed[target] = true
	}
	for _, ch := range changes {
		if renamed[ch.Path] {
			continue
		}
		after := fileID(ch.New)
		if target := u.into[ch.Path]; target != "" {
			after = made[target]
		}
		edits, err := p.texts.compare(fileID(ch.Old), after)
		if err != nil {
			return 0, 0
		}
		n := 0
		for _, e := range edits {
			n += e.A1 - e.A0 + e.B1 - e.B0
		}
		all += n
		if u.paths[ch.Path] {
			within += n
		}
	}
	return all, within
}

// maxCounted bounds the files of a commit whose lines are counted.
const maxCounted = 200

func fileID(e gitrepo.Entry) gitrepo.ID {
	if !e.Mode.IsFile() {
		return ""
	}
	return e.ID
}
