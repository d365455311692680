// Package signature says of one signature whose it is and whether it counts.
//
// git signs a commit by hashing the object without its signature and putting the signature into a header
// (gpgsig, and gpgsig-sha256 for the object's name under the other hash), a tag by putting it at the end of
// the message. Three kinds are in use: OpenPGP, SSH (the SSHSIG format of OpenSSH) and x509 (CMS, in
// practice gitsign with a certificate that lives ten minutes and an entry in a public log). Packages carry
// detached signatures of the first two kinds, or sigstore bundles.
//
// A signature that is mathematically good says only that somebody holds a key. Whether it counts is decided
// from three more things: whether the ring knows the key and gives it the role that is asked for; whether
// key and record were valid at the time that is claimed; and whether that claim is believable, since
// whoever holds a key can write any time. Every refusal has its own status and a reason in plain words.
//
// The bytes judged are those that are stored; nothing is re-encoded on the way. The package needs no
// network, no clock and no other program: time, keys and the sigstore root come as arguments.
package signature

import (
	"io"
	"time"

	"github.com/countersign/countersign/verify/keyring"
)

// Status is what a signature turned out to be.
type Status string

// The statuses. Only Valid counts; Uncheckable means that nothing was refuted and something is missing,
// which is neither passed nor failed.
const (
	Valid         Status = "valid"
	Unsigned      Status = "unsigned"
	UnknownSigner Status = "unknown_signer" // no key of the ring
	Bad           Status = "bad"            // the mathematics does not hold, or the form is broken
	Weak          Status = "weak"           // SHA-1, MD5, RSA under 2048 bits, DSA
	Expired       Status = "expired"        // key or signature had expired
	NotYetUsable  Status = "not_yet_usable" // before usable_from, before the key existed, or in the future
	Removed       Status = "removed"        // after the key was removed from the team's keys
	Revoked       Status = "revoked"        // the key revoked itself
	Compromised   Status = "compromised"    // removed or revoked as compromised: no time helps
	Backdated     Status = "backdated"      // claims a time before the signed object existed
	WrongRole     Status = "wrong_role"     // the key may not sign this
	Platform      Status = "platform"       // a forge's key, which the policy does not accept
	Mismatch      Status = "mismatch"       // genuine, but about something else: another commit, source or identity
	Uncheckable   Status = "uncheckable"    // cannot be decided with what is at hand
)

// Type is the kind of a signature.
type Type string

// The types.
const (
	OpenPGP    Type = "openpgp"
	SSH        Type = "ssh"
	X509       Type = "x509"       // CMS, gitsign
	Sigstore   Type = "sigstore"   // a sigstore bundle
	Provenance Type = "provenance" // a sigstore bundle around SLSA provenance
)

// Result is what one signature turned out to be.
type Result struct {
	Status   Status
	Type     Type
	File     string    // name of the detached signature's file, "" for commits and tags
	Header   string    // header of the object that held it: gpgsig, gpgsig-sha256, or "" for a tag's end
	Signer   string    // owner of the key, "" when unknown
	Key      string    // fingerprint or key id as the signature names it; issuer and subject for sigstore
	Primary  string    // OpenPGP: fingerprint of the primary key, where a subkey signed
	Time     time.Time // the time the signature claims; zero where it claims none (SSH)
	Proven   time.Time // the time a transparency log or timestamp proves; zero where none does
	Reason   string    // why it does not count, in plain words; "" when it does
	Warnings []string  // what a reader should know although it counts

	// Genuine says that the mathematics holds: this key signed these bytes. A waiver may lift a refusal
	// of policy (Weak, Expired …) only where it is true.
	Genuine bool
}

// OK reports whether the signature counts.
func (r Result) OK() bool { return r.Status == Valid }

// Request is what a signature is asked.
type Request struct {
	Ring *keyring.Ring
	Role keyring.Role // what the key must be allowed to do
	Now  time.Time

	// HeldSince is the date of the oldest release known to hold the signed object, zero when none does.
	// It is the one witness that a signature by a key that has since been removed or has expired was
	// there before: its own time is only a claim.
	HeldSince time.Time

	AllowPlatform bool         // accept keys of role platform in place of Role
	Root          *TrustedRoot // for gitsign and sigstore; nil makes those Uncheckable
	LogEntry      []byte       // a rekor log entry (JSON) for a gitsign signature that embeds none
}

// Check judges every signature of a commit or tag, in the order they stand. The list is never empty: an
// object without a signature gives one result with status Unsigned.
func Check(s *Signed, req Request) []Result { return nil }

// Best picks the result that stands for the object: the first that counts, else the first that is
// Uncheckable, else the first.
func Best(results []Result) Result { return Result{} }

// Detached is a signature in a file of its own: OpenPGP (armored or binary), SSHSIG, or a sigstore bundle.
type Detached struct {
	Name string // file name, for the result
	Data []byte
}

// CheckFile judges detached signatures over one file, read once as a stream. Each signature gives at least
// one result, and one for each OpenPGP signature that a file holds. The error is one of reading the file;
// everything wrong with a signature is a result.
func CheckFile(message io.Reader, signatures []Detached, req Request) ([]Result, error) {
	return nil, nil
}

// Signers returns the owners with a signature that counts, each once, sorted: what policy.package_signatures
// counts.
func Signers(results []Result) []string { return nil }

// Source is the place a build must come from.
type Source struct {
	Repository string // URL of the repository
	Commit     string // full object id
}

// CheckProvenance judges SLSA provenance in a sigstore bundle: the bundle's own signature and identity as
// CheckFile does, then that its subject is the package (sha256 in hex) and its source is exactly this
// repository and commit; otherwise the status is Mismatch.
func CheckProvenance(bundle Detached, packageSHA256 string, want Source, req Request) Result {
	return Result{}
}
