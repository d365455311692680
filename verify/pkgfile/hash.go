package pkgfile

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"runtime"
	"strconv"
	"sync"

	"github.com/pjbgf/sha1cd"
)

const (
	smallFile    = 1 << 20  // up to here a file is handed to a worker, beyond it is hashed where it is read
	bufferedFile = 16 << 20 // up to here a file is held in memory, so that its line endings can be judged
	binaryProbe  = 8000     // git calls a file binary when there is a NUL in its first 8000 bytes
)

// hasher computes blob ids; each goroutine has its own. SHA-1 is computed with
// collision detection: two files can be made that have one id (shattered.io), one
// for the repository and one for the package.
type hasher struct {
	sha     hash.Hash
	forged  bool // a collision was seen since it was last asked
	scratch []byte
	digest  []byte
}

func newHasher(h Hash) *hasher {
	if h == SHA256 {
		return &hasher{sha: sha256.New()}
	}
	return &hasher{sha: sha1cd.New()}
}

// sum fills in what the bytes of an entry say.
func (h *hasher) sum(e *Entry, data []byte) {
	e.Archive = formatOf(e.Path, data[:min(len(data), sniffLength)])
	e.Blob = h.blob(data)
	e.BlobLF = e.Blob
	defer h.judge(e)
	if !isBinary(data) && bytes.Contains(data, []byte("\r\n")) {
		h.scratch = appendLF(h.scratch[:0], data)
		e.BlobLF = h.blob(h.scratch)
	}
}

// stream is sum for an entry too large to hold: it counts as binary, since nobody
// ships a text of that size with other line endings.
func (h *hasher) stream(e *Entry, r io.Reader, size int64) error {
	head := make([]byte, sniffLength)
	n, err := io.ReadFull(r, head)
	if err != nil {
		return err
	}
	h.start(size)
	h.sha.Write(head[:n])
	m, err := io.Copy(h.sha, r)
	if err != nil {
		return err
	}
	if int64(n)+m != size {
		return refuse(RuleSizeLies, []string{e.Path}, "%q has %d bytes and claims %d", e.Path, int64(n)+m, size)
	}
	e.Archive = formatOf(e.Path, head[:n])
	e.Blob = h.end()
	e.BlobLF = e.Blob
	h.judge(e)
	return nil
}

// judge marks an entry whose bytes were made to share their id with others.
func (h *hasher) judge(e *Entry) {
	e.forged = h.forged
	h.forged = false
}

func (h *hasher) blob(data []byte) string {
	h.start(int64(len(data)))
	h.sha.Write(data)
	return h.end()
}

func (h *hasher) start(size int64) {
	h.sha.Reset()
	h.digest = append(strconv.AppendInt(append(h.digest[:0], "blob "...), size, 10), 0)
	h.sha.Write(h.digest)
}

func (h *hasher) end() string {
	if cd, ok := h.sha.(sha1cd.CollisionResistantHash); ok {
		sum, collision := cd.CollisionResistantSum(h.digest[:0])
		h.digest, h.forged = sum, h.forged || collision
		return hex.EncodeToString(h.digest)
	}
	h.digest = h.sha.Sum(h.digest[:0])
	return hex.EncodeToString(h.digest)
}

func isBinary(data []byte) bool {
	return bytes.IndexByte(data[:min(len(data), binaryProbe)], 0) >= 0
}

// appendLF appends data to dst with every CRLF turned into LF.
func appendLF(dst, data []byte) []byte {
	for {
		i := bytes.Index(data, []byte("\r\n"))
		if i < 0 {
			return append(dst, data...)
		}
		dst = append(dst, data[:i]...)
		data = data[i+1:]
	}
}

// BlobID returns the git blob id of data.
func BlobID(h Hash, data []byte) string { return newHasher(h).blob(data) }

// pool hashes small files beside the goroutine that reads them.
type pool struct {
	jobs chan poolJob
	free chan []byte
	done sync.WaitGroup
}

type poolJob struct {
	entry *Entry
	data  []byte
}

func newPool(h Hash) *pool {
	workers := runtime.GOMAXPROCS(0)
	p := &pool{jobs: make(chan poolJob, 4*workers), free: make(chan []byte, 8*workers)}
	for range workers {
		p.done.Go(func() {
			hasher := newHasher(h)
			for job := range p.jobs {
				hasher.sum(job.entry, job.data)
				select {
				case p.free <- job.data:
				default:
				}
			}
		})
	}
	return p
}

// buffer returns a buffer of n bytes that is not in use.
func (p *pool) buffer(n int64) []byte {
	select {
	case b := <-p.free:
		if int64(cap(b)) >= n {
			return b[:n]
		}
	default:
	}
	return make([]byte, n, max(n, 64<<10))
}

// add takes the buffer over.
func (p *pool) add(e *Entry, data []byte) { p.jobs <- poolJob{e, data} }

func (p *pool) close() {
	close(p.jobs)
	p.done.Wait()
}
