package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/countersign/countersign/verify/verifytest/testdata/sigstoretest"
)

// TestNoNetwork runs the gates twice, as they are and where there is no network, not even this machine's own address:
// what is printed and written is the same. The fix is signed by gitsign, of which git asks the network.
func TestNoNetwork(t *testing.T) {
	if out, err := apart(exec.Command("true")).CombinedOutput(); err != nil {
		t.Skipf("this system lets nobody run a program without a network: %v %s", err, out)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	reach := exec.Command(os.Args[0], "-test.run", "^TestReach$")
	reach.Env = append(os.Environ(), "COUNTERSIGN_REACH="+listener.Addr().String())
	if out, err := apart(reach).CombinedOutput(); err != nil {
		t.Fatalf("the network is still there: %s", out)
	}

	a := sigstoretest.NewAuthority(t)
	p := newSignedProject(t)
	p.key(identityKey)
	person, soon := a.Person(sigstoretest.Subject), p.now.Add(time.Minute)
	logged := person.CMS(p.plain, func(signed, sig []byte) (*sigstoretest.Entry, []byte) { return person.Record(signed, sig, soon), nil })
	root := p.write("root.json", string(a.Root(true)))
	public, private, err := ed25519.GenerateKey(rand.Reader)
	p.check(err)
	ci := p.write("ci.pem", pemOf(t, "PRIVATE KEY", private))
	p.write("security/keys/ci.md", "---\nowner: ci\nroles: [verifier]\nadded: "+p.now.AddDate(0, 0, -7).Format(time.DateOnly)+
		"\npem: |\n  "+strings.ReplaceAll(strings.TrimSpace(pemOf(t, "PUBLIC KEY", public)), "\n", "\n  ")+"\n---\n")
	result := filepath.Join(p.dir, "result.json")
	verify := []string{"verify", "1.1", "--packages", p.dir, "--output", result}
	for code, armored := range map[int]string{exitClean: logged, exitUnchecked: person.CMS(p.plain, nil)} {
		p.signFix(armored)
		p.signPackage("app.zip.sigstore.json", person.FileBundle(p.zip, soon))
		p.verify(code, "", "--trusted-root", root)
		for _, args := range [][]string{
			{"check"}, {"keys", "list"}, {"keys", "check"}, append(verify, "--trusted-root", root, "--sign", ci), {"verify-result", result},
			verify, {"verify-result", result}, {"site", "build", "--out", filepath.Join(p.dir, "site")}, {"plan"}, {"status"},
		} {
			var seen [2]string
			for i, wrap := range []func(*exec.Cmd) *exec.Cmd{func(c *exec.Cmd) *exec.Cmd { return c }, apart} {
				p.check(os.RemoveAll(filepath.Join(p.dir, "site")))
				cmd := exec.Command("countersign", append([]string{"--now", p.now.Add(2 * time.Hour).Format(time.RFC3339), "-C", filepath.Join(p.dir, "security")}, args...)...)
				out, err := wrap(cmd).CombinedOutput()
				if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
					t.Fatal(err)
				}
				written, _ := os.ReadFile(result) // not there before the first verify
				seen[i] = cmd.ProcessState.String() + "\n" + string(out) + string(written) + p.tree("site")
			}
			if seen[0] != seen[1] {
				t.Errorf("%s\nwith a network: %s\nwithout: %s", strings.Join(args, " "), seen[0], seen[1])
			}
		}
	}
}

// TestReach fails where the address that TestNoNetwork listens on can be reached.
func TestReach(t *testing.T) {
	address := os.Getenv("COUNTERSIGN_REACH")
	if address == "" {
		t.Skip("TestNoNetwork runs it")
	}
	if c, err := net.DialTimeout("tcp", address, time.Second); err == nil {
		c.Close()
		t.Error("reached ", address)
	}
}

// apart has a program run without a network.
func apart(cmd *exec.Cmd) *exec.Cmd {
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: os.Getuid(), HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: os.Getgid(), HostID: os.Getgid(), Size: 1}},
	}
	return cmd
}

// tree is all files below a folder, as one text.
func (p *signedProject) tree(name string) string {
	p.t.Helper()
	var out bytes.Buffer
	root := filepath.Join(p.dir, name)
	if _, err := os.Stat(root); err != nil {
		return ""
	}
	p.check(filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		out.WriteString("\n-- " + path + " --\n" + string(text))
		return err
	}))
	return out.String()
}

// pemOf writes one half of a key.
func pemOf(t *testing.T, kind string, key any) string {
	t.Helper()
	marshal := x509.MarshalPKIXPublicKey
	if kind == "PRIVATE KEY" {
		marshal = x509.MarshalPKCS8PrivateKey
	}
	der, err := marshal(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}
