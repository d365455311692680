package signature

import (
	"testing"

	"github.com/countersign/countersign/verify/verifytest"
)

const (
	testIssuer = verifytest.Issuer
	testPerson = verifytest.Subject
)

// authority is a sigstore instance of the test's own with its trusted root.
type authority struct {
	*verifytest.Authority
	root *TrustedRoot
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	v := verifytest.NewAuthority(t)
	root, err := ParseRoot(v.Root(true))
	must(t, err)
	return &authority{v, root}
}

// entryOf embeds a log entry and no timestamp.
func entryOf(entry func(signed, sig []byte) *verifytest.Entry) func(signed, sig []byte) (*verifytest.Entry, []byte) {
	return func(signed, sig []byte) (*verifytest.Entry, []byte) { return entry(signed, sig), nil }
}
