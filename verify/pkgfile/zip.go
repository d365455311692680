package pkgfile

import (
	"bytes"
	"compress/bzip2"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"hash/crc32"
	"io"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zstd"
)

// place says where an entry's bytes are inside its package.
type place struct {
	path   string // the name under which the archive holds the bytes; a hard link has another
	offset int64  // of the first stored byte, in a zip or a plain tar
	packed int64  // zip: stored bytes
	method uint16 // zip: compression
	crc    uint32 // zip: of the unpacked bytes
}

// Compression methods of the zip format (APPNOTE.TXT 4.4.5).
const (
	methodStore   = 0
	methodDeflate = 8
	methodBzip2   = 12
	methodZstd    = 93
	methodXz      = 95
)

// readZip lists a zip: first its structure, strictly; then every file's bytes, on
// all cores.
func readZip(ctx context.Context, p *Package, c *collector) error {
	src, ok := p.src.(atSource)
	if !ok {
		return refuse(RuleUnreadable, nil, "a zip cannot be read as a stream")
	}
	digested := make(chan error, 1)
	go func() {
		sum := sha256.New()
		_, err := io.Copy(sum, io.NewSectionReader(src.r, 0, src.size))
		p.SHA256 = hex.EncodeToString(sum.Sum(nil))
		digested <- err
	}()
	err := listZip(ctx, p, c, src)
	if failed := <-digested; failed != nil {
		return failed
	}
	return err
}

func listZip(ctx context.Context, p *Package, c *collector, src atSource) error {
	dir, err := readZipDirectory(src, p.opt.Limits)
	if err != nil {
		return err
	}
	if isObjectID(dir.comment) {
		p.Commit = dir.comment
	}
	if err := dir.checkLayout(src, c); err != nil {
		return err
	}
	var files []*Entry
	for i := range dir.records {
		e, err := zipEntry(p, c, src, &dir.records[i])
		if err != nil {
			return err
		}
		if e != nil {
			files = append(files, e)
		}
	}
	return hashZip(ctx, p, src, files)
}

// zipEntry admits one record; a nil entry has no bytes to hash.
func zipEntry(p *Package, c *collector, src atSource, r *zipRecord) (*Entry, error) {
	if err := p.budget.entry(shorten(r.name), r.size, r.packed); err != nil {
		return nil, err
	}
	k, device := r.kind()
	switch {
	case r.ambiguous():
		c.problem(RuleMismatch, nil, "%q is a file, a folder or a link by its mode and another of them by its name or its system: unpackers differ in which they make", shorten(r.name))
		return nil, nil
	case device:
		c.problem(RuleDevice, nil, "%q is a device or a pipe", shorten(r.name))
		return nil, nil
	case r.flags&flagEncrypted != 0:
		c.problem(RuleUnreadable, nil, "%q is encrypted", shorten(r.name))
		return nil, nil
	case k == kindFolder && r.size > 0:
		c.problem(RuleHiddenData, nil, "the folder %q has %d bytes of content", shorten(r.name), r.size)
	}
	e := c.admit(r.name, k)
	if e == nil {
		return nil, nil
	}
	e.Size = r.size
	e.Executable = r.isUnix() && r.mode()&0o100 != 0
	e.at.offset, e.at.packed, e.at.method, e.at.crc = r.data, r.packed, r.method, r.crc
	if k != kindLink {
		return e, nil
	}
	if r.size > int64(p.opt.Limits.PathLength) {
		return nil, refuse(RuleLink, []string{e.Path}, "the link %q has a target of %d bytes", e.Path, r.size)
	}
	target, err := readZipFile(src, e)
	if err != nil {
		return nil, err
	}
	c.link(e, string(target))
	return nil, nil
}

// hashZip fills in the ids. Of several faults the first in the list is reported,
// whichever worker met one first.
func hashZip(ctx context.Context, p *Package, src atSource, files []*Entry) error {
	faults := make([]error, len(files))
	var next, failed atomic.Int64
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			h := newHasher(p.opt.Hash)
			var buf bytes.Buffer
			for {
				i := int(next.Add(1)) - 1
				if i >= len(files) || ctx.Err() != nil || failed.Load() > 0 {
					return
				}
				if faults[i] = hashZipFile(h, &buf, src, files[i]); faults[i] != nil {
					failed.Add(1)
				}
			}
		})
	}
	workers.Wait()
	for _, err := range faults {
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

func hashZipFile(h *hasher, buf *bytes.Buffer, src atSource, e *Entry) error {
	r, err := openZipFile(src, e)
	if err != nil {
		return err
	}
	defer r.Close()
	if e.Size > bufferedFile {
		return damaged(h.stream(e, r, e.Size))
	}
	buf.Reset()
	buf.Grow(int(e.Size) + bytes.MinRead)
	if _, err := buf.ReadFrom(r); err != nil {
		return damaged(err)
	}
	h.sum(e, buf.Bytes())
	return nil
}

func readZipFile(src atSource, e *Entry) ([]byte, error) {
	r, err := openZipFile(src, e)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	return data, damaged(err)
}

// openZipFile reads an entry's bytes; its size and checksum must come out right.
func openZipFile(src atSource, e *Entry) (io.ReadCloser, error) {
	stored := io.NewSectionReader(src.r, e.at.offset, e.at.packed)
	out := &zipReader{entry: e, stored: stored, close: func() {}}
	switch e.at.method {
	case methodStore:
		out.r = stored
	case methodDeflate:
		f := flateReaders.Get().(io.ReadCloser)
		if err := f.(flate.Resetter).Reset(stored, nil); err != nil {
			return nil, damaged(err)
		}
		out.r, out.close = f, func() { flateReaders.Put(f) }
	case methodBzip2:
		out.r = bzip2.NewReader(stored)
	case methodZstd:
		d, err := zstd.NewReader(stored, zstd.WithDecoderMaxWindow(maxDictSize), zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, damaged(err)
		}
		out.r, out.close = d, d.Close
	case methodXz:
		x, err := newXz(stored)
		if err != nil {
			return nil, damaged(err)
		}
		out.r = x
	default:
		return nil, refuse(RuleUnreadable, []string{e.Path}, "%q is compressed by method %d; known are store, deflate, bzip2, zstd and xz", e.Path, e.at.method)
	}
	return out, nil
}

var flateReaders = sync.Pool{New: func() any { return flate.NewReader(bytes.NewReader(nil)) }}

// zipReader checks what it passes on against the entry's size and checksum.
type zipReader struct {
	entry  *Entry
	stored *io.SectionReader
	r      io.Reader
	n      int64
	crc    uint32
	close  func()
}

func (z *zipReader) Read(p []byte) (int, error) {
	n, err := z.r.Read(p)
	z.n += int64(n)
	z.crc = crc32.Update(z.crc, crc32.IEEETable, p[:n])
	if z.n > z.entry.Size {
		return 0, refuse(RuleSizeLies, []string{z.entry.Path}, "%q claims %d bytes and unpacks to more", z.entry.Path, z.entry.Size)
	}
	if err == io.EOF {
		return n, z.ending()
	}
	return n, err
}

// ending returns io.EOF when everything that was promised came out.
func (z *zipReader) ending() error {
	switch {
	case z.n != z.entry.Size:
		return refuse(RuleSizeLies, []string{z.entry.Path}, "%q claims %d bytes and unpacks to %d", z.entry.Path, z.entry.Size, z.n)
	case z.crc != z.entry.at.crc:
		return refuse(RuleUnreadable, []string{z.entry.Path}, "%q is damaged: its checksum is %08x and should be %08x", z.entry.Path, z.crc, z.entry.at.crc)
	}
	return io.EOF
}

func (z *zipReader) Close() error {
	z.close()
	return nil
}
