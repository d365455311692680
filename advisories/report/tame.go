package report

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// tame makes foreign text harmless on one line of a terminal or a CI log. Line
// breaks and tabs become a space; control characters (with them every escape
// sequence), bidirectional controls, invisible characters and broken UTF-8
// become U+FFFD, one for one, so that a caret below the line stays true.
func tame(s string) string {
	return disarm(strings.Map(tameRune, strings.ToValidUTF8(s, string(utf8.RuneError))))
}

func tameRune(r rune) rune {
	switch {
	case r == '\n', r == '\r', r == '\t', r == '\v', r == '\f', r == '\u2028', r == '\u2029', r == '\u0085':
		return ' '
	case unicode.Is(unicode.Cc, r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Co, r):
		// Cf holds the bidirectional controls, zero-width characters and tags.
		return utf8.RuneError
	}
	return r
}

// Runners read commands in the old bracket form anywhere in a line of a log:
// ##[command], ##vso[command], ##teamcity[command].
var bracketCommand = regexp.MustCompile(`(?i)##([a-z]*)\[`)

func disarm(s string) string {
	if !strings.Contains(s, "##") {
		return s
	}
	return bracketCommand.ReplaceAllString(s, "##$1(")
}

// width returns how many cells of a terminal a character takes: marks take
// none, the scripts of East Asia and pictographs take two.
func width(r rune) int {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	case r >= 0x1100 && r <= 0x115f, r >= 0x2e80 && r <= 0xa4cf, r >= 0xac00 && r <= 0xd7a3,
		r >= 0xf900 && r <= 0xfaff, r >= 0xfe30 && r <= 0xfe6f, r >= 0xff00 && r <= 0xff60,
		r >= 0xffe0 && r <= 0xffe6, r >= 0x1f300 && r <= 0x1faff, r >= 0x20000 && r <= 0x3fffd:
		return 2
	}
	return 1
}
