package verify

import (
	"cmp"
	"slices"
	"strings"

	"github.com/countersign/countersign/verify/pkgfile"
)

// placed is a source tree and the folder of a package in which it sits.
type placed struct {
	*source
	root     string // "" or a folder with its slash
	inferred bool
	matched  int // files at the right path, when inferred
}

// rootOf brings a root from a record into the form of placed.root.
func rootOf(written string) string {
	clean := strings.Trim(strings.TrimPrefix(written, "./"), "/")
	if clean == "" || clean == "." {
		return ""
	}
	return clean + "/"
}

// inferRoot finds the folder under which most of the package's files stand where
// the source has them. A file with the very bytes of the source's counts double. Of
// equal folders the one nearest to the top wins, then the first by name.
func inferRoot(entries []pkgfile.Entry, s *source) (root string, matched int) {
	votes := map[string]int{}
	for i := range entries {
		e := &entries[i]
		for at := 0; at >= 0; {
			if f, ok := s.files[e.Path[at:]]; ok {
				votes[e.Path[:at]]++
				if e.Blob == string(f.id) || e.BlobLF == string(f.id) {
					votes[e.Path[:at]]++
				}
			}
			next := strings.IndexByte(e.Path[at:], '/')
			if next < 0 {
				break
			}
			at += next + 1
		}
	}
	roots := make([]string, 0, len(votes))
	for r := range votes {
		roots = append(roots, r)
	}
	if len(roots) == 0 {
		return "", 0
	}
	best := slices.MinFunc(roots, func(a, b string) int {
		return cmp.Or(cmp.Compare(votes[b], votes[a]), cmp.Compare(strings.Count(a, "/"), strings.Count(b, "/")), cmp.Compare(a, b))
	})
	for i := range entries {
		if rel, ok := strings.CutPrefix(entries[i].Path, best); ok {
			if _, has := s.files[rel]; has {
				matched++
			}
		}
	}
	return best, matched
}

// locate finds the source that a path of the package belongs to: the one with the
// longest root above it that has such a file, else the one with the longest root.
func locate(list []placed, path string) (p *placed, rel string) {
	for i := range list {
		below, ok := strings.CutPrefix(path, list[i].root)
		if !ok {
			continue
		}
		_, has := list[i].files[below]
		switch {
		case p == nil:
		case !has:
			if _, had := p.files[rel]; had || len(list[i].root) <= len(p.root) {
				continue
			}
		default:
			if _, had := p.files[rel]; had && len(list[i].root) <= len(p.root) {
				continue
			}
		}
		p, rel = &list[i], below
	}
	return p, rel
}
