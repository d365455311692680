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

	"github.com/countersign/countersign/advisories/finding"
	"github.com/countersign/countersign/verify/keyring"
	"github.com/countersign/countersign/verify/signature"
)

// packageSignatures is who signed a package.
type packageSignatures struct {
	results []signature.Result
	signers []string
	covered bool // by the outer package's signatures, as the record allows
	unread  bool // a file that the record lists could not be read
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
	if j.trust.policy.PackageSignatures > 0 && !j.isHistory() && r.Package.Format != "" {
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
	if r.Package.Format == "" {
		return nil // no archive at all, which was said
	}
	if r.Package.SHA256 == "" {
		j.say(unchecked(RulePackageDigest, j.at(rec), "give the archive file itself", "%s is a folder, so it cannot be compared with the record's digest", r.Name))
		return nil
	}
	hint := "if the package was built again, write the new digest into the record"
	if j.closed(r) {
		hint = "this is another file than the recorded one, and not fit to be published: see what else is said of it before anything is written into the record"
	}
	if rec.SHA256.Given() && !strings.EqualFold(rec.SHA256.V, r.Package.SHA256) {
		j.say(found(RulePackageDigest, rec.SHA256.At, hint,
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
		j.say(found(RulePackageDigest, rec.SHA512.At, hint, "%s has the SHA-512 %s, and the record says %s", r.Name, got, rec.SHA512.V))
	}
	return nil
}

// closed reports whether a package lacks a fix, or is not its source.
func (j *run) closed(r *Reconstruction) bool {
	return len(r.Unexplained) > 0 || len(r.Missing) > 0 || slices.ContainsFunc(j.verdicts, func(v *Judgement) bool {
		return v.Package == r && !v.Standing.Verdict.Passes() && v.Attested == nil
	})
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
			s.unread = true
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
			s.unread = s.unread || results == nil
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
	return j.request(keyring.Release, j.releasedOn(j.product, j.release.Version.V))
}

// findSignature looks for a file inside the bundle that holds the package, beside the
// file that was given, then in the security repository.
func (j *run) findSignature(ctx context.Context, r *Reconstruction, name string) ([]byte, error) {
	if r.Outer != nil {
		at := path.Join(path.Dir(strings.TrimPrefix(r.Name, r.Outer.Name+"!/")), name)
		if e := r.Outer.Package.Find(at); e != nil && e.Size <= maxSignatureFile {
			data, err := r.Outer.Package.ReadFiles(ctx, []string{at})
			return data[at], err
		}
	}
	given := r
	for given.Outer != nil {
		given = given.Outer
	}
	places := []struct {
		fsys fs.FS
		name string
	}{
		{j.archives[given].Beside, name},
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
	if need == 0 || j.isHistory() || r.Bundle && r.Record == nil {
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
	var refused []signature.Result
	for _, res := range s.results {
		switch {
		case res.OK():
		case j.excused(res, r.Name, r.baseName()):
			s.signers = append(s.signers, cmp.Or(res.Signer, res.Key))
		default:
			refused = append(refused, res)
		}
	}
	slices.Sort(s.signers)
	if s.signers = slices.Compact(s.signers); len(s.signers) >= need {
		return
	}
	for _, res := range refused {
		j.say(found(signatureRule(res.Status), at, signatureHint(res), "%s: %s is %s", r.Name, res.File, describe(res)))
	}
	j.sayTooFew(r, s, need, refused)
}

func (j *run) sayTooFew(r *Reconstruction, s *packageSignatures, need int, refused []signature.Result) {
	if j.waive(RuleTooFewSignatures, r.baseName(), r.Name) {
		return
	}
	hint := "sign it with a key of role release and list the signature in the record: signatures: [" + r.baseName() + ".asc]"
	if r.Outer != nil {
		hint = "list it in the record with its own signature, or say signature_covers_inner: true of the package around it"
	}
	by := cmp.Or(strings.Join(s.signers, ", "), "none")
	f := found(RuleTooFewSignatures, j.at(r.Record), hint, "%s is validly signed by %d of the %d release keys that the policy asks for (%s)", r.Name, len(s.signers), need, by)
	refuted := slices.ContainsFunc(refused, func(x signature.Result) bool { return x.Status != signature.Uncheckable })
	if !refuted && (s.unread || len(refused) > 0) {
		f.Severity = finding.Unchecked // what could not be read or checked may be the one that is wanting
	}
	j.say(f)
}
