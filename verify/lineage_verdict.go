package verify

import (
	"fmt"
	"slices"

	"github.com/countersign/countersign/verify/gitrepo"
	"github.com/countersign/countersign/verify/patch"
)

// conclude turns what is known of a fix's blocks into hunks and a verdict.
func (j *sourceJob) conclude(f Fix, st *Standing) {
	if st.Verdict != "" {
		return
	}
	own := map[gitrepo.ID]bool{}
	for _, id := range append(slices.Clone(f.Commits), st.Equivalent...) {
		own[id] = true
	}
	early := ""
	switch {
	case st.later:
		early = "the fix was made later than the source"
	case !st.lineage && f.Patch == nil && slices.ContainsFunc(st.files, (*fileStanding).unclear):
		var err error
		if early, err = j.tooEarly(st); err != nil {
			st.Verdict, st.Reason = Unverifiable, err.Error()
			return
		}
	}
	for _, file := range st.files {
		file.forgiveOwn(own)
		file.forgiveMinor()
		if early != "" {
			file.tooEarly(early)
		}
	}
	st.forgiveBare()
	j.p.weighUndone(st, own)
	st.sum(func(file *fileStanding) []blockStanding { return file.blocks })
}

// forgiveOwn lets a later commit of the same fix change the lines of an earlier one.
func (f *fileStanding) forgiveOwn(own map[gitrepo.ID]bool) {
	for i := range f.blocks {
		b := &f.blocks[i]
		others := slices.ContainsFunc(b.by, func(id gitrepo.ID) bool { return !own[id] })
		if len(b.by) > 0 && !others && (b.verdict == Evolved || b.verdict == Reverted) {
			b.verdict, b.reason, b.by = Present, "changed again within the fix", nil
		}
	}
}

// notCounted is the reason that stands beside what forgiveMinor took out of the count.
const notCounted = "changed since, as tests and documentation do; not counted"

// forgiveMinor takes tests and documentation that changed since out of the count.
func (f *fileStanding) forgiveMinor() {
	if !f.minor || f.whole || f.err != nil {
		return
	}
	if len(f.blocks) == 0 {
		f.blocks = []blockStanding{{from: -1}}
	}
	for i := range f.blocks {
		if b := &f.blocks[i]; b.verdict != Present {
			b.verdict, b.reason = NotApplicable, notCounted
		}
	}
}

// forgiveBare takes files of which a fix changed no line (an empty one made, a mode, a name alone) out of the
// count, where other files of it can be judged.
func (st *Standing) forgiveBare() {
	bare := func(f *fileStanding) bool {
		return f.err == nil && !f.whole && !f.file.binary && len(f.blocks) == 0 && f.file.probe != nil && len(f.file.probe.Blocks) == 0
	}
	if !slices.ContainsFunc(st.files, func(f *fileStanding) bool { return !f.minor && !bare(f) }) {
		return
	}
	for _, f := range st.files {
		if bare(f) {
			f.blocks = []blockStanding{{verdict: NotApplicable, from: -1, reason: "no line of this file was changed; not counted"}}
		}
	}
}

// unclear reports whether text could not tell of some block of the file.
func (f *fileStanding) unclear() bool {
	return !f.minor && slices.ContainsFunc(f.blocks, func(b blockStanding) bool { return b.verdict == Unverifiable })
}

// tooEarly settles what text cannot, in a source that was made before the fix could come to it.
func (f *fileStanding) tooEarly(reason string) {
	if len(f.blocks) == 0 && !f.whole && f.err == nil && !f.minor {
		f.blocks = []blockStanding{{verdict: Unverifiable, from: -1}}
	}
	for i := range f.blocks {
		if b := &f.blocks[i]; b.verdict == Unverifiable {
			b.verdict, b.reason = Missing, reason
		}
	}
}

// sum collects blocks into hunks and gives the verdict on the whole.
func (st *Standing) sum(blocksOf func(*fileStanding) []blockStanding) {
	st.Hunks = nil
	for _, f := range st.files {
		st.Hunks = append(st.Hunks, f.hunks(blocksOf(f))...)
	}
	st.EvolvedBy, st.RevertedBy = nil, nil
	counted := st.counted()
	var n = map[Verdict]int{}
	for _, h := range counted {
		n[h.Verdict]++
		switch h.Verdict {
		case Evolved:
			st.EvolvedBy = addNew(st.EvolvedBy, h.By)
		case Reverted:
			st.RevertedBy = addNew(st.RevertedBy, h.By)
		}
	}
	stands := n[Present] + n[Evolved]
	switch {
	case len(st.files) == 0:
		st.Verdict, st.Reason = Unverifiable, "the fix changes no file here; where it moves a submodule, name the commits of the submodule's own repository"
	case len(counted) == 0:
		st.Verdict, st.Reason = Unverifiable, "nothing of the fix ships"
	case n[Reverted] > 0:
		st.Verdict = Reverted
	case n[Missing] > 0 && stands > 0:
		st.Verdict = Partial
	case n[Missing] > 0:
		st.Verdict = Missing
	case n[Unverifiable] > 0:
		st.Verdict, st.Reason = Unverifiable, firstReason(counted)
	case n[Evolved] > 0:
		st.Verdict = Evolved
	default:
		st.Verdict = Present
	}
	st.nameReworked()
}

// counted are the hunks that make the verdict.
func (st *Standing) counted() []HunkStanding {
	return slices.DeleteFunc(slices.Clone(st.Hunks), func(h HunkStanding) bool { return h.Verdict == NotApplicable })
}

func firstReason(hunks []HunkStanding) string {
	for _, h := range hunks {
		if h.Verdict == Unverifiable {
			return fmt.Sprintf("hunk %d of %s: %s", h.Hunk, h.File, h.Reason)
		}
	}
	return ""
}

func addNew(list, more []gitrepo.ID) []gitrepo.ID {
	for _, id := range more {
		if !slices.Contains(list, id) {
			list = append(list, id)
		}
	}
	return list
}

// hunks groups the blocks of a file as git groups them; the worst block speaks for its hunk.
func (f *fileStanding) hunks(blocks []blockStanding) []HunkStanding {
	base := HunkStanding{Commit: f.file.commit, File: f.file.path, Path: f.path}
	if len(blocks) == 0 {
		base.Verdict = Present
		if f.err != nil {
			base.Verdict, base.Reason = Unverifiable, f.err.Error()
		} else if !f.whole {
			base.Verdict, base.Reason = Unverifiable, "a binary file, or a change of mode or name alone"
		}
		return []HunkStanding{base}
	}
	var list []HunkStanding
	hunkOf := hunkNumbers(f.file.blocks())
	for i, b := range blocks {
		h := base
		if i < len(hunkOf) && (f.blocks == nil || b.from >= 0 || len(blocks) > 1 || len(hunkOf) == 1) {
			h.Hunk = hunkOf[i]
		}
		h.Verdict, h.Reason, h.By = b.verdict, b.reason, b.by
		if b.path != "" {
			h.Path = b.path
		}
		if b.from >= 0 {
			h.Line = b.from + 1
		}
		if last := len(list) - 1; last >= 0 && list[last].Hunk == h.Hunk {
			if rank(h.Verdict) > rank(list[last].Verdict) {
				h.By = addNew(list[last].By, h.By)
				list[last] = h
			} else {
				list[last].By = addNew(list[last].By, h.By)
			}
			continue
		}
		list = append(list, h)
	}
	return list
}

// hunkNumbers tells which of git's hunks holds each edit, from 1.
func hunkNumbers(edits []patch.Edit) []int {
	var numbers []int
	for h, group := range patch.Groups(edits) {
		for range group[1] - group[0] {
			numbers = append(numbers, h+1)
		}
	}
	return numbers
}

// rank orders verdicts on blocks, the worst last.
func rank(v Verdict) int {
	return slices.Index([]Verdict{NotApplicable, Present, Evolved, Unverifiable, Reverted, Missing}, v)
}
