package verify

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"hash"
	"path"
	"slices"
	"strings"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/verify/gitrepo"
	"github.com/countersign/countersign/verify/pkgfile"
)

// manifestLine is a file of a published list and the hashes that would do for it,
// one for each form of its line endings.
type manifestLine struct {
	path   string
	hashes []string
}

// parseManifest reads a list of per-file hashes: lines of "hash  path", as sha256sum
// and sha512sum write them, or the BSD form "SHA512 (path) = hash". A path may come
// several times, once for each line-ending variant. Empty lines and lines that begin
// with "#" do not count; any other line is an error.
func parseManifest(text []byte) ([]manifestLine, error) {
	at := map[string]int{}
	var list []manifestLine
	number := 0
	for line := range bytes.Lines(text) {
		number++
		s := strings.TrimRight(string(line), "\r\n")
		if strings.TrimSpace(s) == "" || strings.HasPrefix(s, "#") {
			continue
		}
		sum, name, ok := cutSum(s)
		if !ok {
			return nil, fmt.Errorf("line %d: expected a hash of 64 or 128 hex digits and a path", number)
		}
		i, seen := at[name]
		if !seen {
			i = len(list)
			at[name] = i
			list = append(list, manifestLine{path: name})
		}
		list[i].hashes = append(list[i].hashes, strings.ToLower(sum))
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("expected lines of a hash and a path, found none")
	}
	return list, nil
}

func cutSum(line string) (sum, name string, ok bool) {
	if algorithm, rest, bsd := strings.Cut(line, " ("); bsd && strings.HasPrefix(algorithm, "SHA") {
		if i := strings.LastIndex(rest, ") = "); i >= 0 {
			sum, name = rest[i+4:], rest[:i]
		}
	} else if i := strings.IndexAny(line, " \t"); i >= 0 {
		sum, name = line[:i], strings.TrimPrefix(strings.TrimLeft(line[i:], " \t"), "*")
	}
	name = strings.TrimPrefix(name, "./")
	_, err := hex.DecodeString(sum)
	known := len(sum) == sha1.Size*2 || len(sum) == sha256.Size*2 || len(sum) == sha512.Size*2
	return sum, name, err == nil && known && name != "" && path.Clean(name) == name
}

// manifest judges a published list of hashes in place of an archive. Hashes cannot
// be searched for hunks, so the list is either the source's, file by file, or it is
// not: every listed file must be the source's in some form of its line endings, and
// every file of the source must be listed. The result stands in for a package whose
// files are those that fit.
func (j *run) manifest(o opened) error {
	list, err := parseManifest(o.archive.Manifest)
	if err != nil {
		j.say(unchecked(RuleManifest, j.at(o.record), "", "%s: %v", o.archive.Name, err))
		return nil
	}
	r := newManifestReconstruction(o, list, j.sources)
	if err := r.matchManifest(list); err != nil {
		return j.undecidable(err, j.at(o.record))
	}
	r.finishManifest(list)
	j.packages = append(j.packages, r)
	return nil
}

// newManifestReconstruction is a package of which only the hashes of its files are known.
func newManifestReconstruction(o opened, list []manifestLine, sources []*source) *Reconstruction {
	entries := make([]pkgfile.Entry, len(list))
	for i, line := range list {
		entries[i] = pkgfile.Entry{Path: line.path}
	}
	slices.SortFunc(entries, func(a, b pkgfile.Entry) int { return strings.Compare(a.Path, b.Path) })
	sum := sha256.Sum256(o.archive.Manifest)
	r := &Reconstruction{
		Name: o.archive.Name, Package: &pkgfile.Package{Name: o.archive.Name, Format: "manifest", Entries: entries},
		Record: o.record, Files: len(list), Manifest: true,
		Counts: map[FileState]int{}, states: map[string]FileState{}, data: map[string][]byte{},
		digest: hex.EncodeToString(sum[:]),
	}
	if o.record != nil {
		r.Name = o.record.Name.V
		r.omitted = advisories.Texts(o.record.Omitted)
	}
	r.place(sources)
	return r
}

// forms are the line-ending variants of a file that a list may give a hash of.
func forms(data []byte) [][]byte {
	lf := toLF(data)
	all := [][]byte{data}
	if len(lf) != len(data) {
		all = append(all, lf)
	}
	return append(all, bytes.ReplaceAll(lf, []byte("\n"), []byte("\r\n")))
}

// sums are the hashes of one form in every algorithm that a line may use.
func sums(data []byte, sizes map[int]bool) []string {
	var list []string
	for size, h := range map[int]func() hash.Hash{sha1.Size * 2: sha1.New, sha256.Size * 2: sha256.New, sha512.Size * 2: sha512.New} {
		if sizes[size] {
			sum := h()
			sum.Write(data)
			list = append(list, hex.EncodeToString(sum.Sum(nil)))
		}
	}
	return list
}

// oneOf reports whether the hash of some bytes is among those of a list.
func oneOf(hashes []string, data []byte, sizes map[int]bool) bool {
	return slices.ContainsFunc(sums(data, sizes), func(sum string) bool { return slices.Contains(hashes, sum) })
}

// isListed reports whether a list gives a file of these bytes, in some form of their line endings.
func isListed(hashes []string, data []byte) bool {
	sizes := map[int]bool{}
	for _, h := range hashes {
		sizes[len(h)] = true
	}
	return slices.ContainsFunc(forms(data), func(form []byte) bool { return oneOf(hashes, form, sizes) })
}

// matchManifest gives every listed path its state.
func (r *Reconstruction) matchManifest(list []manifestLine) error {
	sizes := map[int]bool{}
	wanted := map[string]*manifestLine{}
	r.hashes = map[string][]string{}
	for i := range list {
		wanted[list[i].path], r.hashes[list[i].path] = &list[i], list[i].hashes
		for _, h := range list[i].hashes {
			sizes[len(h)] = true
		}
	}
	for i := range r.sources {
		s := &r.sources[i]
		var ids []gitrepo.ID
		var rels []string
		match := func(rel string, data []byte) {
			line := wanted[s.root+rel]
			for n, form := range forms(data) {
				if !oneOf(line.hashes, form, sizes) {
					continue
				}
				switch {
				case s.files[rel].patch != "":
					r.states[line.path] = Patched
				case n == 0:
					r.states[line.path] = Identical
				default:
					r.states[line.path] = Normalized
				}
				return
			}
		}
		for _, rel := range s.paths {
			switch f := s.files[rel]; {
			case wanted[s.root+rel] == nil:
			case f.data != nil:
				match(rel, f.data)
			default:
				ids, rels = append(ids, f.id), append(rels, rel)
			}
		}
		err := s.repo.Blobs(ids, func(i int, data []byte) error {
			match(rels[i], data)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// finishManifest lists what is left over on either side.
func (r *Reconstruction) finishManifest(list []manifestLine) {
	var generated []string
	if r.Record != nil {
		generated = advisories.Texts(r.Record.Generated)
	}
	for _, line := range list {
		if r.states[line.path] == "" {
			r.states[line.path] = Unexplained
			if matchPatterns(generated, line.path) {
				r.states[line.path] = Generated
			}
		}
		state := r.states[line.path]
		r.Counts[state]++
		if state == Unexplained {
			d := Difference{Path: line.path}
			if s, rel := locate(r.sources, line.path); s != nil && s.ships(rel) {
				d.Source, d.Note = rel, "another hash"
			}
			r.Unexplained = append(r.Unexplained, d)
		}
	}
	r.Missing = r.missing()
}
