package gitrepo

import (
	"bytes"
	"fmt"
	"strconv"
	"time"
)

// Commit is a commit read from its own bytes.
type Commit struct {
	ID        ID
	Tree      ID
	Parents   []ID
	Author    Ident
	Committer Ident
	Message   string // everything after the header's empty line
	Raw       []byte // the bytes as stored, for signatures
}

// Ident is who did something and when. The time is what that person's machine claimed.
type Ident struct {
	Name, Email string
	Time        time.Time // in the zone that the object names
}

// Commit reads a commit.
func (r *Repo) Commit(id ID) (*Commit, error) {
	if c := r.cachedCommit(id); c != nil {
		return c, nil
	}
	o, err := r.readOne(id)
	if err != nil {
		return nil, err
	}
	return r.commitOf(id, o, "")
}

// Commits reads many commits in one go. Where one cannot be read, its place holds nil and errs the reason;
// the others are not affected.
func (r *Repo) Commits(ids []ID) (commits []*Commit, errs []error) {
	commits, errs = make([]*Commit, len(ids)), make([]error, len(ids))
	var ask []ID
	var where []int
	for i, id := range ids {
		if errs[i] = r.Check(id); errs[i] != nil {
			continue
		}
		if commits[i] = r.cachedCommit(id); commits[i] == nil {
			ask, where = append(ask, id), append(where, i)
		}
	}
	err := r.readAll(ask, func(k int, o object) error {
		i := where[k]
		commits[i], errs[i] = r.commitOf(ids[i], o, "")
		return nil
	})
	for _, i := range where {
		if err != nil && commits[i] == nil && errs[i] == nil {
			errs[i] = err
		}
	}
	return commits, errs
}

func (r *Repo) cachedCommit(id ID) *Commit {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.commits[id]
}

// commitOf parses and remembers a commit.
func (r *Repo) commitOf(id ID, o object, need string) (*Commit, error) {
	raw, err := r.expect(id, o, "commit", need)
	if err != nil {
		return nil, err
	}
	c, err := parseCommit(id, raw)
	if err != nil {
		return nil, fmt.Errorf("commit %s in %s: %w", id, r.dir, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.commits[id] = c
	return c, nil
}

// parseCommit reads the header as git does: tree, parents, author, committer, in this order; what follows
// (encoding, signatures, merged tags) is left in Raw.
func parseCommit(id ID, raw []byte) (*Commit, error) {
	c := &Commit{ID: id, Raw: raw}
	rest := raw
	next := func(key string) ([]byte, bool) {
		line, after, ok := bytes.Cut(rest, []byte("\n"))
		value, has := bytes.CutPrefix(line, []byte(key+" "))
		if !ok || !has {
			return nil, false
		}
		rest = after
		return value, true
	}
	value, ok := next("tree")
	if !ok {
		return nil, fmt.Errorf("expected a tree line at its start")
	}
	tree, err := ParseID(string(value))
	if err != nil {
		return nil, err
	}
	c.Tree = tree
	for {
		value, ok := next("parent")
		if !ok {
			break
		}
		parent, err := ParseID(string(value))
		if err != nil {
			return nil, err
		}
		c.Parents = append(c.Parents, parent)
	}
	if value, ok = next("author"); ok {
		c.Author = parseIdent(value)
	}
	if value, ok = next("committer"); ok {
		c.Committer = parseIdent(value)
	}
	if header, message, ok := bytes.Cut(raw, []byte("\n\n")); ok && len(header) > 0 {
		c.Message = string(message)
	}
	return c, nil
}

// parseIdent reads "Name <email> seconds zone". What does not parse stays zero: it is only printed and
// used to order walks, never to decide one.
func parseIdent(b []byte) Ident {
	open, end := bytes.IndexByte(b, '<'), bytes.LastIndexByte(b, '>')
	if open < 0 || end < open {
		return Ident{Name: string(b)}
	}
	who := Ident{Name: string(bytes.TrimSpace(b[:open])), Email: string(b[open+1 : end])}
	fields := bytes.Fields(b[end+1:])
	if len(fields) == 0 {
		return who
	}
	seconds, err := strconv.ParseInt(string(fields[0]), 10, 64)
	if err != nil {
		return who
	}
	who.Time = time.Unix(seconds, 0).UTC()
	if len(fields) > 1 && len(fields[1]) == 5 {
		if zone, err := strconv.Atoi(string(fields[1])); err == nil {
			offset := (zone/100*60 + zone%100) * 60
			who.Time = who.Time.In(time.FixedZone("", offset))
		}
	}
	return who
}
