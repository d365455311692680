package verify

import (
	"bytes"
	"path"
	"slices"
	"strings"
)

// attributesFile is where git keeps what it does to files on their way out
// (gitattributes(5)). Only the files inside the tree count: what a builder has in
// his own configuration is no part of the source.
const attributesFile = ".gitattributes"

// attributes answers for the paths of one tree.
type attributes struct {
	rules []attributeRule // in order of precedence, lowest first
}

type attributeRule struct {
	dir     string // of the file that holds the rule, "" for the top
	pattern string
	folder  bool // the pattern ends in a slash
	based   bool // the pattern has a slash inside: it is matched from dir on, else by base name
	set     map[string]string
}

// The attributes that change what an export holds.
const (
	attrIgnore = "export-ignore"
	attrSubst  = "export-subst"
	attrText   = "text"
	attrEOL    = "eol"

	attrOn  = "true"
	attrOff = "false"
)

// readAttributes reads every attributes file of a tree; read returns a file's bytes.
func readAttributes(paths []string, read func(path string) ([]byte, error)) (*attributes, error) {
	files := slices.DeleteFunc(slices.Clone(paths), func(p string) bool { return path.Base(p) != attributesFile })
	slices.SortFunc(files, func(a, b string) int { return strings.Count(a, "/") - strings.Count(b, "/") })
	a := &attributes{}
	for _, p := range files {
		text, err := read(p)
		if err != nil {
			return nil, err
		}
		a.add(strings.TrimSuffix(strings.TrimSuffix(p, attributesFile), "/"), text)
	}
	return a, nil
}

func (a *attributes) add(dir string, text []byte) {
	for line := range bytes.Lines(text) {
		fields := strings.Fields(string(line))
		if len(fields) < 2 || strings.HasPrefix(fields[0], "#") || strings.HasPrefix(fields[0], "[attr]") || strings.HasPrefix(fields[0], "!") {
			continue
		}
		pattern, folder := strings.CutSuffix(fields[0], "/")
		r := attributeRule{dir: dir, folder: folder, based: strings.Contains(pattern, "/"), set: map[string]string{}}
		r.pattern = strings.TrimPrefix(pattern, "/")
		for _, f := range fields[1:] {
			r.assign(f)
		}
		a.rules = append(a.rules, r)
	}
}

// assign reads one of "name", "-name", "!name", "name=value".
func (r *attributeRule) assign(field string) {
	name, value, valued := strings.Cut(field, "=")
	switch {
	case valued:
		r.set[name] = value
	case strings.HasPrefix(field, "-"):
		r.set[field[1:]] = attrOff
	case strings.HasPrefix(field, "!"):
		r.set[field[1:]] = ""
	case field == "binary": // a macro of git's own
		r.set[attrText] = attrOff
	default:
		r.set[field] = attrOn
	}
}

// get returns an attribute of a file, "" where it is unspecified.
func (a *attributes) get(name, attr string) string { return a.lookup(name, attr, false) }

func (a *attributes) lookup(name, attr string, folder bool) string {
	for _, r := range slices.Backward(a.rules) {
		if value, ok := r.set[attr]; ok && r.matches(name, folder) {
			return value
		}
	}
	return ""
}

// ignored reports whether git archive leaves a file out, by itself or with a
// folder above it.
func (a *attributes) ignored(name string) bool {
	if len(a.rules) == 0 {
		return false
	}
	if a.get(name, attrIgnore) == attrOn {
		return true
	}
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if a.lookup(dir, attrIgnore, true) == attrOn {
			return true
		}
	}
	return false
}

// binary reports whether git is told to leave a file's line endings alone.
func (a *attributes) binary(name string) bool {
	return a.get(name, attrText) == attrOff
}

func (r *attributeRule) matches(name string, folder bool) bool {
	if r.folder && !folder {
		return false
	}
	if r.dir != "" {
		below, ok := strings.CutPrefix(name, r.dir+"/")
		if !ok {
			return false
		}
		name = below
	}
	if !r.based {
		return wildmatch(r.pattern, path.Base(name))
	}
	return wildmatch(r.pattern, name)
}

// matchPatterns reports whether one of the record's patterns names a file: a path,
// a pattern with "*", "?" and "[…]" inside a part and "**" across parts, or a folder.
// A pattern without a slash matches a base name anywhere, as in .gitignore.
func matchPatterns(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		pattern = strings.TrimPrefix(pattern, "/")
		if below, ok := strings.CutSuffix(pattern, "/"); ok {
			pattern = below + "/**"
		}
		if !strings.Contains(pattern, "/") && wildmatch(pattern, path.Base(name)) {
			return true
		}
		return wildmatch(pattern, name) || wildmatch(pattern+"/**", name)
	})
}

// wildmatch is git's pattern language for paths: "**" stands for any number of
// whole parts, the other wildcards stay inside one part. Patterns come from records
// and repositories, so the work is bounded: each pair of parts is tried once.
func wildmatch(pattern, name string) bool {
	parts := strings.Split(name, "/")
	reach := make([]bool, len(parts)+1) // reach[i]: the pattern so far matches the first i parts
	reach[0] = true
	for want := range strings.SplitSeq(pattern, "/") {
		next := make([]bool, len(parts)+1)
		if want == "**" {
			for n, ok := 0, false; n <= len(parts); n++ {
				ok = ok || reach[n]
				next[n] = ok
			}
			reach = next
			continue
		}
		for n, part := range parts {
			if reach[n] {
				matched, err := path.Match(want, part)
				next[n+1] = err == nil && matched
			}
		}
		reach = next
	}
	return reach[len(parts)]
}
