package pkgfile

import (
	"bytes"
	"io"
)

// xzGuard reads along with the xz library and refuses a block before the library allocates what its header asks
// for: up to four gigabytes of dictionary, for each block of each stream, whatever the file's size. The format is
// that of https://tukaani.org/xz/xz-file-format.txt; the compressed data of a block is LZMA2, whose chunks tell
// their lengths, so that nothing need be unpacked to find the next header. What is not well-formed is passed on:
// the library says what is wrong with it.
type xzGuard struct {
	r     io.Reader
	step  func() error // takes the bytes in have; nil once the rest is not looked at
	have  []byte
	want  int
	skip  int64
	pos   int64 // bytes seen
	start int64 // of the part whose length matters for its padding
	check int64 // bytes of a block's checksum
	dicts int64 // bytes of all dictionaries so far
	left  int   // numbers in an index that are still to come, -1 where its count is not read
}

func newXzGuard(r io.Reader) *xzGuard {
	g := &xzGuard{r: r}
	g.next(4, g.stream)
	return g
}

func (g *xzGuard) Read(p []byte) (int, error) {
	n, err := g.r.Read(p)
	if refused := g.look(p[:n]); refused != nil {
		return 0, refused
	}
	return n, err
}

func (g *xzGuard) next(want int, step func() error) {
	g.have, g.want, g.step = g.have[:0], want, step
}

func (g *xzGuard) look(p []byte) error {
	for len(p) > 0 && g.step != nil {
		if g.skip > 0 {
			n := min(g.skip, int64(len(p)))
			p, g.skip, g.pos = p[n:], g.skip-n, g.pos+n
			continue
		}
		n := min(g.want-len(g.have), len(p))
		g.have, p, g.pos = append(g.have, p[:n]...), p[n:], g.pos+int64(n)
		if len(g.have) == g.want {
			if err := g.step(); err != nil {
				return err
			}
		}
	}
	return nil
}

// stream is at the start of a stream, or at the padding between two.
func (g *xzGuard) stream() error {
	switch {
	case bytes.Equal(g.have, make([]byte, 4)):
		g.next(4, g.stream)
	case len(g.have) == 4:
		g.want = 12
	case !bytes.HasPrefix(g.have, []byte("\xfd7zXZ\x00\x00")):
		g.step = nil
	default:
		g.check = [16]int64{0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64}[g.have[7]&15]
		g.next(1, g.block)
	}
	return nil
}

// block is at a block's header, or at the index that ends a stream.
func (g *xzGuard) block() error {
	size := (int(g.have[0]) + 1) * 4
	switch {
	case g.have[0] == 0:
		g.start, g.left = g.pos-1, -1
		g.next(1, g.index)
		return nil
	case len(g.have) == 1:
		g.want = size
		return nil
	}
	if asked := xzDictSize(g.have); asked > maxDictSize {
		return refuse(RuleBomb, nil, "the xz stream asks for a dictionary of %d bytes, more than %d", asked, maxDictSize)
	} else if g.dicts += asked; g.dicts > maxDictSize+dictShare*g.pos {
		return refuse(RuleBomb, nil, "the xz stream asks for dictionaries of %d bytes in its first %d", g.dicts, g.pos)
	}
	g.start = g.pos
	g.next(1, g.chunk)
	return nil
}

// dictShare is how many bytes of dictionary a packed byte may ask for: a block that is worth its dictionary
// unpacks to more than that.
const dictShare = 256

// chunk is at a chunk of LZMA2 data.
func (g *xzGuard) chunk() error {
	switch control := g.have[0]; {
	case control == 0:
		g.skip = -(g.pos-g.start)&3 + g.check
		g.next(1, g.block)
	case control > 2 && control < 0x80:
		g.step = nil
	case len(g.have) == 1 && control < 0x80:
		g.want = 3
	case len(g.have) == 1:
		g.want = 5
	case control < 0x80:
		g.skip = int64(g.have[1])<<8 + int64(g.have[2]) + 1
		g.next(1, g.chunk)
	default:
		g.skip = int64(g.have[3])<<8 + int64(g.have[4]) + 1
		if control >= 0xc0 {
			g.skip++ // the byte of new properties
		}
		g.next(1, g.chunk)
	}
	return nil
}

// index is at one of the numbers of an index: their count, then two for each block. Each goes on while the
// highest bit is set.
func (g *xzGuard) index() error {
	if last := g.have[len(g.have)-1]; last >= 0x80 {
		if g.want++; g.want > 9 {
			g.step = nil
		}
		return nil
	}
	if g.left < 0 {
		count := 0
		for i, b := range g.have {
			count |= int(b&0x7f) << (7 * i)
		}
		g.left = 2 * count
	} else {
		g.left--
	}
	if g.next(1, g.index); g.left == 0 {
		g.skip = -(g.pos-g.start)&3 + 4 + 12 // padding, checksum, footer
		g.next(4, g.stream)
	}
	return nil
}

// xzDictSize reads the LZMA2 dictionary size out of a block's header: size, flags, the two lengths where the flags
// say so, then the filter's id 0x21, its property's size 1, and the code of the size.
func xzDictSize(header []byte) int64 {
	i := 2
	for _, flag := range [2]byte{0x40, 0x80} {
		for header[1]&flag != 0 && i < len(header) {
			if i++; header[i-1] < 0x80 {
				break
			}
		}
	}
	if i+2 >= len(header) || header[i] != 0x21 || header[i+1] != 1 {
		return 0 // another filter: the library knows none
	}
	code := int64(header[i+2])
	if code >= 40 {
		return 1 << 32
	}
	return (2 | code&1) << (code/2 + 11)
}
