package signature

import (
	"testing"

	"github.com/countersign/countersign/verify/verifytest/testdata/sigstoretest"
)

const (
	testIssuer = sigstoretest.Issuer
	testPerson = sigstoretest.Subject
)

// authority is a sigstore instance of the test's own with its trusted root.
type authority struct {
	*sigstoretest.Authority
	root *TrustedRoot
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	v := sigstoretest.NewAuthority(t)
	root, err := ParseRoot(v.Root(true))
	must(t, err)
	return &authority{v, root}
}

// entryOf embeds a log entry and no timestamp.
func entryOf(entry func(signed, sig []byte) *sigstoretest.Entry) func(signed, sig []byte) (*sigstoretest.Entry, []byte) {
	return func(signed, sig []byte) (*sigstoretest.Entry, []byte) { return entry(signed, sig), nil }
}
