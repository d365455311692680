package verify

import (
	"cmp"
	"context"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/verify/gitrepo"
	"github.com/countersign/countersign/verify/pkgfile"
)

// reconstructAll holds every package, and every archive inside one, against the
// sources, and says what does not fit.
func (j *run) reconstructAll(ctx context.Context, list []opened) error {
	previous, known, err := j.previousTrees()
	if err != nil {
		return err
	}
	for _, o := range list {
		if o.pkg == nil {
			if err := j.manifest(o); err != nil {
				return err
			}
			continue
		}
		if err := j.reconstruct(ctx, o.pkg, o.record, nil, previous, known); err != nil {
			return err
		}
		if r := j.packageOf(o.pkg); r != nil {
			j.archives[r] = o.archive
		}
	}
	for _, r := range j.packages {
		j.sayArchive(r)
		if len(j.sources) > 0 {
			if r.better, err = j.betterSource(r); err != nil {
				return err
			}
			j.sayDifferences(r)
		}
	}
	j.absentPackages(list)
	return nil
}

// packageOf finds what came of a package, nil where the repository could not answer.
func (j *run) packageOf(p *pkgfile.Package) *Reconstruction {
	for _, r := range j.packages {
		if r.Package == p {
			return r
		}
	}
	return nil
}

// reconstruct judges one archive and those inside it.
func (j *run) reconstruct(ctx context.Context, p *pkgfile.Package, rec *advisories.Package, outer *Reconstruction, previous map[string]*source, known bool) error {
	r, err := reconstruct(ctx, p, rec, j.sources)
	if err != nil {
		return j.undecidable(err, j.at(rec))
	}
	r.Outer = outer
	j.packages = append(j.packages, r)
	if err := j.inner(ctx, r, previous, known); err != nil {
		return err
	}
	j.settleBundle(r)
	if rec == nil && outer != nil && known && !r.Bundle {
		r.Changed = r.looksChanged(previous)
	}
	if r.Changed {
		if known {
			r.require(previous)
		} else {
			j.say(found(RulePackagePrevious, j.at(rec), "name the release before in previous, and give its record a source.commit",
				"%s holds only what changed since the previous release, and that release's source is not known", r.Name))
		}
	}
	err = r.finish(ctx)
	return j.undecidable(err, j.at(rec))
}

// previousTrees returns the trees of the release before, by repository; known is
// false when they are not at hand.
func (j *run) previousTrees() (trees map[string]*source, known bool, err error) {
	if !j.release.Previous.Given() {
		return nil, false, nil
	}
	before := j.set.Release(j.product, j.release.Previous.V)
	if before == nil || before.Broken {
		return nil, false, nil
	}
	trees = map[string]*source{}
	for i := range before.Sources {
		s := &before.Sources[i]
		name := cmp.Or(s.Repo.V, j.set.RepoOf(j.product))
		repo := j.ev.Repos[name]
		id, parseErr := gitrepo.ParseID(s.Commit.V)
		if repo == nil || parseErr != nil {
			continue
		}
		tree, err := j.tree(name, repo, id)
		if err != nil {
			if err := j.undecidable(err, s.Commit.At); err != nil {
				return nil, false, err
			}
			continue
		}
		trees[name] = j.withPatches(tree, name, before)
	}
	for _, s := range j.sources {
		if trees[s.name] == nil {
			return nil, false, nil
		}
	}
	return trees, len(j.sources) > 0, nil
}

// withPatches puts a record's patches for one repository on its tree: nil where one
// cannot be applied, since what that release held is then not known.
func (j *run) withPatches(tree *source, repo string, r *advisories.Release) *source {
	tree = tree.clone()
	for i := range r.Patches {
		rec := &r.Patches[i]
		if cmp.Or(rec.Repo.V, j.set.RepoOf(j.product)) != repo {
			continue
		}
		p, err := j.Verifier.readPatch(rec.Path)
		if err != nil || tree.apply(p, j.patchOptions(rec)) != nil {
			return nil
		}
	}
	return tree
}
