package pkgfile

import "fmt"

// Limits bounds what reading a package may cost. A package that goes past one is
// refused with a Problem that names the limit. Zero means the default.
type Limits struct {
	Entries    int   // files, links and directories, together with those of archives inside
	EntrySize  int64 // unpacked bytes of one file
	TotalSize  int64 // unpacked bytes of all files, together with those of archives inside
	Ratio      int64 // unpacked bytes per stored byte, of one file or one compressed stream
	RatioFloor int64 // unpacked bytes below which the ratio is not looked at
	Depth      int   // archives inside each other: 1 is a package, 2 a package in a bundle
	Buffer     int64 // bytes of one inner archive held in memory because its format needs it
	PathLength int   // bytes of a path
	Directory  int64 // bytes of a zip's central directory
}

// defaultLimits returns the limits used where none are given.
func defaultLimits() Limits {
	return Limits{
		Entries:    400_000, // the largest source trees have 100,000 files; a million is an attack
		EntrySize:  1 << 30, // no source file is near it, and a gigabyte takes seconds to hash
		TotalSize:  4 << 30, // the largest source trees unpack to 1.5 GB
		Ratio:      200,     // text packs 3 to 30 times; deflate's ceiling, which bombs reach, is 1032
		RatioFloor: 1 << 20, // a short file of zeros packs as well as a bomb and harms nobody
		Depth:      2,       // a bundle of packages; what is deeper is not what anybody releases
		Buffer:     256 << 20,
		PathLength: 4096, // PATH_MAX of Linux
		Directory:  128 << 20,
	}
}

func (l Limits) filled() Limits {
	d := defaultLimits()
	fill(&l.Entries, d.Entries)
	fill(&l.EntrySize, d.EntrySize)
	fill(&l.TotalSize, d.TotalSize)
	fill(&l.Ratio, d.Ratio)
	fill(&l.RatioFloor, d.RatioFloor)
	fill(&l.Depth, d.Depth)
	fill(&l.Buffer, d.Buffer)
	fill(&l.PathLength, d.PathLength)
	fill(&l.Directory, d.Directory)
	return l
}

func fill[T int | int64](field *T, value T) {
	if *field == 0 {
		*field = value
	}
}

// The rules that a package can break.
const (
	RuleUnreadable   = "archive-unreadable"      // damaged, encrypted, an unknown format or compression
	RuleDuplicate    = "archive-duplicate"       // two entries with one name
	RulePath         = "archive-path"            // "..", absolute, backslash, NUL, drive letter, not UTF-8
	RuleCollision    = "archive-collision"       // names equal but for case or Unicode form, or a file used as a folder
	RuleLink         = "archive-link"            // a link that leaves the package or hides a file
	RuleDevice       = "archive-device"          // a device, a pipe, a socket
	RuleMismatch     = "archive-header-mismatch" // the format's two records of one entry disagree
	RuleHiddenData   = "archive-hidden-data"     // bytes before, between or after what the directory lists
	RuleForged       = "archive-sha1-collision"  // a file made to share its git id with another one
	RuleTooMany      = "archive-too-many-entries"
	RuleTooLarge     = "archive-too-large"
	RuleBomb         = "archive-bomb"
	RuleTooDeep      = "archive-too-deep"
	RuleSizeLies     = "archive-size-lies"
	maxProblemsAKind = 20 // a hostile archive breaks a rule a million times; the first ones tell the story
)

// budget is what is left of the limits for a package and all archives inside it.
type budget struct {
	limits  Limits
	entries int
	bytes   int64
}

func newBudget(l Limits) *budget { return &budget{limits: l} }

// entry takes one entry of the given unpacked size off the budget. packed is its
// stored size, or 0 where the stream as a whole is packed.
func (b *budget) entry(path string, size, packed int64) error {
	l := b.limits
	b.entries++
	if b.entries > l.Entries {
		return refuse(RuleTooMany, nil, "more than %d entries (limit entries)", l.Entries)
	}
	if size > l.EntrySize {
		return refuse(RuleTooLarge, []string{path}, "%q unpacks to %d bytes, more than %d (limit entry-size)", path, size, l.EntrySize)
	}
	if size < 0 || size > l.TotalSize-b.bytes {
		return refuse(RuleTooLarge, []string{path}, "the package unpacks to more than %d bytes (limit total-size), at %q", l.TotalSize, path)
	}
	b.bytes += size
	if packed > 0 || size == 0 {
		return b.ratio(fmt.Sprintf("%q", path), size, packed)
	}
	return nil
}

// ratio refuses what unpacks to far more than it is.
func (b *budget) ratio(what string, size, packed int64) error {
	l := b.limits
	if size >= l.RatioFloor && size/max(packed, 1) > l.Ratio {
		return refuse(RuleBomb, nil, "%s unpacks %d bytes to %d, more than %d times its size (limit ratio)", what, packed, size, l.Ratio)
	}
	return nil
}
