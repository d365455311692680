package pkgfile

import (
	"fmt"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// cleanName returns the one accepted spelling of an entry's name, or why there is
// none. A leading "./", which tar writes, and a folder's trailing "/" are taken off;
// nothing else is mended, since unpackers mend differently.
func cleanName(name string, limit int) (clean, fault string) {
	clean = strings.TrimSuffix(name, "/")
	for strings.HasPrefix(clean, "./") {
		clean = clean[2:]
	}
	switch {
	case name == "":
		return "", "is empty"
	case len(name) > limit:
		return "", fmt.Sprintf("is %d bytes long, more than %d (limit path-length)", len(name), limit)
	case strings.HasPrefix(clean, "/"):
		return "", "is absolute"
	case strings.Contains(name, "\\"):
		return "", "has a backslash, which some systems take for a separator"
	case len(clean) > 1 && clean[1] == ':' && unicode.IsLetter(rune(clean[0])):
		return "", "begins with a drive letter"
	case strings.ContainsFunc(name, unicode.IsControl):
		return "", "has a control character"
	case !utf8.ValidString(name):
		return "", "is not UTF-8, so that systems decode it differently"
	case clean == "." || clean == "":
		return ".", ""
	case path.Clean(clean) != clean || clean == ".." || strings.HasPrefix(clean, "../"):
		return "", "has an empty, \".\" or \"..\" part"
	}
	return clean, ""
}

// foldKey maps names that some file system takes for the same file to one key:
// equal but for case (Windows, macOS), for Unicode form (macOS), or for dots and
// spaces at the end of a part (Windows).
func foldKey(name string) string {
	if isPlain(name) {
		return strings.ToLower(name)
	}
	folded := norm.NFC.String(cases.Fold().String(norm.NFKD.String(name)))
	parts := strings.Split(folded, "/")
	for i, part := range parts {
		parts[i] = strings.TrimRight(part, ". ")
	}
	return strings.Join(parts, "/")
}

// isPlain reports whether lowering ASCII is all that folding would do.
func isPlain(name string) bool {
	for i := 0; i < len(name); i++ {
		c := name[i]
		if c >= utf8.RuneSelf {
			return false
		}
		atEnd := i+1 == len(name) || name[i+1] == '/'
		if atEnd && (c == '.' || c == ' ') {
			return false
		}
	}
	return true
}
