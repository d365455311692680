package verify

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
	"github.com/countersign/countersign/verify/gitrepo"
	"github.com/countersign/countersign/verify/keyring"
	"github.com/countersign/countersign/verify/signature"
)

// maxSignatureFile bounds a detached signature or a list of checksums.
const maxSignatureFile = 16 << 20

// CommitSignature is who signed a fix: one of its commits, or its patch file.
type CommitSignature struct {
	Repo   string
	Commit gitrepo.ID // empty for a patch
	Patch  string
	Result signature.Result
	Tag    *signature.Result // of the release's tag, a fact of its own; nil where there is none
	Asked  bool              // the policy asks for it; otherwise it is only told
}

// commitSignature is the judged signature of one commit, shared by all releases.
type commitSignature struct {
	results []signature.Result
	err     error
}

// holding is the oldest release known to hold a commit.
type holding struct{ since time.Time }

// judgeSignatures asks who signed the new fixes, the patches and the packages.
func (j *run) judgeSignatures(ctx context.Context) error {
	tag, err := j.tagSignature()
	if err != nil {
		return err
	}
	for _, v := range j.verdicts {
		if v.Fix == nil {
			continue
		}
		asked := j.asksSignature(v.Obligation)
		for _, c := range v.Fix.Commits {
			s, err := j.commitSignature(cmp.Or(c.Repo.V, v.Fix.Repo.V, j.set.RepoOf(j.product)), c)
			if err != nil {
				return err
			}
			s.Tag, s.Asked = tag, asked
			v.Signatures = append(v.Signatures, s)
		}
		if v.Fix.Patch.Given() {
			s := j.patchSignature(v.Fix.Patch.V, j.patchSignatureFiles(v.Fix.Patch.V))
			s.Asked = asked
			v.Signatures = append(v.Signatures, s)
		}
	}
	j.saySignatures()
	return j.judgePackageSignatures(ctx)
}

// asksSignature reports whether the policy asks for a signature on a fix: always on
// a new one, and on one that is carried unless its first release is history.
func (j *run) asksSignature(o Obligation) bool {
	if j.trust.policy.FixSignature == "none" || j.isHistory(j.release) {
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
		if r := j.set.Release(o.Product, f.Version.V); f.Version.Given() && r != nil && r.Released.Given() {
			return !r.Released.V.Before(since.Time)
		}
	}
	published := o.Advisory.Timeline.Published
	return !published.Given() || !published.V.Before(since.Time)
}

// isHistory reports whether a release was made before the policy asks for anything.
func (j *run) isHistory(r *advisories.Release) bool {
	since := j.trust.policy.VerifySince
	return !since.IsZero() && r.Released.Given() && r.Released.V.Before(since.Time)
}

// commitSignature judges the stored bytes of a fix's commit.
func (j *run) commitSignature(repo string, c advisories.Commit) (CommitSignature, error) {
	out := CommitSignature{Repo: repo}
	id, err := gitrepo.ParseID(c.ID.V)
	if err != nil {
		out.Result = signature.Result{Status: signature.Uncheckable, Reason: err.Error()}
		return out, nil
	}
	out.Commit = id
	key := treeKey{repo, id}
	judged, have := j.signed[key]
	if !have {
		judged.results, judged.err = j.checkCommit(repo, id)
		j.signed[key] = judged
	}
	if judged.err != nil {
		if !incomplete(judged.err) {
			return out, judged.err
		}
		out.Result = signature.Result{Status: signature.Uncheckable, Reason: judged.err.Error()}
		return out, nil
	}
	out.Result = signature.Best(judged.results)
	return out, nil
}

func (j *run) checkCommit(name string, id gitrepo.ID) ([]signature.Result, error) {
	repo := j.ev.Repos[name]
	if repo == nil {
		return []signature.Result{{Status: signature.Uncheckable, Reason: fmt.Sprintf("the repository %q is not at hand", name)}}, nil
	}
	c, err := repo.Commit(id)
	if err != nil {
		return nil, err
	}
	signed, err := signature.SplitCommit(c.Raw)
	if err != nil {
		return []signature.Result{{Status: signature.Bad, Reason: err.Error()}}, nil
	}
	since, err := j.heldSince(name, id)
	if err != nil {
		return nil, err
	}
	return signature.Check(signed, j.request(keyring.Commit, since)), nil
}

func (j *run) request(role keyring.Role, heldSince time.Time) signature.Request {
	return signature.Request{
		Ring: j.trust.ring, Role: role, Now: j.ev.Now, HeldSince: heldSince,
		AllowPlatform: j.trust.policy.PlatformKeys && role == keyring.Commit,
		Root:          j.ev.Root, LogEntry: j.ev.Log,
	}
}

// heldSince is the day of the oldest release whose recorded source holds a commit:
// the witness that a signature was there before its key was removed or expired.
func (j *run) heldSince(name string, id gitrepo.ID) (time.Time, error) {
	key := treeKey{name, id}
	if h, have := j.held[key]; have {
		return h.since, nil
	}
	var since time.Time
	for _, r := range j.trust.set.Releases {
		day := r.Released.V.Time
		if !r.Released.Given() || r.Broken || !since.IsZero() && !day.Before(since) {
			continue
		}
		for i := range r.Sources {
			s := &r.Sources[i]
			head, err := gitrepo.ParseID(s.Commit.V)
			if err != nil || cmp.Or(s.Repo.V, j.trust.set.RepoOf(j.trust.set.ProductOf(r))) != name {
				continue
			}
			holds, err := j.prover(name).holds(head, id)
			if err != nil && !incomplete(err) {
				return since, err
			}
			if holds {
				since = day
			}
		}
	}
	j.held[key] = holding{since}
	return since, nil
}

// tagSignature judges the signature on the release's tag, nil where no tag with an
// object of its own is recorded.
func (j *run) tagSignature() (*signature.Result, error) {
	for i := range j.release.Sources {
		s := &j.release.Sources[i]
		repo := j.ev.Repos[cmp.Or(s.Repo.V, j.set.RepoOf(j.product))]
		if repo == nil || !s.Tag.Given() {
			continue
		}
		ref, ok, err := repo.Tag(s.Tag.V)
		if err != nil || !ok || string(ref.Commit) != s.Commit.V {
			return nil, j.undecidable(err, s.Tag.At)
		}
		object, annotated, err := repo.TagObject(ref.ID)
		if err != nil {
			return nil, j.undecidable(err, s.Tag.At)
		}
		if !annotated {
			return &signature.Result{Status: signature.Unsigned, Reason: "the tag has no object of its own, so it cannot be signed"}, nil
		}
		if object.Name != s.Tag.V {
			return &signature.Result{Status: signature.Mismatch, Reason: fmt.Sprintf("the tag object is called %q", object.Name)}, nil
		}
		signed, err := signature.SplitTag(object.Raw)
		if err != nil {
			return &signature.Result{Status: signature.Bad, Reason: err.Error()}, nil
		}
		held := j.release.Released.V.Time
		best := signature.Best(signature.Check(signed, j.request(keyring.Release, held)))
		if best.Status == signature.WrongRole {
			best = signature.Best(signature.Check(signed, j.request(keyring.Commit, held)))
		}
		return &best, nil
	}
	return nil, nil
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

// signatureEndings are the names that programs give to a detached signature.
var signatureEndings = []string{".asc", ".sig", ".sigstore.json", ".sigstore"}

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

// saySignatures reports what the policy asks for and did not get, once for each
// commit however many packages hold it.
func (j *run) saySignatures() {
	said := map[string]bool{}
	for _, v := range j.verdicts {
		for i := range v.Signatures {
			s := &v.Signatures[i]
			object := cmp.Or(string(s.Commit), s.Patch)
			if !s.Asked || said[v.Obligation.Advisory.ID.V+object] {
				continue
			}
			said[v.Obligation.Advisory.ID.V+object] = true
			j.sayFixSignature(v, s, object)
			j.sayTwoPerson(v, s, object)
		}
	}
}

func (j *run) sayFixSignature(v *Judgement, s *CommitSignature, object string) {
	at := fixAt(v)
	if s.Result.OK() {
		for _, w := range s.Result.Warnings {
			j.say(found(signatureWarningRule, at, "", "%s: %s: %s", v.Obligation.Advisory.ID.V, object, w))
		}
		return
	}
	if j.trust.policy.FixSignature == "tag" && s.Tag != nil && s.Tag.OK() && s.Commit != "" {
		return
	}
	rule := signatureRule(s.Result.Status)
	if j.excused(s.Result, v.Obligation.Advisory.ID.V+": "+object, object) {
		return
	}
	text := fmt.Sprintf("%s: the fix %s is %s", v.Obligation.Advisory.ID.V, object, describe(s.Result))
	if j.trust.policy.FixSignature == "tag" && s.Tag != nil {
		text += "; the release's tag is " + describe(*s.Tag)
	}
	j.say(found(rule, at, signatureHint(s.Result), "%s", text))
}

// excused reports whether waivers lift everything that speaks against a signature, and
// says so. One waiver lifts one refusal: a weak signature by a removed key needs both.
func (j *run) excused(r signature.Result, name, object string) bool {
	refusals := r.Refusals
	if len(refusals) == 0 {
		refusals = []signature.Refusal{{Status: r.Status, Reason: r.Reason}}
	}
	var said []finding.Finding
	for _, refusal := range refusals {
		rule := signatureRule(refusal.Status)
		w, ok := j.trust.waived(rule, object, j.ev.Now)
		if !ok {
			return false
		}
		said = append(said, found(RuleWaiverUsed, w.At, "", "%s is excused from %s until %s: %s", name, rule, w.Expires.V, w.Reason.V))
	}
	for _, f := range said {
		j.say(f)
	}
	return true
}

// signatureHint is the next step for the refusals that have one.
func signatureHint(r signature.Result) string {
	switch r.Status {
	case signature.UnknownSigner:
		return "if the key belongs to the team, add it to keys/; until then the policy can say fix_signature: none"
	case signature.Weak, signature.Unsigned:
		return "an old commit can be waived by its id in policy.waivers, with a reason and an expiry"
	}
	return ""
}

// describe puts a signature's outcome into words.
func describe(r signature.Result) string {
	text := strings.ReplaceAll(string(r.Status), "_", " ")
	switch {
	case r.OK():
		text = "validly signed"
	case r.Status != signature.Unsigned:
		text = "signed, and the signature does not count (" + text + ")"
	}
	if r.Signer != "" {
		text += " by " + r.Signer
	}
	if r.Key != "" {
		text += ", key " + r.Key
	}
	if r.Reason != "" {
		text += ": " + r.Reason
	}
	return text
}

// sayTwoPerson asks that somebody else than the signer verified a new fix.
func (j *run) sayTwoPerson(v *Judgement, s *CommitSignature, object string) {
	verified := v.Obligation.Advisory.Timeline.FixVerified
	if !j.trust.policy.TwoPerson || v.Obligation.Kind != obligationNew || !s.Result.OK() || len(verified.By) == 0 {
		return
	}
	for _, name := range verified.By {
		if name.V != s.Result.Signer {
			return
		}
	}
	if w, ok := j.trust.waived(RuleTwoPerson, object, j.ev.Now); ok {
		j.say(found(RuleWaiverUsed, w.At, "", "%s: %s is excused from %s until %s: %s", v.Obligation.Advisory.ID.V, object, RuleTwoPerson, w.Expires.V, w.Reason.V))
		return
	}
	j.say(found(RuleTwoPerson, verified.By[0].At, "let another member of the team verify the fix and add the name",
		"%s: %s signed the fix %s and is the only one who verified it", v.Obligation.Advisory.ID.V, s.Result.Signer, object))
}

// packageSignatures is who signed a package.
type packageSignatures struct {
	results []signature.Result
	signers []string
	covered bool // by the outer package's signatures, as the record allows
}

// judgePackageSignatures asks who signed each package file.
func (j *run) judgePackageSignatures(ctx context.Context) error {
	for _, r := range j.packages {
		if err := j.checkDigest(ctx, r); err != nil {
			return err
		}
		if r.Package.SHA256 == "" {
			j.sayUnsignable(r)
			continue
		}
		s := &packageSignatures{}
		j.sigs[r] = s
		if outer := r.Outer; outer != nil && outer.Record != nil && outer.Record.SignatureCoversInner.V && (r.Record == nil || len(r.Record.Signatures) == 0) {
			s.covered = true
			continue
		}
		if err := j.checkPackage(ctx, r, s); err != nil {
			return err
		}
		j.sayPackageSignatures(r, s)
	}
	return nil
}

// sayUnsignable says that a folder, or a list of hashes, stands for an archive whose
// signatures nobody saw.
func (j *run) sayUnsignable(r *Reconstruction) {
	if j.trust.policy.PackageSignatures > 0 && !j.isHistory(j.release) {
		j.say(unchecked(RuleTooFewSignatures, j.at(r.Record), "give the archive file itself", "%s is a %s, so the signatures of the archive could not be checked",
			r.Name, strings.Replace(r.Package.Format, "manifest", "list of hashes", 1)))
	}
}

// checkDigest compares a package with the record's digests.
func (j *run) checkDigest(ctx context.Context, r *Reconstruction) error {
	rec := r.Record
	if rec == nil || r.Manifest || !rec.SHA256.Given() && !rec.SHA512.Given() {
		return nil
	}
	if r.Package.SHA256 == "" {
		j.say(unchecked(RulePackageDigest, j.at(rec), "give the archive file itself", "%s is a folder, so it cannot be compared with the record's digest", r.Name))
		return nil
	}
	if rec.SHA256.Given() && !strings.EqualFold(rec.SHA256.V, r.Package.SHA256) {
		j.say(found(RulePackageDigest, rec.SHA256.At, "if the package was built again, write the new digest into the record",
			"%s has the SHA-256 %s, and the record says %s", r.Name, r.Package.SHA256, rec.SHA256.V))
	}
	if !rec.SHA512.Given() {
		return nil
	}
	file, err := j.fileOf(ctx, r)
	if err != nil {
		return err
	}
	sum := sha512.New()
	if _, err := io.Copy(sum, file); err != nil {
		return err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); !strings.EqualFold(rec.SHA512.V, got) {
		j.say(found(RulePackageDigest, rec.SHA512.At, "", "%s has the SHA-512 %s, and the record says %s", r.Name, got, rec.SHA512.V))
	}
	return nil
}

// fileOf returns the stored bytes of a package.
func (j *run) fileOf(ctx context.Context, r *Reconstruction) (io.Reader, error) {
	if a, ok := j.archives[r]; ok && a.File != nil {
		return io.NewSectionReader(a.File, 0, a.Size), nil
	}
	name := strings.TrimPrefix(r.Name, r.Outer.Name+"!/")
	data, err := r.Outer.Package.ReadFiles(ctx, []string{name})
	return bytes.NewReader(data[name]), err
}

// checkPackage judges the detached signatures of one package.
func (j *run) checkPackage(ctx context.Context, r *Reconstruction, s *packageSignatures) error {
	if r.Record == nil {
		return nil
	}
	var direct []signature.Detached
	for _, name := range r.Record.Signatures {
		data, err := j.findSignature(ctx, r, name.V)
		if err != nil {
			j.say(found(RuleSignatureUnread, name.At, "put it beside the package", "%s: %v", r.Name, err))
			continue
		}
		d := signature.Detached{Name: name.V, Data: data}
		switch covered := coveredFile(name.V); {
		case isProvenance(data):
			s.results = append(s.results, j.provenance(r, d))
		case isSums(covered, r):
			results, err := j.checkSums(ctx, r, covered, d)
			if err != nil {
				return err
			}
			s.results = append(s.results, results...)
		default:
			direct = append(direct, d)
		}
	}
	if len(direct) > 0 {
		file, err := j.fileOf(ctx, r)
		if err != nil {
			return err
		}
		results, err := signature.CheckFile(file, direct, j.packageRequest())
		if err != nil {
			return err
		}
		s.results = append(s.results, results...)
	}
	s.signers = signature.Signers(s.results)
	return nil
}

func (j *run) packageRequest() signature.Request {
	return j.request(keyring.Release, j.release.Released.V.Time)
}

// coveredFile is the name of the file that a detached signature's name speaks of.
func coveredFile(name string) string {
	for _, ending := range signatureEndings {
		if base, ok := strings.CutSuffix(name, ending); ok {
			return base
		}
	}
	return name
}

// isSums reports whether a signature is over a list of checksums, not over the package.
func isSums(covered string, r *Reconstruction) bool {
	base := strings.ToUpper(path.Base(covered))
	return base != strings.ToUpper(r.baseName()) && (strings.Contains(base, "SUMS") || strings.Contains(base, "CHECKSUM"))
}

// checkSums judges a signed list of checksums, which speaks for the package only if
// it names it with its digest.
func (j *run) checkSums(ctx context.Context, r *Reconstruction, covered string, d signature.Detached) ([]signature.Result, error) {
	text, results, err := j.signedSums(ctx, r, covered, d)
	if err != nil {
		j.say(found(RuleSignatureUnread, j.at(r.Record), "put it beside the package", "%s: the list that %s signs: %v", r.Name, d.Name, err))
		return nil, nil
	}
	fault, err := j.sumsFault(ctx, r, text)
	if err != nil || fault == "" {
		return results, err
	}
	j.say(found(RuleSums, j.at(r.Record), "", "%s: %s %s", r.Name, covered, fault))
	for i := range results {
		if results[i].OK() {
			results[i].Status, results[i].Reason = signature.Mismatch, covered+" "+fault
		}
	}
	return results, nil
}

// signedSums gives the list and what its signature is: the list lies beside a detached
// signature, or inside a clearsigned one.
func (j *run) signedSums(ctx context.Context, r *Reconstruction, covered string, d signature.Detached) ([]byte, []signature.Result, error) {
	if signature.IsClearsigned(d.Data) {
		text, results, err := signature.CheckClearsigned(d.Data, j.packageRequest())
		for i := range results {
			results[i].File = d.Name
		}
		return text, results, err
	}
	text, err := j.findSignature(ctx, r, covered)
	if err != nil {
		return nil, nil, err
	}
	results, err := signature.CheckFile(bytes.NewReader(text), []signature.Detached{d}, j.packageRequest())
	return text, results, err
}

// sumsFault says why a list of checksums does not cover a package.
func (j *run) sumsFault(ctx context.Context, r *Reconstruction, text []byte) (string, error) {
	list, err := signature.ParseSums(text)
	if err != nil {
		return "cannot be read: " + err.Error(), nil
	}
	for _, s := range list {
		if path.Base(s.Name) != r.baseName() {
			continue
		}
		got := r.Package.SHA256
		if s.Algorithm == "sha512" {
			file, err := j.fileOf(ctx, r)
			if err != nil {
				return "", err
			}
			sum := sha512.New()
			if _, err := io.Copy(sum, file); err != nil {
				return "", err
			}
			got = hex.EncodeToString(sum.Sum(nil))
		}
		if !strings.EqualFold(got, s.Digest) {
			return fmt.Sprintf("gives the digest %s, and the package has %s", s.Digest, got), nil
		}
		return "", nil
	}
	return "does not list " + r.baseName(), nil
}

// isProvenance tells a sigstore bundle around SLSA provenance by its content: the
// envelope's payload type is in-toto's.
func isProvenance(data []byte) bool {
	return bytes.Contains(data, []byte("application/vnd.in-toto+json"))
}

// provenance judges SLSA provenance against the release's source.
func (j *run) provenance(r *Reconstruction, d signature.Detached) signature.Result {
	want := signature.Source{}
	if len(j.sources) > 0 {
		want.Commit = string(j.sources[0].commit)
		if repo := j.set.Config.Repos[j.sources[0].name]; repo != nil {
			want.Repository = repo.URL.V
		}
	}
	return signature.CheckProvenance(d, r.Package.SHA256, want, j.packageRequest())
}

// findSignature looks for a file beside the package, inside the bundle that holds it,
// then in the security repository.
func (j *run) findSignature(ctx context.Context, r *Reconstruction, name string) ([]byte, error) {
	if r.Outer != nil {
		at := path.Join(path.Dir(strings.TrimPrefix(r.Name, r.Outer.Name+"!/")), name)
		if e := r.Outer.Package.Find(at); e != nil && e.Size <= maxSignatureFile {
			data, err := r.Outer.Package.ReadFiles(ctx, []string{at})
			return data[at], err
		}
	}
	places := []struct {
		fsys fs.FS
		name string
	}{
		{j.archives[r].Beside, name},
		{j.set.FS, path.Join(path.Dir(j.release.Path), name)},
		{j.set.FS, name},
	}
	for _, p := range places {
		if p.fsys == nil {
			continue
		}
		data, err := readBounded(p.fsys, path.Clean(p.name), maxSignatureFile)
		if err == nil || !errors.Is(err, fs.ErrNotExist) {
			return data, err
		}
	}
	return nil, fmt.Errorf("%s is neither beside the package nor in the security repository", name)
}

// sayPackageSignatures reports refused signatures, and too few good ones.
func (j *run) sayPackageSignatures(r *Reconstruction, s *packageSignatures) {
	need := j.trust.policy.PackageSignatures
	if need == 0 || j.isHistory(j.release) || r.Bundle && r.Record == nil {
		return
	}
	at := j.at(r.Record)
	for _, res := range s.results {
		for _, w := range res.Warnings {
			j.say(found(signatureWarningRule, at, "", "%s: %s: %s", r.Name, res.File, w))
		}
	}
	if len(s.signers) >= need {
		return
	}
	worst := finding.Error
	for _, res := range s.results {
		rule := signatureRule(res.Status)
		if res.OK() {
			continue
		}
		if res.Status == signature.Uncheckable {
			worst = finding.Unchecked
		}
		if j.excused(res, r.Name, r.baseName()) {
			return
		}
		j.say(found(rule, at, signatureHint(res), "%s: %s is %s", r.Name, res.File, describe(res)))
	}
	j.sayTooFew(r, s, need, at, worst)
}

func (j *run) sayTooFew(r *Reconstruction, s *packageSignatures, need int, at finding.Span, worst finding.Severity) {
	if w, ok := j.trust.waived(RuleTooFewSignatures, r.baseName(), j.ev.Now); ok {
		j.say(found(RuleWaiverUsed, w.At, "", "%s is excused from %s until %s: %s", r.Name, RuleTooFewSignatures, w.Expires.V, w.Reason.V))
		return
	}
	hint := "sign it with a key of role release and list the signature in the record: signatures: [" + r.baseName() + ".asc]"
	if r.Outer != nil {
		hint = "list it in the record with its own signature, or say signature_covers_inner: true of the package around it"
	}
	by := "none"
	if len(s.signers) > 0 {
		by = strings.Join(s.signers, ", ")
	}
	f := found(RuleTooFewSignatures, at, hint, "%s is validly signed by %d of the %d release keys that the policy asks for (%s)", r.Name, len(s.signers), need, by)
	// A signature that could not be checked may be the one that is wanting.
	if worst == finding.Unchecked && !slices.ContainsFunc(s.results, func(x signature.Result) bool { return !x.OK() && x.Status != signature.Uncheckable }) {
		f.Severity = finding.Unchecked
	}
	j.say(f)
}
