package verify

import (
	"slices"
	"strings"
	"time"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
	"github.com/countersign/countersign/verify/keyring"
	"github.com/countersign/countersign/verify/signature"
	"github.com/countersign/countersign/verify/statement"
)

// CheckResult reads a result file and says whether it may be believed today: its
// signature, where the policy asks for one, and whether what it judged is still
// what the repository holds. The document is nil where the file is no result.
func CheckResult(set *advisories.Set, name string, text []byte, now time.Time) (*statement.Document, []finding.Finding) {
	at := finding.NewSource(name, nil).Whole()
	doc, err := statement.Load(text)
	if err != nil {
		return nil, []finding.Finding{found(RuleResultUnreadable, at, "", "%v", err)}
	}
	var list []finding.Finding
	if doc.Signed || set.Config.Policy.Effective().ResultSignature == "required" {
		keys, faults := verifierKeys(set, now)
		list = append(list, faults...)
		if _, err := doc.SignedBy(keys); err != nil {
			list = append(list, found(RuleResultSignature, at, "", "%v", err))
		}
	}
	p := &doc.Statement.Predicate
	r := set.Release(p.Product, p.Release)
	if r == nil {
		return doc, append(list, found(RuleResultStale, at, "", "it is about %s %s, of which there is no record", p.Product, p.Release))
	}
	list = append(list, stolen(set, p, at)...)
	for _, c := range statement.Stale(doc.Statement, present(set, r, doc.Statement)) {
		list = append(list, found(RuleResultStale, at, "run countersign verify "+p.Release+" again", "%s", c.Message))
	}
	return doc, list
}

// stolen says which signatures that a result counts were made by keys that are removed as compromised today. The
// result was right when it was written, and what it says of the packages' content still is; who vouched for it is
// open again.
func stolen(set *advisories.Set, p *statement.Predicate, at finding.Span) []finding.Finding {
	if !slices.ContainsFunc(set.Keys, func(k *advisories.Key) bool { return k.Removed.Reason.V == keyring.Compromised }) {
		return nil
	}
	ring, list := Ring(set)
	said := map[string]bool{}
	say := func(what string, s *statement.Signature) {
		if s == nil || s.Status != string(signature.Valid) || !compromisedSince(ring, s) || said[what] {
			return
		}
		said[what] = true
		list = append(list, found(RuleResultKey, at, "let another key sign it, then run countersign verify "+p.Release+" again",
			"%s counts by a signature of %s (key %s), and that key was removed as compromised", what, s.Signer, s.Key))
	}
	for i := range p.Fixes {
		f := &p.Fixes[i]
		say("the fix of "+f.Advisory, &f.Signature)
		say("the tag over the fix of "+f.Advisory, f.Tag)
	}
	for i := range p.Packages {
		for k := range p.Packages[i].Signatures {
			say("package "+p.Packages[i].Name, &p.Packages[i].Signatures[k])
		}
	}
	return list
}

// compromisedSince reports whether the key of a signature is removed as compromised, and no log or timestamp
// showed the signature to be older: the time of a certificate's signature is proven, any other is a claim.
func compromisedSince(ring *keyring.Ring, s *statement.Signature) bool {
	keys := ring.Find(s.Key)
	if kind := signature.Type(s.Type); kind == signature.X509 || kind == signature.Sigstore || kind == signature.Provenance {
		keys = append(keys, ring.Named(s.Key)...)
	} else {
		s = &statement.Signature{}
	}
	return slices.ContainsFunc(keys, func(k *keyring.Key) bool {
		gone := k.Record.Removed
		return gone != nil && gone.Reason == keyring.Compromised && (s.Time == nil || !s.Time.Before(gone.Date))
	})
}

// verifierKeys are the keys whose results count at a moment.
func verifierKeys(set *advisories.Set, now time.Time) ([]statement.VerifierKey, []finding.Finding) {
	ring, list := Ring(set)
	var keys []statement.VerifierKey
	for _, k := range ring.Verifiers(now) {
		key, err := statement.ParseVerifierKey(k.Owner(), []byte(k.Record.PEM))
		if err == nil {
			keys = append(keys, key)
		}
	}
	return keys, list
}

// present is what the repository holds today of what a result judged: advisories
// that oblige the release, its packages and its patches. Packages are compared only
// where the result speaks of them: that all were judged is asked of the merged
// result, see CheckComplete.
func present(set *advisories.Set, r *advisories.Release, s *statement.Statement) statement.Present {
	now := statement.Present{Packages: map[string]string{}, Patches: map[string]string{}, Advisories: map[string]string{}}
	judged := map[string]string{}
	for _, sub := range s.Subject {
		judged[sub.Name] = sub.Digest["sha256"]
	}
	for name, digest := range judged {
		now.Packages[name] = digest // what the record does not name or digest cannot disagree
	}
	for i := range r.Packages {
		p := &r.Packages[i]
		if _, have := judged[p.Name.V]; have && p.SHA256.Given() {
			now.Packages[p.Name.V] = strings.ToLower(p.SHA256.V)
		}
	}
	for i := range r.Patches {
		if text, err := readBounded(set.FS, r.Patches[i].Path.V, maxPatchFile); err == nil {
			now.Patches[r.Patches[i].Path.V] = strings.TrimPrefix(statement.DigestOf(text), "sha256:")
		}
	}
	owed, _ := Obligations(set, r)
	for _, o := range owed {
		if digest, err := ClaimsDigest(set, o.Advisory); err == nil {
			now.Advisories[o.Advisory.ID.V] = digest
		}
	}
	return now
}

// CheckComplete says what a merged result leaves open: advisories that could oblige the
// release and cannot be read today, packages of the record that no part judged, and its
// own outcome.
func CheckComplete(set *advisories.Set, name string, merged *statement.Statement) []finding.Finding {
	at := finding.NewSource(name, nil).Whole()
	p := &merged.Predicate
	var list []finding.Finding
	if r := set.Release(p.Product, p.Release); r != nil {
		_, doubts := Obligations(set, r)
		list = append(list, doubts...)
		judged := map[string]bool{}
		for _, sub := range merged.Subject {
			judged[sub.Name] = true
		}
		for i := range r.Packages {
			if rec := &r.Packages[i]; !judged[rec.Name.V] {
				list = append(list, unchecked(RulePackageAbsent, at, "", "no result speaks of %s", rec.Name.V))
			}
		}
	}
	list = append(list, unproven(p, at)...)
	switch p.Result {
	case statement.Failed:
		list = append(list, found(RuleResultFailed, at, "", "the result on %s %s is FAILED", p.Product, p.Release))
	case statement.Unverifiable:
		list = append(list, unchecked(RuleResultFailed, at, "", "the result on %s %s is UNVERIFIABLE", p.Product, p.Release))
	}
	return list
}

// unproven says of which fixes no package of the release was seen to hold anything:
// that nothing of a fix belongs in one package counts only beside one that has it.
func unproven(p *statement.Predicate, at finding.Span) []finding.Finding {
	proven, open := map[string]bool{}, map[string]bool{}
	for _, f := range p.Fixes {
		switch Verdict(f.Verdict) {
		case Present, Evolved:
			proven[f.Advisory] = true
		case NotApplicable:
			open[f.Advisory] = true
		}
	}
	var list []finding.Finding
	for _, id := range sortedKeys(open) {
		if !proven[id] {
			list = append(list, unchecked(RuleFixUnverifiable, at, "", "%s: nothing of the fix belongs in the packages that were judged", id))
		}
	}
	return list
}
