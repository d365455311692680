package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// The source archive of a release passes the project's own gate 2: the job of the
// release workflow, as it is written, on a tag that this test puts on HEAD.
func TestOwnSourceArchive(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	if shallow, err := exec.Command("git", "-C", root, "rev-parse", "--is-shallow-repository").Output(); err != nil || string(shallow) != "false\n" {
		t.Skip("needs a whole clone of the project")
	}
	clone := filepath.Join(t.TempDir(), "clone")
	runGit(t, "", "clone", "-q", "--no-local", "file://"+root, clone)
	runGit(t, clone, "config", "uploadpack.allowAnySHA1InWant", "true")
	runGit(t, clone, "tag", "v9.9.9")
	text, err := os.ReadFile(filepath.Join(root, ".github/workflows/release.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var w workflowFile
	if err := yaml.Unmarshal(text, &w); err != nil {
		t.Fatal(err)
	}
	r := newRunner(t, clone)
	w.Jobs = map[string]*workflowJob{"source": w.Jobs["source"]}
	w.Env = map[string]string{"COUNTERSIGN": filepath.Join(r.bin, "countersign")}
	r.github["ref_name"], r.github["ref"] = "v9.9.9", "refs/tags/v9.9.9"
	r.on("push", runGit(t, clone, "rev-parse", "HEAD"), nil)
	run := r.jobs(&w, nil)
	if !run.green() || !strings.Contains(run.summary, "## Gate open: countersign 9.9.9") {
		t.Fatalf("%v\n%s\n%s", run.results, run.summary, run.log)
	}
	for _, name := range []string{"countersign-9.9.9.tar.gz", "countersign-9.9.9.verification.json"} {
		if _, err := os.Stat(filepath.Join(r.artifacts["source"], name)); err != nil {
			t.Error(err)
		}
	}
}
