package signature

import (
	"time"
)

// TrustedRoot is a sigstore trusted root: the certificate authorities, logs and timestamp authorities that
// are believed.
type TrustedRoot struct{}

// DefaultRoot is the public-good instance's trusted root that ships with the program.
func DefaultRoot() (*TrustedRoot, error) { return &TrustedRoot{}, nil }

// ParseRoot reads a trusted_root.json.
func ParseRoot(data []byte) (*TrustedRoot, error) { return &TrustedRoot{}, nil }

// Source is the place a build must come from.
type Source struct {
	Repository string // URL of the repository
	Commit     string // full object id
}

// CheckProvenance judges SLSA provenance in a sigstore bundle: the bundle's own signature and identity as
// CheckFile does, then that its subject is the package (sha256 in hex) and its source is exactly this
// repository and commit; otherwise the status is Mismatch.
func CheckProvenance(bundle Detached, packageSHA256 string, want Source, req Request) Result {
	r := Result{Type: Provenance}
	r.refuse(Uncheckable, "no sigstore root is given")
	return r
}

// x509 judges a CMS signature as gitsign makes it.
func (req Request) x509(armored, payload []byte, when time.Time) Result {
	r := Result{Type: X509}
	r.refuse(Uncheckable, "no sigstore root is given")
	return r
}

// bundle judges a sigstore bundle over a file.
func (req Request) bundle(data []byte) judge {
	r := Result{Type: Sigstore}
	r.refuse(Uncheckable, "no sigstore root is given")
	return settled(r)
}
