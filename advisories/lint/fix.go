package lint

import (
	"errors"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
)

func checkFixMissing(p *Pass) {
	a := p.Advisory
	if len(a.Fixes) > 0 || !a.Fixed() || a.IsIncident() || !p.reached(advisories.StageVerified) {
		return
	}
	p.Missing(p.name(), "expected a fix, found none").Hint =
		"add fixes: [{version: \"…\", commits: [full id]}], or say `resolution: mitigated` or `wont_fix` and why in the body"
}

func checkFixEmpty(p *Pass) {
	for i := range p.Advisory.Fixes {
		f := &p.Advisory.Fixes[i]
		if len(f.Commits) == 0 && !f.Patch.Given() && p.reached(advisories.StageVerified) {
			p.Missing(f.At, "expected commits or a patch, found none")
		}
	}
}

func checkFixVersion(p *Pass) {
	for i := range p.Advisory.Fixes {
		if f := &p.Advisory.Fixes[i]; !f.Version.Given() {
			p.Missing(f.At, "expected the version that this fix is for, found none")
		}
	}
}

func checkFixTarget(p *Pass) {
	a := p.Advisory
	if !a.Target.Given() || len(a.Fixes) == 0 || !p.reached(advisories.StageVerified) {
		return
	}
	for i := range a.Fixes {
		f := &a.Fixes[i]
		if !f.Version.Given() || p.Set.Compare(p.Set.FixProduct(a, f), f.Version.V, a.Target.V) == 0 {
			return // where the version is missing, fix-version-missing says so
		}
	}
	p.Missing(a.Target.At, "expected a fix for the target %s, found fixes for other versions only", cut(a.Target.V))
}

func checkFixRepeated(p *Pass) {
	a := p.Advisory
	type fix struct{ product, version, repo string }
	seen := map[fix]finding.Span{}
	for i := range a.Fixes {
		f := &a.Fixes[i]
		key := fix{p.Set.FixProduct(a, f), f.Version.V, f.Repo.V}
		if !f.Version.Given() {
			continue
		}
		if first, twice := seen[key]; twice {
			r := p.Report(f.Version.At, "there is another fix for %s", cut(f.Version.V))
			r.Related = []finding.Related{{At: first, Message: "the first one"}}
			r.Hint = "list all commits of a version in one entry: all of them are needed"
			continue
		}
		seen[key] = f.Version.At
	}
}

func checkFixUnverified(p *Pass) {
	a := p.Advisory
	r := p.carriedBy()
	if !p.open() || r == nil || r.Released.Given() || a.Timeline.Published.Given() || a.IsIncident() || !a.Fixed() ||
		a.Timeline.FixVerified.Date.Given() {
		return
	}
	f := p.Missing(p.name(), "the candidate %s is to carry the fix, but nobody verified it", r.Version.V)
	f.Hint = "another member of the team tries it and signs off with `timeline: fix_verified: {date, by: [name]}`"
	f.Related = []finding.Related{{At: r.Version.At, Message: "the candidate"}}
}

// checkFixNeverVerified looks at what is public: a step that was left out stays
// left out in silence otherwise. What was made before the project began to verify
// is history.
func checkFixNeverVerified(p *Pass) {
	a := p.Advisory
	t := &a.Timeline
	if !p.open() || !p.public() || a.IsIncident() || !a.Fixed() || len(a.Fixes) == 0 || t.FixVerified.Date.Given() ||
		!t.Reported.Given() || t.Published.V.Before(p.Policy.VerifySince.Time) {
		return
	}
	p.Missing(p.name(), "expected timeline.fix_verified for a fix that is public, found none").Hint =
		"another member of the team tries it and signs off with `fix_verified: {date, by: [name]}`"
}

func checkResolution(p *Pass) {
	a := p.Advisory
	if a.Resolution.V == "wont_fix" && len(a.Fixes) > 0 {
		p.Report(a.Resolution.At, "the resolution is wont_fix, but there are fixes").Related =
			[]finding.Related{{At: a.Fixes[0].At, Message: "the first fix"}}
	}
}

var (
	hexDigits = regexp.MustCompile(`^[0-9a-fA-F]+$`)
	// A commit's page on the usual forges.
	commitURL = regexp.MustCompile(`^https?://[^/]+/.+/commits?/([0-9a-f]{40}|[0-9a-f]{64})(?:\.patch|\.diff|/)?$`)
)

// eachCommit calls f for every field that names a commit.
func (p *Pass) eachCommit(f func(advisories.Value[string])) {
	if p.Release != nil {
		for i := range p.Release.Sources {
			f(p.Release.Sources[i].Commit)
		}
		return
	}
	if p.Advisory == nil {
		return
	}
	for i := range p.Advisory.Fixes {
		for j := range p.Advisory.Fixes[i].Commits {
			f(p.Advisory.Fixes[i].Commits[j].ID)
		}
	}
}

func checkCommitAbbreviated(p *Pass) {
	p.eachCommit(func(id advisories.Value[string]) {
		if n := len(id.V); id.Given() && n >= 4 && n < 40 && hexDigits.MatchString(id.V) {
			p.Report(id.At, "expected a full object id of 40 or 64 digits, found the %d of %q", n, id.V).Hint =
				"`git rev-parse " + id.V + "` prints it; `check --repo` offers it"
		}
	})
}

func checkCommitForm(p *Pass) {
	p.eachCommit(func(id advisories.Value[string]) {
		n := len(id.V)
		isHex := hexDigits.MatchString(id.V)
		lower := strings.ToLower(id.V)
		switch {
		case !id.Given(), isHex && n >= 4 && n < 40:
		case isHex && (n == 40 || n == 64) && id.V == lower:
		case isHex && (n == 40 || n == 64):
			p.Report(id.At, "expected an object id in small letters").Edit = replace(id, lower)
		default:
			f := p.Report(id.At, "expected a full object id of 40 or 64 hex digits, found %q", cut(id.V))
			if m := commitURL.FindStringSubmatch(id.V); m != nil {
				f.Edit = &finding.Edit{At: id.At, New: m[1]}
			}
		}
	})
}

func checkCommitRepeated(p *Pass) {
	for i := range p.Advisory.Fixes {
		seen := map[string]bool{}
		for _, c := range p.Advisory.Fixes[i].Commits {
			if key := c.Repo.V + " " + strings.ToLower(c.ID.V); seen[key] {
				p.Report(c.ID.At, "this fix names the commit twice")
			} else {
				seen[key] = true
			}
		}
	}
}

func checkRepoUnknown(p *Pass) {
	var fields []advisories.Value[string]
	if p.Release != nil {
		for i := range p.Release.Sources {
			fields = append(fields, p.Release.Sources[i].Repo)
		}
		for i := range p.Release.Patches {
			fields = append(fields, p.Release.Patches[i].Repo)
		}
	}
	if p.Advisory != nil {
		for i := range p.Advisory.Fixes {
			f := &p.Advisory.Fixes[i]
			fields = append(fields, f.Repo)
			for j := range f.Commits {
				fields = append(fields, f.Commits[j].Repo)
			}
		}
	}
	for _, v := range fields {
		if v.Given() && p.Set.Config.Repos[v.V] == nil {
			p.Report(v.At, "there is no repository %q under `repos` in countersign.yaml", cut(v.V))
		}
	}
}

// patches lists the fields that name a patch file.
func (p *Pass) patches() []advisories.Value[string] {
	var fields []advisories.Value[string]
	if p.Advisory != nil {
		for i := range p.Advisory.Fixes {
			fields = append(fields, p.Advisory.Fixes[i].Patch)
		}
	}
	if p.Release != nil {
		for i := range p.Release.Patches {
			fields = append(fields, p.Release.Patches[i].Path)
		}
	}
	return fields
}

// checkPatchPath keeps patch files inside the repository, where a reviewer sees
// them. Whether the file is there and applies is a claim that verify answers.
func checkPatchPath(p *Pass) {
	fields := p.patches()
	if p.Release != nil {
		for i := range p.Release.Patches {
			fields = append(fields, p.Release.Patches[i].Signatures...)
		}
		for i := range p.Release.Packages {
			fields = append(fields, p.Release.Packages[i].Signatures...)
			fields = append(fields, p.Release.Packages[i].Manifest)
		}
	}
	for _, v := range fields {
		if v.Given() && !insideRepository(v.V) {
			p.Report(v.At, "expected a path inside this repository, with /, found %q", cut(v.V))
		}
	}
}

func insideRepository(name string) bool {
	return name != "" && !path.IsAbs(name) && path.Clean(name) == name && !strings.ContainsAny(name, "\\:\x00") &&
		!slices.Contains(strings.Split(name, "/"), "..")
}

// checkPatchMissing asks that a patch that is named is there. Whether it applies
// is git's to say.
func checkPatchMissing(p *Pass) {
	if p.Advisory != nil && !p.open() {
		return
	}
	for _, v := range p.patches() {
		if !v.Given() || !insideRepository(v.V) || p.Set.FS == nil {
			continue
		}
		if info, err := fs.Stat(p.Set.FS, v.V); errors.Is(err, fs.ErrNotExist) || err == nil && info.IsDir() {
			p.Report(v.At, "expected a patch file, found no %s in this repository", cut(v.V)).Hint = "add the file (git diff > " + cut(v.V) + "), or mend the path"
		}
	}
}

func checkPatchKept(p *Pass) {
	a := p.Advisory
	if !a.Done(advisories.StageDocumented, p.Today) || !p.open() {
		return
	}
	for i := range a.Fixes {
		if f := &a.Fixes[i]; f.Patch.Given() && len(f.Commits) == 0 {
			p.Missing(f.Patch.At, "the advisory is public and documented, but names no commit of this fix").Hint =
				"add the commits that brought the patch into the public repository"
		}
	}
}
