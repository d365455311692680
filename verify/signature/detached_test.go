package signature

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/clearsign"
	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/countersign/countersign/verify/keyring"
)

// forRelease gives a record the role release.
func forRelease(r keyring.Record) keyring.Record {
	r.Roles = []keyring.Role{keyring.Release}
	return r
}

func TestPackageWithSeveralSigners(t *testing.T) {
	dvz, mara, jonas := newKey(t, "Dvz", keyOptions{subkey: true}), newKey(t, "Mara", keyOptions{}), newSSH(t)
	commitOnly := newKey(t, "Euan", keyOptions{})
	ring := ringOf(t, forRelease(dvz.record()), forRelease(mara.record()), commitOnly.record(),
		keyring.Record{Name: "j", Owner: "jonas", SSH: line(jonas), Roles: []keyring.Role{keyring.Release}})
	file := bytes.Repeat([]byte("package "), 100000)
	other := append([]byte("x"), file...)
	sigs := []Detached{
		{"dvz.asc", []byte(dvz.sign(file, "2020-06-01"))},
		{"both.asc", []byte(dvz.sign(file, "2020-06-01") + mara.sign(file, "2020-06-01"))},
		{"mara.sig", mara.signWith(file, date("2020-06-01"), crypto.SHA512, nil)},
		{"jonas.sig", []byte(sshSign(t, jonas, file, "file"))},
		{"git.sig", []byte(sshSign(t, jonas, file, "git"))},
		{"euan.asc", []byte(commitOnly.sign(file, "2020-06-01"))},
		{"other.asc", []byte(dvz.sign(other, "2020-06-01"))},
		{"key.asc", []byte(dvz.armored())},
		{"empty.asc", nil},
	}
	got, err := CheckFile(iotest.OneByteReader(bytes.NewReader(file)), sigs, Request{Ring: ring, Role: keyring.Release, Now: date("2024-01-01")})
	must(t, err)
	var lines []string
	for _, r := range got {
		lines = append(lines, fmt.Sprintf("%s %s %s", r.File, r.Signer, r.Status))
	}
	want := []string{"dvz.asc dvz valid", "both.asc dvz valid", "both.asc mara valid", "mara.sig mara valid", "jonas.sig jonas valid",
		"git.sig  bad", "euan.asc euan wrong_role", "other.asc dvz bad", "key.asc  bad", "empty.asc  bad"}
	if !slices.Equal(lines, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
	if got := Signers(got); !slices.Equal(got, []string{"dvz", "jonas", "mara"}) {
		t.Errorf("signers %v", got)
	}
}

func TestReadErrorIsNoVerdict(t *testing.T) {
	k := newKey(t, "Dvz", keyOptions{})
	boom := errors.New("disk gone")
	_, err := CheckFile(iotest.ErrReader(boom), []Detached{{"a.asc", []byte(k.sign([]byte("x"), "2020-06-01"))}},
		Request{Ring: ringOf(t, k.record()), Role: keyring.Commit, Now: date("2024-01-01")})
	if !errors.Is(err, boom) {
		t.Errorf("got %v", err)
	}
}

// A text-mode signature stands for the text, whatever its line ends; gpg agrees.
func TestTextSignature(t *testing.T) {
	k := newKey(t, "Dvz", keyOptions{})
	req := Request{Ring: ringOf(t, k.record()), Role: keyring.Commit, Now: date("2024-01-01")}
	sig := k.signWith([]byte("one\r\ntwo\r\n"), date("2020-06-01"), crypto.SHA256, func(s *packet.Signature) { s.SigType = packet.SigTypeText })
	for text, want := range map[string]Status{"one\ntwo\n": Valid, "one\r\ntwo\r\n": Valid, "one two\n": Bad} {
		got, err := CheckFile(strings.NewReader(text), []Detached{{"t.asc", sig}}, req)
		must(t, err)
		if got[0].Status != want {
			t.Errorf("%q: %s (%s), want %s", text, got[0].Status, got[0].Reason, want)
		}
	}
}

func TestClearsignedSums(t *testing.T) {
	k := newKey(t, "Dvz", keyOptions{})
	req := Request{Ring: ringOf(t, k.record()), Role: keyring.Commit, Now: date("2024-01-01")}
	digest := strings.Repeat("ab", 32)
	var file bytes.Buffer
	w, err := clearsign.Encode(&file, k.primary, &packet.Config{Time: func() time.Time { return date("2020-06-01") }})
	must(t, err)
	fmt.Fprintf(w, "%s  a.zip\n- dashed\n", digest)
	must(t, w.Close())

	text, results, err := CheckClearsigned(file.Bytes(), req)
	must(t, err)
	if r := Best(results); !r.OK() || !strings.HasPrefix(string(text), digest) {
		t.Errorf("%s (%s): %q", r.Status, r.Reason, text)
	}
	_, results, err = CheckClearsigned(bytes.Replace(file.Bytes(), []byte("a.zip"), []byte("b.zip"), 1), req)
	must(t, err)
	if r := Best(results); r.Status != Bad {
		t.Errorf("changed text: %s", r.Status)
	}
	if _, _, err := CheckClearsigned(append(file.Bytes(), "\n"+digest+"  evil.zip\n"...), req); err == nil {
		t.Error("text after the signature was taken for signed")
	}
}

func TestParseSums(t *testing.T) {
	a, b := strings.Repeat("aB", 32), strings.Repeat("01", 64)
	got, err := ParseSums([]byte(a + "  one.zip\n" + b + " *two (1).zip\r\nSHA256 (three.zip) = " + a + "\n"))
	must(t, err)
	low := strings.ToLower(a)
	want := []Sum{{"sha256", low, "one.zip"}, {"sha512", b, "two (1).zip"}, {"sha256", low, "three.zip"}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for name, text := range map[string]string{
		"two digests for one name": a + "  x\n" + strings.Repeat("00", 32) + "  x\n",
		"short digest":             "abcd  x\n",
		"one space":                a + " x\n",
		"a comment":                "# sums\n" + a + "  x\n",
		"an escaped name":          `\` + a + `  x\n` + "\n",
		"nothing":                  "\n",
		"another algorithm":        "SHA512 (x) = " + a + "\n",
	} {
		if got, err := ParseSums([]byte(text)); err == nil {
			t.Errorf("%s: read as %v", name, got)
		}
	}
}

// The same signatures before gpg --verify and ssh-keygen -Y verify.
func TestDetachedBesideTheirTools(t *testing.T) {
	k, s := newKey(t, "Dvz", keyOptions{subkey: true}), newSSH(t)
	req := Request{Role: keyring.Commit, Now: date("2024-01-01"), Ring: ringOf(t, k.record(),
		keyring.Record{Name: "m", Owner: "mara", SSH: line(s), Roles: []keyring.Role{keyring.Commit}})}
	dir := t.TempDir()
	message := []byte("package\n")
	write := func(name string, data []byte) string {
		file := filepath.Join(dir, name)
		must(t, os.WriteFile(file, data, 0o600))
		return file
	}
	for _, changed := range []bool{false, true} {
		said := message
		if changed {
			said = []byte("Package\n")
		}
		pkg := write("p", said)
		pgpSig, sshSig := k.sign(message, "2020-06-01"), sshSign(t, s, message, "file")
		got, err := CheckFile(bytes.NewReader(said), []Detached{{"p.asc", []byte(pgpSig)}, {"p.sig", []byte(sshSig)}}, req)
		must(t, err)
		if got[0].OK() == changed || got[1].OK() == changed {
			t.Errorf("changed %v: %+v", changed, got)
		}
		if _, err := exec.LookPath("gpgv"); err == nil {
			ring := write("ring.gpg", k.block.Bytes())
			err := exec.Command("gpgv", "--keyring", ring, write("p.asc", []byte(pgpSig)), pkg).Run()
			if (err != nil) != changed {
				t.Errorf("gpgv, changed %v: %v", changed, err)
			}
		}
		if _, err := exec.LookPath("ssh-keygen"); err == nil {
			cmd := exec.Command("ssh-keygen", "-Y", "verify", "-f", write("allowed", []byte("mara "+line(s)+"\n")), "-I", "mara", "-n", "file", "-s", write("p.sig", []byte(sshSig)))
			cmd.Stdin = bytes.NewReader(said)
			if err := cmd.Run(); (err != nil) != changed {
				t.Errorf("ssh-keygen, changed %v: %v", changed, err)
			}
		}
	}
}

// A critical notation must not be ignored (RFC 9580 section 5.2.3.24); any other may be.
func TestCriticalNotation(t *testing.T) {
	k := newKey(t, "Dvz", keyOptions{})
	req := Request{Ring: ringOf(t, k.record()), Role: keyring.Commit, Now: date("2024-01-01")}
	for critical, want := range map[bool]Status{false: Valid, true: Uncheckable} {
		sig := k.signWith([]byte("x"), date("2020-06-01"), crypto.SHA256, func(s *packet.Signature) {
			s.Notations = []*packet.Notation{{Name: "limits@example.org", Value: []byte("tests only"), IsCritical: critical, IsHumanReadable: true}}
		})
		got, err := CheckFile(strings.NewReader("x"), []Detached{{"x.sig", sig}}, req)
		must(t, err)
		if got[0].Status != want {
			t.Errorf("critical %v: %s (%s), want %s", critical, got[0].Status, got[0].Reason, want)
		}
	}
}
