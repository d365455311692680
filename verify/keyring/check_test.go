package keyring

import (
	"bytes"
	"crypto/rand"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	pgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

// expiring makes a key that ends 400 days after 2020-01-01.
func expiring(t testing.TB, name string) *Secret {
	t.Helper()
	e, err := pgp.NewEntity(name, "", "x@example.org", &packet.Config{
		Rand: rand.Reader, Algorithm: packet.PubKeyAlgoEdDSA, KeyLifetimeSecs: 400 * 86400,
		Time: func() time.Time { return date("2020-01-01") },
	})
	must(t, err)
	return &Secret{e}
}

func TestCheck(t *testing.T) {
	dvz, mara, old := newSecret(t, "Dvz"), newSecret(t, "Mara"), expiring(t, "Old")
	certify(t, dvz, mara, 0)
	certify(t, mara, dvz, 30*24*time.Hour) // lapses
	revoked := newSecret(t, "Revoked")
	must(t, revoked.entity.Revoke(packet.KeyRetired, "new key", &packet.Config{Rand: rand.Reader, Time: func() time.Time { return date("2021-01-01") }}))
	records := []Record{
		recordOf(t, dvz, "dvz", Commit, Contact), recordOf(t, mara, "mara", Commit), recordOf(t, old, "old", Release),
		recordOf(t, revoked, "revoked", Commit),
	}
	records[0].RevocableBy = []string{mara.Fingerprint()}
	for _, c := range []struct {
		name   string
		now    string
		policy Policy
		change func([]Record)
		want   []string
	}{
		{"nothing asked", "2020-06-01", Policy{}, nil, []string{"revoked key-revoked"}},
		{"expires soon", "2021-01-20", Policy{Within: 30 * 24 * time.Hour}, nil, []string{"old key-expires-soon", "revoked key-revoked"}},
		{"expired", "2021-06-01", Policy{}, nil, []string{"old key-expired", "revoked key-revoked"}},
		{"certifications", "2020-06-01", Policy{MinCertifications: 1}, nil,
			[]string{"mara key-has-no-certification", "old key-has-no-certification", "revoked key-revoked"}},
		{"revokers", "2020-06-01", Policy{NeedDesignatedRevoker: true}, nil,
			[]string{"mara key-has-no-revoker", "old key-has-no-revoker", "revoked key-revoked"}},
		{"removed keys are left alone", "2021-06-01", Policy{}, func(r []Record) {
			r[2].Removed = &Removal{date("2021-02-01"), Retired}
			r[3].Removed = &Removal{date("2021-02-01"), Retired}
		}, nil},
		{"no contact", "2020-06-01", Policy{}, func(r []Record) { r[0].Roles = []Role{Commit} }, []string{"no-contact-key", "revoked key-revoked"}},
		{"one key, two owners", "2020-06-01", Policy{}, func(r []Record) { r[3] = recordOf(t, dvz, "zoe", Commit) }, []string{"zoe key-owner-differs"}},
		{"not made yet", "2019-06-01", Policy{}, nil, []string{"no-contact-key", "dvz contact-cannot-encrypt", "dvz key-cannot-sign", "mara key-cannot-sign", "old key-cannot-sign", "revoked key-revoked"}},
		{"contact without encryption", "2020-06-01", Policy{}, func(r []Record) {
			r[3] = Record{Name: "ssh", Owner: "ssh", SSH: sshLine(t, mustEd25519(t)), Roles: []Role{Contact}}
		}, []string{"ssh contact-cannot-encrypt"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			list := slices.Clone(records)
			if c.change != nil {
				c.change(list)
			}
			if got := ids(newRing(t, list...).Check(date(c.now), c.policy)); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// A revocation by somebody else counts only if the key or its record names them.
func TestCannotReceive(t *testing.T) {
	secret := newSecret(t, "Dvz")
	for _, c := range []struct {
		name   string
		change func(*Record)
		want   string
	}{
		{"a contact", func(*Record) {}, ""},
		{"in another role", func(r *Record) { r.Roles = []Role{Commit} }, "no role contact"},
		{"removed", func(r *Record) { r.Removed = &Removal{date("2020-06-01"), Retired} }, "removed 2020-06-01"},
		{"removed tomorrow", func(r *Record) { r.Removed = &Removal{date("2020-06-02"), Retired} }, ""},
		{"usable tomorrow", func(r *Record) { r.UsableFrom = date("2020-06-02") }, "only from 2020-06-02"},
		{"of another kind", func(r *Record) { r.Armored, r.Fingerprint, r.SSH = "", "", sshLine(t, mustEd25519(t)) }, "cannot receive"},
	} {
		record := recordOf(t, secret, "dvz", Contact)
		c.change(&record)
		ring, issues := New([]Record{record})
		if len(issues) > 0 {
			t.Fatal(issues)
		}
		if why := ring.CannotReceive(ring.Keys()[0], date("2020-06-01")); !strings.Contains(why, c.want) || (why == "") != (c.want == "") {
			t.Errorf("%s: %q, want %q", c.name, why, c.want)
		}
	}
}

func TestDesignatedRevoker(t *testing.T) {
	dvz, mara := newSecret(t, "Dvz"), newSecret(t, "Mara")
	reason := packet.KeyCompromised
	sig := &packet.Signature{
		Version: 4, SigType: packet.SigTypeKeyRevocation, PubKeyAlgo: mara.entity.PrimaryKey.PubKeyAlgo, Hash: 5, RevocationReason: &reason,
		CreationTime: date("2021-01-01"), IssuerKeyId: &mara.entity.PrimaryKey.KeyId, IssuerFingerprint: mara.entity.PrimaryKey.Fingerprint, IssuerKeyVersion: 4,
	}
	must(t, sig.RevokeKey(dvz.entity.PrimaryKey, mara.entity.PrivateKey, &packet.Config{Rand: rand.Reader}))
	var whole, primary, out, text bytes.Buffer
	must(t, dvz.entity.Serialize(&whole))
	must(t, dvz.entity.PrimaryKey.Serialize(&primary))
	out.Write(primary.Bytes())
	must(t, sig.Serialize(&out))
	out.Write(whole.Bytes()[primary.Len():])
	must(t, armorTo(&text, "PGP PUBLIC KEY BLOCK", out.Bytes()))
	for _, named := range []bool{false, true} {
		r := recordOf(t, dvz, "dvz", Commit)
		r.Armored = text.String()
		if named {
			r.RevocableBy = []string{Group(mara.Fingerprint())}
		}
		ring := newRing(t, r, recordOf(t, mara, "mara", Commit))
		got := ring.Describe(ring.Find(dvz.Fingerprint())[0], date("2022-01-01")).Revoked
		if (got != nil) != named {
			t.Errorf("named %v: revoked %+v", named, got)
		}
		if named && (got.By != "mara" || !got.Hard) {
			t.Errorf("revoked %+v", got)
		}
	}
}
