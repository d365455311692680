package verify

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/verify/gitrepo"
	"github.com/countersign/countersign/verify/patch"
	"github.com/countersign/countersign/verify/pkgfile"
)

// FileState says how a file of a package is explained.
type FileState string

// The states of a package's files.
const (
	Identical   FileState = "identical"   // the source's file, byte for byte
	Normalized  FileState = "normalized"  // the same after line endings or export-subst
	Patched     FileState = "patched"     // the source's file with the record's patches
	Generated   FileState = "generated"   // need not come from the source, says the record
	Inner       FileState = "archive"     // an archive, judged by itself
	Unexplained FileState = "unexplained" // not in the source, or different, and nothing says why
)

// maxComparedFile bounds the bytes of one file that are compared line by line;
// larger text is no source code.
const maxComparedFile = 16 << 20

// Reconstruction is a package held against the tree that it should hold.
type Reconstruction struct {
	Name        string
	Package     *pkgfile.Package
	Record      *advisories.Package // nil for an archive inside another that the release does not list
	Outer       *Reconstruction     // the package that holds this one, if any
	Changed     bool                // holds only what changed since the previous release
	Manifest    bool                // a published list of hashes in place of the files
	Bundle      bool                // holds packages and is none itself: no fix is expected in it
	Files       int                 // regular files and links, without archives judged by themselves
	Counts      map[FileState]int
	Unexplained []Difference
	Missing     []string // package paths that the source says should be there

	hashes   map[string][]string // Manifest: what the list gives for a path
	better   string              // advice: another commit explains the package better
	sources  []placed
	states   map[string]FileState // by package path
	required map[string]bool      // Changed: the package paths it must hold; nil where that is not known
	omitted  []string             // patterns
	data     map[string][]byte    // contents read so far, by package path
	digest   string               // SHA-256 or directory hash
}

// Difference is a file that nothing explains.
type Difference struct {
	Path   string
	Source string   // the nearest file of the source, empty where there is none
	Note   string   // how it is near, in plain words
	Diff   []string // the first lines of the difference from it, each with its sign
}

// reconstruct holds a package against source trees. previous gives the trees of the
// release before, for a package that holds only what changed; nil where not known.
func reconstruct(ctx context.Context, p *pkgfile.Package, rec *advisories.Package, sources []*source) (*Reconstruction, error) {
	r := &Reconstruction{
		Name: p.Name, Package: p, Record: rec, Files: len(p.Entries),
		Counts: map[FileState]int{}, states: make(map[string]FileState, len(p.Entries)),
		data: map[string][]byte{}, digest: p.SHA256 + p.DirHash,
	}
	var generated []string
	if rec != nil {
		generated, r.omitted = advisories.Texts(rec.Generated), advisories.Texts(rec.Omitted)
		r.Changed = rec.Contents.V == "changed"
	}
	r.place(sources)
	var open []*pkgfile.Entry // neither identical nor plainly normalized
	for i := range p.Entries {
		e := &p.Entries[i]
		if state := r.quick(e); state != "" {
			r.states[e.Path] = state
		} else {
			open = append(open, e)
		}
	}
	if err := r.settle(ctx, open); err != nil {
		return nil, err
	}
	for _, e := range open {
		if r.states[e.Path] == "" {
			r.states[e.Path] = r.remaining(e, generated)
		}
	}
	return r, nil
}

// place finds where each source sits in the package.
func (r *Reconstruction) place(sources []*source) {
	for _, s := range sources {
		at := placed{source: s}
		switch {
		case s.root != nil:
			at.root = *s.root
		case r.Record != nil && r.Record.Root.Given():
			at.root = rootOf(r.Record.Root.V)
		default:
			at.root, at.matched = inferRoot(r.Package.Entries, s)
			at.inferred = true
		}
		r.sources = append(r.sources, at)
	}
}

// quick decides by ids alone; empty means that bytes must be looked at.
func (r *Reconstruction) quick(e *pkgfile.Entry) FileState {
	s, rel := locate(r.sources, e.Path)
	if s == nil {
		return ""
	}
	f, ok := s.files[rel]
	if !ok || e.IsLink() && f.mode != gitrepo.ModeSymlink {
		return "" // a link in place of a file shows other bytes than its own
	}
	switch {
	case e.Blob == string(f.id):
		return f.explains(Identical)
	case e.BlobLF == string(f.id) && !s.attrs.binary(rel):
		return f.explains(Normalized)
	}
	return ""
}

// settle compares bytes where ids differ: the source may have CRLF itself, or may
// ask git archive to fill in what it knows.
func (r *Reconstruction) settle(ctx context.Context, open []*pkgfile.Entry) error {
	for _, e := range open {
		s, rel := locate(r.sources, e.Path)
		if s == nil || e.IsLink() || e.Size > maxComparedFile {
			continue
		}
		if to, ok, err := s.follow(rel); err != nil {
			return err
		} else if ok {
			rel = to // packed with what the link points at
		}
		f, ok := s.files[rel]
		switch {
		case !ok:
			continue
		case e.Blob == string(f.id), e.BlobLF == string(f.id) && !s.attrs.binary(rel):
			r.states[e.Path] = f.explains(Normalized)
			continue
		case s.attrs.binary(rel) && !s.attrs.fills(rel):
			continue
		}
		text, err := s.bytes(f)
		if err != nil {
			return err
		}
		lf := toLF(text)
		if !s.attrs.binary(rel) && pkgfile.BlobID(s.hash(), lf) == e.BlobLF && len(lf) != len(text) && !patch.IsBinary(text) {
			r.states[e.Path] = f.explains(Normalized)
		} else if s.attrs.fills(rel) {
			shipped, err := r.read(ctx, e.Path)
			if err != nil {
				return err
			}
			if same, err := s.filled(rel, text, shipped); err != nil {
				return err
			} else if same {
				r.states[e.Path] = f.explains(Normalized)
			}
		}
	}
	return nil
}

// explains is the state of a package's file that is this one of the source, in the
// given form. A patched file is never taken for the commit's own, whatever its form:
// what is known of the commit's file does not hold for it.
func (f sourceFile) explains(form FileState) FileState {
	if f.patch != "" {
		return Patched
	}
	return form
}

// remaining classifies a file that is not the source's.
func (r *Reconstruction) remaining(e *pkgfile.Entry, generated []string) FileState {
	_, rel := locate(r.sources, e.Path)
	if matchPatterns(generated, e.Path) || rel != "" && matchPatterns(generated, rel) {
		return Generated
	}
	return Unexplained
}

// finish counts, and lists what is missing. It comes after the archives inside
// were looked at.
func (r *Reconstruction) finish(ctx context.Context) error {
	for _, e := range r.Package.Entries {
		state := r.states[e.Path]
		r.Counts[state]++
		if state == Inner {
			r.Files--
		}
	}
	if !r.Bundle && !r.Package.Incomplete {
		r.Missing = r.missing()
	}
	return r.explainDifferences(ctx)
}

// missing lists the package paths that should be there, sorted.
func (r *Reconstruction) missing() []string {
	var list []string
	folders := r.folders()
	for i := range r.sources {
		s := &r.sources[i]
		for _, p := range s.paths {
			at := s.root + p
			if _, there := r.states[at]; there || !r.expects(s, p) {
				continue
			}
			if folders[at] && s.files[p].mode == gitrepo.ModeSymlink {
				continue // packed with what the link points at
			}
			if other, _ := locate(r.sources, at); other != s {
				continue // a source that sits deeper has its place
			}
			list = append(list, at)
		}
	}
	slices.Sort(list)
	return list
}

// folders are the paths of the package that have files below.
func (r *Reconstruction) folders() map[string]bool {
	all := map[string]bool{}
	for p := range r.states {
		for dir := path.Dir(p); dir != "." && !all[dir]; dir = path.Dir(dir) {
			all[dir] = true
		}
	}
	return all
}

// expects reports whether the package must hold a file of a source.
func (r *Reconstruction) expects(s *placed, rel string) bool {
	switch {
	case r.Bundle, s.ignored[rel]:
		return false
	case r.Changed && !r.required[s.root+rel]:
		return false
	}
	return !matchPatterns(r.omitted, rel) && !matchPatterns(r.omitted, s.root+rel)
}

// require notes what a package of changed files must hold: every file that the
// previous release's tree does not have in this form.
func (r *Reconstruction) require(previous map[string]*source) {
	r.required = map[string]bool{}
	for i := range r.sources {
		s := &r.sources[i]
		before := previous[s.name]
		for _, p := range s.paths {
			if f, had := before.files[p]; !had || f.id != s.files[p].id {
				r.required[s.root+p] = true
			}
		}
	}
}

// read returns a file's bytes, and keeps them.
func (r *Reconstruction) read(ctx context.Context, name string) ([]byte, error) {
	if data, ok := r.data[name]; ok {
		return data, nil
	}
	err := r.readAll(ctx, []string{name})
	return r.data[name], err
}

// readAll reads several files in one pass over the archive.
func (r *Reconstruction) readAll(ctx context.Context, names []string) error {
	var wanted []string
	for _, name := range names {
		if _, have := r.data[name]; !have {
			wanted = append(wanted, name)
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	found, err := r.Package.ReadFiles(ctx, wanted)
	for name, data := range found {
		r.data[name] = data
	}
	return err
}

// baseName is the name of a package's file itself, without the archives around it.
func (r *Reconstruction) baseName() string {
	return path.Base(strings.TrimSuffix(r.Name, "/"))
}
