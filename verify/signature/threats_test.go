package signature

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/countersign/countersign/verify/keyring"
)

// The threats that this room withstands, each with the tests that hold it: keys are made at run time, and the
// same object is given to git with gpg or ssh-keygen, or, where git needs gitsign and a network, to openssl.
// TestThreatsHaveCases fails when a row names a case that no longer stands in its table.
var threats = []struct {
	row   string
	cases []string
}{
	{"SHA-1 digest, RSA-1024, DSA", []string{"SHA-1", "MD5", "RSA 1024", "DSA", "version 3 signature over SHA-1"}},
	{"signed while valid, key expired since", []string{"signed while valid, expired since, a release of that time holds it",
		"signed while valid, expired since, only a later release holds it", "signed after expiry"}},
	{"backdated", []string{"backdated: the signature claims 2016, the commit is of 2024", "signature older than its key", "signature from the future"}},
	{"revoked as superseded, as compromised", []string{"revoked as superseded, signed before", "revoked as retired, signed after",
		"revoked as compromised, signed before", "revoked without a reason, signed before"}},
	{"key present but nobody trusts it", []string{"present in gpg's keyring, in nobody's record", "unknown signer"}},
	{"subkey signs; the policy names the primary", []string{"a subkey signs, the record names the primary"}},
	{"subkey without cross-certification", []string{"subkey without cross-certification"}},
	{"binding signature newer than the commit", []string{"binding signature newer than the commit"}},
	{"two signatures, first one bad", []string{"two signatures in one armor, the first bad", "two signatures in one armor, the second bad", "two headers, the first bad"}},
	{"SSH: wrong namespace, expired line, unknown key, RSA-1024", []string{"wrong namespace", "expired line, commit after it", "unknown key", "RSA 1024 (SSH)", "RSA with SHA-1"}},
	{"SSH: valid-before on a commit of an earlier date", []string{"valid-before 2020, the commit says 2019, made today",
		"valid-before 2020, the commit says 2019, a release of then holds it"}},
	{"gitsign: signature moved to another commit", []string{"moved to another commit"}},
	{"gitsign without embedded log entry", []string{"no entry"}},
	{"platform merge key", []string{"platform key", "platform key where the policy accepts it"}},
	{"right key, after removal or before usable_from", []string{"before usable_from", "after removal", "before removal, a release of that time holds it",
		"before removal, by its own word only", "removed as compromised, although a release holds it"}},
	{"signature on the tag, not on the commit, and the reverse", []string{"tag and commit"}},
	{"several gpgsig headers, gpgsig-sha256, CRLF inside the commit", []string{"two headers, the first bad", "gpgsig-sha256 only, in a SHA-1 repository", "CRLF inside the commit and the armor"}},
}

func TestThreatsHaveCases(t *testing.T) {
	known := map[string]bool{"tag and commit": true} // TestTagAndCommitBesideGit
	for _, c := range pgpCases {
		known[c.name] = c.git != ""
	}
	for _, c := range sshCases(t) {
		name := c.name
		if known[name] {
			name += " (SSH)"
		}
		known[name] = c.git != ""
	}
	for _, c := range gitsignCases(newGitsignScene(t)) {
		known[c.name] = c.openssl != ""
	}
	for _, threat := range threats {
		for _, name := range threat.cases {
			if !known[name] {
				t.Errorf("%s: no case is called %q, or it is not given to another program", threat.row, name)
			}
		}
	}
}

// A signature on the tag says nothing of the commit, and the reverse; git agrees about both.
func TestTagAndCommitBesideGit(t *testing.T) {
	k := newKey(t, "Dvz", keyOptions{})
	home, dir := shortDir(t), t.TempDir()
	env := append(os.Environ(), "GNUPGHOME="+home, "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1")
	try := func(stdin []byte, name string, args ...string) (string, error) {
		cmd := exec.Command(name, args...)
		cmd.Env, cmd.Dir, cmd.Stdin = env, dir, bytes.NewReader(stdin)
		out, err := cmd.Output()
		return strings.TrimSpace(string(out)), err
	}
	git := func(stdin []byte, args ...string) string {
		t.Helper()
		out, err := try(stdin, "git", args...)
		must(t, err)
		return out
	}
	_, err := exec.LookPath("gpg")
	beside := err == nil
	if beside {
		_, err := try([]byte(k.armored()), "gpg", "--batch", "--quiet", "--no-autostart", "--import")
		must(t, err)
	}
	git(nil, "init", "-q")
	git(nil, "hash-object", "-t", "tree", "-w", "--stdin")
	req := Request{Ring: ringOf(t, k.record()), Role: keyring.Commit, Now: date("2024-01-01")}
	for _, commitSigned := range []bool{false, true} {
		raw := commitBytes(date("2020-06-01"))
		if commitSigned {
			raw = k.signedCommit("2020-06-01")
		}
		commit := git(raw, "hash-object", "-t", "commit", "-w", "--stdin", "--literally")
		body := []byte("object " + commit + "\ntype commit\ntag v1\ntagger A <a@b.c> 1590969600 +0000\n\nnotes\n")
		if !commitSigned {
			body = append(body, k.sign(body, "2020-06-01")...)
		}
		tag := git(body, "hash-object", "-t", "tag", "-w", "--stdin")
		for _, o := range []struct {
			command, id string
			split       func([]byte) (*Signed, error)
			raw         []byte
			signed      bool
		}{{"verify-commit", commit, SplitCommit, raw, commitSigned}, {"verify-tag", tag, SplitTag, body, !commitSigned}} {
			s, err := o.split(o.raw)
			must(t, err)
			if r := Best(Check(s, req)); r.OK() != o.signed || !o.signed && r.Status != Unsigned {
				t.Errorf("%s, signed %v: %s", o.command, o.signed, r.Status)
			}
			if _, err := try(nil, "git", o.command, o.id); beside && (err == nil) != o.signed {
				t.Errorf("git %s, signed %v: %v", o.command, o.signed, err)
			}
		}
	}
}
