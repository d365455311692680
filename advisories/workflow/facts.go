package workflow

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
)

// Facts is what a message's template can tell: {{.Title}}, {{.AssessBy}}. Facts
// about the flaw and values of the private part are noted when they are told.
type Facts struct {
	in     Input
	secret string // the first reason for encryption
}

// guarded notes that a fact about the flaw is told before it is public.
func (f *Facts) guarded(what string) {
	if f.secret == "" && !f.in.public() && !f.in.Advisory.Rejected() {
		f.secret = "it tells " + what + " of a report that is not public"
	}
}

// ID is the advisory's id, by which everybody can refer to it.
func (f *Facts) ID() string { return finding.Plain(f.in.Advisory.ID.V) }

// Project is the project's name.
func (f *Facts) Project() string { return finding.Plain(f.in.Set.Config.Project.Name.V) }

// Sender is who signs the message; the project's team where nobody is named.
func (f *Facts) Sender() string {
	if f.in.Sender != "" {
		return finding.Plain(f.in.Sender)
	}
	return "The " + f.Project() + " security team"
}

// Incident reports whether the message is about an incident.
func (f *Facts) Incident() bool { return f.in.Advisory.IsIncident() }

// Reported is the day of the report.
func (f *Facts) Reported() string { return dateText(f.in.Advisory.Timeline.Reported) }

// AssessBy is the day by which the reporter is told an outcome.
func (f *Facts) AssessBy() string { return f.by(f.in.Set.Config.Policy.Effective().Assess) }

// PublishBy is the day by which the team means to publish.
func (f *Facts) PublishBy() string {
	if until := f.in.Advisory.Timeline.EmbargoUntil; until.Given() {
		return until.V.String()
	}
	return f.by(f.in.Set.Config.Policy.Effective().Publish)
}

func (f *Facts) by(days int) string {
	from := f.in.Today
	if reported := f.in.Advisory.Timeline.Reported; reported.Given() {
		from = reported.V.Time
	}
	return dayOf(from).AddDate(0, 0, days).Format(time.DateOnly)
}

// Outcome is confirmed, no_fix (confirmed, but no fix is expected), or invalid.
func (f *Facts) Outcome() string {
	switch {
	case f.in.Advisory.Rejected():
		return "invalid"
	case f.in.Advisory.Resolution.V == "wont_fix":
		return "no_fix"
	}
	return "confirmed"
}

// Reason is why a report was rejected or an advisory withdrawn.
func (f *Facts) Reason() string {
	t := &f.in.Advisory.Timeline
	if t.Rejected.Date.Given() {
		return finding.Plain(t.Rejected.Reason.V)
	}
	return finding.Plain(t.Withdrawn.Reason.V)
}

// Public reports whether the advisory may be read by everybody.
func (f *Facts) Public() bool { return f.in.public() }

// Published is the day of publication, empty before it.
func (f *Facts) Published() string {
	if !f.in.public() {
		return ""
	}
	return f.in.Advisory.Timeline.Published.V.String()
}

// URL is where the public reads the advisory, empty before it can.
func (f *Facts) URL() string {
	base := f.in.Set.Config.Site.BaseURL.V
	if !f.in.public() || base == "" {
		return ""
	}
	return finding.Plain(strings.TrimSuffix(base, "/") + "/advisories/" + f.in.Advisory.ID.V + ".html")
}

// Document is the advisory's file in the security repository.
func (f *Facts) Document() string { return finding.Plain(f.in.Advisory.Path) }

// Assignees names who handles the report.
func (f *Facts) Assignees() string {
	return finding.Plain(strings.Join(advisories.Texts(f.in.Advisory.Assignees), ", "))
}

// Reporter is the reporter's name as it will be credited. Only the reporter may
// read it in plain text before it is public.
func (f *Facts) Reporter() string {
	for i := range f.in.Advisory.Credits {
		c := &f.in.Advisory.Credits[i]
		if (c.Type.V == "reporter" || c.Type.V == "finder") && !c.Anonymous.V && !c.Internal.V && c.Name.V != "" {
			if !f.in.Step.toReporter() {
				f.guarded("the reporter")
			}
			return finding.Plain(c.Name.V)
		}
	}
	return ""
}

// Title is the advisory's title.
func (f *Facts) Title() string {
	f.guarded("the title")
	return finding.Plain(f.in.Advisory.Title.V)
}

// Risk is the assigned risk.
func (f *Facts) Risk() string {
	f.guarded("the risk")
	return finding.Plain(f.in.Advisory.Risk.V)
}

// Target is the release that is to carry the fix.
func (f *Facts) Target() string {
	f.guarded("the target")
	return finding.Plain(f.in.Advisory.Target.V)
}

// Fixed lists the versions with a fix.
func (f *Facts) Fixed() string {
	f.guarded("the fixed versions")
	var list []string
	for i := range f.in.Advisory.Fixes {
		if v := f.in.Advisory.Fixes[i].Version; v.Given() {
			list = append(list, v.V)
		}
	}
	return finding.Plain(strings.Join(list, ", "))
}

// Aliases lists the ids that other databases gave.
func (f *Facts) Aliases() string {
	return finding.Plain(strings.Join(advisories.Texts(f.in.Advisory.Aliases), ", "))
}

// Section is the text of a section of the body, empty where there is none.
func (f *Facts) Section(name string) string {
	for _, h := range f.in.Advisory.Outline().Headings {
		if s := h.Section; strings.EqualFold(h.Text, name) && !s.IsZero() {
			f.guarded("the section " + name)
			return paragraphs(string(s.Source.Text[s.Start:s.End]))
		}
	}
	return ""
}

// Commits lists the full ids of the commits of all fixes.
func (f *Facts) Commits() []string {
	var list []string
	for i := range f.in.Advisory.Fixes {
		for _, c := range f.in.Advisory.Fixes[i].Commits {
			f.guarded("the fix")
			list = append(list, finding.Plain(c.ID.V))
		}
	}
	return list
}

// patchLimit bounds a patch in a message; a longer one is sent as a file.
const patchLimit = 1 << 20

// Patches returns the text of the patch files of all fixes. The error says
// which one could not be read.
func (f *Facts) Patches() ([]string, error) {
	var list []string
	for i := range f.in.Advisory.Fixes {
		name := f.in.Advisory.Fixes[i].Patch
		if !name.Given() {
			continue
		}
		f.guarded("the patch")
		if path.Clean(name.V) != name.V || !fs.ValidPath(name.V) {
			return nil, fmt.Errorf("expected a path inside this repository, found %q", name.V)
		}
		info, err := fs.Stat(f.in.Set.FS, name.V)
		if err == nil && info.Size() > patchLimit {
			return nil, fmt.Errorf("%s has %d bytes; send what is longer than %d as a file", name.V, info.Size(), patchLimit)
		}
		text, err := fs.ReadFile(f.in.Set.FS, name.V)
		if err != nil {
			return nil, err
		}
		list = append(list, paragraphs(string(text)))
	}
	return list, nil
}

// Private is a value of the private part, empty where there is none.
func (f *Facts) Private(key string) string {
	v, ok := f.in.Advisory.Private.Get(key)
	if ok {
		f.secret = "it tells the private field " + key
	}
	return paragraphs(v.V)
}

// paragraphs makes a text of several lines harmless line by line; tabs, which
// patches need, stay.
func paragraphs(s string) string {
	var b strings.Builder
	for line := range strings.Lines(strings.TrimRight(s, "\n") + "\n") {
		for i, part := range strings.Split(strings.TrimRight(line, "\r\n"), "\t") {
			if i > 0 {
				b.WriteByte('\t')
			}
			b.WriteString(finding.Plain(part))
		}
		b.WriteByte('\n')
	}
	return strings.Trim(b.String(), "\n")
}
