package verify

import (
	"hash/maphash"
	"iter"
	"slices"
	"strings"

	"github.com/countersign/countersign/verify/gitrepo"
	"github.com/countersign/countersign/verify/patch"
)

// lineSets keeps which lines the files that were looked through hold, as sorted hashes: the files of a source are
// held against many a fix's file, and very few are alike.
type lineSets struct {
	repo *gitrepo.Repo
	sets map[gitrepo.ID][]uint64
	held int // hashes
}

// maxLineHashes bounds what is kept; beyond it, it starts anew. lineSetsAtOnce bounds the files that are read together.
const (
	maxLineHashes  = 4 << 20
	lineSetsAtOnce = 256
)

// each hands the lines of many blobs to fn, in order. A binary file has none.
func (s *lineSets) each(blobs []gitrepo.ID, fn func(id gitrepo.ID, lines []uint64) error) error {
	for chunk := range slices.Chunk(blobs, lineSetsAtOnce) {
		if err := s.read(chunk); err != nil {
			return err
		}
		for _, id := range chunk {
			if err := fn(id, s.sets[id]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *lineSets) read(blobs []gitrepo.ID) error {
	if s.held > maxLineHashes {
		clear(s.sets)
		s.held = 0
	}
	unread := slices.DeleteFunc(slices.Clone(blobs), func(id gitrepo.ID) bool { _, known := s.sets[id]; return known })
	data := make([][]byte, len(unread))
	err := s.repo.Blobs(unread, func(i int, bytes []byte) error {
		data[i] = bytes
		return nil
	})
	if err != nil {
		return err
	}
	sets := make([][]uint64, len(unread))
	onAll(len(unread), func(i int) {
		if !patch.IsBinary(data[i]) {
			sets[i] = lineSet(strings.Lines(string(data[i])))
		}
	})
	for i, id := range unread {
		s.sets[id] = sets[i]
		s.held += len(sets[i])
	}
	return nil
}

var lineSeed = maphash.MakeSeed()

// lineSet returns the hashes of the lines, each once. Indentation, comments and inclusions do not count.
func lineSet(lines iter.Seq[string]) []uint64 {
	var set []uint64
	for l := range lines {
		if l = strings.TrimSpace(l); !isSlight(l) {
			set = append(set, maphash.String(lineSeed, l))
		}
	}
	slices.Sort(set)
	return slices.Clip(slices.Compact(set))
}
