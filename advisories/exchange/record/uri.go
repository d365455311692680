package record

import (
	"regexp"
	"strings"
)

var scheme = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:`)

// URI writes an address as RFC 3986 asks for, which the schemas of all formats
// hold links to: what may not stand in one is percent-encoded. Empty for what
// has no scheme, and so leads nowhere.
func URI(address string) string {
	if !scheme.MatchString(address) {
		return ""
	}
	var out strings.Builder
	host := 0 // how far the part reaches in which brackets may stand
	if at := strings.Index(address, "://"); at >= 0 {
		host = at + 3
		if end := strings.IndexAny(address[host:], "/?#"); end >= 0 {
			host += end
		} else {
			host = len(address)
		}
	}
	fragment := strings.IndexByte(address, '#')
	for i := range len(address) {
		switch c := address[i]; {
		case isAlphanumeric(c), strings.IndexByte("-._~:/?@!$&'()*+,;=", c) >= 0,
			c == '%' && i+2 < len(address) && isHex(address[i+1]) && isHex(address[i+2]),
			c == '#' && i == fragment, (c == '[' || c == ']') && i < host:
			out.WriteByte(c)
		default:
			percent(&out, c)
		}
	}
	return out.String()
}

func isAlphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// forges are the paths under which forges show a commit; a host that ends in a dot
// is how the names of such servers begin.
var forges = []struct{ host, path string }{
	{"github.com", "/commit/"}, {"codeberg.org", "/commit/"}, {"git.sr.ht", "/commit/"}, {"gitea.", "/commit/"}, {"forgejo.", "/commit/"},
	{"gitlab.", "/-/commit/"}, {"bitbucket.org", "/commits/"},
}

// CommitPage is where a forge shows a commit of the repository at a web address;
// empty for a forge that is not known.
func CommitPage(repo, id string) string {
	scheme, rest, _ := strings.Cut(repo, "://")
	host, _, _ := strings.Cut(rest, "/")
	if !IsCommit(id) || scheme != "https" && scheme != "http" {
		return ""
	}
	for _, f := range forges {
		if host == f.host || strings.HasSuffix(f.host, ".") && strings.HasPrefix(host, f.host) {
			return strings.TrimSuffix(strings.TrimRight(repo, "/"), ".git") + f.path + id
		}
	}
	return ""
}
