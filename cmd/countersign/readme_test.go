package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestReadmeWalk does what README.md asks of somebody who adopts the program, in its
// order, in a shell: a key of gpg's, a first report, a release.
func TestReadmeWalk(t *testing.T) {
	if _, err := exec.LookPath("gpg"); err != nil {
		t.Skip("needs gpg")
	}
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, walk, ok := strings.Cut(string(text), "\n## Adopt it\n")
	walk, _, ends := strings.Cut(walk, "\n## ")
	if !ok || !ends {
		t.Fatal("README.md has no section \"Adopt it\"")
	}
	p := newPipeline(t)
	dir, home := p.sam.dir, t.TempDir()
	if err := os.RemoveAll(filepath.Join(dir, "security")); err != nil {
		t.Fatal(err)
	}
	p.packages(p.sam.trees[atCandidate])
	t.Setenv("GNUPGHOME", home)
	if err := os.Chmod(home, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = exec.Command("gpgconf", "--kill", "all").Run() })
	if out, err := exec.Command("gpg", "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", "", "--faked-system-time", "20260101T000000",
		"--quick-gen-key", "Mara <mara@lantern.example>", "future-default", "default", "never").CombinedOutput(); err != nil {
		t.Fatalf("gpg: %v\n%s", err, out)
	}
	blocks := fence.FindAllStringSubmatch(walk, -1)
	script := "set -e\n"
	for _, block := range blocks {
		if !regexp.MustCompile(`(?m)^(countersign|cat|go) `).MatchString(block[1]) {
			continue // what a command prints
		}
		for line := range strings.Lines(block[1]) {
			switch {
			case strings.HasPrefix(line, "go install "):
			case strings.HasPrefix(line, "countersign verify"):
				script += "cp ../packages/lantern-2.2.0.zip* . && cp '" + filepath.Join(p.local, "release.md") + "' releases/2.2.0.md\n" +
					"status=0; " + strings.TrimSpace(line) + " || status=$?; [ $status = 1 ]\n"
			default:
				script += line
			}
		}
	}
	if err := os.WriteFile(filepath.Join(p.local, "release.md"), []byte(strings.ReplaceAll(lanternCandidate, "%s", p.sam.commits[atCandidate])), 0o666); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(p.bash, "-c", script)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + p.bin + ":/usr/local/bin:/usr/bin:/bin", "HOME=" + p.temp, "GNUPGHOME=" + home}
	out, err := cmd.CombinedOutput()
	for _, said := range []string{"no findings in 1 key", "LANTERN-2026-0001", "GATE CLOSED: do not publish lantern 2.2.0"} {
		if err != nil || !strings.Contains(string(out), said) {
			t.Fatalf("%v; expected to read %q\n%s\n%s", err, said, script, out)
		}
	}
}
