package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// players stand for the actions of others that our workflows use.
var players = map[string]func(j *jobRun, with map[string]string) (map[string]any, error){
	"actions/checkout":                  checkout,
	"actions/setup-go":                  func(*jobRun, map[string]string) (map[string]any, error) { return nil, nil },
	"actions/upload-artifact":           uploadArtifact,
	"actions/download-artifact":         downloadArtifact,
	"actions/upload-pages-artifact":     uploadPages,
	"actions/deploy-pages":              deployPages,
	"github/codeql-action/upload-sarif": uploadSARIF,
}

// checkout fetches what is asked for and no more: one commit, or with fetch-depth
// 0 everything.
func checkout(j *jobRun, with map[string]string) (map[string]any, error) {
	dir, remote, what := j.workspace, j.remote, asText(j.github["sha"])
	if with["path"] != "" {
		dir = filepath.Join(dir, with["path"])
	}
	if with["repository"] != "" {
		remote, what = filepath.Join(filepath.Dir(remote), filepath.Base(with["repository"])+".git"), "HEAD"
	}
	if with["ref"] != "" {
		what = with["ref"]
	}
	fetch := []string{"fetch", "-q", "origin", "+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*", what}
	if with["fetch-depth"] != "0" {
		fetch = []string{"fetch", "-q", "--depth=1", "--no-tags", "origin", what}
	}
	for _, args := range [][]string{{"init", "-q", dir}, {"remote", "add", "origin", "file://" + remote}, fetch, {"checkout", "-q", "--detach", "FETCH_HEAD"}} {
		if args[0] == "checkout" && what != "HEAD" {
			args[3] = what
		}
		runGit(j.t, dir, args...)
	}
	return nil, nil
}

func runGit(t *testing.T, dir string, args ...string) string {
	t.Helper()
	if args[0] != "init" {
		args = append([]string{"-C", dir}, args...)
	}
	cmd := exec.Command("git", append([]string{"-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main", "-c", "advice.detachedHead=false"}, args...)...)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

func uploadArtifact(j *jobRun, with map[string]string) (map[string]any, error) {
	store := filepath.Join(j.temp, "artifact-"+with["name"])
	if j.artifacts[with["name"]] != "" {
		return nil, fmt.Errorf("an artifact of the name %q is there already", with["name"])
	}
	found := false
	for _, pattern := range strings.Fields(with["path"]) {
		matches, err := filepath.Glob(filepath.Join(j.workspace, pattern))
		if err != nil {
			return nil, err
		}
		for _, m := range matches {
			found = true
			if info, err := os.Stat(m); err == nil && info.IsDir() {
				err = os.CopyFS(store, os.DirFS(m))
				if err != nil {
					return nil, err
				}
				continue
			}
			if err := copyFile(m, filepath.Join(store, filepath.Base(m))); err != nil {
				return nil, err
			}
		}
	}
	if !found && with["if-no-files-found"] == "error" {
		return nil, fmt.Errorf("no file matches %q", with["path"])
	}
	if found {
		j.artifacts[with["name"]] = store
	}
	return nil, nil
}

func copyFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(to), 0o777)
	}
	if err == nil {
		err = os.WriteFile(to, data, 0o666)
	}
	return err
}

// downloadArtifact takes one by its name, or those that match a pattern.
func downloadArtifact(j *jobRun, with map[string]string) (map[string]any, error) {
	to := filepath.Join(j.workspace, with["path"])
	if name := with["name"]; name != "" {
		store := j.artifacts[name]
		if store == "" {
			return nil, fmt.Errorf("no artifact %q", name)
		}
		return nil, os.CopyFS(to, os.DirFS(store))
	}
	for _, name := range slices.Sorted(maps.Keys(j.artifacts)) {
		if ok, err := filepath.Match(with["pattern"], name); err != nil || !ok {
			continue
		}
		into := filepath.Join(to, name)
		if with["merge-multiple"] == "true" {
			into = to
		}
		if err := os.CopyFS(into, os.DirFS(j.artifacts[name])); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

func uploadPages(j *jobRun, with map[string]string) (map[string]any, error) {
	return uploadArtifact(j, map[string]string{"name": "github-pages", "path": with["path"], "if-no-files-found": "error"})
}

func deployPages(j *jobRun, _ map[string]string) (map[string]any, error) {
	if j.pages = j.artifacts["github-pages"]; j.pages == "" {
		return nil, errors.New("no artifact github-pages")
	}
	j.runner.pages = j.pages
	return map[string]any{"page_url": "https://lantern.example/"}, nil
}

func uploadSARIF(j *jobRun, with map[string]string) (map[string]any, error) {
	data, err := os.ReadFile(filepath.Join(j.workspace, with["sarif_file"]))
	if err == nil && !json.Valid(data) {
		err = errors.New("that is no JSON")
	}
	j.runner.scanning = data
	return nil, err
}
