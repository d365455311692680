package signature

import (
	"bytes"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// What git says beside us. Its letters (git-log(1), %G?): G good, U good and nobody trusts the key, B bad,
// X good and the signature expired, Y good and made by an expired key, R good and made by a revoked key, E
// cannot be checked, N none.

// gitSays stores the object in a fresh repository and asks git, with gpg and the key blocks at hand. ""
// where gpg is not installed.
func gitSays(t *testing.T, commit []byte, blocks ...string) string {
	t.Helper()
	if _, err := exec.LookPath("gpg"); err != nil {
		return ""
	}
	env := append(os.Environ(), "GNUPGHOME="+shortDir(t))
	for _, block := range blocks {
		cmd := exec.Command("gpg", "--batch", "--quiet", "--no-autostart", "--allow-weak-key-signatures", "--import")
		cmd.Env, cmd.Stdin = env, strings.NewReader(block)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Logf("gpg --import: %v: %s", err, out)
		}
	}
	return gitLetter(t, commit, env)
}

// git dies of a broken pipe where ssh-keygen refuses an armor before it reads the message; with the signal ignored,
// which programs inherit, it goes on and says "bad".
func init() { signal.Ignore(syscall.SIGPIPE) }

// shortDir is a folder with a short path: gpg's sockets allow 107 bytes.
func shortDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "gpg")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// gitLetter asks git for the state of a commit's signature.
func gitLetter(t *testing.T, commit []byte, env []string, config ...string) string {
	t.Helper()
	dir := t.TempDir()
	git := func(stdin []byte, args ...string) string {
		cmd := exec.Command("git", append([]string{"-C", dir}, args...)...)
		cmd.Env = append(env, "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1")
		cmd.Stdin = bytes.NewReader(stdin)
		cmd.Stderr = nil
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("git %v: %v", args, err)
		}
		return strings.TrimSpace(string(out))
	}
	git(nil, "init", "-q")
	git(nil, "hash-object", "-t", "tree", "-w", "--stdin")
	id := git(commit, "hash-object", "-t", "commit", "-w", "--stdin", "--literally")
	return git(nil, append(config, "show", "-s", "--format=%G?", id)...)
}

// sshSays asks git with ssh-keygen and an allowed_signers file; "" where ssh-keygen is not installed.
func sshSays(t *testing.T, commit []byte, allowed string) string {
	t.Helper()
	if _, err := exec.LookPath("ssh-keygen"); err != nil {
		return ""
	}
	file := filepath.Join(t.TempDir(), "allowed_signers")
	must(t, os.WriteFile(file, []byte(allowed), 0o600))
	return gitLetter(t, commit, os.Environ(), "-c", "gpg.ssh.allowedSignersFile="+file)
}
