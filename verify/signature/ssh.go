package signature

import (
	"bytes"
	"fmt"
	"hash"
	"slices"
	"strings"
	"time"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"

	"github.com/countersign/countersign/verify/keyring"
)

// sshAlgorithms are the signature algorithms that count: those of OpenSSH without ssh-rsa, whose digest is
// SHA-1, and without DSA.
var sshAlgorithms = []string{
	ssh.KeyAlgoED25519, ssh.KeyAlgoSKED25519, ssh.KeyAlgoRSASHA256, ssh.KeyAlgoRSASHA512,
	ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521, ssh.KeyAlgoSKECDSA256,
}

// ssh makes a judge for an SSH signature (PROTOCOL.sshsig of OpenSSH). namespace says what the signature
// must have been made for: git for commits and tags, file for files; a signature made to log in somewhere
// is in no namespace at all.
func (req Request) ssh(armored []byte, namespace string, object time.Time) judge {
	if len(armored) > maxSignature {
		return settled(broken(SSH, fmt.Errorf("%d bytes, more than the limit of %d", len(armored), maxSignature)))
	}
	sig, err := sshsig.Unarmor(bytes.ReplaceAll(armored, []byte("\r\n"), []byte("\n")))
	if err != nil {
		if strings.Contains(err.Error(), `"`+ssh.KeyAlgoRSA+`"`) {
			r := Result{Type: SSH}
			r.refuse(Weak, "the signature algorithm is ssh-rsa, whose digest is SHA-1")
			r.refuse(Uncheckable, "for that reason the signature was not verified")
			return settled(r)
		}
		return settled(broken(SSH, err))
	}
	r := Result{Type: SSH, Key: ssh.FingerprintSHA256(plainKey(sig.PublicKey))}
	if sig.Namespace != namespace {
		r.refuse(Bad, "the signature was made for the namespace %q, expected %q: it is a signature of something else", sig.Namespace, namespace)
		return settled(r)
	}
	signers := req.Ring.SSHSigners(sig.PublicKey, namespace)
	if len(signers) == 0 {
		r.refuse(UnknownSigner, "no key in the keyring has the fingerprint %s that made it", r.Key)
		return settled(r)
	}
	if err := sig.HashAlgorithm.Available(); err != nil {
		return settled(broken(SSH, err))
	}
	h := sig.HashAlgorithm.Hash()
	return judge{h, func() Result { return req.finishSSH(r, sig, h, signers, object) }}
}

// plainKey is the key itself, also of a certificate.
func plainKey(public ssh.PublicKey) ssh.PublicKey {
	if cert, ok := public.(*ssh.Certificate); ok {
		return cert.Key
	}
	return public
}

// sshMessage is what an SSH signature is really over: the namespace, the digest's name and the digest. The
// sshsig library builds it from a reader that it drains; a package is read once for all its signatures, so
// the digest comes from outside here.
func sshMessage(sig *sshsig.Signature, h hash.Hash) []byte {
	return append([]byte("SSHSIG"), ssh.Marshal(struct{ Namespace, Reserved, Algorithm, Digest string }{
		sig.Namespace, "", sig.HashAlgorithm.String(), string(h.Sum(nil)),
	})...)
}

// finishSSH decides once the whole message is hashed.
func (req Request) finishSSH(r Result, sig *sshsig.Signature, h hash.Hash, signers []keyring.SSHSigner, object time.Time) Result {
	message, key := sshMessage(sig, h), plainKey(sig.PublicKey)
	switch err := key.Verify(message, sig.Signature); {
	case err == nil:
	case untouched(key, message, sig.Signature):
		r.Warnings = append(r.Warnings, "the security key was not touched for it, so a program on its owner's machine could have had it sign")
	default:
		r.Signer = signers[0].Key.Owner()
		r.refuse(Bad, "the signature does not match: what is here is not what key %s signed", r.Key)
		return r
	}
	r.Genuine = true
	var best *Result
	for _, s := range signers {
		own := r
		own.Warnings = slices.Clone(r.Warnings)
		own.Signer = s.Key.Owner()
		req.judgeSSH(&own, s, sig, object)
		own.settle()
		if best == nil || preferable(own, *best) {
			best = &own
		}
	}
	return *best
}

// judgeSSH asks everything about a genuine SSH signature. It carries no time: the object's own date is
// taken, which its author chooses, so an end of validity needs a witness.
func (req Request) judgeSSH(r *Result, s keyring.SSHSigner, sig *sshsig.Signature, object time.Time) {
	c := req.claimOf(time.Time{}, object, time.Time{})
	if s.Problem != "" {
		r.refuse(Bad, "%s", s.Problem)
	}
	req.judgeRecord(r, s.Key, c)
	if c.at.Before(s.ValidAfter) {
		r.refuse(NotYetUsable, "made %s, the key of %s is valid from %s on", day(c.at), s.Key.Owner(), day(s.ValidAfter))
	}
	req.judgeEnd(r, "the validity of key "+r.Key, s.ValidUntil, c)
	if s.Principal != "" {
		r.Primary = "certificate for " + s.Principal
	}
	if !object.IsZero() && (!s.ValidUntil.IsZero() || s.Key.Record.Removed != nil) {
		r.Warnings = append(r.Warnings, "an SSH signature carries no time; the date of what it signs was taken, which its author can choose")
	}
	if !slices.Contains(sshAlgorithms, sig.Signature.Format) {
		r.refuse(Weak, "the signature algorithm is %s, which is not accepted", sig.Signature.Format)
	}
	if why := keyring.WeakSSH(sig.PublicKey); why != "" {
		r.refuse(Weak, "the key is weak: %s", why)
	}
}
