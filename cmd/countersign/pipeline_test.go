package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// pipeline is a team's set-up: the security repository that init wrote into an
// empty folder, its place on a forge, and the sample project's clone to fetch from.
type pipeline struct {
	*runner
	t     *testing.T
	sam   *sample
	local string // the security repository, as its maintainer has it
	docs  string // the sample's documents, to take from
}

// newPipeline runs `countersign init` in an empty folder, commits what it wrote and
// pushes it. The folder has the product's name, as it has where nobody says more.
func newPipeline(t *testing.T, initArgs ...string) *pipeline {
	t.Helper()
	dir := t.TempDir()
	sam, err := makeSample(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	p := &pipeline{t: t, sam: sam, local: filepath.Join(dir, "mine", "lantern"), docs: filepath.Join(dir, "security")}
	if err := os.MkdirAll(p.local, 0o777); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	args := append([]string{"countersign", "-C", p.local, "--now", day(demoDay), "init", "--repo", "file://" + filepath.Join(dir, "lantern")}, initArgs...)
	if code := run(context.Background(), args, os.Getenv, strings.NewReader(""), &out, &out); code != 0 {
		t.Fatalf("init: exit %d\n%s", code, out.String())
	}
	remote := filepath.Join(dir, "forge", "security.git")
	runGit(t, "", "init", "-q", "--bare", remote)
	runGit(t, remote, "config", "uploadpack.allowAnySHA1InWant", "true")
	runGit(t, p.local, "init", "-q", p.local)
	runGit(t, p.local, "remote", "add", "origin", remote)
	p.runner = newRunner(t, remote)
	p.commit("what init wrote")
	return p
}

// take copies documents of the sample into the security repository.
func (p *pipeline) take(names ...string) {
	p.t.Helper()
	for _, name := range names {
		if err := copyFile(filepath.Join(p.docs, name), filepath.Join(p.local, name)); err != nil {
			p.t.Fatal(err)
		}
	}
}

// edit changes a document of the security repository.
func (p *pipeline) edit(name, old, text string) {
	p.t.Helper()
	file := filepath.Join(p.local, name)
	before, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(before), old) {
		p.t.Fatalf("%s does not hold %q: %v", name, old, err)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(before), old, text, 1)), 0o666); err != nil {
		p.t.Fatal(err)
	}
}

// commit puts the folder as it is on main, here and on the forge.
func (p *pipeline) commit(message string) string {
	p.t.Helper()
	runGit(p.t, p.local, "add", "-A")
	runGit(p.t, p.local, "commit", "-q", "-m", message)
	runGit(p.t, p.local, "push", "-q", "origin", "HEAD:main")
	sha := runGit(p.t, p.local, "rev-parse", "HEAD")
	p.on("push", sha, map[string]any{})
	return sha
}

// propose opens a pull request with the folder as it is, and leaves the folder as
// main has it. A fork's pull request comes from a repository of another name.
func (p *pipeline) propose(branch, from string) {
	p.t.Helper()
	base := runGit(p.t, p.local, "rev-parse", "HEAD")
	runGit(p.t, p.local, "checkout", "-q", "-b", branch)
	runGit(p.t, p.local, "add", "-A")
	runGit(p.t, p.local, "commit", "-q", "-m", "proposal")
	runGit(p.t, p.local, "push", "-q", "-f", "origin", "HEAD:refs/pull/1/merge")
	sha := runGit(p.t, p.local, "rev-parse", "HEAD")
	runGit(p.t, p.local, "checkout", "-q", base)
	p.on("pull_request", sha, map[string]any{"pull_request": map[string]any{
		"base": map[string]any{"sha": base}, "title": branch, "head": map[string]any{"ref": branch, "repo": map[string]any{"full_name": from}}}})
	p.github["head_ref"], p.github["ref"] = branch, "refs/pull/1/merge"
}

// written runs a workflow as init wrote it.
func (p *pipeline) written(name string, inputs map[string]any) *workflowRun {
	p.t.Helper()
	text, err := os.ReadFile(filepath.Join(p.local, ".github/workflows", name))
	if err != nil {
		p.t.Fatal(err)
	}
	p.artifacts = maps.Clone(p.artifacts)
	for _, mine := range []string{"check", "verification", "github-pages"} {
		delete(p.artifacts, mine)
		os.RemoveAll(filepath.Join(p.temp, "artifact-"+mine))
	}
	return p.run(text, inputs)
}

// packages are what the build left for gate 2.
func (p *pipeline) packages(files map[string]string) {
	p.t.Helper()
	os.RemoveAll(filepath.Join(p.sam.dir, "packages"))
	if _, _, err := p.sam.pack("packages", files); err != nil {
		p.t.Fatal(err)
	}
	p.artifacts["packages"] = filepath.Join(p.sam.dir, "packages")
}

func (p *pipeline) is(run *workflowRun, results map[string]string) {
	p.t.Helper()
	if !maps.Equal(run.results, results) {
		p.t.Fatalf("the jobs ended %v, expected %v\n%s", run.results, results, run.log)
	}
}

var (
	checked = map[string]string{"check": "success", "code-scanning": "success"}
	stopped = map[string]string{"check": "failure", "code-scanning": "success"}
)

// From an empty folder to a published site, by nothing but the workflows that init
// wrote.
func TestWrittenWorkflows(t *testing.T) {
	p := newPipeline(t)
	p.is(p.written("check.yml", nil), checked)

	// What was published before, and the keys.
	p.take("keys/mara.md", "keys/jonas.md", "advisories/LANTERN-2025-0001.md", "releases/2.1.0.md")
	p.commit("keys and history")
	p.is(p.written("check.yml", nil), checked)

	// A pull request that breaks a rule.
	p.take("advisories/LANTERN-2026-0001.md", "advisories/LANTERN-2026-0002.md", "releases/2.2.0.md")
	p.propose("upload", "lantern/security")
	run := p.written("check.yml", nil)
	p.is(run, stopped)
	if !run.told("error", `^file=advisories/LANTERN-2026-0002\.md,line=6,col=7,endColumn=11,title=risk-unknown$`, "hihg") {
		t.Errorf("no annotation on the risk: %v", run.said)
	}
	if !bytes.Contains(p.scanning, []byte(`"risk-unknown"`)) {
		t.Errorf("code scanning got %.300s", p.scanning)
	}

	// The same from a fork, whose token may not upload.
	p.scanning = nil
	p.github["event"].(map[string]any)["pull_request"].(map[string]any)["head"].(map[string]any)["repo"] = map[string]any{"full_name": "somebody/security"}
	p.is(p.written("check.yml", nil), map[string]string{"check": "failure", "code-scanning": "skipped"})
	if p.scanning != nil {
		t.Error("a fork's pull request reached code scanning")
	}

	// A pull request that takes back what is published.
	if err := os.Remove(filepath.Join(p.local, "advisories/LANTERN-2025-0001.md")); err != nil {
		t.Fatal(err)
	}
	p.propose("vanish", "lantern/security")
	if run := p.written("check.yml", nil); run.green() || !run.told("error", "title=published-vanished", "LANTERN-2025-0001") {
		t.Errorf("a published advisory vanished: %v\n%s", run.results, run.log)
	}

	// Complete.
	if err := p.sam.completeUpload(); err != nil {
		t.Fatal(err)
	}
	p.take("advisories/LANTERN-2026-0001.md", "advisories/LANTERN-2026-0002.md", "releases/2.2.0.md")
	p.propose("complete", "lantern/security")
	p.is(p.written("check.yml", nil), checked)
	p.take("advisories/LANTERN-2026-0001.md", "advisories/LANTERN-2026-0002.md", "releases/2.2.0.md")
	sha := p.commit("2.2.0 is coming")

	// Nothing of it is public before the release.
	p.is(p.written("site.yml", nil), map[string]string{"build": "success", "deploy": "success"})
	p.online("LANTERN-2025-0001", true)
	p.online("LANTERN-2026-0002", false)

	// A candidate that lacks a fix.
	p.on("workflow_dispatch", sha, map[string]any{})
	version := map[string]any{"version": "2.2.0", "run-id": "7"}
	p.packages(p.sam.stale())
	run = p.written("verify.yml", version)
	p.is(run, map[string]string{"verify": "failure"})
	if !run.told("error", `title=fix-not-in-package$`, `LANTERN-2026-0002: .*upload\.php`) {
		t.Errorf("no annotation on the fix: %v", run.said)
	}
	if !strings.Contains(run.summary, "## Gate closed: lantern 2.2.0") {
		t.Errorf("the job summary says\n%s", run.summary)
	}
	if got := p.statement(); got != "FAILED" {
		t.Errorf("the statement says %s", got)
	}

	// The packages of no artifact, and a release without a record.
	delete(p.artifacts, "packages")
	p.is(p.written("verify.yml", version), map[string]string{"verify": "failure"})
	p.packages(p.sam.trees[atCandidate])
	p.is(p.written("verify.yml", map[string]any{"version": "2.2.1"}), map[string]string{"verify": "failure"})

	// A good one, its statement, the site.
	run = p.written("verify.yml", version)
	p.is(run, map[string]string{"verify": "success"})
	if !strings.Contains(run.summary, "## Gate open: lantern 2.2.0") || p.statement() != "PASSED" {
		t.Errorf("a complete candidate: %s\n%s", p.statement(), run.summary)
	}
	p.publish()
	p.is(p.written("site.yml", nil), map[string]string{"build": "success", "deploy": "success"})
	p.online("LANTERN-2026-0001", true)
	p.online("LANTERN-2026-0002", true)
}

// publish does what the release manager does once gate 2 is open: the statement and
// the day go to main.
func (p *pipeline) publish() {
	p.t.Helper()
	if err := copyFile(filepath.Join(p.artifacts["verification"], "verification.json"), filepath.Join(p.local, "releases/2.2.0.verification.json")); err != nil {
		p.t.Fatal(err)
	}
	digest := regexp.MustCompile(`"sha256": *"([0-9a-f]{64})"`).FindStringSubmatch(p.read("releases/2.2.0.verification.json"))
	p.edit("releases/2.2.0.md", "contents: full", "contents: full\n    sha256: "+digest[1])
	p.edit("releases/2.2.0.md", "source:", "released: 2026-04-02\nsource:")
	p.commit("2.2.0 is out")
}

func (p *pipeline) read(name string) string {
	p.t.Helper()
	text, err := os.ReadFile(filepath.Join(p.local, name))
	if err != nil {
		p.t.Fatal(err)
	}
	return string(text)
}

// statement is what the kept result says.
func (p *pipeline) statement() string {
	p.t.Helper()
	text, err := os.ReadFile(filepath.Join(p.artifacts["verification"], "verification.json"))
	if err != nil {
		p.t.Fatal(err)
	}
	var st struct{ Predicate struct{ Result string } }
	if err := json.Unmarshal(text, &st); err != nil {
		p.t.Fatal(err)
	}
	return st.Predicate.Result
}

// online reports whether anything that is deployed speaks of an advisory.
func (p *pipeline) online(id string, expected bool) {
	p.t.Helper()
	found := false
	err := filepath.WalkDir(p.pages, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		found = found || bytes.Contains(text, []byte(id))
		return err
	})
	if err != nil || found != expected {
		p.t.Errorf("%s online: %v, expected %v (%v)", id, found, expected, err)
	}
}

// The workflows that docs/pipeline.md shows: the gate in a release workflow, and a
// matrix.
func TestPageWorkflows(t *testing.T) {
	p := newPipeline(t)
	if err := p.sam.completeUpload(); err != nil {
		t.Fatal(err)
	}
	p.take("keys/mara.md", "keys/jonas.md", "advisories/LANTERN-2025-0001.md", "advisories/LANTERN-2026-0001.md", "advisories/LANTERN-2026-0002.md", "releases/2.1.0.md", "releases/2.2.0.md")
	security := p.commit("ready")
	// The project's own repository on the same forge, where the packages are made.
	runGit(t, "", "clone", "-q", "--bare", filepath.Join(p.sam.dir, "lantern"), filepath.Join(p.sam.dir, "forge", "lantern.git"))
	page := pageWorkflows(t)
	make := filepath.Join(p.bin, "make")

	for _, c := range []struct {
		files   map[string]string
		results map[string]string
	}{
		{p.sam.stale(), map[string]string{"build": "success", "verify": "failure", "publish": "skipped"}},
		{p.sam.trees[atCandidate], map[string]string{"build": "success", "verify": "success", "publish": "success"}},
	} {
		p.packages(c.files)
		folder := p.artifacts["packages"]
		p.reset()
		script := "#!/bin/sh\nif [ $1 = packages ]; then cp -r '" + folder + "' packages; else ls packages; fi\n"
		if err := os.WriteFile(make, []byte(script), 0o777); err != nil {
			t.Fatal(err)
		}
		p.remote = filepath.Join(p.sam.dir, "forge", "lantern.git")
		p.on("workflow_dispatch", p.sam.commits[atCandidate], map[string]any{})
		p.secrets["SECURITY_READ"] = "t0ken"
		run := p.run([]byte(page["docs-0.yml"]), map[string]any{"version": "2.2.0"})
		p.is(run, c.results)
		if opened := c.results["publish"] == "success"; run.told("error", "title=fix-not-in-package", "LANTERN-2026-0002") == opened {
			t.Errorf("annotations: %v", run.said)
		}

		p.reset()
		p.remote = filepath.Join(p.sam.dir, "forge", "security.git")
		p.artifacts["packages"] = folder
		p.on("workflow_dispatch", security, map[string]any{})
		run = p.run([]byte(page["docs-1.yml"]), nil)
		p.is(run, map[string]string{"plan": "success", "verify": c.results["verify"], "merge": c.results["verify"]})
		merged, err := os.ReadFile(filepath.Join(p.artifacts["verification"], "2.2.0.verification.json"))
		if passed := strings.Contains(string(merged), `"result": "PASSED"`); err != nil || passed != (c.results["verify"] == "success") {
			t.Errorf("the merged result: %v\n%s", err, merged)
		}
	}
}

// reset forgets the artifacts of the last run.
func (p *pipeline) reset() {
	for name := range p.artifacts {
		os.RemoveAll(filepath.Join(p.temp, "artifact-"+name))
	}
	p.artifacts = map[string]string{}
}

// What strangers write reaches every step of the workflows as data: an advisory's
// title, a branch's name, a version, a file's name.
func TestWorkflowsRunNothingForeign(t *testing.T) {
	p := newPipeline(t)
	if err := p.sam.completeUpload(); err != nil {
		t.Fatal(err)
	}
	p.take("keys/mara.md", "keys/jonas.md", "advisories/LANTERN-2025-0001.md", "advisories/LANTERN-2026-0001.md", "advisories/LANTERN-2026-0002.md", "releases/2.1.0.md", "releases/2.2.0.md")
	p.commit("ready")
	const hostile = "$(touch pwned) `touch pwned`; touch pwned; ' \\\" ${{ github.token }}"
	p.edit("advisories/LANTERN-2026-0002.md", "title: Upload", `title: "`+hostile+`\n::stop-commands::x\n##[stop-commands]y Upload`)
	p.edit("advisories/LANTERN-2026-0002.md", "outside of the photo folder", `outside of the photo folder"`)
	p.edit("advisories/LANTERN-2026-0002.md", "name: Ines Okoro", `name: "Ines\n::add-mask::Okoro"`)
	odd := filepath.Join(p.local, "advisories", "$(touch pwned)'`touch pwned`.md")
	if err := os.WriteFile(odd, []byte("---\nid: \"::error::x\\n##[add-path]y\"\n---\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	p.propose("$(touch${IFS}pwned)`touch${IFS}pwned`", "lantern/security")
	runs := []*workflowRun{p.written("check.yml", nil)}

	p.packages(p.sam.stale())
	if err := os.WriteFile(filepath.Join(p.artifacts["packages"], "$(touch pwned)\n::error::x.zip"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, version := range []string{"$(touch pwned)", "`touch pwned`", "2.2.0; touch pwned", "2.2.0\n::stop-commands::x", "--output=pwned", "-h", "2.2.0' || touch pwned '", "${{ github.token }}"} {
		runs = append(runs, p.written("verify.yml", map[string]any{"version": version}))
	}
	for i, run := range runs {
		if run.green() {
			t.Errorf("run %d is green\n%s", i, run.log)
		}
		for _, a := range run.said {
			if a.command != "error" && a.command != "warning" || !strings.Contains(a.properties, "title=") {
				t.Errorf("run %d: a stranger's text became the command %q\n%s", i, a, run.log)
			}
		}
		if strings.Contains(run.log, "t0ken") {
			t.Errorf("run %d prints the token\n%s", i, run.log)
		}
	}
	p.reset()
	p.is(p.written("site.yml", nil), map[string]string{"build": "success", "deploy": "success"})
	for _, root := range []string{p.temp, p.local} {
		err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
			if err == nil && strings.HasPrefix(d.Name(), "pwned") {
				err = fmt.Errorf("%s was made by a stranger's text", name)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}
