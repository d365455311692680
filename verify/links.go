package verify

import (
	"path"
	"strings"

	"github.com/countersign/countersign/verify/gitrepo"
)

// maxLinks bounds the links that one path is followed through; Linux gives up there.
const maxLinks = 40

// follow resolves a path of the tree through its symbolic links, as programs do that
// pack what a link points at (zip -r, tar -h). ok is false for a path without a link
// in it, and for one that leads out of the tree, nowhere or in circles.
func (s *source) follow(rel string) (to string, ok bool, err error) {
	for range maxLinks {
		link, below := s.link(rel)
		if link == "" {
			_, ok = s.files[rel]
			return rel, ok && to != "", nil
		}
		target, err := s.bytes(s.files[link])
		if err != nil {
			return "", false, err
		}
		if path.IsAbs(string(target)) {
			return "", false, nil
		}
		to = path.Join(path.Dir(link), string(target), below) // outside of the tree there are no files
		rel = to
	}
	return "", false, nil
}

// link is the first symbolic link on a path, and what stands below it; empty where
// there is none.
func (s *source) link(rel string) (link, below string) {
	for at := 0; at < len(rel); at++ {
		end := strings.IndexByte(rel[at:], '/')
		if end < 0 {
			end = len(rel) - at
		}
		at += end
		if f, ok := s.files[rel[:at]]; ok && f.mode == gitrepo.ModeSymlink {
			return rel[:at], strings.TrimPrefix(rel[at:], "/")
		}
	}
	return "", ""
}
