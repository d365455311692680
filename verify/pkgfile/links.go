package pkgfile

import (
	"path"
	"strings"
)

// maxLinkHops is what Linux follows before it says ELOOP.
const maxLinkHops = 40

// resolveLink follows the link at name the way a file system would, with the
// package's own links in the way, and reports whether it stays inside. Taking
// ".." off a path as text is not enough: "up/.." is not "." when up is a link. An
// absolute link on the way is refused under its own name.
func resolveLink(links map[string]string, name string) (inside bool, why string) {
	hops := 0
	dir := path.Dir(name)
	rest := strings.Split(links[name], "/")
	if strings.HasPrefix(links[name], "/") {
		return false, "is absolute"
	}
	for len(rest) > 0 {
		part := rest[0]
		rest = rest[1:]
		switch part {
		case "", ".":
			continue
		case "..":
			if dir == "." {
				return false, "leaves the package"
			}
			dir = path.Dir(dir)
			continue
		}
		at := path.Join(dir, part)
		target, isLink := links[at]
		if !isLink {
			dir = at
			continue
		}
		if hops++; hops > maxLinkHops {
			return false, "goes in a circle"
		}
		rest = append(strings.Split(target, "/"), rest...)
	}
	return true, ""
}

// linkFault says what is wrong with a link's target as text.
func linkFault(target string) string {
	switch {
	case target == "":
		return "has no target"
	case strings.ContainsAny(target, "\\\x00"):
		return "has a backslash or NUL in its target"
	case len(target) > 1 && target[1] == ':':
		return "begins with a drive letter"
	}
	return ""
}
