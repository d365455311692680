package finding

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Plain makes foreign text harmless on one line of a terminal or a CI log. Line
// breaks and tabs become a space; control characters (with them every escape
// sequence), bidirectional controls, invisible characters and broken UTF-8
// become U+FFFD, one for one, so that a caret below the line stays true; and no
// runner's command in brackets is left.
func Plain(s string) string {
	if isPlain(s) {
		return s
	}
	return disarm(strings.Map(plainRune, strings.ToValidUTF8(s, string(utf8.RuneError))))
}

// isPlain recognises what most texts are: printable ASCII, and no number sign.
func isPlain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '#' {
			return false
		}
	}
	return true
}

func plainRune(r rune) rune {
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

// Count is a number of things in words: "no keys", "1 key", "2 advisories".
func Count(n int, noun string) string {
	switch {
	case n == 1:
	case strings.HasSuffix(noun, "ch"):
		noun += "es"
	case strings.HasSuffix(noun, "ry"):
		noun = strings.TrimSuffix(noun, "y") + "ies"
	default:
		noun += "s"
	}
	if n == 0 {
		return "no " + noun
	}
	return strconv.Itoa(n) + " " + noun
}
