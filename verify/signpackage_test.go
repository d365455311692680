package verify

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
)

func TestPackageSignatures(t *testing.T) {
	s, fix := fixedScene(t, "contents: full")
	ann, bob := newPerson(t, "ann"), newPerson(t, "bob")
	s.key(ann, "release")
	s.key(bob, "release")
	data := s.archive("zip", "app/", fix)
	at := theDay.Add(-time.Hour)
	sum := sha256.Sum256(data)
	sums := fmt.Sprintf("%s  %s\n", hex.EncodeToString(sum[:]), app11)
	files := fstest.MapFS{}
	put := func(name string, data []byte) { files[name] = &fstest.MapFile{Data: data} }
	put("ann.asc", ann.sign(data, at))
	put("bob.asc", bob.sign(data, at))
	put("other.asc", ann.sign([]byte("something else"), at))
	put("mallory.asc", newPerson(t, "mallory").sign(data, at))
	put("SHA256SUMS", []byte(sums))
	put("SHA256SUMS.asc", ann.sign([]byte(sums), at))
	put("short/SHA256SUMS", []byte(strings.Replace(sums, app11, "other.zip", 1)))
	put("short/SHA256SUMS.asc", ann.sign(files["short/SHA256SUMS"].Data, at))
	put("old/SHA256SUMS", []byte(strings.Repeat("0", 64)+"  "+app11+"\n"))
	put("old/SHA256SUMS.asc", ann.sign(files["old/SHA256SUMS"].Data, at))
	tests := []struct {
		need       int
		signatures string
		result     string
		rules      string
	}{
		{1, "ann.asc", "PASSED", ""},
		{2, "ann.asc, bob.asc", "PASSED", ""},
		{1, "mallory.asc, ann.asc", "PASSED", ""},
		{2, "ann.asc", "FAILED", "package-signatures"},
		{2, "ann.asc, SHA256SUMS.asc", "FAILED", "package-signatures"},
		{1, "", "FAILED", "package-signatures"},
		{1, "mallory.asc", "FAILED", "package-signatures signature-unknown-signer"},
		{1, "other.asc", "FAILED", "package-signatures signature-bad"},
		{1, "nowhere.asc", "UNVERIFIABLE", "?package-signatures ?signature-unreadable"},
		{2, "nowhere.asc, ann.asc", "UNVERIFIABLE", "?package-signatures ?signature-unreadable"},
		{1, "nowhere.asc, ann.asc", "UNVERIFIABLE", "?signature-unreadable"},
		{1, "nowhere.asc, other.asc", "FAILED", "?signature-unreadable package-signatures signature-bad"},
		{1, "nowhere/SHA256SUMS.asc", "UNVERIFIABLE", "?package-signatures ?signature-unreadable"},
		{1, "SHA256SUMS.asc", "PASSED", ""},
		{1, "short/SHA256SUMS.asc", "FAILED", "package-signatures package-sums signature-mismatch"},
		{1, "old/SHA256SUMS.asc", "FAILED", "package-signatures package-sums signature-mismatch"},
	}
	for _, tc := range tests {
		t.Run(fmt.Sprintf("%d of %s", tc.need, tc.signatures), func(t *testing.T) {
			s.policy(fmt.Sprintf("{fix_signature: none, package_signatures: %d}", tc.need))
			s.release("1.1", "source: {repo: app, commit: "+fix+"}", "packages: [{name: "+app11+", signatures: ["+tc.signatures+"]}]")
			a := file(app11, data)
			a.Beside = files
			expect(t, s.verify("1.1", a), tc.result, tc.rules)
		})
	}
}

// TestExcusedPackageSignature: a waiver lets a signature count as one, not as all that the policy asks for.
func TestExcusedPackageSignature(t *testing.T) {
	s, fix := fixedScene(t, "contents: full")
	data := s.archive("zip", "app/", fix)
	s.release("1.1", "source: {repo: app, commit: "+fix+"}", "packages: [{name: "+app11+", signatures: [bob.asc]}]")
	a := file(app11, data)
	a.Beside = fstest.MapFS{"bob.asc": {Data: newPerson(t, "bob").sign(data, theDay.Add(-time.Hour))}}
	for need, want := range map[int][2]string{1: {"PASSED", "(waiver-used)"}, 2: {"FAILED", "(waiver-used) package-signatures"}} {
		s.policy(fmt.Sprintf("{fix_signature: none, package_signatures: %d, waivers: [{rule: signature-unknown-signer, object: %s, reason: an old key, expires: 2026-12-31}]}", need, app11))
		expect(t, s.verify("1.1", a), want[0], want[1])
	}
}

// TestWaivable: a waiver excuses a key or a form; it never makes bytes those that were signed, a stolen key its
// owner's, or a doubt a fact.
func TestWaivable(t *testing.T) {
	for rule, want := range map[string]bool{
		"signature-weak": true, "signature-unsigned": true, "signature-removed": true, RuleTwoPerson: true, RuleTooFewSignatures: true,
		"signature-bad": false, "signature-mismatch": false, "signature-compromised": false, "signature-uncheckable": false,
		RuleFixMissing: false, RulePackageUnexplained: false, RulePackageDigest: false, RuleKeyAdded: false,
	} {
		if waivable(rule) != want {
			t.Errorf("%s: %v", rule, !want)
		}
	}
	good := advisories.Waiver{}
	good.Rule.V, good.Reason.V, good.Expires.V = "signature-weak", "old", advisories.Date{Time: theDay, DayOnly: true}
	good.Expires.At = finding.NewSource("x", []byte("x")).Whole()
	for name, change := range map[string]func(*advisories.Waiver){
		"": func(*advisories.Waiver) {}, "reason": func(w *advisories.Waiver) { w.Reason.V = " " },
		"day": func(w *advisories.Waiver) { w.Expires = advisories.Value[advisories.Date]{} }, "cannot": func(w *advisories.Waiver) { w.Rule.V = "signature-bad" },
	} {
		w := good
		if change(&w); !strings.Contains(waiverFault(&w, theDay), name) || (waiverFault(&w, theDay) == "") != (name == "") {
			t.Errorf("%s: %q", name, waiverFault(&w, theDay))
		}
	}
}

// TestOuterSignature: a signature over a bundle says nothing of what is inside,
// unless the record says so.
func TestOuterSignature(t *testing.T) {
	s, fix := fixedScene(t, "contents: full")
	ann := newPerson(t, "ann")
	s.key(ann, "release")
	s.policy("{fix_signature: none}")
	data := zipOf(t, "", map[string]string{"output/app.zip": string(s.archive("zip", "app/", fix))})
	for covers, want := range map[string]string{"false": "FAILED", "true": "PASSED"} {
		s.release("1.1", "source: {repo: app, commit: "+fix+"}", "packages: [{name: build.zip, signatures: [build.zip.asc], signature_covers_inner: "+covers+"}]")
		a := file("build.zip", data)
		a.Beside = fstest.MapFS{"build.zip.asc": &fstest.MapFile{Data: ann.sign(data, theDay.Add(-time.Hour))}}
		if r := s.verify("1.1", a); string(r.Statement.Predicate.Result) != want {
			t.Errorf("covers %s: want %s:%s", covers, want, said(r))
		}
	}
}

// TestInnerSignature: a package inside a bundle counts by its own signature, which lies
// beside it in the bundle or beside the bundle.
func TestInnerSignature(t *testing.T) {
	s, fix := fixedScene(t, "contents: full")
	ann := newPerson(t, "ann")
	s.key(ann, "release")
	s.policy("{fix_signature: none}")
	inner := s.archive("zip", "app/", fix)
	own := ann.sign(inner, theDay.Add(-time.Hour))
	s.release("1.1", "source: {repo: app, commit: "+fix+"}",
		"packages: [{name: build.zip, signatures: [build.zip.asc]}, {name: "+app11+", signatures: ["+app11+".asc]}]")
	for where, want := range map[string]string{"inside": "PASSED", "beside": "PASSED", "nowhere": "UNVERIFIABLE"} {
		files := map[string]string{"output/" + app11: string(inner)}
		if where == "inside" {
			files["output/"+app11+".asc"] = string(own)
			s.release("1.1", "source: {repo: app, commit: "+fix+"}",
				"packages: [{name: build.zip, generated: [\"output/*.asc\"], signatures: [build.zip.asc]}, {name: "+app11+", signatures: ["+app11+".asc]}]")
		}
		data := zipOf(t, "", files)
		beside := fstest.MapFS{"build.zip.asc": &fstest.MapFile{Data: ann.sign(data, theDay.Add(-time.Hour))}}
		if where == "beside" {
			beside[app11+".asc"] = &fstest.MapFile{Data: own}
		}
		a := file("build.zip", data)
		a.Beside = beside
		if r := s.verify("1.1", a); string(r.Statement.Predicate.Result) != want {
			t.Errorf("%s: want %s:%s", where, want, said(r))
		}
	}
}
