package gitrepo

import (
	"bufio"
	"os/exec"
	"strings"
)

// guess asks "git rev-list" which commits a walk will want next, so that they can be requested in bulk: a
// chain of commits read one by one waits for each answer. It may use a commit-graph, it may lie, it may
// end early: every commit is still read and hashed, and parents come from those bytes alone.
type guess struct {
	repo  *Repo
	heads []ID
	cmd   *exec.Cmd
	out   *bufio.Scanner
	size  int
	done  bool
}

// The number of commits requested at once grows, so that a short walk reads few in vain.
const (
	firstGuess = 512
	lastGuess  = 8192
)

func (q *guess) next() []ID {
	if q == nil || q.done {
		return nil
	}
	if q.cmd == nil && !q.start() {
		q.done = true
		return nil
	}
	var ids []ID
	for len(ids) < q.size && q.out.Scan() {
		id := ID(q.out.Text())
		if q.repo.Check(id) == nil {
			ids = append(ids, id)
		}
	}
	q.done = len(ids) == 0
	q.size = min(2*q.size, lastGuess)
	return ids
}

func (q *guess) start() bool {
	q.cmd = q.repo.command(q.repo.private, "rev-list", "--stdin")
	var heads strings.Builder
	for _, id := range q.heads {
		heads.WriteString(string(id) + "\n")
	}
	q.cmd.Stdin = strings.NewReader(heads.String())
	out, err := q.cmd.StdoutPipe()
	if err != nil || q.cmd.Start() != nil {
		q.cmd = nil
		return false
	}
	q.out, q.size = bufio.NewScanner(out), firstGuess
	return true
}

func (q *guess) stop() {
	if q == nil || q.cmd == nil {
		return
	}
	q.cmd.Process.Kill()
	q.cmd.Wait()
	q.cmd, q.done = nil, true
}

// readAhead reads the next guessed commits that are not known yet. Absent ones are passed over: the walk
// will ask for those that it really needs.
func (g *Graph) readAhead() error {
	for {
		guessed := g.guess.next()
		if guessed == nil {
			return nil
		}
		var ids []ID
		for _, id := range guessed {
			if n, ok := g.index[id]; !ok || !g.nodes[n].read {
				ids = append(ids, id)
			}
		}
		if len(ids) == 0 {
			continue
		}
		return g.repo.readAll(ids, func(i int, o object) error {
			if !o.ok || o.kind != "commit" {
				return nil
			}
			return g.store(g.add(ids[i]), o, "")
		})
	}
}
