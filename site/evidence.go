package site

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/countersign/countersign/advisories/exchange/record"
	"github.com/countersign/countersign/verify/keyring"
	"github.com/countersign/countersign/verify/statement"
)

// fillEvidence says, release by release, how it is known that the fix is in it.
func (b *builder) fillEvidence(p *advisoryPage, r *row) {
	var history []link
	for _, fix := range r.full().Fixes {
		rel := b.find(fix)
		if rel == nil {
			continue
		}
		named := link{p.Root + rel.href, b.productTitle(fix.Product) + " " + fix.Version}
		v := evidenceView{Class: "history", State: "not checked", Release: named.Text, Href: named.Href}
		switch {
		case b.gate.proves(rel, r) != "":
			v.Sentences = []string{title(b.gate.proves(rel, r)) + "."}
		case rel.result == nil || len(packageFixes(rel, r.ID)) == 0:
			history = append(history, named)
			continue
		default:
			b.fillProof(&v, p, r, rel)
		}
		p.Evidence = append(p.Evidence, v)
	}
	if n := len(history); n > 0 {
		v := evidenceView{Class: "history", State: "not checked", Sentences: []string{b.historyText(n)}}
		if n == 1 {
			v.Release, v.Href = history[0].Text, history[0].Href
		} else {
			v.Release, v.Releases = plural(n, "release", "releases"), history
		}
		p.Evidence = append(p.Evidence, v)
	}
}

// historyText says of releases that were made before verify_since what is known.
func (b *builder) historyText(n int) string {
	text := "This release was made before the project began, on %s, to have its packages checked. " +
		"Whether the fix is in it was not looked for by machine."
	if n > 1 {
		text = "These releases were made before the project began, on %s, to have its packages checked. " +
			"Whether the fix is in them was not looked for by machine."
	}
	return fmt.Sprintf(text, dayOf(b.gate.since.Time))
}

// packageFixes returns the verdicts on one advisory in a release's result.
func packageFixes(rel *release, id string) []*statement.Fix {
	var out []*statement.Fix
	for i := range rel.result.Predicate.Fixes {
		if f := &rel.result.Predicate.Fixes[i]; f.Advisory == id {
			out = append(out, f)
		}
	}
	return out
}

// fillProof puts the verdicts of a result into words.
func (b *builder) fillProof(v *evidenceView, p *advisoryPage, r *row, rel *release) {
	pred := &rel.result.Predicate
	v.Class, v.State, v.Passed = "passed", "yes, checked by machine", true
	v.Sentences = []string{fmt.Sprintf("The files that you download were compared with the project's source code, and with this fix, "+
		"on %s.", dayOf(pred.Time))}
	fixes := packageFixes(rel, r.ID)
	for _, f := range fixes {
		v.Packages = append(v.Packages, packageLine{f.Package, verdictText(pred, f), b.signersOf(packageOf(pred, f.Package), p.Root)})
	}
	v.Sentences = append(v.Sentences, b.policyTexts(pred, fixes)...)
	lead := leadingFix(fixes)
	v.Commit = lead.Commit
	v.CommitHref = record.CommitPage(b.repoURL(cmp.Or(lead.Repo, pred.Source.Repo), rel.Product), lead.Commit)
	b.fillSignature(v, p, lead)
	b.fillCommand(v, rel, pred, r.ID)
}

// signersOf lists whose signatures on a package count.
func (b *builder) signersOf(pkg *statement.Package, root string) []link {
	if pkg == nil {
		return nil
	}
	var out []link
	for i := range pkg.Signatures {
		s := &pkg.Signatures[i]
		if s.Status != "valid" || s.Signer == "" || b.byStolenKey(s) {
			continue
		}
		signer := link{Text: b.ownerName(s.Signer)}
		if href := b.ownerPage[s.Signer]; href != "" {
			signer.Href = root + href
		}
		if !slices.Contains(out, signer) {
			out = append(out, signer)
		}
	}
	return out
}

// leadingFix is the verdict that names a commit, the first one otherwise.
func leadingFix(fixes []*statement.Fix) *statement.Fix {
	for _, f := range fixes {
		if f.Commit != "" && f.Verdict != "not_applicable" {
			return f
		}
	}
	return fixes[0]
}

// verdictText says what one verdict means for one package.
func verdictText(pred *statement.Predicate, f *statement.Fix) string {
	switch f.Verdict {
	case "not_applicable":
		return "holds only changed files, and this fix touches none of them"
	case "unverifiable":
		return "could not be checked by machine; two members of the team vouch for it"
	case "evolved":
		text := "contains the fix; its lines were reworked since"
		if n := len(f.EvolvedBy); n > 0 {
			text += " by " + plural(n, "later commit", "later commits") + ", without undoing it"
		}
		return text
	}
	how := map[string]string{
		"reconstruction": "its files match the source code, and the source holds the fix",
		"lineage":        "the fix is part of the history it was built from, and its lines are unchanged",
		"content":        "every changed line of the fix was found in its files",
	}[f.DecidedBy]
	if how == "" {
		how = "every changed line of the fix was found in its files"
	}
	if f.DecidedBy == "reconstruction" {
		if pkg := packageOf(pred, f.Package); pkg != nil && pkg.Files > 0 {
			how = fmt.Sprintf("%d of %d files match the source code, and the source holds the fix", explained(pkg), pkg.Files)
		}
	}
	return "contains the fix: " + how
}

func packageOf(pred *statement.Predicate, name string) *statement.Package {
	for i := range pred.Packages {
		if pred.Packages[i].Name == name {
			return &pred.Packages[i]
		}
	}
	return nil
}

func explained(p *statement.Package) int { return p.Identical + p.Normalized + p.Patched + p.Generated }

// policyTexts names what was not asked for, so that a lenient check never reads
// like a strict one.
func (b *builder) policyTexts(pred *statement.Predicate, fixes []*statement.Fix) []string {
	var out []string
	carried := true
	for _, f := range fixes {
		carried = carried && f.Obligation == "carried"
		for _, a := range pred.Policy.Attested {
			text := fmt.Sprintf("%s vouch for this fix: %s", joinWords(a.By), a.Reason)
			if f.Verdict == "unverifiable" && a.Advisory == f.Advisory && !slices.Contains(out, text) {
				out = append(out, text)
			}
		}
	}
	switch pred.Policy.FixSignature {
	case "none":
		out = append(out, "This project does not ask for signatures on its fix commits, so who made the fix was not checked.")
	case "tag":
		out = append(out, "This project accepts the signature on the release's tag in place of one on the fix commit.")
	}
	for _, w := range pred.Policy.Waivers {
		for _, f := range fixes {
			text := fmt.Sprintf("One rule (%s) was waived: %s", w.Rule, w.Reason)
			if w.Object == f.Commit && w.Object != "" && !slices.Contains(out, text) {
				out = append(out, text)
			}
		}
	}
	return out
}

// fillSignature says who signed the fix, with a link to the key's page.
func (b *builder) fillSignature(v *evidenceView, p *advisoryPage, f *statement.Fix) {
	sig := &f.Signature
	if sig.Status != "valid" && f.Tag != nil && f.Tag.Status == "valid" {
		sig = f.Tag
	}
	if sig.Status != "valid" || sig.Signer == "" {
		return
	}
	v.Signer = b.ownerName(sig.Signer)
	v.Signature = "Signed by " + v.Signer
	if sig.Time != nil {
		v.Signature += " on " + dayOf(*sig.Time)
	}
	v.Signature += "."
	if b.byStolenKey(sig) {
		v.Signature += " That key was removed as compromised later, so the signature no longer says who made the fix."
	}
	if href := b.ownerPage[sig.Signer]; href != "" {
		v.SignerHref = p.Root + href
	}
}

// byStolenKey reports whether a signature was made by a key that is removed as compromised today.
func (b *builder) byStolenKey(sig *statement.Signature) bool {
	return slices.ContainsFunc(b.teamKeys(), func(t *teamKey) bool {
		return t.compromised() && (t.about.Fingerprint == sig.Key ||
			slices.ContainsFunc(t.about.Subkeys, func(sub keyring.Subkey) bool { return sub.Fingerprint == sig.Key }))
	})
}

// fillCommand says what a reader types to run the same check. It reads the
// advisories as well, so it begins with the security repository, if the public
// may have that.
func (b *builder) fillCommand(v *evidenceView, rel *release, pred *statement.Predicate, id string) {
	var out strings.Builder
	command := "countersign"
	v.CommandText = "To repeat the check, run this in a copy of the project's security repository, beside the files that you downloaded:"
	if records := webLink(b.in.Set.Config.Site.Repository.V); records != "" {
		v.CommandText = "To repeat the check, run this beside the files that you downloaded:"
		fmt.Fprintf(&out, "git clone %s security\n", word(records))
		command += " -C security"
	}
	repo := cmp.Or(pred.Source.Repo, "source")
	if url := b.repoURL(pred.Source.Repo, rel.Product); url != "" {
		fmt.Fprintf(&out, "git clone %s %s\n", word(url), word(repo))
	}
	fmt.Fprintf(&out, "%s verify %s --repo %s", command, word(rel.Product+"@"+rel.Version), word(repo+"="+repo))
	for _, subject := range rel.result.Subject {
		fmt.Fprintf(&out, " \\\n  --package %s", word(subject.Name))
	}
	fmt.Fprintf(&out, " \\\n  --explain %s", word(id))
	v.Command = out.String()
}
