package verify

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/verify/keyring"
	"github.com/countersign/countersign/verify/statement"
)

// person owns an OpenPGP key made by the test.
type person struct {
	t      testing.TB
	name   string
	entity *openpgp.Entity
}

func newPerson(t *testing.T, name string) *person {
	t.Helper()
	made := func() time.Time { return time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC) }
	e, err := openpgp.NewEntity(name, "", name+"@app.example", &packet.Config{Algorithm: packet.PubKeyAlgoEdDSA, Time: made})
	must(t, err)
	return &person{t, name, e}
}

func (p *person) public() string {
	var b bytes.Buffer
	w, err := armor.Encode(&b, openpgp.PublicKeyType, nil)
	must(p.t, err)
	must(p.t, p.entity.Serialize(w))
	must(p.t, w.Close())
	return b.String()
}

// sign makes a detached signature at a moment.
func (p *person) sign(data []byte, at time.Time) []byte {
	var b bytes.Buffer
	must(p.t, openpgp.ArmoredDetachSign(&b, p.entity, bytes.NewReader(data), &packet.Config{Time: func() time.Time { return at }}))
	return b.Bytes()
}

// key writes a person's key record.
func (s *scene) key(p *person, roles string, fields ...string) {
	fingerprint := strings.ToUpper(hex.EncodeToString(p.entity.PrimaryKey.Fingerprint))
	s.doc("keys/"+p.name+".md", "---\nowner: "+p.name+"\nroles: ["+roles+"]\nfingerprint: "+fingerprint+"\nadded: 2025-01-01\n"+
		strings.Join(fields, "\n")+"\n---\n"+p.public()+"\n")
}

// signedFix mends a file in a commit that a person signs.
func (s *scene) signedFix(p *person, name string) string {
	s.t.Helper()
	s.fix(name)
	return s.signHead(p)
}

// signHead makes the newest commit again, signed.
func (s *scene) signHead(p *person) string {
	s.t.Helper()
	raw := s.gitRaw(nil, "cat-file", "commit", "HEAD")
	header, message, _ := strings.Cut(raw, "\n\n")
	at := time.Date(2026, 1, 1, 0, s.clock, 0, 0, time.UTC)
	armored := strings.TrimRight(string(p.sign([]byte(raw), at)), "\n")
	signed := header + "\ngpgsig " + strings.ReplaceAll(armored, "\n", "\n ") + "\n\n" + message
	id := strings.TrimSpace(s.gitRaw([]byte(signed), "hash-object", "-t", "commit", "-w", "--stdin"))
	s.git("reset", "-q", "--hard", id)
	return id
}

// policy replaces the policy of countersign.yaml.
func (s *scene) policy(text string) {
	s.doc("countersign.yaml", strings.Replace(defaultConfig, "policy: {fix_signature: none, package_signatures: 0}", "policy: "+text, 1))
}

// signedScene is a release whose fix is signed by ann.
func signedScene(t *testing.T, policy string) (s *scene, ann *person, fix string, data []byte) {
	s, ann = newScene(t), newPerson(t, "ann")
	s.policy(policy)
	fix = s.signedFix(ann, "inc/login.php")
	s.fixedBy("APP-2026-0001", "1.1", fix)
	s.release("1.1", "source: {repo: app, commit: "+fix+"}", "packages: [{name: "+app11+"}]")
	return s, ann, fix, s.archive("zip", "app/", fix)
}

func TestFixSignatures(t *testing.T) {
	run := func(t *testing.T, prepare func(s *scene, ann *person, fix string)) *Report {
		s, ann, fix, data := signedScene(t, "{package_signatures: 0}")
		prepare(s, ann, fix)
		return s.verify("1.1", file(app11, data))
	}
	t.Run("by a committer", func(t *testing.T) {
		r := run(t, func(s *scene, ann *person, _ string) { s.key(ann, "commit") })
		expect(t, r, "PASSED", "")
		if sig := r.Statement.Predicate.Fixes[0].Signature; sig.Status != "valid" || sig.Signer != "ann" {
			t.Errorf("%+v", sig)
		}
	})
	t.Run("by a stranger", func(t *testing.T) {
		r := run(t, func(*scene, *person, string) {})
		expect(t, r, "FAILED", "signature-unknown-signer")
		if sig := r.Statement.Predicate.Fixes[0].Signature; sig.Key == "" || !strings.Contains(said(r), sig.Key) {
			t.Errorf("the key id of the stranger is not named: %+v", sig)
		}
	})
	t.Run("in another role", func(t *testing.T) {
		expect(t, run(t, func(s *scene, ann *person, _ string) { s.key(ann, "release") }), "FAILED", "signature-wrong-role")
	})
	t.Run("after removal", func(t *testing.T) {
		expect(t, run(t, func(s *scene, ann *person, _ string) {
			s.key(ann, "commit", "removed: {date: 2025-06-01, reason: retired}")
		}), "FAILED", "signature-removed")
	})
	t.Run("waived", func(t *testing.T) {
		r := run(t, func(s *scene, _ *person, fix string) {
			s.policy("{package_signatures: 0, waivers: [{rule: signature-unknown-signer, object: " + fix + ", reason: an old key, expires: 2026-12-31}]}")
		})
		expect(t, r, "PASSED", "(waiver-used)")
		if len(r.Statement.Predicate.Policy.Waivers) != 1 {
			t.Error("the result does not name the waiver")
		}
	})
	t.Run("half waived", func(t *testing.T) {
		r := run(t, func(s *scene, ann *person, fix string) {
			s.key(ann, "release", "removed: {date: 2025-06-01, reason: retired}")
			s.policy("{package_signatures: 0, waivers: [{rule: signature-removed, object: " + fix + ", reason: an old key, expires: 2026-12-31}]}")
		})
		expect(t, r, "FAILED", "signature-removed")
		if len(r.Statement.Predicate.Policy.Waivers) != 0 {
			t.Error("the result names a waiver that lifted nothing")
		}
	})
	t.Run("waived until yesterday", func(t *testing.T) {
		expect(t, run(t, func(s *scene, _ *person, fix string) {
			s.policy("{package_signatures: 0, waivers: [{rule: signature-unknown-signer, object: " + fix + ", reason: an old key, expires: 2026-05-31}]}")
		}), "FAILED", "(waiver-without-effect) signature-unknown-signer")
	})
	t.Run("waived for another commit", func(t *testing.T) {
		expect(t, run(t, func(s *scene, _ *person, _ string) {
			s.policy("{package_signatures: 0, waivers: [{rule: signature-unknown-signer, object: " + s.git("rev-parse", "v1.0") + ", reason: an old key, expires: 2026-12-31}]}")
		}), "FAILED", "signature-unknown-signer")
	})
	t.Run("verified by the signer alone", func(t *testing.T) {
		verified := func(s *scene, by string) {
			text := string(s.sec["advisories/APP-2026-0001.md"].Data)
			s.doc("advisories/APP-2026-0001.md", strings.Replace(text, "timeline: {reported: 2026-01-01}",
				"timeline: {reported: 2026-01-01, fix_verified: {date: 2026-01-02, by: ["+by+"]}}", 1))
		}
		expect(t, run(t, func(s *scene, ann *person, _ string) { s.key(ann, "commit"); verified(s, "ann") }), "FAILED", "two-person")
		expect(t, run(t, func(s *scene, ann *person, _ string) { s.key(ann, "commit"); verified(s, "bob") }), "PASSED", "")
	})
	t.Run("a key that does not load", func(t *testing.T) {
		r := run(t, func(s *scene, ann *person, _ string) {
			s.key(ann, "commit")
			s.doc("keys/bob.md", "---\nowner: [bob\n---\n")
		})
		expect(t, r, "UNVERIFIABLE", "?key-unreadable")
	})
	t.Run("a key removed on no day", func(t *testing.T) {
		expect(t, run(t, func(s *scene, ann *person, _ string) { s.key(ann, "commit", "removed: {reason: compromised}") }),
			"FAILED", "?key-unreadable signature-unknown-signer")
	})
	t.Run("a policy that does not load", func(t *testing.T) {
		r := run(t, func(s *scene, ann *person, _ string) {
			s.key(ann, "commit")
			s.policy("{package_signatures: 0, fix_signature: sometimes}")
		})
		expect(t, r, "UNVERIFIABLE", "?policy-unreadable")
	})
}

// TestRefusedBesideExcused: of two commits of a fix the result tells the one that nothing excuses.
func TestRefusedBesideExcused(t *testing.T) {
	s, ann := newScene(t), newPerson(t, "ann")
	one := s.signedFix(ann, "inc/login.php")
	two := s.fix("inc/mail.php")
	s.fixedBy("APP-2026-0001", "1.1", one, two)
	s.release("1.1", "source: {repo: app, commit: "+two+"}", "packages: [{name: "+app11+"}]")
	s.policy("{package_signatures: 0, waivers: [{rule: signature-unknown-signer, object: " + one + ", reason: an old key, expires: 2026-12-31}]}")
	r := s.verify("1.1", file(app11, s.archive("zip", "", two)))
	expect(t, r, "FAILED", "(waiver-used) signature-unsigned")
	if sig := r.Statement.Predicate.Fixes[0].Signature; sig.Status != "unsigned" || sig.Commit != two {
		t.Errorf("%+v", sig)
	}
}

// signedTag puts a tag with a person's signature on a commit.
func (s *scene) signedTag(by *person, name, commit string) {
	s.t.Helper()
	body := fmt.Sprintf("object %s\ntype commit\ntag %s\ntagger ann <ann@app.example> 1767225600 +0000\n\nrelease\n", commit, name)
	signed := body + string(by.sign([]byte(body), time.Unix(1767225600, 0)))
	s.git("update-ref", "refs/tags/"+name, strings.TrimSpace(s.gitRaw([]byte(signed), "hash-object", "-t", "tag", "-w", "--stdin")))
}

// TestTagSignature accepts a signed tag where the policy says so, and tells it apart.
func TestTagSignature(t *testing.T) {
	s, ann := newScene(t), newPerson(t, "ann")
	fix := s.fix("inc/login.php")
	s.signedTag(ann, "v1.1", fix)
	s.fixedBy("APP-2026-0001", "1.1", fix)
	s.release("1.1", "source: {repo: app, commit: "+fix+", tag: v1.1}", "packages: [{name: "+app11+"}]")
	s.key(ann, "release")
	data := s.archive("zip", "", fix)

	s.policy("{package_signatures: 0}")
	expect(t, s.verify("1.1", file(app11, data)), "FAILED", "signature-unsigned")
	s.policy("{package_signatures: 0, fix_signature: tag}")
	r := s.verify("1.1", file(app11, data))
	expect(t, r, "PASSED", "")
	f := r.Statement.Predicate.Fixes[0]
	if f.Signature.Status != "unsigned" || f.Tag == nil || f.Tag.Status != "valid" || r.Statement.Predicate.Policy.FixSignature != "tag" {
		t.Errorf("%+v %+v", f.Signature, f.Tag)
	}
}

// TestPatchSignature asks for a signature on an embargoed fix as on a commit.
func TestPatchSignature(t *testing.T) {
	s, ann := newScene(t), newPerson(t, "ann")
	s.key(ann, "commit")
	s.policy("{package_signatures: 0}")
	base := s.git("rev-parse", "HEAD")
	fix := s.fix("inc/login.php")
	patch := s.patch(base, fix)
	s.doc("patches/a.diff", patch)
	s.advisory("APP-2026-0001", "target: \"1.1\"", "fixes: [{version: \"1.1\", patch: patches/a.diff}]")
	s.release("1.1", "source: {repo: app, commit: "+base+"}", "patches: [patches/a.diff]", "packages: [{name: "+app11+"}]")
	data := s.archive("zip", "", fix)
	expect(t, s.verify("1.1", file(app11, data)), "FAILED", "signature-unsigned")
	s.doc("patches/a.diff.asc", string(ann.sign([]byte(patch), theDay.Add(-time.Hour))))
	expect(t, s.verify("1.1", file(app11, data)), "PASSED", "")
	s.doc("patches/a.diff", patch+"\n")
	expect(t, s.verify("1.1", file(app11, data)), "FAILED", "signature-bad")
}

// TestTrust shows that a pull request cannot vouch for itself: keys and policy come
// from the protected revision, and a key is no older than the commit that added it.
func TestTrust(t *testing.T) {
	s, ann, _, data := signedScene(t, "{package_signatures: 0}")
	protected := fstest.MapFS{}
	for name, f := range s.sec {
		protected[path.Clean(name)] = f
	}
	before, _, err := advisories.Load(protected)
	must(t, err)
	s.key(ann, "commit")
	s.policy("{fix_signature: none, package_signatures: 0}")
	expect(t, s.verify("1.1", file(app11, data)), "PASSED", "")
	s.ev.Trust = Trust{Revision: "abc", Set: before}
	r := s.verify("1.1", file(app11, data))
	expect(t, r, "FAILED", "signature-unknown-signer")
	if r.Statement.Predicate.Policy.Trust != "abc" {
		t.Error("the result does not name the revision")
	}
	s.policy("{package_signatures: 0}")
	s.ev.Trust = Trust{Added: map[string]time.Time{"keys/ann.md": time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}}
	expect(t, s.verify("1.1", file(app11, data)), "FAILED", "key-added-early")
	key := string(s.sec["keys/ann.md"].Data)
	s.doc("keys/ann.md", key[:strings.Index(key, "added:")]+key[strings.Index(key, "added:")+len("added: 2025-01-01\n"):])
	expect(t, s.verify("1.1", file(app11, data)), "FAILED", "key-added-early")
}

// TestStrayPatch: a patch of the record that belongs to no advisory brings code into the
// package too, and somebody must have signed it.
func TestStrayPatch(t *testing.T) {
	s, ann := newScene(t), newPerson(t, "ann")
	s.key(ann, "commit")
	s.policy("{package_signatures: 0}")
	base := s.git("rev-parse", "HEAD")
	s.write("inc/mail.php", "evil();\n")
	built := s.commit("nobody looked at this")
	patch := s.patch(base, built)
	s.doc("patches/stray.diff", patch)
	s.release("1.1", "source: {repo: app, commit: "+base+"}", "patches: [patches/stray.diff]", "packages: [{name: "+app11+"}]")
	data := s.archive("zip", "", built)
	expect(t, s.verify("1.1", file(app11, data)), "FAILED", "signature-unsigned")
	s.doc("patches/stray.diff.asc", string(ann.sign([]byte(patch), theDay.Add(-time.Hour))))
	expect(t, s.verify("1.1", file(app11, data)), "PASSED", "")
}

// TestHistoryIsTrust: a pull request cannot date its release back, and so make it one
// that nobody had to sign.
func TestHistoryIsTrust(t *testing.T) {
	s, fix := fixedScene(t, "contents: full")
	s.policy("{verify_since: 2026-02-01}")
	data := s.archive("zip", "app/", fix)
	record := func(fields ...string) {
		s.release("1.1", append(fields, "source: {repo: app, commit: "+fix+"}", "packages: [{name: "+app11+"}]")...)
	}
	snapshot := func() *advisories.Set {
		protected := fstest.MapFS{}
		for name, f := range s.sec {
			protected[path.Clean(name)] = f
		}
		set, _, err := advisories.Load(protected)
		must(t, err)
		return set
	}
	record()
	candidate := snapshot()
	expect(t, s.verify("1.1", file(app11, data)), "FAILED", "package-signatures signature-unsigned")
	record("released: 2026-01-15")
	expect(t, s.verify("1.1", file(app11, data)), "PASSED", "(release-before-policy)")
	s.ev.Trust = Trust{Revision: "abc", Set: snapshot()}
	expect(t, s.verify("1.1", file(app11, data)), "PASSED", "(release-before-policy)")
	s.ev.Trust = Trust{Revision: "abc", Set: candidate}
	expect(t, s.verify("1.1", file(app11, data)), "FAILED", "package-signatures signature-unsigned")
}

func TestAttested(t *testing.T) {
	s, fix := fixedScene(t, "omitted: [\"inc/login.php\"]")
	files := s.tree(fix)
	delete(files, "inc/login.php")
	data := zipOf(t, "", files)
	sum := sha256.Sum256(data)
	reason := "the file is minified"
	attest := func(digest, by string) *Report {
		s.policy("{fix_signature: none, package_signatures: 0, attested: [{advisory: APP-2026-0001, package_sha256: \"" + digest + "\", by: [" + by + "], reason: \"" + reason + "\"}]}")
		return s.verify("1.1", file(app11, data))
	}
	digest := hex.EncodeToString(sum[:])
	s.key(newPerson(t, "ann"), "commit")
	s.key(newPerson(t, "bob"), "commit")
	r := attest(digest, "ann, bob")
	expect(t, r, "PASSED", "(attestation-used)")
	if len(r.Statement.Predicate.Policy.Attested) != 1 {
		t.Error("the result does not name the attestation")
	}
	expect(t, attest(digest, "ann"), "UNVERIFIABLE", "(attestation-refused) ?fix-unverifiable")
	expect(t, attest(digest, "ann, ann"), "UNVERIFIABLE", "(attestation-refused) ?fix-unverifiable")
	expect(t, attest(digest, "ann, mallory"), "UNVERIFIABLE", "(attestation-refused) ?fix-unverifiable")
	expect(t, attest(strings.Repeat("0", 64), "ann, bob"), "UNVERIFIABLE", "?fix-unverifiable")
	reason = " "
	expect(t, attest(digest, "ann, bob"), "UNVERIFIABLE", "(attestation-refused) ?fix-unverifiable")

	s.release("1.1", "source: {repo: app, commit: "+fix+"}", "packages: [{name: "+app11+"}]")
	r = attest(digest, "ann, bob")
	expect(t, r, "FAILED", "fix-not-in-package package-missing") // it lifts unverifiable and nothing else
}

// TestResultsAreChecked reads results back: what they judged must still be there.
func TestResultsAreChecked(t *testing.T) {
	s, fix := fixedScene(t, "contents: full")
	data := s.archive("zip", "app/", fix)
	sum := sha256.Sum256(data)
	s.release("1.1", "source: {repo: app, commit: "+fix+"}", "packages: [{name: "+app11+", sha256: "+hex.EncodeToString(sum[:])+"}]")
	text, err := statement.Encode(s.verify("1.1", file(app11, data)).Statement)
	must(t, err)
	check := func() string {
		set, _, err := advisories.Load(s.sec)
		must(t, err)
		_, list := CheckResult(set, "r.json", text, theDay)
		var rules []string
		for _, f := range list {
			rules = append(rules, f.Rule+" "+f.Message)
		}
		return strings.Join(rules, "; ")
	}
	if got := check(); got != "" {
		t.Error(got)
	}
	s.doc("advisories/APP-2026-0002.md", "---\nid: APP-2026-0002\nfixes: {version\n---\n")
	set, _, err := advisories.Load(s.sec)
	must(t, err)
	doc, _ := CheckResult(set, "r.json", text, theDay)
	if list := CheckComplete(set, "r.json", doc.Statement); len(list) != 1 || list[0].Rule != RuleAdvisoryUnreadable {
		t.Error("what cannot be read may oblige the release:", list)
	}
	delete(s.sec, "advisories/APP-2026-0002.md")
	advisory := s.sec["advisories/APP-2026-0001.md"]
	s.doc("advisories/APP-2026-0001.md", strings.Replace(string(advisory.Data), "timeline: {reported: 2026-01-01}", "timeline: {reported: 2026-01-01, published: 2026-02-01}", 1))
	if got := check(); got != "" {
		t.Error("a later date changes no claim:", got)
	}
	s.doc("advisories/APP-2026-0001.md", strings.Replace(string(advisory.Data), fix, s.git("rev-parse", "v1.0"), 1))
	if got := check(); !strings.Contains(got, "result-stale advisory APP-2026-0001") {
		t.Error("another fix is another claim:", got)
	}
	s.sec["advisories/APP-2026-0001.md"] = advisory
	s.release("1.1", "source: {repo: app, commit: "+fix+"}", "packages: [{name: "+app11+", sha256: "+strings.Repeat("0", 64)+"}]")
	if got := check(); !strings.Contains(got, "result-stale package") {
		t.Error("another package is another claim:", got)
	}
	s.policy("{result_signature: required}")
	if got := check(); !strings.Contains(got, "result-signature") {
		t.Error("the policy asks for a signature:", got)
	}
}

// TestResultOfStolenKey: a result that counts a signature of a key that is removed as compromised later is no
// longer believed; one of a key that was retired since is.
func TestResultOfStolenKey(t *testing.T) {
	s, ann, _, data := signedScene(t, "{}")
	s.key(ann, "commit, release")
	s.release("1.1", "source: {repo: app, commit: "+s.git("rev-parse", "HEAD")+"}", "packages: [{name: "+app11+", signatures: [ann.asc]}]")
	a := file(app11, data)
	a.Beside = fstest.MapFS{"ann.asc": {Data: ann.sign(data, theDay.Add(-time.Hour))}}
	r := s.verify("1.1", a)
	expect(t, r, "PASSED", "")
	for removed, want := range map[string]int{"": 0, "removed: {date: 2026-06-02, reason: retired}": 0, "removed: {date: 2026-06-02, reason: compromised}": 2} {
		text, err := statement.Encode(r.Statement)
		must(t, err)
		s.key(ann, "commit, release", removed)
		set, _, err := advisories.Load(s.sec)
		must(t, err)
		_, list := CheckResult(set, "r.json", text, theDay.AddDate(0, 0, 7))
		if len(list) != want || want > 0 && list[0].Rule != RuleResultKey {
			t.Errorf("%q: %v", removed, list)
		}
	}
	p := r.Statement.Predicate
	day := func(n int) *time.Time { at := theDay.AddDate(0, 0, n); return &at }
	ring, _ := keyring.New([]keyring.Record{{Name: "k", Owner: "ann", Sigstore: &keyring.Identity{Issuer: "https://login.example", Subject: "ann@app.example"},
		Removed: &keyring.Removal{Date: *day(0), Reason: keyring.Compromised}}})
	for at, want := range map[*time.Time]bool{day(-1): false, day(1): true, nil: true} {
		sig := p.Fixes[0].Signature
		sig.Type, sig.Key, sig.Time = "sigstore", "ann@app.example (https://login.example)", at
		if compromisedSince(ring, &sig) != want {
			t.Errorf("proven %v: %v", at, !want)
		}
	}
}
