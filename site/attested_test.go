package site

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/countersign/countersign/verify/keyring"
)

// What no machine can judge is public by the word of two people: in the result that gate 2 wrote and in the policy
// of today, for this advisory and these bytes. The page says so in plain words.
func TestAttestedInTheSite(t *testing.T) {
	const id, zip, res = "LAN-2026-0001", "lantern-1.2.0.zip", "releases/lantern-1.2.0.verification.json"
	const page = "advisories/" + id + ".html"
	inResult := func(by, digest string) string {
		text := strings.Replace(result("1.2.0", zip, "unverifiable", id), `"attested": []`,
			`"attested": [{"advisory": "`+id+`", "package_sha256": "`+digest+`", "by": [`+by+`], "reason": "the script is minified"}]`, 1)
		return strings.Replace(text, `"UNVERIFIABLE"`, `"PASSED"`, 1)
	}
	inPolicy := func(by, reason string) string {
		return strings.Replace(config, "policy:\n", "policy:\n  attested: [{advisory: "+id+", package_sha256: "+hexOf(zip)+", by: ["+by+"], reason: \""+reason+"\"}]\n", 1)
	}
	const two, reason = `"ann", "bob"`, "the script is minified"
	for name, c := range map[string]struct {
		result, config string
		public         bool
	}{
		"two people":                             {inResult(two, hexOf(zip)), inPolicy("ann, bob", reason), true},
		"one person in the policy":               {inResult(two, hexOf(zip)), inPolicy("ann", reason), false},
		"one person twice in the policy":         {inResult(two, hexOf(zip)), inPolicy("ann, ann", reason), false},
		"no reason in the policy":                {inResult(two, hexOf(zip)), inPolicy("ann, bob", " "), false},
		"one person in the result":               {inResult(`"ann"`, hexOf(zip)), inPolicy("ann, bob", reason), false},
		"withdrawn from the policy since":        {inResult(two, hexOf(zip)), config, false},
		"gate 2 used none":                       {result("1.2.0", zip, "unverifiable", id), inPolicy("ann, bob", reason), false},
		"of other bytes":                         {inResult(two, hexOf("other")), inPolicy("ann, bob", reason), false},
		"it lifts unverifiable and nothing else": {strings.Replace(inResult(two, hexOf(zip)), `"unverifiable"`, `"missing"`, 1), inPolicy("ann, bob", reason), false},
		"it lifts no failure of its own either":  {strings.Replace(inResult(two, hexOf(zip)), `"unverifiable"`, `"partial"`, 1), inPolicy("ann, bob", reason), false},
	} {
		t.Run(name, func(t *testing.T) {
			r := sample()
			r[res], r["countersign.yaml"] = c.result, c.config
			files, rep := build(t, r.input(t))
			if _, there := files[page]; there != c.public || len(rep.LeftOut) == 0 != c.public {
				t.Fatalf("public %v, want %v: %v", there, c.public, rep.LeftOut)
			}
			if c.public {
				mustHold(t, files, page, "could not be checked by machine; two members of the team vouch for it", "ann and bob vouch for this fix: the script is minified")
			}
		})
	}
}

// A signature by a key that is removed as compromised later is told as what it is worth, and does not hide what
// the public knows.
func TestSignedByStolenKey(t *testing.T) {
	const file, page = "releases/lantern-1.2.0.verification.json", "advisories/LAN-2026-0001.html"
	public, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	line := "ssh-ed25519 " + base64.StdEncoding.EncodeToString(append([]byte("\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20"), public...))
	ring, issues := keyring.New([]keyring.Record{{Name: "keys/mara.md", Owner: "mara", SSH: line}})
	if len(issues) > 0 {
		t.Fatal(issues)
	}
	key := ring.Keys()[0].Fingerprint()
	for removed, words := range map[string]string{"": "", "removed: {date: 2026-05-20, reason: retired}\n": "", "removed: {date: 2026-05-20, reason: compromised}\n": "removed as compromised later"} {
		r := sample()
		r[file] = strings.NewReplacer(`"key": ""`, `"key": "`+key+`"`, `"signatures": []`,
			`"signatures": [{"status": "valid", "signer": "mara", "key": "`+key+`"}]`).Replace(r[file])
		r["keys/mara.md"] = "---\nowner: mara\nroles: [commit, release]\nadded: 2020-01-01\n" + removed + "ssh: " + line + "\n---\n"
		in := r.input(t)
		in.Ring = ring
		files, rep := build(t, in)
		if len(rep.LeftOut) > 0 {
			t.Fatalf("%q: left out %v", removed, rep.LeftOut)
		}
		text := string(files[page])
		if !strings.Contains(text, "Signed by") || strings.Contains(text, "removed as compromised later") != (words != "") {
			t.Errorf("%q: the page does not tell the signature as it should", removed)
		}
		if strings.Contains(text, "Package signed by") != (words == "") {
			t.Errorf("%q: the page does not tell who signed the package as it should", removed)
		}
	}
}
