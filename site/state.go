package site

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"slices"
)

// State is what one build remembers for the next: the hash of each input, a row
// for each advisory, and what each file of the output was made from. It names
// advisories that are not public yet, so it belongs beside the repository and
// never into the site.
type State struct {
	global    digest
	preview   bool
	now       int64 // the moment of the build, in seconds
	racy      int64 // a file changed at this time or later is read again, see Folder; 0: every file
	rows      []row
	index     map[string]int // path → place in rows
	files     map[string]digest
	published []string // ids
}

// stateMagic begins a state file. Its number grows with the form of a row.
const stateMagic = "countersign site state 1\n"

// Encode returns the bytes of a state file. A row is written field by field: a
// hundred thousand of them are read at the start of every build.
func (s *State) Encode() []byte {
	w := &writer{out: make([]byte, 0, 256+400*len(s.rows)+64*len(s.files))}
	w.out = append(w.out, stateMagic...)
	w.raw(s.global[:])
	w.flag(s.preview)
	w.number(s.now)
	w.number(s.racy)
	w.number(int64(len(s.rows)))
	for i := range s.rows {
		w.row(&s.rows[i])
	}
	w.number(int64(len(s.files)))
	for _, path := range sortedKeys(s.files) {
		w.text(path)
		d := s.files[path]
		w.raw(d[:])
	}
	w.texts(s.published)
	return binary.LittleEndian.AppendUint32(w.out, crc32.ChecksumIEEE(w.out))
}

var errState = errors.New("the state of the last build is damaged or of another version")

// DecodeState reads a state file. A file of another program version or a
// damaged one gives an error; the right answer to it is a full build.
func DecodeState(data []byte) (*State, error) {
	body := len(data) - 4
	if body < len(stateMagic) || string(data[:len(stateMagic)]) != stateMagic ||
		binary.LittleEndian.Uint32(data[body:]) != crc32.ChecksumIEEE(data[:body]) {
		return nil, errState
	}
	r := &reader{in: string(data[len(stateMagic):body])}
	s := &State{}
	r.raw(s.global[:])
	s.preview = r.flag()
	s.now = r.number()
	s.racy = r.number()
	count := r.count()
	s.rows = make([]row, count)
	s.index = make(map[string]int, count)
	for i := range s.rows {
		s.rows[i] = r.row()
		s.index[s.rows[i].Path] = i
	}
	count = r.count()
	s.files = make(map[string]digest, count)
	for range count {
		path := r.text()
		var d digest
		r.raw(d[:])
		s.files[path] = d
	}
	s.published = r.texts()
	if r.bad || r.in != "" {
		return nil, errState
	}
	return s, nil
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

func (w *writer) row(r *row) {
	for _, s := range r.strings() {
		w.text(*s)
	}
	w.number(r.Size)
	w.number(r.Mtime)
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
	n := r.count()
	if n == 0 {
		return nil
	}
	out := make([]string, n)
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

func (r *reader) row() row {
	var out row
	for _, s := range out.strings() {
		*s = r.text()
	}
	out.Size, out.Mtime = r.number(), r.number()
	r.raw(out.Hash[:])
	r.raw(out.Page[:])
	r.raw(out.List[:])
	out.Aliases, out.Products = r.texts(), r.texts()
	for range r.count() {
		a := affectedRow{Product: r.text(), Versions: r.texts()}
		for range r.count() {
			a.Ranges = append(a.Ranges, rangeRow{r.text(), r.text(), r.text()})
		}
		out.Affected = append(out.Affected, a)
	}
	for range r.count() {
		out.Fixes = append(out.Fixes, fixRow{r.text(), r.text()})
	}
	for range r.count() {
		out.Credits = append(out.Credits, creditRow{r.text(), r.text(), r.text()})
	}
	for _, m := range out.moments() {
		*m = r.moment()
	}
	out.Rejected, out.Patches = r.flag(), r.flag()
	out.Formats = uint8(r.number())
	return out
}

// strings lists the plain texts of a row.
func (r *row) strings() []*string {
	return []*string{
		&r.Path, &r.ID, &r.Title, &r.Risk, &r.Kind, &r.Resolution, &r.Claims,
		&r.CSAF.Path, &r.CSAF.ID, &r.CSAF.Title, &r.CSAF.Summary, &r.CSAF.Published, &r.CSAF.Updated,
	}
}

// moments lists the dates of a row.
func (r *row) moments() []*moment {
	return []*moment{&r.Published, &r.Modified, &r.Embargo, &r.Withdrawn, &r.Next}
}
