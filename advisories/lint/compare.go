package lint

import (
	"bytes"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
)

// eachPublic calls f for every advisory that was public at the base revision,
// with what became of it: the advisory of the same id, and the one of the same
// file.
func (p *Pass) eachPublic(f func(old, same, file *advisories.Advisory)) {
	files := make(map[string]*advisories.Advisory, len(p.Set.Advisories))
	for _, a := range p.Set.Advisories {
		files[a.Path] = a
	}
	for _, old := range p.Base.Advisories {
		if old.ID.Given() && !old.Rejected() && old.Done(advisories.StageReleased, p.Today) {
			f(old, p.Set.Advisory(old.ID.V), files[old.Path])
		}
	}
}

func checkVanished(p *Pass) {
	p.eachPublic(func(old, same, file *advisories.Advisory) {
		if same == nil && file == nil {
			p.Report(finding.NewSource(old.Path, nil).Whole(), "%s was public and is gone", cut(old.ID.V)).Hint =
				"others refer to it: restore the file, and say timeline: {withdrawn: {date, reason}} where it was a mistake"
		}
	})
}

func checkIDChanged(p *Pass) {
	p.eachPublic(func(old, same, file *advisories.Advisory) {
		if same == nil && file != nil && !file.Broken {
			at := file.Source.Whole()
			if file.ID.Given() {
				at = file.ID.At
			}
			p.Report(at, "expected %s, as it was published, found %q", cut(old.ID.V), cut(file.ID.V))
		}
	})
}

func checkPublishedChanged(p *Pass) {
	p.eachPublic(func(old, now, _ *advisories.Advisory) {
		if now == nil || now.Broken {
			return
		}
		was, is := old.Timeline.Published, now.Timeline.Published
		switch {
		case !is.Given():
			p.Report(now.ID.At, "%s was published on %s, and now has no day of publication", cut(now.ID.V), was.V)
		case !day(is.V).Equal(day(was.V)):
			p.Report(is.At, "%s was published on %s, and now says %s", cut(now.ID.V), was.V, is.V)
		}
	})
}

// checkModified asks for a new `modified` where readers see something else than
// before: any change of the file but to what only the team sees.
func checkModified(p *Pass) {
	p.eachPublic(func(old, now, _ *advisories.Advisory) {
		if now != nil && !day(now.Timeline.Published.V).Equal(day(old.Timeline.Published.V)) {
			return // the day of publication must go back to what it was
		}
		if now == nil || now.Broken || old.Broken || bytes.Equal(visible(old), visible(now)) {
			return
		}
		was := old.Timeline.Published.V
		if old.Modified.Given() {
			was = old.Modified.V
		}
		at := now.ID.At
		if now.Modified.Given() {
			at = now.Modified.At
		}
		if !now.Modified.Given() || !now.Modified.V.After(was.Time) {
			p.Report(at, "%s changed since it was published, but `modified` is still %s", cut(now.ID.V), was).Hint =
				"readers, feeds and mirrors go by it: set it to the day of the change"
		}
	})
}

// invisible lists the fields that readers do not see, or that note a step of the
// team's after publication.
var invisible = []string{"modified:", "private:", "assignees:", "waive:", "documented:", "reporter_notified:", "reporter_confirmed:"}

// visible returns what readers see of an advisory's file. It goes by lines and
// their indentation: a field ends before the next line that is not indented
// deeper, list items apart.
func visible(a *advisories.Advisory) []byte {
	var out []byte
	skip := -1 // indentation of the field that is being left out
	for line := range bytes.Lines(a.Source.Text[a.Head.Start:a.Head.End]) {
		text := bytes.TrimLeft(line, " ")
		depth := len(line) - len(text)
		if skip >= 0 && (depth > skip || depth == skip && bytes.HasPrefix(text, []byte("-"))) {
			continue
		}
		skip = -1
		if isInvisible(text) {
			skip = depth
			continue
		}
		out = append(out, line...)
	}
	out = append(out, a.Text()...)
	return bytes.Join(bytes.Fields(out), []byte(" "))
}

func isInvisible(line []byte) bool {
	for _, field := range invisible {
		if bytes.HasPrefix(line, []byte(field)) {
			return true
		}
	}
	return false
}
