package signature

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/countersign/countersign/verify/keyring"
)

// benchCommits makes commits that one key signed.
func benchCommits(b *testing.B, n int, o keyOptions) (*pgpKey, [][]byte) {
	b.Helper()
	k := newKey(b, "Dvz", o)
	out := make([][]byte, n)
	for i := range out {
		out[i] = k.signedCommit("2020-06-01")
	}
	return k, out
}

// BenchmarkCheck judges one commit's signature in process, from the stored bytes. Its figure per operation
// stands beside that of BenchmarkGitVerifyCommit.
func BenchmarkCheck(b *testing.B) {
	for name, o := range map[string]keyOptions{"Ed25519": {}, "RSA2048": {rsaBits: 2048}, "RSA3072": {rsaBits: 3072}, "RSA4096": {rsaBits: 4096}} {
		b.Run(name, func(b *testing.B) {
			k, commits := benchCommits(b, 100, o)
			req := Request{Ring: ringOf(b, k.record()), Role: keyring.Commit, Now: date("2024-07-01")}
			for i := 0; b.Loop(); i++ {
				s, err := SplitCommit(commits[i%len(commits)])
				if err != nil {
					b.Fatal(err)
				}
				if r := Best(Check(s, req)); !r.OK() {
					b.Fatal(r.Reason)
				}
			}
		})
	}
}

// BenchmarkGitVerifyCommit asks git and gpg about 1,000 commits in one run of git verify-commit.
func BenchmarkGitVerifyCommit(b *testing.B) {
	if _, err := exec.LookPath("gpg"); err != nil {
		b.Skip("gpg is not installed")
	}
	const n = 1000
	k, commits := benchCommits(b, n, keyOptions{})
	home, err := os.MkdirTemp("", "gpg")
	must(b, err)
	defer os.RemoveAll(home)
	dir := b.TempDir()
	run := func(stdin []byte, name string, args ...string) string {
		cmd := exec.Command(name, args...)
		cmd.Env = append(os.Environ(), "GNUPGHOME="+home, "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1")
		cmd.Stdin, cmd.Dir = bytes.NewReader(stdin), dir
		out, err := cmd.Output()
		if err != nil {
			b.Fatalf("%s %v: %v", name, args[0], err)
		}
		return strings.TrimSpace(string(out))
	}
	run([]byte(k.armored()), "gpg", "--batch", "--quiet", "--no-autostart", "--import")
	run(nil, "git", "init", "-q")
	run(nil, "git", "hash-object", "-t", "tree", "-w", "--stdin")
	args := []string{"verify-commit", "--"}
	for _, c := range commits {
		args = append(args, run(c, "git", "hash-object", "-t", "commit", "-w", "--stdin", "--literally"))
	}
	for b.Loop() {
		run(nil, "git", args...)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/signature")
}
