package signature

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/hiddeco/sshsig"

	"github.com/countersign/countersign/verify/keyring"
)

// explained are the outcomes that docs/signatures.md decides, by git's letter, each with what its reason must
// hold (CR: an SSH signature whose armor has line ends with a carriage return, which ssh-keygen cannot read): whatever else is seen in a real repository fails TestRealRepository. Of x509 signatures, for which git
// needs gitsign and a network, openssl says whether the mathematics holds: good or bad.
var explained = map[string]map[Status]string{
	"good":  {Valid: "", Uncheckable: "no transparency log entry", UnknownSigner: "does not name"},
	"bad":   {Bad: ""},
	"G":     {Valid: "", Weak: "", Expired: "no release made before the expiry"},
	"U":     {Valid: "", Weak: "", Backdated: "before the signed object", UnknownSigner: "no key in the keyring", Expired: "the validity of key", NotYetUsable: "the key of"},
	"X":     {Expired: "signature itself"},
	"Y":     {Expired: "", Valid: "", Weak: "", Backdated: ""},
	"R":     {Revoked: "", Compromised: "", Valid: "", Weak: "", Expired: ""},
	"B":     {Bad: ""},
	"E":     {UnknownSigner: "", Weak: "MD5", Bad: "", Uncheckable: ""},
	"B, CR": {Valid: "", Bad: ""},
	"N":     {Unsigned: "", Bad: "cannot be read"},
}

// real is one signed object of a repository.
type real struct {
	id, kind string
	signed   *Signed
	letter   string
}

// TestRealRepository compares every signature of a real repository with what git says of it together with
// gpg and ssh-keygen. COUNTERSIGN_REPOSITORY names the repository, COUNTERSIGN_KEYS a folder of OpenPGP keys,
// COUNTERSIGN_SAMPLE how many commits and how many tags to look at, spread over all (default 1000). SSH keys
// are taken out of the signatures, unless the folder holds a file called allowed_signers. Each kind of outcome is counted.
func TestRealRepository(t *testing.T) {
	dir, keys := os.Getenv("COUNTERSIGN_REPOSITORY"), os.Getenv("COUNTERSIGN_KEYS")
	if dir == "" {
		t.Skip("COUNTERSIGN_REPOSITORY names no repository to compare with git, gpg and ssh-keygen")
	}
	limit := 1000
	if n, err := strconv.Atoi(os.Getenv("COUNTERSIGN_SAMPLE")); err == nil {
		limit = n
	}
	home, err := os.MkdirTemp("", "gpg") // a short path: gpg's sockets allow 107 bytes
	must(t, err)
	defer os.RemoveAll(home)
	g := realGit{t, dir, append(os.Environ(), "GNUPGHOME="+home, "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "GIT_NO_REPLACE_OBJECTS=1"), ""}
	records := g.importKeys(keys)
	objects := slices.Concat(spread(g.commits(), limit), spread(g.tags(), limit))
	allowed := g.signersIn(keys)
	if allowed == "" {
		allowed = allowedSigners(objects)
	}
	g.allowed = filepath.Join(home, "allowed_signers")
	must(t, os.WriteFile(g.allowed, []byte(allowed), 0o600))
	if allowed != "" {
		records = append(records, keyring.Record{Name: "allowed_signers", Owner: "ssh", AllowedSigners: allowed, Roles: []keyring.Role{keyring.Commit}})
	}
	records = append(records, identities(objects)...)
	sigstore, err := DefaultRoot()
	must(t, err)
	ring, issues := keyring.New(records)
	for _, issue := range issues {
		t.Logf("%s: %s: %s", issue.Record, issue.ID, issue.Message)
	}
	g.askGit(objects)
	count, example := map[string]int{}, map[string]string{}
	for _, o := range objects {
		req := Request{Ring: ring, Role: keyring.Commit, Now: time.Now(), Root: sigstore}
		r := Best(Check(o.signed, req))
		row := fmt.Sprintf("%-7s git %s, here %s (%s)", o.kind, o.letter, r.Status, r.Type)
		if r.Status == Expired || r.Status == Removed { // with the witness that the object's own time would be
			req.HeldSince = r.Time.Add(time.Second)
			row += fmt.Sprintf(", held by a release of that time: %s", Best(Check(o.signed, req)).Status)
		}
		count[row]++
		example[row] = o.id + " " + r.Reason
		if r.Type == SSH && o.letter == "B" && bytes.Contains(o.signed.Signatures[0].Armor, []byte("\r\n")) {
			o.letter = "B, CR"
		}
		if words, ok := explained[o.letter][r.Status]; !ok || !strings.Contains(r.Reason, words) {
			t.Errorf("%s %s: git says %s, here it is %s: %s", o.kind, o.id, o.letter, r.Status, r.Reason)
		}
	}
	for _, row := range slices.Sorted(maps.Keys(count)) {
		t.Logf("%5d %s, such as %s", count[row], row, example[row])
	}
}

// spread picks up to n of a list, evenly.
func spread(list []*real, n int) []*real {
	if len(list) <= n {
		return list
	}
	out := make([]*real, n)
	for i := range out {
		out[i] = list[i*len(list)/n]
	}
	return out
}

// realGit asks git about a repository.
type realGit struct {
	t       *testing.T
	dir     string
	env     []string
	allowed string // allowed_signers file
}

func (g realGit) command(args ...string) *exec.Cmd {
	cmd := exec.Command("git", append([]string{"-C", g.dir, "-c", "gpg.ssh.allowedSignersFile=" + g.allowed}, args...)...)
	cmd.Env = g.env
	return cmd
}

func (g realGit) output(stdin string, args ...string) string {
	g.t.Helper()
	cmd := g.command(args...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.Output()
	must(g.t, err)
	return string(out)
}

// importKeys gives the keys of a folder to gpg and makes a record of each file.
func (g realGit) importKeys(dir string) []keyring.Record {
	var records []keyring.Record
	must(g.t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if dir == "" || err != nil || d.IsDir() || strings.Contains(path, "allowed_signers") {
			return nil
		}
		cmd := exec.Command("gpg", "--batch", "--quiet", "--no-autostart", "--allow-weak-key-signatures", "--import-options", "import-local-sigs", "--import", path)
		cmd.Env = g.env
		if out, err := cmd.CombinedOutput(); err != nil {
			g.t.Logf("gpg --import %s: %v: %s", path, err, out)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if !bytes.Contains(text, []byte("-----BEGIN PGP")) {
			text = []byte(armorAs(g.t, "PGP PUBLIC KEY BLOCK", text))
		}
		name, _ := filepath.Rel(dir, path)
		records = append(records, keyring.Record{Name: name, Owner: name, Armored: string(text), Roles: []keyring.Role{keyring.Commit}})
		return nil
	}))
	return records
}

// signersIn joins the folder's files that are called allowed_signers.
func (g realGit) signersIn(dir string) string {
	files, err := filepath.Glob(filepath.Join(dir, "*allowed_signers"))
	must(g.t, err)
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		must(g.t, err)
		all.Write(text)
	}
	return all.String()
}

// commits lists the signed commits.
func (g realGit) commits() []*real {
	return g.read(g.output("", "rev-list", "--all"), "commit", SplitCommit)
}

// tags lists the signed tag objects.
func (g realGit) tags() []*real {
	var ids []string
	for line := range strings.Lines(g.output("", "for-each-ref", "--format=%(objecttype) %(objectname)", "refs/tags")) {
		if id, ok := strings.CutPrefix(strings.TrimSpace(line), "tag "); ok {
			ids = append(ids, id)
		}
	}
	return g.read(strings.Join(ids, "\n")+"\n", "tag", SplitTag)
}

// read reads objects through one process and keeps those that carry a signature.
func (g realGit) read(ids, kind string, split func([]byte) (*Signed, error)) []*real {
	cmd := g.command("cat-file", "--batch", "--buffer")
	cmd.Stdin = strings.NewReader(ids)
	out, err := cmd.StdoutPipe()
	must(g.t, err)
	must(g.t, cmd.Start())
	defer cmd.Wait()
	var list []*real
	for in := bufio.NewReader(out); ; {
		head, err := in.ReadString('\n')
		if err == io.EOF {
			return list
		}
		must(g.t, err)
		fields := strings.Fields(head)
		if len(fields) != 3 {
			continue
		}
		size, err := strconv.Atoi(fields[2])
		must(g.t, err)
		raw := make([]byte, size+1)
		_, err = io.ReadFull(in, raw)
		must(g.t, err)
		raw = raw[:size]
		s, err := split(raw)
		if err != nil || !bytes.Equal(s.join(), raw) {
			g.t.Errorf("%s: split and joined it is not what is stored: %v", fields[0], err)
			continue
		}
		if len(s.Signatures) > 0 {
			list = append(list, &real{id: fields[0], kind: kind, signed: s})
		}
	}
}

// askGit fills in git's letters: those of commits come from one run, a tag takes one each.
func (g realGit) askGit(objects []*real) {
	var ids strings.Builder
	byID := map[string]*real{}
	for _, o := range objects {
		byID[o.id] = o
		switch {
		case o.signed.Signatures[0].Type == X509:
			o.letter = opensslSays(g.t, o.signed.Signatures[0])
		case o.kind == "commit":
			ids.WriteString(o.id + "\n")
		default:
			o.letter = g.tagLetter(o.id)
		}
	}
	if ids.Len() == 0 {
		return
	}
	for line := range strings.Lines(g.output(ids.String(), "log", "--no-walk=unsorted", "--stdin", "--format=%H %G?")) {
		id, letter, _ := strings.Cut(strings.TrimSpace(line), " ")
		byID[id].letter = letter
	}
}

// tagLetter turns what gpg and ssh-keygen report of a tag into the letters of git-log(1).
func (g realGit) tagLetter(id string) string {
	out, _ := g.command("verify-tag", "--raw", id).CombinedOutput()
	for _, sign := range [][2]string{{"EXPSIG", "X"}, {"EXPKEYSIG", "Y"}, {"REVKEYSIG", "R"}, {"BADSIG", "B"}, {"ERRSIG", "E"}, {"GOODSIG", "U"}, {"Good \"git\"", "G"}} {
		if bytes.Contains(out, []byte(sign[0])) {
			return sign[1]
		}
	}
	return "N"
}

// allowedSigners makes an allowed_signers file of the keys that SSH signatures carry.
func allowedSigners(objects []*real) string {
	lines := map[string]bool{}
	for _, o := range objects {
		for _, p := range o.signed.Signatures {
			if p.Type != SSH {
				continue
			}
			if sig, err := sshsig.Unarmor(p.Armor); err == nil {
				key := plainKey(sig.PublicKey)
				lines[fmt.Sprintf("%s %s", ssh.FingerprintSHA256(key), ssh.MarshalAuthorizedKey(key))] = true
			}
		}
	}
	return strings.Join(slices.Sorted(maps.Keys(lines)), "")
}

// identities makes a record of each identity that a certificate names, as allowedSigners does of SSH keys.
func identities(objects []*real) []keyring.Record {
	seen := map[string]keyring.Record{}
	for _, o := range objects {
		for _, p := range o.signed.Signatures {
			if p.Type != X509 {
				continue
			}
			if c, err := readCMS(p.Armor, p.Payload); err == nil {
				if id, err := identityOf(c.leaf); err == nil {
					seen[id.String()] = keyring.Record{Name: id.String(), Owner: id.SubjectAlternativeName, Roles: []keyring.Role{keyring.Commit},
						Sigstore: &keyring.Identity{Issuer: id.Issuer, Subject: id.SubjectAlternativeName}}
				}
			}
		}
	}
	return slices.Collect(maps.Values(seen))
}

// opensslSays asks openssl whether a CMS signature is over the bytes, whoever made it.
func opensslSays(t *testing.T, p Part) string {
	dir := t.TempDir()
	sig, message := filepath.Join(dir, "sig"), filepath.Join(dir, "message")
	must(t, os.WriteFile(sig, bytes.ReplaceAll(p.Armor, []byte("SIGNED MESSAGE"), []byte("CMS")), 0o600))
	must(t, os.WriteFile(message, p.Payload, 0o600))
	if exec.Command("openssl", "cms", "-verify", "-binary", "-noverify", "-inform", "PEM", "-in", sig, "-content", message, "-out", os.DevNull).Run() != nil {
		return "bad"
	}
	return "good"
}
