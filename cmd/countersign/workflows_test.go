package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// workflowFiles are the workflows and actions of this project, and those that
// init writes.
func workflowFiles(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, pattern := range []string{"../../.github/workflows/*.yml", "../../.github/actions/*/action.yml", "scaffold/.github/workflows/*.yml"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: found %d files, %v", pattern, len(names), err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			out[name] = string(text)
		}
	}
	for name, text := range pageWorkflows(t) {
		out[name] = text
	}
	return out
}

// pageWorkflows are the workflows that docs/pipeline.md shows, with a commit for
// its COMMIT.
func pageWorkflows(t *testing.T) map[string]string {
	t.Helper()
	page, err := os.ReadFile("../../docs/pipeline.md")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for i, block := range yamlBlock.FindAllStringSubmatch(string(page), -1) {
		if strings.HasPrefix(block[1], "name: ") {
			out[fmt.Sprintf("docs-%d.yml", i)] = strings.ReplaceAll(block[1], "@COMMIT", "@"+strings.Repeat("c", 40))
		}
	}
	if len(out) != 2 {
		t.Fatalf("docs/pipeline.md shows %d workflows, expected 2", len(out))
	}
	return out
}

var yamlBlock = regexp.MustCompile("(?ms)^```yaml\n(.*?)^```")

var (
	uses      = regexp.MustCompile(`(?m)^ *(?:- )?uses: *(\S+)`)
	pinned    = regexp.MustCompile(`^[^@]+@[0-9a-f]{40}$`)
	insertion = regexp.MustCompile(`\$\{\{`)
)

// What a workflow runs is pinned by commit id, and no foreign text is pasted into
// a shell: an advisory's title, a branch's name or an input reach it through the
// environment.
func TestWorkflowsArePinnedAndInjectNothing(t *testing.T) {
	for name, text := range workflowFiles(t) {
		for _, m := range uses.FindAllStringSubmatch(text, -1) {
			if !strings.HasPrefix(m[1], "./") && !pinned.MatchString(m[1]) { // a workflow of the same commit needs no pin
				t.Errorf("%s: %s is not pinned by commit id", name, m[1])
			}
		}
		if !strings.Contains(name, "actions/") && !strings.Contains(text, "\npermissions: {}\n") {
			t.Errorf("%s: the default permissions are not empty", name)
		}
		for _, script := range scripts(t, text) {
			if insertion.MatchString(script) {
				t.Errorf("%s: an expression is pasted into a shell:\n%s", name, script)
			}
		}
	}
}

// scripts returns the shell text of the run steps of a workflow or an action.
func scripts(t *testing.T, text string) []string {
	t.Helper()
	var w workflowFile
	if err := yaml.Unmarshal([]byte(text), &w); err != nil {
		t.Fatal(err)
	}
	steps := w.Runs.Steps
	for _, job := range w.Jobs {
		steps = append(steps, job.Steps...)
	}
	var out []string
	for _, step := range steps {
		out = append(out, step.Run)
	}
	return out
}

func TestActionlint(t *testing.T) {
	tool, err := exec.LookPath("actionlint")
	if err != nil {
		t.Skip("actionlint is not installed")
	}
	dir := t.TempDir()
	about := &project{Name: "Lantern", Product: "lantern", Repo: "https://git.lantern.example/lantern.git", Install: "latest"}
	files, err := scaffoldFiles(about, "github")
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"-no-color", "-shellcheck="}
	for _, f := range files {
		if strings.HasPrefix(f.name, ".github/workflows/") {
			name := filepath.Join(dir, filepath.Base(f.name))
			if err := os.WriteFile(name, f.data, 0o666); err != nil {
				t.Fatal(err)
			}
			args = append(args, name)
		}
	}
	for file, text := range workflowFiles(t) {
		if filepath.Base(file) == "action.yml" || strings.HasPrefix(file, "scaffold/") {
			continue
		}
		name := filepath.Join(dir, "own-"+filepath.Base(file))
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		args = append(args, name)
	}
	if out, err := exec.Command(tool, args...).CombinedOutput(); err != nil {
		t.Errorf("actionlint: %v\n%s", err, out)
	}
}

// runnerBin is a folder with the program under its name, on the day of the sample's
// release: this very test binary, which testscript has taught to be countersign.
func runnerBin(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	inner, bin := filepath.Join(t.TempDir(), "countersign"), t.TempDir()
	if err := os.Symlink(self, inner); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
	script := "#!/bin/sh\nexec '" + inner + "' --now " + day(demoDay) + " \"$@\"\n"
	if err := os.WriteFile(filepath.Join(bin, "countersign"), []byte(script), 0o777); err != nil {
		t.Fatal(err)
	}
	return bin
}
