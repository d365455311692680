package verify

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// What to do about a package that is not its source. Advice is followed late at
// night without a second look, so none of it may open the gate too far: a pattern
// that is suggested covers nothing but the files that it is about.

// betterSource says which commit explains more files of a package than the recorded
// source does: most often a candidate was built from another commit than the record
// says, or the file given is another release's. It is looked for only where a file of
// the source differs.
func (j *run) betterSource(r *Reconstruction) (string, error) {
	differs := slices.ContainsFunc(r.Unexplained, func(d Difference) bool {
		s, rel := locate(r.sources, d.Path)
		return s != nil && s.files[rel].id != ""
	})
	if !differs || len(r.sources) != 1 || r.Manifest || r.Package.Incomplete || len(j.inferred) > 0 {
		return "", nil
	}
	s := r.sources[0]
	now := r.Counts[Identical] + r.Counts[Normalized] + r.Counts[Patched]
	q, err := newQuestion(s.repo, r.Package, "")
	if err == nil && q.known <= now {
		return "", nil // whatever differs from the source is in no commit
	}
	var best inferred
	if err == nil {
		best, err = q.infer()
	}
	if err != nil {
		return "", j.undecidable(err, j.at(r.Record))
	}
	if best.commit == "" || best.commit == s.commit || best.files <= now {
		return "", nil
	}
	_, tags, err := allHeads(s.repo)
	if err != nil {
		return "", j.undecidable(err, j.at(r.Record))
	}
	name := string(best.commit)
	if tag := tags[best.commit]; tag != "" {
		name += " (tag " + tag + ")"
	}
	return fmt.Sprintf("the commit %s explains %d of the %d files, the recorded source %d: "+
		"give the package that was built from the recorded source, or record the commit that this one was built from",
		name, best.files, r.Files, now), nil
}

// hintUnexplained tells what to do. Only files that the source does not have can be
// products of the build; to declare a changed source file one would hide the change.
func (r *Reconstruction) hintUnexplained() string {
	var made []string
	sources := folders{}
	for i := range r.sources {
		for _, p := range r.sources[i].paths {
			sources.add(p)
		}
	}
	for _, d := range r.Unexplained {
		if s, rel := locate(r.sources, d.Path); s == nil {
			made = append(made, d.Path)
		} else if s.files[rel].id == "" {
			made = append(made, rel)
		}
	}
	if len(made) == 0 {
		return "build the package from the recorded source, or record the commit and the patches that it was built from"
	}
	return "if the build makes that, declare it: generated: [" + patternsFor(made, sources) + "]"
}

// hintMissing tells how to declare files that are not shipped.
func (r *Reconstruction) hintMissing() string {
	left := make([]string, len(r.Missing))
	for i, name := range r.Missing {
		left[i] = name
		if s, rel := locate(r.sources, name); s != nil {
			left[i] = rel
		}
	}
	shipped := folders{}
	for i := range r.Package.Entries {
		name := r.Package.Entries[i].Path
		if s, rel := locate(r.sources, name); s != nil {
			name = rel
		}
		shipped.add(name)
	}
	return "if that is never shipped, declare it: omitted: [" + patternsFor(left, shipped) + "]"
}

// folders is a set of folders.
type folders map[string]bool

// add puts in every folder above a file.
func (f folders) add(name string) {
	for dir := path.Dir(name); dir != "." && !f[dir]; dir = path.Dir(dir) {
		f[dir] = true
	}
}

// patternsFor suggests patterns that a record could hold, from the repository's root
// so that they hold for the next release too: whole folders where several files share
// one in which there is nothing else, and names otherwise.
func patternsFor(names []string, taken folders) string {
	count := map[string]int{}
	for _, n := range names {
		count[path.Dir(n)]++
	}
	var patterns []string
	for _, n := range names {
		p := n
		if dir := path.Dir(n); dir != "." && count[dir] > 3 && !taken[dir] {
			p = dir + "/**"
		}
		if p = fmt.Sprintf("%q", p); !slices.Contains(patterns, p) {
			patterns = append(patterns, p)
		}
		if len(patterns) > shown {
			return strings.Join(patterns[:shown], ", ") + ", …"
		}
	}
	return strings.Join(patterns, ", ")
}
