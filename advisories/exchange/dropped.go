package exchange

import (
	"fmt"
	"slices"
	"strings"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/exchange/record"
	"github.com/countersign/countersign/advisories/exchange/tree"
)

// Export is what was written of an advisory in one of the formats that can be
// imported.
type Export struct {
	Advisory *advisories.Advisory
	File     string
	Data     []byte
}

// Dropped names what the exports do not carry of their advisories. It asks the
// reader of the format: what does not come back from a record is not in it, or
// not where anybody would look for it. Fields that never leave a repository are
// not asked for, and a format that is not imported has nothing to compare.
func Dropped(set *advisories.Set, list []Export) []Loss {
	im := newImporter(Options{Set: set})
	of := map[string]Export{}
	for _, e := range list {
		of[e.File] = e
		if err := im.file(e.File, e.Data); err != nil {
			im.lose(e.File, e.Advisory.ID.V, tree.Loss{Reason: "cannot be read back: " + err.Error()})
		}
	}
	names := newNamer(set)
	for _, e := range im.read {
		names.see(e.record)
	}
	out := im.losses
	for _, e := range im.read {
		names.rename(e.record)
		im.identify(e)
		tidy(e.record)
		was := record.Of(set, of[e.file].Advisory)
		tidy(was)
		out = append(out, missing(e.file, was, e.record)...)
	}
	return out
}

// missing names what one record says and the other does not: an entry of a list
// that is lost as a whole once, a body by its first lost line. Blank lines and
// the levels of headings are no part of what it says.
func missing(file string, was, is *record.Record) []Loss {
	type saying struct{ of, value string }
	kept := map[saying]bool{}
	for _, f := range facts(is) {
		kept[saying{f.of, f.value}] = true
	}
	var out []Loss
	said := map[string]bool{}
	for _, f := range facts(was) {
		if kept[saying{f.of, f.value}] {
			continue
		}
		if path := f.path; said[path] || said[path[:strings.LastIndexByte(path, '.')+1]] {
			continue
		}
		said[f.path], said[f.path+"."] = f.once, f.once
		out = append(out, Loss{File: file, Advisory: was.ID, Loss: tree.Loss{
			Path: f.path, Reason: "the format has no place for it", Value: record.Excerpt(f.value, 120),
		}})
	}
	return out
}

// fact is one thing that a record says.
type fact struct {
	path  string // where it stands in the front matter
	of    string // what it is about, the same in both records wherever it stands
	value string
	once  bool // said once for what stands below its path, or under it again
}

// facts takes a record apart. Entries of lists go by what names them, so that
// their order does not matter.
func facts(r *record.Record) []fact {
	w := &facter{}
	w.add("id", r.ID)
	w.add("title", r.Title)
	w.add("kind", r.Kind, "vulnerability")
	w.add("risk", r.Risk)
	w.add("risk_rationale", r.Rationale)
	w.add("resolution", r.Resolution, "fixed")
	w.add("timeline.reported", record.Instant(r.Reported))
	w.add("timeline.published", record.Instant(r.Published))
	w.add("timeline.withdrawn.date", record.Instant(r.Withdrawn.Date))
	w.add("timeline.withdrawn.reason", r.Withdrawn.Text)
	w.add("modified", record.Instant(r.Modified))
	w.each("cvss", r.CVSS)
	w.each("cwe", r.CWE)
	w.each("aliases", r.Aliases)
	for i, a := range r.Affected {
		at := fmt.Sprintf("affected[%d]", i)
		w.put(fact{path: at, of: "affected", value: a.Product.Name, once: true})
		for j, rg := range a.Ranges {
			w.put(fact{path: fmt.Sprintf("%s.ranges[%d]", at, j), of: "range of " + a.Product.Name,
				value: fmt.Sprintf("introduced %q, fixed %q, last_affected %q", rg.Introduced, rg.Fixed, rg.LastAffected)})
		}
		for j, v := range a.Versions {
			w.put(fact{path: fmt.Sprintf("%s.versions[%d]", at, j), of: "version of " + a.Product.Name, value: v})
		}
	}
	w.fixes(r.Fixes)
	for i, c := range r.Credits {
		w.entry(fmt.Sprintf("credits[%d]", i), nameOf(c), "type", c.Type, "affiliation", c.Affiliation, "url", c.URL)
	}
	for i, ref := range r.References {
		w.entry(fmt.Sprintf("references[%d]", i), ref.URL, "type", ref.Type, "title", ref.Title)
	}
	for line := range strings.Lines(r.Body) {
		w.put(fact{path: "body", of: "body", value: strings.Trim(line, "# \t\n"), once: true})
	}
	return w.out
}

// nameOf is what tells a credit from the others.
func nameOf(c record.Credit) string {
	switch {
	case c.Name != "":
		return c.Name
	case c.Internal:
		return "somebody of the project"
	}
	return "somebody anonymous"
}

// facter collects facts; empty values say nothing.
type facter struct{ out []fact }

func (w *facter) put(f fact) {
	if f.value != "" {
		w.out = append(w.out, f)
	}
}

// add takes a field of its own; the words that mean the same as its absence are
// no fact.
func (w *facter) add(path, value string, absent ...string) {
	if !slices.Contains(absent, value) {
		w.put(fact{path: path, of: path, value: value})
	}
}

func (w *facter) each(path string, values []string) {
	for i, v := range values {
		w.put(fact{path: fmt.Sprintf("%s[%d]", path, i), of: path, value: v})
	}
}

// entry takes an entry of a list: what names it, and its fields.
func (w *facter) entry(path, name string, fields ...string) {
	list, _, _ := strings.Cut(path, "[")
	w.put(fact{path: path, of: list, value: name, once: true})
	for i := 0; i < len(fields); i += 2 {
		w.put(fact{path: path + "." + fields[i], of: list + " " + name + " " + fields[i], value: fields[i+1]})
	}
}

// fixes takes the commits, and for which version each is.
func (w *facter) fixes(list []record.Fix) {
	for i, f := range list {
		path := fmt.Sprintf("fixes[%d]", i)
		if len(f.Commits) == 0 {
			w.put(fact{path: path, of: "fix of " + f.Product, value: f.Version})
		}
		for j, c := range f.Commits {
			w.put(fact{path: fmt.Sprintf("%s.commits[%d]", path, j), of: "fix of " + f.Product, value: strings.TrimSpace(c.RepoName + " " + c.ID)})
			w.put(fact{path: path + ".version", of: "version of " + c.ID, value: f.Version, once: true})
		}
	}
}
