package verify

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
	"github.com/countersign/countersign/verify/gitrepo"
	"github.com/countersign/countersign/verify/pkgfile"
)

// Verifier judges releases of one security repository. What it reads of the source
// repositories is shared by all releases that it is asked about. It belongs to one
// goroutine.
type Verifier struct {
	ev      Evidence
	set     *advisories.Set
	trust   *trust
	doubts  []finding.Finding // about what every release relies on
	faults  map[string]string // by file, the first thing that kept a document from loading
	provers map[string]*Prover
	trees   map[treeKey]*source
	signed  map[treeKey]commitSignature
	held    map[treeKey]holding
}

// treeKey names a commit of a repository.
type treeKey struct {
	repo   string
	commit gitrepo.ID
}

// New reads keys and policy and returns a verifier. found are the findings of
// loading the set; those about documents that did not load are repeated where it
// matters.
func New(ev Evidence, set *advisories.Set, found []finding.Finding) *Verifier {
	v := &Verifier{ev: ev, set: set,
		faults:  map[string]string{},
		provers: map[string]*Prover{},
		trees:   map[treeKey]*source{},
		signed:  map[treeKey]commitSignature{},
		held:    map[treeKey]holding{},
	}
	for _, f := range found {
		if _, have := v.faults[f.At.File()]; !have && f.Severity == finding.Error {
			v.faults[f.At.File()] = f.Message
		}
	}
	v.trust, v.doubts = newTrust(ev, set)
	return v
}

// run is the judging of one release.
type run struct {
	*Verifier
	release  *advisories.Release
	product  string
	list     []finding.Finding
	sources  []*source
	inferred map[*source]int // files that an inferred source explains
	patches  []*appliedPatch
	packages []*Reconstruction
	archives map[*Reconstruction]Archive // of those that are no archives inside others
	sigs     map[*Reconstruction]*packageSignatures
	verdicts []*Judgement
}

// Release is gate 2. It asks, in this order: is what it relies on readable; which
// advisories oblige the release; what source was it built from; is every package that
// source, and nothing else; is every fix in every package; and who signed. What is
// found is in the report; an error means that reading failed for a reason that says
// nothing about the release, such as a cancelled context.
func (v *Verifier) Release(ctx context.Context, r *advisories.Release, archives []Archive) (*Report, error) {
	j := &run{Verifier: v, release: r, product: v.set.ProductOf(r),
		list:     slices.Clone(v.doubts),
		inferred: map[*source]int{},
		archives: map[*Reconstruction]Archive{},
		sigs:     map[*Reconstruction]*packageSignatures{},
	}
	v.trust.used, v.trust.lifted = nil, nil
	j.readable()
	owed := j.obligations()

	opened, err := j.open(ctx, archives)
	if err != nil {
		return nil, err
	}
	if err := j.findSources(opened); err != nil {
		return nil, err
	}
	if err := j.reconstructAll(ctx, opened); err != nil {
		return nil, err
	}
	if err := j.judgeFixes(ctx, owed); err != nil {
		return nil, err
	}
	if err := j.judgeSignatures(ctx); err != nil {
		return nil, err
	}
	return j.report(), nil
}

func (j *run) say(f ...finding.Finding) { j.list = append(j.list, f...) }

// readable says when the release's own record did not load, or is of no known product:
// no advisory would oblige it.
func (j *run) readable() {
	switch {
	case j.release.Broken:
		j.say(found(RuleReleaseUnreadable, j.release.Source.Whole(), "mend it, then see countersign check",
			"this record did not load whole%s", j.because(j.release.Path)))
	case !isProduct(j.set, j.product):
		j.say(found(RuleReleaseUnreadable, j.release.Source.Whole(), "name a product of countersign.yaml, then see countersign check",
			"this release is of no product of countersign.yaml, so which fixes it owes is not known"))
	}
	for i := range j.release.Packages {
		if p := &j.release.Packages[i]; p.Name.V == "" {
			j.say(found(RuleReleaseUnreadable, p.At, "give its file name", "this package has no name"))
		}
	}
}

// because quotes the first fault of a document that did not load.
func (v *Verifier) because(file string) string {
	if why := v.faults[file]; why != "" {
		return ": " + why
	}
	return ""
}

// obligations lists what the release owes, and says which advisories could not be read.
func (j *run) obligations() []Obligation {
	owed, doubts := Obligations(j.set, j.release)
	for i := range doubts {
		doubts[i].Message += j.because(doubts[i].At.File())
	}
	j.say(doubts...)
	j.say(j.trust.uselessWaivers(j.ev.Now)...)
	return owed
}

// opened is a package file that was read, before it is held against a source.
type opened struct {
	archive Archive
	record  *advisories.Package
	pkg     *pkgfile.Package // nil for a manifest
}

// open reads the given packages and says which of the record's are not there.
func (j *run) open(ctx context.Context, archives []Archive) ([]opened, error) {
	var list []opened
	given := map[string]bool{}
	for _, a := range archives {
		rec := j.recordFor(a.Name, len(archives))
		if rec != nil {
			given[rec.Name.V] = true
		} else if len(j.release.Packages) > 0 {
			j.say(found(RulePackageUnknown, j.release.Source.Whole(), "add it to packages, or leave it out",
				"the record does not list %q", a.Name))
		}
		o := opened{archive: a, record: rec}
		name := a.Name
		if rec != nil && rec.Name.V != "" {
			name = rec.Name.V
		}
		opt := pkgfile.Options{Hash: j.objectHash(), Limits: j.ev.Limits, FileName: a.FileName}
		var err error
		switch {
		case a.File != nil:
			o.pkg, err = pkgfile.Open(ctx, name, a.File, a.Size, opt)
		case a.Dir != nil:
			o.pkg, err = pkgfile.OpenDir(ctx, name, a.Dir, opt)
		case a.Manifest == nil:
			err = fmt.Errorf("package %q: neither a file, nor a directory, nor a manifest was given", a.Name)
		}
		if err != nil {
			return nil, err
		}
		list = append(list, o)
	}
	slices.SortStableFunc(list, func(a, b opened) int { return j.place(a.record) - j.place(b.record) })
	return list, nil
}

// recordFor finds the record's package for a file's name; where the record lists
// one package and one file is given, they belong together whatever the name.
func (j *run) recordFor(name string, files int) *advisories.Package {
	for i := range j.release.Packages {
		if j.release.Packages[i].Name.V == name {
			return &j.release.Packages[i]
		}
	}
	if len(j.release.Packages) == 1 && files == 1 {
		return &j.release.Packages[0]
	}
	return nil
}

// place is a package's position in the record; what is not listed comes last.
func (j *run) place(p *advisories.Package) int {
	for i := range j.release.Packages {
		if p == &j.release.Packages[i] {
			return i
		}
	}
	return len(j.release.Packages)
}

// objectHash tells which ids the packages' files are compared by.
func (j *run) objectHash() pkgfile.Hash {
	for _, s := range j.release.Sources {
		if id, err := gitrepo.ParseID(s.Commit.V); err == nil {
			return hashOf(id)
		}
	}
	if repo := j.ev.Repos[j.set.RepoOf(j.product)]; repo != nil {
		if id, err := repo.HashBlob(nil); err == nil {
			return hashOf(id)
		}
	}
	return pkgfile.SHA1
}

// prover returns the judge of a repository's history.
func (v *Verifier) prover(repo string) *Prover {
	p := v.provers[repo]
	if p == nil && v.ev.Repos[repo] != nil {
		p = NewProver(v.ev.Repos[repo])
		v.provers[repo] = p
	}
	return p
}

// undecidable splits an error: what says that the clone cannot answer becomes a
// finding, anything else stays an error.
func (j *run) undecidable(err error, at finding.Span) error {
	if err == nil || !incomplete(err) {
		return err
	}
	hint := ""
	var absent *gitrepo.IncompleteError
	if errors.As(err, &absent) {
		hint = absent.Step()
	}
	j.say(found(RuleSourceUnread, at, hint, "%v", err))
	return nil
}
