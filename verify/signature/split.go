package signature

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"strings"
	"time"
)

// Signed is a commit or a tag taken apart: the bytes that were signed and the signatures over them.
type Signed struct {
	Object     string // "commit" or "tag"
	Signatures []Part
	When       time.Time // committer's or tagger's date; zero where the object gives none that can be read

	segments []segment
	format   string // the repository's hash: sha1 or sha256
}

// Part is one signature of an object with the exact bytes it is over.
type Part struct {
	Header  string // gpgsig, gpgsig-sha256, or "" for a tag's end
	Type    Type   // "" where the armor is of no known kind
	Payload []byte // what was signed
	Armor   []byte // the signature, without the space that git puts before continued lines
	Problem string // why the signature cannot be judged from these bytes, "" when it can
}

// segment is a run of the stored bytes: signed content, or part of a signature.
type segment struct {
	bytes  []byte
	header string // name of the signature header, "" for content
	tail   bool   // a tag's signature at the end
}

// The headers in which git keeps a commit's signature, by the object format it is over.
const (
	headerSHA1   = "gpgsig"
	headerSHA256 = "gpgsig-sha256"
)

// armors are the first lines by which git tells signatures apart.
var armors = []struct {
	begin string
	kind  Type
}{
	{"-----BEGIN PGP SIGNATURE-----", OpenPGP},
	{"-----BEGIN PGP MESSAGE-----", OpenPGP},
	{"-----BEGIN SSH SIGNATURE-----", SSH},
	{"-----BEGIN SIGNED MESSAGE-----", X509},
}

// SplitCommit takes a commit apart, from its stored bytes without the object header. An unsigned commit
// has no Signatures; an error means that the bytes are no commit. Like git, it leaves every header whose
// name begins with gpgsig out of what was signed.
func SplitCommit(raw []byte) (*Signed, error) {
	if !bytes.HasPrefix(raw, []byte("tree ")) {
		return nil, errors.New("not a commit: it does not begin with a tree line")
	}
	s := &Signed{Object: "commit", segments: splitHeaders(raw)}
	s.When = dateOf(raw, "committer ")
	s.format = objectFormat(raw, "tree ")
	s.collect()
	return s, nil
}

// SplitTag is SplitCommit for an annotated tag, whose signature stands at the end of its message.
func SplitTag(raw []byte) (*Signed, error) {
	if !bytes.HasPrefix(raw, []byte("object ")) {
		return nil, errors.New("not a tag: it does not begin with an object line")
	}
	cut := lastArmor(raw)
	s := &Signed{Object: "tag", segments: splitHeaders(raw[:cut])}
	if cut < len(raw) {
		s.segments = append(s.segments, segment{bytes: raw[cut:], tail: true})
	}
	s.When = dateOf(raw, "tagger ")
	s.format = objectFormat(raw, "object ")
	s.collect()
	return s, nil
}

// join gives the stored bytes back.
func (s *Signed) join() []byte {
	var out []byte
	for _, seg := range s.segments {
		out = append(out, seg.bytes...)
	}
	return out
}

// id is the object's name in git.
func (s *Signed) id() string {
	raw := s.join()
	var h hash.Hash
	if s.format == "sha256" {
		h = sha256.New()
	} else {
		h = sha1.New()
	}
	fmt.Fprintf(h, "%s %d\x00", s.Object, len(raw))
	h.Write(raw)
	return hex.EncodeToString(h.Sum(nil))
}

// splitHeaders cuts the bytes into content and signature headers. A header goes on over the lines that
// begin with a space; the first empty line ends the headers.
func splitHeaders(raw []byte) []segment {
	var out []segment
	rest, current := raw, ""
	for len(rest) > 0 && rest[0] != '\n' {
		end := bytes.IndexByte(rest, '\n') + 1
		if end == 0 {
			end = len(rest)
		}
		line := rest[:end]
		if line[0] != ' ' {
			current = signatureHeader(line)
		}
		fresh := line[0] != ' ' && current != ""
		if n := len(out); n > 0 && !fresh && out[n-1].header == current {
			out[n-1].bytes = raw[len(raw)-len(rest)-len(out[n-1].bytes):][:len(out[n-1].bytes)+end]
		} else {
			out = append(out, segment{bytes: line, header: current})
		}
		rest = rest[end:]
	}
	if len(rest) > 0 {
		out = append(out, segment{bytes: rest})
	}
	return out
}

// signatureHeader returns the header's name if it begins with gpgsig, else "".
func signatureHeader(line []byte) string {
	if !bytes.HasPrefix(line, []byte(headerSHA1)) {
		return ""
	}
	name, _, _ := bytes.Cut(bytes.TrimSuffix(line, []byte("\n")), []byte(" "))
	return string(name)
}

// lastArmor returns where the last line that begins a signature stands; the length where none does.
func lastArmor(raw []byte) int {
	match := len(raw)
	for at := 0; at < len(raw); {
		if typeOf(raw[at:]) != "" {
			match = at
		}
		next := bytes.IndexByte(raw[at:], '\n')
		if next < 0 {
			break
		}
		at += next + 1
	}
	return match
}

// typeOf tells the kind of the armor that the bytes begin with.
func typeOf(data []byte) Type {
	for _, a := range armors {
		if bytes.HasPrefix(data, []byte(a.begin)) {
			return a.kind
		}
	}
	return ""
}

// objectFormat tells the repository's hash from the length of the first id: sha1 or sha256.
func objectFormat(raw []byte, prefix string) string {
	line, _, _ := bytes.Cut(raw[len(prefix):], []byte("\n"))
	if len(line) == 64 {
		return "sha256"
	}
	return "sha1"
}

// collect builds the list of signatures. Several headers of the same name are several signatures.
func (s *Signed) collect() {
	var payload []byte
	for _, seg := range s.segments {
		if seg.header == "" && !seg.tail {
			payload = append(payload, seg.bytes...)
		}
	}
	own := headerSHA1
	if s.format == "sha256" {
		own = headerSHA256
	}
	for _, seg := range s.segments {
		if seg.header == "" && !seg.tail {
			continue
		}
		p := Part{Header: seg.header, Payload: payload, Armor: seg.bytes}
		if !seg.tail {
			p.Armor = unfold(seg.bytes[min(len(seg.header)+1, len(seg.bytes)):])
		}
		p.Type = typeOf(p.Armor)
		switch {
		case seg.header == headerSHA1 || seg.header == headerSHA256:
			if s.Object == "tag" || seg.header != own {
				p.Problem = fmt.Sprintf("header %s signs the object's form under the other hash function, which these bytes are not", seg.header)
			}
		case !seg.tail:
			p.Problem = fmt.Sprintf("header %q begins like a signature and is none that git knows", seg.header)
		}
		s.Signatures = append(s.Signatures, p)
	}
}

// unfold takes away the one space that git puts before each continued line.
func unfold(folded []byte) []byte {
	return bytes.ReplaceAll(folded, []byte("\n "), []byte("\n"))
}

// dateOf reads the seconds out of "committer Name <mail> 1700000000 +0100".
func dateOf(raw []byte, prefix string) time.Time {
	header, _, _ := bytes.Cut(raw, []byte("\n\n"))
	for line := range bytes.Lines(header) {
		rest, ok := bytes.CutPrefix(line, []byte(prefix))
		if !ok {
			continue
		}
		fields := strings.Fields(string(rest[bytes.LastIndexByte(rest, '>')+1:]))
		if len(fields) == 0 {
			return time.Time{}
		}
		seconds, err := strconv.ParseInt(fields[0], 10, 64)
		if err != nil || seconds < 0 || seconds > 1<<40 {
			return time.Time{}
		}
		return time.Unix(seconds, 0).UTC()
	}
	return time.Time{}
}
