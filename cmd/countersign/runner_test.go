package main

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// runner runs workflows the way GitHub's runner does, from the files as they are
// written: jobs in the order of their needs, each in a fresh checkout, matrices,
// composite and called workflows, expressions, the files behind GITHUB_ENV and its
// like, and the commands that a line of output may hold. The actions of others are
// played by the functions of runner_actions_test.go.
type runner struct {
	t         *testing.T
	bash      string
	bin       string // first on the path: countersign and nothing else of ours
	remote    string // the repository's address
	temp      string
	github    map[string]any    // the context of that name
	secrets   map[string]any    // likewise
	artifacts map[string]string // by name, the folder
	pages     string            // what deploy-pages put online
	scanning  []byte            // what upload-sarif got
	dispatch  map[string]any    // the inputs of workflow_dispatch or of a call
}

// workflowRun is what came out of a workflow.
type workflowRun struct {
	log     string // of all jobs
	summary string
	results map[string]string // by job
	outputs map[string]map[string]any
	said    []annotation
}

// annotation is a workflow command that a line of output was read as.
type annotation struct{ command, properties, message string }

func (w *workflowRun) green() bool {
	for _, result := range w.results {
		if result == "failure" {
			return false
		}
	}
	return true
}

// told reports whether an annotation of the kind has properties and a message that
// match.
func (w *workflowRun) told(command, properties, message string) bool {
	return slices.ContainsFunc(w.said, func(a annotation) bool {
		return a.command == command && regexp.MustCompile(properties).MatchString(a.properties) && regexp.MustCompile(message).MatchString(a.message)
	})
}

type workflowFile struct {
	On   yaml.Node                `yaml:"on"`
	Jobs map[string]*workflowJob  `yaml:"jobs"`
	Runs struct{ Steps []*aStep } `yaml:"runs"`
	Env  map[string]string        `yaml:"env"`

	Inputs map[string]struct{ Default any } `yaml:"inputs"` // of an action
}

type workflowJob struct {
	Needs    any                  `yaml:"needs"`
	If       string               `yaml:"if"`
	Uses     string               `yaml:"uses"`
	With     map[string]any       `yaml:"with"`
	Env      map[string]string    `yaml:"env"`
	Outputs  map[string]string    `yaml:"outputs"`
	Strategy struct{ Matrix any } `yaml:"strategy"`
	Steps    []*aStep             `yaml:"steps"`
}

type aStep struct {
	ID        string            `yaml:"id"`
	Name      string            `yaml:"name"`
	If        string            `yaml:"if"`
	Uses      string            `yaml:"uses"`
	Run       string            `yaml:"run"`
	Shell     string            `yaml:"shell"`
	With      map[string]any    `yaml:"with"`
	Env       map[string]string `yaml:"env"`
	Continue  bool              `yaml:"continue-on-error"`
	Directory string            `yaml:"working-directory"`
}

// newRunner makes a runner for a bare repository. Its path holds git, the shell's
// tools and countersign.
func newRunner(t *testing.T, remote string) *runner {
	t.Helper()
	bash, err := exec.LookPath("bash")
	if err != nil || runtime.GOOS == "windows" {
		t.Skip("needs bash, and the folders of a Unix system")
	}
	return &runner{t: t, bash: bash, bin: runnerBin(t), remote: remote, temp: t.TempDir(), artifacts: map[string]string{}, secrets: map[string]any{},
		github: map[string]any{"repository": "lantern/security", "run_id": "1", "token": "t0ken", "ref_name": "main", "ref": "refs/heads/main"}}
}

// on says what started the workflow: an event's name, the commit that is checked
// out, and what the event tells.
func (r *runner) on(name, sha string, event map[string]any) {
	r.github["event_name"], r.github["sha"], r.github["event"] = name, sha, event
}

// run runs the workflow in text.
func (r *runner) run(text []byte, inputs map[string]any) *workflowRun {
	r.t.Helper()
	var w workflowFile
	if err := yaml.Unmarshal(text, &w); err != nil {
		r.t.Fatal(err)
	}
	return r.jobs(&w, inputs)
}

// jobs runs the jobs of a workflow that was read.
func (r *runner) jobs(w *workflowFile, inputs map[string]any) *workflowRun {
	r.t.Helper()
	r.dispatch = inputs
	out := &workflowRun{results: map[string]string{}, outputs: map[string]map[string]any{}}
	for len(out.results) < len(w.Jobs) {
		before := len(out.results)
		for _, name := range slices.Sorted(maps.Keys(w.Jobs)) {
			job := w.Jobs[name]
			if _, done := out.results[name]; !done && !slices.ContainsFunc(needs(job), func(n string) bool { return out.results[n] == "" }) {
				out.results[name] = r.job(name, job, w.Env, out)
			}
		}
		if len(out.results) == before {
			r.t.Fatalf("jobs that need each other, or one that is not there: %v of %d ran", out.results, len(w.Jobs))
		}
	}
	return out
}

func needs(job *workflowJob) []string {
	switch n := job.Needs.(type) {
	case string:
		return []string{n}
	case []any:
		var out []string
		for _, one := range n {
			out = append(out, asText(one))
		}
		return out
	}
	return nil
}

// job runs one job, or each of its matrix.
func (r *runner) job(name string, job *workflowJob, env map[string]string, out *workflowRun) string {
	below := map[string]any{}
	failed := false
	for _, n := range needs(job) {
		below[n] = map[string]any{"result": out.results[n], "outputs": out.outputs[n]}
		failed = failed || out.results[n] != "success"
	}
	scope := map[string]any{"github": r.github, "needs": below, "inputs": r.dispatch, "secrets": r.secrets, "vars": map[string]any{}}
	if !r.wanted(job.If, scope, failed) {
		return "skipped"
	}
	if job.Uses != "" {
		return r.called(name, job, scope, out)
	}
	legs := []map[string]any{nil}
	if job.Strategy.Matrix != nil {
		legs = r.matrix(job.Strategy.Matrix, scope)
	}
	result := "success"
	for i, leg := range legs {
		scope := maps.Clone(scope)
		scope["matrix"], scope["strategy"] = leg, map[string]any{"job-index": i}
		j := &jobRun{runner: r, out: out, scope: scope, env: map[string]string{}, steps: map[string]any{}}
		j.start(name)
		for _, from := range []map[string]string{env, job.Env} {
			for key, text := range from {
				j.env[key] = j.text(text)
			}
		}
		if !j.run(job.Steps, nil) {
			result = "failure"
		}
		out.outputs[name] = map[string]any{}
		for key, text := range job.Outputs {
			out.outputs[name][key] = j.text(text)
		}
	}
	return result
}

// called runs a workflow of the same repository, at the commit that is checked out.
func (r *runner) called(name string, job *workflowJob, scope map[string]any, out *workflowRun) string {
	j := &jobRun{runner: r, out: out, scope: scope, env: map[string]string{}, steps: map[string]any{}}
	j.start(name)
	checkout(j, map[string]string{"fetch-depth": "1"})
	text, err := os.ReadFile(filepath.Join(j.workspace, filepath.FromSlash(job.Uses)))
	if err != nil {
		r.t.Fatal(err)
	}
	inputs := map[string]any{}
	for key, v := range job.With {
		inputs[key] = j.text(asText(v))
	}
	before := r.dispatch
	inner := r.run(text, inputs)
	r.dispatch = before
	out.log += inner.log
	out.summary += inner.summary
	out.said = append(out.said, inner.said...)
	if !inner.green() {
		return "failure"
	}
	return "success"
}

// matrix lists the jobs of {include: [...]}, the form that plan prints.
func (r *runner) matrix(given any, scope map[string]any) []map[string]any {
	if text, is := given.(string); is {
		v, err := expand(text, scope, nil)
		if err != nil {
			r.t.Fatal(err)
		}
		given = v
	}
	var legs []map[string]any
	table, _ := given.(map[string]any)
	list, ok := table["include"].([]any)
	if !ok || len(list) == 0 {
		r.t.Fatalf("expected a matrix of the form {include: […]} with jobs, found %v", given)
	}
	for _, one := range list {
		legs = append(legs, one.(map[string]any))
	}
	return legs
}

// wanted evaluates an if: without one, and without a status function in it, what
// failed before decides.
func (r *runner) wanted(text string, scope map[string]any, failed bool) bool {
	asked := false
	status := func(v bool) func([]any) (any, error) {
		return func([]any) (any, error) { asked = true; return v, nil }
	}
	funcs := map[string]func([]any) (any, error){"always": status(true), "cancelled": status(false), "success": status(!failed), "failure": status(failed)}
	if text == "" {
		return !failed
	}
	v, err := expand("${{"+strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(text), "${{"), "}}")+"}}", scope, funcs)
	if err != nil {
		r.t.Fatal(err)
	}
	return truth(v) && (asked || !failed)
}

// jobRun is one job on its machine.
type jobRun struct {
	*runner
	out       *workflowRun
	scope     map[string]any
	env       map[string]string
	steps     map[string]any
	paths     []string
	workspace string
	dir       string // of the machine
	n         int
}

func (j *jobRun) start(name string) {
	dir, err := os.MkdirTemp(j.temp, name+"-")
	if err != nil {
		j.t.Fatal(err)
	}
	// The runner names the workspace after the repository.
	j.dir, j.workspace = dir, filepath.Join(dir, "security")
	for _, d := range []string{j.workspace, filepath.Join(dir, "home"), filepath.Join(dir, "temp")} {
		if err := os.MkdirAll(d, 0o777); err != nil {
			j.t.Fatal(err)
		}
	}
	j.scope["steps"] = j.steps
	j.scope["runner"] = map[string]any{"temp": filepath.Join(dir, "temp"), "os": "Linux"}
}

// text expands the expressions in a text of this job.
func (j *jobRun) text(text string) string {
	env := map[string]any{}
	for key, v := range j.env {
		env[key] = v
	}
	j.scope["env"] = env
	v, err := expand(text, j.scope, nil)
	if err != nil {
		j.t.Fatal(err)
	}
	return asText(v)
}

// run runs steps; inputs are those of a composite action.
func (j *jobRun) run(steps []*aStep, inputs map[string]any) bool {
	if inputs != nil {
		defer func(before any) { j.scope["inputs"] = before }(j.scope["inputs"])
		j.scope["inputs"] = inputs
	}
	failed := false
	for _, step := range steps {
		if !j.wanted(step.If, j.scope, failed) {
			continue
		}
		outputs, err := j.step(step)
		if step.ID != "" {
			j.steps[step.ID] = map[string]any{"outputs": outputs}
		}
		if err != nil {
			j.out.log += fmt.Sprintf("step %q: %v\n", step.Name+step.Uses, err)
			failed = failed || !step.Continue
		}
	}
	return !failed
}

func (j *jobRun) step(step *aStep) (map[string]any, error) {
	with, env := map[string]string{}, maps.Clone(j.env)
	for key, v := range step.With {
		with[key] = j.text(asText(v))
	}
	for key, v := range step.Env {
		env[key] = j.text(v)
	}
	if step.Uses == "" {
		return j.shell(step, env)
	}
	name, _, _ := strings.Cut(step.Uses, "@")
	if ours, is := strings.CutPrefix(name, "countersign/countersign/"); is {
		return nil, j.composite(filepath.Join("../..", ours, "action.yml"), with)
	}
	play, known := players[name]
	if !known {
		j.t.Fatalf("no part for the action %s", name)
	}
	return play(j, with)
}

// composite runs an action of this project, from its file.
func (j *jobRun) composite(file string, with map[string]string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		j.t.Fatal(err)
	}
	var action workflowFile
	if err := yaml.Unmarshal(text, &action); err != nil {
		j.t.Fatal(err)
	}
	inputs := map[string]any{}
	for key, input := range action.Inputs {
		inputs[key] = j.text(asText(input.Default))
	}
	for key, v := range with {
		if _, known := action.Inputs[key]; !known {
			j.t.Fatalf("%s has no input %q", file, key)
		}
		inputs[key] = v
	}
	if !j.run(action.Runs.Steps, inputs) {
		return errors.New("failed")
	}
	return nil
}

// shell runs a script: bash -e, as the runner does where no shell is named.
func (j *jobRun) shell(step *aStep, env map[string]string) (map[string]any, error) {
	j.n++
	file := func(name string) string { return filepath.Join(j.dir, fmt.Sprintf("%d-%s", j.n, name)) }
	script := file("script.sh")
	if err := os.WriteFile(script, []byte(j.text(step.Run)), 0o600); err != nil {
		j.t.Fatal(err)
	}
	args := []string{"-e", script}
	if step.Shell == "bash" {
		args = []string{"--noprofile", "--norc", "-eo", "pipefail", script}
	}
	cmd := exec.Command(j.bash, args...)
	cmd.Dir = filepath.Join(j.workspace, step.Directory)
	cmd.Env = []string{
		"PATH=" + strings.Join(append(slices.Clone(j.paths), j.bin, "/usr/local/bin", "/usr/bin", "/bin"), ":"),
		"HOME=" + filepath.Join(j.dir, "home"), "CI=true", "GITHUB_ACTIONS=true", "GITHUB_WORKSPACE=" + j.workspace,
		"RUNNER_TEMP=" + filepath.Join(j.dir, "temp"), "GIT_CONFIG_NOSYSTEM=1", "TMPDIR=" + filepath.Join(j.dir, "temp"),
	}
	for _, name := range []string{"ENV", "OUTPUT", "PATH", "STEP_SUMMARY"} {
		cmd.Env = append(cmd.Env, "GITHUB_"+name+"="+file(name))
		if err := os.WriteFile(file(name), nil, 0o600); err != nil {
			j.t.Fatal(err)
		}
	}
	for _, name := range []string{"event_name", "sha", "ref", "ref_name", "repository"} {
		cmd.Env = append(cmd.Env, "GITHUB_"+strings.ToUpper(name)+"="+asText(j.github[name]))
	}
	for key, v := range env {
		cmd.Env = append(cmd.Env, key+"="+v)
	}
	said, err := cmd.CombinedOutput()
	j.out.log += string(said)
	j.out.said = append(j.out.said, commandsIn(said)...)
	read := func(name string) string {
		text, err := os.ReadFile(file(name))
		if err != nil {
			j.t.Fatal(err)
		}
		return string(text)
	}
	j.out.summary += read("STEP_SUMMARY")
	j.paths = append(strings.Fields(read("PATH")), j.paths...)
	maps.Copy(j.env, pairs(read("ENV")))
	outputs := map[string]any{}
	for key, v := range pairs(read("OUTPUT")) {
		outputs[key] = v
	}
	return outputs, err
}

// pairs reads NAME=VALUE lines.
func pairs(text string) map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(text) {
		if key, v, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "="); ok {
			out[key] = v
		}
	}
	return out
}

var (
	newCommand = regexp.MustCompile(`^\s*::([a-z-]+)( [^:]*(?::[^:]+)*?)?::(.*)$`)
	oldCommand = regexp.MustCompile(`##\[([a-z-]+)([^\]]*)\](.*)`)
)

// commandsIn finds what the runner takes for a command in a job's output: a line
// that begins with ::name, or the older ##[name] anywhere in it.
func commandsIn(output []byte) []annotation {
	var out []annotation
	for _, line := range bytes.FieldsFunc(output, func(r rune) bool { return r == '\n' || r == '\r' }) {
		for _, form := range []*regexp.Regexp{newCommand, oldCommand} {
			if m := form.FindSubmatch(line); m != nil {
				out = append(out, annotation{string(m[1]), strings.TrimSpace(string(m[2])), string(m[3])})
				break
			}
		}
	}
	return out
}
