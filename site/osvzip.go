package site

import (
	"archive/zip"
	"bytes"
	"cmp"
	"compress/flate"
	"fmt"
	"hash/crc32"
	"io"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// zipped collects the entries of the OSV archive while advisories are rendered,
// compressed, so that none has to be rendered twice.
type zipped struct {
	mu      sync.Mutex
	entries map[string]zipEntry
}

type zipEntry struct {
	data []byte // raw deflate
	size int
	crc  uint32
}

var deflaters = sync.Pool{New: func() any {
	w, _ := flate.NewWriter(io.Discard, flate.BestSpeed) // the level is a valid one
	return w
}}

// add compresses one document.
func (z *zipped) add(name string, data []byte) {
	var buf bytes.Buffer
	w := deflaters.Get().(*flate.Writer)
	w.Reset(&buf)
	_, _ = w.Write(data) // a buffer takes everything
	_ = w.Close()
	deflaters.Put(w)
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.entries == nil {
		z.entries = map[string]zipEntry{}
	}
	z.entries[name] = zipEntry{bytes.Clone(buf.Bytes()), len(data), crc32.ChecksumIEEE(data)}
}

// osvFiles writes the archive of all OSV documents, and the list by which a
// mirror finds what changed since its last visit, newest first.
func (b *builder) osvFiles() error {
	if !b.wants(OSV) {
		return nil
	}
	rows := b.withFormat(OSV)
	err := b.derive("osv/modified_id.csv", b.rowsKey(rows), func() error {
		return b.put("osv/modified_id.csv", b.modifiedIDs(rows))
	})
	if err != nil {
		return err
	}
	if !b.wants(OSVArchive) {
		return nil
	}
	return b.derive("osv/all.zip", docsKey(rows, ""), func() error { return b.putZip(rows) })
}

// modifiedIDs lists when each document was changed.
func (b *builder) modifiedIDs(rows []*row) []byte {
	type change struct {
		at int64
		id string
	}
	list := make([]change, 0, len(rows))
	for _, r := range rows {
		list = append(list, change{r.updated(b.in.Now).Unix, r.ID})
	}
	slices.SortFunc(list, func(x, y change) int { return cmp.Or(cmp.Compare(y.at, x.at), cmp.Compare(x.id, y.id)) })
	out := make([]byte, 0, 48*len(list))
	for _, c := range list {
		out = moment{Unix: c.at}.time().AppendFormat(out, time.RFC3339)
		out = append(append(out, ','), strings.TrimSuffix(path.Base(b.osvPath(c.id)), ".json")...)
		out = append(out, '\n')
	}
	return out
}

func (b *builder) putZip(rows []*row) error {
	b.zip.takeOver(b.out)
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, r := range rows {
		name := path.Base(b.osvPath(r.ID))
		e, ok := b.zip.entries[name]
		if !ok {
			data, err := readOld(b.out, b.osvPath(r.ID))
			if err != nil {
				return fmt.Errorf("osv/all.zip: %w", err)
			}
			b.zip.add(name, data)
			e = b.zip.entries[name]
		}
		h := &zip.FileHeader{
			Name: name, Method: zip.Deflate, CRC32: e.crc,
			CompressedSize64: uint64(len(e.data)), UncompressedSize64: uint64(e.size),
		}
		// Raw entries get the date in the old form only from here.
		//lint:ignore SA1019 Modified is not read by CreateRaw
		h.SetModTime(zipTime(r.updated(b.in.Now)))
		f, err := w.CreateRaw(h)
		if err != nil {
			return fmt.Errorf("osv/all.zip: %w", err)
		}
		if _, err := f.Write(e.data); err != nil {
			return fmt.Errorf("osv/all.zip: %w", err)
		}
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("osv/all.zip: %w", err)
	}
	return b.put("osv/all.zip", out.Bytes())
}

// zipTime is a date that the format can hold: not before 1980.
func zipTime(m moment) time.Time {
	if t := m.time(); t.Year() >= 1980 {
		return t
	}
	return time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)
}

// old is a Sink that can give back files of the previous site.
type old interface {
	Old(path string) ([]byte, error)
}

func readOld(out Sink, path string) ([]byte, error) {
	if o, ok := out.(old); ok {
		return o.Old(path)
	}
	return nil, fmt.Errorf("%s was kept, and cannot be read back", path)
}

// takeOver adds the entries of the previous site's archive that were not made
// anew, still compressed. Whatever is wrong with that archive, its entries are
// then made from the documents.
func (z *zipped) takeOver(out Sink) {
	data, err := readOld(out, "osv/all.zip")
	if err != nil {
		return
	}
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return
	}
	if z.entries == nil {
		z.entries = make(map[string]zipEntry, len(r.File))
	}
	for _, f := range r.File {
		at, err := f.DataOffset()
		end := at + int64(f.CompressedSize64)
		if _, anew := z.entries[f.Name]; anew || err != nil || at < 0 || end > int64(len(data)) || f.Method != zip.Deflate {
			continue
		}
		z.entries[f.Name] = zipEntry{data[at:end], int(f.UncompressedSize64), f.CRC32}
	}
}
