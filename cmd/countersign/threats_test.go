package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// trustThreats are the threats to trust and results, each with what holds it: scripts of the program, and tests of a
// room as "folder TestName", with the case where the test is a table. The threats to signatures stand in
// verify/signature/threats_test.go beside what git, gpg and ssh-keygen say of the same bytes.
var trustThreats = []struct {
	row  string
	held []string
}{
	{"one pull request adds a key, a waiver and the fix that they allow", []string{
		"script verify_vouch", "script verify_trust", "../../verify TestTrust", "../../verify TestHistoryIsTrust"}},
	{"a key's added predates the commit that added it", []string{"script verify_vouch", "../../verify TestTrust"}},
	{"a hand-written result that says PASSED", []string{
		"../../verify TestResultsAreChecked", "../../site TestSignedResult", "../../site TestPublic/signed results are asked for",
		"../../verify/statement TestBareResultIsNotSigned", "../../verify/statement TestReadRefuses", "script verify_sign"}},
	{"a result of another package", []string{"../../verify TestResultsAreChecked", "../../site TestPublic/other bytes",
		"../../site TestPublic/result of another release", "../../verify/statement TestStale"}},
	{"a result of advisories changed since", []string{"script verify_result", "../../verify TestResultsAreChecked", "../../site TestPublic/stale"}},
	{"a result that counts a key stolen since", []string{"../../verify TestResultOfStolenKey", "../../site TestSignedByStolenKey"}},
	{"a result signed by a verifier's key that is removed", []string{"../../verify/keyring TestVerifiers", "../../site TestSignedResult"}},
	{"an advisory that does not parse, or has no fix, drops out of the obligations", []string{
		"script verify_unchecked", "../../verify TestNothingDropsOut", "../../verify TestObligations", "../../site TestPublic/result is silent on it"}},
	{"a passing result stays on disk after a later failing run", []string{"script verify_missing"}},
	{"one person attests alone, or for other bytes, or what was refuted", []string{
		"../../verify TestAttested", "../../site TestAttestedInTheSite", "../../verify/statement TestAttestedLiftsUndecidedOnly"}},
	{"a waiver without a reason or an end, for another object, or for what no waiver lifts", []string{
		"../../verify TestWaivable", "../../verify TestFixSignatures/waived until yesterday", "../../verify TestFixSignatures/waived for another commit",
		"../../verify TestFixSignatures/half waived"}},
	{"an embargoed patch that nobody signed, or that was changed after", []string{"../../verify TestPatchSignature",
		"../../verify TestStrayPatch", ". TestEmbargoedPatchThroughTheProgram/tampered with, and still the same change"}},
}

func TestTrustThreatsAreHeld(t *testing.T) {
	for _, threat := range trustThreats {
		for _, held := range threat.held {
			room, name, _ := strings.Cut(held, " ")
			if room == "script" {
				if _, err := os.Stat(filepath.Join("testdata", "script", name+".txtar")); err != nil {
					t.Errorf("%s: %v", threat.row, err)
				}
				continue
			}
			test, row, _ := strings.Cut(name, "/")
			if !testIsThere(t, room, test, row) {
				t.Errorf("%s: %s has no test %s with a case %q", threat.row, room, test, row)
			}
		}
	}
}

// testIsThere reports whether a folder's tests hold one with a case.
func testIsThere(t *testing.T, room, test, row string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(room, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	body := regexp.MustCompile(`(?ms)^func ` + test + `\(t \*testing\.T\) \{.*?^\}`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if found := body.Find(text); found != nil {
			return row == "" || strings.Contains(string(found), `"`+row+`"`)
		}
	}
	return false
}
