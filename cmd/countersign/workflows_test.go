package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
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
	return out
}

var (
	uses      = regexp.MustCompile(`uses: *(\S+)`)
	pinned    = regexp.MustCompile(`^[^@]+@[0-9a-f]{40}$`)
	insertion = regexp.MustCompile(`\$\{\{`)
)

// What a workflow runs is pinned by commit id, and no foreign text is pasted into
// a shell: an advisory's title, a branch's name or an input reach it through the
// environment.
func TestWorkflowsArePinnedAndInjectNothing(t *testing.T) {
	for name, text := range workflowFiles(t) {
		for _, m := range uses.FindAllStringSubmatch(text, -1) {
			if !pinned.MatchString(m[1]) {
				t.Errorf("%s: %s is not pinned by commit id", name, m[1])
			}
		}
		if !strings.Contains(name, "actions/") && !strings.Contains(text, "\npermissions: {}\n") {
			t.Errorf("%s: the default permissions are not empty", name)
		}
		for _, script := range scripts(text) {
			if insertion.MatchString(script) {
				t.Errorf("%s: an expression is pasted into a shell:\n%s", name, script)
			}
		}
	}
}

// scripts returns the shell text of the run steps.
func scripts(text string) []string {
	var out []string
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		trimmed := strings.TrimLeft(lines[i], " -")
		indent := len(lines[i]) - len(trimmed)
		script, is := strings.CutPrefix(trimmed, "run: ")
		if !is {
			continue
		}
		if script != "|" {
			out = append(out, script)
			continue
		}
		var block []string
		for i++; i < len(lines) && (lines[i] == "" || len(lines[i])-len(strings.TrimLeft(lines[i], " ")) > indent); i++ {
			block = append(block, strings.TrimSpace(lines[i]))
		}
		i--
		out = append(out, strings.Join(block, "\n"))
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
	if out, err := exec.Command(tool, args...).CombinedOutput(); err != nil {
		t.Errorf("actionlint: %v\n%s", err, out)
	}
}

// TestWorkflowSteps runs the shell steps that init wrote, in order, the way a
// runner does, in a project of which the candidate lacks a fix, and then has it.
func TestWorkflowSteps(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("bash is not installed")
	}
	dir := t.TempDir()
	s, err := makeSample(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	security := filepath.Join(dir, "security")
	about := &project{Name: "Lantern", Product: "lantern", Repo: filepath.Join(dir, "lantern"), Install: "latest"}
	files, err := scaffoldFiles(about, "github")
	if err != nil {
		t.Fatal(err)
	}
	workflows := map[string]string{}
	for _, f := range files {
		workflows[filepath.Base(f.name)] = string(f.data)
	}
	os.Rename(filepath.Join(dir, "lantern"), filepath.Join(dir, "origin"))
	bin := runnerBin(t)
	summary := filepath.Join(dir, "summary.md")
	steps := func(workflow string) (string, error) {
		var all strings.Builder
		for _, script := range scripts(strings.ReplaceAll(workflows[workflow], filepath.Join(dir, "lantern"), filepath.Join(dir, "origin"))) {
			cmd := exec.Command(bash, "--noprofile", "--norc", "-eo", "pipefail", "-c", script)
			cmd.Dir = security
			cmd.Env = append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "VERSION=2.2.0", "BASE=",
				"GITHUB_STEP_SUMMARY="+summary, "GITHUB_ACTIONS=true")
			out, err := cmd.CombinedOutput()
			all.Write(out)
			if err != nil {
				return all.String(), err
			}
		}
		return all.String(), nil
	}

	if out, err := steps("check.yml"); err == nil || !strings.Contains(out, "::error file=advisories/LANTERN-2026-0002.md,line=6") {
		t.Errorf("a broken advisory: %v\n%s", err, out)
	}
	if err := s.completeUpload(); err != nil {
		t.Fatal(err)
	}
	if out, err := steps("check.yml"); err != nil {
		t.Errorf("complete advisories: %v\n%s", err, out)
	}
	if _, _, err := s.pack("security/packages", s.stale()); err != nil {
		t.Fatal(err)
	}
	if out, err := steps("verify.yml"); err == nil || !strings.Contains(out, "fix-missing") && !strings.Contains(out, "the fix is missing") {
		t.Errorf("a candidate without a fix: %v\n%s", err, out)
	}
	if text, _ := os.ReadFile(summary); !strings.Contains(string(text), "Gate closed") {
		t.Errorf("the job summary says\n%s", text)
	}
	if err := os.RemoveAll(filepath.Join(dir, "lantern")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.pack("security/packages", s.trees[atCandidate]); err != nil {
		t.Fatal(err)
	}
	if out, err := steps("verify.yml"); err != nil {
		t.Errorf("a complete candidate: %v\n%s", err, out)
	}
	if out, err := steps("site.yml"); err != nil {
		t.Errorf("the site: %v\n%s", err, out)
	}
	if _, err := os.Stat(filepath.Join(security, "public", "index.html")); err != nil {
		t.Error(err)
	}
}

// runnerBin is a folder with the program under its name: this very test binary,
// which testscript has taught to be countersign.
func runnerBin(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	name := filepath.Join(bin, "countersign")
	if filepath.Ext(self) == ".exe" {
		name += ".exe"
	}
	if err := os.Symlink(self, name); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
	return bin
}
