package gitrepo

import (
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
)

// store reads objects out of the repository's files without asking git, on all processors: that is several
// times faster than talking to another process. It is a short cut and no authority. What it returns was
// hashed; whatever it does not find, does not understand or finds damaged is asked of git, whose answer counts.
type store struct {
	objects string
	format  format
	once    sync.Once
	packs   []*pack
	recent  atomic.Int32 // the pack that held the last object
	free    sync.Pool    // of *inflater

	mu    sync.Mutex
	young map[place]stored // objects that differences were or may be taken from
	old   map[place]stored // those of before; what is not used again goes
	size  int              // of young
}

// place is where an object begins.
type place struct {
	pack *pack
	at   int64
}

// stored is an object that was not hashed yet.
type stored struct {
	kind string
	data []byte
}

const (
	maxPacked = 16 << 20 // larger objects are left to git
	maxChain  = 4096     // differences of differences; git itself makes no more
	maxBases  = 16 << 20 // bytes in each half of the remembered objects
	share     = 32       // objects that a processor takes at a time
)

func newStore(common string, f format) *store {
	s := &store{objects: filepath.Join(common, "objects"), format: f, young: map[place]stored{}}
	s.free.New = func() any { return new(inflater) }
	return s
}

func (s *store) close() {
	for _, p := range s.packs {
		p.close()
	}
}

func (s *store) open() {
	s.once.Do(func() { s.packs = openPacks(s.objects, s.format.idLen()/2) })
}

// holds reports whether there seems to be such an object.
func (s *store) holds(id ID) bool {
	s.open()
	raw, err := hex.DecodeString(string(id))
	if err != nil || len(id) != s.format.idLen() {
		return false
	}
	for _, p := range s.packs {
		if _, ok := p.find(raw); ok {
			return true
		}
	}
	info, err := os.Stat(s.file(id))
	return err == nil && info.Mode().IsRegular()
}

// file is where an object that is in no pack is kept.
func (s *store) file(id ID) string { return filepath.Join(s.objects, string(id[:2]), string(id[2:])) }

// read returns an object whose bytes hash to its id. ok is false when git has to be asked.
func (s *store) read(id ID) (o object, ok bool) {
	s.open()
	raw, err := hex.DecodeString(string(id))
	if err != nil || len(id) != s.format.idLen() {
		return object{}, false
	}
	in := s.free.Get().(*inflater)
	defer s.free.Put(in)
	found, err := s.find(in, id, raw)
	if err != nil {
		return object{}, false
	}
	if got, err := s.format.digest(found.kind, found.data); err != nil || !bytes.Equal(got, raw) {
		return object{}, false
	}
	return object{kind: found.kind, data: found.data, ok: true}, true
}

// readAll reads many objects on all processors and hands each to fn with its index, never two at a time. It
// returns the indices of those that git has to be asked for.
func (s *store) readAll(ids []ID, fn func(i int, o object) error) (missed []int, err error) {
	var (
		next atomic.Int64
		mu   sync.Mutex
		wait sync.WaitGroup
	)
	work := func() {
		for {
			from := int(next.Add(share)) - share
			if from >= len(ids) {
				return
			}
			for i := from; i < min(from+share, len(ids)); i++ {
				o, ok := s.read(ids[i])
				mu.Lock()
				switch {
				case err != nil:
				case ok:
					err = fn(i, o)
				default:
					missed = append(missed, i)
				}
				failed := err != nil
				mu.Unlock()
				if failed {
					return
				}
			}
		}
	}
	for range min(runtime.GOMAXPROCS(0), len(ids)/share) {
		wait.Go(work)
	}
	work()
	wait.Wait()
	return missed, err
}

// find looks into the packs, first that of the last object, and then for a file of the object's own.
func (s *store) find(in *inflater, id ID, raw []byte) (stored, error) {
	recent := int(s.recent.Load())
	for i := range s.packs {
		k := (recent + i) % len(s.packs)
		if at, ok := s.packs[k].find(raw); ok {
			s.recent.Store(int32(k))
			return s.packed(in, s.packs[k], at)
		}
	}
	name := s.file(id)
	if info, err := os.Stat(name); err != nil || !info.Mode().IsRegular() || info.Size() > maxPacked {
		return stored{}, errPack
	}
	packed, err := os.ReadFile(name)
	if err != nil {
		return stored{}, err
	}
	return in.loose(packed)
}

// packed reads an object of a pack: the differences down to a whole object, or to one that is remembered, and
// then back up.
func (s *store) packed(in *inflater, p *pack, at int64) (stored, error) {
	type step struct {
		at    place
		delta []byte
	}
	var chain []step
	var found stored
	for size := 0; ; {
		var ok bool
		if found, ok = s.remembered(place{p, at}); ok {
			break
		}
		e, err := p.entry(in, at)
		if size += len(e.data); err != nil || size > maxPacked || len(chain) > maxChain {
			return stored{}, errPack
		}
		if kind := kinds[e.kind]; kind != "" {
			found = stored{kind, e.data}
			s.remember(place{p, at}, found)
			break
		}
		chain = append(chain, step{place{p, at}, e.data})
		at = e.base
	}
	for i := len(chain) - 1; i >= 0; i-- {
		data, err := applyDelta(found.data, chain[i].delta)
		if err != nil {
			return stored{}, err
		}
		found.data = data
		s.remember(chain[i].at, found)
	}
	return found, nil
}

func (s *store) remembered(at place) (stored, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if found, ok := s.young[at]; ok {
		return found, true
	}
	found, ok := s.old[at]
	if ok {
		s.keep(at, found)
	}
	return found, ok
}

func (s *store) remember(at place, o stored) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keep(at, o)
}

func (s *store) keep(at place, o stored) {
	if s.size += len(o.data); s.size > maxBases {
		s.old, s.young, s.size = s.young, map[place]stored{}, len(o.data)
	}
	s.young[at] = o
}
