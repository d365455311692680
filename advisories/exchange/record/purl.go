package record

import (
	"net/url"
	"strings"
)

// ecosystems pairs package URL types with OSV's ecosystems. Distributions are
// not here: their ecosystem carries a release (Debian:12) that a type does not.
var ecosystems = []struct {
	purl, ecosystem string
	separator       string // between namespace and name in OSV's name
}{
	{"bitnami", "Bitnami", "/"},
	{"cargo", "crates.io", "/"},
	{"composer", "Packagist", "/"},
	{"conan", "ConanCenter", "/"},
	{"cran", "CRAN", "/"},
	{"gem", "RubyGems", "/"},
	{"githubactions", "GitHub Actions", "/"},
	{"golang", "Go", "/"},
	{"hackage", "Hackage", "/"},
	{"hex", "Hex", "/"},
	{"julia", "Julia", "/"},
	{"maven", "Maven", ":"},
	{"npm", "npm", "/"},
	{"nuget", "NuGet", "/"},
	{"opam", "opam", "/"},
	{"pub", "Pub", "/"},
	{"pypi", "PyPI", "/"},
	{"swift", "SwiftURL", "/"},
}

// PackageOf returns OSV's ecosystem and package name for a package URL; empty
// where the type has no ecosystem of its own.
func PackageOf(purl string) (ecosystem, name string) {
	kind, rest, ok := splitPURL(purl)
	if !ok {
		return "", ""
	}
	for _, row := range ecosystems {
		if row.purl == kind {
			parts := strings.Split(rest, "/")
			for i, part := range parts {
				if plain, err := url.PathUnescape(part); err == nil {
					parts[i] = plain
				}
			}
			last := len(parts) - 1
			if last == 0 {
				return row.ecosystem, parts[0]
			}
			return row.ecosystem, strings.Join(parts[:last], "/") + row.separator + parts[last]
		}
	}
	return "", ""
}

// PURLOf returns the package URL of a package, without a version; empty where
// the ecosystem has no type.
func PURLOf(ecosystem, name string) string {
	for _, row := range ecosystems {
		if row.ecosystem == ecosystem && name != "" {
			parts := strings.Split(strings.Replace(name, row.separator, "/", 1), "/")
			for i, part := range parts {
				parts[i] = escapePURL(part)
			}
			return "pkg:" + row.purl + "/" + strings.Join(parts, "/")
		}
	}
	return ""
}

// AtVersion puts a version into a package URL, before its qualifiers.
func AtVersion(purl, version string) string {
	base := BasePURL(purl)
	return base + "@" + escapePURL(version) + purl[len(untilQualifiers(purl)):]
}

// BasePURL returns a package URL without version, qualifiers and subpath.
func BasePURL(purl string) string {
	end := len(purl)
	if at := strings.IndexAny(purl, "?#"); at >= 0 {
		end = at
	}
	if at := strings.LastIndexByte(purl[:end], '@'); at > strings.LastIndexByte(purl[:end], '/') {
		end = at
	}
	return purl[:end]
}

// VersionOfPURL returns the version in a package URL, empty where it has none.
func VersionOfPURL(purl string) string {
	head := untilQualifiers(purl)[len(BasePURL(purl)):]
	if plain, err := url.PathUnescape(strings.TrimPrefix(head, "@")); err == nil {
		return plain
	}
	return ""
}

// untilQualifiers returns a package URL up to its qualifiers, version included.
func untilQualifiers(purl string) string {
	if at := strings.IndexAny(purl, "?#"); at >= 0 {
		return purl[:at]
	}
	return purl
}

// GenericPURL names a product that has no package URL of its own.
func GenericPURL(name string) string { return "pkg:generic/" + escapePURL(name) }

func splitPURL(purl string) (kind, rest string, ok bool) {
	rest, ok = strings.CutPrefix(BasePURL(purl), "pkg:")
	if !ok {
		return "", "", false
	}
	kind, rest, ok = strings.Cut(strings.TrimLeft(rest, "/"), "/")
	return strings.ToLower(kind), strings.Trim(rest, "/"), ok && rest != ""
}

// escapePURL percent-encodes all but the characters that package URLs leave as
// they are.
func escapePURL(text string) string {
	var out strings.Builder
	for i := range len(text) {
		if c := text[i]; isAlphanumeric(c) || strings.IndexByte("-._~:", c) >= 0 {
			out.WriteByte(c)
		} else {
			percent(&out, c)
		}
	}
	return out.String()
}

func percent(out *strings.Builder, c byte) {
	const digits = "0123456789ABCDEF"
	out.Write([]byte{'%', digits[c>>4], digits[c&15]})
}
