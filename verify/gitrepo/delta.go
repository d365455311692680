package gitrepo

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/klauspost/compress/flate"
)

// inflater reads compressed data of one entry after the other, keeping its buffers.
type inflater struct {
	from  bytes.Reader
	flate io.ReadCloser

	block []byte // the part of a pack that was read last: versions of a file often lie together
	pack  *pack
	at    int64
	large []byte // what does not fit into a block
}

const blockSize = 16 << 10

// bytes returns n bytes of a pack, or fewer where it ends. They are good until the next call.
func (in *inflater) bytes(p *pack, at int64, n int) ([]byte, error) {
	n = int(min(int64(n), p.size-at))
	if at < 0 || n <= 0 {
		return nil, errPack
	}
	if n > blockSize/2 {
		if cap(in.large) < n {
			in.large = make([]byte, n)
		}
		_, err := p.data.ReadAt(in.large[:n], at)
		return in.large[:n], err
	}
	if skip := at - in.at; in.pack != p || skip < 0 || skip+int64(n) > int64(len(in.block)) {
		in.pack, in.at = p, at&^(blockSize/2-1)
		in.block = slices.Grow(in.block[:0], blockSize)[:min(blockSize, p.size-in.at)]
		if _, err := p.data.ReadAt(in.block, in.at); err != nil {
			in.pack = nil
			return nil, err
		}
	}
	return in.block[at-in.at:][:n], nil
}

// inflate reads a zlib stream (RFC 1950) of which the size is known. Its checksum is not looked at: the
// object's own hash says more.
func (in *inflater) inflate(packed []byte, size int) ([]byte, error) {
	if err := in.begin(packed); err != nil {
		return nil, err
	}
	data := make([]byte, size)
	_, err := io.ReadFull(in.flate, data)
	return data, err
}

func (in *inflater) begin(packed []byte) error {
	if len(packed) < 2 || packed[0]&15 != 8 || packed[1]&0x20 != 0 {
		return errPack
	}
	in.from.Reset(packed[2:])
	if in.flate == nil {
		in.flate = flate.NewReader(&in.from)
		return nil
	}
	return in.flate.(flate.Resetter).Reset(&in.from, nil)
}

// loose reads an object that has a file of its own: "kind SP size NUL", then its bytes.
func (in *inflater) loose(packed []byte) (stored, error) {
	if err := in.begin(packed); err != nil {
		return stored{}, err
	}
	head := make([]byte, 32)
	n, err := io.ReadFull(in.flate, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return stored{}, err
	}
	title, rest, ok := bytes.Cut(head[:n], []byte{0})
	kind, digits, ok2 := strings.Cut(string(title), " ")
	size, err := strconv.Atoi(digits)
	if !ok || !ok2 || err != nil || size < len(rest) || size > maxPacked {
		return stored{}, errPack
	}
	data := make([]byte, size)
	_, err = io.ReadFull(in.flate, data[copy(data, rest):])
	return stored{kind, data}, err
}

// applyDelta makes an object of its base and the difference: copies of parts of the base, and new bytes.
func applyDelta(base, delta []byte) ([]byte, error) {
	from, delta, ok := deltaSize(delta)
	to, delta, ok2 := deltaSize(delta)
	if !ok || !ok2 || from != len(base) || to > maxPacked {
		return nil, errPack
	}
	out := make([]byte, 0, to)
	for len(delta) > 0 {
		op := delta[0]
		delta = delta[1:]
		if op < 0x80 {
			if op == 0 || int(op) > len(delta) {
				return nil, errPack
			}
			out, delta = append(out, delta[:op]...), delta[op:]
		} else {
			at, size := 0, 0
			for i := range 7 {
				if op&(1<<i) == 0 {
					continue
				}
				if len(delta) == 0 {
					return nil, errPack
				}
				if i < 4 {
					at |= int(delta[0]) << (8 * i)
				} else {
					size |= int(delta[0]) << (8 * (i - 4))
				}
				delta = delta[1:]
			}
			if size == 0 {
				size = 0x10000
			}
			if at > len(base) || size > len(base)-at {
				return nil, errPack
			}
			out = append(out, base[at:at+size]...)
		}
		if len(out) > to {
			return nil, errPack
		}
	}
	if len(out) != to {
		return nil, errPack
	}
	return out, nil
}

func deltaSize(delta []byte) (n int, rest []byte, ok bool) {
	for i, c := range delta {
		if i > 8 {
			break
		}
		n |= int(c&0x7f) << (7 * i)
		if c < 0x80 {
			return n, delta[i+1:], true
		}
	}
	return 0, nil, false
}
