package site

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/verify/statement"
)

// release is a release that has been made: its record, and what gate 2 said of
// it.
type release struct {
	Product, Version string
	Released         moment
	Record           *advisories.Release

	result  *statement.Statement // nil where there is none to go by
	problem string               // why there is none, in words that follow "release X fixes it, and"
	key     digest               // of all that pages take from it
	place   int                  // among the releases of its product, oldest first
	pre     bool                 // it comes before the release that it is named after
	number  int                  // among all releases
	href    string               // of its page, from the site's root

	affected, fixed []int32 // places among what is public, see expose
}

// released returns the releases that have been made by now, in the set's order:
// by product, oldest version first. Candidates are no part of the site.
func (b *builder) released() []*release {
	var out []*release
	keys := b.verifierKeys()
	for _, rec := range b.in.Set.Releases {
		if rec.Released.Given() && !rec.Released.V.After(b.in.Now) {
			r := &release{
				Product: b.in.Set.ProductOf(rec), Version: rec.Version.V,
				Released: momentOf(rec.Released), Record: rec,
			}
			r.href = "versions/" + slug(r.Product) + "-" + slug(r.Version) + ".html"
			b.loadResult(r, keys)
			out = append(out, r)
		}
	}
	return out
}

// setReleases sorts the releases by product.
func (b *builder) setReleases(list []*release) {
	b.releases, b.byProduct, b.productKeys = list, map[string][]*release{}, map[string]digest{}
	for i, r := range list {
		r.number = i
		r.place = len(b.byProduct[r.Product])
		r.pre = b.in.Set.Config.Products[r.Product].Prerelease(r.Version)
		b.byProduct[r.Product] = append(b.byProduct[r.Product], r)
		before := b.productKeys[r.Product]
		b.productKeys[r.Product] = hashOf(before[:], []byte(r.Version), []byte(r.Released.String()))
	}
}

// find returns the release of a version, nil when none has been made. Versions
// that mean the same are the same: 1.8 finds 1.8.0.
func (b *builder) find(fix fixRow) *release {
	b.findMu.RLock()
	rel, known := b.found[fix]
	b.findMu.RUnlock()
	if known {
		return rel
	}
	for _, r := range b.byProduct[fix.Product] {
		if b.in.Set.Compare(fix.Product, r.Version, fix.Version) == 0 {
			rel = r
			break
		}
	}
	b.findMu.Lock()
	b.found[fix] = rel
	b.findMu.Unlock()
	return rel
}

// loadResult reads the result beside a release's record and holds it against
// the recorded packages.
func (b *builder) loadResult(r *release, keys []statement.VerifierKey) {
	name := strings.TrimSuffix(r.Record.Path, path.Ext(r.Record.Path)) + ".verification.json"
	data, err := fs.ReadFile(b.in.Set.FS, name)
	r.key = hashOf([]byte(r.Record.Source.Text), data)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		r.problem = "has no result: run countersign verify " + r.Version
		return
	case err != nil:
		r.problem = fmt.Sprintf("its result could not be read: %v", err)
		return
	}
	doc, err := statement.Load(data)
	if err == nil && b.in.Set.Config.Policy.Effective().ResultSignature == "required" {
		_, err = doc.SignedBy(keys)
	}
	if err != nil {
		r.problem = fmt.Sprintf("its result %s does not count: %v", name, err)
		return
	}
	if r.problem = describes(doc.Statement, r); r.problem == "" {
		r.result = doc.Statement
	}
}

// describes returns "" when the result is about this release and exactly the
// packages that its record names.
func describes(s *statement.Statement, r *release) string {
	if s.Predicate.Release != r.Version || s.Predicate.Product != r.Product {
		return fmt.Sprintf("its result is about %s %s", s.Predicate.Product, s.Predicate.Release)
	}
	recorded := map[string]string{}
	for i := range r.Record.Packages {
		pkg := &r.Record.Packages[i]
		if pkg.SHA256.V == "" {
			return fmt.Sprintf("its record names no sha256 for package %s", pkg.Name.V)
		}
		recorded[pkg.Name.V] = strings.ToLower(pkg.SHA256.V)
	}
	if len(recorded) == 0 {
		return "its record names no packages"
	}
	digests := maps.Clone(recorded)
	for _, subject := range s.Subject {
		if outer, _, inside := strings.Cut(subject.Name, "!/"); inside && digests[outer] != "" {
			continue // an archive in a recorded one, whose digest fixes it
		}
		if recorded[subject.Name] != subject.Digest["sha256"] {
			return fmt.Sprintf("its result is about another package than the recorded %s", subject.Name)
		}
		delete(recorded, subject.Name)
	}
	for i := range r.Record.Packages {
		if name := r.Record.Packages[i].Name.V; recorded[name] != "" {
			return fmt.Sprintf("its result does not cover package %s", name)
		}
	}
	return ""
}

// verifierKeys returns the keys whose signature on a result counts today. A key
// that does not parse is left out: then its signatures do not count.
func (b *builder) verifierKeys() []statement.VerifierKey {
	var out []statement.VerifierKey
	for _, k := range b.in.Set.Keys {
		from := cmp.Or(k.UsableFrom.V.Time, k.Added.V.Time)
		if !slices.Contains(advisories.Texts(k.Roles), "verifier") || k.Removed.Given() || b.in.Now.Before(from) || k.PEM.V == "" {
			continue
		}
		if key, err := statement.ParseVerifierKey(k.Owner.V, []byte(k.PEM.V)); err == nil {
			out = append(out, key)
		}
	}
	return out
}
