package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// demoRepo is the sample project's git repository. Commits are written as
// objects, with the signature in their gpgsig header, because the demo makes
// its own keys and asks for no gpg.
type demoRepo struct {
	ctx  context.Context
	dir  string
	env  []string
	head string
}

func newDemoRepo(ctx context.Context, dir string) (*demoRepo, error) {
	r := &demoRepo{ctx: ctx, dir: dir}
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "GIT_") {
			r.env = append(r.env, kv)
		}
	}
	r.env = append(r.env, "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_TERMINAL_PROMPT=0")
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	_, err := r.git(nil, "init", "--quiet", "--object-format=sha1", "--initial-branch=main")
	return r, err
}

// git runs one git command and returns its output without the final newline.
func (r *demoRepo) git(stdin []byte, args ...string) (string, error) {
	cmd := exec.CommandContext(r.ctx, "git", args...)
	cmd.Dir, cmd.Env = r.dir, r.env
	cmd.Stdin = bytes.NewReader(stdin)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("git %s: %w: %s", args[0], err, strings.TrimSpace(errs.String()))
	}
	return strings.TrimRight(out.String(), "\n"), nil
}

// demoCommit is one step of the sample project's history.
type demoCommit struct {
	author  string // "Mara Lind <mara@lantern.example>"
	when    time.Time
	message string
	files   map[string]string                    // what the step writes
	sign    func(payload []byte) ([]byte, error) // nil: unsigned
}

// commit writes the step on top of parent ("" for the first) and returns its id.
func (r *demoRepo) commit(parent string, c demoCommit) (string, error) {
	for name, text := range c.files {
		if err := writeFile(filepath.Join(r.dir, name), []byte(text)); err != nil {
			return "", err
		}
	}
	if _, err := r.git(nil, "add", "--all"); err != nil {
		return "", err
	}
	tree, err := r.git(nil, "write-tree")
	if err != nil {
		return "", err
	}
	head := "tree " + tree + "\n"
	if parent != "" {
		head += "parent " + parent + "\n"
	}
	stamp := fmt.Sprintf("%s %d +0000\n", c.author, c.when.Unix())
	head += "author " + stamp + "committer " + stamp
	body := "\n" + c.message + "\n"
	signed := ""
	if c.sign != nil {
		armor, err := c.sign([]byte(head + body))
		if err != nil {
			return "", err
		}
		signed = "gpgsig " + strings.ReplaceAll(strings.TrimRight(string(armor), "\n"), "\n", "\n ") + "\n"
	}
	id, err := r.git([]byte(head+signed+body), "hash-object", "-t", "commit", "-w", "--stdin")
	if err != nil {
		return "", err
	}
	r.head = id
	_, err = r.git(nil, "update-ref", "refs/heads/main", id)
	return id, err
}
