package main

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// judgedSite builds the sample's site for an address, signed by a key that gpg
// made and the team publishes. The tests below give it to programs that others
// wrote, each of which is optional.
func judgedSite(t *testing.T, address string) (dir string) {
	t.Helper()
	if _, err := exec.LookPath("gpg"); err != nil {
		t.Skip("needs gpg to make a private key")
	}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	dir = t.TempDir()
	s, err := makeSample(context.Background(), dir)
	check(err)
	check(s.completeUpload())
	t.Setenv("GNUPGHOME", dir)
	check(os.Chmod(dir, 0o700))
	t.Cleanup(func() { _ = exec.Command("gpgconf", "--kill", "all").Run() })
	gpg := func(args ...string) string {
		out, err := exec.Command("gpg", append([]string{"--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""}, args...)...).Output()
		check(err)
		return string(out)
	}
	gpg("--faked-system-time", "20260101T000000", "--quick-gen-key", "Lantern <csaf@lantern.example>", "ed25519", "sign", "never")
	check(s.write("secret.asc", gpg("--armor", "--export-secret-keys")))
	check(s.write("keys/csaf.md", "---\nowner: csaf\nroles: [release]\nadded: 2026-01-01\n---\n"+gpg("--armor", "--export")))
	config, err := os.ReadFile(filepath.Join(dir, "security/countersign.yaml"))
	check(err)
	moved := strings.Replace(string(config), "https://security.lantern.example/", address, 1)
	if !strings.Contains(moved, address) {
		t.Fatal("the sample's address is not what is replaced here")
	}
	check(s.write("countersign.yaml", moved))
	public := filepath.Join(dir, "public")
	var out bytes.Buffer
	args := []string{"countersign", "--now", day(demoDay), "-C", filepath.Join(dir, "security"), "site", "build", "--sign", filepath.Join(dir, "security/secret.asc"), "--out", public}
	if code := run(context.Background(), args, os.Getenv, strings.NewReader(""), &out, &out); code != 0 {
		t.Fatalf("exit %d\n%s", code, out.String())
	}
	return public
}

// judge finds a program, or skips the test.
func judge(t *testing.T, name string, more ...string) string {
	t.Helper()
	for _, candidate := range append([]string{name}, more...) {
		if path, err := exec.LookPath(candidate); err == nil {
			return path
		}
	}
	t.Skipf("%s is not installed", name)
	return ""
}

// TestSiteByCSAFChecker asks the checker of the CSAF community for the site's
// role, over HTTPS.
func TestSiteByCSAFChecker(t *testing.T) {
	checker := judge(t, "csaf_checker")
	server := httptest.NewUnstartedServer(nil)
	host := server.Listener.Addr().String()
	server.Config.Handler = http.FileServer(http.Dir(judgedSite(t, "https://"+host+"/")))
	server.StartTLS()
	defer server.Close()
	ca, report := filepath.Join(t.TempDir(), "ca.pem"), filepath.Join(t.TempDir(), "report.json")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(checker, "--output", report, host)
	cmd.Env = append(os.Environ(), "SSL_CERT_FILE="+ca)
	said, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	data, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Domains []struct {
			Role         string
			Passed       bool
			Requirements []struct {
				Num      int
				Messages []struct {
					Type int
					Text string
				}
			}
		}
	}
	if err := json.Unmarshal(data, &got); err != nil || len(got.Domains) != 1 {
		t.Fatalf("%v\n%s", err, data)
	}
	if d := got.Domains[0]; d.Role != "csaf_trusted_provider" || !d.Passed {
		t.Errorf("found the role %q, passed %v", d.Role, d.Passed)
	}
	for _, r := range got.Domains[0].Requirements {
		for _, m := range r.Messages {
			// 1 without a remote validator and 10, a name in the DNS, are not the site's to meet.
			if m.Type > 0 && r.Num != 1 && r.Num != 10 {
				t.Errorf("requirement %d: %s", r.Num, m.Text)
			}
		}
	}
}

// TestSiteSignaturesBySequoia checks every detached signature with sqv.
func TestSiteSignaturesBySequoia(t *testing.T) {
	sqv := judge(t, "sqv")
	dir := judgedSite(t, "https://security.lantern.example/")
	n := 0
	err := filepath.WalkDir(filepath.Join(dir, ".well-known/csaf"), func(path string, _ os.DirEntry, err error) error {
		file, signed := strings.CutSuffix(path, ".asc")
		if err != nil || !signed {
			return err
		}
		n++
		if out, err := exec.Command(sqv, "--keyring", filepath.Join(dir, "keys/csaf.asc"), path, file).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", file, err, out)
		}
		return nil
	})
	if err != nil || n == 0 {
		t.Errorf("%d signatures, %v", n, err)
	}
}

// TestKeyDirectoryByGnuPG compares the Web Key Directory with what GnuPG's own
// client makes of the same keys. Packet headers may differ in their encoding.
func TestKeyDirectoryByGnuPG(t *testing.T) {
	client := judge(t, "gpg-wks-client", "/usr/lib/gnupg/gpg-wks-client", "/usr/libexec/gpg-wks-client")
	dir := judgedSite(t, "https://security.lantern.example/")
	tree := t.TempDir()
	if err := os.Mkdir(filepath.Join(tree, "lantern.example"), 0o755); err != nil {
		t.Fatal(err)
	}
	packets := func(file string) string {
		out, err := exec.Command("gpg", "--list-packets", file).Output()
		if err != nil {
			t.Fatal(file, err)
		}
		var kept []string
		for line := range strings.Lines(string(out)) {
			if !strings.HasPrefix(line, "#") {
				kept = append(kept, line)
			}
		}
		return strings.Join(kept, "")
	}
	for _, who := range []string{"mara", "jonas", "csaf"} {
		out, err := exec.Command(client, "-C", tree, "--install-key", filepath.Join(dir, "keys", who+".asc"), who+"@lantern.example").CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	theirs, _ := filepath.Glob(filepath.Join(tree, "lantern.example/hu/*"))
	if len(theirs) != 3 {
		t.Fatalf("GnuPG made %d keys", len(theirs))
	}
	for _, file := range theirs {
		for _, layout := range []string{"hu", "lantern.example/hu"} {
			ours := filepath.Join(dir, ".well-known/openpgpkey", layout, filepath.Base(file))
			if packets(ours) != packets(file) {
				t.Errorf("%s is not the key that GnuPG puts there", ours)
			}
		}
	}
}

// TestPagesByJudges runs html-validate, vnu and axe-core over every page, from
// the node_modules folder that COUNTERSIGN_NODE_MODULES names.
func TestPagesByJudges(t *testing.T) {
	modules := os.Getenv("COUNTERSIGN_NODE_MODULES")
	if _, err := os.Stat(filepath.Join(modules, "html-validate")); modules == "" || err != nil {
		t.Skip("COUNTERSIGN_NODE_MODULES names no folder with html-validate, vnu-jar, axe-core and playwright-core")
	}
	if testing.Short() {
		t.Skip("starts a browser")
	}
	node := judge(t, "node")
	dir := judgedSite(t, "https://security.lantern.example/")
	server := httptest.NewServer(http.FileServer(http.Dir(dir)))
	defer server.Close()
	out, err := exec.Command(node, filepath.Join("testdata", "judges", "pages.mjs"), modules, dir, server.URL).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
}
