package signature

import (
	"crypto"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/countersign/countersign/verify/keyring"
)

const day1 = 24 * time.Hour

// signed is a commit made and signed at a time.
func (k *pgpKey) signedCommit(at string) []byte {
	c := commitBytes(date(at))
	return withHeader(c, "gpgsig", k.sign(c, at))
}

// pgpCase is one row: a commit, the records that judge it, what we must say and what git says.
type pgpCase struct {
	name    string
	build   func(t *testing.T, c *pgpCase)
	commit  []byte
	records []keyring.Record
	req     Request
	want    Status
	reason  string // part of the reason
	git     string // what git and gpg 2.2 say
	blocks  []string
}

// simple fills a row from one key and one date.
func simple(o keyOptions, at string) func(*testing.T, *pgpCase) {
	return func(t *testing.T, c *pgpCase) {
		k := newKey(t, "Dvz", o)
		c.commit, c.records, c.blocks = k.signedCommit(at), []keyring.Record{k.record()}, []string{k.armored()}
	}
}

// withRecord changes the record of the row after build.
func withRecord(build func(*testing.T, *pgpCase), change func(*keyring.Record)) func(*testing.T, *pgpCase) {
	return func(t *testing.T, c *pgpCase) {
		build(t, c)
		change(&c.records[0])
	}
}

// revoked fills a row with a key revoked on a day.
func revoked(reason packet.ReasonForRevocation, on, at string) func(*testing.T, *pgpCase) {
	return func(t *testing.T, c *pgpCase) {
		k := newKey(t, "Dvz", keyOptions{})
		c.commit = k.signedCommit(at)
		k.revoke(on, reason)
		c.records, c.blocks = []keyring.Record{k.record()}, []string{k.armored()}
	}
}

// digest fills a row with a signature over another digest.
func digest(h crypto.Hash) func(*testing.T, *pgpCase) {
	return func(t *testing.T, c *pgpCase) {
		k := newKey(t, "Dvz", keyOptions{})
		raw := commitBytes(date("2020-06-01"))
		c.commit = withHeader(raw, "gpgsig", armorAs(t, "PGP SIGNATURE", k.signWith(raw, date("2020-06-01"), h, nil)))
		c.records, c.blocks = []keyring.Record{k.record()}, []string{k.armored()}
	}
}

var pgpCases = []pgpCase{
	{name: "signed by a key of the ring", build: simple(keyOptions{}, "2020-06-01"), want: Valid, git: "U"},
	{name: "RSA 2048", build: simple(keyOptions{rsaBits: 2048}, "2020-06-01"), want: Valid, git: "U"},
	{name: "RSA 3072", build: simple(keyOptions{rsaBits: 3072}, "2020-06-01"), want: Valid, git: "U"},
	{name: "RSA 3072, one byte of the commit changed", want: Bad, reason: "does not match", git: "B",
		build: func(t *testing.T, c *pgpCase) {
			simple(keyOptions{rsaBits: 3072}, "2020-06-01")(t, c)
			c.commit = []byte(strings.Replace(string(c.commit), "escape", "Escape", 1))
		}},
	{name: "version 6 key", build: simple(keyOptions{v6: true}, "2020-06-01"), want: Valid, git: "N"},
	{name: "a subkey signs, the record names the primary", build: simple(keyOptions{subkey: true}, "2020-06-01"), want: Valid, git: "U"},
	{name: "subkey without cross-certification", build: simple(keyOptions{subkey: true, noCross: true}, "2020-06-01"),
		want: Bad, reason: "never signed the primary key back", git: "E"},
	{name: "subkey whose binding carries a critical notation", build: simple(keyOptions{subkey: true, notation: true}, "2020-06-01"),
		want: UnknownSigner, reason: "no key in the keyring", git: "E"},
	{name: "key not marked for signing", build: simple(keyOptions{noSign: true}, "2020-06-01"), want: Bad, reason: "not marked as a signing key", git: "E"},
	{name: "SHA-1", build: byHand(4, crypto.SHA1), want: Weak, reason: "SHA-1", git: "U"},
	{name: "MD5", build: byHand(4, crypto.MD5), want: Weak, reason: "MD5", git: "E"},
	{name: "version 3 signature, as gpg wrote it until 2010", build: byHand(3, crypto.SHA256), want: Valid, git: "U"},
	{name: "version 3 signature over SHA-1", build: byHand(3, crypto.SHA1), want: Weak, reason: "SHA-1", git: "U"},
	{name: "SHA-512", build: digest(crypto.SHA512), want: Valid, git: "U"},
	{name: "RSA 1024", build: simple(keyOptions{rsaBits: 1024}, "2020-06-01"), want: Weak, reason: "1024 bits", git: "U"},
	{name: "DSA", build: simple(keyOptions{dsa: true}, "2020-06-01"), want: Weak, reason: "DSA", git: "U"},
	{name: "signed while valid, expired since, a release of that time holds it",
		build: simple(keyOptions{lifetime: 6 * 365 * day1}, "2020-06-01"), req: Request{HeldSince: date("2020-07-01")}, want: Valid, git: "Y"},
	{name: "signed while valid, expired since, only a later release holds it",
		build: simple(keyOptions{lifetime: 6 * 365 * day1}, "2020-06-01"), req: Request{HeldSince: date("2022-07-01")},
		want: Expired, reason: "no release made before the expiry", git: "Y"},
	{name: "signed after expiry", build: simple(keyOptions{lifetime: 3 * 365 * day1}, "2020-06-01"),
		req: Request{HeldSince: date("2020-07-01")}, want: Expired, reason: "expired 2017-12-31", git: "Y"},
	{name: "backdated: the signature claims 2016, the commit is of 2024", want: Backdated, reason: "before the signed object", git: "Y",
		build: func(t *testing.T, c *pgpCase) {
			k := newKey(t, "Dvz", keyOptions{lifetime: 3 * 365 * day1})
			raw := commitBytes(date("2024-06-01"))
			c.commit = withHeader(raw, "gpgsig", k.sign(raw, "2016-06-01"))
			c.records, c.blocks = []keyring.Record{k.record()}, []string{k.armored()}
		}},
	{name: "signature older than its key", build: simple(keyOptions{created: "2019-01-01"}, "2018-06-01"), want: Backdated, reason: "was created 2019-01-01", git: "E"},
	{name: "signature from the future", build: simple(keyOptions{}, "2031-01-01"), want: NotYetUsable, reason: "in the future", git: "U"},
	{name: "revoked as superseded, signed before", build: revoked(packet.KeySuperseded, "2021-01-01", "2020-06-01"), want: Valid, git: "R"},
	{name: "revoked as retired, signed after", build: revoked(packet.KeyRetired, "2020-01-01", "2020-06-01"), want: Revoked, reason: "revoked 2020-01-01", git: "R"},
	{name: "revoked as compromised, signed before", build: revoked(packet.KeyCompromised, "2021-01-01", "2020-06-01"), want: Compromised, reason: "no earlier date heals", git: "R"},
	{name: "revoked without a reason, signed before", build: revoked(packet.NoReason, "2021-01-01", "2020-06-01"), want: Revoked, reason: "reaches into the past", git: "R"},
	{name: "binding signature newer than the commit", build: simple(keyOptions{subkey: true, selfSig: "2019-05-01", subSig: "2019-05-01"}, "2016-06-01"), want: Valid, git: "U"},
	{name: "unknown signer", want: UnknownSigner, reason: "fingerprint", git: "E",
		build: func(t *testing.T, c *pgpCase) {
			stranger, dvz := newKey(t, "Stranger", keyOptions{}), newKey(t, "Dvz", keyOptions{})
			c.commit, c.records, c.blocks = stranger.signedCommit("2020-06-01"), []keyring.Record{dvz.record()}, []string{dvz.armored()}
		}},
	{name: "present in gpg's keyring, in nobody's record", want: UnknownSigner, reason: "no key in the keyring", git: "U",
		build: func(t *testing.T, c *pgpCase) {
			stranger, dvz := newKey(t, "Stranger", keyOptions{}), newKey(t, "Dvz", keyOptions{})
			c.commit, c.records, c.blocks = stranger.signedCommit("2020-06-01"), []keyring.Record{dvz.record()}, []string{stranger.armored()}
		}},
	{name: "wrong role", build: withRecord(simple(keyOptions{}, "2020-06-01"), func(r *keyring.Record) { r.Roles = []keyring.Role{keyring.Contact} }),
		want: WrongRole, reason: "does not have role commit", git: "U"},
	{name: "platform key", build: withRecord(simple(keyOptions{}, "2020-06-01"), func(r *keyring.Record) { r.Roles = []keyring.Role{keyring.Platform} }),
		want: Platform, reason: "platform", git: "U"},
	{name: "platform key where the policy accepts it", build: withRecord(simple(keyOptions{}, "2020-06-01"), func(r *keyring.Record) { r.Roles = []keyring.Role{keyring.Platform} }),
		req: Request{AllowPlatform: true}, want: Valid, git: "U"},
	{name: "before usable_from", build: withRecord(simple(keyOptions{}, "2020-06-01"), func(r *keyring.Record) { r.UsableFrom = date("2020-06-15") }),
		want: NotYetUsable, reason: "from 2020-06-15", git: "U"},
	{name: "after removal", build: withRecord(simple(keyOptions{}, "2020-06-01"), removed("2020-05-01", keyring.Retired)),
		req: Request{HeldSince: date("2020-04-01")}, want: Removed, reason: "removed 2020-05-01", git: "U"},
	{name: "before removal, a release of that time holds it", build: withRecord(simple(keyOptions{}, "2020-06-01"), removed("2021-05-01", keyring.Retired)),
		req: Request{HeldSince: date("2020-08-01")}, want: Valid, git: "U"},
	{name: "before removal, by its own word only", build: withRecord(simple(keyOptions{}, "2020-06-01"), removed("2021-05-01", keyring.Retired)),
		want: Removed, reason: "no release made before that day", git: "U"},
	{name: "removed as compromised, although a release holds it", build: withRecord(simple(keyOptions{}, "2020-06-01"), removed("2021-05-01", keyring.Compromised)),
		req: Request{HeldSince: date("2020-08-01")}, want: Compromised, reason: "transparency log", git: "U"},
	{name: "the signature itself expired", want: Expired, reason: "the signature itself", git: "X",
		build: func(t *testing.T, c *pgpCase) {
			k := newKey(t, "Dvz", keyOptions{})
			raw := commitBytes(date("2020-06-01"))
			sig := k.signWith(raw, date("2020-06-01"), crypto.SHA256, func(s *packet.Signature) { s.SigLifetimeSecs = lifetime(30 * day1) })
			c.commit = withHeader(raw, "gpgsig", armorAs(t, "PGP SIGNATURE", sig))
			c.records, c.blocks = []keyring.Record{k.record()}, []string{k.armored()}
		}},
	{name: "one byte of the commit changed", want: Bad, reason: "does not match", git: "B",
		build: func(t *testing.T, c *pgpCase) {
			simple(keyOptions{}, "2020-06-01")(t, c)
			c.commit = []byte(strings.Replace(string(c.commit), "escape", "Escape", 1))
		}},
	{name: "signature moved to another commit", want: Bad, reason: "does not match", git: "B",
		build: func(t *testing.T, c *pgpCase) {
			k := newKey(t, "Dvz", keyOptions{})
			c.commit = withHeader(commitBytes(date("2020-06-02")), "gpgsig", k.sign(commitBytes(date("2020-06-01")), "2020-06-01"))
			c.records, c.blocks = []keyring.Record{k.record()}, []string{k.armored()}
		}},
	{name: "a certification in place of a document signature", want: Bad, reason: "type 0x13", git: "E",
		build: func(t *testing.T, c *pgpCase) {
			k := newKey(t, "Dvz", keyOptions{})
			raw := commitBytes(date("2020-06-01"))
			sig := k.signWith(raw, date("2020-06-01"), crypto.SHA256, func(s *packet.Signature) { s.SigType = packet.SigTypePositiveCert })
			c.commit = withHeader(raw, "gpgsig", armorAs(t, "PGP SIGNATURE", sig))
			c.records, c.blocks = []keyring.Record{k.record()}, []string{k.armored()}
		}},
	{name: "CRLF inside the commit and the armor", want: Valid, git: "U",
		build: func(t *testing.T, c *pgpCase) {
			k := newKey(t, "Dvz", keyOptions{})
			raw := []byte(strings.Replace(string(commitBytes(date("2020-06-01"))), "fix: escape", "fix:\r\nescape", 1))
			c.commit = withHeader(raw, "gpgsig", strings.ReplaceAll(k.sign(raw, "2020-06-01"), "\n", "\r\n"))
			c.records, c.blocks = []keyring.Record{k.record()}, []string{k.armored()}
		}},
	{name: "an OpenTimestamps block behind the signature", want: Valid, git: "U",
		build: func(t *testing.T, c *pgpCase) {
			k := newKey(t, "Dvz", keyOptions{})
			raw := commitBytes(date("2020-06-01"))
			stamp := "-----BEGIN OPENTIMESTAMPS GIT TIMESTAMP-----\n\nAQHwIJOM\n-----END OPENTIMESTAMPS GIT TIMESTAMP-----\n"
			c.commit = withHeader(raw, "gpgsig", k.sign(raw, "2020-06-01")+stamp)
			c.records, c.blocks = []keyring.Record{k.record()}, []string{k.armored()}
		}},
	{name: "two signatures in one armor, the first bad", want: Valid, git: "E", build: twice(false, true, false)},
	{name: "two signatures in one armor, the second bad", want: Valid, git: "E", build: twice(true, false, false)},
	{name: "two headers, the first bad", want: Valid, git: "E", build: twice(false, true, true)},
	{name: "unsigned", want: Unsigned, git: "N", build: func(t *testing.T, c *pgpCase) { c.commit = commitBytes(date("2020-06-01")) }},
	{name: "gpgsig-sha256 only, in a SHA-1 repository", want: Uncheckable, reason: "other hash function", git: "N",
		build: func(t *testing.T, c *pgpCase) {
			k := newKey(t, "Dvz", keyOptions{})
			raw := commitBytes(date("2020-06-01"))
			c.commit, c.records = withHeader(raw, "gpgsig-sha256", k.sign(raw, "2020-06-01")), []keyring.Record{k.record()}
		}},
}

// twice fills a row with two signatures, by Mara and by Dvz, of which either may be over another commit.
func twice(mara, dvz, headers bool) func(*testing.T, *pgpCase) {
	return func(t *testing.T, c *pgpCase) {
		raw, other := commitBytes(date("2020-06-01")), commitBytes(date("2020-06-02"))
		var sigs [][]byte
		for _, s := range []struct {
			name string
			good bool
		}{{"Mara", mara}, {"Dvz", dvz}} {
			k, message := newKey(t, s.name, keyOptions{}), other
			if s.good {
				message = raw
			}
			sigs = append(sigs, k.signWith(message, date("2020-06-01"), crypto.SHA256, nil))
			c.records, c.blocks = append(c.records, k.record()), append(c.blocks, k.armored())
		}
		if headers {
			c.commit = withHeader(withHeader(raw, "gpgsig", armorAs(t, "PGP SIGNATURE", sigs[0])), "gpgsig", armorAs(t, "PGP SIGNATURE", sigs[1]))
			return
		}
		c.commit = withHeader(raw, "gpgsig", armorAs(t, "PGP SIGNATURE", slices.Concat(sigs...)))
	}
}

func removed(on, reason string) func(*keyring.Record) {
	return func(r *keyring.Record) { r.Removed = &keyring.Removal{Date: date(on), Reason: reason} }
}

func TestOpenPGPCommits(t *testing.T) {
	for _, c := range pgpCases {
		t.Run(c.name, func(t *testing.T) {
			c.build(t, &c)
			c.req.Ring, c.req.Role, c.req.Now = ringOf(t, c.records...), keyring.Commit, date("2024-07-01")
			s, err := SplitCommit(c.commit)
			must(t, err)
			r := Best(Check(s, c.req))
			if r.Status != c.want || !strings.Contains(r.Reason, c.reason) {
				t.Errorf("got %s (%s), want %s with %q", r.Status, r.Reason, c.want, c.reason)
			}
			if r.Status == UnknownSigner && !strings.Contains(r.Reason, r.Key) {
				t.Errorf("the reason %q does not name the key %s", r.Reason, r.Key)
			}
			if git := gitSays(t, c.commit, c.blocks...); git != "" && git != c.git {
				t.Errorf("git says %s, the table says %s", git, c.git)
			}
		})
	}
}
