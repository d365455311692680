package verify

import (
	"github.com/countersign/countersign/verify/gitrepo"
	"github.com/countersign/countersign/verify/patch"
)

// blobText is a file's content, cut into lines when somebody asks for them.
type blobText struct {
	data   []byte
	binary bool
	cut    *patch.Text
}

// text returns the lines of a file that is not binary.
func (t *blobText) text() *patch.Text {
	if t.cut == nil {
		t.cut = patch.NewText(t.data)
	}
	return t.cut
}

// textCache keeps the texts and comparisons in use, so that the fixes of one file share them.
type textCache struct {
	repo  *gitrepo.Repo
	texts map[gitrepo.ID]*blobText
	edits map[[2]gitrepo.ID][]patch.Edit
	bytes int
	pairs int
}

// Bounds of the cache, in bytes (as lines, they take about three times as much) and in edits; beyond them it
// starts anew.
const (
	maxCachedBytes = 48 << 20
	maxCachedEdits = 2_000_000
)

func newTextCache(repo *gitrepo.Repo) textCache {
	return textCache{repo: repo, texts: map[gitrepo.ID]*blobText{}, edits: map[[2]gitrepo.ID][]patch.Edit{}}
}

// get returns the text of a blob; the empty id is a file that does not exist, which has no lines.
func (c *textCache) get(id gitrepo.ID) (*blobText, error) {
	if t, ok := c.texts[id]; ok {
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
	t := &blobText{data: data, binary: patch.IsBinary(data)}
	if c.bytes += len(data); c.bytes > maxCachedBytes {
		clear(c.texts)
		c.bytes = len(data)
	}
	c.texts[id] = t
	return t
}

// fetch reads many blobs at once into the cache. A blob that cannot be read is reported by get.
func (c *textCache) fetch(ids []gitrepo.ID) {
	var ask []gitrepo.ID
	asked := map[gitrepo.ID]bool{"": true}
	for _, id := range ids {
		if _, ok := c.texts[id]; !ok && !asked[id] {
			asked[id] = true
			ask = append(ask, id)
		}
	}
	_ = c.repo.Blobs(ask, func(i int, data []byte) error {
		c.put(ask[i], data)
		return nil
	})
}

// compare returns the edits between two blobs.
func (c *textCache) compare(a, b gitrepo.ID) ([]patch.Edit, error) {
	key := [2]gitrepo.ID{a, b}
	if e, ok := c.edits[key]; ok {
		return e, nil
	}
	ta, err := c.get(a)
	if err != nil {
		return nil, err
	}
	tb, err := c.get(b)
	if err != nil || ta.binary || tb.binary {
		return nil, err
	}
	e := patch.CompareData(ta.data, tb.data, patch.MaxWork)
	if c.pairs += len(e) + 1; c.pairs > maxCachedEdits {
		clear(c.edits)
		c.pairs = 0
	}
	c.edits[key] = e
	return e, nil
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
