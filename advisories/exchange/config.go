package exchange

import (
	"regexp"
	"slices"
	"strings"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/exchange/record"
)

// Config returns the lines for `repos` and `products` of countersign.yaml that
// the documents need and the repository does not have; empty when there are none.
func (r *Result) Config() string { return record.ConfigYAML(r.Products, r.Repos) }

// AddTo returns the text of a countersign.yaml with these lines in it, and all
// else as it was. ok is false where its `repos` or `products` are written in
// braces, into which no line can be put, or the text would be too long to be read.
func (r *Result) AddTo(config []byte) (text []byte, ok bool) {
	lines := strings.SplitAfter(string(config), "\n")
	newline := "\n"
	if strings.Contains(string(config), "\r\n") {
		newline = "\r\n"
	}
	for _, part := range []struct{ key, yaml string }{
		{"repos", record.ConfigYAML(nil, r.Repos)}, {"products", record.ConfigYAML(r.Products, nil)},
	} {
		_, entries, found := strings.Cut(strings.TrimSuffix(part.yaml, "\n"), "\n")
		if !found {
			continue
		}
		if lines, ok = insert(lines, part.key, strings.Split(entries, "\n"), newline); !ok {
			return nil, false
		}
	}
	text = []byte(strings.Join(lines, ""))
	return text, len(text) <= maxConfig && !slices.ContainsFunc(lines, isLong) && r.isIn(text)
}

// isLong reports whether one of the texts on a line may be too long to be read.
func isLong(line string) bool { return len(line) > maxText }

// maxConfig is what a repository reads of its configuration: a longer one would
// leave nothing of it readable.
const maxConfig = 4 << 20

// insert puts entries behind the last one of a mapping in block style, indented
// as those that are there; a mapping that is missing is added at the end.
func insert(lines []string, key string, entries []string, newline string) ([]string, bool) {
	at := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, key+":") })
	if at < 0 {
		if last := len(lines) - 1; lines[last] != "" && !strings.HasSuffix(lines[last], "\n") {
			lines[last] += newline
		}
		lines = append(lines, newline+key+":"+newline)
		at = len(lines) - 1
	} else if !opensBlock.MatchString(lines[at]) {
		return nil, false
	}
	end, indent := at, "  "
	for i := at + 1; i < len(lines) && (lines[i] == "" || strings.ContainsAny(lines[i][:1], " \r\n#")); i++ {
		if entry := strings.TrimLeft(lines[i], " "); strings.HasPrefix(lines[i], " ") && entry != "" && !strings.ContainsAny(entry[:1], "#\r\n") {
			if end == at {
				indent = lines[i][:len(lines[i])-len(entry)]
			}
			end = i
		}
	}
	if !strings.HasSuffix(lines[end], "\n") {
		lines[end] += newline
	}
	var added []string
	for _, e := range entries {
		added = append(added, indent+strings.TrimLeft(e, " ")+newline)
	}
	return slices.Insert(lines, end+1, added...), true
}

var opensBlock = regexp.MustCompile(`^\w+:[ \t]*(#.*)?\r?\n?$`)

// isIn reports whether a text is YAML and has the products and repositories.
func (r *Result) isIn(text []byte) bool {
	value, err := advisories.PlainYAML(text)
	if err != nil {
		return false
	}
	has := map[string]bool{}
	fields, _ := value.([]advisories.Field)
	for _, f := range fields {
		below, _ := f.Value.([]advisories.Field)
		for _, entry := range below {
			has[f.Name+" "+entry.Name] = true
		}
	}
	for _, p := range r.Products {
		if !has["products "+p.Name] {
			return false
		}
	}
	for _, repo := range r.Repos {
		if !has["repos "+repo.Name] {
			return false
		}
	}
	return true
}
