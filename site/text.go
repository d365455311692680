package site

import (
	"crypto/sha256"
	"encoding/binary"
	"net/url"
	"regexp"
	"strings"
	"unicode"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/exchange/record"
)

// digest is the hash of what something was made from: the first half of a
// SHA-256, which is plenty to tell two states of a repository apart.
type digest [16]byte

func (d digest) isZero() bool { return d == digest{} }

// hashOf hashes parts so that moving a byte from one part to the next changes
// the result.
func hashOf(parts ...[]byte) digest {
	h := sha256.New()
	var size [8]byte
	for _, p := range parts {
		binary.LittleEndian.PutUint64(size[:], uint64(len(p)))
		h.Write(size[:])
		h.Write(p)
	}
	return digest(h.Sum(nil)[:16])
}

// slug makes a file name of a word: letters, digits, dots, hyphens and
// underscores of ASCII stay, everything else becomes a hyphen. The result never
// begins with a dot, so that it is no hidden file and leaves no folder.
func slug(s string) string {
	out := strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '.', r == '_', r == '-':
			return r
		}
		return '-'
	}, s)
	out = strings.TrimLeft(out, ".")
	if out == "" {
		return "-"
	}
	return out
}

// clean drops from one-line text what would reorder or hide what stands around
// it on a page: control characters, and Unicode's overrides and isolates.
func clean(s string) string {
	bad := func(r rune) bool {
		return unicode.IsControl(r) && r != '\t' && r != '\n' ||
			0x202A <= r && r <= 0x202E || 0x2066 <= r && r <= 0x2069
	}
	if strings.IndexFunc(s, bad) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if bad(r) {
			return '\uFFFD'
		}
		return r
	}, s)
}

// webLink returns the address when it is a whole http or https one, else "".
func webLink(address string) string {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return u.String()
}

var (
	ghsaPattern = regexp.MustCompile(`^GHSA(-[0-9a-z]{4}){3}$`)
	cwePattern  = regexp.MustCompile(`^CWE-[1-9][0-9]*$`)
	linkedName  = regexp.MustCompile(`^\[([^\[\]]+)\]\((https?://[^()\s]+)\)$`)
)

// aliasLink is where a well-known alias is described, "" for others.
func aliasLink(id string) string {
	switch {
	case record.IsCVE(id):
		return "https://www.cve.org/CVERecord?id=" + id
	case ghsaPattern.MatchString(id):
		return "https://github.com/advisories/" + id
	}
	return ""
}

// creditName returns a credited person's name and address. Names are often
// imported as Markdown links; such a link is taken for what it means.
func creditName(c *advisories.Credit) (name, address string) {
	name, address = clean(c.Name.V), c.URL.V
	if m := linkedName.FindStringSubmatch(name); m != nil {
		name = m[1]
		if address == "" {
			address = m[2]
		}
	}
	return name, webLink(address)
}
