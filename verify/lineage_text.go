package verify

import (
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/countersign/countersign/verify/gitrepo"
	"github.com/countersign/countersign/verify/patch"
)

// blobText is a file's content, cut into lines when somebody asks for them.
type blobText struct {
	data   []byte
	binary bool
	cut    *patch.Text
	held   *int // the bytes that the cache counts
}

// text returns the lines of a file that is not binary.
func (t *blobText) text() *patch.Text {
	if t.cut == nil {
		t.cut = patch.NewText(t.data)
		*t.held += cutFactor * len(t.data)
	}
	return t.cut
}

// textCache keeps the texts and comparisons in use, so that the fixes of one file share them. What is not used again
// while as much is added as it may hold goes.
type textCache struct {
	repo            *gitrepo.Repo
	texts, oldTexts map[gitrepo.ID]*blobText
	edits, oldEdits map[[2]gitrepo.ID]comparison
	bytes, pairs    int // of the young ones
}

// Bounds of each half of the cache, in bytes and in edits. As lines, a text takes so many times its bytes more.
const (
	maxCachedBytes = 16 << 20
	maxCachedEdits = 500_000
	cutFactor      = 2
)

func newTextCache(repo *gitrepo.Repo) textCache {
	return textCache{repo: repo, texts: map[gitrepo.ID]*blobText{}, edits: map[[2]gitrepo.ID]comparison{}}
}

// known returns a text that is in the cache, nil where it is not.
func (c *textCache) known(id gitrepo.ID) *blobText {
	if t := c.texts[id]; t != nil {
		return t
	}
	t := c.oldTexts[id]
	if t != nil {
		c.add(id, t)
	}
	return t
}

func (c *textCache) add(id gitrepo.ID, t *blobText) {
	if c.bytes > maxCachedBytes {
		c.oldTexts, c.texts, c.bytes = c.texts, map[gitrepo.ID]*blobText{}, 0
	}
	c.bytes += len(t.data)
	if t.cut != nil {
		c.bytes += cutFactor * len(t.data)
	}
	c.texts[id] = t
}

// get returns the text of a blob; the empty id is a file that does not exist, which has no lines.
func (c *textCache) get(id gitrepo.ID) (*blobText, error) {
	if t := c.known(id); t != nil {
		return t, nil
	}
	if id == "" {
		return c.put(id, nil), nil
	}
	data, err := c.repo.Blob(id)
	if err != nil {
		return nil, err
	}
	return c.put(id, data), nil
}

func (c *textCache) put(id gitrepo.ID, data []byte) *blobText {
	t := &blobText{data: data, binary: patch.IsBinary(data), held: &c.bytes}
	c.add(id, t)
	return t
}

// fetch reads many blobs at once into the cache. A blob that cannot be read is reported by get.
func (c *textCache) fetch(ids []gitrepo.ID) {
	var ask []gitrepo.ID
	asked := map[gitrepo.ID]bool{"": true}
	for _, id := range ids {
		if !asked[id] && c.known(id) == nil {
			asked[id] = true
			ask = append(ask, id)
		}
	}
	_ = c.repo.Blobs(ask, func(i int, data []byte) error {
		c.put(ask[i], data)
		return nil
	})
}

// comparison is how two files differ.
type comparison struct {
	edits  []patch.Edit
	binary bool // one of them is no text
}

// compare returns the edits between two blobs, none where one is binary.
func (c *textCache) compare(a, b gitrepo.ID) ([]patch.Edit, error) {
	edits, _, err := c.between(a, b)
	return edits, err
}

// between is compare, and tells whether one of the blobs is binary.
func (c *textCache) between(a, b gitrepo.ID) (edits []patch.Edit, binary bool, err error) {
	if a == b {
		return nil, false, nil
	}
	key := [2]gitrepo.ID{a, b}
	known, ok := c.compared(key)
	if !ok {
		ta, err := c.get(a)
		if err != nil {
			return nil, false, err
		}
		tb, err := c.get(b)
		if err != nil {
			return nil, false, err
		}
		known = compareTexts(ta, tb)
		c.keep(key, known)
	}
	return known.edits, known.binary, nil
}

func compareTexts(a, b *blobText) comparison {
	if a.binary || b.binary {
		return comparison{binary: true}
	}
	return comparison{edits: patch.CompareData(a.data, b.data, patch.MaxWork)}
}

// compared returns a comparison that is in the cache.
func (c *textCache) compared(key [2]gitrepo.ID) (d comparison, ok bool) {
	if d, ok = c.edits[key]; ok {
		return d, true
	}
	if d, ok = c.oldEdits[key]; ok {
		c.keep(key, d)
	}
	return d, ok
}

func (c *textCache) keep(key [2]gitrepo.ID, d comparison) {
	if c.pairs > maxCachedEdits {
		c.oldEdits, c.edits, c.pairs = c.edits, map[[2]gitrepo.ID]comparison{}, 0
	}
	c.pairs += len(d.edits) + 1
	c.edits[key] = d
}

// compareAll compares versions of a file on all processors. What cannot be read is reported by between.
func (c *textCache) compareAll(hops []hop) {
	var keys [][2]gitrepo.ID
	var blobs []gitrepo.ID
	for _, h := range hops {
		key := [2]gitrepo.ID{h.from, h.to}
		if _, ok := c.compared(key); !ok {
			keys, blobs = append(keys, key), append(blobs, h.from, h.to)
		}
	}
	if len(keys) == 0 {
		return
	}
	c.fetch(blobs)
	texts := make([][2]*blobText, len(keys))
	for i, key := range keys {
		for k, id := range key {
			if t, err := c.get(id); err == nil {
				texts[i][k] = t
			}
		}
	}
	found := make([]comparison, len(keys))
	onAll(len(keys), func(i int) {
		if t := texts[i]; t[0] != nil && t[1] != nil {
			found[i] = compareTexts(t[0], t[1])
		}
	})
	for i, key := range keys {
		if texts[i][0] != nil && texts[i][1] != nil {
			c.keep(key, found[i])
		}
	}
}

// onAll calls fn for each number below n, on all processors.
func onAll(n int, fn func(i int)) {
	var wait sync.WaitGroup
	var next atomic.Int64
	for range min(runtime.GOMAXPROCS(0), n) {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				fn(i)
			}
		})
	}
	wait.Wait()
}

// alike measures how much of two files is the same: 1 for equal bytes, else the share of equal lines.
func (c *textCache) alike(a, b gitrepo.ID) (float64, error) {
	if a == b {
		return 1, nil
	}
	ta, err := c.get(a)
	if err != nil {
		return 0, err
	}
	tb, err := c.get(b)
	if err != nil || ta.binary || tb.binary {
		return 0, err
	}
	return patch.Similarity(ta.text(), tb.text()), nil
}
