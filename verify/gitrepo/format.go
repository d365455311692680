package gitrepo

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/pjbgf/sha1cd"
)

// format is a repository's hash function.
type format string

const (
	formatSHA1   format = "sha1"
	formatSHA256 format = "sha256"
)

// readFormat looks for extensions.objectFormat in the repository's configuration, the one key of it that
// is read. A wrong answer is harmless: no object would hash to its name.
func readFormat(common string) format {
	text, err := os.ReadFile(filepath.Join(common, "config"))
	if err != nil {
		return formatSHA1
	}
	section := ""
	for line := range bytes.Lines(text) {
		s := strings.ToLower(strings.TrimSpace(string(line)))
		if strings.HasPrefix(s, "[") {
			section = strings.Trim(s, "[] \t")
			continue
		}
		key, value, _ := strings.Cut(s, "=")
		if section == "extensions" && strings.TrimSpace(key) == "objectformat" && strings.TrimSpace(value) == "sha256" {
			return formatSHA256
		}
	}
	return formatSHA1
}

func (f format) idLen() int {
	if f == formatSHA256 {
		return 64
	}
	return 40
}

// hashObject returns the id of an object. A SHA-1 collision attack in the bytes is an error.
func (f format) hashObject(kind string, data []byte) (ID, error) {
	digest, err := f.digest(kind, data)
	return ID(hex.EncodeToString(digest)), err
}

// digest is hashObject in bytes.
func (f format) digest(kind string, data []byte) ([]byte, error) {
	var h hash.Hash
	if f == formatSHA256 {
		h = sha256.New()
	} else {
		h = sha1cd.New()
	}
	header := make([]byte, 0, 32)
	header = append(header, kind...)
	header = append(header, ' ')
	header = strconv.AppendInt(header, int64(len(data)), 10)
	header = append(header, 0)
	h.Write(header)
	h.Write(data)
	if f == formatSHA256 {
		return h.Sum(nil), nil
	}
	digest, attacked := h.(sha1cd.CollisionResistantHash).CollisionResistantSum(nil)
	if attacked {
		return nil, fmt.Errorf("a %s of %d bytes carries a SHA-1 collision attack", kind, len(data))
	}
	return digest, nil
}

// HashBlob returns the id that the bytes of a file would have as a blob of this repository. The error is
// a detected SHA-1 collision attack.
func (r *Repo) HashBlob(data []byte) (ID, error) { return r.format.hashObject("blob", data) }

// Check reports an id that cannot be one of this repository: a SHA-1 id in a SHA-256 repository or the
// reverse, or no full id at all.
func (r *Repo) Check(id ID) error {
	if _, err := ParseID(string(id)); err != nil {
		return err
	}
	if len(id) != r.format.idLen() {
		return fmt.Errorf("object id %s has %d digits, %s is a %s repository with ids of %d digits",
			id, len(id), r.dir, r.format, r.format.idLen())
	}
	return nil
}
