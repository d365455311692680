package pkgfile

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/bzip2"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

const (
	readAhead   = 256 << 10
	tarBlock    = 512
	tarPadding  = 16 << 20 // tar pads its end to a record; the largest records in use are far below
	maxDictSize = 256 << 20
)

// tarStream is a tar being read, from the stored bytes up.
type tarStream struct {
	closer io.Closer
	packed *counter // stored bytes taken
	sum    hash.Hash
	plain  *counter // bytes of the tar itself
	watch  *tarWatch
	tar    *tar.Reader
	limits Limits
}

// openTar starts reading a tar of the given format. Its sum is complete only after drain.
func openTar(src source, format string, limits Limits) (*tarStream, error) {
	raw, err := src.open()
	if err != nil {
		return nil, err
	}
	s := &tarStream{closer: raw, sum: sha256.New(), limits: limits}
	s.packed = &counter{r: bufio.NewReaderSize(io.TeeReader(raw, s.sum), readAhead)}
	unpacked, err := decompress(s.packed, format)
	if err != nil {
		raw.Close()
		return nil, damaged(err)
	}
	s.plain = &counter{r: unpacked}
	if compressed[format] {
		s.plain.r = &ratioReader{in: s.packed, out: bufio.NewReaderSize(unpacked, readAhead), limits: limits}
	}
	s.watch = &tarWatch{r: s.plain}
	s.tar = tar.NewReader(s.watch)
	return s, nil
}

func decompress(r io.Reader, format string) (io.Reader, error) {
	switch format {
	case formatGzip:
		return gzip.NewReader(r)
	case formatBzip:
		return bzip2.NewReader(r), nil
	case formatXz:
		return newXz(r)
	case formatZstd:
		d, err := zstd.NewReader(r, zstd.WithDecoderMaxWindow(maxDictSize), zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		return d.IOReadCloser(), nil
	}
	return r, nil
}

// newXz unpacks xz within the bounds of xzGuard.
func newXz(r io.Reader) (io.Reader, error) {
	return xz.NewReader(bufio.NewReaderSize(newXzGuard(r), readAhead))
}

// readTar lists a tar in one pass.
func readTar(ctx context.Context, p *Package, c *collector) error {
	s, err := openTar(p.src, p.Format, p.opt.Limits)
	if err != nil {
		return err
	}
	defer s.closer.Close()
	hashes := newPool(p.opt.Hash)
	large := newHasher(p.opt.Hash)
	err = func() error {
		defer hashes.close()
		for ctx.Err() == nil {
			header, err := s.tar.Next()
			if err == io.EOF {
				return s.ending(c)
			}
			if err != nil {
				return damaged(err)
			}
			if err := s.entry(p, c, header, hashes, large); err != nil {
				return err
			}
		}
		return ctx.Err()
	}()
	p.SHA256, err = s.drain(err)
	return err
}

// entry takes in one header and the bytes that belong to it.
func (s *tarStream) entry(p *Package, c *collector, header *tar.Header, hashes *pool, large *hasher) error {
	if fault := s.watch.take(); fault != "" {
		c.problem(RuleMismatch, nil, "%q has %s: unpackers differ in what they make of it", shorten(header.Name), fault)
	}
	if header.Typeflag == tar.TypeXGlobalHeader {
		if id := header.PAXRecords["comment"]; isObjectID(id) {
			p.Commit = id
		}
		for _, key := range []string{"path", "linkpath", "size"} {
			if _, ok := header.PAXRecords[key]; ok {
				c.problem(RuleMismatch, nil, "a header gives one %s to all files that follow it, which some unpackers believe", key)
			}
		}
		return nil
	}
	if err := p.budget.entry(shorten(header.Name), header.Size, 0); err != nil {
		return err
	}
	k, fault := tarKind(header)
	switch {
	case fault != nil:
		c.problem(fault.rule, nil, "%s", fault.message)
		return nil
	case header.Typeflag == tar.TypeLink:
		return s.hardLink(c, header)
	}
	e := c.admit(header.Name, k)
	switch {
	case e == nil:
		return nil
	case k == kindLink:
		c.link(e, header.Linkname)
		return nil
	}
	e.Size = header.Size
	e.Executable = header.Mode&0o100 != 0
	e.at.offset = s.plain.n
	return s.content(e, hashes, large)
}

// content hashes the bytes of a regular file.
func (s *tarStream) content(e *Entry, hashes *pool, large *hasher) error {
	if e.Size > bufferedFile {
		return damaged(large.stream(e, s.tar, e.Size))
	}
	data := hashes.buffer(e.Size)
	if _, err := io.ReadFull(s.tar, data); err != nil {
		return damaged(err)
	}
	if e.Size > smallFile {
		large.sum(e, data)
	} else {
		hashes.add(e, data)
	}
	return nil
}

// hardLink admits a second name of a file that came earlier, with its content.
func (s *tarStream) hardLink(c *collector, header *tar.Header) error {
	target, fault := cleanName(header.Linkname, c.p.opt.Limits.PathLength)
	first := c.seen[target]
	if fault != "" || first == nil || first.IsLink() {
		c.problem(RuleLink, nil, "the hard link %q points to %q, which is no file before it in the archive", shorten(header.Name), shorten(header.Linkname))
		return nil
	}
	e := c.admit(header.Name, kindFile)
	if e == nil {
		return nil
	}
	c.alias(e, first)
	return nil
}

// tarKind tells what a header is, or why it is refused.
func tarKind(header *tar.Header) (kind, *refusal) {
	name := shorten(header.Name)
	_, sized := header.PAXRecords["size"]
	other, renamed := header.PAXRecords["path"]
	target, retargeted := header.PAXRecords["linkpath"]
	switch {
	case renamed && other != header.Name, retargeted && target != header.Linkname:
		return 0, &refusal{rule: RuleMismatch, message: fmt.Sprintf("%q has another name or target in an extended header, %q: unpackers differ in which one they believe", name, shorten(other+target))}
	case header.Typeflag == tar.TypeChar, header.Typeflag == tar.TypeBlock, header.Typeflag == tar.TypeFifo:
		return 0, &refusal{rule: RuleDevice, message: fmt.Sprintf("%q is a device or a pipe", name)}
	case sized:
		return 0, &refusal{rule: RuleMismatch, message: fmt.Sprintf("%q states its size twice, in the header and in an extended header: unpackers differ in which one they believe", name)}
	case isSparse(header):
		return 0, &refusal{rule: RuleUnreadable, message: fmt.Sprintf("%q is stored as a sparse file, which unpackers read differently", name)}
	case header.Typeflag == tar.TypeReg:
		return kindFile, nil
	case header.Size != 0:
		return 0, &refusal{rule: RuleMismatch, message: fmt.Sprintf("%q is no regular file and claims %d bytes", name, header.Size)}
	case header.Typeflag == tar.TypeSymlink:
		return kindLink, nil
	case header.Typeflag == tar.TypeDir:
		return kindFolder, nil
	case header.Typeflag == tar.TypeLink:
		return kindFile, nil
	}
	return 0, &refusal{rule: RuleUnreadable, message: fmt.Sprintf("%q is of the unknown kind %q", name, header.Typeflag)}
}

func isSparse(header *tar.Header) bool {
	if header.Typeflag == tar.TypeGNUSparse {
		return true
	}
	for key := range header.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return true
		}
	}
	return false
}

// ending judges what follows the end marker: zeros, and not many.
func (s *tarStream) ending(c *collector) error {
	buf := make([]byte, 64<<10)
	total := 0
	for {
		n, err := s.plain.Read(buf)
		total += n
		if len(bytes.TrimLeft(buf[:n], "\x00")) > 0 {
			c.problem(RuleHiddenData, nil, "there is data after the end of the archive, which some unpackers go on to read")
			return nil
		}
		if total > tarPadding {
			c.problem(RuleHiddenData, nil, "more than %d bytes follow the end of the archive", tarPadding)
			return nil
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return damaged(err)
		}
	}
}

// drain reads the stored bytes to their end, so that their digest is complete
// even for a package that was refused half-way.
func (s *tarStream) drain(before error) (string, error) {
	if _, err := io.Copy(io.Discard, s.packed); err != nil && before == nil {
		before = err
	}
	return hex.EncodeToString(s.sum.Sum(nil)), before
}

// damaged turns an error from a format's reader into a refusal: it is the
// archive's bytes that are wrong.
func damaged(err error) error {
	var already *refusal
	var disk *fs.PathError
	if err == nil || errors.As(err, &already) || errors.As(err, &disk) {
		return err
	}
	return refuse(RuleUnreadable, nil, "the archive is damaged: %v", err)
}

func hasTarMagic(head []byte) bool {
	return len(head) >= tarBlock && string(head[257:262]) == "ustar"
}

// isOldTar reports whether head begins a tar from before POSIX, which has no magic
// but a checksum that is not right by chance.
func isOldTar(head []byte) bool {
	if len(head) < tarBlock {
		return false
	}
	_, err := tar.NewReader(bytes.NewReader(head[:tarBlock])).Next()
	return err == nil
}

// isObjectID reports whether s is a full object id.
func isObjectID(s string) bool {
	if len(s) != 40 && len(s) != 64 {
		return false
	}
	return strings.Trim(s, "0123456789abcdef") == ""
}

// counter counts the bytes read through it.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// ratioReader stops a compressed stream that unpacks to far more than it is.
type ratioReader struct {
	in     *counter
	out    io.Reader
	n      int64
	limits Limits
}

func (r *ratioReader) Read(p []byte) (int, error) {
	n, err := r.out.Read(p)
	r.n += int64(n)
	if over := (&budget{limits: r.limits}).ratio("the compressed stream", r.n, r.in.n); over != nil {
		return 0, over
	}
	return n, err
}
