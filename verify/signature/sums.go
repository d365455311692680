package signature

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// Sum is one line of a checksum file.
type Sum struct {
	Algorithm string // sha256 or sha512
	Digest    string // lower-case hex
	Name      string
}

// ParseSums reads the lines of a SHA256SUMS or SHA512SUMS file, as sha256sum writes them ("digest", two
// spaces or a space and a star, "name") or in the BSD form ("SHA256 (name) = digest"). It is strict: a line
// of another form, an escaped name, or a name listed with two digests of one algorithm is an error with its
// line number, since a reader that skips such a line sees another list than one that does not.
func ParseSums(text []byte) ([]Sum, error) {
	if len(text) > maxSignature {
		return nil, fmt.Errorf("checksum file is %d bytes, more than the limit of %d", len(text), maxSignature)
	}
	var out []Sum
	seen := map[string]string{}
	for i, line := range strings.Split(string(text), "\n") {
		line = strings.TrimSuffix(line, "\r")
		if line == "" {
			continue
		}
		sum, err := parseSum(line)
		if err != nil {
			return nil, fmt.Errorf("checksum file, line %d: %w", i+1, err)
		}
		key := sum.Algorithm + " " + sum.Name
		if before, ok := seen[key]; ok && before != sum.Digest {
			return nil, fmt.Errorf("checksum file, line %d: %s is listed with two digests", i+1, sum.Name)
		}
		seen[key] = sum.Digest
		out = append(out, sum)
	}
	if len(out) == 0 {
		return nil, errors.New("checksum file lists nothing")
	}
	return out, nil
}

// parseSum reads one line.
func parseSum(line string) (Sum, error) {
	digest, name, ok := strings.Cut(line, " ")
	if ok && len(name) > 1 && (name[0] == ' ' || name[0] == '*') {
		return newSum(digest, name[1:], "")
	}
	for _, algorithm := range []string{"SHA256", "SHA512"} {
		if rest, ok := strings.CutPrefix(line, algorithm+" ("); ok {
			if i := strings.LastIndex(rest, ") = "); i > 0 {
				return newSum(rest[i+4:], rest[:i], strings.ToLower(algorithm))
			}
		}
	}
	return Sum{}, fmt.Errorf("expected a digest, two spaces and a file name, found %.60q", line)
}

// newSum tells the algorithm by the digest's length and holds it to what the line says.
func newSum(digest, name, said string) (Sum, error) {
	raw, err := hex.DecodeString(digest)
	algorithm := map[int]string{32: "sha256", 64: "sha512"}[len(raw)]
	if err != nil || algorithm == "" || (said != "" && said != algorithm) {
		return Sum{}, fmt.Errorf("%.140q is no SHA-256 or SHA-512 digest", digest)
	}
	return Sum{algorithm, strings.ToLower(digest), name}, nil
}
