package pkgfile

import (
	"bytes"
	"io"
	"strconv"
	"strings"
)

// tarWatch looks at the headers of a tar as they are stored. The reader behind it shows each entry with one name and
// one size, and not that the archive holds more than one answer, of which other unpackers take another.
type tarWatch struct {
	r     io.Reader
	block [tarBlock]byte
	have  int    // bytes of the block
	skip  int64  // bytes of content still to pass by
	ahead []byte // kinds of the extended headers since the last entry
	fault string // what the last header says twice, or unclearly
}

// Kinds of headers that speak of the entry after them.
const (
	tarPaxHeader = 'x'
	tarLongName  = 'L'
	tarLongLink  = 'K'
	tarGlobal    = 'g'
)

func (w *tarWatch) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	for rest := p[:n]; len(rest) > 0; {
		if w.skip > 0 {
			pass := min(w.skip, int64(len(rest)))
			rest, w.skip = rest[pass:], w.skip-pass
			continue
		}
		taken := copy(w.block[w.have:], rest)
		rest, w.have = rest[taken:], w.have+taken
		if w.have == tarBlock {
			w.have = 0
			w.header()
		}
	}
	return n, err
}

// take returns what is wrong with the headers of the entry that was read last.
func (w *tarWatch) take() string {
	fault := w.fault
	w.fault = ""
	return fault
}

// header looks at one header block and finds how much content follows it.
func (w *tarWatch) header() {
	h := w.block[:]
	if len(bytes.TrimLeft(h, "\x00")) == 0 {
		return // an end marker
	}
	size, clear := tarSize(h[124:136])
	if !clear {
		w.fault = "a size that unpackers read differently"
	}
	switch kind := h[156]; kind {
	case '1', '2', '3', '4', '5', '6':
		size = 0 // whatever it claims, no content follows
		w.entry(h)
	case tarPaxHeader, tarLongName, tarLongLink:
		if bytes.IndexByte(w.ahead, kind) >= 0 {
			w.fault = "two extended headers of one kind"
		}
		w.ahead = append(w.ahead, kind)
	case tarGlobal:
		if len(w.ahead) > 0 {
			w.fault = "a header for all files between its extended header and its own"
		}
		w.ahead = nil
	default:
		w.entry(h)
	}
	w.skip = (size + tarBlock - 1) / tarBlock * tarBlock
}

// entry looks at the header of an entry itself. Only the format of POSIX keeps the beginning of a long name where
// others keep times or nothing, but not every unpacker asks which format it is.
func (w *tarWatch) entry(h []byte) {
	if h[345] != 0 && string(h[257:263]) != "ustar\x00" {
		w.fault = "the beginning of a longer name in a format that has none"
	}
	w.ahead = nil
}

// tarSize reads a size field, and reports whether it is written as everybody writes it: octal digits that begin at
// the first byte or after blanks, or a binary number.
func tarSize(field []byte) (size int64, clear bool) {
	if field[0]&0x80 != 0 {
		for i, b := range field {
			if i == 0 {
				b &= 0x7f
			}
			if size > 1<<54 {
				return 0, false
			}
			size = size<<8 | int64(b)
		}
		return size, field[0] == 0x80
	}
	text, _, _ := strings.Cut(strings.Trim(string(field), " \x00"), "\x00")
	size, err := strconv.ParseInt(strings.TrimRight(text, " "), 8, 63)
	if text == "" {
		return 0, true
	}
	return size, err == nil && field[0] != 0
}
