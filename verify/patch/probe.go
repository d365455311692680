package patch

import (
	"hash/maphash"
	"slices"
	"strings"
)

// A probe answers "does this text hold the change?" for one file of a fix. It is made from the file before
// and after the fix, and every pattern that it uses has been tried on both: a pattern that does not tell the
// two apart proves nothing and is not used. Patterns are the fix's own lines, compared exactly, with as many
// lines of context as it takes to make them unique; context may be reindented, and the whole may have moved.
type Probe struct {
	Before, After *Text
	Blocks        []Block
}

// Block is one run of changed lines.
type Block struct {
	Edit         // lines of Before replaced by lines of After
	Hunk     int // index of git's hunk that holds it, from 0
	probe    *Probe
	new, old mark // what tells that the change is there, and that it is not; made when first needed
	tried    bool
}

// mark is a calibrated pattern: lines [from, to) of text, of which [own0, own1) are compared exactly.
// Lines -1 and len(Lines) stand for the file's start and end.
type mark struct {
	text           *Text
	from, to       int
	own0, own1     int
	with, without  int  // occurrences on the side that holds the change in question, and on the other
	turn           int  // which of the occurrences on its side is the block's own, from 0
	usable, unique bool // with > without; without == 0
}

// State is what text says about a block.
type State int

// What text can say. Unclear covers text that was rewritten, and marks that contradict each other.
const (
	Unclear State = iota
	Present
	Absent
)

// NewProbe makes the probe for one file. Either side may be nil for a file that does not exist there.
func NewProbe(before, after *Text) *Probe {
	if before == nil {
		before = textOf(nil)
	}
	if after == nil {
		after = textOf(nil)
	}
	p := &Probe{Before: before, After: after}
	edits := Compare(before, after)
	for h, group := range Groups(edits) {
		for _, e := range edits[group[0]:group[1]] {
			p.Blocks = append(p.Blocks, Block{Edit: e, Hunk: h, probe: p})
		}
	}
	return p
}

// marks calibrates the block's patterns, once.
func (b *Block) marks() (new, old *mark) {
	if p := b.probe; !b.tried && p != nil {
		b.new, b.old = calibrate(p.After, p.Before, b.B0, b.B1), calibrate(p.Before, p.After, b.A0, b.A1)
		b.tried = true
	}
	return &b.new, &b.old
}

// calibrate finds the smallest context with which lines [own0, own1) of text do not occur in the other
// text at all, or else occur there less often.
func calibrate(text, other *Text, own0, own1 int) mark {
	var best mark
	least := 0
	if own0 == own1 {
		least = 1 // nothing of its own: the two neighbours, now adjacent
	}
	for c := least; c <= maxContext; c++ {
		m := mark{text: text, from: max(own0-c, -1), to: min(own1+c, len(text.Lines)+1), own0: own0, own1: own1}
		m.without = len(m.find(other, maxCount))
		if m.without > 0 && best.usable {
			continue
		}
		places := m.find(text, maxCount)
		m.with, m.turn = len(places), max(slices.Index(places, own0), 0)
		m.usable, m.unique = m.with > m.without, m.without == 0 && m.with > 0
		if m.usable && (!best.usable || m.unique) {
			best = m
		}
		if best.unique {
			break
		}
	}
	return best
}

// maxCount bounds how many occurrences are counted; texts that repeat a fix's lines more often are built to.
const maxCount = 1000

// find returns where the mark's own lines begin in t, at most limit places.
func (m mark) find(t *Text, limit int) []int {
	lead, own, size := m.own0-m.from, m.own1-m.own0, m.to-m.from
	first, last := 0, len(t.Lines)-own
	if lead > 0 {
		first = lead - 1 // the file's start may stand for a line of context
	}
	var places []int
	for at := first; at <= last && len(places) < limit; at++ {
		if own > 0 && t.keys[at] != m.text.keys[m.own0] {
			continue
		}
		if m.at(t, at, lead, size) {
			places = append(places, at)
		}
	}
	return places
}

func (m mark) at(t *Text, at, lead, size int) bool {
	for k := range size {
		i, j := m.from+k, at-lead+k
		if i >= m.own0 && i < m.own1 {
			if t.keys[j] != m.text.keys[i] || t.Lines[j] != m.text.Lines[i] {
				return false
			}
			continue
		}
		if !looseAt(m.text, i, t, j) {
			return false
		}
	}
	return true
}

// looseAt compares two lines of context without their indentation; the file's ends equal only themselves.
func looseAt(a *Text, i int, b *Text, j int) bool {
	if i < 0 || j < 0 {
		return i < 0 && j == -1
	}
	endA, endB := i >= len(a.Lines), j >= len(b.Lines)
	if endA || endB {
		return endA && endB && j == len(b.Lines)
	}
	if a.looseKey(i) != b.looseKey(j) {
		return false
	}
	return strings.TrimSpace(a.Lines[i]) == strings.TrimSpace(b.Lines[j])
}

// looseKey returns a line's hash without indentation. Texts are not shared between goroutines.
func (t *Text) looseKey(i int) uint64 {
	if t.loose == nil {
		t.loose = make([]uint64, len(t.Lines))
		for i, l := range t.Lines {
			t.loose[i] = maphash.String(seed, strings.TrimSpace(l))
		}
	}
	return t.loose[i]
}

// In judges one block by the text alone. where is the line at which the change was found, from 0, or -1.
func (b *Block) In(t *Text) (state State, where int) {
	new, old := b.marks()
	var news, olds []int
	if new.usable {
		news = new.find(t, maxCount)
	}
	there := new.usable && len(news) >= new.with
	if there && new.unique && b.A0 == b.A1 {
		return Present, news[new.turn]
	}
	if old.usable {
		olds = old.find(t, maxCount)
	}
	back := old.usable && len(olds) > old.without
	switch {
	case there && !back:
		return Present, news[new.turn]
	case back && !there:
		return Absent, olds[min(old.turn, len(olds)-1)]
	}
	return Unclear, -1
}

// Telling reports whether the change's own new lines occur nowhere before the fix, so that finding them
// elsewhere means something.
func (b *Block) Telling() bool {
	new, _ := b.marks()
	return new.unique && b.B0 < b.B1
}

// Count returns how often the block's new lines stand in a text, with their calibrated context.
func (b *Block) Count(t *Text) int {
	new, _ := b.marks()
	if !new.usable {
		return 0
	}
	return len(new.find(t, maxCount))
}

// OldBack reports whether a text holds the block's old lines more often than the file after the fix did.
func (b *Block) OldBack(t *Text) bool {
	_, old := b.marks()
	return old.usable && len(old.find(t, maxCount)) > old.without
}

// Where returns the line at which the block's new lines first stand in a text, from 0, or -1.
func (b *Block) Where(t *Text) int {
	new, _ := b.marks()
	if !new.usable {
		return -1
	}
	places := new.find(t, maxCount)
	if len(places) == 0 {
		return -1
	}
	return places[min(new.turn, len(places)-1)]
}

// New reports whether the block has lines after the change.
func (b *Block) New() bool { return b.B0 < b.B1 }

// Survives reports whether any of the block's new lines still stands among the lines [from, to) of a text.
// Empty lines and lone brackets say nothing.
func (b *Block) Survives(t *Text, from, to int) bool {
	new := map[string]bool{}
	if b.probe == nil {
		return false
	}
	for _, l := range b.probe.After.Lines[b.B0:b.B1] {
		if l = strings.TrimSpace(l); len(l) > 2 {
			new[l] = true
		}
	}
	for _, l := range b.probe.Before.Lines[b.A0:b.A1] {
		delete(new, strings.TrimSpace(l))
	}
	for _, l := range t.Lines[max(from, 0):min(max(to, 0), len(t.Lines))] {
		if new[strings.TrimSpace(l)] {
			return true
		}
	}
	return false
}

// Commented reports whether the lines [from, to) of a text hold the block's new code in comments alone, with nothing
// beside it but code from before the change.
func (b *Block) Commented(t *Text, from, to int) bool {
	if b.probe == nil {
		return false
	}
	lines := func(list []string) map[string]bool {
		set := map[string]bool{}
		for _, l := range list {
			if l = strings.TrimSpace(l); len(l) > 2 {
				set[l] = true
			}
		}
		return set
	}
	new, old := lines(b.probe.After.Lines[b.B0:b.B1]), lines(b.probe.Before.Lines[b.A0:b.A1])
	silenced := false
	for _, l := range t.Lines[max(from, 0):min(max(to, 0), len(t.Lines))] {
		l = strings.TrimSpace(l)
		code, comment := uncomment(l)
		switch {
		case comment && new[code] && !new[l]:
			silenced = true
		case !comment && len(l) > 2 && !old[l]:
			return false
		}
	}
	return silenced
}

// uncomment takes the marks off a line that is nothing but a comment.
func uncomment(line string) (code string, comment bool) {
	for _, mark := range []string{"//", "/*", "#", "--", ";", "<!--"} {
		if code, comment = strings.CutPrefix(line, mark); comment {
			return strings.TrimSpace(strings.TrimSuffix(strings.TrimSuffix(code, "*/"), "-->")), true
		}
	}
	return line, false
}

// Exchanged reports whether new are the block's lines after the change, and old its lines before it.
func (b *Block) Exchanged(new, old []string) bool {
	p := b.probe
	return p != nil && slices.Equal(new, p.After.Lines[b.B0:b.B1]) && slices.Equal(old, p.Before.Lines[b.A0:b.A1])
}

// Size is the number of lines that the block takes away and adds.
func (b *Block) Size() int { return b.A1 - b.A0 + b.B1 - b.B0 }
