package verify

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// gitSays asks git, with gpg and the people's keys, about a commit of the very repository that was judged: a
// letter of git-log(1), or "" where gpg is not installed.
func (s *scene) gitSays(commit string, people ...*person) string {
	s.t.Helper()
	if _, err := exec.LookPath("gpg"); err != nil {
		return ""
	}
	home, err := os.MkdirTemp("", "gpg") // a short path: gpg's sockets allow 107 bytes
	must(s.t, err)
	defer os.RemoveAll(home)
	s.t.Setenv("GNUPGHOME", home)
	for _, p := range people {
		cmd := exec.Command("gpg", "--batch", "--quiet", "--no-autostart", "--allow-weak-key-signatures", "--import")
		cmd.Stdin = strings.NewReader(p.public())
		must(s.t, cmd.Run())
	}
	return s.git("show", "-s", "--format=%G?", commit)
}

// TestFixSignaturesBesideGit judges a release, and has git judge the signature on its fix in the same clone.
func TestFixSignaturesBesideGit(t *testing.T) {
	made := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	const year = 365 * 86400
	for _, c := range []struct {
		name          string
		config        packet.Config
		key           string // further lines of the record; "-" for no record at all
		policy        string
		earlier       string // day of an earlier release that holds the fix
		result, rules string
		status, git   string
	}{
		{name: "by a committer", result: "PASSED", status: "valid", git: "U"},
		{name: "by a stranger whom gpg knows", key: "-", result: "FAILED", rules: "signature-unknown-signer", status: "unknown_signer", git: "U"},
		{name: "RSA 1024", config: packet.Config{Algorithm: packet.PubKeyAlgoRSA, RSABits: 1024}, result: "FAILED", rules: "signature-weak", status: "weak", git: "U"},
		{name: "RSA 1024, waived", config: packet.Config{Algorithm: packet.PubKeyAlgoRSA, RSABits: 1024},
			policy: ", waivers: [{rule: signature-weak, object: FIX, reason: made in 2014, expires: 2026-12-31}]",
			result: "PASSED", rules: "(waiver-used)", status: "weak", git: "U"},
		{name: "the key expired since", config: packet.Config{KeyLifetimeSecs: year + 30*86400}, result: "FAILED", rules: "signature-expired", status: "expired", git: "Y"},
		{name: "the key expired since, a release made before holds it", config: packet.Config{KeyLifetimeSecs: year + 30*86400}, earlier: "2026-01-20",
			result: "PASSED", status: "valid", git: "Y"},
		{name: "the key expired since, a release made after holds it", config: packet.Config{KeyLifetimeSecs: year + 30*86400}, earlier: "2026-02-20",
			result: "FAILED", rules: "signature-expired", status: "expired", git: "Y"},
		{name: "removed before", key: "removed: {date: 2025-06-01, reason: retired}\n", result: "FAILED", rules: "signature-removed", status: "removed", git: "U"},
		{name: "removed since, a release made before holds it", key: "removed: {date: 2026-02-01, reason: retired}\n", earlier: "2026-01-20", result: "PASSED", status: "valid", git: "U"},
		{name: "removed as compromised", key: "removed: {date: 2026-02-01, reason: compromised}\n", earlier: "2026-01-20", result: "FAILED", rules: "signature-compromised", status: "compromised", git: "U"},
		{name: "before usable_from", key: "usable_from: 2026-03-01\n", result: "FAILED", rules: "signature-not-yet-usable", status: "not_yet_usable", git: "U"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t)
			c.config.Time = func() time.Time { return made }
			if c.config.Algorithm == 0 {
				c.config.Algorithm = packet.PubKeyAlgoEdDSA
			}
			e, err := openpgp.NewEntity("ann", "", "ann@app.example", &c.config)
			must(t, err)
			ann := &person{t, "ann", e}
			if c.key != "-" {
				s.key(ann, "commit", strings.TrimSpace(c.key))
			}
			fix := s.signedFix(ann, "inc/login.php")
			s.policy("{package_signatures: 0" + strings.ReplaceAll(c.policy, "FIX", fix) + "}")
			s.fixedBy("APP-2026-0001", "1.1", fix)
			s.release("1.1", "source: {repo: app, commit: "+fix+"}", "packages: [{name: "+app11+"}]")
			if c.earlier != "" {
				s.release("1.1-rc1", "released: "+c.earlier, "source: {repo: app, commit: "+fix+"}")
			}
			r := s.verify("1.1", file(app11, s.archive("zip", "app/", fix)))
			expect(t, r, c.result, c.rules)
			if got := r.Statement.Predicate.Fixes[0].Signature.Status; got != c.status {
				t.Errorf("the signature is %s, want %s", got, c.status)
			}
			if git := s.gitSays(fix, ann); git != "" && git != c.git {
				t.Errorf("git says %s, the table says %s", git, c.git)
			}
		})
	}
}
