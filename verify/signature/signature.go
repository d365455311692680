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
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
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

	Refusals []Refusal // everything that speaks against it, the first being Status and Reason
}

// Refusal is one thing that speaks against a signature. A waiver lifts one; the others stay.
type Refusal struct {
	Status Status
	Reason string
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
func Check(s *Signed, req Request) []Result {
	var out []Result
	for _, part := range s.Signatures {
		for _, r := range req.checkPart(part, s) {
			r.Header = part.Header
			out = append(out, r)
		}
	}
	if out == nil {
		r := Result{}
		r.refuse(Unsigned, "the %s carries no signature", s.Object)
		out = append(out, r)
	}
	return out
}

// checkPart judges one signature of an object.
func (req Request) checkPart(part Part, s *Signed) []Result {
	if part.Problem != "" {
		r := Result{Type: part.Type}
		r.refuse(Uncheckable, "%s", part.Problem)
		return []Result{r}
	}
	var judges []judge
	switch part.Type {
	case OpenPGP:
		judges = req.openPGP(part.Armor, s.When)
	case SSH:
		judges = []judge{req.ssh(part.Armor, "git", s.When)}
	case X509:
		return []Result{req.x509(part, s)}
	default:
		r := Result{}
		r.refuse(Uncheckable, "the signature is of no known kind: expected OpenPGP, SSH or x509 armor")
		return []Result{r}
	}
	out := make([]Result, 0, len(judges))
	for _, j := range judges {
		j.Write(part.Payload) // hashes never fail to write
		out = append(out, j.finish())
	}
	return out
}

// Best picks the result that stands for the object: the first that counts, else the first that is
// Uncheckable, else the first. A valid one warns of the others that do not count, since git and gpg may
// show a reader one of those.
func Best(results []Result) Result {
	for _, want := range []Status{Valid, Uncheckable} {
		for _, r := range results {
			if r.Status != want {
				continue
			}
			if r.OK() {
				r.Warnings = append(slices.Clone(r.Warnings), refused(results)...)
			}
			return r
		}
	}
	if len(results) == 0 {
		r := Result{}
		r.refuse(Unsigned, "there is no signature")
		return r
	}
	return results[0]
}

// refused says of each signature that does not count why.
func refused(results []Result) []string {
	var list []string
	for _, r := range results {
		if !r.OK() {
			list = append(list, fmt.Sprintf("another signature on it does not count (%s): %s", strings.ReplaceAll(string(r.Status), "_", " "), r.Reason))
		}
	}
	return list
}

// Detached is a signature in a file of its own: OpenPGP (armored or binary), SSHSIG, or a sigstore bundle.
type Detached struct {
	Name string // file name, for the result
	Data []byte
}

// CheckFile judges detached signatures over one file, read once as a stream. Each signature gives at least
// one result, and one for each OpenPGP signature that a file holds. The error is one of reading the file;
// everything wrong with a signature is a result.
func CheckFile(message io.Reader, signatures []Detached, req Request) ([]Result, error) {
	type named struct {
		judge
		file string
	}
	var judges []named
	var writers []io.Writer
	for _, d := range signatures {
		for _, j := range req.detached(d) {
			judges = append(judges, named{j, d.Name})
			writers = append(writers, j)
		}
	}
	if _, err := io.Copy(io.MultiWriter(writers...), message); err != nil {
		return nil, fmt.Errorf("read the signed file: %w", err)
	}
	var out []Result
	for _, j := range judges {
		r := j.finish()
		r.File = j.file
		out = append(out, r)
	}
	return out, nil
}

// detached tells the kind of a detached signature by its first bytes.
func (req Request) detached(d Detached) []judge {
	data := bytes.TrimLeft(d.Data, " \t\r\n")
	switch {
	case len(data) == 0:
		return []judge{settled(broken("", errors.New("the signature file is empty")))}
	case data[0] == '{':
		return []judge{req.bundle(data)}
	case typeOf(data) == SSH:
		return []judge{req.ssh(data, "file", time.Time{})}
	}
	return req.openPGP(data, time.Time{})
}

// Signers returns the owners with a signature that counts, each once, sorted: what policy.package_signatures
// counts.
func Signers(results []Result) []string {
	var out []string
	for _, r := range results {
		if r.OK() {
			out = append(out, r.Signer)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
