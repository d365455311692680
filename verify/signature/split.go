package signature

import "time"

// Signed is a commit or a tag taken apart: the bytes that were signed and the signatures over them.
type Signed struct {
	Object     string // "commit" or "tag"
	Signatures []Part
	When       time.Time // committer's or tagger's date; zero where the object has none
	raw        []byte
}

// Part is one signature of an object with the exact bytes it is over.
type Part struct {
	Header  string // gpgsig, gpgsig-sha256, or "" for a tag's end
	Type    Type
	Payload []byte
	Armor   []byte
}

// SplitCommit takes a commit apart, from its stored bytes without the object header. An unsigned commit
// has no Signatures; an error means that the bytes are no commit.
func SplitCommit(raw []byte) (*Signed, error) { return nil, nil }

// SplitTag is SplitCommit for an annotated tag.
func SplitTag(raw []byte) (*Signed, error) { return nil, nil }

// Join gives the stored bytes back.
func (s *Signed) Join() []byte { return s.raw }

// TrustedRoot is a sigstore trusted root: the certificate authorities, logs and timestamp authorities that
// are believed.
type TrustedRoot struct{}

// DefaultRoot is the public-good instance's trusted root that ships with the program.
func DefaultRoot() (*TrustedRoot, error) { return nil, nil }

// ParseRoot reads a trusted_root.json.
func ParseRoot(data []byte) (*TrustedRoot, error) { return nil, nil }

// Sum is one line of a checksum file.
type Sum struct {
	Algorithm string // sha256 or sha512
	Digest    string // lower-case hex
	Name      string
}

// ParseSums reads the lines of a SHA256SUMS or SHA512SUMS file ("digest, two spaces or space and star,
// name", or the BSD form "SHA256 (name) = digest"), strictly: a line of another form or a name listed with
// two digests is an error with its line number.
func ParseSums(text []byte) ([]Sum, error) { return nil, nil }
