package signature

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
)

// The predicate types of SLSA provenance (https://slsa.dev/spec) that are read.
const (
	slsaV1  = "https://slsa.dev/provenance/v1"
	slsaV02 = "https://slsa.dev/provenance/v0.2"
)

// resource is a thing that a build used: v1 calls the digest of a commit gitCommit, v0.2 sha1.
type resource struct {
	URI    string            `json:"uri"`
	Digest map[string]string `json:"digest"`
}

// source turns a resource into the repository and commit it names.
func (r resource) source() Source {
	uri, _, _ := strings.Cut(r.URI, "#")
	uri = strings.TrimPrefix(uri, "git+")
	if scheme := strings.Index(uri, "://"); scheme >= 0 {
		if at := strings.LastIndex(uri, "@"); at > scheme+3+strings.IndexAny(uri[scheme+3:]+"/", "/") {
			uri = uri[:at] // @refs/heads/main behind the path, not user@host before it
		}
	}
	commit := r.Digest["gitCommit"]
	if commit == "" {
		commit = r.Digest["sha1"]
	}
	return Source{Repository: uri, Commit: commit}
}

// provenanceSources lists the sources that a build says it used.
func provenanceSources(kind string, predicate []byte) ([]Source, error) {
	var list []resource
	switch kind {
	case slsaV1:
		var p struct {
			BuildDefinition struct {
				ResolvedDependencies []resource `json:"resolvedDependencies"`
			} `json:"buildDefinition"`
		}
		if err := json.Unmarshal(predicate, &p); err != nil {
			return nil, fmt.Errorf("the provenance cannot be read: %w", err)
		}
		list = p.BuildDefinition.ResolvedDependencies
	case slsaV02:
		var p struct {
			Invocation struct {
				ConfigSource resource `json:"configSource"`
			} `json:"invocation"`
			Materials []resource `json:"materials"`
		}
		if err := json.Unmarshal(predicate, &p); err != nil {
			return nil, fmt.Errorf("the provenance cannot be read: %w", err)
		}
		list = append(p.Materials, p.Invocation.ConfigSource)
	default:
		return nil, fmt.Errorf("the attestation is of type %q, expected SLSA provenance (%s or %s)", kind, slsaV1, slsaV02)
	}
	var out []Source
	for _, r := range list {
		if s := r.source(); s.Repository != "" && s.Commit != "" {
			out = append(out, s)
		}
	}
	if out == nil {
		return nil, fmt.Errorf("the provenance names no source repository with a commit")
	}
	return out, nil
}

// sameRepository compares two URLs as a forge would: without .git, a final slash and the scheme's and host's
// case. Paths are compared exactly: some forges tell case apart.
func sameRepository(a, b string) bool {
	return b != "" && plainRepository(a) == plainRepository(b)
}

// plainRepository brings a URL into one spelling.
func plainRepository(url string) string {
	url = strings.TrimPrefix(url, "git+")
	scheme, rest, ok := strings.Cut(url, "://")
	if !ok {
		return url
	}
	host, path, _ := strings.Cut(rest, "/")
	path = strings.TrimSuffix(strings.TrimSuffix(path, "/"), ".git")
	return strings.ToLower(scheme+"://"+host) + "/" + path
}

// decodeSHA256 reads a package digest.
func decodeSHA256(digest string) ([]byte, error) {
	raw, err := hex.DecodeString(digest)
	if err != nil || len(raw) != 32 {
		return nil, fmt.Errorf("package digest %q is no SHA-256 in hex", digest)
	}
	return raw, nil
}
