//go:build unix

package verify

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/verify/gitrepo"
)

// BenchmarkAgainstScript holds gate 2 against the script that people write today, on a clone of your own:
//
//	COUNTERSIGN_BENCH_REPO=/path/to/clone go test ./verify -run '^$' -bench AgainstScript -benchtime 5x
//
// The newest commits of the clone are made again in a copy of it, each signed; every second one of them is a
// fix. The script runs "git merge-base --is-ancestor" and "git verify-commit" (with gpg) once a fix. In the same
// loop, so that both meet the same machine, the same fixes are judged in three ways:
//
//   - questions: what the script asks, from opening the clone: is the fix an ancestor, and is its signature good
//   - verdict: the same, and does every line of the fix still stand in the source's tree
//   - program: "countersign verify" from its start to its end: that, for a package of the whole tree, which is
//     unpacked, hashed and held against the source, with the advisories read and the result written
//
// times-script is how many times faster than the script each of them is, by the clock.
func BenchmarkAgainstScript(b *testing.B) {
	for _, need := range []string{"gpg", "go"} {
		if _, err := exec.LookPath(need); err != nil {
			b.Skip(need + " is not installed")
		}
	}
	k := newSignedHistory(b)
	for _, graph := range []bool{false, true} {
		name := "plain"
		if graph {
			name = "commit-graph"
			k.run(nil, "git", "commit-graph", "write", "--reachable")
		}
		for _, n := range []int{1, 10, 100} {
			b.Run(fmt.Sprintf("%s/fixes=%d", name, n), func(b *testing.B) { k.compare(b, n) })
		}
	}
}

func (k *signedHistory) compare(b *testing.B, n int) {
	fixes := k.fixes[:n]
	k.record(b, fixes)
	sum := map[string]time.Duration{}
	took := func(name string, rounds int, fn func()) {
		at := time.Now()
		for range rounds {
			fn()
		}
		sum[name] += time.Since(at) / time.Duration(rounds)
	}
	for b.Loop() {
		took("script", 1, func() { k.script(fixes) })
		took("questions", 5, func() { k.judge(fixes, false) })
		took("verdict", 5, func() { k.judge(fixes, true) })
		took("program", 3, k.program)
	}
	for _, name := range []string{"script", "questions", "verdict", "program"} {
		b.ReportMetric(sum[name].Seconds()*1000/float64(b.N), name+"-ms")
		if name != "script" {
			b.ReportMetric(float64(sum["script"])/float64(sum[name]), name+"-times-script")
		}
	}
	b.ReportMetric(0, "ns/op")
}

// signedHistory is a copy of a clone whose newest commits are signed by one person.
type signedHistory struct {
	*signedThousand
	source  gitrepo.ID
	fixes   []gitrepo.ID
	scene   *scene
	sec     string // the security repository on disk
	binary  string
	archive string
}

func newSignedHistory(b *testing.B) *signedHistory {
	clone, _ := benchRepo(b)
	p := benchPerson(b, &packet.Config{Algorithm: packet.PubKeyAlgoEdDSA})
	k := &signedHistory{signedThousand: &signedThousand{b: b, dir: filepath.Join(b.TempDir(), "copy.git")}, sec: b.TempDir()}
	k.keyring(p)
	if out, err := exec.Command("git", "clone", "-q", "--bare", clone, k.dir).CombinedOutput(); err != nil {
		b.Fatalf("copy the clone: %v: %s", err, out)
	}
	const commits = 202
	old := strings.Fields(k.run(nil, "git", "rev-list", "--first-parent", fmt.Sprint("--max-count=", commits+1), "HEAD"))
	if len(old) <= commits {
		b.Skip("the clone has too few commits")
	}
	parent := old[commits]
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := commits - 1; i >= 0; i-- {
		at = at.Add(time.Hour)
		who := fmt.Sprintf("ann <ann@app.example> %d +0000", at.Unix())
		tree := k.run(nil, "git", "rev-parse", old[i]+"^{tree}")
		head, body := fmt.Sprintf("tree %s\nparent %s\nauthor %s\ncommitter %s\n", tree, parent, who, who), fmt.Sprintf("\ncommit %d\n", i)
		armored := strings.TrimRight(string(p.sign([]byte(head+body), at)), "\n")
		raw := head + "gpgsig " + strings.ReplaceAll(armored, "\n", "\n ") + "\n" + body
		parent = k.run([]byte(raw), "git", "hash-object", "-t", "commit", "-w", "--stdin")
		if i%2 == 1 {
			k.fixes = append([]gitrepo.ID{gitrepo.ID(parent)}, k.fixes...)
		}
	}
	k.source = gitrepo.ID(parent)
	k.run(nil, "git", "update-ref", "HEAD", parent)
	k.run(nil, "git", "repack", "-q", "-d")
	k.binary, k.archive = filepath.Join(k.sec, "countersign"), filepath.Join(k.sec, "app.tar")
	if out, err := exec.Command("go", "build", "-o", k.binary, "../cmd/countersign").CombinedOutput(); err != nil {
		b.Fatalf("build the program: %v: %s", err, out)
	}
	k.run(nil, "git", "archive", "--prefix=app/", "-o", k.archive, parent)
	k.scene = &scene{sec: fstest.MapFS{}}
	k.scene.policy("{fix_signature: commit, package_signatures: 0}")
	k.scene.key(p, "commit")
	return k
}

// record writes the documents about some fixes.
func (k *signedHistory) record(b *testing.B, fixes []gitrepo.ID) {
	for name := range k.scene.sec {
		if strings.HasPrefix(name, "advisories/") {
			delete(k.scene.sec, name)
		}
	}
	for i, id := range fixes {
		k.scene.fixedBy(fmt.Sprintf("APP-2026-%04d", i+1), "1.1", string(id))
	}
	k.scene.release("1.1", "source: {repo: app, commit: "+string(k.source)+"}", "packages: [{name: app.tar}]")
	must(b, os.RemoveAll(filepath.Join(k.sec, "advisories")))
	for name, f := range k.scene.sec {
		path := filepath.Join(k.sec, name)
		must(b, os.MkdirAll(filepath.Dir(path), 0o755))
		must(b, os.WriteFile(path, f.Data, 0o644))
	}
	var err error
	k.set, _, err = advisories.Load(k.scene.sec)
	must(b, err)
}

func (k *signedHistory) script(fixes []gitrepo.ID) {
	var list strings.Builder
	for _, id := range fixes {
		list.WriteString(string(id) + "\n")
	}
	cmd := k.command([]byte(list.String()), "sh", "-ec", `while read fix; do
		git merge-base --is-ancestor "$fix" "$1"
		git verify-commit "$fix" 2>/dev/null
	done`, "sh", string(k.source))
	must(k.b, cmd.Run())
}

// judge answers for some fixes what the script answers, and with lines also whether the fixes stand.
func (k *signedHistory) judge(fixes []gitrepo.ID, lines bool) {
	repo, err := gitrepo.Open(k.dir)
	must(k.b, err)
	defer repo.Close()
	v := New(Evidence{Now: theDay, Version: "test", Repos: map[string]*gitrepo.Repo{"app": repo}}, k.set, nil)
	j := &run{Verifier: v, product: "app"}
	if lines {
		list := make([]Fix, len(fixes))
		for i, id := range fixes {
			list[i] = Fix{Name: string(id), Commits: []gitrepo.ID{id}}
		}
		standings, err := v.prover("app").InSource(k.source, list)
		must(k.b, err)
		for i, st := range standings {
			if st.Verdict == Missing || st.Verdict == Partial {
				k.b.Fatalf("%s: %s", fixes[i], st.Verdict)
			}
		}
	} else {
		g := repo.NewGraph()
		reach, err := g.Walk(k.source, fixes)
		must(k.b, err)
		for _, id := range fixes {
			if !reach.Has(g.Node(id)) {
				k.b.Fatalf("%s is not found behind the source", id)
			}
		}
	}
	must(k.b, j.judgeCommitsOf("app", fixes))
	for _, id := range fixes {
		if s, err := j.commitSignature(treeKey{"app", id}); err != nil || !s.Result.OK() {
			k.b.Fatal(err, describe(s.Result))
		}
	}
}

// program runs the whole program. What it finds against a real history's fixes is no concern of the clock.
func (k *signedHistory) program() {
	cmd := exec.Command(k.binary, "-C", k.sec, "--quiet", "verify", "1.1", "--repo", "app="+k.dir, "--package", k.archive, "--now", theDay.Format(time.DateOnly))
	cmd.Stdout = io.Discard
	var said strings.Builder
	cmd.Stderr = &said
	if err := cmd.Run(); err != nil && cmd.ProcessState.ExitCode() == 2 {
		k.b.Fatalf("%v: %s", err, said.String())
	}
}
