package advisories

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/Masterminds/semver/v3"
)

// Compare orders two versions of the product: negative where a is older, zero
// where both mean the same version, positive where a is newer. Any two strings
// can be compared, and the order is total. Of a product whose versions are
// `semver`, SemVer 2.0 decides; otherwise, and for a nil product, the order is
// that of the version strings that projects really write:
//
//	1.0-rc1 < 1.0 = 1.0.0 < 1.0.1        pre-release words come before the release
//	1.0.2 < 1.0.2a < 1.0.2z < 1.0.2za    letters come after it
//	1.2.0 < 1:0.9                        an epoch begins anew
//	1.8.21 < 1.8.21pl1, 7.65.1 < 7.65.1_2, 2024.9.30 < 2024.12.08
//
// The version "0" is before every other, as in OSV.
func (p *Product) Compare(a, b string) int {
	switch {
	case a == b:
		return 0
	case a == "0":
		return -1
	case b == "0":
		return 1
	case p != nil && p.Versions.V == "semver":
		return compareSemver(a, b)
	}
	ea, a := cutEpoch(a)
	eb, b := cutEpoch(b)
	return cmp.Or(compareNumbers(ea, eb), compareGeneric(a, b))
}

// cutEpoch takes the number from the front by which a project began to count anew,
// as Debian (1:0.9) and Python (1!0.9) write it.
func cutEpoch(s string) (epoch, rest string) {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
		case i > 0 && (c == ':' || c == '!'):
			return s[:i], s[i+1:]
		default:
			return "", s
		}
	}
	return "", s
}

// Prerelease reports whether a version comes before the release that it is
// named after, such as 2.0.0-beta.1 or 1.0rc2.
func (p *Product) Prerelease(version string) bool {
	if p != nil && p.Versions.V == "semver" {
		_, rest := cutCore(trimV(version))
		return afterCore(rest) == kindPre
	}
	var buf [16]token
	return slices.ContainsFunc(tokens(buf[:0], version), func(t token) bool { return t.kind == kindPre })
}

// compareSemver leaves real SemVer to the library. A string that is none, as
// history always has some, is placed by its first three numbers and then by
// what follows them: a pre-release, nothing, or more.
func compareSemver(a, b string) int {
	a, b = trimV(a), trimV(b)
	if !(onlyNumbers(a) && onlyNumbers(b)) && isSmall(a) && isSmall(b) {
		va, errA := semver.StrictNewVersion(a)
		vb, errB := semver.StrictNewVersion(b)
		if errA == nil && errB == nil {
			return va.Compare(vb)
		}
	}
	ca, ra := cutCore(a)
	cb, rb := cutCore(b)
	for i := range ca {
		if c := compareNumbers(ca[i], cb[i]); c != 0 {
			return c
		}
	}
	pa, pb := afterCore(ra), afterCore(rb)
	if c := cmp.Compare(pa, pb); c != 0 {
		return c
	}
	if pa == kindPre {
		return compareIdentifiers(strings.TrimPrefix(ra, "-"), strings.TrimPrefix(rb, "-"))
	}
	return compareGeneric(ra, rb)
}

// onlyNumbers reports whether a version is digits and dots: then the order below
// is the library's, and most versions are compared without parsing them.
func onlyNumbers(s string) bool { return strings.Trim(s, "0123456789.") == "" }

// isSmall reports whether all numbers of a version fit the library's integers.
func isSmall(s string) bool {
	run := 0
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			run = 0
		} else if run++; run > 18 {
			return false
		}
	}
	return len(s) <= semver.MaxVersionLen
}

// cutCore takes up to three numbers from the front of a version, and build
// metadata, which has no order, from its end.
func cutCore(s string) (core [3]string, rest string) {
	s, _, _ = strings.Cut(s, "+")
	for i := range core {
		n := 0
		for n < len(s) && s[n] >= '0' && s[n] <= '9' {
			n++
		}
		core[i], s = s[:n], s[n:]
		if n == 0 || i == 2 || len(s) < 2 || s[0] != '.' || s[1] < '0' || s[1] > '9' {
			break
		}
		s = s[1:]
	}
	return core, s
}

func afterCore(rest string) tokenKind {
	if strings.HasPrefix(rest, "-") {
		return kindPre
	}
	t, _ := nextToken(rest)
	if t.kind == kindPre || t.kind == kindEnd {
		return t.kind
	}
	return kindWord
}

// compareIdentifiers is SemVer's order of pre-releases (section 11.4).
func compareIdentifiers(a, b string) int {
	for {
		switch {
		case a == "" && b == "":
			return 0
		case a == "":
			return -1
		case b == "":
			return 1
		}
		var x, y string
		x, a, _ = strings.Cut(a, ".")
		y, b, _ = strings.Cut(b, ".")
		nx, ny := isNumber(x), isNumber(y)
		var c int
		switch {
		case nx && ny:
			c = compareNumbers(x, y)
		case nx:
			c = -1
		case ny:
			c = 1
		default:
			c = strings.Compare(x, y)
		}
		if c != 0 {
			return c
		}
	}
}

func isNumber(s string) bool {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return s != ""
}

func trimV(s string) string {
	if len(s) > 1 && (s[0] == 'v' || s[0] == 'V') && s[1] >= '0' && s[1] <= '9' {
		return s[1:]
	}
	return s
}

// compareNumbers compares two runs of digits of any length.
func compareNumbers(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

// tokenKind says what a part of a version is; its order is the order of the
// versions that differ first in such parts.
type tokenKind uint8

const (
	kindPre  tokenKind = iota // rc, beta: before the release
	kindEnd                   // nothing more
	kindWord                  // a letter or a word: after the release
	kindNumber
)

type token struct {
	kind tokenKind
	rank int    // of a pre-release word
	text string // of a word, in lower case, or of a number
}

// preRanks orders the words that stand before a release.
var preRanks = map[string]int{
	"~": -1, "dev": 0, "snapshot": 0, "nightly": 0, "canary": 0, "alpha": 1, "a": 1, "beta": 2, "b": 2,
	"milestone": 3, "pre": 4, "preview": 4, "ea": 4, "rc": 5, "cr": 5, "c": 5,
}

func compareGeneric(a, b string) int {
	var bufA, bufB [16]token
	ta, tb := tokens(bufA[:0], a), tokens(bufB[:0], b)
	for i := 0; ; i++ {
		x, y := token{kind: kindEnd}, token{kind: kindEnd}
		if i < len(ta) {
			x = ta[i]
		}
		if i < len(tb) {
			y = tb[i]
		}
		c := cmp.Compare(x.kind, y.kind)
		switch {
		case c != 0:
		case x.kind == kindEnd:
			return 0
		case x.kind == kindPre:
			c = cmp.Compare(x.rank, y.rank)
		case x.kind == kindNumber:
			c = compareNumbers(x.text, y.text)
		default:
			c = strings.Compare(x.text, y.text)
		}
		if c != 0 {
			return c
		}
	}
}

// tokens splits a version. Zeros that end its first run of numbers are dropped:
// 1.8 and 1.8.0 are one version.
func tokens(out []token, s string) []token {
	s = trimV(s)
	numbers := true
	for {
		var t token
		if t, s = nextToken(s); t.kind != kindNumber && numbers {
			numbers = false
			for len(out) > 0 && strings.Trim(out[len(out)-1].text, "0") == "" {
				out = out[:len(out)-1]
			}
		}
		if t.kind == kindEnd {
			return out
		}
		out = append(out, t)
	}
}

// nextToken cuts the first token from a version. Separators count for nothing,
// but for the tilde, by which packagers mark what comes before a release.
func nextToken(s string) (token, string) {
	s = strings.TrimLeft(s, ".-_+ ")
	if s == "" {
		return token{kind: kindEnd}, ""
	}
	if s[0] == '~' {
		return token{kind: kindPre, rank: preRanks["~"]}, s[1:]
	}
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	if n > 0 {
		return token{kind: kindNumber, text: s[:n]}, s[n:]
	}
	for n < len(s) && !strings.ContainsRune(".-_+ ~", rune(s[n])) && (s[n] < '0' || s[n] > '9') {
		_, size := utf8.DecodeRuneInString(s[n:])
		n += size
	}
	word, rest := strings.Map(unicode.ToLower, s[:n]), s[n:]
	switch word {
	case "final", "ga", "release":
		return nextToken(rest)
	case "a", "b", "c": // 1.0b2 is a beta, OpenSSL's 1.0.2b is a release
		if rest == "" || rest[0] < '0' || rest[0] > '9' {
			return token{kind: kindWord, text: word}, rest
		}
	}
	if rank, ok := preRanks[word]; ok {
		return token{kind: kindPre, rank: rank}, rest
	}
	return token{kind: kindWord, text: word}, rest
}
