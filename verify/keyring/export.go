package keyring

import (
	"bytes"
	"crypto/sha1"
	"encoding/base32"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	pgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

// zbase32 is the alphabet of z-base-32, chosen to be read aloud.
var zbase32 = base32.NewEncoding("ybndrfg8ejkmcpqxot1uwisza345h769").WithPadding(base32.NoPadding)

// WKDHash is the file name of an address in a Web Key Directory: z-base-32 of the SHA-1 of its lower-cased
// local part (draft-koch-openpgp-webkey-service section 3.1). Only ASCII letters are lowered, as the draft
// says. SHA-1 is a file name here, not a signature.
func WKDHash(local string) string {
	sum := sha1.Sum([]byte(strings.Map(lowerASCII, local)))
	return zbase32.EncodeToString(sum[:])
}

// lowerASCII lowers the letters A to Z.
func lowerASCII(r rune) rune {
	if 'A' <= r && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}

// Emails returns the addresses of the key's user ids that are not revoked, lower-cased, sorted, each once.
func (k *Key) Emails() []string {
	if k.Kind != OpenPGP {
		return nil
	}
	var out []string
	for _, u := range k.pgp.users {
		if _, email := splitUserID(u.id); u.revoked == nil && email != "" {
			out = append(out, email)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Binary returns the OpenPGP key as a transferable public key in binary form, for a Web Key Directory. With
// an email, only the user ids with that address are kept, since a directory publishes a key for an address
// and must not tell the owner's others; without one, all are. A key of another kind, or one without the
// address, is an error.
func (k *Key) Binary(email string) ([]byte, error) {
	if k.Kind != OpenPGP {
		return nil, fmt.Errorf("key of %s is of kind %s, expected an OpenPGP key", k.Owner(), k.Kind)
	}
	if email != "" && !slices.Contains(k.Emails(), strings.ToLower(email)) {
		return nil, fmt.Errorf("key of %s has no user id with the address %s", k.Owner(), email)
	}
	var buf bytes.Buffer
	for i, p := range k.pgp.packets {
		if !k.pgp.keeps(i, strings.ToLower(email)) {
			continue
		}
		if err := p.Serialize(&buf); err != nil {
			return nil, fmt.Errorf("write key of %s: %w", k.Owner(), err)
		}
	}
	return buf.Bytes(), nil
}

// keeps decides whether a packet belongs in the export: keys and their signatures always, verified user ids
// that match, nothing that only means something to one keyring (trust packets) and no pictures.
func (e *Entity) keeps(i int, email string) bool {
	owner := i // the packet that the signature at i belongs to
	for e.packets[owner].Tag == tagSignature {
		owner--
	}
	switch e.packets[owner].Tag {
	case tagPublicKey, tagPublicSubkey:
		return true
	case tagUserID:
		for _, u := range e.users {
			if u.at[0] <= i && i < u.at[1] {
				_, address := splitUserID(u.id)
				return email == "" || address == email
			}
		}
	}
	return false
}

// Armor returns the OpenPGP keys among the given ones, each as an armored block, joined: keys.asc. A key
// given twice appears once.
func Armor(keys []*Key) (string, error) {
	var out strings.Builder
	seen := map[string]bool{}
	for _, k := range keys {
		if k.Kind != OpenPGP || seen[k.Fingerprint()] {
			continue
		}
		seen[k.Fingerprint()] = true
		data, err := k.Binary("")
		if err != nil {
			return "", err
		}
		if err := armorTo(&out, "PGP PUBLIC KEY BLOCK", data); err != nil {
			return "", fmt.Errorf("write key of %s: %w", k.Owner(), err)
		}
	}
	return out.String(), nil
}

// armorTo writes one armored block with a final newline.
func armorTo(w io.Writer, kind string, data []byte) error {
	enc, err := armor.Encode(w, kind, nil)
	if err != nil {
		return err
	}
	if _, err := enc.Write(data); err != nil {
		return err
	}
	if err := enc.Close(); err != nil {
		return err
	}
	_, err = io.WriteString(w, "\n")
	return err
}

// Encrypt writes the message to w, encrypted to all the keys, as one armored OpenPGP message. A key that
// cannot receive at the given time is an error that names its owner, and nothing is written: a message that
// only some of the recipients can read would look sent. random is crypto/rand.Reader in the program.
func Encrypt(w io.Writer, message []byte, to []*Key, now time.Time, random io.Reader) error {
	config := &packet.Config{Rand: random, Time: func() time.Time { return now }}
	var entities []*pgp.Entity
	for _, k := range to {
		e, err := k.recipient(now, config)
		if err != nil {
			return err
		}
		entities = append(entities, e)
	}
	if len(entities) == 0 {
		return fmt.Errorf("no key to encrypt to: give somebody the role contact")
	}
	var sealed bytes.Buffer
	plain, err := pgp.Encrypt(&sealed, entities, nil, nil, nil, config)
	if err != nil {
		return fmt.Errorf("encrypt: %w", err)
	}
	if _, err := plain.Write(message); err != nil {
		return fmt.Errorf("encrypt: %w", err)
	}
	if err := plain.Close(); err != nil {
		return fmt.Errorf("encrypt: %w", err)
	}
	return armorTo(w, "PGP MESSAGE", sealed.Bytes())
}

// recipient turns a key into the library's form after asking our own judgement of it.
func (k *Key) recipient(now time.Time, config *packet.Config) (*pgp.Entity, error) {
	able := k.Kind == OpenPGP && slices.ContainsFunc(k.pgp.parts(), func(p *OpenPGPKey) bool { return p.canEncryptAt(now) })
	if gone := k.Record.Removed; gone != nil && !now.Before(gone.Date) {
		able = false
	}
	if !able {
		return nil, fmt.Errorf("the key of %s cannot receive encrypted messages on %s", k.Owner(), day(now))
	}
	data, err := k.Binary("")
	if err != nil {
		return nil, err
	}
	list, err := pgp.ReadKeyRing(bytes.NewReader(data))
	if err != nil || len(list) != 1 {
		return nil, fmt.Errorf("read key of %s for encryption: %v", k.Owner(), err)
	}
	if _, ok := list[0].EncryptionKey(now, config); !ok {
		return nil, fmt.Errorf("the key of %s has no encryption subkey that is valid and strong enough on %s", k.Owner(), day(now))
	}
	return list[0], nil
}
