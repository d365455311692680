package site

import "fmt"

// Signer makes the signatures of a site, and knows which of them a reader will
// believe who has the keys that the site publishes. For a build to be
// reproducible, the same bytes must get the same signature.
type Signer struct {
	// Sign makes a detached, armored OpenPGP signature, for CSAF documents. nil:
	// they are not signed.
	Sign func(data []byte) ([]byte, error)
	// Check says why a detached signature is not to be believed, nil when it is.
	Check func(data, signature []byte) error

	// ClearSign wraps a text in an OpenPGP cleartext signature, for security.txt
	// (RFC 9116 section 2.3). nil: it is not signed.
	ClearSign func(text []byte) ([]byte, error)
	// CheckClear says why a text with its signature is not to be believed as this
	// text, nil when it is.
	CheckClear func(text, signed []byte) error
}

// signs reports whether CSAF documents are signed.
func (s *Signer) signs() bool { return s != nil && s.Sign != nil }

// putSignature puts the signature beside a file. A signature is only made for
// bytes that have none: a signer may be slow, or a person with a card.
func (b *builder) putSignature(file string, data []byte) error {
	if !b.in.Signer.signs() {
		return nil
	}
	name, check := file+".asc", b.in.Signer.Check
	if was, ok := b.earlier(name); ok && check(data, was) == nil {
		return b.put(name, was)
	}
	signature, err := b.in.Signer.Sign(data)
	if err == nil {
		err = check(data, signature)
	}
	if err != nil {
		return fmt.Errorf("sign %s: %w", file, err)
	}
	return b.put(name, signature)
}

// putClearSigned puts a text with its signature around it.
func (b *builder) putClearSigned(file string, text []byte) error {
	if b.in.Signer == nil || b.in.Signer.ClearSign == nil {
		return b.put(file, text)
	}
	check := b.in.Signer.CheckClear
	if was, ok := b.earlier(file); ok && check(text, was) == nil {
		return b.put(file, was)
	}
	signed, err := b.in.Signer.ClearSign(text)
	if err == nil {
		err = check(text, signed)
	}
	if err != nil {
		return fmt.Errorf("sign %s: %w", file, err)
	}
	return b.put(file, signed)
}

// earlier returns a file of the previous site, unless everything is to be made
// anew.
func (b *builder) earlier(file string) ([]byte, bool) {
	if b.in.Previous == nil {
		return nil, false
	}
	data, err := readOld(b.out, file)
	return data, err == nil
}
