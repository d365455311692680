package site

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/countersign/countersign/verify/statement"
)

// One advisory, published on 10 May 2026 and fixed in 1.2.0, in every state that
// decides whether the public may see it. why is part of what the team is told;
// empty means public.
func TestPublic(t *testing.T) {
	const (
		id   = "LAN-2026-0001"
		file = "advisories/LAN-2026-0001.md"
		res  = "releases/lantern-1.2.0.verification.json"
		rec  = "releases/lantern-1.2.0.md"
		zip  = "lantern-1.2.0.zip"
	)
	edit := func(file, old, new string) func(repo) {
		return func(r repo) {
			if !strings.Contains(r[file], old) {
				panic(file + " does not hold " + old)
			}
			r[file] = strings.ReplaceAll(r[file], old, new)
		}
	}
	set := func(file, text string) func(repo) { return func(r repo) { r[file] = text } }
	waiving := func(rule string) string {
		return strings.NewReplacer(`"status": "valid"`, `"status": "unknown_signer"`, `"waivers": []`,
			`"waivers": [{"rule": "`+rule+`", "object": "`+fixCommit+`", "reason": "old", "expires": "2027-01-01"}]`).Replace(
			strings.Replace(result("1.2.0", zip, "present", id), `"PASSED"`, `"FAILED"`, 1))
	}
	bundle := func(outer string) string {
		inner := outer + "!/output/" + zip
		return strings.NewReplacer(`"package": "`+zip+`"`, `"package": "`+inner+`"`, `"subject": [`,
			`"subject": [{"name": "`+inner+`", "digest": {"sha256": "`+hexOf("inner")+`"}},`).Replace(result("1.2.0", zip, "present", id))
	}
	failed := strings.Replace(result("1.2.0", zip, "present", id), `"PASSED"`, `"FAILED"`, 1)
	for _, c := range []struct {
		name   string
		change func(repo)
		why    string
	}{
		{"as it should be", func(repo) {}, ""},
		{"draft", edit(file, ", published: 2026-05-10", ""), "no published date"},
		{"published tomorrow", edit(file, "published: 2026-05-10", "published: 2026-06-02"), "to be published on 2026-06-02"},
		{"published this noon", edit(file, "published: 2026-05-10", "published: 2026-06-01T12:00:00Z"), ""},
		{"published in a second", edit(file, "published: 2026-05-10", "published: 2026-06-01T12:00:01Z"), "to be published"},
		{"embargo until tomorrow", edit(file, "published: 2026-05-10", "published: 2026-05-10, embargo_until: 2026-06-02"), "under embargo"},
		{"embargo over", edit(file, "published: 2026-05-10", "published: 2026-05-10, embargo_until: 2026-05-10"), ""},
		{"rejected", edit(file, "published: 2026-05-10", "published: 2026-05-10, rejected: {date: 2026-05-01, reason: invalid}"), "rejected"},
		{"withdrawn keeps its page", edit(file, "published: 2026-05-10", "published: 2026-05-10, withdrawn: {date: 2026-05-20, reason: wrong}"), ""},
		{"release is a candidate", edit(rec, "released: 2026-05-10\n", ""), "no version that fixes it is released"},
		{"release is of tomorrow", edit(rec, "released: 2026-05-10", "released: 2026-06-02"), "no version that fixes it is released"},
		{"no release record", func(r repo) { delete(r, rec) }, "no version that fixes it is released"},
		{"history", edit(rec, "released: 2026-05-10", "released: 2025-12-31"), ""},
		{"no result", func(r repo) { delete(r, res) }, "has no result"},
		{"broken result", set(res, "{}"), "does not count"},
		{"result of another release", edit(res, `"release": "1.2.0"`, `"release": "1.1.0"`), "is about lantern 1.1.0"},
		{"result of another product", edit(res, `"product": "lantern"`, `"product": "other"`), "is about other"},
		{"other bytes", edit(res, hexOf(zip), hexOf("x")), "another package than the recorded"},
		{"record without digest", edit(rec, ", sha256: "+hexOf(zip), ""), "names no sha256"},
		{"record names one package more", edit(rec, "packages:\n", "packages:\n  - {name: more.zip, sha256: "+hexOf("m")+"}\n"), "does not cover package more.zip"},
		{"result names one package more", edit(rec, zip, "renamed.zip"), "another package than the recorded"},
		{"missing", set(res, result("1.2.0", zip, "missing", id)), `"missing"`},
		{"partial", set(res, result("1.2.0", zip, "partial", id)), `"partial"`},
		{"reverted", set(res, result("1.2.0", zip, "reverted", id)), `"reverted"`},
		{"unverifiable", set(res, result("1.2.0", zip, "unverifiable", id)), "unverifiable"},
		{"unknown verdict", set(res, result("1.2.0", zip, "fine", id)), `"fine"`},
		{"evolved", set(res, result("1.2.0", zip, "evolved", id)), ""},
		{"nothing of it in any package", set(res, result("1.2.0", zip, "not_applicable", id)), "no package of it holds the fix"},
		{"result is silent on it", set(res, result("1.2.0", zip, "present", "LAN-2025-0001")), "does not speak of this advisory"},
		{"stale", edit(res, "sha256:claims-of-"+id, "sha256:other"), "stale"},
		{"another advisory failed the run", set(res, failed), ""},
		{"its own signature failed the run", set(res, strings.Replace(failed, `"status": "valid"`, `"status": "unknown"`, 1)), "signature"},
		{"its own signature failed the run, another rule is waived", set(res, waiving("two-person")), "signature"},
		{"its own signature is waived", set(res, waiving("signature-unknown-signer")), ""},
		{"the package is a bundle", set(res, bundle(zip)), ""},
		{"an archive inside another", set(res, bundle("build.zip")), "another package than the recorded"},
		{"unsigned fix, signatures not asked for", set(res, strings.NewReplacer(`"status": "valid"`, `"status": "missing"`, `"fix_signature": "commit"`, `"fix_signature": "none"`).Replace(failed)), ""},
		{"will not be fixed", func(r repo) {
			edit(file, "timeline:", "resolution: wont_fix\ntimeline:")(r)
			delete(r, res)
		}, ""},
		{"will not be fixed, not published", edit(file, "timeline: {reported: 2025-01-02, published: 2026-05-10", "resolution: wont_fix\ntimeline: {reported: 2025-01-02"), "no published date"},
		{"signed results are asked for", edit("countersign.yaml", "policy:\n", "policy:\n  result_signature: required\n"), "not signed"},
		{"two branches, one not verified", func(r repo) {
			edit(file, `fixes:`, "fixes:\n  - {version: \"1.1.1\", commits: ["+fixCommit+"]}")(r)
			r["releases/lantern-1.1.1.md"] = releaseOf("1.1.1", "2026-05-11", "lantern-1.1.1.zip")
		}, "release 1.1.1 fixes it, and has no result"},
		{"two branches, one not released", func(r repo) {
			edit(file, `fixes:`, "fixes:\n  - {version: \"1.1.1\", commits: ["+fixCommit+"]}")(r)
			r["releases/lantern-1.1.1.md"] = releaseOf("1.1.1", "", "lantern-1.1.1.zip")
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := sample()
			c.change(r)
			files, rep := build(t, r.input(t))
			_, page := files["advisories/"+id+".html"]
			if page != (c.why == "") {
				t.Fatalf("page: %v, left out: %v; expected %q", page, rep.LeftOut, c.why)
			}
			if c.why == "" {
				return
			}
			if len(rep.LeftOut) != 1 || !strings.Contains(rep.LeftOut[0].Why, c.why) {
				t.Errorf("left out: %v; expected %q", rep.LeftOut, c.why)
			}
			for path, data := range files {
				if strings.Contains(string(data), id) || strings.Contains(string(data), "New hole") || strings.Contains(path, id) {
					t.Errorf("%s mentions what is not public", path)
				}
			}
		})
	}
}

// Without a way to compare claims, no result counts.
func TestNoClaims(t *testing.T) {
	in := sample().input(t)
	in.Claims = nil
	if _, rep := build(t, in); len(rep.LeftOut) != 1 {
		t.Errorf("left out %v, expected LAN-2026-0001", rep.LeftOut)
	}
}

// A result signed by a key of role verifier counts where signatures are asked
// for; one signed by anybody else does not.
func TestSignedResult(t *testing.T) {
	sign := func(r repo, key *ecdsa.PrivateKey) {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		signer, err := statement.ParseSigningKey(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
		if err != nil {
			t.Fatal(err)
		}
		s, err := statement.Read([]byte(result("1.2.0", "lantern-1.2.0.zip", "present", "LAN-2026-0001")))
		if err != nil {
			t.Fatal(err)
		}
		data, err := statement.Sign(s, signer)
		if err != nil {
			t.Fatal(err)
		}
		r["releases/lantern-1.2.0.verification.json"] = string(data)
	}
	ours, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&ours.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	public := strings.TrimSpace(string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})))
	r := sample()
	r["countersign.yaml"] = strings.Replace(config, "policy:\n", "policy:\n  result_signature: required\n", 1)
	r["keys/pipeline.md"] = "---\nowner: pipeline\nroles: [verifier]\nadded: 2025-01-01\npem: |\n  " + strings.ReplaceAll(public, "\n", "\n  ") + "\n---\n"
	sign(r, ours)
	if _, rep := build(t, r.input(t)); len(rep.LeftOut) != 0 {
		t.Errorf("signed by the verifier, and left out: %v", rep.LeftOut)
	}
	removed := r.with(repo{"keys/pipeline.md": strings.Replace(r["keys/pipeline.md"], "added: 2025-01-01", "added: 2025-01-01\nremoved: {date: 2026-01-01, reason: compromised}", 1)})
	if _, rep := build(t, removed.input(t)); len(rep.LeftOut) != 1 {
		t.Errorf("the verifier's key is removed, expected LAN-2026-0001 to be left out, got %v", rep.LeftOut)
	}
	later := r.with(repo{"keys/pipeline.md": strings.Replace(r["keys/pipeline.md"], "added: 2025-01-01", "added: 2025-01-01\nusable_from: 2026-06-02", 1)})
	if _, rep := build(t, later.input(t)); len(rep.LeftOut) != 1 {
		t.Errorf("the verifier's key is not usable yet, expected LAN-2026-0001 to be left out, got %v", rep.LeftOut)
	}
	sign(r, theirs)
	if _, rep := build(t, r.input(t)); len(rep.LeftOut) != 1 {
		t.Errorf("signed by a stranger, expected LAN-2026-0001 to be left out, got %v", rep.LeftOut)
	}
}

// What the public knew does not vanish in silence.
func TestVanished(t *testing.T) {
	in := sample().input(t)
	_, rep := build(t, in)
	r := sample()
	delete(r, "advisories/LAN-2025-0001.md")
	next := r.input(t)
	next.Previous = rep.State
	_, _, err := Build(next, &Memory{})
	if err == nil || !strings.Contains(err.Error(), "LAN-2025-0001 was public") {
		t.Fatalf("error %v, expected one that names LAN-2025-0001", err)
	}
	next.Gone = []string{"LAN-2025-0001"}
	if _, _, err := Build(next, &Memory{}); err != nil {
		t.Fatal(err)
	}
}

// A document that does not load closes the gate.
func TestBrokenAdvisory(t *testing.T) {
	r := sample().with(repo{"advisories/LAN-2026-0002.md": "---\nid: [\n---\n"})
	rep, faults, err := Build(r.input(t), &Memory{})
	if err != nil || len(faults) == 0 || rep.State != nil {
		t.Fatalf("report %v, findings %v, error %v; expected findings and nothing to commit", rep, faults, err)
	}
}

func TestTwoOfOneID(t *testing.T) {
	r := sample()
	r["advisories/copy.md"] = r["advisories/LAN-2025-0001.md"]
	if _, _, err := Build(r.input(t), &Memory{}); err == nil {
		t.Fatal("two documents with one id were built")
	}
	r["advisories/copy.md"] = strings.ReplaceAll(r["advisories/LAN-2025-0001.md"], "LAN-2025-0001", "lan-2025-0001")
	if _, _, err := Build(r.input(t), &Memory{}); err == nil {
		t.Fatal("two ids that differ in case only were built")
	}
}
