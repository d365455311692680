package verify

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
	"github.com/countersign/countersign/verify/pkgfile"
)

// shown is how many paths a message names before it counts the rest.
const shown = 8

// maxShownDiffs is how many differences a finding shows line by line.
const maxShownDiffs = 3

// sayArchive turns what is wrong with an archive into findings. A collision of names
// that the source itself has is the project's own affair.
func (j *run) sayArchive(r *Reconstruction) {
	count := map[string]int{}
	for _, p := range r.Package.Problems {
		if p.Rule == pkgfile.RuleCollision && len(p.Paths) > 0 && !slices.ContainsFunc(p.Paths, r.differs) {
			continue
		}
		if count[p.Rule]++; count[p.Rule] <= archiveProblemsTogether {
			j.say(found(p.Rule, j.at(r.Record), "", "%s: %s", r.Name, p.Message))
		}
	}
	for _, rule := range sortedKeys(count) {
		if n := count[rule] - archiveProblemsTogether; n > 0 {
			j.say(found(rule, j.at(r.Record), "", "%s: and %d more of this kind", r.Name, n))
		}
	}
}

// differs reports whether a file is anything but the source's.
func (r *Reconstruction) differs(name string) bool {
	switch r.states[name] {
	case Identical, Normalized, Patched:
		return false
	}
	return true
}

// sayDifferences reports what the source does not explain and what is missing. Where
// another commit explains the package better, that is the advice: to declare the
// differences would only hide that it is another release's.
func (j *run) sayDifferences(r *Reconstruction) {
	if n := len(r.Unexplained); n > 0 {
		names := make([]string, n)
		for i, d := range r.Unexplained {
			names[i] = d.Path
		}
		f := found(RulePackageUnexplained, j.at(r.Record), cmp.Or(r.better, r.hintUnexplained()),
			"%s: %s that the source does not explain: %s", r.Name, plural(n, "file", "files"), listed(names))
		for i := range r.Unexplained[:min(n, maxDiffs)] {
			for _, line := range r.Unexplained[i].lines(i < maxShownDiffs) {
				f.Related = append(f.Related, finding.Related{Message: line})
			}
		}
		j.say(f)
	}
	if n := len(r.Missing); n > 0 {
		j.say(found(RulePackageMissing, j.at(r.Record), cmp.Or(r.better, r.hintMissing()),
			"%s: %s missing: %s", r.Name, plural(n, "file of the source is", "files of the source are"), listed(r.Missing)))
	}
}

// lines say how a difference is near to the source, and show its first lines.
func (d *Difference) lines(diff bool) []string {
	if d.Source == "" {
		return []string{fmt.Sprintf("%q: the source has nothing like it", d.Path)}
	}
	list := []string{fmt.Sprintf("%q: nearest is %q: %s", d.Path, d.Source, d.Note)}
	if diff {
		list = append(list, d.Diff...)
	}
	return list
}

// absentPackages says which packages of the record nobody gave.
func (j *run) absentPackages(given []opened) {
	if len(j.packages) == 0 && len(j.release.Packages) == 0 {
		j.say(found(RulePackageAbsent, j.release.Source.Whole(), "list the packages in the record, or name one with --package",
			"the record lists no package and none was given, so nothing was judged"))
	}
	for i := range j.release.Packages {
		rec := &j.release.Packages[i]
		if !slices.ContainsFunc(j.packages, func(r *Reconstruction) bool { return r.Record == rec }) &&
			!slices.ContainsFunc(given, func(o opened) bool { return o.record == rec }) {
			j.say(found(RulePackageAbsent, rec.At, "say where it is with --package FILE or --packages DIR", "%s was not given, so nothing is known of it", rec.Name.V))
		}
	}
}

// at is where findings about a package point: its entry in the record.
func (j *run) at(rec *advisories.Package) finding.Span {
	switch {
	case rec == nil:
		return j.release.Source.Whole()
	case rec.Name.Given():
		return rec.Name.At
	}
	return rec.At
}

// listed names the first few of many.
func listed(names []string) string {
	quoted := make([]string, 0, shown)
	for _, n := range names[:min(len(names), shown)] {
		quoted = append(quoted, fmt.Sprintf("%q", n))
	}
	text := strings.Join(quoted, ", ")
	if more := len(names) - shown; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
