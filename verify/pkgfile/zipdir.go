package pkgfile

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"strings"
)

// Sizes and signatures of the zip format's records (APPNOTE.TXT 4.3).
const (
	sigLocal      = 0x04034b50
	sigCentral    = 0x02014b50
	sigEnd        = 0x06054b50
	sigEnd64      = 0x06064b50
	sigLocator64  = 0x07064b50
	sigDescriptor = 0x08074b50

	lenLocal     = 30
	lenCentral   = 46
	lenEnd       = 22
	lenEnd64     = 56
	lenLocator64 = 20
	maxComment   = 0xffff
	usualExtra   = 64 // of a local header; a longer one costs a second read

	extraZip64       = 0x0001
	extraUnicodePath = 0x7075

	flagEncrypted  = 1 << 0
	flagDescriptor = 1 << 3
	flagUTF8       = 1 << 11

	madeByUnix  = 3
	madeByMacOS = 19
)

// zipRecord is one entry as the central directory gives it.
type zipRecord struct {
	name       string
	madeBy     uint16
	flags      uint16
	method     uint16
	crc        uint32
	packed     int64
	size       int64
	attributes uint32
	local      int64 // offset of the local header
	data       int64 // offset of the stored bytes, from the local header
	end        int64 // offset after stored bytes and data descriptor
}

// zipDirectory is a whole central directory.
type zipDirectory struct {
	comment string
	offset  int64 // where it starts
	records []zipRecord
}

var le = binary.LittleEndian

func (r *zipRecord) isUnix() bool {
	host := r.madeBy >> 8
	return host == madeByUnix || host == madeByMacOS
}

func (r *zipRecord) mode() uint32 { return r.attributes >> 16 }

// kind tells what the record is; device is true for what no package ships.
func (r *zipRecord) kind() (k kind, device bool) {
	folder := strings.HasSuffix(r.name, "/")
	if !r.isUnix() {
		if folder {
			return kindFolder, false
		}
		return kindFile, false
	}
	switch r.mode() & 0o170000 {
	case 0o120000:
		return kindLink, false
	case 0o040000:
		return kindFolder, false
	case 0, 0o100000:
		if folder {
			return kindFolder, false
		}
		return kindFile, false
	}
	return kindFile, true
}

// ambiguous reports whether unpackers make different things of the record: some look at the mode whatever system
// wrote the archive, and some take for a folder only what ends in a slash.
func (r *zipRecord) ambiguous() bool {
	switch r.mode() & 0o170000 {
	case 0, 0o100000:
		return false
	case 0o040000:
		return !strings.HasSuffix(r.name, "/")
	}
	return !r.isUnix()
}

// readZipDirectory finds the one central directory and reads it whole. Readers
// disagree on files with several candidates, so the last end record must close
// the file and everything must lie where it says, counted from the first byte.
func readZipDirectory(src atSource, limits Limits) (*zipDirectory, error) {
	tail := make([]byte, min(src.size, lenEnd+maxComment))
	tailAt := src.size - int64(len(tail))
	if _, err := io.ReadFull(io.NewSectionReader(src.r, tailAt, int64(len(tail))), tail); err != nil {
		return nil, err
	}
	at := bytes.LastIndex(tail, le.AppendUint32(nil, sigEnd))
	if at < 0 || len(tail)-at < lenEnd {
		return nil, refuse(RuleUnreadable, nil, "the zip has no end record: it is cut short, or followed by other data")
	}
	end := tail[at:]
	if n := lenEnd + int(le.Uint16(end[20:])); n > len(end) {
		return nil, refuse(RuleUnreadable, nil, "the zip is cut short: its comment has %d bytes and %d are there", n-lenEnd, len(end)-lenEnd)
	} else if n < len(end) {
		return nil, refuse(RuleHiddenData, nil, "the zip's end record closes %d bytes before the file does", len(end)-n)
	}
	if le.Uint16(end[4:]) != 0 || le.Uint16(end[6:]) != 0 {
		return nil, refuse(RuleUnreadable, nil, "the zip is a part of several disks")
	}
	count, size, offset := int64(le.Uint16(end[10:])), int64(le.Uint32(end[12:])), int64(le.Uint32(end[16:]))
	if int64(le.Uint16(end[8:])) != count {
		return nil, refuse(RuleMismatch, nil, "the zip's end record gives two numbers of entries")
	}
	dirEnd := tailAt + int64(at)
	large, err := readEnd64(src, dirEnd)
	if err != nil {
		return nil, err
	}
	if large != nil {
		if !large.agrees(count, size, offset) {
			return nil, refuse(RuleMismatch, nil, "the zip's two end records disagree")
		}
		count, size, offset, dirEnd = large.count, large.size, large.offset, large.at
	}
	switch {
	case count > int64(limits.Entries):
		return nil, refuse(RuleTooMany, nil, "%d entries, more than %d (limit entries)", count, limits.Entries)
	case size > limits.Directory:
		return nil, refuse(RuleTooLarge, nil, "a directory of %d bytes, more than %d (limit directory)", size, limits.Directory)
	case size < 0 || offset < 0 || offset > dirEnd-size:
		return nil, refuse(RuleUnreadable, nil, "the zip's directory lies outside the file")
	case offset+size != dirEnd:
		return nil, refuse(RuleHiddenData, nil, "%d bytes stand before the archive or after its directory, as where two archives are joined", dirEnd-offset-size)
	}
	dir := &zipDirectory{comment: string(end[lenEnd:]), offset: offset}
	return dir, dir.read(src, size, count)
}

// end64 is the end record of a large zip.
type end64 struct{ at, count, size, offset int64 }

// readEnd64 reads the ZIP64 end record, if its locator stands before the plain one.
func readEnd64(src atSource, end int64) (*end64, error) {
	locator, err := readAt(src, end-lenLocator64, lenLocator64)
	if err != nil || le.Uint32(locator) != sigLocator64 {
		return nil, nil
	}
	at := int64(le.Uint64(locator[8:]))
	if at < 0 || at > end-lenLocator64-lenEnd64 {
		return nil, refuse(RuleUnreadable, nil, "the zip's ZIP64 locator points outside the file")
	}
	rec, err := readAt(src, at, lenEnd64)
	if err != nil {
		return nil, err
	}
	if le.Uint32(rec) != sigEnd64 || at+12+int64(le.Uint64(rec[4:])) != end-lenLocator64 {
		return nil, refuse(RuleHiddenData, nil, "the zip's ZIP64 end record is not where its locator says")
	}
	return &end64{at, int64(le.Uint64(rec[32:])), int64(le.Uint64(rec[40:])), int64(le.Uint64(rec[48:]))}, nil
}

// agrees reports whether the plain end record says the same where it says anything.
func (e *end64) agrees(count, size, offset int64) bool {
	return (count == 0xffff || count == e.count) &&
		(size == 0xffffffff || size == e.size) &&
		(offset == 0xffffffff || offset == e.offset)
}

func (d *zipDirectory) read(src atSource, size, count int64) error {
	buf, err := readAt(src, d.offset, size)
	if err != nil {
		return err
	}
	d.records = make([]zipRecord, 0, min(count, size/lenCentral+1))
	for len(buf) > 0 {
		var r zipRecord
		if buf, err = r.parse(buf); err != nil {
			return err
		}
		d.records = append(d.records, r)
		if int64(len(d.records)) > count {
			break
		}
	}
	if int64(len(d.records)) != count || len(buf) > 0 {
		return refuse(RuleMismatch, nil, "the zip's end record promises %d entries and its directory has another number", count)
	}
	return nil
}

// parse reads one central directory record and returns what follows it.
func (r *zipRecord) parse(buf []byte) ([]byte, error) {
	if len(buf) < lenCentral || le.Uint32(buf) != sigCentral {
		return nil, refuse(RuleUnreadable, nil, "the zip's directory is damaged")
	}
	nameLen, extraLen, commentLen := int(le.Uint16(buf[28:])), int(le.Uint16(buf[30:])), int(le.Uint16(buf[32:]))
	total := lenCentral + nameLen + extraLen + commentLen
	if len(buf) < total {
		return nil, refuse(RuleUnreadable, nil, "the zip's directory is cut short")
	}
	*r = zipRecord{
		name:       string(buf[lenCentral : lenCentral+nameLen]),
		madeBy:     le.Uint16(buf[4:]),
		flags:      le.Uint16(buf[8:]),
		method:     le.Uint16(buf[10:]),
		crc:        le.Uint32(buf[16:]),
		packed:     int64(le.Uint32(buf[20:])),
		size:       int64(le.Uint32(buf[24:])),
		attributes: le.Uint32(buf[38:]),
		local:      int64(le.Uint32(buf[42:])),
	}
	return buf[total:], r.extras(buf[lenCentral+nameLen : lenCentral+nameLen+extraLen])
}

// extras applies the extra fields that change what the record says: large sizes,
// and a second name.
func (r *zipRecord) extras(extra []byte) error {
	sized := false
	for len(extra) >= 4 {
		tag, n := le.Uint16(extra), int(le.Uint16(extra[2:]))
		if n > len(extra)-4 {
			break // some writers pad with zeros or cut the last field; nothing we use is in it
		}
		field := extra[4 : 4+n]
		extra = extra[4+n:]
		switch {
		case tag == extraZip64 && (sized || r.contradicts(field)):
			return refuse(RuleMismatch, nil, "%q has two sizes, in its record and in a ZIP64 field, or in two of them", shorten(r.name))
		case tag == extraZip64:
			sized = true
			if !r.large(field) {
				return refuse(RuleUnreadable, nil, "the ZIP64 field of %q is too short", shorten(r.name))
			}
		case tag == extraUnicodePath && n > 5 && le.Uint32(field[1:]) == crc32.ChecksumIEEE([]byte(r.name)) && string(field[5:]) != r.name:
			return refuse(RuleMismatch, nil, "an entry has two names, %q and %q", shorten(r.name), shorten(string(field[5:])))
		}
	}
	return nil
}

// contradicts reports whether a ZIP64 field gives sizes that the record gives too, and gives others. A streamed
// entry's header in front of the file says nothing yet.
func (r *zipRecord) contradicts(field []byte) bool {
	const elsewhere = 0xffffffff
	if r.size == elsewhere || r.packed == elsewhere || len(field) < 16 || r.flags&flagDescriptor != 0 && r.size == 0 && r.packed == 0 {
		return false
	}
	return le.Uint64(field) != uint64(r.size) || le.Uint64(field[8:]) != uint64(r.packed)
}

// large replaces what did not fit into the record's 32-bit fields.
func (r *zipRecord) large(field []byte) bool {
	for _, value := range []*int64{&r.size, &r.packed, &r.local} {
		if *value != 0xffffffff {
			continue
		}
		if len(field) < 8 {
			return false
		}
		*value = int64(le.Uint64(field))
		field = field[8:]
		if *value < 0 {
			return false
		}
	}
	return true
}

// checkLayout reads every local header and demands that headers and files lie
// back to back from the first byte to the directory: what overlaps is a bomb, what
// lies between is hidden from one reader and shown to another.
func (d *zipDirectory) checkLayout(src atSource, c *collector) error {
	order := make([]*zipRecord, len(d.records))
	for i := range d.records {
		order[i] = &d.records[i]
	}
	slices.SortStableFunc(order, func(a, b *zipRecord) int { return cmp.Compare(a.local, b.local) })
	at := int64(0)
	for i, r := range order {
		if r.local < at {
			return refuse(RuleBomb, nil, "%q and another entry share stored bytes", shorten(r.name))
		}
		if r.local > at {
			c.problem(RuleHiddenData, nil, "%d bytes before %q belong to no entry of the directory", r.local-at, shorten(r.name))
		}
		next := d.offset
		if i+1 < len(order) {
			next = order[i+1].local
		}
		fault, err := r.readLocal(src, next, d.offset)
		if err != nil {
			return err
		}
		if fault != "" {
			c.problem(RuleMismatch, nil, "%q: %s", shorten(r.name), fault)
		}
		at = r.end
	}
	if at > d.offset {
		return refuse(RuleBomb, nil, "the last entry reaches into the directory")
	}
	if at < d.offset {
		c.problem(RuleHiddenData, nil, "%d bytes before the zip's directory belong to no entry", d.offset-at)
	}
	return nil
}

// readLocal compares the header in front of the file with the directory's record,
// and finds where the file's bytes begin and end. next is where the next thing begins.
func (r *zipRecord) readLocal(src atSource, next, dirAt int64) (fault string, err error) {
	if r.local > dirAt-lenLocal {
		return "", refuse(RuleUnreadable, nil, "the header of %q lies outside the file", shorten(r.name))
	}
	buf, err := readAt(src, r.local, min(lenLocal+int64(len(r.name))+usualExtra, dirAt-r.local))
	if err != nil {
		return "", err
	}
	if le.Uint32(buf) != sigLocal {
		return "", refuse(RuleUnreadable, nil, "%q has no header in front of it", shorten(r.name))
	}
	nameLen, extraLen := int64(le.Uint16(buf[26:])), int64(le.Uint16(buf[28:]))
	r.data = r.local + lenLocal + nameLen + extraLen
	r.end = r.data + r.packed
	if r.packed > dirAt || r.end > dirAt {
		return "", refuse(RuleUnreadable, nil, "the bytes of %q lie outside the file", shorten(r.name))
	}
	if r.data-r.local > int64(len(buf)) {
		if buf, err = readAt(src, r.local, r.data-r.local); err != nil {
			return "", err
		}
	}
	if name := string(buf[lenLocal : lenLocal+nameLen]); name != r.name {
		return fmt.Sprintf("the header in front of the file calls it %q", shorten(name)), r.descriptor(src, next)
	}
	return r.compare(src, buf, buf[lenLocal+nameLen:][:extraLen], next)
}

// compare checks the local header's other fields.
func (r *zipRecord) compare(src atSource, buf, extra []byte, next int64) (string, error) {
	local := zipRecord{
		name:   r.name,
		flags:  le.Uint16(buf[6:]),
		packed: int64(le.Uint32(buf[18:])),
		size:   int64(le.Uint32(buf[22:])),
	}
	if err := local.extras(extra); err != nil {
		return "", err
	}
	switch streamed := r.flags&flagDescriptor != 0; {
	case le.Uint16(buf[8:]) != r.method:
		return "the header in front of the file names another compression", r.descriptor(src, next)
	case (local.flags^r.flags)&(flagEncrypted|flagDescriptor) != 0, !isPlain(r.name) && (local.flags^r.flags)&flagUTF8 != 0:
		return "the header in front of the file has other flags", r.descriptor(src, next)
	case !r.same(le.Uint32(buf[14:]), local.packed, local.size, streamed):
		return "the header in front of the file gives another size or checksum", r.descriptor(src, next)
	}
	return "", r.descriptor(src, next)
}

// same compares the local header's checksum and sizes; a streamed entry may leave
// them empty, since they were not known yet.
func (r *zipRecord) same(crc uint32, packed, size int64, streamed bool) bool {
	const unset = 0xffffffff
	ok := func(local, central int64) bool {
		return local == central || streamed && (local == 0 || local == unset)
	}
	return ok(int64(crc), int64(r.crc)) && ok(packed, r.packed) && ok(size, r.size)
}

// descriptor moves end over the data descriptor that follows a streamed entry:
// an optional signature, the checksum and two sizes, of 4 or 8 bytes each.
func (r *zipRecord) descriptor(src atSource, next int64) error {
	if r.flags&flagDescriptor == 0 || next <= r.end {
		return nil
	}
	n := next - r.end
	if n != 12 && n != 16 && n != 20 && n != 24 {
		return nil // not a descriptor: the gap is reported by the layout check
	}
	buf, err := readAt(src, r.end, n)
	if err != nil {
		return err
	}
	if n%8 == 0 { // 16 and 24 are the lengths with a signature
		if le.Uint32(buf) != sigDescriptor {
			return nil
		}
		buf = buf[4:]
	}
	want := le.AppendUint32(nil, r.crc)
	if len(buf) == 12 {
		want = le.AppendUint32(le.AppendUint32(want, uint32(r.packed)), uint32(r.size))
	} else {
		want = le.AppendUint64(le.AppendUint64(want, uint64(r.packed)), uint64(r.size))
	}
	if !bytes.Equal(buf, want) {
		return refuse(RuleMismatch, nil, "%q: the record after the file gives another size or checksum", shorten(r.name))
	}
	r.end = next
	return nil
}

func readAt(src atSource, at, n int64) ([]byte, error) {
	if at < 0 || n < 0 || at > src.size-n {
		return nil, io.ErrUnexpectedEOF
	}
	buf := make([]byte, n)
	_, err := io.ReadFull(io.NewSectionReader(src.r, at, n), buf)
	return buf, err
}
