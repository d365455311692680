package verify

import (
	"bytes"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// attributesFile is where git keeps what it does to files on their way out
// (gitattributes(5)). Only the files inside the tree count: what a builder has in
// his own configuration is no part of the source.
const attributesFile = ".gitattributes"

// attributes answers for the paths of one tree.
type attributes struct {
	rules  []attributeRule              // in order of precedence, lowest first
	macros map[string]map[string]string // what "[attr]name" stands for
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
	attrIdent  = "ident"
	attrFilter = "filter"
	attrText   = "text"
	attrEOL    = "eol"

	attrOn  = "true"
	attrOff = "false"
)

// readAttributes reads every attributes file of a tree; read returns a file's bytes.
func readAttributes(paths []string, read func(path string) ([]byte, error)) (*attributes, error) {
	files := slices.DeleteFunc(slices.Clone(paths), func(p string) bool { return path.Base(p) != attributesFile })
	slices.SortFunc(files, func(a, b string) int { return strings.Count(a, "/") - strings.Count(b, "/") })
	a := &attributes{macros: map[string]map[string]string{"binary": {attrText: attrOff}}} // git's own
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
		pattern, states := attributeLine(strings.TrimSpace(string(line)))
		if name, ok := strings.CutPrefix(pattern, "[attr]"); ok {
			if dir == "" { // git reads macros at the top only
				a.macros[name] = a.assigned(states)
			}
			continue
		}
		if len(states) == 0 || strings.HasPrefix(pattern, "#") || strings.HasPrefix(pattern, "!") {
			continue
		}
		pattern, folder := strings.CutSuffix(pattern, "/")
		a.rules = append(a.rules, attributeRule{
			dir: dir, folder: folder, based: strings.Contains(pattern, "/"),
			pattern: strings.TrimPrefix(pattern, "/"), set: a.assigned(states),
		})
	}
}

// attributeLine cuts a line into its pattern, which may stand in quotation marks as
// git writes paths, and the states after it.
func attributeLine(line string) (pattern string, states []string) {
	if quoted, err := strconv.QuotedPrefix(line); err == nil && line[0] == '"' {
		if pattern, err = strconv.Unquote(quoted); err == nil {
			return pattern, strings.Fields(line[len(quoted):])
		}
	}
	fields := strings.Fields(line)
	if len(fields) == 0 {
		return "", nil
	}
	return fields[0], fields[1:]
}

// assigned reads a list of "name", "-name", "!name" and "name=value".
func (a *attributes) assigned(states []string) map[string]string {
	set := map[string]string{}
	for _, state := range states {
		name, value, valued := strings.Cut(state, "=")
		switch {
		case valued:
			set[name] = value
		case strings.HasPrefix(state, "-"):
			set[state[1:]] = attrOff
		case strings.HasPrefix(state, "!"):
			set[state[1:]] = ""
		default:
			set[state] = attrOn
			maps.Copy(set, a.macros[state])
		}
	}
	return set
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

// fills reports whether git archive may write something into a file, or in its place.
func (a *attributes) fills(name string) bool {
	return len(a.rules) > 0 &&
		(a.get(name, attrSubst) == attrOn || a.get(name, attrIdent) == attrOn || a.get(name, attrFilter) == "lfs")
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
