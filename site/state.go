package site

import (
	"bufio"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"slices"
	"strings"
	"sync"
)

// State is what one build remembers for the next: a row for each advisory on the
// site, and what each other file of the output was made from. It holds nothing of
// what is not public, since it lies beside the site, where others may read it.
// That of a Folder reads from a file, which Commit and Discard close.
type State struct {
	global  digest // of what every page may depend on, but for the releases
	context digest // of that and the releases: all but the advisories themselves
	preview bool
	now     int64             // the moment of the build, in seconds
	next    int64             // the moment at which time alone may change a row
	racy    int64             // a file changed at this time or later is read again, see Folder; 0: every file
	count   int               // of the files of the site
	rows    []*row            // by path
	public  []int             // those on the site, oldest first: their places in rows
	files   map[string]digest // but for those of the rows; zero for one that is made every time
	folders []stamp           // of the site, when the build had ended
	bodies  *bodies           // of the rows; nil: they hold theirs

	filesOf func(*row) []string // the files made from one advisory
}

// stamp is a folder and when its entries were last changed.
type stamp struct {
	path  string
	mtime int64
}

// A state file holds, after a line that tells its form, the details of all rows,
// and then all that a build needs of them at once. So little of it is read where
// little changed, and what did not change is copied from one file to the next.
const (
	stateMagic = "countersign site state 3\n" // its number grows with the form of a row
	stateEnd   = 16                           // bytes: the length of the second part, and a checksum of each
)

// perChunk is how many rows are decoded in one go: the chunks of a large
// repository are decoded on all processors.
const perChunk = 1024

// writeTo writes a state file.
func (s *State) writeTo(to io.Writer) error {
	sum := crc32.NewIEEE()
	out := bufio.NewWriterSize(io.MultiWriter(to, sum), 256<<10)
	_, _ = out.WriteString(stateMagic) // its error comes again with Flush
	if err := errors.Join(s.writeBodies(out), out.Flush()); err != nil {
		return err
	}
	bodies := sum.Sum32()
	sum.Reset()
	length := s.writeRows(out)
	last := binary.LittleEndian.AppendUint64(nil, uint64(length))
	_, _ = out.Write(binary.LittleEndian.AppendUint32(last, bodies))
	if err := out.Flush(); err != nil {
		return err
	}
	_, err := to.Write(binary.LittleEndian.AppendUint32(nil, sum.Sum32()))
	return err
}

// writeRows writes the second part and returns how long it is.
func (s *State) writeRows(out *bufio.Writer) (length int) {
	w := &writer{}
	flush := func() {
		length += len(w.out)
		_, _ = out.Write(w.out)
		w.out = w.out[:0]
	}
	w.raw(s.global[:])
	w.raw(s.context[:])
	w.flag(s.preview)
	for _, n := range []int64{s.now, s.next, s.racy, int64(s.count), int64(len(s.rows))} {
		w.number(n)
	}
	at := int64(len(stateMagic))
	for chunk := range slices.Chunk(s.rows, perChunk) {
		start := len(w.out)
		w.raw(make([]byte, 4)) // its length, once it is known
		w.number(at)
		for _, r := range chunk {
			w.entry(r)
			at += int64(r.body.size)
		}
		binary.LittleEndian.PutUint32(w.out[start:], uint32(len(w.out)-start-4))
		flush()
	}
	s.writeRest(w)
	flush()
	return length
}

// writeBodies writes the details, those that stand side by side in an earlier
// file in one piece.
func (s *State) writeBodies(out *bufio.Writer) error {
	for i := 0; i < len(s.rows); {
		first := s.rows[i].body
		end := first.at + int64(first.size)
		i++
		if first.from == nil {
			_, _ = out.WriteString(first.text)
			continue
		}
		for ; i < len(s.rows) && s.rows[i].body.from == first.from && s.rows[i].body.at == end; i++ {
			end += int64(s.rows[i].body.size)
		}
		n, err := io.Copy(out, io.NewSectionReader(first.from.in, first.at, end-first.at))
		if err == nil && n != end-first.at {
			err = errState
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *State) writeRest(w *writer) {
	w.number(int64(len(s.public)))
	for _, n := range s.public {
		w.number(int64(n))
	}
	w.number(int64(len(s.files)))
	for _, path := range sortedKeys(s.files) {
		w.text(path)
		d := s.files[path]
		w.raw(d[:])
	}
	w.number(int64(len(s.folders)))
	for _, f := range s.folders {
		w.text(f.path)
		w.number(f.mtime)
	}
}

var errState = errors.New("the state of the last build is damaged or of another version")

// decodeState reads a state file, all of which it checks, but for the details of
// the rows, which it leaves where they are. A file of another program version or a
// damaged one gives an error; the right answer to it is a full build.
func decodeState(in io.ReaderAt, size int64) (*State, error) {
	begin, end := int64(len(stateMagic)), size-stateEnd
	if end < begin {
		return nil, errState
	}
	first, last := make([]byte, begin), make([]byte, stateEnd)
	if _, err := in.ReadAt(first, 0); err != nil || string(first) != stateMagic {
		return nil, errors.Join(errState, err)
	}
	if _, err := in.ReadAt(last, end); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	length := binary.LittleEndian.Uint64(last)
	if length > uint64(end-begin) {
		return nil, errState
	}
	middle := end - int64(length)
	whole := make(chan bool, 1)
	go func() {
		sum := crc32.NewIEEE()
		_, err := io.CopyBuffer(sum, io.NewSectionReader(in, 0, middle), make([]byte, 256<<10))
		whole <- err == nil && sum.Sum32() == binary.LittleEndian.Uint32(last[8:])
	}()
	s := &State{bodies: &bodies{in: in}}
	err := s.decode(io.NewSectionReader(in, middle, size-middle), begin, middle)
	if !<-whole {
		err = errors.Join(err, errState)
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

// decode reads the second part, up to the end of the file; the details of the
// rows stand between two places in it.
func (s *State) decode(in *io.SectionReader, from, to int64) error {
	var text strings.Builder
	text.Grow(int(in.Size()))
	if _, err := io.CopyBuffer(&text, in, make([]byte, 256<<10)); err != nil {
		return err
	}
	all := text.String()
	body := len(all) - 4
	if checksum(all[:body]) != binary.LittleEndian.Uint32([]byte(all[body:])) {
		return errState
	}
	r := &reader{in: all[:len(all)-stateEnd], bodies: s.bodies}
	r.raw(s.global[:])
	r.raw(s.context[:])
	s.preview = r.flag()
	s.now, s.next, s.racy, s.count = r.number(), r.number(), r.number(), int(r.number())
	s.rows = r.rows()
	for _, row := range s.rows {
		r.bad = r.bad || row.body.at != from || int64(row.body.size) > to-from
		from += int64(row.body.size)
	}
	s.public = make([]int, r.count())
	for i := range s.public {
		s.public[i] = int(r.number())
		r.bad = r.bad || s.public[i] < 0 || s.public[i] >= len(s.rows)
	}
	count := r.count()
	s.files = make(map[string]digest, count)
	for range count {
		path := r.text()
		var d digest
		r.raw(d[:])
		s.files[path] = d
	}
	for range r.count() {
		s.folders = append(s.folders, stamp{r.text(), r.number()})
	}
	if r.bad || r.in != "" || from != to {
		return errState
	}
	return nil
}

// checksum is that of a text's bytes, taken in pieces: the whole of it would be
// copied.
func checksum(text string) (sum uint32) {
	piece := make([]byte, 1<<15)
	for len(text) > 0 {
		n := copy(piece, text)
		sum = crc32.Update(sum, crc32.IEEETable, piece[:n])
		text = text[n:]
	}
	return sum
}

// bodies is the file that the details of rows are read from. It was whole when the
// build began; if it cannot be read any more, the build must not be used.
type bodies struct {
	in     io.ReaderAt
	mu     sync.Mutex
	failed error
}

func (b *bodies) read(at body) string {
	buf := make([]byte, at.size)
	if _, err := b.in.ReadAt(buf, at.at); err != nil {
		b.fail(err)
		return ""
	}
	return string(buf)
}

func (b *bodies) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failed == nil {
		b.failed = err
	}
}

// err says what went wrong since the state was read.
func (s *State) err() error {
	if s == nil || s.bodies == nil {
		return nil
	}
	s.bodies.mu.Lock()
	defer s.bodies.mu.Unlock()
	return s.bodies.failed
}

// forEachFile names the files that are made from one advisory alone.
func (s *State) forEachFile(r *row, do func(path string)) {
	if r.Page.isZero() {
		return
	}
	for _, path := range s.filesOf(r) {
		do(path)
	}
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
