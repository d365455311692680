package signature

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	pgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"github.com/countersign/countersign/verify/keyring"
)

// Bounds on what one signature file may hold. A signature is a few hundred bytes, one of the post-quantum
// kinds some tens of thousands.
const (
	maxSignature  = 1 << 20
	maxSignatures = 32
)

// judge is one signature on its way to a result: what was signed is written to it, then finish decides.
type judge struct {
	io.Writer
	finish func() Result
}

// settled is a judge whose result is known before a byte was read.
func settled(r Result) judge {
	return judge{io.Discard, func() Result { return r }}
}

// openPGP makes a judge for each OpenPGP signature in the data. object is the signed object's own date.
func (req Request) openPGP(data []byte, object time.Time) []judge {
	sigs, err := readSignatures(data)
	if err != nil {
		return []judge{settled(broken(OpenPGP, err))}
	}
	out := make([]judge, 0, len(sigs))
	for _, s := range sigs {
		out = append(out, req.judgeOpenPGP(s, object))
	}
	return out
}

// broken is the result for a signature whose form cannot be read.
func broken(kind Type, err error) Result {
	r := Result{Type: kind}
	r.refuse(Bad, "the signature cannot be read: %v", err)
	return r
}

// pgpSignature is a parsed packet, or why it was not parsed.
type pgpSignature struct {
	packet  *packet.Signature
	problem *Result
}

// readSignatures reads all signature packets, armored or binary.
func readSignatures(data []byte) ([]pgpSignature, error) {
	if len(data) > maxSignature {
		return nil, fmt.Errorf("%d bytes, more than the limit of %d", len(data), maxSignature)
	}
	var out []pgpSignature
	for _, block := range signatureBlocks(data) {
		body := io.Reader(bytes.NewReader(block))
		if block[0] == '-' {
			dec, err := armor.Decode(body)
			if err != nil {
				return nil, fmt.Errorf("armor: %w", err)
			}
			body = dec.Body
		}
		list, err := readPackets(body, maxSignatures-len(out))
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	if len(out) == 0 {
		return nil, errors.New("no OpenPGP signature found")
	}
	return out, nil
}

// signatureBlocks cuts armored data at each BEGIN line, since armor.Decode reads past the end of a block, and
// keeps the signatures: some people's commits carry an OpenTimestamps block behind them, which gpg skips as
// well. Binary data is one block.
func signatureBlocks(data []byte) [][]byte {
	data = bytes.TrimLeft(data, " \t\r\n")
	if len(data) == 0 {
		return nil
	}
	if data[0] != '-' {
		return [][]byte{data}
	}
	var out [][]byte
	for len(data) > 0 {
		end := bytes.Index(data[1:], []byte("\n-----BEGIN ")) + 2
		if end < 2 {
			end = len(data)
		}
		if typeOf(data) == OpenPGP {
			out = append(out, data[:end])
		}
		data = data[end:]
	}
	return out
}

// readPackets reads signature packets to the end. Any other packet means that the data is no detached
// signature.
func readPackets(body io.Reader, limit int) ([]pgpSignature, error) {
	var out []pgpSignature
	reader := packet.NewOpaqueReader(body)
	for {
		op, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		const tagMarker, tagSignature, tagPadding = 10, 2, 21
		switch {
		case op.Tag == tagMarker || op.Tag == tagPadding:
			continue // RFC 9580 sections 5.8 and 5.14: to be ignored
		case op.Tag != tagSignature:
			return nil, fmt.Errorf("found an OpenPGP packet with tag %d, expected detached signatures only", op.Tag)
		case len(out) >= limit:
			return nil, fmt.Errorf("more than %d signatures in one place", maxSignatures)
		}
		out = append(out, readSignature(op))
	}
}

// readSignature parses one packet. What this version of OpenPGP software does not know is not bad, it is
// Uncheckable; a digest too old to be supported at all is Weak.
func readSignature(op *packet.OpaquePacket) pgpSignature {
	contents := op.Contents
	if len(contents) > 0 && contents[0] == 3 {
		return readVersion3(contents)
	}
	const hashAt, md5, ripemd = 3, 1, 3
	if len(contents) > hashAt && (contents[hashAt] == md5 || contents[hashAt] == ripemd) {
		r := Result{Type: OpenPGP}
		r.refuse(Weak, "the digest is MD5 or RIPEMD-160, which no longer binds a signature to what it signs")
		r.refuse(Uncheckable, "for that reason the signature was not verified")
		return pgpSignature{problem: &r}
	}
	p, err := op.Parse()
	if sig, ok := p.(*packet.Signature); ok && err == nil {
		return pgpSignature{packet: sig}
	}
	r := Result{Type: OpenPGP}
	r.refuse(Uncheckable, "the OpenPGP signature packet is of a form that is not supported: %v", err)
	return pgpSignature{problem: &r}
}

// readVersion3 reads a version 3 signature (RFC 4880 section 5.2.2), which GnuPG wrote until 2010 and the
// library no longer reads: it is brought into the form of version 4, and what is hashed after the message
// is put back to what version 3 hashes, the type and the time.
func readVersion3(c []byte) pgpSignature {
	const size = 19 // version, 5, type, time, key id, two algorithms, two bytes of the digest
	r := Result{Type: OpenPGP}
	if len(c) < size || c[1] != 5 {
		r.refuse(Bad, "the version 3 signature packet is cut short")
		return pgpSignature{problem: &r}
	}
	kind, when, keyID, pubAlgo, hashAlgo, rest := c[2], c[3:7], c[7:15], c[15], c[16], c[17:]
	v4 := slices.Concat([]byte{4, kind, pubAlgo, hashAlgo, 0, 6, 5, 2}, when, []byte{0, 10, 9, 16}, keyID, rest)
	s := readSignature(&packet.OpaquePacket{Tag: 2, Contents: v4})
	if s.packet != nil {
		s.packet.HashSuffix = append([]byte{kind}, when...)
	}
	return s
}

// judgeOpenPGP prepares one signature to receive the message.
func (req Request) judgeOpenPGP(s pgpSignature, object time.Time) judge {
	if s.problem != nil {
		return settled(*s.problem)
	}
	sig := s.packet
	r := Result{Type: OpenPGP, Key: issuer(sig), Time: sig.CreationTime.UTC()}
	if sig.SigType != packet.SigTypeBinary && sig.SigType != packet.SigTypeText {
		r.refuse(Bad, "the signature is of type 0x%02x, which is not one over a document", byte(sig.SigType))
		return settled(r)
	}
	signers := req.Ring.SignersOf(sig)
	if len(signers) == 0 {
		r.refuse(UnknownSigner, "no key in the keyring has the %s that made it", nameIssuer(sig))
		return settled(r)
	}
	h, err := sig.PrepareVerify()
	if err != nil {
		r.refuse(Uncheckable, "the digest cannot be computed: %v", err)
		return settled(r)
	}
	w := io.Writer(h)
	if sig.SigType == packet.SigTypeText {
		w = pgp.NewCanonicalTextHash(h)
	}
	return judge{w, func() Result { return req.finishOpenPGP(r, sig, h, signers, object) }}
}

// finishOpenPGP decides once the whole message is hashed. Two records may hold the same key; the one that
// lets the signature count speaks.
func (req Request) finishOpenPGP(r Result, sig *packet.Signature, h hash.Hash, signers []*keyring.OpenPGPKey, object time.Time) Result {
	var best *Result
	for _, k := range signers {
		own := r
		own.Signer = k.Key.Owner()
		if p := k.Primary(); p != k.Fingerprint {
			own.Primary = p
		}
		own.Key = k.Fingerprint
		copied, err := cloneHash(h)
		if err == nil {
			err = k.Verify(copied, sig)
		}
		if err != nil {
			own.refuse(Bad, "the signature does not match: what is here is not what key %s signed", k.Fingerprint)
		} else {
			own.Genuine = true
			req.judgeKey(&own, k, sig, object)
		}
		own.settle()
		if best == nil || preferable(own, *best) {
			best = &own
		}
	}
	return *best
}

// preferable prefers a result that counts, then one that is genuine.
func preferable(a, b Result) bool {
	if a.OK() != b.OK() {
		return a.OK()
	}
	return a.Genuine && !b.Genuine
}

// judgeKey asks everything about a genuine OpenPGP signature.
func (req Request) judgeKey(r *Result, k *keyring.OpenPGPKey, sig *packet.Signature, object time.Time) {
	c := req.claimOf(sig.CreationTime.UTC(), object, time.Time{})
	standing, why := k.Standing(c.at)
	if standing == keyring.KeyCompromised {
		r.refuse(Compromised, "%s", why)
	}
	req.judgeRecord(r, k.Key, c)
	switch standing {
	case keyring.SelfRevoked:
		r.refuse(Revoked, "%s", why)
	case keyring.NotBound, keyring.CannotSign:
		r.refuse(Bad, "%s", why)
	case keyring.NotYetCreated:
		r.refuse(Backdated, "%s", why)
	case keyring.PastExpiry, keyring.Good:
		req.judgeEnd(r, "key "+k.Fingerprint, k.Expires(), c)
	}
	if since := k.RevokedSince(); standing == keyring.Good && !since.IsZero() && !req.witnessed(r, since) {
		r.Warnings = append(r.Warnings, fmt.Sprintf("the key was revoked %s; that the signature is older is the signer's own claim", day(since)))
	}
	if life := sig.SigLifetimeSecs; life != nil && *life != 0 {
		if end := sig.CreationTime.Add(time.Duration(*life) * time.Second); !end.After(req.Now) {
			r.refuse(Expired, "the signature itself was made to expire %s", day(end))
		}
	}
	for _, n := range sig.Notations {
		if n.IsCritical {
			r.refuse(Uncheckable, "the signature carries the critical notation %q, which must not be ignored and is not known", n.Name)
		}
	}
	if why := keyring.WeakDigest(sig.Hash); why != "" {
		r.refuse(Weak, "%s", why)
	}
	if why := k.Weak(); why != "" {
		r.refuse(Weak, "the key is weak: %s", why)
	}
}

// cloneHash copies the state, since verifying writes to it.
func cloneHash(h hash.Hash) (hash.Hash, error) {
	c, ok := h.(hash.Cloner)
	if !ok {
		return nil, fmt.Errorf("digest %T cannot be copied", h)
	}
	copied, err := c.Clone()
	if err != nil {
		return nil, err
	}
	return copied, nil
}

// issuer is the fingerprint or key id that a signature names, in upper-case hex.
func issuer(sig *packet.Signature) string {
	switch {
	case sig.IssuerFingerprint != nil:
		return strings.ToUpper(hex.EncodeToString(sig.IssuerFingerprint))
	case sig.IssuerKeyId != nil:
		return strings.ToUpper(hex.EncodeToString(binary.BigEndian.AppendUint64(nil, *sig.IssuerKeyId)))
	}
	return ""
}

// nameIssuer is issuer for a message.
func nameIssuer(sig *packet.Signature) string {
	switch {
	case sig.IssuerFingerprint != nil:
		return "fingerprint " + issuer(sig)
	case sig.IssuerKeyId != nil:
		return "key id " + issuer(sig)
	}
	return "key: the signature does not name the one"
}
