package main

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// judged is a security repository for the programs that others wrote, each of
// which is optional: the sample with its release verified, with documents of the
// kinds that real projects have, and with a key that gpg made and the team
// publishes.
type judged struct {
	t        *testing.T
	dir      string // of the security repository
	readable string // address of the site
}

func newJudged(t *testing.T, address string) *judged {
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
	dir := t.TempDir()
	j := &judged{t, filepath.Join(dir, "security"), address}
	s, err := makeSample(context.Background(), dir)
	check(err)
	check(s.completeUpload())
	documents, err := txtar.ParseFile(filepath.Join("testdata", "judges", "documents.txtar"))
	check(err)
	for _, f := range documents.Files {
		check(s.write(f.Name, string(f.Data)))
	}
	t.Setenv("GNUPGHOME", dir)
	check(os.Chmod(dir, 0o700))
	t.Cleanup(func() { _ = exec.Command("gpgconf", "--kill", "all").Run() })
	gpg := func(args ...string) string {
		out, err := exec.Command("gpg", append([]string{"--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""}, args...)...).Output()
		check(err)
		return string(out)
	}
	gpg("--faked-system-time", "20260101T000000", "--quick-gen-key", "Lantern <csaf@lantern.example>", "ed25519", "sign", "never")
	check(writeFile(filepath.Join(dir, "secret.asc"), []byte(gpg("--armor", "--export-secret-keys"))))
	check(s.write("keys/csaf.md", "---\nowner: csaf\nroles: [release]\nadded: 2026-01-01\n---\n"+gpg("--armor", "--export")))
	config := strings.NewReplacer("https://security.lantern.example/", address, "title: Lantern}", "title: Lantern}\n  gallery: {versions: semver, ecosystem: Packagist, package: lantern/gallery, title: Lantern Gallery for families & clubs}").Replace(lanternConfig)
	if !strings.Contains(config, address) || !strings.Contains(config, "gallery") {
		t.Fatal("the sample's configuration is not what is changed here")
	}
	check(s.write("countersign.yaml", config))
	_, digest, err := s.pack("security/dist", s.trees[atCandidate])
	check(err)
	check(s.write("releases/2.2.0.md", fmt.Sprintf(lanternCandidate, s.commits[atCandidate])))
	j.run("verify", "2.2.0", "--packages", filepath.Join(j.dir, "dist"))
	check((&story{sample: s}).release(digest))
	return j
}

// run runs the program on the repository, and expects nothing to be found.
func (j *judged) run(args ...string) {
	j.t.Helper()
	var out bytes.Buffer
	args = append([]string{"countersign", "--now", day(demoDay), "-C", j.dir}, args...)
	if code := run(context.Background(), args, os.Getenv, strings.NewReader(""), &out, &out); code != 0 {
		j.t.Fatalf("exit %d\n%s", code, out.String())
	}
}

// site builds the site, signed, and returns its folder.
func (j *judged) site(flags ...string) string {
	j.t.Helper()
	public := filepath.Join(j.t.TempDir(), "public")
	j.run(append([]string{"site", "build", "--sign", filepath.Join(j.dir, "../secret.asc"), "--out", public}, flags...)...)
	return public
}

// judgedSite is the site of the judged repository for an address.
func judgedSite(t *testing.T, address string) string {
	t.Helper()
	return newJudged(t, address).site()
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

// nodeModules is the folder with the judges from npm, or a reason to skip.
func nodeModules(t *testing.T, needed string) (node, modules string) {
	t.Helper()
	modules = os.Getenv("COUNTERSIGN_NODE_MODULES")
	if _, err := os.Stat(filepath.Join(modules, needed)); modules == "" || err != nil {
		t.Skipf("COUNTERSIGN_NODE_MODULES names no folder with %s", needed)
	}
	if testing.Short() {
		t.Skip("starts a browser")
	}
	return judge(t, "node"), modules
}

// script runs a judge written in JavaScript, which prints what it finds.
func script(t *testing.T, node, name string, args ...string) {
	t.Helper()
	out, err := exec.Command(node, append([]string{filepath.Join("testdata", "judges", name)}, args...)...).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
}

// serveDir serves a site as a static host does, with its 404 page.
func serveDir(t *testing.T, dir string) *httptest.Server {
	server := httptest.NewServer(http.FileServer(http.Dir(dir)))
	t.Cleanup(server.Close)
	return server
}

// TestPagesByJudges gives one site to all judges of pages at once: html-validate,
// vnu and axe-core see every page, of its preview too; Lighthouse sees one page of
// each kind, and none of the preview, which asks not to be indexed; and the site is
// asked what it is for, as somebody without a mouse does, and somebody without
// JavaScript.
func TestPagesByJudges(t *testing.T) {
	node, modules := nodeModules(t, "html-validate")
	j := newJudged(t, "https://security.lantern.example/")
	public, preview := j.site(), j.site("--preview")
	site := serveDir(t, public).URL
	out, err := exec.Command("gpg", "--with-colons", "--show-keys", filepath.Join(public, "keys/jonas.asc")).Output()
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(out), "\nfpr:::::::::")
	fingerprint, _, _ := strings.Cut(rest, ":")

	t.Run("every page", func(t *testing.T) {
		t.Parallel()
		script(t, node, "pages.mjs", modules, public, site, "360-light", "360-dark", "1280-light", "1280-dark")
		script(t, node, "pages.mjs", modules, preview, serveDir(t, preview).URL, "360-light", "1280-dark")
	})
	t.Run("Lighthouse", func(t *testing.T) {
		t.Parallel()
		nodeModules(t, "lighthouse")
		script(t, node, "lighthouse.mjs", modules, site, "", "advisories/LANTERN-2025-0002.html", "advisories/LANTERN-2026-0002.html", "advisories/",
			"risk/high.html", "versions/", "versions/lantern-2.1.0.html", "versions/gallery-1.4.0.html", "keys/", "keys/jonas.html", "keys/old.html", "credits/",
			"pages/policy.html", "rules.html", "search.html", "search.html?q=2.1.0", "404.html")
	})
	t.Run("questions", func(t *testing.T) {
		t.Parallel()
		nodeModules(t, "playwright-core")
		judge(t, "chromium")
		script(t, node, "questions.mjs", modules, site, fingerprint)
	})
}

// TestSiteByOSVScanner gives the site's archive to osv-scanner, which leaves out
// in silence what it cannot read: every version that an advisory affects is
// flagged with all of them, and one that is fixed is cleared.
func TestSiteByOSVScanner(t *testing.T) {
	scanner := judge(t, "osv-scanner")
	data, err := os.ReadFile(filepath.Join(judgedSite(t, "https://security.lantern.example/"), "osv/all.zip"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, tool := range []string{"osv-scalibr", "osv-scanner"} { // the folder's name in newer and older versions
		if err := writeFile(filepath.Join(dir, "db", tool, "Packagist/all.zip"), data); err != nil {
			t.Fatal(err)
		}
	}
	for version, want := range map[string][]string{
		"1.3.9": {"x_LANTERN-2025-0002", "x_LANTERN-2025-0004", "x_LANTERN-2025-0005"},
		"2.0.7": {"x_LANTERN-2025-0002", "x_LANTERN-2025-0005"},
		"1.4.0": {"x_LANTERN-2025-0005"},
		"0.0.0": {"x_LANTERN-2025-0005"},
	} {
		lock := filepath.Join(dir, version, "composer.lock")
		if err := writeFile(lock, []byte(`{"packages": [{"name": "lantern/gallery", "version": "`+version+`"}], "packages-dev": []}`)); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(scanner, "scan", "source", "--offline", "--local-db-path", filepath.Join(dir, "db"), "--format", "json", "--lockfile", lock).Output()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		found := slices.Compact(slices.Sorted(slices.Values(regexp.MustCompile(`x_LANTERN-[0-9-]+`).FindAllString(string(out), -1))))
		if !slices.Equal(found, want) {
			t.Errorf("%s: found %v, expected %v\n%s", version, found, want, out)
		}
	}
}
