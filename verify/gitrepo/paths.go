package gitrepo

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Paths follows paths through many commits. Each distinct tree on the way to one of them is read and hashed
// once, in bulk, and kept as what differs from the one read before it. After that, "which blob has this path in
// that commit" costs a few look-ups, also for a path that is asked for later in a folder that was read.
type Paths struct {
	repo  *Repo
	root  *folder
	where []pathPlace
	known map[string]int32 // entries, by mode and raw id
	list  []string         // of these; the first one is that of an absent file
	blobs []int32          // per entry, the number of its file plus one; 0 where nobody asked
	ids   []ID             // per number, the first one is that of no file
	taken map[ID]int32     // numbers
}

// pathPlace is where a path is looked for.
type pathPlace struct {
	folders []*folder // the last one holds the file
	columns []*column // one in each
}

// folder is one directory over all commits.
type folder struct {
	below   map[string]*folder
	numbers map[string]int32 // of distinct trees, by raw id; from 0
	entries map[int32]int32  // of the same trees, by their entries in the folder above
	within  []int32          // the same by the trees of the folder above, plus one; 0 where nobody asked
	names   map[string]int32 // of all entries; those of folders end in a slash
	trees   []treeStep
	changes []nameChange
	columns map[string]*column // of the names that are asked for
	last    []byte             // the tree that was read last
}

// treeStep is a tree as what differs from the one that was read before it.
type treeStep struct {
	fresh bool // or from nothing
	end   int  // of its changes
}

type nameChange struct{ name, entry int32 }

// column is what one name is in each tree of a folder.
type column struct {
	name    string // of a folder, it ends in a slash
	entries []int32
}

// NewPaths returns an empty set of paths.
func (r *Repo) NewPaths() *Paths {
	return &Paths{repo: r, root: newFolder(), known: map[string]int32{}, list: []string{""},
		ids: []ID{""}, taken: map[ID]int32{"": 0}}
}

func newFolder() *folder {
	return &folder{
		below: map[string]*folder{}, numbers: map[string]int32{}, entries: map[int32]int32{},
		names: map[string]int32{}, columns: map[string]*column{},
	}
}

// Add prepares to follow a path, and returns the number by which it is asked for.
func (p *Paths) Add(path string) int {
	var w pathPlace
	at := p.root
	for name := range strings.SplitAfterSeq(path, "/") {
		if at.columns[name] == nil {
			at.columns[name] = &column{name: name}
		}
		w.folders, w.columns = append(w.folders, at), append(w.columns, at.columns[name])
		if strings.HasSuffix(name, "/") {
			if at.below[name] == nil {
				at.below[name] = newFolder()
			}
			at = at.below[name]
		}
	}
	p.where = append(p.where, w)
	return len(p.where) - 1
}

// Load reads what is needed to answer At for these paths in these root trees.
func (p *Paths) Load(paths []int, roots []ID) error {
	ids := make([]string, 0, len(roots))
	for _, id := range roots {
		raw, err := hex.DecodeString(string(id))
		if err != nil {
			return err
		}
		ids = append(ids, string(raw))
	}
	wanted := map[*folder]bool{}
	for _, i := range paths {
		for _, f := range p.where[i].folders {
			wanted[f] = true
		}
	}
	return p.load(p.root, ids, wanted)
}

// load reads the trees of a folder, and of the wanted ones below it.
func (p *Paths) load(f *folder, ids []string, wanted map[*folder]bool) error {
	var ask []ID
	asked := map[string]bool{}
	for _, raw := range ids {
		if _, ok := f.numbers[raw]; !ok && !asked[raw] {
			asked[raw] = true
			ask = append(ask, ID(hex.EncodeToString([]byte(raw))))
		}
	}
	err := p.repo.readAll(ask, func(i int, o object) error {
		data, err := p.repo.expect(ask[i], o, "tree", "")
		if err == nil {
			err = p.keep(f, ask[i], data)
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(f.below)) { // so that requests do not depend on map order
		below := f.below[name]
		if !wanted[below] {
			continue
		}
		inFolder := f.fill(f.columns[name])
		var inside []string
		var which []int32
		seen := map[int32]bool{0: true}
		for _, raw := range ids {
			if e := inFolder[f.numbers[raw]]; !seen[e] {
				seen[e] = true
				inside, which = append(inside, p.list[e][modeLen:]), append(which, e)
			}
		}
		if err := p.load(below, inside, wanted); err != nil {
			return err
		}
		for i, raw := range inside {
			below.entries[which[i]] = below.numbers[raw]
		}
	}
	return nil
}

// keep remembers one tree.
func (p *Paths) keep(f *folder, id ID, data []byte) error {
	idBytes := p.repo.format.idLen() / 2
	data, err := inOrder(data, idBytes)
	if err != nil {
		return fmt.Errorf("tree %s in %s: %w", id, p.repo.dir, err)
	}
	if hasTwins(data, idBytes) {
		f.last = nil // of a name that is there twice, the last one counts: that needs all entries
	}
	step := treeStep{fresh: f.last == nil}
	err = differing(f.last, data, idBytes, func(a, b rawEntry) {
		name := string(a.name)
		if b.raw != nil {
			name = string(b.name)
		}
		if a.mode == ModeTree || b.mode == ModeTree {
			name += "/"
		}
		n, ok := f.names[name]
		if !ok {
			n = int32(len(f.names))
			f.names[name] = n
		}
		f.changes = append(f.changes, nameChange{n, p.number(b)})
	})
	raw, _ := hex.DecodeString(string(id))
	f.numbers[string(raw)] = int32(len(f.trees))
	step.end = len(f.changes)
	f.trees, f.last = append(f.trees, step), data
	if hasTwins(data, idBytes) {
		f.last = nil
	}
	return err
}

// number returns the number of an entry's mode and id.
func (p *Paths) number(e rawEntry) int32 {
	if e.raw == nil {
		return 0
	}
	key := string(binary.BigEndian.AppendUint32(nil, uint32(e.mode))) + string(e.id)
	n, ok := p.known[key]
	if !ok {
		n = int32(len(p.list))
		p.known[key] = n
		p.list = append(p.list, key)
	}
	return n
}

// modeLen is how many bytes of an entry in the list are its mode.
const modeLen = 4

// fill brings a column up to the last tree of the folder.
func (f *folder) fill(c *column) []int32 {
	if len(c.entries) == len(f.trees) {
		return c.entries
	}
	number, met := f.names[c.name]
	at := 0
	if len(c.entries) > 0 {
		at = f.trees[len(c.entries)-1].end
	}
	for n := len(c.entries); n < len(f.trees); n++ {
		e := int32(0)
		if !f.trees[n].fresh {
			e = c.entries[n-1]
		}
		for ; at < f.trees[n].end; at++ {
			if met && f.changes[at].name == number {
				e = f.changes[at].entry
			}
		}
		c.entries = append(c.entries, e)
	}
	return c.entries
}

// Root returns the number of a root tree, by which At is asked. ok is false when it was not loaded.
func (p *Paths) Root(id ID) (n int32, ok bool) {
	raw, err := hex.DecodeString(string(id))
	if err != nil {
		return 0, false
	}
	n, ok = p.root.numbers[string(raw)]
	return n, ok
}

// At returns the entry of path number i in a root tree; Mode is 0 where there is no such file, and Name is left
// empty. ok is false when that root tree was not loaded for the path.
func (p *Paths) At(root int32, i int) (e Entry, ok bool) {
	entry, ok := p.find(root, i)
	if !ok || entry == 0 {
		return Entry{}, ok
	}
	key := p.list[entry]
	mode := Mode(binary.BigEndian.Uint32([]byte(key[:modeLen])))
	return Entry{Mode: mode, ID: ID(hex.EncodeToString([]byte(key[modeLen:])))}, true
}

// Blob is At for those who only compare: it returns a number that stands for the file's bytes, 0 where there is no
// file. ID tells which blob it is.
func (p *Paths) Blob(root int32, i int) (number int32, ok bool) {
	entry, ok := p.find(root, i)
	if !ok {
		return 0, false
	}
	if missing := len(p.list) - len(p.blobs); missing > 0 {
		p.blobs = append(p.blobs, make([]int32, missing)...)
	}
	if p.blobs[entry] == 0 {
		e, _ := p.At(root, i)
		if !e.Mode.IsFile() {
			e.ID = ""
		}
		n, known := p.taken[e.ID]
		if !known {
			n = int32(len(p.ids))
			p.taken[e.ID], p.ids = n, append(p.ids, e.ID)
		}
		p.blobs[entry] = n + 1
	}
	return p.blobs[entry] - 1, true
}

// ID returns the blob that a number of Blob stands for, empty for no file.
func (p *Paths) ID(number int32) ID { return p.ids[number] }

// find returns the number of the entry of path number i in a root tree.
func (p *Paths) find(root int32, i int) (entry int32, ok bool) {
	w := &p.where[i]
	for k, f := range w.folders {
		if k > 0 {
			if root, ok = f.numberIn(w.folders[k-1], root, entry); !ok {
				return 0, false
			}
		}
		if entry = f.fill(w.columns[k])[root]; entry == 0 {
			return 0, true
		}
	}
	return entry, true
}

// numberIn returns which tree the folder has in a tree of the one above, where it is the given entry.
func (f *folder) numberIn(above *folder, root, entry int32) (n int32, ok bool) {
	if missing := len(above.trees) - len(f.within); missing > 0 {
		f.within = append(f.within, make([]int32, missing)...)
	}
	if n = f.within[root]; n > 0 {
		return n - 1, true
	}
	if n, ok = f.entries[entry]; ok {
		f.within[root] = n + 1
	}
	return n, ok
}
