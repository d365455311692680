package gitrepo

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"sync"
)

// pack is one packfile and its index, as git's Documentation/gitformat-pack.txt describes them. Both are read
// with positioned reads: a file that shrinks under us is an error and no crash.
type pack struct {
	index, data *os.File
	size        int64 // of data
	idBytes     int
	fanout      [256]uint32 // objects whose id's first byte is at most this

	mu      sync.Mutex
	buckets map[byte][]byte // parts of the index that were read
	held    int             // their bytes
}

// maxIndex bounds the remembered part of an index, in bytes.
const maxIndex = 32 << 20

// The parts of an index file of version 2.
const (
	indexMagic  = "\xfftOc\x00\x00\x00\x02"
	indexHeader = len(indexMagic) + 256*4
)

// errPack is any fault in a pack. Its words are seen by nobody: git is asked for the object instead.
var errPack = errors.New("malformed pack")

// openPacks opens the packs of an object folder. One that is not understood is left to git.
func openPacks(objects string, idBytes int) []*pack {
	names, _ := filepath.Glob(filepath.Join(objects, "pack", "pack-*.idx"))
	slices.Sort(names)
	var list []*pack
	for _, name := range names {
		if p, err := openPack(name, idBytes); err == nil {
			list = append(list, p)
		}
	}
	return list
}

func openPack(name string, idBytes int) (*pack, error) {
	p := &pack{idBytes: idBytes, buckets: map[byte][]byte{}}
	var err error
	if p.index, err = openPlain(name); err != nil {
		return nil, err
	}
	if p.data, err = openPlain(strings.TrimSuffix(name, "idx") + "pack"); err == nil {
		err = p.readHeader()
	}
	if err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

// openPlain opens a plain file: a pipe in its place would make us wait.
func openPlain(name string) (*os.File, error) {
	if info, err := os.Stat(name); err != nil || !info.Mode().IsRegular() {
		return nil, errPack
	}
	return os.Open(name)
}

func (p *pack) readHeader() error {
	info, err := p.data.Stat()
	if err != nil {
		return err
	}
	head := make([]byte, indexHeader)
	if _, err := p.index.ReadAt(head, 0); err != nil {
		return err
	}
	if !bytes.HasPrefix(head, []byte(indexMagic)) {
		return fmt.Errorf("%w: index of another version", errPack)
	}
	p.size = info.Size()
	if info, err = p.index.Stat(); err != nil {
		return err
	}
	last := uint32(0)
	for i := range p.fanout {
		p.fanout[i] = binary.BigEndian.Uint32(head[len(indexMagic)+4*i:])
		if p.fanout[i] < last {
			return fmt.Errorf("%w: index out of order", errPack)
		}
		last = p.fanout[i]
	}
	if int64(last)*int64(p.idBytes+8) > info.Size() {
		return fmt.Errorf("%w: index cut short", errPack)
	}
	return nil
}

func (p *pack) close() {
	p.index.Close()
	if p.data != nil {
		p.data.Close()
	}
}

// find returns where an object begins in the pack.
func (p *pack) find(id []byte) (offset int64, ok bool) {
	ids, first, err := p.bucket(id[0])
	if err != nil {
		return 0, false
	}
	i := sort.Search(len(ids)/p.idBytes, func(i int) bool {
		return bytes.Compare(ids[i*p.idBytes:(i+1)*p.idBytes], id) >= 0
	})
	if i*p.idBytes == len(ids) || !bytes.Equal(ids[i*p.idBytes:(i+1)*p.idBytes], id) {
		return 0, false
	}
	return p.offset(first + i)
}

// bucket returns the ids of the index that begin with a byte, and the number of the first of them.
func (p *pack) bucket(start byte) (ids []byte, first int, err error) {
	if start > 0 {
		first = int(p.fanout[start-1])
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if ids, ok := p.buckets[start]; ok {
		return ids, first, nil
	}
	ids = make([]byte, (int(p.fanout[start])-first)*p.idBytes)
	if _, err := p.index.ReadAt(ids, int64(indexHeader+first*p.idBytes)); err != nil {
		return nil, 0, err
	}
	if p.held += len(ids); p.held > maxIndex {
		clear(p.buckets)
		p.held = len(ids)
	}
	p.buckets[start] = ids
	return ids, first, nil
}

// offset reads where the object number i of the index begins.
func (p *pack) offset(i int) (int64, bool) {
	count := int(p.fanout[255])
	offsets := int64(indexHeader + count*(p.idBytes+4))
	var buf [8]byte
	if _, err := p.index.ReadAt(buf[:4], offsets+4*int64(i)); err != nil {
		return 0, false
	}
	short := binary.BigEndian.Uint32(buf[:4])
	if short < 1<<31 {
		return int64(short), true
	}
	if _, err := p.index.ReadAt(buf[:], offsets+4*int64(count)+8*int64(short&^(1<<31))); err != nil {
		return 0, false
	}
	return int64(binary.BigEndian.Uint64(buf[:]) &^ (1 << 63)), true
}

// The kinds of entries in a pack.
const (
	offsetDelta = 6
	idDelta     = 7
)

var kinds = [8]string{1: "commit", 2: "tree", 3: "blob", 4: "tag"}

// entry is one entry of a pack: an object, or how it differs from another.
type entry struct {
	kind int
	data []byte
	base int64 // of a difference
}

// entry reads one entry.
func (p *pack) entry(in *inflater, at int64) (entry, error) {
	head, err := in.bytes(p, at, entryHead)
	if err != nil || len(head) == 0 {
		return entry{}, errPack
	}
	c, used := head[0], 1
	e, size := entry{kind: int(c >> 4 & 7)}, int64(c&15)
	for shift := 4; c >= 0x80 && shift < 60 && used < len(head); shift += 7 {
		c = head[used]
		size |= int64(c&0x7f) << shift
		used++
	}
	if e.kind == 0 || e.kind == 5 || c >= 0x80 || size > maxPacked {
		return entry{}, errPack
	}
	switch e.kind {
	case offsetDelta:
		back, n := distance(head[used:])
		e.base, used = at-back, used+n
		if n == 0 || back <= 0 {
			return entry{}, errPack
		}
	case idDelta:
		if len(head) < used+p.idBytes {
			return entry{}, errPack
		}
		var ok bool
		if e.base, ok = p.find(head[used : used+p.idBytes]); !ok {
			return entry{}, errPack
		}
		used += p.idBytes
	}
	packed, err := in.bytes(p, at+int64(used), int(size)+int(size)>>10+compressHead)
	if err == nil {
		e.data, err = in.inflate(packed, int(size))
	}
	return e, err
}

const (
	entryHead    = 64 // bytes that hold all of an entry but its data
	compressHead = 64 // what compression may add to data that it cannot make smaller, beside one byte in a thousand
)

// distance reads how far before an entry its base begins, and the bytes that say so; 0 when they are malformed.
func distance(head []byte) (back int64, used int) {
	for i, c := range head {
		if back = back<<7 | int64(c&0x7f); c < 0x80 {
			return back, i + 1
		}
		if i > 6 {
			break
		}
		back++
	}
	return 0, 0
}
