package site

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
)

// withoutAdvisories is a repository whose folder of advisories is empty.
type withoutAdvisories struct{ fs.FS }

func (w withoutAdvisories) Open(name string) (fs.File, error) {
	if name == advisories.AdvisoriesDir || strings.HasPrefix(name, advisories.AdvisoriesDir+"/") {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return w.FS.Open(name)
}

// maxAdvisory bounds the file of one advisory: what is larger, advisories.Load
// refuses as well.
const maxAdvisory = 4 << 20

// source is one file of the folder of advisories.
type source struct {
	path string
	old  *row // of the last build, nil for none
}

// listAdvisories lists the documents in the folder of advisories, by path, each
// with its row of the last build. Its folders, of a year perhaps, are read side
// by side.
func (b *builder) listAdvisories() ([]source, error) {
	entries, err := fs.ReadDir(b.in.Set.FS, advisories.AdvisoriesDir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	found := make([][]source, len(entries))
	err = together(len(entries), func(i int) (err error) {
		name := advisories.AdvisoriesDir + "/" + entries[i].Name()
		switch {
		case strings.HasPrefix(entries[i].Name(), "."):
		case entries[i].IsDir():
			found[i], err = b.listBelow(name)
		case isDocument(name):
			found[i] = []source{{path: name}}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	out := slices.Concat(found...)
	slices.SortFunc(out, func(a, c source) int { return strings.Compare(a.path, c.path) })
	if b.in.Previous != nil {
		pair(out, b.in.Previous.rows)
	}
	return out, nil
}

// listBelow lists the documents in one folder, and in the folders in it.
func (b *builder) listBelow(root string) ([]source, error) {
	entries, err := fs.ReadDir(b.in.Set.FS, root)
	if err != nil {
		return nil, err
	}
	out := make([]source, 0, len(entries))
	for _, e := range entries {
		name := root + "/" + e.Name()
		switch {
		case e.IsDir() && !strings.HasPrefix(e.Name(), "."):
			below, err := b.listBelow(name)
			if err != nil {
				return nil, err
			}
			out = append(out, below...)
		case !e.IsDir() && isDocument(name):
			out = append(out, source{path: name})
		}
	}
	return out, nil
}

// isDocument tells an advisory from other files by its name.
func isDocument(name string) bool {
	base, ext := path.Base(name), strings.ToLower(path.Ext(name))
	return !strings.HasPrefix(base, ".") && base != "README.md" && (ext == ".md" || ext == ".markdown")
}

// pair gives each file its row; both are sorted by path.
func pair(files []source, rows []*row) {
	for i, j := 0, 0; i < len(files) && j < len(rows); {
		c := strings.Compare(files[i].path, rows[j].Path)
		if c == 0 {
			files[i].old = rows[j]
		}
		if c <= 0 {
			i++
		}
		if c >= 0 {
			j++
		}
	}
}

// readAdvisories reads every advisory, decides whether it is public, and
// renders what is, on all processors. Faults in documents are findings.
func (b *builder) readAdvisories() ([]finding.Finding, error) {
	files, err := b.listAdvisories()
	if err != nil {
		return nil, fmt.Errorf("read advisories: %w", err)
	}
	b.rows = make([]*row, len(files))
	var (
		next, done atomic.Int64
		stop       atomic.Bool
		first      error
		faults     []finding.Finding
		group      sync.WaitGroup
	)
	for range min(runtime.GOMAXPROCS(0), max(len(files), 1)) {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(files) && !stop.Load(); i = int(next.Add(1)) - 1 {
				r, list, err := b.readAdvisory(files[i])
				b.rows[i] = r
				if len(list) > 0 || err != nil {
					b.mu.Lock()
					faults = append(faults, list...)
					if err != nil && first == nil {
						first = err
						stop.Store(true)
					}
					b.mu.Unlock()
				}
				if n := done.Add(1); b.in.Progress != nil && n%64 == 0 {
					b.in.Progress(int(n), len(files))
				}
			}
		})
	}
	group.Wait()
	if b.in.Progress != nil {
		b.in.Progress(int(done.Load()), len(files))
	}
	if first != nil {
		// Two advisories of one address fail to be written: say which they are.
		_, twins := b.advisoryAddresses()
		return nil, cmp.Or(twins, first)
	}
	finding.Sort(faults)
	return faults, nil
}

// readAdvisory returns the row of an advisory: that of the last build where the
// file is the same, else a new one, whose pages are rendered if it is public.
func (b *builder) readAdvisory(src source) (*row, []finding.Finding, error) {
	size, mtime, err := statOf(b.in.Set.FS, src.path)
	if err != nil {
		return nil, nil, err
	}
	old := src.old
	if old != nil && old.Size == size && old.Mtime == mtime && mtime != 0 && mtime < b.in.Previous.racy {
		if r := b.reuse(old); r != nil {
			return r, nil, nil
		}
	}
	if size > maxAdvisory {
		return nil, nil, fmt.Errorf("%s: %d bytes, at most %d are read", src.path, size, maxAdvisory)
	}
	var r *row
	var faults []finding.Finding
	err = withText(b.in.Set.FS, src.path, size, func(text []byte) (err error) {
		hash := hashOf(text)
		if old != nil && old.Hash == hash {
			old.Size, old.Mtime = size, mtime
			if r = b.reuse(old); r != nil {
				return nil
			}
		}
		r, faults, err = b.parse(src, bytes.Clone(text), hash)
		if r != nil {
			r.Size, r.Mtime = size, mtime
		}
		return err
	})
	return r, faults, err
}

// reuse takes over a row of the last build, and its files, if the same would
// come of the document; nil if not. Claims with a patch depend on another file,
// and a page with a date that has come since on the clock, so they are made anew.
func (b *builder) reuse(old *row) *row {
	if old.Patches || old.Next.reached(b.in.Now) {
		return nil
	}
	if b.calm && !old.Page.isZero() {
		old.public = true
	} else {
		b.decide(old)
		if !old.public {
			return old.hidden()
		}
		if old.Page != b.pageKey(old) {
			return nil
		}
	}
	if !b.whole {
		for _, file := range b.filesOf(old) {
			if !b.out.Keep(file) {
				return nil
			}
		}
	}
	old.kept = true
	b.files.Add(int64(b.countFiles(old)))
	return old
}

// decide sets whether the row is on the site, and why it is not public.
func (b *builder) decide(r *row) {
	r.why = b.gate.decide(r)
	r.public = r.why == "" || b.in.Preview
}

// parse reads a document, fills its row, and renders it if it is public.
func (b *builder) parse(src source, text []byte, hash digest) (*row, []finding.Finding, error) {
	a, list := advisories.Parse(finding.NewSource(src.path, text))
	if a.Broken {
		return nil, faultsOf(list), nil
	}
	r := rowOf(b.shared, a)
	r.Hash = hash
	r.hideFuture(a, b.in.Now)
	if b.in.Claims != nil {
		claims, err := b.in.Claims(b.shared, a)
		if err == nil {
			r.made.Claims = claims
		}
	}
	b.decide(r)
	if !r.public {
		r.finish()
		return r, nil, nil
	}
	if slug(r.ID) != r.ID {
		return nil, nil, fmt.Errorf("%s: id %q cannot be the name of a page: letters, digits, dots and hyphens can", src.path, r.ID)
	}
	r.stays = src.old != nil && src.old.ID == r.ID && !src.old.Page.isZero()
	r.Page = b.pageKey(r)
	docs := b.documents(a, r)
	if err := b.page(advisoryPath(r.ID), "advisory.html", b.advisoryView(a, r)); err != nil {
		return r, nil, err
	}
	r.finish()
	return r, nil, b.putDocuments(docs)
}

// faultsOf returns the findings that say why a document is broken.
func faultsOf(list []finding.Finding) []finding.Finding {
	var out []finding.Finding
	for _, f := range list {
		if f.Severity >= finding.Unchecked {
			out = append(out, f)
		}
	}
	return out
}

// pageKey hashes what the page of an advisory, and the documents beside it, are
// made from.
func (b *builder) pageKey(r *row) digest {
	var key bytes.Buffer
	key.Write(b.global[:])
	key.Write(r.Hash[:])
	key.WriteString(r.why)
	key.WriteString(r.Next.String())
	d := r.full()
	for _, fix := range d.Fixes {
		if rel := b.find(fix); rel != nil {
			key.Write(rel.key[:])
		}
	}
	for _, product := range d.Products {
		sum := b.productKeys[product]
		key.Write(sum[:])
	}
	return hashOf(key.Bytes())
}

// filesOf lists the files that are made from one advisory alone.
func (b *builder) filesOf(r *row) []string {
	files := []string{advisoryPath(r.ID)}
	for _, f := range b.formatsOf(r) {
		files = append(files, f.files...)
	}
	return files
}

func advisoryPath(id string) string { return "advisories/" + id + ".html" }
