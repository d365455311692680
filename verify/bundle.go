package verify

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/verify/gitrepo"
	"github.com/countersign/countersign/verify/pkgfile"
)

// inner opens the archives inside a package that the source does not explain, and
// judges each as a package of its own.
func (j *run) inner(ctx context.Context, outer *Reconstruction, previous map[string]*source, known bool) error {
	for i := range outer.Package.Entries {
		e := &outer.Package.Entries[i]
		state := outer.states[e.Path]
		if e.Archive == "" || state != Unexplained && state != Generated {
			continue
		}
		rec := j.recordOfInner(path.Base(e.Path))
		p, err := outer.Package.Inner(ctx, e.Path)
		if err != nil {
			return err
		}
		if state == Generated && rec == nil && !j.resembles(p) {
			continue // a product of the build that happens to be an archive
		}
		outer.states[e.Path] = Inner
		if err := j.reconstruct(ctx, p, rec, outer, previous, known); err != nil {
			return err
		}
	}
	return nil
}

// recordOfInner finds the record of an archive inside another by its base name.
func (j *run) recordOfInner(base string) *advisories.Package {
	for i := range j.release.Packages {
		if p := &j.release.Packages[i]; path.Base(p.Name.V) == base {
			return p
		}
	}
	return nil
}

// resembles reports whether a package shares files with a source at the right paths.
func (j *run) resembles(p *pkgfile.Package) bool {
	for _, s := range j.sources {
		if _, matched := inferRoot(p.Entries, s); matched > 0 {
			return true
		}
	}
	return p.Incomplete
}

// inputFolder is where a bundle keeps what its packages were built from.
const inputFolder = "input/"

// settleBundle tells a bundle, which holds packages, from a package that happens to
// hold an archive: a package's own files are most of the source. What a bundle
// keeps beside its packages must be known too: blobs of the source or of the
// release's patches, and of any time where it keeps what its packages were built from.
func (j *run) settleBundle(r *Reconstruction) {
	inside := slices.ContainsFunc(j.packages, func(p *Reconstruction) bool { return p.Outer == r })
	if !inside || r.Record != nil && r.Record.Root.Given() {
		return
	}
	for i := range r.sources {
		s := &r.sources[i]
		if strings.HasPrefix(s.root, inputFolder) {
			continue
		}
		there := 0
		for _, p := range s.paths {
			if _, ok := r.states[s.root+p]; ok {
				there++
			}
		}
		if there*2 >= len(s.paths) {
			return
		}
	}
	r.Bundle = true
	blobs := map[string]bool{}
	for _, s := range j.sources {
		for _, f := range s.files {
			blobs[string(f.id)] = true
		}
	}
	for _, p := range j.patches {
		if text, err := j.readFile(p.path, maxPatchFile); err == nil {
			blobs[pkgfile.BlobID(r.hash(), text)] = true
		}
	}
	for _, e := range r.Package.Entries {
		if r.states[e.Path] == Unexplained && (blobs[e.Blob] || blobs[e.BlobLF] || strings.HasPrefix(e.Path, inputFolder) && j.inHistory(&e)) {
			r.states[e.Path] = Identical
		}
	}
}

// inHistory reports whether a file's bytes are those of some file of a source
// repository, at whatever commit: what a build starts from may be older than what
// comes out of it.
func (j *run) inHistory(e *pkgfile.Entry) bool {
	return slices.ContainsFunc(j.sources, func(s *source) bool {
		for _, id := range []string{e.Blob, e.BlobLF} {
			if _, err := s.repo.Blob(gitrepo.ID(id)); err == nil {
				return true
			}
		}
		return false
	})
}

// hash is the object hash of the package's ids.
func (r *Reconstruction) hash() pkgfile.Hash {
	if len(r.sources) > 0 {
		return r.sources[0].hash()
	}
	return pkgfile.SHA1
}

// looksChanged reports whether an archive that the record does not describe holds
// nothing but files that changed since the previous release, and not all of the source.
func (r *Reconstruction) looksChanged(previous map[string]*source) bool {
	if len(r.missing()) == 0 {
		return false
	}
	trial := *r
	trial.require(previous)
	for _, e := range r.Package.Entries {
		if state := r.states[e.Path]; (state == Identical || state == Normalized || state == Patched) && !trial.required[e.Path] {
			return false
		}
	}
	return len(r.Package.Entries) > 0
}
