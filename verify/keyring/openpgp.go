package keyring

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// Bounds on a key block. A key that strangers flooded with certifications reaches a few megabytes; a team
// strips those before it commits the key.
const (
	maxBlock   = 8 << 20
	maxPackets = 20000
)

// The packet tags of RFC 9580 section 5 that a public key block may hold.
const (
	tagSignature     = 2
	tagSecretKey     = 5
	tagPublicKey     = 6
	tagSecretSubkey  = 7
	tagUserID        = 13
	tagPublicSubkey  = 14
	tagUserAttribute = 17
)

// Entity is an OpenPGP primary key with what it says about itself, each part checked: subkeys, user ids,
// revocations. Parts whose signature does not hold are left out, as if they were not there.
type Entity struct {
	primary  *OpenPGPKey
	subkeys  []*OpenPGPKey
	users    []*user
	direct   []*packet.Signature // verified direct-key signatures
	foreign  []*packet.Signature // key revocations by others, judged once the ring knows who they are
	revokers []string            // fingerprints of designated revokers that the key names
	packets  []*packet.OpaquePacket
}

// OpenPGPKey is one primary key or subkey of the ring.
type OpenPGPKey struct {
	Fingerprint string // upper-case hex
	Key         *Key   // the record it belongs to

	entity      *Entity
	packet      *packet.PublicKey
	rsa         *largeRSA         // nil for a key whose signatures the library checks
	binding     *packet.Signature // subkeys: the newest valid binding
	crossSigned bool
	revocations []Revocation
}

// user is a user id with its verified signatures.
type user struct {
	id      string
	self    *packet.Signature // newest valid self-certification
	revoked *Revocation
	foreign []*packet.Signature // by others, checked once the ring knows them
	certs   []Certification
	at      [2]int // its packets in Entity.packets: from, to
}

// readEntities reads all armored public key blocks of a text.
func readEntities(text string) ([]*Entity, error) {
	if len(text) > maxBlock {
		return nil, fmt.Errorf("key block is %d bytes, more than the limit of %d: remove certifications by strangers", len(text), maxBlock)
	}
	if strings.Contains(text, "-----BEGIN PGP PRIVATE KEY BLOCK-----") {
		return nil, errors.New("found a private key block: remove it and treat the key as compromised")
	}
	var out []*Entity
	for _, block := range armorBlocks(text) {
		dec, err := armor.Decode(strings.NewReader(block))
		if err != nil {
			return nil, fmt.Errorf("read armored key block: %w", err)
		}
		packets, err := readPackets(dec.Body)
		if err != nil {
			return nil, fmt.Errorf("read armored key block: %w", err)
		}
		list, err := groupEntities(packets)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	if len(out) == 0 {
		return nil, errors.New("expected an armored block that begins with -----BEGIN PGP PUBLIC KEY BLOCK-----")
	}
	return out, nil
}

// armorBlocks cuts the text into its public key blocks, because the armor reader may read past the end of
// the first one.
func armorBlocks(text string) []string {
	const begin, end = "-----BEGIN PGP PUBLIC KEY BLOCK-----", "-----END PGP PUBLIC KEY BLOCK-----"
	var out []string
	for {
		from := strings.Index(text, begin)
		if from < 0 {
			return out
		}
		text = text[from:]
		to := strings.Index(text, end)
		if to < 0 {
			return append(out, text)
		}
		out = append(out, text[:to+len(end)]+"\n")
		text = text[to+len(end):]
	}
}

// readPackets reads all packets as they are stored.
func readPackets(r io.Reader) ([]*packet.OpaquePacket, error) {
	var out []*packet.OpaquePacket
	reader := packet.NewOpaqueReader(r)
	for {
		p, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		if len(out) == maxPackets {
			return nil, fmt.Errorf("more than %d packets in one key block", maxPackets)
		}
		out = append(out, p)
	}
}

// groupEntities splits packets at each primary key and reads each group.
func groupEntities(packets []*packet.OpaquePacket) ([]*Entity, error) {
	var out []*Entity
	for len(packets) > 0 {
		if tag := packets[0].Tag; tag == tagSecretKey || tag == tagSecretSubkey {
			return nil, errors.New("found a secret key packet: remove it and treat the key as compromised")
		}
		if packets[0].Tag != tagPublicKey {
			packets = packets[1:]
			continue
		}
		n := 1
		for n < len(packets) && packets[n].Tag != tagPublicKey {
			n++
		}
		e, err := readEntity(packets[:n])
		if err != nil {
			return nil, err
		}
		out = append(out, e)
		packets = packets[n:]
	}
	return out, nil
}

// readEntity reads one transferable public key (RFC 9580 section 10.1). It must carry a valid signature by
// itself: without one nothing says until when it is valid.
func readEntity(packets []*packet.OpaquePacket) (*Entity, error) {
	e := &Entity{packets: packets}
	primary, err := e.readKey(packets[0])
	if err != nil {
		return nil, err
	}
	e.primary = primary
	for i := 1; i < len(packets); {
		end := i + 1
		for end < len(packets) && packets[end].Tag == tagSignature {
			end++
		}
		switch packets[i].Tag {
		case tagSignature: // signatures right after the primary key
			e.addKeySignatures(packets[i:end])
		case tagUserID:
			e.addUser(packets[i:end], i)
		case tagPublicSubkey:
			e.addSubkey(packets[i], signatures(packets[i+1:end]))
		case tagSecretSubkey:
			return nil, errors.New("found a secret key packet: remove it and treat the key as compromised")
		}
		i = end
	}
	if e.selfSignature() == nil {
		return nil, fmt.Errorf("key %s carries no valid signature by itself, so nothing says until when it is valid: export it again", primary.Fingerprint)
	}
	return e, nil
}

// readKey parses one key packet.
func (e *Entity) readKey(op *packet.OpaquePacket) (*OpenPGPKey, error) {
	p, err := op.Parse()
	if err != nil {
		return nil, fmt.Errorf("read OpenPGP key packet: %w", err)
	}
	pk, ok := p.(*packet.PublicKey)
	if !ok {
		return nil, fmt.Errorf("read OpenPGP key packet: found %T", p)
	}
	return &OpenPGPKey{
		Fingerprint: strings.ToUpper(hex.EncodeToString(pk.Fingerprint)),
		entity:      e, packet: pk, rsa: newLargeRSA(pk),
	}, nil
}

// signatures parses signature packets; those of an unknown form are left out, since nothing can be
// concluded from them.
func signatures(packets []*packet.OpaquePacket) []*packet.Signature {
	var out []*packet.Signature
	for _, op := range packets {
		if p, err := op.Parse(); err == nil {
			if sig, ok := p.(*packet.Signature); ok {
				out = append(out, sig)
			}
		}
	}
	return out
}

// addKeySignatures takes direct-key signatures and revocations of the primary key.
func (e *Entity) addKeySignatures(packets []*packet.OpaquePacket) {
	pk := e.primary.packet
	for _, op := range packets {
		for _, sig := range signatures([]*packet.OpaquePacket{op}) {
			switch sig.SigType {
			case packet.SigTypeDirectSignature:
				if names(sig, pk) && acceptable(sig) && pk.VerifyDirectKeySignature(sig) == nil {
					e.direct = append(e.direct, sig)
					e.revokers = append(e.revokers, designatedRevokers(op.Contents)...)
				}
			case packet.SigTypeKeyRevocation:
				if !names(sig, pk) {
					e.foreign = append(e.foreign, sig)
				} else if pk.VerifyRevocationSignature(sig) == nil {
					e.primary.revocations = append(e.primary.revocations, revocation(sig, ""))
				}
			}
		}
	}
}

// addUser takes a user id with the signatures after it.
func (e *Entity) addUser(packets []*packet.OpaquePacket, at int) {
	p, err := packets[0].Parse()
	if err != nil {
		return
	}
	uid, ok := p.(*packet.UserId)
	if !ok {
		return
	}
	u := &user{id: uid.Id, at: [2]int{at, at + len(packets)}}
	pk := e.primary.packet
	for _, sig := range signatures(packets[1:]) {
		if !names(sig, pk) {
			u.foreign = append(u.foreign, sig)
			continue
		}
		if !acceptable(sig) || pk.VerifyUserIdSignature(u.id, pk, sig) != nil {
			continue
		}
		switch {
		case sig.SigType == packet.SigTypeCertificationRevocation:
			r := revocation(sig, "")
			u.revoked = &r
		case isCertification(sig) && newer(sig, u.self):
			u.self = sig
		}
	}
	if u.self == nil {
		return // a name that the key itself does not claim
	}
	if u.revoked != nil && u.self.CreationTime.After(u.revoked.Time) {
		u.revoked = nil // claimed again after the revocation
	}
	e.users = append(e.users, u)
}

// addSubkey takes a subkey with the signatures after it.
func (e *Entity) addSubkey(op *packet.OpaquePacket, sigs []*packet.Signature) {
	sub, err := e.readKey(op)
	if err != nil {
		return
	}
	primary := e.primary.packet
	for _, sig := range sigs {
		if !names(sig, primary) || !acceptable(sig) || verifyOver(primary, sig, primary, sub.packet) != nil {
			continue
		}
		switch {
		case sig.SigType == packet.SigTypeSubkeyRevocation:
			// A revocation stands whatever binding is dated after it, as in GnuPG.
			sub.revocations = append(sub.revocations, revocation(sig, ""))
		case sig.SigType == packet.SigTypeSubkeyBinding && newer(sig, sub.binding):
			sub.binding = sig
			back := sig.EmbeddedSignature
			sub.crossSigned = back != nil && acceptable(back) && verifyOver(sub.packet, back, primary, sub.packet) == nil
		}
	}
	if sub.binding != nil {
		e.subkeys = append(e.subkeys, sub)
	}
}

// verifyOver checks a signature over keys: a binding, a cross-certification or a subkey revocation.
func verifyOver(signer *packet.PublicKey, sig *packet.Signature, over ...*packet.PublicKey) error {
	h, err := sig.PrepareVerify()
	if err != nil {
		return err
	}
	for _, key := range over {
		if err := key.SerializeForHash(h); err != nil {
			return err
		}
	}
	return signer.VerifySignature(h, sig)
}

// names reports whether the signature says that the key made it.
func names(sig *packet.Signature, pk *packet.PublicKey) bool {
	if sig.IssuerFingerprint != nil {
		return bytes.Equal(sig.IssuerFingerprint, pk.Fingerprint)
	}
	return sig.IssuerKeyId != nil && *sig.IssuerKeyId == pk.KeyId
}

// acceptable refuses what RFC 9580 section 5.2.3.24 forbids to accept: a critical notation that nobody
// here understands. SHA-1 in a key's own signatures is accepted: the team vouches for the block as a whole,
// and keys from before 2014 carry nothing else.
func acceptable(sig *packet.Signature) bool {
	return !slices.ContainsFunc(sig.Notations, func(n *packet.Notation) bool { return n.IsCritical })
}

// isCertification reports one of the four certification types.
func isCertification(sig *packet.Signature) bool {
	return sig.SigType >= packet.SigTypeGenericCert && sig.SigType <= packet.SigTypePositiveCert
}

// newer reports whether sig replaces old.
func newer(sig, old *packet.Signature) bool {
	return old == nil || sig.CreationTime.After(old.CreationTime)
}

// revocation reads a revocation signature that was found valid.
func revocation(sig *packet.Signature, by string) Revocation {
	r := Revocation{Time: sig.CreationTime.UTC(), Text: sig.RevocationReasonText, By: by, Hard: true, Reason: "no reason given"}
	if sig.RevocationReason == nil {
		return r
	}
	switch *sig.RevocationReason {
	case packet.KeySuperseded:
		r.Hard, r.Reason = false, "superseded"
	case packet.KeyRetired:
		r.Hard, r.Reason = false, "retired"
	case packet.UserIDNotValid:
		r.Hard, r.Reason = false, "user id no longer valid"
	case packet.KeyCompromised:
		r.Reason = Compromised
	}
	return r
}

// selfSignature returns the signature that now speaks for the primary key: the newest of its direct-key
// signatures and of the certifications of its user ids; revoked user ids speak only where no other does.
func (e *Entity) selfSignature() *packet.Signature {
	var best *packet.Signature
	for _, sig := range e.direct {
		if newer(sig, best) {
			best = sig
		}
	}
	for _, u := range e.users {
		if u.revoked == nil && newer(u.self, best) {
			best = u.self
		}
	}
	for _, u := range e.users {
		if best == nil {
			best = u.self
		}
	}
	return best
}

// statement returns the signature that speaks for the key: its binding, or the primary's self-signature.
func (k *OpenPGPKey) statement() *packet.Signature {
	if k.binding != nil {
		return k.binding
	}
	return k.entity.selfSignature()
}

// ownExpiry is the end of the key's own lifetime, zero where it has none.
func (k *OpenPGPKey) ownExpiry() time.Time {
	life := k.statement().KeyLifetimeSecs
	if life == nil || *life == 0 {
		return time.Time{}
	}
	return k.packet.CreationTime.Add(time.Duration(*life) * time.Second).UTC()
}
