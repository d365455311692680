package statement

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Claims is what gate 2 judges of an advisory, and nothing else: a later date or credit changes none of
// it, a changed version range, fix or patch does.
type Claims struct {
	ID       string          `json:"id"`
	Kind     string          `json:"kind,omitempty"`
	Affected []AffectedClaim `json:"affected"`
	Fixes    []FixClaim      `json:"fixes"`
}

// AffectedClaim is one affected entry: a product, its ranges as "introduced|fixed|last_affected", and the
// versions listed one by one.
type AffectedClaim struct {
	Product  string   `json:"product"`
	Ranges   []string `json:"ranges"`
	Versions []string `json:"versions"`
}

// FixClaim is one fixes entry. Patch is the SHA-256 of the patch file's bytes, in hex.
type FixClaim struct {
	Version string   `json:"version"`
	Commits []string `json:"commits"` // "repo:id", or the bare id for the product's own repository
	Patch   string   `json:"patch,omitempty"`
	Options []string `json:"options,omitempty"` // what changes how it is judged, such as ignore_whitespace
}

// Digest returns "sha256:<hex>" of the claims in a fixed encoding. The order of entries counts: it is the
// order in the file.
func (c Claims) Digest() string {
	data, err := json.Marshal(c)
	if err != nil { // strings and slices of strings always encode
		return ""
	}
	return DigestOf(data)
}

// DigestOf returns "sha256:<hex>" of the bytes, for the key records of Inputs.
func DigestOf(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Present is what the repository holds today, to be compared with what a result recorded.
type Present struct {
	Packages   map[string]string // package name → sha256 in hex, as the release records it
	Patches    map[string]string // path of each applied patch → sha256 in hex
	Advisories map[string]string // advisory id → Claims.Digest, of those with an obligation in this release
	Keys       map[string]string // key record → DigestOf; nil where keys are not to be compared
}

// Change is one difference between a result and the present. Kind is package, patch, advisory or key;
// Name the object; Message says what happened to it in plain words.
type Change struct {
	Kind    string
	Name    string
	Message string
}

// Stale returns what changed since the result was written, sorted by kind and name; nothing means that
// the result still speaks of what is there.
func Stale(s *Statement, now Present) []Change {
	packages := map[string]string{}
	for _, sub := range s.Subject {
		packages[sub.Name] = sub.Digest["sha256"]
	}
	patches := map[string]string{}
	for _, src := range append([]Source{s.Predicate.Source}, s.Predicate.Sources...) {
		for _, p := range src.Patches {
			patches[p.Path] = p.SHA256
		}
	}
	var out []Change
	out = append(out, compare("advisory", s.Predicate.Inputs.Advisories, now.Advisories)...)
	if now.Keys != nil {
		out = append(out, compare("key", s.Predicate.Inputs.Keys, now.Keys)...)
	}
	out = append(out, compare("package", packages, now.Packages)...)
	out = append(out, compare("patch", patches, now.Patches)...)
	return out
}

// compare reports the names that one side lacks or that the two sides know by another digest.
func compare(kind string, was, is map[string]string) []Change {
	names := maps.Clone(was)
	if names == nil {
		names = map[string]string{}
	}
	maps.Copy(names, is)
	var out []Change
	for _, name := range slices.Sorted(maps.Keys(names)) {
		before, judged := was[name]
		after, there := is[name]
		switch {
		case !judged:
			out = append(out, Change{kind, name, fmt.Sprintf("%s %s was not there when the result was written", kind, name)})
		case !there:
			out = append(out, Change{kind, name, fmt.Sprintf("%s %s was judged and is no longer there", kind, name)})
		case before != after:
			out = append(out, Change{kind, name, fmt.Sprintf("%s %s changed: judged %s, now %s", kind, name, short(before), short(after))})
		}
	}
	return out
}

// short keeps enough of a digest to tell two apart.
func short(digest string) string {
	head, hexes, found := strings.Cut(digest, ":")
	if !found {
		head, hexes = "", digest
	} else {
		head += ":"
	}
	if len(hexes) > 12 {
		hexes = hexes[:12] + "…"
	}
	return head + hexes
}
