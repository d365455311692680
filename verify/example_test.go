package verify_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing/fstest"
	"time"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/verify"
	"github.com/countersign/countersign/verify/gitrepo"
)

// What a release owes follows from the advisories alone: what it is the target of,
// and what it must not have lost.
func ExampleObligations() {
	set, _, _ := advisories.Load(fstest.MapFS{
		"countersign.yaml": {Data: []byte("products: {lantern: {versions: semver}}\n")},
		"advisories/LANTERN-2025-0001.md": {Data: []byte(`---
id: LANTERN-2025-0001
title: Session is kept across login
affected:
  - ranges: [{introduced: "2.0.0", fixed: "2.1.0"}]
---
`)},
		"advisories/LANTERN-2026-0001.md": {Data: []byte(`---
id: LANTERN-2026-0001
title: Search term is printed without escaping
target: "2.2.0"
---
`)},
		"releases/2.2.0.md": {Data: []byte("---\nversion: \"2.2.0\"\n---\n")},
	})
	owed, _ := verify.Obligations(set, set.Release("lantern", "2.2.0"))
	for _, o := range owed {
		fmt.Printf("%s is %s\n", o.Advisory.ID.V, o.Kind)
	}
	// Output:
	// LANTERN-2026-0001 is new
	// LANTERN-2025-0001 is carried
}

// A release is judged by what its package holds. Here the fix is in git, and in one
// of two packages.
func ExampleVerifier_Release() {
	dir, fix := exampleRepository()
	defer os.RemoveAll(dir)
	repo, err := gitrepo.Open(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer repo.Close()

	set, found, _ := advisories.Load(fstest.MapFS{
		"countersign.yaml": {Data: []byte(`
repos: {lantern: {}}
products: {lantern: {repo: lantern, versions: semver}}
policy: {fix_signature: none, package_signatures: 0}
`)},
		"advisories/LANTERN-2026-0001.md": {Data: []byte(`---
id: LANTERN-2026-0001
title: Search term is printed without escaping
target: "2.2.0"
fixes: [{version: "2.2.0", commits: [` + fix + `]}]
---
`)},
		"releases/2.2.0.md": {Data: []byte(`---
version: "2.2.0"
source: {repo: lantern, commit: ` + fix + `}
packages: [{name: lantern-2.2.0}]
---
`)},
	})
	verifier := verify.New(verify.Evidence{
		Repos: map[string]*gitrepo.Repo{"lantern": repo},
		Now:   time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC),
	}, set, found)
	for _, packed := range []string{escaped, raw} {
		unpacked := fstest.MapFS{"search.php": {Data: []byte(packed)}}
		report, err := verifier.Release(context.Background(), set.Release("lantern", "2.2.0"), []verify.Archive{{Name: "lantern-2.2.0", Dir: unpacked}})
		if err != nil {
			fmt.Println(err)
			return
		}
		p := report.Statement.Predicate
		fmt.Println(p.Result, p.Fixes[0].Advisory, p.Fixes[0].Verdict, "by", p.Fixes[0].DecidedBy)
	}
	// Output:
	// PASSED LANTERN-2026-0001 present by reconstruction
	// FAILED LANTERN-2026-0001 missing by content
}

// A fix that is an ancestor may have been undone since. Its lines are followed from
// its commit to the commit that a release is built from, and, where there is a
// package, into that.
func ExampleProver() {
	dir, fix := exampleRepository()
	defer os.RemoveAll(dir)
	undo := exampleCommit(dir, raw)
	repo, err := gitrepo.Open(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer repo.Close()

	prover := verify.NewProver(repo)
	for _, source := range []string{fix, undo} {
		at, err := gitrepo.ParseID(source)
		if err != nil {
			fmt.Println(err)
			return
		}
		wanted, _ := gitrepo.ParseID(fix)
		standings, err := prover.InSource(at, []verify.Fix{{Name: "LANTERN-2026-0001", Commits: []gitrepo.ID{wanted}}})
		if err != nil {
			fmt.Println(err)
			return
		}
		packed, err := prover.InPackage(standings[0], func(string) verify.Shipped {
			return verify.Shipped{State: verify.Differs, Data: []byte(raw)}
		})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("in the source: %s; in a package with the old file: %s\n", standings[0].Verdict, packed.Verdict)
	}
	// Output:
	// in the source: present; in a package with the old file: missing
	// in the source: reverted; in a package with the old file: missing
}

const (
	raw     = "<?php\n$term = $_GET['q'];\n\necho $term;\n"
	escaped = "<?php\n$term = $_GET['q'];\n\necho h($term);\n"
)

// exampleRepository makes a repository of two commits, and returns the id of the
// second, which is the fix.
func exampleRepository() (dir, fix string) {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		panic(err)
	}
	exampleGit(dir, "init", "-q")
	exampleCommit(dir, raw)
	return dir, exampleCommit(dir, escaped)
}

func exampleCommit(dir, text string) (id string) {
	if err := os.WriteFile(filepath.Join(dir, "search.php"), []byte(text), 0o666); err != nil {
		panic(err)
	}
	exampleGit(dir, "add", "-A")
	exampleGit(dir, "commit", "-q", "-m", "search")
	return exampleGit(dir, "rev-parse", "HEAD")
}

func exampleGit(dir string, args ...string) string {
	cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=Mara", "-c", "user.email=mara@lantern.example", "-c", "commit.gpgsign=false", "-c", "core.autocrlf=false"}, args...)...)
	out, err := cmd.Output()
	if err != nil {
		panic(err)
	}
	return strings.TrimSpace(string(out))
}
