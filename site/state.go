package site

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// State is what one build remembers for the next: a row for each advisory on the
// site, and what each other file of the output was made from. It holds nothing of
// what is not public, since it lies beside the site, where others may read it.
type State struct {
	global  digest // of what every page may depend on, but for the releases
	context digest // of that and the releases: all but the advisories themselves
	preview bool
	now     int64             // the moment of the build, in seconds
	next    int64             // the moment at which time alone may change a row
	racy    int64             // a file changed at this time or later is read again, see Folder; 0: every file
	count   int               // of the files of the site
	rows    []*row            // by path
	public  []int             // those on the site, oldest first: their places in rows
	files   map[string]digest // but for those of the rows; zero for one that is made every time
	folders []stamp           // of the site, when the build had ended

	filesOf func(*row) []string // the files made from one advisory
}

// stamp is a folder and when its entries were last changed.
type stamp struct {
	path  string
	mtime int64
}

// stateMagic begins a state file. Its number grows with the form of a row.
const stateMagic = "countersign site state 2\n"

// perChunk is how many rows are decoded in one go: the chunks of a large
// repository are decoded on all processors.
const perChunk = 1024

// encode returns the bytes of a state file. A row is written field by field, and
// one that was taken over from an earlier state as it stands there.
func (s *State) encode() []byte {
	w := &writer{out: make([]byte, 0, 4096+500*len(s.rows)+64*len(s.files))}
	w.raw([]byte(stateMagic))
	w.raw(s.global[:])
	w.raw(s.context[:])
	w.flag(s.preview)
	for _, n := range []int64{s.now, s.next, s.racy, int64(s.count), int64(len(s.rows))} {
		w.number(n)
	}
	for chunk := range slices.Chunk(s.rows, perChunk) {
		at := len(w.out)
		w.raw(make([]byte, 4)) // its length, once it is known
		for _, r := range chunk {
			w.entry(r)
		}
		binary.LittleEndian.PutUint32(w.out[at:], uint32(len(w.out)-at-4))
	}
	w.number(int64(len(s.public)))
	for _, n := range s.public {
		w.number(int64(n))
	}
	w.number(int64(len(s.files)))
	for _, path := range sortedKeys(s.files) {
		w.text(path)
		d := s.files[path]
		w.raw(d[:])
	}
	w.number(int64(len(s.folders)))
	for _, f := range s.folders {
		w.text(f.path)
		w.number(f.mtime)
	}
	return binary.LittleEndian.AppendUint32(w.out, crc32.ChecksumIEEE(w.out))
}

// checksum is that of a text's bytes, taken in pieces: the whole of it would be
// copied.
func checksum(text string) (sum uint32) {
	for len(text) > 0 {
		n := min(len(text), 1<<15)
		sum = crc32.Update(sum, crc32.IEEETable, []byte(text[:n]))
		text = text[n:]
	}
	return sum
}

var errState = errors.New("the state of the last build is damaged or of another version")

// decodeState reads a state file; the rows of the state are parts of its text. A
// file of another program version or a damaged one gives an error; the right
// answer to it is a full build.
func decodeState(text string) (*State, error) {
	body := len(text) - 4
	if body < len(stateMagic) || text[:len(stateMagic)] != stateMagic ||
		binary.LittleEndian.Uint32([]byte(text[body:])) != checksum(text[:body]) {
		return nil, errState
	}
	r := &reader{in: text[len(stateMagic):body]}
	s := &State{}
	r.raw(s.global[:])
	r.raw(s.context[:])
	s.preview = r.flag()
	s.now, s.next, s.racy, s.count = r.number(), r.number(), r.number(), int(r.number())
	s.rows = r.rows()
	s.public = make([]int, r.count())
	for i := range s.public {
		s.public[i] = int(r.number())
		r.bad = r.bad || s.public[i] < 0 || s.public[i] >= len(s.rows)
	}
	count := r.count()
	s.files = make(map[string]digest, count)
	for range count {
		path := r.text()
		var d digest
		r.raw(d[:])
		s.files[path] = d
	}
	for range r.count() {
		s.folders = append(s.folders, stamp{r.text(), r.number()})
	}
	if r.bad || r.in != "" {
		return nil, errState
	}
	return s, nil
}

// forEachFile names the files that are made from one advisory alone.
func (s *State) forEachFile(r *row, do func(path string)) {
	if r.Page.isZero() {
		return
	}
	for _, path := range s.filesOf(r) {
		do(path)
	}
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

type writer struct{ out []byte }

func (w *writer) raw(b []byte)   { w.out = append(w.out, b...) }
func (w *writer) number(n int64) { w.out = binary.AppendVarint(w.out, n) }

func (w *writer) text(s string) {
	w.number(int64(len(s)))
	w.out = append(w.out, s...)
}

func (w *writer) texts(list []string) {
	w.number(int64(len(list)))
	for _, s := range list {
		w.text(s)
	}
}

func (w *writer) flag(b bool) {
	var bit byte
	if b {
		bit = 1
	}
	w.out = append(w.out, bit)
}

func (w *writer) moment(m moment) {
	w.flag(m.Set)
	w.flag(m.Day)
	w.number(m.Unix)
}

// entry writes a row: first what may change though the advisory does not.
func (w *writer) entry(r *row) {
	w.number(r.Size)
	w.number(r.Mtime)
	w.raw(r.key[:])
	if r.encoded != "" {
		w.text(r.encoded)
		return
	}
	var body writer
	body.row(r)
	w.number(int64(len(body.out)))
	w.raw(body.out)
}

func (w *writer) row(r *row) {
	for _, s := range r.strings() {
		w.text(*s)
	}
	w.raw(r.Hash[:])
	w.raw(r.Page[:])
	w.raw(r.List[:])
	w.texts(r.Aliases)
	w.texts(r.Products)
	w.number(int64(len(r.Affected)))
	for _, a := range r.Affected {
		w.text(a.Product)
		w.texts(a.Versions)
		w.number(int64(len(a.Ranges)))
		for _, span := range a.Ranges {
			w.text(span.Introduced)
			w.text(span.Fixed)
			w.text(span.Last)
		}
	}
	w.number(int64(len(r.Fixes)))
	for _, f := range r.Fixes {
		w.text(f.Product)
		w.text(f.Version)
	}
	w.number(int64(len(r.Credits)))
	for _, c := range r.Credits {
		w.text(c.Name)
		w.text(c.URL)
		w.text(c.Affiliation)
	}
	for _, m := range r.moments() {
		w.moment(*m)
	}
	w.flag(r.Rejected)
	w.flag(r.Patches)
	w.number(int64(r.Formats))
}

// reader takes apart what writer put together. After a fault it gives zero
// values, and bad is set.
type reader struct {
	in  string
	bad bool

	// What rows hold is cut from pieces of so many: a hundred thousand rows would
	// otherwise be a million small objects.
	piece int
	spare struct {
		rows     []row
		texts    []string
		affected []affectedRow
		ranges   []rangeRow
		fixes    []fixRow
		credits  []creditRow
	}
}

// cut takes n elements from the front of a piece, nil for none.
func cut[T any](spare *[]T, n, piece int) []T {
	if n == 0 {
		return nil
	}
	if len(*spare) < n {
		*spare = make([]T, max(n, piece))
	}
	out := (*spare)[:n:n]
	*spare = (*spare)[n:]
	return out
}

func (r *reader) raw(into []byte) {
	if len(r.in) < len(into) {
		r.bad, r.in = true, ""
		return
	}
	copy(into, r.in)
	r.in = r.in[len(into):]
}

func (r *reader) number() int64 {
	var n uint64
	for shift := 0; shift < 64; shift += 7 {
		if r.in == "" {
			break
		}
		c := r.in[0]
		r.in = r.in[1:]
		n |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return int64(n>>1) ^ -int64(n&1)
		}
	}
	r.bad, r.in = true, ""
	return 0
}

// count is a number of things that still have to come, a byte each at least.
func (r *reader) count() int {
	n := r.number()
	if n < 0 || n > int64(len(r.in)) {
		r.bad, r.in = true, ""
		return 0
	}
	return int(n)
}

func (r *reader) text() string {
	n := r.count()
	s := r.in[:n]
	r.in = r.in[n:]
	return s
}

func (r *reader) texts() []string {
	out := cut(&r.spare.texts, r.count(), r.piece)
	for i := range out {
		out[i] = r.text()
	}
	return out
}

func (r *reader) flag() bool {
	var b [1]byte
	r.raw(b[:])
	return b[0] == 1
}

func (r *reader) moment() moment { return moment{Set: r.flag(), Day: r.flag(), Unix: r.number()} }

// rows reads all rows, several chunks at a time.
func (r *reader) rows() []*row {
	out := make([]*row, r.count())
	var (
		group sync.WaitGroup
		bad   atomic.Bool
		room  = make(chan bool, runtime.GOMAXPROCS(0))
	)
	for chunk := range slices.Chunk(out, perChunk) {
		var size [4]byte
		r.raw(size[:])
		n := min(int(binary.LittleEndian.Uint32(size[:])), len(r.in))
		part := &reader{in: r.in[:n], piece: perChunk}
		r.in = r.in[n:]
		room <- true
		group.Go(func() {
			for i := range chunk {
				chunk[i] = part.entry()
			}
			if part.bad || part.in != "" {
				bad.Store(true)
			}
			<-room
		})
	}
	group.Wait()
	r.bad = r.bad || bad.Load()
	return out
}

func (r *reader) entry() *row {
	out := &cut(&r.spare.rows, 1, r.piece)[0]
	out.Size, out.Mtime = r.number(), r.number()
	r.raw(out.key[:])
	out.encoded = r.text()
	rest := r.in
	r.in = out.encoded
	r.row(out)
	r.bad = r.bad || r.in != ""
	r.in = rest
	return out
}

func (r *reader) row(out *row) {
	for _, s := range out.strings() {
		*s = r.text()
	}
	r.raw(out.Hash[:])
	r.raw(out.Page[:])
	r.raw(out.List[:])
	out.Aliases, out.Products = r.texts(), r.texts()
	out.Affected = cut(&r.spare.affected, r.count(), r.piece)
	for i := range out.Affected {
		a := &out.Affected[i]
		a.Product, a.Versions = r.text(), r.texts()
		a.Ranges = cut(&r.spare.ranges, r.count(), r.piece)
		for j := range a.Ranges {
			a.Ranges[j] = rangeRow{r.text(), r.text(), r.text()}
		}
	}
	out.Fixes = cut(&r.spare.fixes, r.count(), r.piece)
	for i := range out.Fixes {
		out.Fixes[i] = fixRow{r.text(), r.text()}
	}
	out.Credits = cut(&r.spare.credits, r.count(), r.piece)
	for i := range out.Credits {
		out.Credits[i] = creditRow{r.text(), r.text(), r.text()}
	}
	for _, m := range out.moments() {
		*m = r.moment()
	}
	out.Rejected, out.Patches = r.flag(), r.flag()
	out.Formats = uint8(r.number())
}

// strings lists the plain texts of a row.
func (r *row) strings() [13]*string {
	return [...]*string{
		&r.Path, &r.ID, &r.Title, &r.Risk, &r.Kind, &r.Resolution, &r.Claims,
		&r.CSAF.Path, &r.CSAF.ID, &r.CSAF.Title, &r.CSAF.Summary, &r.CSAF.Published, &r.CSAF.Updated,
	}
}

// moments lists the dates of a row.
func (r *row) moments() [5]*moment {
	return [...]*moment{&r.Published, &r.Modified, &r.Embargo, &r.Withdrawn, &r.Next}
}
