// Package statement is the paper that gate 2 leaves behind: which packages were judged, against which
// claims, by which evidence, and with what outcome.
//
// The form is an in-toto Statement v1 (https://in-toto.io/Statement/v1): a list of subjects, each a file
// name with its digests, and a predicate that says something about them. Because the subjects are named
// by digest, the paper speaks of those bytes and no others. It may be wrapped in a DSSE envelope, which
// signs the bytes of the statement together with their media type, so that a signature made for one kind
// of document cannot be shown as a signature of another.
//
// The package knows how such a paper is written, read, signed, merged and compared with the present. It
// does not know how a verdict is reached, nor what an advisory or a key looks like: both reach it as
// digests.
package statement

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// The two type names of the statement, and the media type under which it is signed.
const (
	StatementType = "https://in-toto.io/Statement/v1"
	PredicateType = "https://github.com/countersign/countersign/verification/v1"
	PayloadType   = "application/vnd.in-toto+json"
)

// Outcome is the answer of a whole run.
type Outcome string

// The three outcomes. Undecided is never passed: Unverifiable means that nothing was refuted and
// something could not be checked.
const (
	Passed       Outcome = "PASSED"
	Failed       Outcome = "FAILED"
	Unverifiable Outcome = "UNVERIFIABLE"
)

// worse returns the outcome that holds when both parts belong to one answer: a refuted part outweighs
// an undecided one, and an undecided one outweighs a passed one.
func (o Outcome) worse(p Outcome) Outcome {
	for _, worst := range []Outcome{Failed, Unverifiable} {
		if o == worst || p == worst {
			return worst
		}
	}
	if o != Passed || p != Passed {
		return Unverifiable
	}
	return Passed
}

// Statement is an in-toto Statement v1 with our predicate.
type Statement struct {
	Type          string    `json:"_type"`
	Subject       []Subject `json:"subject"`
	PredicateType string    `json:"predicateType"`
	Predicate     Predicate `json:"predicate"`
}

// Subject is one package: the name it was published under and its digests in lower-case hex, by
// algorithm ("sha256" always, others may accompany it).
type Subject struct {
	Name   string            `json:"name"`
	Digest map[string]string `json:"digest"`
}

// Predicate is what gate 2 says about the subjects.
type Predicate struct {
	Product  string    `json:"product"`
	Release  string    `json:"release"`
	Result   Outcome   `json:"result"`
	Policy   Policy    `json:"policy"`
	Source   Source    `json:"source"`
	Sources  []Source  `json:"sources,omitempty"` // the further repositories of a release built from several
	Packages []Package `json:"packages"`
	Fixes    []Fix     `json:"fixes"`
	Inputs   Inputs    `json:"inputs"`
	Verifier Verifier  `json:"verifier"`
	Time     time.Time `json:"time"`
}

// Policy names the rules under which the result was reached, so that a lenient run cannot look like a
// strict one.
type Policy struct {
	FixSignature      string        `json:"fix_signature"`
	PackageSignatures int           `json:"package_signatures"`
	Waivers           []Waiver      `json:"waivers"`
	Attested          []Attestation `json:"attested"`
	Trust             string        `json:"trust"` // revision that keys, policy and waivers were read from; "" is the working tree
}

// Waiver is one used exception of the policy: rule, object (a commit or a file), reason, expiry date.
type Waiver struct {
	Rule    string `json:"rule"`
	Object  string `json:"object"`
	Reason  string `json:"reason"`
	Expires string `json:"expires,omitempty"`
}

// Attestation is one used statement of two people that lifted an unverifiable verdict.
type Attestation struct {
	Advisory      string   `json:"advisory"`
	PackageSHA256 string   `json:"package_sha256"`
	By            []string `json:"by"`
	Reason        string   `json:"reason"`
}

// Source is the tree that the packages should hold. Inferred says that no commit was given and this one
// matched best.
type Source struct {
	Repo     string  `json:"repo"`
	Commit   string  `json:"commit"`
	Inferred bool    `json:"inferred"`
	Patches  []Patch `json:"patches"`
}

// Patch is one embargoed patch applied on top of the source commit, bound by the digest of its bytes.
type Patch struct {
	Path      string     `json:"path"`
	SHA256    string     `json:"sha256"`
	Signature *Signature `json:"signature,omitempty"`
}

// Package is the reconstruction of one package: how many of its files ended in each class, and the
// names of those that nothing explains or that should be there and are not.
type Package struct {
	Name        string      `json:"name"`
	Files       int         `json:"files"`
	Identical   int         `json:"identical"`
	Normalized  int         `json:"normalized"`
	Patched     int         `json:"patched"`
	Generated   int         `json:"generated"`
	Unexplained []string    `json:"unexplained"`
	Missing     []string    `json:"missing"`
	Signatures  []Signature `json:"signatures"`
}

// Fix is the verdict on one advisory's countermeasure in one package.
type Fix struct {
	Advisory   string     `json:"advisory"`
	Obligation string     `json:"obligation"` // new | carried
	Version    string     `json:"version"`    // the version whose fix entry decided
	Package    string     `json:"package"`
	Repo       string     `json:"repo,omitempty"` // where it is not the source's own repository
	Commit     string     `json:"commit"`
	Commits    []string   `json:"commits,omitempty"` // all of them, where the fix is several; "repo:id" where they are of other repositories
	Patch      string     `json:"patch,omitempty"`   // path of the embargoed patch that is the fix
	Verdict    string     `json:"verdict"`
	DecidedBy  string     `json:"decided_by"` // reconstruction | lineage | content
	Equivalent string     `json:"equivalent"` // commit with the same change, where the named one is no ancestor
	EvolvedBy  []string   `json:"evolved_by"`
	RevertedBy []string   `json:"reverted_by,omitempty"`
	Reason     string     `json:"reason,omitempty"`
	Hunks      []Hunk     `json:"hunks"`
	Signature  Signature  `json:"signature"`
	Tag        *Signature `json:"tag_signature,omitempty"` // signature on the release tag, a separate fact
}

// Hunk is one piece of a fix and what became of it.
type Hunk struct {
	File   string `json:"file"`
	Status string `json:"status"`
	Reason string `json:"reason,omitempty"`
}

// Signature is what one signature turned out to be. Status, type and reason come from the signature
// check; Time is the time that the signature claims, absent where it claims none. Of a fix, Commit is the one
// whose signature it is; where the source holds another that makes the same change, Covers is that one.
type Signature struct {
	Status string     `json:"status"`
	Type   string     `json:"type"`
	File   string     `json:"file,omitempty"` // the detached signature's file
	Commit string     `json:"commit,omitempty"`
	Covers string     `json:"covers,omitempty"`
	Signer string     `json:"signer"`
	Key    string     `json:"key"`
	Time   *time.Time `json:"time,omitempty"`
	Reason string     `json:"reason"`
}

// Inputs binds the result to what was judged: of each advisory the digest of its claims (see Claims), of
// each key record the digest of its bytes, as "sha256:<hex>".
type Inputs struct {
	Advisories map[string]string `json:"advisories"`
	Keys       map[string]string `json:"keys"`
}

// Verifier names the program that wrote the result.
type Verifier struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// New returns a statement with the type names filled in. Lists and maps that are nil are written as empty
// ones by Encode.
func New(subjects []Subject, p Predicate) *Statement {
	return &Statement{Type: StatementType, Subject: subjects, PredicateType: PredicateType, Predicate: p}
}

// Encode prints the statement as indented JSON with a final newline. The same statement gives the same
// bytes: subjects are sorted by name, maps by key, times are in UTC, empty lists are [].
// An error means that the statement breaks its own form (see Read).
func Encode(s *Statement) ([]byte, error) {
	c := normalize(s)
	if err := c.validate(); err != nil {
		return nil, err
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(c); err != nil {
		return nil, fmt.Errorf("write statement: %w", err)
	}
	return buf.Bytes(), nil
}

// Read parses a bare statement strictly: unknown or repeated fields, another type, a digest that is no
// digest, or a result that contradicts its own verdicts are errors. It never panics.
func Read(data []byte) (*Statement, error) {
	if len(data) > maxStatement {
		return nil, fmt.Errorf("statement is %d bytes, more than the limit of %d", len(data), maxStatement)
	}
	if err := uniqueKeys(data); err != nil {
		return nil, fmt.Errorf("read statement: %w", err)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	var s Statement
	if err := dec.Decode(&s); err != nil {
		return nil, fmt.Errorf("read statement: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("read statement: text after the end of the JSON value")
	}
	if err := s.validate(); err != nil {
		return nil, err
	}
	return &s, nil
}
