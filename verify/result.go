package verify

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
	"github.com/countersign/countersign/verify/gitrepo"
	"github.com/countersign/countersign/verify/signature"
	"github.com/countersign/countersign/verify/statement"
)

// report puts everything together, in an order that depends on nothing but the input.
func (j *run) report() *Report {
	finding.Sort(j.list)
	j.list = slices.CompactFunc(j.list, func(a, b finding.Finding) bool {
		return a.Rule == b.Rule && a.At == b.At && a.Message == b.Message
	})
	p := statement.Predicate{
		Product: j.product,
		Release: cmp.Or(j.release.Version.V, strings.TrimSuffix(path.Base(j.release.Path), ".md")), // a record that did not load may lack it
		Result:  outcome(j.list),
		Policy: statement.Policy{
			FixSignature:      j.trust.policy.FixSignature,
			PackageSignatures: j.trust.policy.PackageSignatures,
			Waivers:           j.trust.used,
			Attested:          j.trust.lifted,
			Trust:             j.ev.Trust.Revision,
		},
		Inputs:   j.inputs(),
		Verifier: statement.Verifier{Name: "countersign", Version: j.ev.Version},
		Time:     j.ev.Now.UTC(),
	}
	for i, s := range j.sources {
		if row := j.sourceRow(s); i == 0 {
			p.Source = row
		} else {
			p.Sources = append(p.Sources, row)
		}
	}
	for _, r := range j.packages {
		p.Packages = append(p.Packages, j.packageRow(r))
	}
	for _, v := range j.verdicts {
		p.Fixes = append(p.Fixes, v.row())
	}
	return &Report{Statement: statement.New(j.subjects(), p), Findings: j.list, Packages: j.packages, Verdicts: j.verdicts}
}

// outcome is the answer of the whole run.
func outcome(list []finding.Finding) statement.Outcome {
	switch finding.Worst(list) {
	case finding.Error:
		return statement.Failed
	case finding.Unchecked:
		return statement.Unverifiable
	}
	return statement.Passed
}

// subjects are the package files that the result speaks of. An archive inside a
// bundle goes by the name that the record gives it.
func (j *run) subjects() []statement.Subject {
	var list []statement.Subject
	for _, r := range j.packages {
		if r.Package.SHA256 == "" {
			continue // a folder or a list of hashes is no file that anybody downloads
		}
		name := r.Name
		if r.Record != nil {
			name = r.Record.Name.V
		}
		digest := map[string]string{"sha256": r.Package.SHA256}
		if i := slices.IndexFunc(list, func(s statement.Subject) bool { return s.Name == name }); i >= 0 {
			if list[i].Digest["sha256"] == r.Package.SHA256 {
				continue
			}
			name = r.Name + " (second file of that name)"
		}
		list = append(list, statement.Subject{Name: name, Digest: digest})
	}
	return list
}

// inputs binds the result to the claims that were judged and the keys that counted.
func (j *run) inputs() statement.Inputs {
	in := statement.Inputs{Advisories: map[string]string{}, Keys: maps.Clone(j.trust.digests)}
	for _, v := range j.verdicts {
		a := v.Obligation.Advisory
		if _, have := in.Advisories[a.ID.V]; have {
			continue
		}
		digest, err := ClaimsDigest(j.set, a)
		if err != nil {
			continue // the patch that cannot be read was reported, and no result passes with it
		}
		in.Advisories[a.ID.V] = digest
	}
	return in
}

func (j *run) sourceRow(s *source) statement.Source {
	_, inferred := j.inferred[s]
	row := statement.Source{Repo: s.name, Commit: string(s.commit), Inferred: inferred}
	for _, p := range j.patches {
		if p.repo != s.name {
			continue
		}
		patch := statement.Patch{Path: p.path, SHA256: p.digest}
		if signed := j.patchSignature(p.path, j.patchSignatureFiles(p.path)); signed.Result.Status != "" {
			row := signatureRow(signed.Result)
			patch.Signature = &row
		}
		row.Patches = append(row.Patches, patch)
	}
	return row
}

func (j *run) packageRow(r *Reconstruction) statement.Package {
	row := statement.Package{
		Name: r.Name, Files: r.Files,
		Identical: r.Counts[Identical], Normalized: r.Counts[Normalized],
		Patched: r.Counts[Patched], Generated: r.Counts[Generated],
		Missing: r.Missing,
	}
	for _, d := range r.Unexplained {
		row.Unexplained = append(row.Unexplained, d.Path)
	}
	if s := j.sigs[r]; s != nil {
		for _, res := range s.results {
			row.Signatures = append(row.Signatures, signatureRow(res))
		}
	}
	return row
}

// row is the verdict as the result file has it.
func (v *Judgement) row() statement.Fix {
	st := v.Standing
	row := statement.Fix{
		Advisory:   v.Obligation.Advisory.ID.V,
		Obligation: v.Obligation.Kind,
		Version:    v.Obligation.Version,
		Package:    v.Package.Name,
		Verdict:    string(st.Verdict),
		DecidedBy:  string(st.DecidedBy),
		Equivalent: strings.Join(texts(st.Equivalent), " "),
		EvolvedBy:  texts(st.EvolvedBy),
		RevertedBy: texts(st.RevertedBy),
		Reason:     st.Reason,
		Signature:  statement.Signature{Status: string(signature.Unsigned)},
	}
	if f := v.Fix; f != nil {
		row.Version = cmp.Or(f.Version.V, row.Version)
		row.Patch = f.Patch.V
		if len(f.Commits) > 0 {
			row.Commit = f.Commits[0].ID.V
			row.Repo = f.Commits[0].Repo.V
		}
		row.Commits = allCommits(f)
	}
	for _, h := range st.Hunks {
		row.Hunks = append(row.Hunks, statement.Hunk{File: cmp.Or(h.File, h.Path), Status: string(h.Verdict), Reason: h.Reason})
	}
	if s := v.worstSignature(); s != nil {
		row.Signature = signatureRow(s.Result)
		row.Signature.Commit, row.Signature.Covers = string(s.Commit), string(s.Covers)
		if s.Tag != nil {
			tag := signatureRow(*s.Tag)
			row.Tag = &tag
		}
	}
	return row
}

// allCommits lists the commits of a fix that consists of several.
func allCommits(f *advisories.Fix) []string {
	if len(f.Commits) < 2 {
		return nil
	}
	list := make([]string, len(f.Commits))
	for i, c := range f.Commits {
		list[i] = strings.TrimPrefix(c.Repo.V+":"+c.ID.V, ":")
	}
	return list
}

// worstSignature is the one that does not count, where there is one, and of several one that no waiver lifts.
func (v *Judgement) worstSignature() *CommitSignature {
	var worst *CommitSignature
	for i := range v.Signatures {
		if s := &v.Signatures[i]; worst == nil || s.standing() > worst.standing() {
			worst = s
		}
	}
	return worst
}

func signatureRow(r signature.Result) statement.Signature {
	row := statement.Signature{
		Status: string(r.Status), Type: string(r.Type), File: r.File,
		Signer: r.Signer, Key: r.Key, Reason: r.Reason,
	}
	if !r.Time.IsZero() {
		at := r.Time.UTC()
		row.Time = &at
	}
	return row
}

func texts(ids []gitrepo.ID) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = string(id)
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// ClaimsDigest is the digest of what gate 2 judges of an advisory: a later date or
// credit does not change it, another range, fix or patch does. An error means that
// a patch file could not be read.
func ClaimsDigest(set *advisories.Set, a *advisories.Advisory) (string, error) {
	c := statement.Claims{ID: a.ID.V, Kind: a.Kind.V}
	for i := range a.Affected {
		entry := &a.Affected[i]
		claim := statement.AffectedClaim{Product: set.AffectedProduct(a, entry), Versions: advisories.Texts(entry.Versions)}
		for _, r := range entry.Ranges {
			claim.Ranges = append(claim.Ranges, strings.Join([]string{r.Introduced.V, r.Fixed.V, r.LastAffected.V}, "|"))
		}
		c.Affected = append(c.Affected, claim)
	}
	for i := range a.Fixes {
		f := &a.Fixes[i]
		claim := statement.FixClaim{Version: f.Version.V}
		if product := set.FixProduct(a, f); product != "" {
			claim.Options = append(claim.Options, "product:"+product)
		}
		for _, commit := range f.Commits {
			claim.Commits = append(claim.Commits, strings.TrimPrefix(commit.Repo.V+":"+commit.ID.V, ":"))
		}
		if f.Patch.Given() {
			text, err := readBounded(set.FS, f.Patch.V, maxPatchFile)
			if err != nil {
				return "", err
			}
			claim.Patch = strings.TrimPrefix(statement.DigestOf(text), "sha256:")
		}
		if f.Repo.Given() {
			claim.Options = append(claim.Options, "repo:"+f.Repo.V)
		}
		if f.IgnoreWhitespace.V {
			claim.Options = append(claim.Options, "ignore_whitespace")
		}
		c.Fixes = append(c.Fixes, claim)
	}
	return c.Digest(), nil
}
