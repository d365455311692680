//go:build unix

package verify

import (
	"bytes"
	"crypto/sha1"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/verify/gitrepo"
)

// BenchmarkThousandCommits judges the signatures of 1,000 commits of a packed repository, from opening it and reading
// the keys to the last verdict, and has git verify-commit with gpg do the same in the same run, in one call for
// all of them. times-git is by the clock, times-git-cpu by processor time, of which this program uses all
// processors.
func BenchmarkThousandCommits(b *testing.B) {
	if _, err := exec.LookPath("gpg"); err != nil {
		b.Skip("gpg is not installed")
	}
	for _, kind := range []struct {
		name   string
		config packet.Config
	}{
		{"Ed25519", packet.Config{Algorithm: packet.PubKeyAlgoEdDSA}},
		{"RSA2048", packet.Config{RSABits: 2048}},
		{"RSA3072", packet.Config{RSABits: 3072}},
		{"RSA4096", packet.Config{RSABits: 4096}},
	} {
		b.Run(kind.name, func(b *testing.B) {
			k := newSignedThousand(b, &kind.config)
			var git, ours, gitCPU, oursCPU time.Duration
			for b.Loop() {
				at := time.Now()
				cpu := k.gitVerify()
				git, gitCPU = git+time.Since(at), gitCPU+cpu
				// The shorter of the two is repeated, so that a neighbour's burst does not decide.
				const rounds = 5
				at, before := time.Now(), spent()
				for range rounds {
					k.verify()
				}
				ours, oursCPU = ours+time.Since(at)/rounds, oursCPU+(spent()-before)/rounds
			}
			n := float64(b.N * len(k.ids))
			b.ReportMetric(float64(git.Nanoseconds())/n, "git-ns/signature")
			b.ReportMetric(float64(ours.Nanoseconds())/n, "ns/signature")
			b.ReportMetric(float64(git)/float64(ours), "times-git")
			b.ReportMetric(float64(gitCPU)/float64(oursCPU), "times-git-cpu")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// spent is the processor time of this program and of the git processes that it waited for.
func spent() time.Duration {
	var sum time.Duration
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var u syscall.Rusage
		if syscall.Getrusage(who, &u) == nil {
			sum += time.Duration(u.Utime.Nano() + u.Stime.Nano())
		}
	}
	return sum
}

// signedThousand is a repository of 1,000 commits that one person signed.
type signedThousand struct {
	b    *testing.B
	dir  string
	home string
	ids  []gitrepo.ID
	set  *advisories.Set
}

// benchMade is when the key of the benchmarks was made.
var benchMade = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

func benchPerson(b *testing.B, config *packet.Config) *person {
	config.Time = func() time.Time { return benchMade }
	e, err := openpgp.NewEntity("ann", "", "ann@app.example", config)
	must(b, err)
	return &person{b, "ann", e}
}

func newSignedThousand(b *testing.B, config *packet.Config) *signedThousand {
	b.Helper()
	p := benchPerson(b, config)
	k := &signedThousand{b: b, dir: b.TempDir()}
	k.run(nil, "git", "init", "-q")
	tree := k.run(nil, "git", "hash-object", "-t", "tree", "-w", "--stdin")
	var names strings.Builder
	files := b.TempDir()
	parent := ""
	for i := range 1000 {
		at := benchMade.Add(time.Duration(i) * time.Hour)
		who := fmt.Sprintf("ann <ann@app.example> %d +0000", at.Unix())
		head, body := fmt.Sprintf("tree %s\n%sauthor %s\ncommitter %s\n", tree, parent, who, who), fmt.Sprintf("\nfix %d\n", i)
		armored := strings.TrimRight(string(p.sign([]byte(head+body), at)), "\n")
		name := filepath.Join(files, fmt.Sprint(i))
		raw := head + "gpgsig " + strings.ReplaceAll(armored, "\n", "\n ") + "\n" + body
		must(b, os.WriteFile(name, []byte(raw), 0o600))
		names.WriteString(name + "\n")
		parent = fmt.Sprintf("parent %x\n", sha1.Sum(fmt.Appendf(nil, "commit %d\x00%s", len(raw), raw)))
	}
	for _, id := range strings.Fields(k.run([]byte(names.String()), "git", "hash-object", "-t", "commit", "-w", "--stdin-paths")) {
		k.ids = append(k.ids, gitrepo.ID(id))
	}
	k.run(nil, "git", "update-ref", "refs/heads/main", string(k.ids[len(k.ids)-1]))
	k.run(nil, "git", "repack", "-q", "-a", "-d")
	k.keyring(p)
	s := &scene{sec: fstest.MapFS{}}
	s.doc("countersign.yaml", defaultConfig)
	s.key(p, "commit")
	set, _, err := advisories.Load(s.sec)
	must(b, err)
	k.set = set
	return k
}

// keyring makes a key ring for gpg, with one person's key.
func (k *signedThousand) keyring(p *person) {
	home, err := os.MkdirTemp("", "gpg") // a short path: gpg's sockets allow 107 bytes
	must(k.b, err)
	k.home = home
	k.b.Cleanup(func() { os.RemoveAll(k.home) })
	cmd := k.command([]byte(p.public()), "gpg", "--batch", "--quiet", "--no-autostart", "--import")
	cmd.Dir = home
	must(k.b, cmd.Run())
}

// run runs a program in the repository with a key ring of its own.
func (k *signedThousand) run(stdin []byte, name string, args ...string) string {
	k.b.Helper()
	out, err := k.command(stdin, name, args...).Output()
	if err != nil {
		k.b.Fatalf("%s %v: %v", name, args[0], err)
	}
	return strings.TrimSpace(string(out))
}

func (k *signedThousand) command(stdin []byte, name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "GNUPGHOME="+k.home, "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1")
	cmd.Stdin, cmd.Dir = bytes.NewReader(stdin), k.dir
	return cmd
}

// gitVerify asks git about all commits in one call and returns the processor time that it took.
func (k *signedThousand) gitVerify() time.Duration {
	args := []string{"verify-commit", "--"}
	for _, id := range k.ids {
		args = append(args, string(id))
	}
	cmd := k.command(nil, "git", args...)
	must(k.b, cmd.Run())
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
}

// verify asks this program.
func (k *signedThousand) verify() {
	repo, err := gitrepo.Open(k.dir)
	must(k.b, err)
	defer repo.Close()
	ev := Evidence{Now: theDay, Version: "test", Repos: map[string]*gitrepo.Repo{"app": repo}}
	j := &run{Verifier: New(ev, k.set, nil), product: "app"}
	must(k.b, j.judgeCommitsOf("app", k.ids))
	for _, id := range k.ids {
		s, err := j.commitSignature(treeKey{"app", id})
		must(k.b, err)
		if !s.Result.OK() {
			k.b.Fatal(describe(s.Result))
		}
	}
}
