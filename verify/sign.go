package verify

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/verify/gitrepo"
	"github.com/countersign/countersign/verify/keyring"
	"github.com/countersign/countersign/verify/signature"
)

// maxSignatureFile bounds a detached signature or a list of checksums.
const maxSignatureFile = 16 << 20

// holding is the oldest release known to hold a commit.
type holding struct{ since time.Time }

// judgeSignatures asks who signed the new fixes, the patches and the packages.
func (j *run) judgeSignatures(ctx context.Context) error {
	tags, err := j.tagSignatures()
	if err != nil {
		return err
	}
	if err := j.judgeCommits(); err != nil {
		return err
	}
	for _, v := range j.verdicts {
		if v.Fix == nil {
			continue
		}
		asked := j.asksSignature(v.Obligation)
		signatures, err := j.fixSignatures(v)
		if err != nil {
			return err
		}
		for _, s := range signatures {
			s.Tag, s.Asked, s.excused = tags[s.Repo], asked, j.waivers(s.Result, s.object()) != nil
			v.Signatures = append(v.Signatures, s)
		}
		if v.Fix.Patch.Given() {
			s := j.patchSignature(v.Fix.Patch.V, j.patchSignatureFiles(v.Fix.Patch.V))
			s.Asked = asked
			v.Signatures = append(v.Signatures, s)
		}
	}
	j.sayHistory()
	j.saySignatures()
	j.judgePatches()
	return j.judgePackageSignatures(ctx)
}

// asksSignature reports whether the policy asks for a signature on a fix: always on
// a new one, and on one that is carried unless its first release is history.
func (j *run) asksSignature(o Obligation) bool {
	if j.trust.policy.FixSignature == "none" || j.isHistory() {
		return false
	}
	if o.Kind == obligationNew {
		return true
	}
	since := j.trust.policy.VerifySince
	if since.IsZero() {
		return true
	}
	for _, f := range o.Fixes {
		if day := j.releasedOn(o.Product, f.Version.V); f.Version.Given() && !day.IsZero() {
			return !day.Before(since.Time)
		}
	}
	published := o.Advisory.Timeline.Published
	return !published.Given() || !published.V.Before(since.Time)
}

// isHistory reports whether the release was made before the policy asks for signatures.
func (j *run) isHistory() bool {
	since, day := j.trust.policy.VerifySince, j.releasedOn(j.product, j.release.Version.V)
	return !since.IsZero() && !day.IsZero() && day.Before(since.Time)
}

// releasedOn is the day on which a release was made, as the trusted revision records
// it, zero for a candidate: by a day of its own choosing a pull request could make its
// release history, or a witness for a removed key.
func (j *run) releasedOn(product, version string) time.Time {
	if r := j.trust.set.Release(product, version); r != nil && !r.Broken {
		return r.Released.V.Time
	}
	return time.Time{}
}

// sayHistory says of a release that nobody was asked to sign it, and why.
func (j *run) sayHistory() {
	if j.isHistory() && (j.trust.policy.FixSignature != "none" || j.trust.policy.PackageSignatures > 0) {
		j.say(found(RuleHistory, j.release.Released.At, "", "the release was made before policy.verify_since (%s), so signatures were not asked for",
			j.trust.policy.VerifySince))
	}
}

func (j *run) request(role keyring.Role, heldSince time.Time) signature.Request {
	return signature.Request{
		Ring: j.trust.ring, Role: role, Now: j.ev.Now, HeldSince: heldSince,
		AllowPlatform: j.trust.policy.PlatformKeys && role == keyring.Commit,
		Root:          j.ev.Root, LogEntry: j.ev.Log,
	}
}

// heldSince is, for each of some commits, the day of the oldest release whose recorded source holds it: the witness
// that a signature was there before its key was removed or expired.
func (j *run) heldSince(name string, ids []gitrepo.ID) ([]time.Time, error) {
	found := map[gitrepo.ID]time.Time{}
	var open []gitrepo.ID
	for _, id := range ids {
		h, have := j.held[treeKey{name, id}]
		if found[id] = h.since; !have {
			open = append(open, id)
		}
	}
	for _, r := range j.releasedFirst() {
		for _, head := range j.sourcesOf(r, name) {
			holds, err := j.prover(name).holds(head, open)
			if err != nil {
				return nil, err
			}
			for i, id := range open {
				if holds[i] {
					found[id] = r.Released.V.Time
				}
			}
		}
		open = slices.DeleteFunc(open, func(id gitrepo.ID) bool { return !found[id].IsZero() })
	}
	since := make([]time.Time, len(ids))
	for i, id := range ids {
		since[i] = found[id]
		j.held[treeKey{name, id}] = holding{since[i]}
	}
	return since, nil
}

// releasedFirst lists the releases that have a day, the oldest first.
func (j *run) releasedFirst() []*advisories.Release {
	var list []*advisories.Release
	for _, r := range j.trust.set.Releases {
		if r.Released.Given() && !r.Broken {
			list = append(list, r)
		}
	}
	slices.SortStableFunc(list, func(a, b *advisories.Release) int { return a.Released.V.Compare(b.Released.V.Time) })
	return list
}

// sourcesOf lists the commits of a repository that a release's record names as its source.
func (j *run) sourcesOf(r *advisories.Release, name string) []gitrepo.ID {
	var heads []gitrepo.ID
	for i := range r.Sources {
		s := &r.Sources[i]
		head, err := gitrepo.ParseID(s.Commit.V)
		if err == nil && cmp.Or(s.Repo.V, j.trust.set.RepoOf(j.trust.set.ProductOf(r))) == name {
			heads = append(heads, head)
		}
	}
	return heads
}

// tagSignatures judges the signatures on the release's tags, by the repository that each
// speaks for: a tag of one says nothing of a fix in another.
func (j *run) tagSignatures() (map[string]*signature.Result, error) {
	list := map[string]*signature.Result{}
	for i := range j.release.Sources {
		s := &j.release.Sources[i]
		name := cmp.Or(s.Repo.V, j.set.RepoOf(j.product))
		repo := j.ev.Repos[name]
		if repo == nil || !s.Tag.Given() {
			continue
		}
		result, err := j.tagSignature(repo, s)
		if err := j.undecidable(err, s.Tag.At); err != nil {
			return nil, err
		}
		list[name] = result
	}
	return list, nil
}

// tagSignature judges the signature on a tag, nil where the tag is not there or not the
// record's commit.
func (j *run) tagSignature(repo *gitrepo.Repo, s *advisories.ReleaseSource) (*signature.Result, error) {
	ref, ok, err := repo.Tag(s.Tag.V)
	if err != nil || !ok || string(ref.Commit) != s.Commit.V {
		return nil, err
	}
	object, annotated, err := repo.TagObject(ref.ID)
	switch {
	case err != nil:
		return nil, err
	case !annotated:
		return &signature.Result{Status: signature.Unsigned, Reason: "the tag has no object of its own, so it cannot be signed"}, nil
	case object.Name != s.Tag.V:
		return &signature.Result{Status: signature.Mismatch, Reason: fmt.Sprintf("the tag object is called %q", object.Name)}, nil
	}
	signed, err := signature.SplitTag(object.Raw)
	if err != nil {
		return &signature.Result{Status: signature.Bad, Reason: err.Error()}, nil
	}
	held := j.releasedOn(j.product, j.release.Version.V)
	best := signature.Best(signature.Check(signed, j.request(keyring.Release, held)))
	if best.Status == signature.WrongRole {
		best = signature.Best(signature.Check(signed, j.request(keyring.Commit, held)))
	}
	return &best, nil
}

// patchSignatureFiles are the names of a patch's detached signatures: those of the
// record, else those that usually stand beside a file.
func (j *run) patchSignatureFiles(name string) []string {
	for i := range j.release.Patches {
		if p := &j.release.Patches[i]; p.Path.V == name && len(p.Signatures) > 0 {
			return advisories.Texts(p.Signatures)
		}
	}
	return nil
}

// judgePatches asks who signed the patches of the record that are no new fix: what they
// bring into the packages is in no commit, so nobody else's signature speaks of it.
func (j *run) judgePatches() {
	if j.trust.policy.FixSignature == "none" || j.isHistory() {
		return
	}
	asked := map[string]bool{}
	for _, v := range j.verdicts {
		for _, s := range v.Signatures {
			asked[s.Patch] = asked[s.Patch] || s.Asked
		}
	}
	for _, p := range j.patches {
		s := j.patchSignature(p.path, j.patchSignatureFiles(p.path))
		if p.state != patchApplied || asked[p.path] || s.Result.OK() || j.excused(s.Result, p.path, p.path) {
			continue
		}
		j.say(found(signatureRule(s.Result.Status), j.release.Source.Whole(), "sign it with a key of role commit, and put the signature beside it: "+p.path+".asc",
			"the patch %s is %s", p.path, describe(s.Result)))
	}
}

// patchSignature judges the detached signatures of a patch file.
func (j *run) patchSignature(name string, files []string) CommitSignature {
	out := CommitSignature{Patch: name}
	text, err := j.readFile(name, maxPatchFile)
	if err != nil {
		out.Result = signature.Result{Status: signature.Uncheckable, Reason: err.Error()}
		return out
	}
	var detached []signature.Detached
	if files == nil {
		for _, ending := range signatureEndings {
			if data, err := j.readFile(name+ending, maxSignatureFile); err == nil {
				detached = append(detached, signature.Detached{Name: name + ending, Data: data})
			}
		}
	}
	for _, file := range files {
		data, err := j.readFile(file, maxSignatureFile)
		if err != nil {
			out.Result = signature.Result{Status: signature.Uncheckable, File: file, Reason: err.Error()}
			return out
		}
		detached = append(detached, signature.Detached{Name: file, Data: data})
	}
	if len(detached) == 0 {
		out.Result = signature.Result{Status: signature.Unsigned, Reason: "no signature stands beside the patch file"}
		return out
	}
	results, err := signature.CheckFile(bytes.NewReader(text), detached, j.request(keyring.Commit, time.Time{}))
	if err != nil {
		out.Result = signature.Result{Status: signature.Uncheckable, Reason: err.Error()}
		return out
	}
	out.Result = signature.Best(results)
	return out
}
