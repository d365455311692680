// Package pkgfile opens the files that a release ships and says what is in them.
//
// A package is a zip, a tar (plain or compressed with gzip, bzip2, xz or zstd), a
// directory, or an archive that holds other archives. Whatever its form, a package
// comes out as one sorted list of entries: a clean path, a size, and the ids that
// git would give the file's bytes as a blob, as they are and with CRLF turned into
// LF. Two trees are compared by these ids alone; bytes are read again only for
// the few files that somebody wants to see.
//
// Archives are hostile input. Formats say the same thing in several places (a zip
// has a name in front of the file and another in the directory at the end), and
// unpackers differ in which one they believe. A package that can be read in two
// ways can hold a fix for us and no fix for the user, so everything ambiguous is
// refused: each refusal is a Problem with the id of a rule. What was accepted has
// unique, clean names inside the package's own folder, and reading never goes past
// the Limits.
//
// This package knows archives and blob ids. It knows no repository, no advisory,
// and not what a file is for.
package pkgfile

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
)

// Hash names the object hash of the repository that blob ids are compared with.
type Hash string

// The two object formats of git.
const (
	SHA1   Hash = "sha1"
	SHA256 Hash = "sha256"
)

// Options says how to read a package.
type Options struct {
	Hash   Hash   // object hash for blob ids; empty means SHA1
	Limits Limits // zero fields take the value of defaultLimits

	// FileName is what the file is called where it lies, whose ending its content must keep; empty means the
	// package's name.
	FileName string
}

// Entry is one regular file or symbolic link of a package.
type Entry struct {
	Path       string // slash-separated, clean, relative to the package's top
	Size       int64  // bytes as shipped
	Executable bool
	Link       string // target of a symbolic link, empty for a file
	Blob       string // git blob id, lower-case hex, of the bytes as shipped (a link's bytes are its target)
	BlobLF     string // the same after CRLF became LF; equals Blob for binary files and those without CRLF
	Archive    string // format, where the bytes are an archive that Inner can open: "zip", "tar.gz", …

	forged bool  // the bytes carry a SHA-1 collision
	at     place // where the bytes are, for reading again
}

// IsLink reports whether the entry is a symbolic link.
func (e *Entry) IsLink() bool { return e.Link != "" }

// Problem is a reason to refuse a package, or to distrust one entry of it.
type Problem struct {
	Rule    string   // one of the Rule constants
	Message string   // what was seen; foreign names are quoted
	Paths   []string // the entries it is about, if any
}

// Package is what an archive or a directory holds.
type Package struct {
	Name       string    // as given; inner archives are "outer.zip!/path/inner.zip"
	Format     string    // "zip", "tar", "tar.gz", "tar.bz2", "tar.xz", "tar.zst" or "directory"
	Size       int64     // of the archive file, or of all files of a directory
	SHA256     string    // of the archive file as stored, hex; of a directory, see DirHash
	DirHash    string    // of a directory only: the h1 hash of golang.org/x/mod/sumdb/dirhash, hex
	Commit     string    // commit id that git archive embedded, if any: a hint, it can be forged
	Entries    []Entry   // sorted by path
	Problems   []Problem // sorted; an empty list means that every unpacker sees the same files
	Incomplete bool      // reading stopped early (a limit, or damage): absent entries prove nothing

	opt    Options
	depth  int
	budget *budget
	src    source
}

// Open reads an archive of the given size from r, in one pass over its bytes. The
// format is told by the content, and must agree with the name where the name has
// a known ending. What is wrong with the archive is in Problems; an error means
// that r could not be read or that ctx was cancelled.
func Open(ctx context.Context, name string, r io.ReaderAt, size int64, opt Options) (*Package, error) {
	p := &Package{Name: name, Size: size, opt: opt.filled(), src: atSource{r, size}}
	p.budget = newBudget(p.opt.Limits)
	return p, p.load(ctx)
}

// Find returns the entry with the given path, or nil.
func (p *Package) Find(path string) *Entry {
	i, ok := slices.BinarySearchFunc(p.Entries, path, func(e Entry, path string) int {
		return strings.Compare(e.Path, path)
	})
	if !ok {
		return nil
	}
	return &p.Entries[i]
}

func (o Options) filled() Options {
	if o.Hash == "" {
		o.Hash = SHA1
	}
	o.Limits = o.Limits.filled()
	return o
}

// load reads the package from its source and leaves it sorted.
func (p *Package) load(ctx context.Context) error {
	format, err := sniffSource(p.src)
	if err != nil {
		return fmt.Errorf("read %s: %w", p.Name, err)
	}
	p.Format = format
	called := cmp.Or(p.opt.FileName, p.Name)
	if want := formatByName(called); want != "" && format != "" && want != format {
		p.problem(RuleUnreadable, fmt.Sprintf("the name %q promises a %s file and the content is %s", called, want, format))
	}
	c := newCollector(p)
	switch {
	case format == "":
		p.Incomplete = true
		p.problem(RuleUnreadable, fmt.Sprintf("%q is no zip and no tar (plain, gz, bz2, xz, zst): its first bytes are unknown", p.Name))
	case format == formatZip:
		err = readZip(ctx, p, c)
	default:
		err = readTar(ctx, p, c)
	}
	c.finish()
	if err == nil {
		err = ctx.Err()
	}
	var refused *refusal
	switch {
	case errors.As(err, &refused):
		p.Incomplete = true
		p.problem(refused.rule, refused.message, refused.paths...)
	case err != nil:
		return fmt.Errorf("read %s: %w", p.Name, err)
	}
	p.sort()
	return nil
}

func (p *Package) problem(rule, message string, paths ...string) {
	p.Problems = append(p.Problems, Problem{Rule: rule, Message: message, Paths: paths})
}

func (p *Package) sort() {
	slices.SortFunc(p.Entries, func(a, b Entry) int { return strings.Compare(a.Path, b.Path) })
	slices.SortStableFunc(p.Problems, func(a, b Problem) int {
		return cmp.Or(strings.Compare(a.Rule, b.Rule), strings.Compare(a.Message, b.Message))
	})
}

// refusal is a Problem on its way up: it stops the reading of one package.
type refusal struct {
	rule, message string
	paths         []string
}

func (r *refusal) Error() string { return r.message }

func refuse(rule string, paths []string, format string, args ...any) error {
	return &refusal{rule, fmt.Sprintf(format, args...), paths}
}

// formatOf tells an archive's format by its first bytes (600 are enough), empty
// for anything else. A compressed file counts as an archive only when name says
// that a tar is inside.
func formatOf(name string, head []byte) string {
	format, byName := sniff(head), formatByName(name)
	switch {
	case compressed[format] && byName != format:
		return ""
	case format == "" && byName == formatTar && isOldTar(head):
		return formatTar
	}
	return format
}

// sniffSource tells the format of a whole package, whose name need not say so.
func sniffSource(src source) (string, error) {
	r, err := src.open()
	if err != nil {
		return "", err
	}
	defer r.Close()
	head := make([]byte, sniffLength)
	n, err := io.ReadFull(r, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return "", err
	}
	if format := sniff(head[:n]); format != "" || !isOldTar(head[:n]) {
		return format, nil
	}
	return formatTar, nil
}

// The formats, as Package.Format names them.
const (
	formatZip  = "zip"
	formatTar  = "tar"
	formatGzip = "tar.gz"
	formatBzip = "tar.bz2"
	formatXz   = "tar.xz"
	formatZstd = "tar.zst"
	formatDir  = "directory"

	sniffLength = 600 // a tar's magic is at 257, its checksum at 148
)

var compressed = map[string]bool{formatGzip: true, formatBzip: true, formatXz: true, formatZstd: true}

var endings = []struct{ ending, format string }{
	{".zip", formatZip}, {".tar", formatTar},
	{".tar.gz", formatGzip}, {".tgz", formatGzip},
	{".tar.bz2", formatBzip}, {".tbz2", formatBzip}, {".tbz", formatBzip},
	{".tar.xz", formatXz}, {".txz", formatXz},
	{".tar.zst", formatZstd}, {".tzst", formatZstd},
}

func formatByName(name string) string {
	lower := strings.ToLower(name)
	for _, e := range endings {
		if strings.HasSuffix(lower, e.ending) {
			return e.format
		}
	}
	return ""
}

// sniff tells a format by its magic number.
func sniff(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return formatZip
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return formatGzip
	case bytes.HasPrefix(head, []byte("BZh")):
		return formatBzip
	case bytes.HasPrefix(head, []byte("\xfd7zXZ\x00")):
		return formatXz
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return formatZstd
	case hasTarMagic(head):
		return formatTar
	}
	return ""
}

// source is the stored bytes of a package: a file, or an entry of another package.
type source interface {
	open() (io.ReadCloser, error) // from the first byte
}

// atSource is a source that can be read at any place.
type atSource struct {
	r    io.ReaderAt
	size int64
}

func (s atSource) open() (io.ReadCloser, error) {
	return io.NopCloser(io.NewSectionReader(s.r, 0, s.size)), nil
}

// dirSource is a directory.
type dirSource struct{ fsys fs.FS }

func (s dirSource) open() (io.ReadCloser, error) {
	return nil, errors.New("a directory is no stream")
}
