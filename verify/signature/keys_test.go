package signature

import (
	"bytes"
	"crypto"
	"crypto/dsa" //lint:ignore SA1019 a DSA key must be refused, so the test makes one
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/ed25519"
	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/countersign/countersign/verify/keyring"
)

// date is a moment in the tests.
func date(s string) time.Time {
	t, err := time.Parse("2006-01-02", s)
	if err != nil {
		panic(err)
	}
	return t
}

// pgpKey is an OpenPGP key built packet by packet, so that a test can leave out or spoil any part.
type pgpKey struct {
	t       testing.TB
	primary *packet.PrivateKey
	sub     *packet.PrivateKey // nil: the primary signs
	block   bytes.Buffer       // packets so far
	uid     string
}

// keyOptions says what kind of key to build.
type keyOptions struct {
	created   string        // default 2015-01-01
	selfSig   string        // date of the self-signature, default created
	lifetime  time.Duration // of the primary, 0: unlimited
	rsaBits   int           // 0: Ed25519
	dsa       bool
	v6        bool
	subkey    bool
	noCross   bool // leave out the subkey's cross-certification
	notation  bool // a critical notation in the subkey's binding
	noSign    bool // no signing flag
	subSig    string
	subExpiry time.Duration
}

func newKey(t testing.TB, uid string, o keyOptions) *pgpKey {
	t.Helper()
	if o.created == "" {
		o.created = "2015-01-01"
	}
	if o.selfSig == "" {
		o.selfSig = o.created
	}
	k := &pgpKey{t: t, uid: uid, primary: newPrivate(t, date(o.created), o)}
	must(t, k.primary.PublicKey.Serialize(&k.block))
	self := k.newSig(packet.SigTypePositiveCert, date(o.selfSig))
	self.FlagsValid, self.FlagCertify, self.FlagSign = true, true, !o.noSign && !o.subkey
	self.KeyLifetimeSecs = lifetime(o.lifetime)
	if o.v6 { // version 6 keys speak through a direct-key signature
		self.SigType = packet.SigTypeDirectSignature
		must(t, self.SignDirectKeyBinding(&k.primary.PublicKey, k.primary, config()))
		must(t, self.Serialize(&k.block))
		self = k.newSig(packet.SigTypePositiveCert, date(o.selfSig))
	}
	must(t, packet.NewUserId(uid, "", strings.ToLower(uid)+"@example.org").Serialize(&k.block))
	must(t, self.SignUserId(k.userID(), &k.primary.PublicKey, k.primary, config()))
	must(t, self.Serialize(&k.block))
	if o.subkey {
		k.addSubkey(o)
	}
	return k
}

func (k *pgpKey) userID() string {
	return packet.NewUserId(k.uid, "", strings.ToLower(k.uid)+"@example.org").Id
}

func newPrivate(t testing.TB, created time.Time, o keyOptions) *packet.PrivateKey {
	t.Helper()
	var k *packet.PrivateKey
	switch {
	case o.dsa:
		var priv dsa.PrivateKey
		priv.Parameters = dsaParameters()
		must(t, dsa.GenerateKey(&priv, rand.Reader))
		k = packet.NewDSAPrivateKey(created, &priv)
	case o.rsaBits > 0:
		k = packet.NewRSAPrivateKey(created, rsaKey(t, o.rsaBits))
	case o.v6:
		priv, err := ed25519.GenerateKey(rand.Reader)
		must(t, err)
		k = packet.NewEd25519PrivateKey(created, priv)
		must(t, k.UpgradeToV6())
	default:
		k = newEdDSA(t, created)
	}
	return k
}

// dsaParameters is a group for DSA with 1024 bits. Finding one takes up to a minute; a key in it takes none.
func dsaParameters() dsa.Parameters {
	n := func(hex string) *big.Int { i, _ := new(big.Int).SetString(hex, 16); return i }
	return dsa.Parameters{
		P: n("eb31e27abc2d2c52541aaeb7848cd144dd3c3980a76696b4ec1331c7679e2f90063c2f8e5ef8f98e36421128c91161ced08940e1301ec915edb0da7c1eb32c5f56f825a4659283447453fca2f1c844e6827226254b8ab0a9baf69045afd251447bccbff71c87e75335e7970fda4cee68dbf49ab59b853fb6b82465058e1f3303"),
		Q: n("a290abe08e82be969ee7f332212c5cd81ed17e3b"),
		G: n("30af8e75b09d525a57423d05f0988a2105bef23ee5e37be4c83b04ec0e3fbeec03547a6338590a28c9a98716f7d410da2a91319d207713fc5ce0e96314d4f963b0e4cbdc6f51f0be7457f75677dc93f5ab468c29da771cf4d0f3bbf21f2d4b9661f152a46ff925255e9758dcd3c7ad234ed1f78ae9f33a7b78408941df82d205"),
	}
}

// rsaKey makes an RSA key of any size; the standard library refuses to make small ones, which is what the
// tests are about.
func rsaKey(t testing.TB, bits int) *rsa.PrivateKey {
	t.Helper()
	if bits >= 2048 {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		must(t, err)
		return key
	}
	for {
		p, err := rand.Prime(rand.Reader, bits/2)
		must(t, err)
		q, err := rand.Prime(rand.Reader, bits-bits/2)
		must(t, err)
		n := new(big.Int).Mul(p, q)
		one := big.NewInt(1)
		phi := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
		d := new(big.Int).ModInverse(big.NewInt(65537), phi)
		if d == nil || n.BitLen() != bits || p.Cmp(q) == 0 {
			continue
		}
		key := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: n, E: 65537}, D: d, Primes: []*big.Int{p, q}}
		key.Precompute()
		return key
	}
}

func config() *packet.Config { return &packet.Config{Rand: rand.Reader} }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func lifetime(d time.Duration) *uint32 {
	if d == 0 {
		return nil
	}
	n := uint32(d.Seconds())
	return &n
}

// newSig starts a signature by the primary key.
func (k *pgpKey) newSig(kind packet.SignatureType, at time.Time) *packet.Signature {
	return sigBy(&k.primary.PublicKey, kind, at, crypto.SHA256)
}

func sigBy(pk *packet.PublicKey, kind packet.SignatureType, at time.Time, h crypto.Hash) *packet.Signature {
	sig := &packet.Signature{
		Version: pk.Version, SigType: kind, PubKeyAlgo: pk.PubKeyAlgo, Hash: h, CreationTime: at,
		IssuerFingerprint: pk.Fingerprint, IssuerKeyVersion: uint8(pk.Version),
	}
	if pk.Version == 4 {
		sig.IssuerKeyId = &pk.KeyId
	} else {
		salt, err := packet.SignatureSaltForHash(h, rand.Reader)
		if err == nil {
			err = sig.SetSalt(salt)
		}
		if err != nil {
			panic(err)
		}
	}
	return sig
}

func (k *pgpKey) addSubkey(o keyOptions) {
	t := k.t
	k.sub = newPrivate(t, k.primary.CreationTime, keyOptions{rsaBits: o.rsaBits, v6: o.v6})
	k.sub.IsSubkey = true
	must(t, k.sub.PublicKey.Serialize(&k.block))
	at := k.primary.CreationTime
	if o.subSig != "" {
		at = date(o.subSig)
	}
	bind := k.newSig(packet.SigTypeSubkeyBinding, at)
	bind.FlagsValid, bind.FlagSign = true, true
	bind.KeyLifetimeSecs = lifetime(o.subExpiry)
	if o.notation {
		bind.Notations = []*packet.Notation{{Name: "limits@example.org", Value: []byte("tests only"), IsCritical: true, IsHumanReadable: true}}
	}
	if !o.noCross {
		back := sigBy(&k.sub.PublicKey, packet.SigTypePrimaryKeyBinding, at, crypto.SHA256)
		must(t, back.CrossSignKey(&k.sub.PublicKey, &k.primary.PublicKey, k.sub, config()))
		bind.EmbeddedSignature = back
	}
	must(t, bind.SignKey(&k.sub.PublicKey, k.primary, config()))
	must(t, bind.Serialize(&k.block))
}

// revoke adds a revocation of the primary key, right after it.
func (k *pgpKey) revoke(at string, reason packet.ReasonForRevocation) *pgpKey {
	sig := k.newSig(packet.SigTypeKeyRevocation, date(at))
	sig.RevocationReason = &reason
	must(k.t, sig.RevokeKey(&k.primary.PublicKey, k.primary, config()))
	k.insert(sig)
	return k
}

// insert puts a signature behind the primary key packet.
func (k *pgpKey) insert(sig *packet.Signature) {
	var key, out bytes.Buffer
	must(k.t, k.primary.PublicKey.Serialize(&key))
	out.Write(key.Bytes())
	must(k.t, sig.Serialize(&out))
	out.Write(k.block.Bytes()[key.Len():])
	k.block = out
}

// armored returns the public key block.
func (k *pgpKey) armored() string {
	return armorAs(k.t, "PGP PUBLIC KEY BLOCK", k.block.Bytes())
}

func armorAs(t testing.TB, kind string, data []byte) string {
	t.Helper()
	var out bytes.Buffer
	w, err := armor.Encode(&out, kind, nil)
	must(t, err)
	_, err = w.Write(data)
	must(t, err)
	must(t, w.Close())
	return out.String() + "\n"
}

// signer is the key that signs documents.
func (k *pgpKey) signer() *packet.PrivateKey {
	if k.sub != nil {
		return k.sub
	}
	return k.primary
}

// signWith makes a detached signature, with a digest of choice.
func (k *pgpKey) signWith(message []byte, at time.Time, h crypto.Hash, change func(*packet.Signature)) []byte {
	k.t.Helper()
	sig := sigBy(&k.signer().PublicKey, packet.SigTypeBinary, at, h)
	if change != nil {
		change(sig)
	}
	digest := sig.Hash.New()
	if sig.Version == 6 {
		digest.Write(sig.Salt())
	}
	digest.Write(message)
	must(k.t, sig.Sign(digest, k.signer(), config()))
	var out bytes.Buffer
	must(k.t, sig.Serialize(&out))
	return out.Bytes()
}

// sign makes an armored detached signature.
func (k *pgpKey) sign(message []byte, at string) string {
	k.t.Helper()
	return armorAs(k.t, "PGP SIGNATURE", k.signWith(message, date(at), crypto.SHA256, nil))
}

// record is a key record with role commit for the key.
func (k *pgpKey) record() keyring.Record {
	return keyring.Record{
		Name: k.uid, Owner: strings.ToLower(k.uid), Roles: []keyring.Role{keyring.Commit},
		Added: date("2015-01-01"), Armored: k.armored(),
	}
}

// ringOf makes a ring and fails on anything wrong in it.
func ringOf(t testing.TB, records ...keyring.Record) *keyring.Ring {
	t.Helper()
	ring, issues := keyring.New(records)
	for _, issue := range issues {
		t.Fatalf("%s: %s: %s", issue.Record, issue.ID, issue.Message)
	}
	return ring
}

// commitBytes is an unsigned commit with a committer date; the tree is git's empty tree.
func commitBytes(at time.Time) []byte {
	who := fmt.Sprintf("A U Thor <author@example.org> %d +0000", at.Unix())
	return []byte("tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor " + who + "\ncommitter " + who + "\n\nfix: escape the theme's name\n")
}

// withHeader puts a signature into a commit the way git does.
func withHeader(commit []byte, header, armored string) []byte {
	head, body, _ := bytes.Cut(commit, []byte("\n\n"))
	folded := strings.ReplaceAll(strings.TrimRight(armored, "\n"), "\n", "\n ")
	return []byte(string(head) + "\n" + header + " " + folded + "\n\n" + string(body))
}
