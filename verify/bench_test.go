package verify

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/countersign/countersign/verify/gitrepo"
	"github.com/countersign/countersign/verify/pkgfile"
)

// BenchmarkMapPackage compares two ways to hold a package against its source: this
// package's, and the script that people write (git archive, unpack, diff -rq). Both
// start from nothing but the clone and the package file. It needs a clone:
//
//	COUNTERSIGN_BENCH_CLONE=/path/to/linux COUNTERSIGN_BENCH_REV=v6.1 go test -run - -bench MapPackage ./verify
func BenchmarkMapPackage(b *testing.B) {
	clone := os.Getenv("COUNTERSIGN_BENCH_CLONE")
	if clone == "" {
		b.Skip("COUNTERSIGN_BENCH_CLONE names no clone")
	}
	rev := os.Getenv("COUNTERSIGN_BENCH_REV")
	if rev == "" {
		rev = "HEAD"
	}
	out, err := exec.Command("git", "-C", clone, "rev-parse", "--verify", "--end-of-options", rev+"^{commit}").Output()
	must(b, err)
	commit := gitrepo.ID(strings.TrimSpace(string(out)))
	dir := b.TempDir()
	tarball := filepath.Join(dir, "package.tar")
	must(b, exec.Command("git", "-C", clone, "archive", "--prefix=p/", "-o", tarball, string(commit)).Run())
	info, err := os.Stat(tarball)
	must(b, err)

	b.Run("countersign", func(b *testing.B) {
		b.SetBytes(info.Size())
		for b.Loop() {
			mapPackage(b, clone, commit, tarball, info.Size())
		}
	})
	b.Run("script", func(b *testing.B) {
		b.SetBytes(info.Size())
		for b.Loop() {
			work := b.TempDir()
			script := `mkdir a b && git -C "$1" archive --prefix=p/ "$2" | tar -x -C a && tar -x -f "$3" -C b && diff -rq a b`
			cmd := exec.Command("sh", "-ec", script, "sh", clone, string(commit), tarball)
			cmd.Dir = work
			if out, err := cmd.CombinedOutput(); err != nil {
				b.Fatalf("%v: %s", err, out)
			}
			must(b, os.RemoveAll(work))
		}
	})
}

func mapPackage(b *testing.B, clone string, commit gitrepo.ID, tarball string, size int64) {
	ctx := context.Background()
	repo, err := gitrepo.Open(clone)
	must(b, err)
	defer repo.Close()
	f, err := os.Open(tarball)
	must(b, err)
	defer f.Close()
	p, err := pkgfile.Open(ctx, "package.tar", f, size, pkgfile.Options{Hash: hashOf(commit)})
	must(b, err)
	s, err := newSource("clone", repo, commit)
	must(b, err)
	r, err := reconstruct(ctx, p, nil, []*source{s})
	must(b, err)
	must(b, r.finish(ctx))
	if len(r.Missing) > 0 || len(r.Unexplained) > 0 {
		b.Fatalf("%d missing, %d unexplained", len(r.Missing), len(r.Unexplained))
	}
}

// FuzzManifest: what parses has clean unique paths and hashes in lower case.
func FuzzManifest(f *testing.F) {
	f.Add([]byte(strings.Repeat("0", 64) + "  a/b\n"))
	f.Add([]byte("SHA512 (a) = " + strings.Repeat("A", 128) + "\r\n# x\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		list, err := parseManifest(text)
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for _, line := range list {
			if seen[line.path] || line.path == "" || len(line.hashes) == 0 || !bytes.Contains(text, []byte(line.path)) {
				t.Errorf("%+v", line)
			}
			seen[line.path] = true
			for _, h := range line.hashes {
				if strings.Trim(h, "0123456789abcdef") != "" {
					t.Errorf("hash %q", h)
				}
			}
		}
	})
}
