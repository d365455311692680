package signature

import (
	"crypto/rand"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// newEdDSA makes an Ed25519 key in the form that GnuPG 2.2 knows. The library keeps its constructor for that
// form's curve internal, so the key is taken out of a whole entity.
func newEdDSA(t testing.TB, created time.Time) *packet.PrivateKey {
	t.Helper()
	e, err := openpgp.NewEntity("x", "", "x@example.org", &packet.Config{
		Rand: rand.Reader, Algorithm: packet.PubKeyAlgoEdDSA, Time: func() time.Time { return created },
	})
	must(t, err)
	return e.PrivateKey
}
