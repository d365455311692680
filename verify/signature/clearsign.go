package signature

import (
	"bytes"
	"errors"
	"io"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/clearsign"
)

// IsClearsigned reports whether the file is a text with its OpenPGP signature around it, as SHA256SUMS.asc
// often is.
func IsClearsigned(data []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(data, " \t\r\n"), []byte("-----BEGIN PGP SIGNED MESSAGE-----"))
}

// CheckClearsigned judges a clearsigned text (RFC 9580 section 7) and returns the text that is signed. Text
// before or after the signed part is an error: a reader of the file would take it for signed too.
func CheckClearsigned(data []byte, req Request) ([]byte, []Result, error) {
	if len(data) > maxSignature {
		return nil, nil, errors.New("clearsigned text is larger than a checksum file can be")
	}
	block, rest := clearsign.Decode(data)
	if block == nil || !IsClearsigned(data) {
		return nil, nil, errors.New("expected -----BEGIN PGP SIGNED MESSAGE----- and one signature after the text")
	}
	if len(bytes.TrimSpace(rest)) > 0 {
		return nil, nil, errors.New("there is text after the signature, which nobody signed")
	}
	armored, err := io.ReadAll(block.ArmoredSignature.Body)
	if err != nil {
		return nil, nil, err
	}
	var out []Result
	for _, j := range req.openPGP(armored, time.Time{}) {
		j.Write(block.Bytes) // hashes never fail to write
		out = append(out, j.finish())
	}
	return block.Plaintext, out, nil
}
