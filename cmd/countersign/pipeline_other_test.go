package main

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// gitlabFile is a pipeline of GitLab, as far as ours goes.
type gitlabFile struct {
	Workflow struct{ Rules []gitlabRule }
	Default  struct {
		Before []string `yaml:"before_script"`
	}
	Jobs map[string]*gitlabJob `yaml:",inline"`
}

type gitlabRule struct{ If string }

type gitlabJob struct {
	Stage     string
	Rules     []gitlabRule
	Variables map[string]string
	Script    []string
	Artifacts struct {
		When    string
		Paths   []string
		Reports struct{ Codequality string }
	}
}

// gitlabRun runs the template the way GitLab's runner does: the rules decide which
// jobs there are, each starts in a fresh clone, before_script and script are one
// shell with -e, and what it lists is kept. It returns the state of each job and
// the folder with what was kept.
func (p *pipeline) gitlabRun(variables map[string]string) (map[string]string, string) {
	p.t.Helper()
	var file gitlabFile
	if err := yaml.Unmarshal([]byte(p.read(".gitlab-ci.yml")), &file); err != nil {
		p.t.Fatal(err)
	}
	delete(file.Jobs, "workflow")
	delete(file.Jobs, "default")
	variables["CI_DEFAULT_BRANCH"] = "main"
	kept, states := p.t.TempDir(), map[string]string{}
	if !ruled(file.Workflow.Rules, variables) {
		return states, kept
	}
	for _, stage := range []string{"build", "test", "deploy"} {
		for _, name := range slices.Sorted(maps.Keys(file.Jobs)) {
			job := file.Jobs[name]
			if job.Stage != stage || len(job.Rules) > 0 && !ruled(job.Rules, variables) {
				continue
			}
			states[name] = "success"
			if err := p.gitlabJob(job, file.Default.Before, variables, filepath.Join(kept, name)); err != nil {
				p.t.Logf("%s: %v", name, err)
				states[name] = "failed"
			}
		}
		if slices.Contains(slices.Collect(maps.Values(states)), "failed") {
			break
		}
	}
	return states, kept
}

func (p *pipeline) gitlabJob(job *gitlabJob, before []string, variables map[string]string, kept string) error {
	clone := filepath.Join(p.t.TempDir(), "lantern")
	depth := "--depth=20"
	if job.Variables["GIT_DEPTH"] == "0" {
		depth = "--no-tags" // all of it
	}
	runGit(p.t, "", "init", "-q", clone)
	runGit(p.t, clone, "fetch", "-q", depth, "file://"+p.remote, variables["CI_COMMIT_SHA"])
	runGit(p.t, clone, "checkout", "-q", "--detach", "FETCH_HEAD")
	if from := p.artifacts["packages"]; from != "" {
		if err := os.CopyFS(filepath.Join(clone, "packages"), os.DirFS(from)); err != nil {
			p.t.Fatal(err)
		}
	}
	cmd := exec.Command(p.bash, "-c", "set -eo pipefail\n"+strings.Join(append(slices.Clone(before), job.Script...), "\n"))
	cmd.Dir = clone
	cmd.Env = []string{"PATH=" + p.bin + ":/usr/local/bin:/usr/bin:/bin", "HOME=" + p.temp, "TMPDIR=" + p.temp, "CI=true", "GITLAB_CI=true", "CI_PROJECT_DIR=" + clone}
	for key, v := range variables {
		cmd.Env = append(cmd.Env, key+"="+v)
	}
	said, err := cmd.CombinedOutput()
	p.t.Logf("%s", said)
	for _, path := range append(slices.Clone(job.Artifacts.Paths), job.Artifacts.Reports.Codequality) {
		from := filepath.Join(clone, path)
		if info, gone := os.Stat(from); path == "" || gone != nil || err != nil && job.Artifacts.When != "always" {
			continue
		} else if info.IsDir() {
			gone = os.CopyFS(filepath.Join(kept, path), os.DirFS(from))
			if gone != nil {
				p.t.Fatal(gone)
			}
		} else if gone := copyFile(from, filepath.Join(kept, path)); gone != nil {
			p.t.Fatal(gone)
		}
	}
	return err
}

var gitlabCondition = regexp.MustCompile(`^\$(\w+)(?: == (?:"([^"]*)"|\$(\w+)))?$`)

// ruled reports whether one of the rules holds.
func ruled(rules []gitlabRule, variables map[string]string) bool {
	return slices.ContainsFunc(rules, func(r gitlabRule) bool {
		m := gitlabCondition.FindStringSubmatch(r.If)
		switch {
		case m == nil:
			panic("a rule of another form: " + r.If)
		case m[3] != "":
			return variables[m[1]] == variables[m[3]]
		case strings.Contains(r.If, "=="):
			return variables[m[1]] == m[2]
		}
		return variables[m[1]] != ""
	})
}

// quality reads a code-quality report, and holds it to what GitLab asks of each
// entry.
func quality(t *testing.T, name string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var list []struct {
		Description string `json:"description"`
		Check       string `json:"check_name"`
		Fingerprint string `json:"fingerprint"`
		Severity    string `json:"severity"`
		Location    struct {
			Path  string `json:"path"`
			Lines struct {
				Begin int `json:"begin"`
			} `json:"lines"`
		} `json:"location"`
	}
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	seen, places := map[string]bool{}, map[string]string{}
	for _, e := range list {
		if e.Description == "" || e.Check == "" || e.Fingerprint == "" || seen[e.Fingerprint] || e.Location.Path == "" || e.Location.Lines.Begin < 1 ||
			!slices.Contains([]string{"info", "minor", "major", "critical", "blocker"}, e.Severity) {
			t.Errorf("GitLab does not take the entry %+v", e)
		}
		seen[e.Fingerprint] = true
		places[e.Check] = e.Location.Path
	}
	return places
}

// The same way by GitLab's template.
func TestGitLabTemplate(t *testing.T) {
	p := newPipeline(t, "--ci", "gitlab")
	p.take("keys/mara.md", "keys/jonas.md", "advisories/LANTERN-2025-0001.md", "releases/2.1.0.md")
	base := p.commit("keys and history")
	expect := func(what string, got, expected map[string]string) {
		t.Helper()
		if !maps.Equal(got, expected) {
			t.Fatalf("%s: the jobs ended %v, expected %v", what, got, expected)
		}
	}

	p.take("advisories/LANTERN-2026-0001.md", "advisories/LANTERN-2026-0002.md", "releases/2.2.0.md")
	p.propose("upload", "lantern/security")
	request := map[string]string{"CI_PIPELINE_SOURCE": "merge_request_event", "CI_COMMIT_SHA": asText(p.github["sha"]), "CI_MERGE_REQUEST_DIFF_BASE_SHA": base}
	states, kept := p.gitlabRun(request)
	expect("a rule is broken", states, map[string]string{"check": "failed"})
	if places := quality(t, filepath.Join(kept, "check/gl-code-quality-report.json")); places["risk-unknown"] != "advisories/LANTERN-2026-0002.md" {
		t.Errorf("the code-quality report names %v", places)
	}
	if states, _ := p.gitlabRun(map[string]string{"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "upload", "CI_COMMIT_SHA": asText(p.github["sha"])}); len(states) > 0 {
		t.Errorf("a push to another branch runs %v beside the merge request's pipeline", states)
	}

	if err := p.sam.completeUpload(); err != nil {
		t.Fatal(err)
	}
	p.take("advisories/LANTERN-2026-0001.md", "advisories/LANTERN-2026-0002.md", "releases/2.2.0.md")
	sha := p.commit("ready")
	main := func(more string) map[string]string {
		return map[string]string{"CI_PIPELINE_SOURCE": "web", "CI_COMMIT_BRANCH": "main", "CI_COMMIT_SHA": sha, "VERSION": more}
	}
	p.packages(p.sam.stale())
	states, kept = p.gitlabRun(main("2.2.0"))
	expect("a fix is missing", states, map[string]string{"check": "success", "verify": "failed"})
	if places := quality(t, filepath.Join(kept, "verify/gl-code-quality-report.json")); places["fix-not-in-package"] == "" {
		t.Errorf("the code-quality report names %v", places)
	}
	p.packages(p.sam.trees[atCandidate])
	states, kept = p.gitlabRun(main("2.2.0"))
	expect("a good candidate", states, map[string]string{"check": "success", "verify": "success", "pages": "success"})
	for _, name := range []string{"verify/verification.json", "pages/public/index.html"} {
		if _, err := os.Stat(filepath.Join(kept, name)); err != nil {
			t.Error(err)
		}
	}
	states, _ = p.gitlabRun(main("$(touch pwned); `touch pwned`"))
	expect("a hostile version", states, map[string]string{"check": "success", "verify": "failed"})
}

// The same way by the script for any other CI.
func TestGatesScript(t *testing.T) {
	p := newPipeline(t, "--ci", "shell")
	p.take("keys/mara.md", "keys/jonas.md", "advisories/LANTERN-2025-0001.md", "releases/2.1.0.md", "releases/2.2.0.md")
	base := p.commit("history")
	p.take("advisories/LANTERN-2026-0001.md", "advisories/LANTERN-2026-0002.md")
	gate := func(code int, args ...string) {
		t.Helper()
		cmd := exec.Command("sh", append([]string{filepath.Join(p.local, "gates.sh")}, args...)...)
		cmd.Dir = p.local
		cmd.Env = []string{"PATH=" + p.bin + ":/usr/local/bin:/usr/bin:/bin", "HOME=" + p.temp, "TMPDIR=" + p.temp}
		out, _ := cmd.CombinedOutput()
		if got := cmd.ProcessState.ExitCode(); got != code {
			t.Fatalf("gates.sh %q: exit %d, expected %d\n%s", args, got, code, out)
		}
	}
	gate(exitFindings, "check")
	if err := p.sam.completeUpload(); err != nil {
		t.Fatal(err)
	}
	p.take("advisories/LANTERN-2026-0002.md")
	p.commit("ready")
	gate(0, "check", base)
	p.packages(p.sam.stale())
	gate(exitFindings, "verify", "2.2.0", p.artifacts["packages"])
	p.packages(p.sam.trees[atCandidate])
	gate(0, "verify", "2.2.0", p.artifacts["packages"])
	gate(exitUsage, "verify", "$(touch pwned)", p.artifacts["packages"])
	gate(2, "publish")
	gate(2)
	gate(0, "site")
	for _, name := range []string{"check.sarif", "summary.md", "verification.json", "public/index.html"} {
		if _, err := os.Stat(filepath.Join(p.local, name)); err != nil {
			t.Error(err)
		}
	}
	if dirty := runGit(t, p.local, "status", "--porcelain"); dirty != "" {
		t.Errorf("the gates left behind:\n%s", dirty)
	}
}

// The hook for pre-commit: its command, run as pre-commit runs it, and the files that
// call for it.
func TestPreCommitHook(t *testing.T) {
	text, err := os.ReadFile("../../.pre-commit-hooks.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var hooks []struct {
		ID, Entry, Language, Files string
		Pass                       bool `yaml:"pass_filenames"`
	}
	if err := yaml.Unmarshal(text, &hooks); err != nil || len(hooks) != 1 || hooks[0].ID != "countersign-check" || hooks[0].Language != "golang" || hooks[0].Pass {
		t.Fatalf("%v: %+v", err, hooks)
	}
	calls := regexp.MustCompile(hooks[0].Files)
	for name, expected := range map[string]bool{"countersign.yaml": true, "advisories/2026/L-1.md": true, "releases/2.2.0.md": true, "keys/mara.md": true,
		"patches/L-1.diff": true, "pages/policy.md": true, "README.md": false, "src/keys/x.php": false} {
		if calls.MatchString(name) != expected {
			t.Errorf("a change of %s calls for the hook: %v, expected %v", name, !expected, expected)
		}
	}
	p := newPipeline(t, "--ci", "none")
	p.take("keys/mara.md", "keys/jonas.md", "advisories/LANTERN-2026-0002.md")
	for _, expected := range []int{exitFindings, 0} {
		cmd := exec.Command(p.bash, "-c", hooks[0].Entry)
		cmd.Dir = p.local
		cmd.Env = []string{"PATH=" + p.bin + ":/usr/bin:/bin", "HOME=" + p.temp}
		out, _ := cmd.CombinedOutput()
		if got := cmd.ProcessState.ExitCode(); got != expected {
			t.Errorf("exit %d, expected %d\n%s", got, expected, out)
		}
		if err := p.sam.completeUpload(); err != nil {
			t.Fatal(err)
		}
		p.take("advisories/LANTERN-2026-0002.md")
	}
}
