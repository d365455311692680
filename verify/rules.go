package verify

import (
	"fmt"
	"slices"

	"github.com/countersign/countersign/advisories/finding"
	"github.com/countersign/countersign/verify/pkgfile"
	"github.com/countersign/countersign/verify/signature"
)

// The ids of gate 2's rules that are named in more than one place. Those of
// signatures and archives come from their own rooms: see signatureRule.
const (
	RuleFixMissing          = "fix-not-in-package"
	RuleFixPartial          = "fix-partial"
	RuleFixReverted         = "fix-reverted"
	RuleFixUnverifiable     = "fix-unverifiable"
	RuleAdvisoryUnreadable  = "advisory-unreadable"
	RuleKeyUnreadable       = "key-unreadable"
	RulePolicyUnreadable    = "policy-unreadable"
	RuleReleaseUnreadable   = "release-unreadable"
	RuleKeyAdded            = "key-added-early"
	RulePackageAbsent       = "package-absent"
	RulePackageUnknown      = "package-unknown"
	RulePackageDigest       = "package-digest"
	RulePackageUnexplained  = "package-unexplained"
	RulePackageMissing      = "package-missing"
	RulePackagePrevious     = "package-previous"
	RuleManifest            = "manifest-mismatch"
	RuleSourceAbsent        = "source-absent"
	RuleSourceInferred      = "source-inferred"
	RuleSourceTag           = "source-tag"
	RuleSourceUnread        = "source-unreadable"
	RulePatchUnreadable     = "patch-unreadable"
	RulePatchConflict       = "patch-conflict"
	RulePatchThere          = "patch-already-there"
	RuleCommitAbsent        = "commit-absent"
	RuleCommitAbbreviated   = "commit-short-for"
	RuleTooFewSignatures    = "package-signatures"
	RuleSums                = "package-sums"
	RuleTwoPerson           = "two-person"
	RuleWaiverUsed          = "waiver-used"
	RuleWaiverUseless       = "waiver-without-effect"
	RuleAttestationUsed     = "attestation-used"
	RuleAttestationRefused  = "attestation-refused"
	RuleHistory             = "release-before-policy"
	RuleSignatureUnread     = "signature-unreadable"
	RuleResultUnreadable    = "result-unreadable"
	RuleResultSignature     = "result-signature"
	RuleResultStale         = "result-stale"
	RuleResultKey           = "result-key-compromised"
	RuleResultFailed        = "result-failed"
	signaturePrefix         = "signature-"
	signatureWarningRule    = "signature-doubtful"
	archiveProblemsTogether = 3 // of one rule and package, printed one by one
)

// Rules is the table of everything that gate 2 can say.
var Rules = []finding.Rule{
	{ID: RuleFixMissing, Severity: finding.Error, Title: "The fix is not in the package",
		Why: "The advisory promises that this release contains the fix, and its package does not. Build it again from a source that has the fix, or correct the advisory."},
	{ID: RuleFixPartial, Severity: finding.Error, Title: "Only a part of the fix is in the package",
		Why: "Some hunks of the fix are in the package and others are not, and no later commit explains it. A part of a fix is often no fix."},
	{ID: RuleFixReverted, Severity: finding.Error, Title: "The fix was undone after it was made",
		Why: "A later commit or merge took the fix out again. The commit is an ancestor of the release all the same, which is why asking git about ancestry alone says yes."},
	{ID: RuleFixUnverifiable, Severity: finding.Unchecked, Title: "Whether the fix is in the package cannot be told",
		Why: "Nothing was refuted, and what is at hand does not suffice: the finding says what is missing. Where nothing more can be had, two people can attest the package in policy.attested."},
	{ID: RuleAdvisoryUnreadable, Severity: finding.Unchecked, Title: "An advisory could not be read",
		Why: "An advisory that does not load could oblige this release. Leaving it out would make the release pass by a typing error."},
	{ID: RuleKeyUnreadable, Severity: finding.Unchecked, Title: "A key could not be read",
		Why: "A key that does not load could be the one that signed, or the record of its removal."},
	{ID: RulePolicyUnreadable, Severity: finding.Unchecked, Title: "countersign.yaml could not be read whole",
		Why: "The policy says what is asked of a release. What is absent from a file that did not load may be a stricter rule."},
	{ID: RuleReleaseUnreadable, Severity: finding.Unchecked, Title: "The release's record could not be read whole",
		Why: "What is absent from a record that did not load may be a package, or the commit to judge it by."},
	{ID: RuleKeyAdded, Severity: finding.Error, Title: "A key claims to be older than its file",
		Why: "The day since when a key counts is written by the team. If it could lie before the commit that added the key, a new key could vouch for old signatures."},
	{ID: RulePackageAbsent, Severity: finding.Unchecked, Title: "A package of the release was not given",
		Why: "The record lists a package that this run did not see, so nothing is known of it. Put it beside the others, or name it with --package."},
	{ID: RulePackageUnknown, Severity: finding.Error, Title: "A package is not listed by the release's record",
		Why: "Only the packages of the record are published and verified. List the file, or judge it in place of one that is listed by giving it that name."},
	{ID: RulePackageDigest, Severity: finding.Error, Title: "A package is not the recorded file",
		Why: "The record's digest is what the public compares a download with. Either the file was built again and the record is old, or the file was changed."},
	{ID: RulePackageUnexplained, Severity: finding.Error, Title: "A package holds files that the source does not explain",
		Why: "A file that is not in the source, or differs from it, was seen by nobody who reviewed the source; this is how the xz backdoor travelled. Declare build products in the package's generated list."},
	{ID: RulePackageMissing, Severity: finding.Error, Title: "A package lacks files of the source",
		Why: "Files that should be there are not, so the package is not the release that was tested. Declare what is never shipped in the package's omitted list, or as export-ignore in .gitattributes."},
	{ID: RulePackagePrevious, Severity: finding.Unchecked, Title: "What a package of changed files must hold is not known",
		Why: "A package of changed files must hold every file that changed since the previous release, whose source is not at hand."},
	{ID: RuleManifest, Severity: finding.Error, Title: "A published list of hashes does not fit the source",
		Why: "The list names files whose hashes are not those of the source, in any line-ending form."},
	{ID: RuleSourceAbsent, Severity: finding.Unchecked, Title: "The source of the release is not at hand",
		Why: "Without the repository, or without a commit that explains the package, nothing can be compared. Name the clone with --repo NAME=DIR."},
	{ID: RuleSourceInferred, Severity: finding.Warning, Title: "The source commit was inferred",
		Why: "The record names no source.commit. The commit that explains most files of the package was used; write it into the record."},
	{ID: RuleSourceTag, Severity: finding.Error, Title: "The tag does not point at the source commit",
		Why: "The record names a tag and a commit, and people who build from the tag would get something else."},
	{ID: RuleSourceUnread, Severity: finding.Unchecked, Title: "The repository could not answer",
		Why: "A shallow or partial clone lacks objects that the answer depends on, or an object is damaged. The message says how to complete the clone."},
	{ID: RulePatchUnreadable, Severity: finding.Unchecked, Title: "A patch could not be read",
		Why: "The record or an advisory names a patch file that is not there, or that is not in git diff format."},
	{ID: RulePatchConflict, Severity: finding.Error, Title: "A patch does not apply",
		Why: "A candidate is built by applying the patch to the source with git apply, which would fail."},
	{ID: RulePatchThere, Severity: finding.Warning, Title: "A patch is in the source already",
		Why: "The record lists a patch whose change the source commit holds. It can be taken off the record."},
	{ID: RuleCommitAbsent, Severity: finding.Error, Title: "A commit is not in the repository",
		Why: "A fix or a source names a commit that the repository does not have, so that nobody can look at it."},
	{ID: RuleCommitAbbreviated, Severity: finding.Error, Title: "A commit can be named by its full id",
		Why: "A short id can name another commit tomorrow; a branch can be called like one."},
	{ID: RuleTooFewSignatures, Severity: finding.Error, Title: "A package has too few valid signatures",
		Why: "policy.package_signatures says by how many different release keys a package must be signed."},
	{ID: RuleSums, Severity: finding.Error, Title: "A signed list of checksums does not cover the package",
		Why: "A signature over SHA256SUMS says something of a package only if the list names it, with its digest."},
	{ID: RuleTwoPerson, Severity: finding.Error, Title: "The fix was verified by the person who signed it",
		Why: "policy.two_person asks that somebody else than the signer of a fix verified it: see timeline.fix_verified."},
	{ID: RuleWaiverUsed, Severity: finding.Warning, Title: "A waiver of the policy was used",
		Why: "The policy excuses one object from one rule until a day. It is printed wherever it is used."},
	{ID: RuleWaiverUseless, Severity: finding.Warning, Title: "A waiver has no effect",
		Why: "It has expired, lacks a reason or an expiry, names a rule that cannot be waived, or lifted nothing in any release: verify --all looks at them together."},
	{ID: RuleAttestationUsed, Severity: finding.Warning, Title: "An attestation of the policy was used",
		Why: "Two people vouch that a fix is in a package that git cannot judge. It lifts unverifiable and nothing else."},
	{ID: RuleAttestationRefused, Severity: finding.Warning, Title: "An attestation does not count",
		Why: "It needs a reason, the package's digest, and two different people who own keys of the team."},
	{ID: RuleHistory, Severity: finding.Warning, Title: "The release is older than the policy",
		Why: "Releases made before policy.verify_since are history: what they contain is judged, and who signed it is not. The day comes from the release's record, at the revision of --trust where one is given."},
	{ID: RuleSignatureUnread, Severity: finding.Unchecked, Title: "A signature file could not be read",
		Why: "The record names a detached signature that is not beside the package."},
	{ID: RuleResultUnreadable, Severity: finding.Error, Title: "A file is no result of gate 2",
		Why: "The file is not an in-toto statement of this program, or contradicts itself."},
	{ID: RuleResultSignature, Severity: finding.Error, Title: "A result is not signed by a verifier",
		Why: "Anybody can write a file that says PASSED. policy.result_signature: required asks for the signature of a key with the role verifier; a signature that is there must hold in any case."},
	{ID: RuleResultStale, Severity: finding.Error, Title: "A result is about something else than what is there now",
		Why: "An advisory's claims, a package or a patch changed since the result was written. Run verify again."},
	{ID: RuleResultKey, Severity: finding.Error, Title: "A result counts a signature of a key that is compromised today",
		Why: "The key was sound when the result was written. What the packages hold is still proven; that the right person vouched for it is not. Somebody else signs (the release's tag where policy.fix_signature is tag, the package again), and verify is run again."},
	{ID: RuleResultFailed, Severity: finding.Error, Title: "A result says that the gate is closed",
		Why: "The run that wrote it refuted something, or could not check something."},
	{ID: signatureWarningRule, Severity: finding.Warning, Title: "A signature counts, with something to know",
		Why: "The signature is valid; the message says what a careful reader should know."},

	{ID: signatureRule(signature.Unsigned), Severity: finding.Error, Title: "A signature is missing",
		Why: "Without a signature anybody who can write to the repository, or to the download server, could have made the object."},
	{ID: signatureRule(signature.UnknownSigner), Severity: finding.Error, Title: "The signer is unknown",
		Why: "The signature is by a key that is not among the team's keys. A valid signature by a stranger proves only that the stranger exists."},
	{ID: signatureRule(signature.Bad), Severity: finding.Error, Title: "A signature is wrong",
		Why: "The signature does not fit the bytes, or its form is broken: the object was changed after it was signed, or never signed by this key."},
	{ID: signatureRule(signature.Weak), Severity: finding.Error, Title: "A signature is too weak to be believed",
		Why: "SHA-1, MD5, DSA and short RSA keys can be forged at a price. An old commit that cannot be signed again can be waived by its id, until a day."},
	{ID: signatureRule(signature.Expired), Severity: finding.Error, Title: "The key or the signature had expired",
		Why: "The key was past its own end when it signed, or its record's."},
	{ID: signatureRule(signature.NotYetUsable), Severity: finding.Error, Title: "The key was not usable yet",
		Why: "The signature claims a time before the key's usable_from, before the key existed, or in the future."},
	{ID: signatureRule(signature.Removed), Severity: finding.Error, Title: "The key had been removed",
		Why: "A removed key counts only for what a release made before the removal already holds, since whoever holds the key can write any date."},
	{ID: signatureRule(signature.Revoked), Severity: finding.Error, Title: "The key had been revoked",
		Why: "The owner withdrew the key, and the signature is not older than that."},
	{ID: signatureRule(signature.Compromised), Severity: finding.Error, Title: "The key is compromised",
		Why: "Somebody else may hold the key, and can claim any time. Its signatures count for nothing."},
	{ID: signatureRule(signature.Backdated), Severity: finding.Error, Title: "The signature claims a time before what it signs existed",
		Why: "Signing times are chosen by the signer; this one cannot be true."},
	{ID: signatureRule(signature.WrongRole), Severity: finding.Error, Title: "The key may not sign this",
		Why: "The key's record does not give it the role: commit for fixes and patches, release for packages."},
	{ID: signatureRule(signature.Platform), Severity: finding.Error, Title: "Signed by a platform and not by a person",
		Why: "A forge signs squash merges with its own key, which says only that somebody was logged in. policy.platform_keys accepts it."},
	{ID: signatureRule(signature.Mismatch), Severity: finding.Error, Title: "The signature is about something else",
		Why: "It is genuine, and made over another commit, package, source or identity."},
	{ID: signatureRule(signature.Uncheckable), Severity: finding.Unchecked, Title: "A signature could not be checked",
		Why: "Nothing is wrong with it, and something is missing: the message says what."},

	{ID: pkgfile.RuleUnreadable, Severity: finding.Error, Title: "An archive cannot be read",
		Why: "It is damaged, encrypted, or uses what unpackers read differently. What cannot be read was not verified."},
	{ID: pkgfile.RuleDuplicate, Severity: finding.Error, Title: "An archive has two entries of one name",
		Why: "Some unpackers keep the first and others the last: one can hold the fix and the other not."},
	{ID: pkgfile.RulePath, Severity: finding.Error, Title: "An archive has a path that unpackers read differently",
		Why: "Names with .., backslashes, drive letters, NUL or a leading slash leave the folder or name another file on some systems."},
	{ID: pkgfile.RuleCollision, Severity: finding.Error, Title: "Two names in an archive are one file on some systems",
		Why: "Names that differ only by case or Unicode form overwrite each other on Windows and macOS."},
	{ID: pkgfile.RuleLink, Severity: finding.Error, Title: "A link in an archive leaves it or hides a file",
		Why: "What is unpacked after the link is written somewhere else, or shows other bytes than were verified."},
	{ID: pkgfile.RuleDevice, Severity: finding.Error, Title: "An archive holds a device or a pipe",
		Why: "No release ships one; unpacking it as root is dangerous."},
	{ID: pkgfile.RuleMismatch, Severity: finding.Error, Title: "An archive contradicts itself",
		Why: "The format says the same thing twice, here in two ways, and unpackers differ in which one they believe."},
	{ID: pkgfile.RuleHiddenData, Severity: finding.Error, Title: "An archive holds bytes that its directory does not list",
		Why: "Two archives joined, or data between entries: another unpacker sees other files."},
	{ID: pkgfile.RuleForged, Severity: finding.Error, Title: "A file was made to collide",
		Why: "The file carries the marks of a SHA-1 collision attack: another file exists that git cannot tell from it."},
	{ID: pkgfile.RuleTooMany, Severity: finding.Error, Title: "An archive has too many entries",
		Why: "A limit protects the verifier from archives built to exhaust it. It can be raised with --limit."},
	{ID: pkgfile.RuleTooLarge, Severity: finding.Error, Title: "An archive unpacks to too much",
		Why: "A limit protects the verifier from archives built to exhaust it. It can be raised with --limit."},
	{ID: pkgfile.RuleBomb, Severity: finding.Error, Title: "An archive is a decompression bomb",
		Why: "It unpacks to far more than its size, as only archives built for that do. The limit can be raised with --limit."},
	{ID: pkgfile.RuleTooDeep, Severity: finding.Error, Title: "Archives are nested too deep",
		Why: "A bundle holds packages; what packages hold further down was not looked at. The limit can be raised with --limit."},
	{ID: pkgfile.RuleSizeLies, Severity: finding.Error, Title: "An entry is not as large as it claims",
		Why: "The size in the archive's directory is not that of the bytes."},
}

var ruleSeverity = func() map[string]finding.Severity {
	table := make(map[string]finding.Severity, len(Rules)+len(KeyRules))
	for _, r := range slices.Concat(Rules, KeyRules) {
		table[r.ID] = r.Severity
	}
	return table
}()

// signatureRule is the rule that a signature's status breaks.
func signatureRule(s signature.Status) string {
	name := []byte(signaturePrefix + string(s))
	for i, c := range name {
		if c == '_' {
			name[i] = '-'
		}
	}
	return string(name)
}

// found makes a finding with the severity of its rule.
func found(rule string, at finding.Span, hint, format string, args ...any) finding.Finding {
	return finding.Finding{Rule: rule, Severity: ruleSeverity[rule], At: at, Hint: hint, Message: fmt.Sprintf(format, args...)}
}

// unchecked makes a finding of a rule whose claim could not be judged.
func unchecked(rule string, at finding.Span, hint, format string, args ...any) finding.Finding {
	f := found(rule, at, hint, format, args...)
	f.Severity = finding.Unchecked
	return f
}
