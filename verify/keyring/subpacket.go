package keyring

import (
	"encoding/binary"
	"encoding/hex"
	"strings"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// subpacketRevocationKey names a key that may revoke this one (RFC 4880 section 5.2.3.15; deprecated by
// RFC 9580 and still what GnuPG writes). The OpenPGP library keeps it to itself, so it is read here.
const subpacketRevocationKey = 12

// designatedRevokers returns the fingerprints in the hashed area of a version 4 signature packet.
func designatedRevokers(contents []byte) []string {
	const header = 6 // version, type, two algorithms, length of the hashed area
	if len(contents) < header || contents[0] != 4 {
		return nil
	}
	size := int(binary.BigEndian.Uint16(contents[4:]))
	if len(contents) < header+size {
		return nil
	}
	list, err := packet.OpaqueSubpackets(contents[header : header+size])
	if err != nil {
		return nil
	}
	var out []string
	for _, sub := range list {
		// class octet with the high bit set, algorithm, fingerprint
		if sub.SubType&0x7f == subpacketRevocationKey && len(sub.Contents) == 22 && sub.Contents[0]&0x80 != 0 {
			out = append(out, strings.ToUpper(hex.EncodeToString(sub.Contents[2:])))
		}
	}
	return out
}
