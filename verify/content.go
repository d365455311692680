package verify

import (
	"slices"

	"github.com/countersign/countersign/verify/gitrepo"
	"github.com/countersign/countersign/verify/patch"
)

// inPackage carries the source's answer over to a package. Where the package holds the source's file, the
// source's answer holds. Where its file differs, the blocks that the difference does not touch keep the
// source's answer, and the others are judged by the package's own text.
func (p *Prover) inPackage(st *Standing, ship func(path string) Shipped) (*Standing, error) {
	out := &Standing{Verdict: st.Verdict, DecidedBy: st.DecidedBy, Reason: st.Reason,
		Equivalent: slices.Clone(st.Equivalent), replaced: st.replaced, files: st.files, lineage: st.lineage,
		later: st.later, reworked: st.reworked}
	if len(st.files) == 0 {
		return out, nil
	}
	c := &content{p: p, ship: ship, texts: map[string]*patch.Text{}, asked: map[string]Shipped{},
		edits: map[string][]patch.Edit{}}
	judged := map[*fileStanding][]blockStanding{}
	for _, f := range st.files {
		blocks, err := c.file(f)
		if err != nil {
			return nil, err
		}
		judged[f] = blocks
	}
	if c.byText {
		out.DecidedBy = ByContent
	}
	out.sum(func(f *fileStanding) []blockStanding { return judged[f] })
	return out, nil
}

// content is one call of InPackage.
type content struct {
	p      *Prover
	ship   func(path string) Shipped
	asked  map[string]Shipped
	texts  map[string]*patch.Text
	edits  map[string][]patch.Edit // from the source's file to the package's
	byText bool                    // some block was judged by the package's own text
}

func (c *content) shipped(path string) Shipped {
	s, ok := c.asked[path]
	if !ok {
		s = c.ship(path)
		c.asked[path] = s
	}
	return s
}

func (c *content) text(path string) *patch.Text {
	t, ok := c.texts[path]
	if !ok {
		t = patch.NewText(c.shipped(path).Data)
		c.texts[path] = t
	}
	return t
}

// recognise looks whether a file that cannot be seen is the one before the fix or the one after it.
func (c *content) recognise(f *fixFile) error {
	s := c.shipped(f.path)
	if s.State != Unseen || s.Is == nil {
		return nil
	}
	for _, id := range [2]gitrepo.ID{f.before, f.after} {
		if id == "" {
			continue
		}
		data, err := c.p.repo.Blob(id)
		if err != nil {
			return err
		}
		if s.Is(data) {
			c.asked[f.path] = Shipped{State: Differs, Data: data}
			return nil
		}
	}
	return nil
}

// file judges one file of the fix in the package.
func (c *content) file(f *fileStanding) ([]blockStanding, error) {
	if f.err != nil {
		return nil, nil
	}
	if err := c.recognise(f.file); err != nil {
		return nil, err
	}
	if f.minor && !f.whole && c.shipped(f.file.path).State == Differs {
		judged := *f
		judged.blocks = nil
		if err := c.p.byText(&judged, false); err != nil {
			return nil, err
		}
		judged.forgiveMinor()
		f = &judged
	}
	blocks := slices.Clone(f.blocks)
	if len(blocks) == 0 {
		if blocks = c.wholeFile(f); blocks != nil {
			return blocks, nil
		}
		if err := c.p.load(f.file); err != nil {
			return nil, err
		}
		if f.file.binary {
			return c.binary(f), nil
		}
		for _, b := range f.file.probe.Blocks {
			blocks = append(blocks, blockStanding{verdict: Present, from: b.B0, to: b.B1, path: f.path, blob: f.blob})
		}
	}
	if c.shipped(f.file.path).State != Same {
		if err := c.p.load(f.file); err != nil {
			return nil, err
		}
		if f.file.binary {
			return c.binary(f), nil
		}
	}
	for i := range blocks {
		if f.file.probe == nil || i >= len(f.file.probe.Blocks) || f.minor && blocks[i].from < 0 {
			continue // nothing by which the package could be judged
		}
		if err := c.block(f, i, &blocks[i]); err != nil {
			return nil, err
		}
	}
	return blocks, nil
}

// wholeFile settles a file that the source holds just as the fix left it, when the package holds it too or
// leaves it out. It returns nil when the package's text must decide.
func (c *content) wholeFile(f *fileStanding) []blockStanding {
	b := blockStanding{verdict: Present, from: -1, path: f.path, blob: f.blob}
	path := f.path
	if path == "" {
		path = f.file.path
	}
	switch s := c.shipped(path); {
	case s.State == NotShipped:
		b.verdict = NotApplicable
	case f.file.after == "" && f.whole: // the fix deleted the file
		if s.State != Absent {
			b.verdict, b.reason = Missing, "the package ships a file that the fix deleted"
		}
	case s.State == Absent:
		b.verdict, b.reason = Missing, "the package does not hold the file"
	case !f.whole:
		b.verdict, b.reason = Unverifiable, "a binary file, or a change of mode or name alone"
	case s.State == Differs, s.State == Unseen:
		return nil
	}
	return []blockStanding{b}
}

// binary judges a file that is no text and not the source's: only the fix's own bytes would prove it.
func (c *content) binary(f *fileStanding) []blockStanding {
	b := blockStanding{verdict: Unverifiable, from: -1, path: f.path, reason: "a binary file that differs from the source's"}
	s := c.shipped(f.file.path)
	if s.State == NotShipped {
		b.verdict, b.reason = NotApplicable, "not shipped"
		return []blockStanding{b}
	}
	if s.State == Absent && f.blob == "" && len(f.blocks) > 0 {
		return slices.Clone(f.blocks) // gone from the source as well: its answer holds
	}
	id, err := c.p.repo.HashBlob(s.Data)
	switch {
	case s.State == Unseen:
	case s.State == Absent && f.file.after != "":
		b.verdict, b.reason = Missing, "the package does not hold the file"
	case err == nil && id == f.file.after, s.State == Absent:
		b.verdict, b.reason = Present, ""
	case err == nil && id == f.file.before:
		b.verdict, b.reason = Missing, "the file is the one before the fix"
	}
	if f.minor && b.verdict == Unverifiable {
		b.verdict, b.reason = NotApplicable, notCounted
	}
	return []blockStanding{b}
}

// block judges one block in the package.
func (c *content) block(f *fileStanding, i int, b *blockStanding) error {
	path := b.path
	if path == "" {
		path = f.file.path
	}
	s := c.shipped(path)
	switch {
	case s.State == NotShipped:
		b.verdict, b.reason = NotApplicable, "not shipped"
		return nil
	case s.State == Absent && b.blob == "":
		return nil // gone from the source as well: its answer holds
	case s.State == Absent:
		if f.file.probe.Blocks[i].New() || b.verdict == Evolved {
			b.verdict, b.reason, b.from = Missing, "the package does not hold the file", -1
		}
		return nil
	case s.State == Same:
		return nil
	case s.State == Unseen:
		b.verdict, b.reason = Unverifiable, "the package's file is not the source's, and cannot be looked at"
		return nil
	case patch.IsBinary(s.Data):
		b.verdict, b.reason = Unverifiable, "the package's file is binary"
		return nil
	}
	untouched, err := c.untouched(path, &f.file.probe.Blocks[i], b)
	if err != nil || untouched {
		return err
	}
	if wide(&f.file.probe.Blocks[i], b) && !c.oldBack(path, &f.file.probe.Blocks[i], b) {
		return nil
	}
	c.byText = true
	c.judge(path, &f.file.probe.Blocks[i], b)
	if f.minor && b.verdict == Unverifiable {
		b.verdict, b.reason = NotApplicable, notCounted
	}
	return nil
}

// untouched reports whether the package's difference from the source leaves the block's lines alone, and
// moves the block to where they are in the package. A difference can be read in more ways than one where code
// repeats itself: text that says the fix is gone, and did not say so of the source, is heard first.
func (c *content) untouched(path string, block *patch.Block, b *blockStanding) (bool, error) {
	if b.blob == "" || b.from < 0 || b.verdict == Missing || b.verdict == Unverifiable || b.verdict == Reverted {
		return false, nil
	}
	source, err := c.p.texts.get(b.blob)
	if err != nil || source.binary {
		return false, err
	}
	edits, ok := c.edits[path]
	if !ok {
		edits = patch.Compare(source.text(), c.text(path))
		c.edits[path] = edits
	}
	from, to, touched := shift(edits, b.from, b.to)
	if touched {
		return false, nil
	}
	if c.oldBack(path, block, b) {
		return false, nil
	}
	b.from, b.to = from, to
	return true, nil
}

// wide reports whether later commits rewrote so much around an evolved block that its place is only vaguely
// known. A difference in there need not concern the fix; where it does not bring the old text back, it is
// left to the reconstruction to report it.
func wide(block *patch.Block, b *blockStanding) bool {
	return b.verdict == Evolved && b.to-b.from > wideFactor*block.Size()+wideLines
}

const (
	wideFactor = 3
	wideLines  = 10
)

// oldBack reports whether the package's text says that the fix is gone where the source's text did not.
func (c *content) oldBack(path string, block *patch.Block, b *blockStanding) bool {
	if state, _ := block.In(c.text(path)); state != patch.Absent {
		return false
	}
	source, err := c.p.texts.get(b.blob)
	if err != nil || source.binary {
		return true
	}
	state, _ := block.In(source.text())
	return state != patch.Absent
}

// lost compares the package's text with the source's, in which the block stands: at is where the package has the
// lines from before the fix in the very place of the block, or -1, and fewer tells that it holds the block's lines
// less often.
func (c *content) lost(path string, block *patch.Block, b *blockStanding) (at int, fewer bool) {
	source, err := c.p.texts.get(b.blob)
	if b.verdict != Present || b.blob == "" || b.from < 0 || err != nil || source.binary {
		return -1, false
	}
	text := c.text(path)
	fewer = block.Count(text) < block.Count(source.text())
	if from, to, touched := shift(c.edits[path], b.from, b.to); touched && block.Exchanged(linesOf(source.text(), b.from, b.to), linesOf(text, from, to)) {
		return from, fewer
	}
	return -1, fewer
}

// judge decides by the package's text. Where code repeats itself, text finds a fix's lines also where another place
// has them; the source's text, in which the block stands, says how often they have to be there.
func (c *content) judge(path string, block *patch.Block, b *blockStanding) {
	text := c.text(path)
	state, where := block.In(text)
	switch at, fewer := c.lost(path, block, b); {
	case at >= 0 && (fewer || state == patch.Unclear):
		state, where = patch.Absent, at
	case fewer && state == patch.Present:
		state, where = patch.Unclear, -1
	}
	b.from = where
	switch {
	case state == patch.Present:
		b.verdict, b.reason, b.by = Present, "", nil
		b.to = where + block.B1 - block.B0
	case state == patch.Absent:
		b.verdict, b.reason, b.by = Missing, "the package holds the text before the fix", nil
		b.to = where + block.A1 - block.A0
	case b.verdict == Reverted:
	default:
		b.verdict, b.by = Unverifiable, nil
		b.reason = "the package's text there is not the source's, and neither the text before the fix nor the text after it"
	}
}
