package site

import (
	"encoding/binary"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// writer puts together what a state file holds.
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

// entry writes what stands in a row itself, first what may change though the
// advisory does not.
func (w *writer) entry(r *row) {
	w.number(r.Size)
	w.number(r.Mtime)
	w.raw(r.key[:])
	w.number(int64(r.body.size))
	w.head(r)
}

func (w *writer) head(r *row) {
	w.text(r.Path)
	w.text(r.ID)
	w.text(r.Risk)
	w.text(r.Exposes)
	w.raw(r.Hash[:])
	w.raw(r.Page[:])
	for _, m := range r.moments() {
		w.moment(*m)
	}
	w.flag(r.Patches)
	w.flag(r.Credited)
	w.number(int64(r.Formats))
}

func (w *writer) detail(d *detail) {
	for _, s := range d.strings() {
		w.text(*s)
	}
	w.raw(d.List[:])
	w.texts(d.Aliases)
	w.texts(d.Products)
	w.number(int64(len(d.Affected)))
	for _, a := range d.Affected {
		w.text(a.Product)
		w.texts(a.Versions)
		w.number(int64(len(a.Ranges)))
		for _, span := range a.Ranges {
			w.text(span.Introduced)
			w.text(span.Fixed)
			w.text(span.Last)
		}
	}
	w.number(int64(len(d.Fixes)))
	for _, f := range d.Fixes {
		w.text(f.Product)
		w.text(f.Version)
	}
	w.number(int64(len(d.Credits)))
	for _, c := range d.Credits {
		w.text(c.Name)
		w.text(c.URL)
		w.text(c.Affiliation)
	}
	w.moment(d.Embargo)
	w.flag(d.Rejected)
}

// reader takes apart what writer put together. After a fault it gives zero
// values, and bad is set.
type reader struct {
	in     string
	bad    bool
	bodies *bodies // of the rows
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
	out := some[string](r.count())
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

// some returns n elements, nil for none.
func some[T any](n int) []T {
	if n == 0 {
		return nil
	}
	return make([]T, n)
}

// rows reads all rows, several chunks at a time.
func (r *reader) rows() []*row {
	all := make([]row, r.count())
	var (
		group sync.WaitGroup
		bad   atomic.Bool
		room  = make(chan bool, runtime.GOMAXPROCS(0))
	)
	for chunk := range slices.Chunk(all, perChunk) {
		var size [4]byte
		r.raw(size[:])
		n := min(int(binary.LittleEndian.Uint32(size[:])), len(r.in))
		part := &reader{in: r.in[:n], bodies: r.bodies}
		r.in = r.in[n:]
		room <- true
		group.Go(func() {
			at := part.number()
			for i := range chunk {
				part.entry(&chunk[i])
				chunk[i].body.at = at
				at += int64(chunk[i].body.size)
			}
			if part.bad || part.in != "" {
				bad.Store(true)
			}
			<-room
		})
	}
	group.Wait()
	r.bad = r.bad || bad.Load()
	out := make([]*row, len(all))
	for i := range all {
		out[i] = &all[i]
	}
	return out
}

func (r *reader) entry(out *row) {
	out.Size, out.Mtime = r.number(), r.number()
	r.raw(out.key[:])
	out.body = body{from: r.bodies, size: int(r.number())}
	r.bad = r.bad || out.body.size < 0
	out.Path, out.ID, out.Risk, out.Exposes = r.text(), r.text(), r.text(), r.text()
	r.raw(out.Hash[:])
	r.raw(out.Page[:])
	for _, m := range out.moments() {
		*m = r.moment()
	}
	out.Patches, out.Credited = r.flag(), r.flag()
	out.Formats = uint8(r.number())
}

func (r *reader) detail(out *detail) {
	for _, s := range out.strings() {
		*s = r.text()
	}
	r.raw(out.List[:])
	out.Aliases, out.Products = r.texts(), r.texts()
	out.Affected = some[affectedRow](r.count())
	for i := range out.Affected {
		a := &out.Affected[i]
		a.Product, a.Versions = r.text(), r.texts()
		a.Ranges = some[rangeRow](r.count())
		for j := range a.Ranges {
			a.Ranges[j] = rangeRow{r.text(), r.text(), r.text()}
		}
	}
	out.Fixes = some[fixRow](r.count())
	for i := range out.Fixes {
		out.Fixes[i] = fixRow{r.text(), r.text()}
	}
	out.Credits = some[creditRow](r.count())
	for i := range out.Credits {
		out.Credits[i] = creditRow{r.text(), r.text(), r.text()}
	}
	out.Embargo, out.Rejected = r.moment(), r.flag()
}

// strings lists the plain texts of a detail.
func (d *detail) strings() [10]*string {
	return [...]*string{
		&d.Title, &d.Kind, &d.Resolution, &d.Claims,
		&d.CSAF.Path, &d.CSAF.ID, &d.CSAF.Title, &d.CSAF.Summary, &d.CSAF.Published, &d.CSAF.Updated,
	}
}

// moments lists the dates of a row.
func (r *row) moments() [4]*moment {
	return [...]*moment{&r.Published, &r.Modified, &r.Withdrawn, &r.Next}
}
