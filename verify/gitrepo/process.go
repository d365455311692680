package gitrepo

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
)

// maxObject bounds one object held in memory: the largest file that a reconstruction has to compare.
const maxObject = 1 << 30

// makePrivateDir makes the administrative folder that git runs in. Its configuration is ours alone.
func makePrivateDir(f format) (string, error) {
	dir, err := os.MkdirTemp("", "countersign-git-")
	if err != nil {
		return "", fmt.Errorf("make a folder for git: %w", err)
	}
	config := "[core]\n\trepositoryformatversion = 0\n\tbare = true\n"
	if f == formatSHA256 {
		config = "[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\tobjectformat = sha256\n"
	}
	err = os.WriteFile(filepath.Join(dir, "config"), []byte(config), 0o600)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "HEAD"), []byte("ref: refs/heads/none\n"), 0o600)
	}
	if err == nil {
		err = os.Mkdir(filepath.Join(dir, "refs"), 0o700)
	}
	if err != nil {
		os.RemoveAll(dir)
		return "", fmt.Errorf("make a folder for git: %w", err)
	}
	return dir, nil
}

// command prepares git in gitDir with an environment that inherits nothing of git's own.
func (r *Repo) command(gitDir string, args ...string) *exec.Cmd {
	cmd := exec.Command("git", args...)
	cmd.Dir = r.private
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		if strings.HasPrefix(name, "GIT_") || strings.HasPrefix(name, "LC_") || name == "LANG" || name == "LANGUAGE" {
			continue
		}
		cmd.Env = append(cmd.Env, v)
	}
	cmd.Env = append(cmd.Env,
		"GIT_DIR="+gitDir,
		"GIT_OBJECT_DIRECTORY="+filepath.Join(r.common, "objects"),
		"GIT_NO_REPLACE_OBJECTS=1",
		"GIT_GRAFT_FILE="+os.DevNull,
		"GIT_CONFIG_NOSYSTEM=1",
		"GIT_CONFIG_GLOBAL="+os.DevNull,
		"GIT_ATTR_NOSYSTEM=1",
		"GIT_NO_LAZY_FETCH=1",
		"GIT_ALLOW_PROTOCOL=none", // git before 2.45 knows no GIT_NO_LAZY_FETCH
		"GIT_TERMINAL_PROMPT=0",
		"GIT_OPTIONAL_LOCKS=0",
		"LC_ALL=C",
	)
	return cmd
}

// lane is one "git cat-file --batch" process. Requests are written ahead of their answers, so that git
// never waits for us; answers come back in the order of the requests.
type lane struct {
	repo *Repo
	use  sync.Mutex // one caller at a time

	cmd    *exec.Cmd
	in     *bufio.Writer
	inPipe io.WriteCloser
	out    *bufio.Reader
}

// start starts git unless it runs. The caller holds the lane.
func (l *lane) start() error {
	if l.cmd != nil {
		return nil
	}
	cmd := l.repo.command(l.repo.private, "cat-file", "--batch")
	in, err := cmd.StdinPipe()
	if err != nil {
		return fmt.Errorf("start git: %w", err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("start git: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start git: %w; git must be installed and in PATH", err)
	}
	l.cmd, l.inPipe, l.in, l.out = cmd, in, bufio.NewWriterSize(in, 1<<14), bufio.NewReaderSize(out, 1<<17)
	return nil
}

func (l *lane) stop() error {
	l.use.Lock()
	defer l.use.Unlock()
	if l.cmd == nil {
		return nil
	}
	l.inPipe.Close()
	err := l.cmd.Wait()
	l.cmd = nil
	if err != nil {
		return fmt.Errorf("git cat-file: %w", err)
	}
	return nil
}

func (l *lane) request(id ID) error {
	l.in.WriteString(string(id))
	return l.in.WriteByte('\n')
}

// answer reads the next answer and checks that the bytes hash to the id. An absent object is reported as
// ok == false without an error.
func (l *lane) answer(id ID) (kind string, data []byte, ok bool, err error) {
	line, err := l.out.ReadString('\n')
	if err != nil {
		return "", nil, false, fmt.Errorf("git cat-file in %s ended while reading %s: %w", l.repo.dir, id, err)
	}
	fields := strings.Fields(line)
	if len(fields) == 2 && fields[0] == string(id) && fields[1] == "missing" {
		return "", nil, false, nil
	}
	if len(fields) != 3 || fields[0] != string(id) {
		return "", nil, false, fmt.Errorf("git cat-file in %s: expected an answer for %s, found %q", l.repo.dir, id, line)
	}
	size, err := strconv.Atoi(fields[2])
	if err != nil || size < 0 || size > maxObject {
		return "", nil, false, fmt.Errorf("object %s in %s: size %s is beyond the limit of %d bytes", id, l.repo.dir, fields[2], maxObject)
	}
	buf := make([]byte, size+1)
	if _, err := io.ReadFull(l.out, buf); err != nil {
		return "", nil, false, fmt.Errorf("git cat-file in %s ended while reading %s: %w", l.repo.dir, id, err)
	}
	data = buf[:size:size]
	got, err := l.repo.format.hashObject(fields[1], data)
	if err != nil {
		return "", nil, false, &CorruptError{Dir: l.repo.dir, ID: id, Detail: err.Error()}
	}
	if got != id {
		return "", nil, false, &CorruptError{Dir: l.repo.dir, ID: id, Detail: "its bytes hash to " + string(got)}
	}
	return fields[1], data, true, nil
}
