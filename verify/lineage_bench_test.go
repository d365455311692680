package verify

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/countersign/countersign/verify/gitrepo"
)

// The benchmarks compare gate 2's question with the script that people write today, on a clone of your own:
//
//	COUNTERSIGN_BENCH_REPO=/path/to/clone go test ./verify -run '^$' -bench Lineage -benchtime 5x
//
// "script" runs git merge-base --is-ancestor and git verify-commit once a fix. "ancestry" answers what
// merge-base answers, from hashed objects; "verdict" also tells whether each fix still stands in the tree.
// Both open the repository anew each time. Look at the ratios, not at the seconds.

// benchRepo returns the clone and its commit to be judged.
func benchRepo(b *testing.B) (dir string, source gitrepo.ID) {
	dir = os.Getenv("COUNTERSIGN_BENCH_REPO")
	if dir == "" {
		b.Skip("COUNTERSIGN_BENCH_REPO names no clone")
	}
	return dir, gitrepo.ID(benchGit(b, dir, "rev-parse", "HEAD^{commit}"))
}

func benchGit(b *testing.B, dir string, args ...string) string {
	b.Helper()
	out, err := exec.Command("git", append([]string{"-C", dir}, args...)...).Output()
	if err != nil {
		b.Fatalf("git %v: %v", args, err)
	}
	return strings.TrimSpace(string(out))
}

// recentFixes takes every second non-merge commit from the current cycle: the newest of the history.
func recentFixes(b *testing.B, dir string, n int) []Fix {
	lines := strings.Split(benchGit(b, dir, "rev-list", "--no-merges", "--max-count", fmt.Sprint(2*n+2), "HEAD"), "\n")
	var fixes []Fix
	for i := 1; i < len(lines) && len(fixes) < n; i += 2 {
		fixes = append(fixes, Fix{Name: lines[i], Commits: []gitrepo.ID{gitrepo.ID(lines[i])}})
	}
	return fixes
}

func BenchmarkLineage(b *testing.B) {
	dir, source := benchRepo(b)
	for _, n := range []int{1, 10, 100} {
		fixes := recentFixes(b, dir, n)
		b.Run(fmt.Sprintf("fixes=%d/script", n), func(b *testing.B) {
			for b.Loop() {
				for _, f := range fixes {
					id := string(f.Commits[0])
					if err := exec.Command("git", "-C", dir, "merge-base", "--is-ancestor", id, string(source)).Run(); err != nil {
						b.Fatal(err)
					}
					_ = exec.Command("git", "-C", dir, "verify-commit", id).Run() // unsigned commits fail; the time counts
				}
			}
		})
		b.Run(fmt.Sprintf("fixes=%d/ancestry", n), func(b *testing.B) {
			for b.Loop() {
				benchAncestry(b, dir, source, fixes)
			}
		})
		b.Run(fmt.Sprintf("fixes=%d/verdict", n), func(b *testing.B) {
			for b.Loop() {
				benchVerdicts(b, dir, []gitrepo.ID{source}, fixes)
			}
		})
	}
}

func benchAncestry(b *testing.B, dir string, source gitrepo.ID, fixes []Fix) {
	repo, err := gitrepo.Open(dir)
	if err != nil {
		b.Fatal(err)
	}
	defer repo.Close()
	var ids []gitrepo.ID
	for _, f := range fixes {
		ids = append(ids, f.Commits[0])
	}
	g := repo.NewGraph()
	reach, err := g.Walk(source, ids)
	if err != nil {
		b.Fatal(err)
	}
	for _, id := range ids {
		if !reach.Has(g.Node(id)) {
			b.Fatalf("%s is not found behind %s", id, source)
		}
	}
}

func benchVerdicts(b *testing.B, dir string, sources []gitrepo.ID, fixes []Fix) {
	repo, err := gitrepo.Open(dir)
	if err != nil {
		b.Fatal(err)
	}
	defer repo.Close()
	p := NewProver(repo)
	if len(sources) > 1 {
		if err := p.Prepare(sources, fixes); err != nil {
			b.Fatal(err)
		}
	}
	for _, source := range sources {
		if _, err := p.InSource(source, fixes); err != nil {
			b.Fatal(err)
		}
	}
}

// spreadFixes takes non-merge commits from the whole history, evenly.
func spreadFixes(b *testing.B, dir string, n int) []Fix {
	history := strings.Split(benchGit(b, dir, "rev-list", "--no-merges", "HEAD"), "\n")
	var fixes []Fix
	for i := range n {
		id := history[i*len(history)/n]
		fixes = append(fixes, Fix{Name: id, Commits: []gitrepo.ID{gitrepo.ID(id)}})
	}
	return fixes
}

// BenchmarkOldFixes judges one source, the newest, by fixes spread over the whole history.
func BenchmarkOldFixes(b *testing.B) {
	dir, source := benchRepo(b)
	for _, n := range []int{10, 50, 200} {
		fixes := spreadFixes(b, dir, n)
		b.Run(fmt.Sprintf("fixes=%d", n), func(b *testing.B) {
			for b.Loop() {
				benchVerdicts(b, dir, []gitrepo.ID{source}, fixes)
			}
		})
	}
}

// BenchmarkAllReleases judges fixes spread over the whole history at every tag that contains any of them, and
// at those that do not.
func BenchmarkAllReleases(b *testing.B) {
	dir, _ := benchRepo(b)
	repo, err := gitrepo.Open(dir)
	if err != nil {
		b.Fatal(err)
	}
	refs, err := repo.Refs("refs/tags/")
	repo.Close()
	if err != nil {
		b.Fatal(err)
	}
	var sources []gitrepo.ID
	for _, ref := range refs {
		if ref.Commit != "" {
			sources = append(sources, ref.Commit)
		}
	}
	fixes := spreadFixes(b, dir, 200)
	b.Run(fmt.Sprintf("releases=%d,fixes=%d/ancestry", len(sources), len(fixes)), func(b *testing.B) {
		for b.Loop() {
			benchMatrix(b, dir, sources, fixes)
		}
	})
	b.Run(fmt.Sprintf("releases=%d,fixes=%d/verdict", len(sources), len(fixes)), func(b *testing.B) {
		for b.Loop() {
			benchVerdicts(b, dir, sources, fixes)
		}
	})
}

func benchMatrix(b *testing.B, dir string, sources []gitrepo.ID, fixes []Fix) {
	repo, err := gitrepo.Open(dir)
	if err != nil {
		b.Fatal(err)
	}
	defer repo.Close()
	var ids []gitrepo.ID
	for _, f := range fixes {
		ids = append(ids, f.Commits[0])
	}
	g := repo.NewGraph()
	if err := g.Load(sources); err != nil {
		b.Fatal(err)
	}
	for _, source := range sources {
		if _, err := g.Walk(source, ids); err != nil {
			b.Fatal(err)
		}
	}
}
