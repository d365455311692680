package site

import (
	"bytes"
	"os/exec"
	"path"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/verify/keyring"
)

// gpg runs GnuPG in a home of its own.
type gpg struct {
	t    *testing.T
	home string
}

func newGPG(t *testing.T) *gpg {
	t.Helper()
	if _, err := exec.LookPath("gpg"); err != nil {
		t.Skip("gpg is not installed")
	}
	g := &gpg{t, t.TempDir()}
	t.Cleanup(func() { _ = exec.Command("gpgconf", "--homedir", g.home, "--kill", "all").Run() })
	return g
}

func (g *gpg) run(input string, args ...string) string {
	g.t.Helper()
	cmd := exec.Command("gpg", append([]string{"--homedir", g.home, "--batch", "--yes", "--pinentry-mode", "loopback", "--passphrase", ""}, args...)...)
	cmd.Stdin = strings.NewReader(input)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		g.t.Fatalf("gpg %s: %v\n%s", strings.Join(args, " "), err, errs.String())
	}
	return out.String()
}

func (g *gpg) fingerprint(id string) string {
	m := regexp.MustCompile(`fpr:+([0-9A-F]{40}):`).FindStringSubmatch(g.run("", "--with-colons", "--fingerprint", id))
	if m == nil {
		g.t.Fatal("no fingerprint of ", id)
	}
	return m[1]
}

// keyed is the sample with three OpenPGP keys, one of them removed as
// compromised, and an SSH key.
func keyed(g *gpg) (repo, []keyring.Record) {
	r := sample()
	var records []keyring.Record
	for _, owner := range []string{"mara", "jonas", "gone"} {
		g.run("", "--quick-gen-key", strings.ToUpper(owner)+" <"+owner+"@lantern.example>", "ed25519", "default", "5y")
	}
	g.run("", "--default-key", "jonas@lantern.example", "--quick-sign-key", g.fingerprint("mara@lantern.example"))
	for _, k := range []struct{ owner, more string }{
		{"mara", "roles: [commit, release, contact]\nusable_from: 2020-02-01\nannouncements: [https://lantern.example/keys]\n"},
		{"jonas", "roles: [commit]\n"},
		{"gone", "roles: [release]\nremoved: {date: 2024-01-01, reason: compromised}\n"},
	} {
		block := g.run("", "--armor", "--export", k.owner+"@lantern.example")
		print := g.fingerprint(k.owner + "@lantern.example")
		name := "keys/" + k.owner + ".md"
		r[name] = "---\nowner: " + k.owner + "\nfingerprint: " + print + "\nadded: 2020-01-01\n" + k.more + "---\n" + block
		records = append(records, keyring.Record{
			Name: name, Owner: k.owner, Fingerprint: print, Armored: block, Added: now.AddDate(-6, 0, 0),
			Roles: map[string][]keyring.Role{"mara": {keyring.Commit, keyring.Release, keyring.Contact}}[k.owner],
		})
	}
	r["keys/ci.md"] = "---\nowner: ci\nroles: [commit]\nadded: 2021-03-04\nssh: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f ci@lantern\n---\n"
	records = append(records, keyring.Record{
		Name: "keys/ci.md", Owner: "ci", Roles: []keyring.Role{keyring.Commit}, Added: time.Date(2021, 3, 4, 0, 0, 0, 0, time.UTC),
		SSH: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f ci@lantern",
	})
	return r, records
}

// The key pages and files, read back by gpg.
func TestKeys(t *testing.T) {
	g := newGPG(t)
	r, records := keyed(g)
	in := r.input(t)
	in.Now = time.Now() // the keys were made just now
	ring, issues := keyring.New(records)
	if len(issues) > 0 {
		t.Fatal(issues)
	}
	in.Ring = ring
	files, _ := build(t, in)
	mara := g.fingerprint("mara@lantern.example")
	mustHold(t, files, "keys/mara.html", keyring.Group(mara), "openpgp4fpr:"+mara, "Certified by", `href="../keys/jonas.html"`, "Ed25519",
		"signs packages", "1 February 2020", "https://lantern.example/keys", "gpg --locate-external-keys mara@lantern.example")
	mustHold(t, files, "keys/gone.html", "This key was compromised.")
	mustHold(t, files, "keys/index.html", "Active", "Removed", "allowed_signers", "keys.asc")
	mustHold(t, files, ".well-known/security.txt", "Encryption: https://security.lantern.example/keys/mara.asc")
	mustHold(t, files, "keys/allowed_signers", `ci namespaces="git,file" valid-after="20210304000000Z" ssh-ed25519 AAAA`)

	fresh := newGPG(t)
	fresh.run(string(files["keys.asc"]), "--import")
	list := fresh.run("", "--with-colons", "--list-keys")
	if !strings.Contains(list, mara) || strings.Contains(list, g.fingerprint("gone@lantern.example")) {
		t.Errorf("keys.asc holds\n%s", list)
	}
	hashes := regexp.MustCompile(`([a-z0-9]{32})@lantern\.example`).FindAllStringSubmatch(g.run("", "--with-wkd-hash", "--list-keys", "mara@lantern.example"), -1)
	if len(hashes) != 1 {
		t.Fatal("gpg named no hash")
	}
	for _, dir := range []string{".well-known/openpgpkey/hu/", ".well-known/openpgpkey/lantern.example/hu/"} {
		data, ok := files[dir+hashes[0][1]]
		if !ok {
			t.Fatalf("%s%s is missing", dir, hashes[0][1])
		}
		if shown := newGPG(t).run(string(data), "--with-colons", "--import-options", "show-only", "--import"); !strings.Contains(shown, mara) {
			t.Errorf("%s holds\n%s", dir, shown)
		}
		if _, ok := files[path.Join(path.Dir(path.Clean(dir)), "policy")]; !ok {
			t.Errorf("%s has no policy file", dir)
		}
	}
	for file := range files {
		if gone := keyring.WKDHash("gone"); strings.HasSuffix(file, gone) {
			t.Error("a removed key is in the Web Key Directory")
		}
	}
}
