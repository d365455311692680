package verify

import (
	"bytes"
	"context"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/countersign/countersign/verify/signature"
)

// signatureEndings are the names that programs give to a detached signature.
var signatureEndings = []string{".asc", ".sig", ".sigstore.json", ".sigstore"}

// coveredFile is the name of the file that a detached signature's name speaks of.
func coveredFile(name string) string {
	for _, ending := range signatureEndings {
		if base, ok := strings.CutSuffix(name, ending); ok {
			return base
		}
	}
	return name
}

// isSums reports whether a signature is over a list of checksums, not over the package.
func isSums(covered string, r *Reconstruction) bool {
	base := strings.ToUpper(path.Base(covered))
	return base != strings.ToUpper(r.baseName()) && (strings.Contains(base, "SUMS") || strings.Contains(base, "CHECKSUM"))
}

// checkSums judges a signed list of checksums, which speaks for the package only if
// it names it with its digest.
func (j *run) checkSums(ctx context.Context, r *Reconstruction, covered string, d signature.Detached) ([]signature.Result, error) {
	text, results, err := j.signedSums(ctx, r, covered, d)
	if err != nil {
		j.say(found(RuleSignatureUnread, j.at(r.Record), "put it beside the package", "%s: the list that %s signs: %v", r.Name, d.Name, err))
		return nil, nil
	}
	fault, err := j.sumsFault(ctx, r, text)
	if err != nil || fault == "" {
		return results, err
	}
	j.say(found(RuleSums, j.at(r.Record), "", "%s: %s %s", r.Name, covered, fault))
	for i := range results {
		if results[i].OK() {
			results[i].Status, results[i].Reason = signature.Mismatch, covered+" "+fault
		}
	}
	return results, nil
}

// sumsFault says why a list of checksums does not cover a package.
func (j *run) sumsFault(ctx context.Context, r *Reconstruction, text []byte) (string, error) {
	list, err := signature.ParseSums(text)
	if err != nil {
		return "cannot be read: " + err.Error(), nil
	}
	for _, s := range list {
		if path.Base(s.Name) != r.baseName() {
			continue
		}
		got := r.Package.SHA256
		if s.Algorithm == "sha512" {
			file, err := j.fileOf(ctx, r)
			if err != nil {
				return "", err
			}
			sum := sha512.New()
			if _, err := io.Copy(sum, file); err != nil {
				return "", err
			}
			got = hex.EncodeToString(sum.Sum(nil))
		}
		if !strings.EqualFold(got, s.Digest) {
			return fmt.Sprintf("gives the digest %s, and the package has %s", s.Digest, got), nil
		}
		return "", nil
	}
	return "does not list " + r.baseName(), nil
}

// isProvenance tells a sigstore bundle around SLSA provenance by its content: the
// envelope's payload type is in-toto's.
func isProvenance(data []byte) bool {
	return bytes.Contains(data, []byte("application/vnd.in-toto+json"))
}

// provenance judges SLSA provenance against the release's source.
func (j *run) provenance(r *Reconstruction, d signature.Detached) signature.Result {
	want := signature.Source{}
	if len(j.sources) > 0 {
		want.Commit = string(j.sources[0].commit)
		if repo := j.set.Config.Repos[j.sources[0].name]; repo != nil {
			want.Repository = repo.URL.V
		}
	}
	return signature.CheckProvenance(d, r.Package.SHA256, want, j.packageRequest())
}

// signedSums gives the list and what its signature is: the list lies beside a detached
// signature, or inside a clearsigned one.
func (j *run) signedSums(ctx context.Context, r *Reconstruction, covered string, d signature.Detached) ([]byte, []signature.Result, error) {
	if signature.IsClearsigned(d.Data) {
		text, results, err := signature.CheckClearsigned(d.Data, j.packageRequest())
		for i := range results {
			results[i].File = d.Name
		}
		return text, results, err
	}
	text, err := j.findSignature(ctx, r, covered)
	if err != nil {
		return nil, nil, err
	}
	results, err := signature.CheckFile(bytes.NewReader(text), []signature.Detached{d}, j.packageRequest())
	return text, results, err
}
