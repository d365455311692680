package signature

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"encoding/binary"
	"slices"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/countersign/countersign/verify/keyring"
)

// handmade writes a signature packet byte by byte, in the forms that the library no longer writes: version
// 3, and old digests. The key must be RSA.
func handmade(t *testing.T, k *pgpKey, version byte, h crypto.Hash, message []byte, at time.Time) []byte {
	t.Helper()
	id := map[crypto.Hash]byte{crypto.MD5: 1, crypto.SHA1: 2, crypto.SHA256: 8}[h]
	when := binary.BigEndian.AppendUint32(nil, uint32(at.Unix()))
	keyID := binary.BigEndian.AppendUint64(nil, k.primary.KeyId)
	var head, unhashed, suffix []byte
	if version == 3 {
		suffix = append([]byte{0}, when...)
		head = slices.Concat([]byte{3, 5}, suffix, keyID, []byte{1, id})
	} else {
		head = slices.Concat([]byte{4, 0, 1, id, 0, 6, 5, 2}, when)
		unhashed = slices.Concat([]byte{0, 10, 9, 16}, keyID)
		suffix = slices.Concat(head, []byte{4, 0xff}, binary.BigEndian.AppendUint32(nil, uint32(len(head))))
	}
	digest := h.New()
	digest.Write(message)
	digest.Write(suffix)
	sum := digest.Sum(nil)
	sig, err := rsa.SignPKCS1v15(nil, k.primary.PrivateKey.(*rsa.PrivateKey), h, sum)
	must(t, err)
	sig = bytes.TrimLeft(sig, "\x00")
	bits := len(sig)*8 - 8
	for top := sig[0]; top > 0; top >>= 1 {
		bits++
	}
	body := slices.Concat(head, unhashed, sum[:2], binary.BigEndian.AppendUint16(nil, uint16(bits)), sig)
	var out bytes.Buffer
	must(t, (&packet.OpaquePacket{Tag: 2, Contents: body}).Serialize(&out))
	return out.Bytes()
}

// byHand fills a row with a handmade signature.
func byHand(version byte, h crypto.Hash) func(*testing.T, *pgpCase) {
	return func(t *testing.T, c *pgpCase) {
		k := newKey(t, "Dvz", keyOptions{rsaBits: 2048})
		raw := commitBytes(date("2020-06-01"))
		sig := handmade(t, k, version, h, raw, date("2020-06-01"))
		c.commit = withHeader(raw, "gpgsig", armorAs(t, "PGP SIGNATURE", sig))
		c.records, c.blocks = []keyring.Record{k.record()}, []string{k.armored()}
	}
}
