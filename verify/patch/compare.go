package patch

import (
	"bytes"
	"hash/maphash"
	"strings"
)

// Text is a file cut into lines, ready to be compared and searched. Lines have no line ending: a CR before
// the LF is dropped too, so that a file checked out with CRLF reads like its LF twin.
type Text struct {
	Lines []string
	keys  []uint64 // hash of each line; equality is always confirmed on the strings
	loose []uint64 // hash of each line without its indentation and trailing space, made when needed
}

var seed = maphash.MakeSeed()

// NewText cuts a file's bytes into lines.
func NewText(data []byte) *Text {
	lines := splitLines(data)
	for i, l := range lines {
		lines[i] = strings.TrimSuffix(strings.TrimSuffix(l, "\n"), "\r")
	}
	return textOf(lines)
}

// JoinLines makes a text of lines that may have their endings.
func JoinLines(lines []string) *Text { return NewText([]byte(strings.Join(lines, ""))) }

func textOf(lines []string) *Text {
	t := &Text{Lines: lines, keys: make([]uint64, len(lines))}
	for i, l := range lines {
		t.keys[i] = maphash.String(seed, l)
	}
	return t
}

// Edit says that lines A0 to A1 of one text are replaced by lines B0 to B1 of the other, half-open, from 0.
// One of the ranges may be empty.
type Edit struct{ A0, A1, B0, B1 int }

// Compare returns the edits that turn a into b, in order, with at least one equal line between two of them.
// It is Myers' shortest edit script with git's choice among equals (a block is moved down as far as it
// goes). Texts that would cost too much end as one large edit, which is true, only not short.
func Compare(a, b *Text) []Edit { return compareWithin(a, b, MaxWork) }

// compareWithin is Compare with a budget of inner steps: the square of the number of differing lines at worst.
// Beyond it, what is left becomes one edit.
func compareWithin(a, b *Text, work int) []Edit {
	c := newComparison(a, b, work)
	c.box(0, len(a.Lines), 0, len(b.Lines))
	return c.slid()
}

// slid moves the differences to where git has them, and lists them.
func (c *comparison) slid() []Edit {
	slide(c.a, c.gone, c.come)
	slide(c.b, c.come, c.gone)
	return c.edits()
}

// CompareData is compareWithin for two files' bytes. Only what lies between their common beginning and their
// common end is cut into lines, which is far less work where files are large and changes small.
func CompareData(a, b []byte, work int) []Edit {
	return withoutEnds(a, b, func(a, b *Text) []Edit { return compareWithin(a, b, work) })
}

// CompareDistant is CompareData for versions that may be far apart. Where little work is not enough, it leaves out the
// lines that only one of the texts has, and with most of the work: the answer is as short as any, but where lines
// repeat, it may be another than that of CompareData.
func CompareDistant(a, b []byte, work int) []Edit {
	return withoutEnds(a, b, func(a, b *Text) []Edit {
		c := newComparison(a, b, littleWork)
		c.box(0, len(a.Lines), 0, len(b.Lines))
		if c.work < 0 {
			c = comparedAsFew(a, b, work)
		}
		return c.slid()
	})
}

func withoutEnds(a, b []byte, compare func(a, b *Text) []Edit) []Edit {
	head := lineStart(a, commonPrefix(a, b))
	a, b, lines := a[head:], b[head:], bytes.Count(a[:head], []byte("\n"))
	tail := commonSuffix(a, b)
	for skip := 0; skip <= slideMargin && tail > 0; skip++ { // edits may slide down into equal lines
		cut := bytes.IndexByte(a[len(a)-tail:], '\n') + 1
		if cut == 0 {
			cut = tail
		}
		tail -= cut
	}
	edits := compare(NewText(a[:len(a)-tail]), NewText(b[:len(b)-tail]))
	for i := range edits {
		e := &edits[i]
		e.A0, e.A1, e.B0, e.B1 = e.A0+lines, e.A1+lines, e.B0+lines, e.B1+lines
	}
	return edits
}

// slideMargin is how many equal lines below the last difference are looked at.
const slideMargin = 64

func commonPrefix(a, b []byte) int {
	n, at := min(len(a), len(b)), 0
	for at+chunk <= n && bytes.Equal(a[at:at+chunk], b[at:at+chunk]) {
		at += chunk
	}
	for at < n && a[at] == b[at] {
		at++
	}
	return at
}

func commonSuffix(a, b []byte) int {
	n, at := min(len(a), len(b)), 0
	for at+chunk <= n && bytes.Equal(a[len(a)-at-chunk:len(a)-at], b[len(b)-at-chunk:len(b)-at]) {
		at += chunk
	}
	for at < n && a[len(a)-at-1] == b[len(b)-at-1] {
		at++
	}
	return at
}

// chunk is how many bytes are compared at once.
const chunk = 256

// lineStart moves back to the beginning of the line that holds byte number at.
func lineStart(data []byte, at int) int { return bytes.LastIndexByte(data[:at], '\n') + 1 }

// littleWork is enough for most comparisons.
const littleWork = 10_000

func newComparison(a, b *Text, work int) *comparison {
	return &comparison{a: a, b: b, work: work, gone: make([]bool, len(a.Lines)+1), come: make([]bool, len(b.Lines)+1)}
}

// comparedAsFew compares the lines of two texts that both of them have; the others differ.
func comparedAsFew(a, b *Text, work int) *comparison {
	fewA, whereA := a.shared(b)
	fewB, whereB := b.shared(a)
	few := newComparison(fewA, fewB, work)
	few.box(0, len(whereA), 0, len(whereB))
	c := newComparison(a, b, few.work)
	c.replace(0, len(a.Lines), 0, len(b.Lines))
	for i, at := range whereA {
		c.gone[at] = few.gone[i]
	}
	for i, at := range whereB {
		c.come[at] = few.come[i]
	}
	return c
}

// shared returns the lines that the other text has too, and where they stand.
func (t *Text) shared(other *Text) (few *Text, where []int) {
	have := make(map[uint64]bool, len(other.keys))
	for _, key := range other.keys {
		have[key] = true
	}
	few = &Text{}
	for i, key := range t.keys {
		if have[key] {
			few.Lines, few.keys, where = append(few.Lines, t.Lines[i]), append(few.keys, key), append(where, i)
		}
	}
	return few, where
}

type comparison struct {
	a, b       *Text
	gone, come []bool // lines of a that are deleted, lines of b that are added
	work       int
	fwd, bwd   []int
}

func (c *comparison) same(i, j int) bool {
	return c.a.keys[i] == c.b.keys[j] && c.a.Lines[i] == c.b.Lines[j]
}

// box marks the differences of a[a0:a1] and b[b0:b1].
func (c *comparison) box(a0, a1, b0, b1 int) {
	for a0 < a1 && b0 < b1 && c.same(a0, b0) {
		a0, b0 = a0+1, b0+1
	}
	for a0 < a1 && b0 < b1 && c.same(a1-1, b1-1) {
		a1, b1 = a1-1, b1-1
	}
	if a0 == a1 || b0 == b1 {
		c.replace(a0, a1, b0, b1)
		return
	}
	x, y, ok := c.middle(a0, a1, b0, b1)
	if !ok {
		c.replace(a0, a1, b0, b1)
		return
	}
	c.box(a0, x, b0, y)
	c.box(x, a1, y, b1)
}

func (c *comparison) replace(a0, a1, b0, b1 int) {
	for i := a0; i < a1; i++ {
		c.gone[i] = true
	}
	for j := b0; j < b1; j++ {
		c.come[j] = true
	}
}

// middle finds a point on a shortest path by walking from both ends at once (Myers 1986, section 4b).
// ok is false when the budget is spent.
func (c *comparison) middle(a0, a1, b0, b1 int) (x, y int, ok bool) {
	n, m := a1-a0, b1-b0
	delta, limit := n-m, (n+m+1)/2
	width := 2*limit + 3
	if len(c.fwd) < width {
		c.fwd, c.bwd = make([]int, width), make([]int, width)
	}
	fwd, bwd, mid := c.fwd, c.bwd, limit+1
	fwd[mid+1], bwd[mid+1] = 0, 0
	odd := delta&1 != 0
	for d := 0; d <= limit; d++ {
		if c.work -= d + 1; c.work < 0 {
			return 0, 0, false
		}
		for k := -d; k <= d; k += 2 {
			x := fwd[mid+k-1] + 1
			if k == -d || (k != d && fwd[mid+k-1] < fwd[mid+k+1]) {
				x = fwd[mid+k+1]
			}
			y := x - k
			if x > n || y > m || y < 0 {
				fwd[mid+k] = x
				continue
			}
			x0, y0 := x, y
			for x < n && y < m && c.same(a0+x, b0+y) {
				x, y = x+1, y+1
			}
			fwd[mid+k] = x
			if back := delta - k; odd && back >= -(d-1) && back <= d-1 && x+bwd[mid+back] >= n {
				return c.split(a0, b0, x0, y0, x, y, n, m)
			}
		}
		for k := -d; k <= d; k += 2 {
			x := bwd[mid+k-1] + 1
			if k == -d || (k != d && bwd[mid+k-1] < bwd[mid+k+1]) {
				x = bwd[mid+k+1]
			}
			y := x - k
			if x > n || y > m || y < 0 {
				bwd[mid+k] = x
				continue
			}
			x0, y0 := x, y
			for x < n && y < m && c.same(a1-x-1, b1-y-1) {
				x, y = x+1, y+1
			}
			bwd[mid+k] = x
			if back := delta - k; !odd && back >= -d && back <= d && x+fwd[mid+back] >= n {
				return c.split(a0, b0, n-x, m-y, n-x0, m-y0, n, m)
			}
		}
	}
	return 0, 0, false
}

// split chooses the end of the snake that makes both boxes smaller than the whole.
func (c *comparison) split(a0, b0, x0, y0, x1, y1, n, m int) (x, y int, ok bool) {
	if (x1 == n && y1 == m) || (x1 == 0 && y1 == 0) {
		x1, y1 = x0, y0
	}
	if (x1 == n && y1 == m) || (x1 == 0 && y1 == 0) {
		return 0, 0, false
	}
	return a0 + x1, b0 + y1, true
}

// slide moves each changed block of t down while the line that leaves equals the line that enters, unless
// the other side has a change at the same place (a replacement stays where it is).
func slide(t *Text, changed, other []bool) {
	n, j := len(t.Lines), 0
	for i := 0; i < n; {
		if !changed[i] {
			i++
			for j < len(other)-1 && other[j] {
				j++
			}
			j++
			continue
		}
		end := i
		for end < n && changed[end] {
			end++
		}
		free := j >= len(other)-1 || !other[j]
		for free && end < n && !changed[end] && t.keys[i] == t.keys[end] && t.Lines[i] == t.Lines[end] {
			if j+1 < len(other)-1 && other[j+1] {
				break // would join a change of the other side
			}
			changed[i], changed[end] = false, true
			i, end, j = i+1, end+1, j+1
			for end < n && changed[end] {
				end++
			}
		}
		i = end
	}
}

// edits reads the marks.
func (c *comparison) edits() []Edit {
	var list []Edit
	n, m := len(c.a.Lines), len(c.b.Lines)
	for i, j := 0, 0; i < n || j < m; {
		if !c.gone[i] && !c.come[j] {
			i, j = i+1, j+1
			continue
		}
		e := Edit{A0: i, B0: j}
		for i < n && c.gone[i] {
			i++
		}
		for j < m && c.come[j] {
			j++
		}
		e.A1, e.B1 = i, j
		list = append(list, e)
	}
	return list
}

// Similarity is the share of lines, weighed by length, that two texts have in common wherever they stand:
// 1 for the same lines, 0 for none.
func Similarity(a, b *Text) float64 {
	have := make(map[uint64]int, len(a.Lines))
	total, common := 0, 0
	for i, l := range a.Lines {
		have[a.keys[i]]++
		total += len(l) + 1
	}
	for i, l := range b.Lines {
		total += len(l) + 1
		if have[b.keys[i]] > 0 {
			have[b.keys[i]]--
			common += len(l) + 1
		}
	}
	if total == 0 {
		return 0
	}
	return 2 * float64(common) / float64(total)
}
