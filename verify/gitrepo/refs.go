package gitrepo

import (
	"bytes"
	"fmt"
	"strings"
)

// Ref is a branch, a tag or another named pointer.
type Ref struct {
	Name   string // full name, such as refs/tags/v1.2.3
	ID     ID     // what the ref points at: for an annotated tag the tag object
	Commit ID     // the commit behind it; equals ID for a lightweight tag; empty where it leads to none
}

// Refs lists the refs whose full name starts with prefix ("refs/tags/"), in name order, annotated tags
// peeled through their own bytes. Refs can be moved by whoever holds the repository: they name commits,
// they prove nothing.
func (r *Repo) Refs(prefix string) ([]Ref, error) {
	out, err := r.command(r.gitDir, "for-each-ref", "--format=%(objectname) %(refname)").Output()
	if err != nil {
		return nil, fmt.Errorf("list refs of %s: git for-each-ref: %w", r.dir, err)
	}
	var refs []Ref
	var ids []ID
	for line := range bytes.Lines(out) {
		id, name, _ := strings.Cut(strings.TrimSuffix(string(line), "\n"), " ")
		if strings.HasPrefix(name, prefix) {
			refs, ids = append(refs, Ref{Name: name, ID: ID(id)}), append(ids, ID(id))
		}
	}
	var tags []int
	err = r.readAll(ids, func(i int, o object) error {
		if o.kind == "tag" {
			tags = append(tags, i)
		} else if o.kind == "commit" {
			refs[i].Commit = ids[i]
			_, err := r.commitOf(ids[i], o, "")
			return err
		} else if !o.ok {
			return r.incomplete(ids[i], "target of "+refs[i].Name)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, i := range tags {
		if refs[i].Commit, err = r.peel(ids[i]); err != nil {
			return nil, fmt.Errorf("ref %q: %w", refs[i].Name, err)
		}
	}
	return refs, nil
}

// Tag finds a tag by its short name ("v1.2.3"). ok is false when there is none.
func (r *Repo) Tag(name string) (ref Ref, ok bool, err error) {
	full := "refs/tags/" + name
	out, err := r.command(r.gitDir, "for-each-ref", "--format=%(objectname) %(refname)", "--end-of-options", full).Output()
	if err != nil {
		return Ref{}, false, fmt.Errorf("tag %q of %s: git for-each-ref: %w", name, r.dir, err)
	}
	for line := range bytes.Lines(out) {
		id, found, _ := strings.Cut(strings.TrimSuffix(string(line), "\n"), " ")
		if found != full { // a pattern also matches what lies below it
			continue
		}
		ref = Ref{Name: full, ID: ID(id)}
		if err := r.Check(ref.ID); err != nil {
			return Ref{}, false, fmt.Errorf("tag %q: %w", name, err)
		}
		ref.Commit, err = r.peel(ref.ID)
		return ref, err == nil, err
	}
	return Ref{}, false, nil
}

// TagObject is an annotated tag.
type TagObject struct {
	ID     ID
	Name   string // the name inside the tag, which a renamed ref does not change
	Target ID
	Kind   string // of the target
	Tagger Ident
	Raw    []byte // the bytes as stored, for signatures
}

// TagObject reads an annotated tag. ok is false when id names another kind of object (a lightweight tag's
// commit).
func (r *Repo) TagObject(id ID) (tag *TagObject, ok bool, err error) {
	o, err := r.readOne(id)
	if err != nil {
		return nil, false, err
	}
	if !o.ok {
		return nil, false, r.incomplete(id, "tag")
	}
	if o.kind != "tag" {
		return nil, false, nil
	}
	tag, err = parseTag(id, o.data)
	if err != nil {
		return nil, false, fmt.Errorf("tag %s in %s: %w", id, r.dir, err)
	}
	return tag, true, nil
}

func parseTag(id ID, raw []byte) (*TagObject, error) {
	t := &TagObject{ID: id, Raw: raw}
	header, _, _ := bytes.Cut(raw, []byte("\n\n"))
	for i, line := range bytes.Split(header, []byte("\n")) {
		key, value, _ := strings.Cut(string(line), " ")
		switch {
		case i == 0 && key == "object":
			target, err := ParseID(value)
			if err != nil {
				return nil, err
			}
			t.Target = target
		case i == 1 && key == "type":
			t.Kind = value
		case i == 2 && key == "tag":
			t.Name = value
		case i == 3 && key == "tagger":
			t.Tagger = parseIdent([]byte(value))
		}
	}
	if t.Target == "" || t.Kind == "" {
		return nil, fmt.Errorf("expected lines object and type at its start")
	}
	return t, nil
}

// maxPeel bounds tags of tags of tags.
const maxPeel = 16

// peel follows tag objects to a commit; empty when they lead elsewhere.
func (r *Repo) peel(id ID) (ID, error) {
	for range maxPeel {
		o, err := r.readOne(id)
		if err != nil {
			return "", err
		}
		if !o.ok {
			return "", r.incomplete(id, "target of a tag")
		}
		switch o.kind {
		case "commit":
			return id, nil
		case "tag":
			tag, err := parseTag(id, o.data)
			if err != nil {
				return "", err
			}
			id = tag.Target
		default:
			return "", nil
		}
	}
	return "", fmt.Errorf("tag leads through more than %d tags", maxPeel)
}
