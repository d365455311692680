package lint

import (
	"time"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
)

// checkReportedMissing asks for the day from which all others count. What was
// published elsewhere and imported has no other step of the team's either.
func checkReportedMissing(p *Pass) {
	t := &p.Advisory.Timeline
	history := t.Published.Given() && !t.Handled.Given() && !t.Acknowledged.Given() && !t.Assessed.Given()
	if !t.Reported.Given() && !history && p.open() {
		p.Missing(p.name(), "expected the day of the report, found none").Hint = "add timeline: {reported: YYYY-MM-DD}"
	}
}

// event is one date of an advisory with the name of its field.
type event struct {
	name string
	date advisories.Value[advisories.Date]
}

func events(a *advisories.Advisory) []event {
	t := &a.Timeline
	list := []event{
		{"reported", t.Reported}, {"handled", t.Handled}, {"acknowledged", t.Acknowledged}, {"triaged", t.Triaged},
		{"assessed", t.Assessed}, {"fix_verified", t.FixVerified.Date}, {"consulted", t.Consulted},
		{"reporter_confirmed", t.ReporterConfirmed.Date}, {"package_verified", t.PackageVerified},
		{"embargo_until", t.EmbargoUntil}, {"published", t.Published}, {"documented", t.Documented.Date},
		{"reporter_notified", t.ReporterNotified.Date}, {"rejected", t.Rejected.Date}, {"withdrawn", t.Withdrawn.Date},
		{"modified", a.Modified},
	}
	if a.Incident != nil {
		list = append(list, event{"incident.confirmed", a.Incident.Confirmed})
	}
	return list
}

// dateOf is the date of a name. Lists are short: a map of each advisory's would
// take longer to make than all that is asked of it.
func dateOf(list []event, name string) advisories.Value[advisories.Date] {
	for i := range list {
		if list[i].name == name {
			return list[i].date
		}
	}
	return advisories.Value[advisories.Date]{}
}

// orders lists the pairs of steps of which the first cannot come after the
// second. Pairs that real projects turn around are left out: a flaw is disclosed
// by somebody else before the team has a fix; a reporter confirms after the
// release.
var orders = [][2]string{
	{"reported", "handled"}, {"reported", "acknowledged"}, {"reported", "triaged"}, {"reported", "assessed"},
	{"reported", "fix_verified"}, {"reported", "consulted"}, {"reported", "reporter_confirmed"},
	{"reported", "package_verified"}, {"reported", "reporter_notified"}, {"reported", "rejected"},
	{"reported", "incident.confirmed"}, {"reported", "embargo_until"}, {"reported", "documented"},
	{"acknowledged", "assessed"}, {"fix_verified", "package_verified"}, {"package_verified", "published"},
	{"published", "documented"}, {"published", "withdrawn"}, {"published", "modified"},
}

func checkTimelineOrder(p *Pass) {
	steps := events(p.Advisory)
	var said map[string]bool
	for _, pair := range orders {
		then := dateOf(steps, pair[1])
		if !then.Given() || said[pair[1]] {
			continue
		}
		first := dateOf(steps, pair[0])
		if !first.Given() || !day(then.V).Before(day(first.V)) {
			continue
		}
		if said == nil {
			said = map[string]bool{}
		}
		said[pair[1]] = true
		f := p.Report(then.At, "%s is %s, before %s of %s", pair[1], then.V, pair[0], first.V)
		f.Related = []finding.Related{{At: first.At, Message: pair[0]}}
	}
}

// day drops the time: a fact noted by its day says nothing about the hour.
func day(d advisories.Date) time.Time {
	return d.UTC().Truncate(24 * time.Hour)
}

// checkFuture asks that what was done was not done tomorrow. Publication and the
// end of an embargo may be planned. A day's grace covers the time zones.
func checkFuture(p *Pass) {
	for _, e := range events(p.Advisory) {
		planned := e.name == "published" || e.name == "embargo_until" ||
			e.name == "modified" && !e.date.V.After(p.Advisory.Timeline.Published.V.Time)
		if e.date.Given() && !planned && e.date.V.After(p.Today.Add(24*time.Hour)) {
			p.Report(e.date.At, "%s is %s, which is still to come", e.name, e.date.V)
		}
	}
}

func checkEmbargo(p *Pass) {
	t := &p.Advisory.Timeline
	if t.Published.Given() && t.EmbargoUntil.Given() && day(t.Published.V).Before(day(t.EmbargoUntil.V)) {
		f := p.Report(t.Published.At, "published on %s, though the embargo lasts until %s", t.Published.V, t.EmbargoUntil.V)
		f.Related = []finding.Related{{At: t.EmbargoUntil.At, Message: "the embargo"}}
	}
}

func checkReason(p *Pass) {
	t := &p.Advisory.Timeline
	for _, r := range []struct {
		name string
		advisories.Reason
	}{{"rejected", t.Rejected}, {"withdrawn", t.Withdrawn}} {
		switch {
		case r.At.IsZero():
		case !r.Date.Given():
			p.Missing(r.At, "expected the day on which it was %s, found none", r.name)
		case !hasWords(r.Reason.Reason.V):
			p.Missing(r.At, "expected why it was %s, found no reason", r.name).Hint = r.name + ": {date: " + r.Date.V.String() + ", reason: …}"
		}
	}
}

func checkRejectedPublished(p *Pass) {
	t := &p.Advisory.Timeline
	if t.Rejected.Date.Given() && t.Published.Given() {
		f := p.Report(t.Rejected.Date.At, "the report is rejected, but has a day of publication")
		f.Hint = "what was published can be withdrawn, so that readers learn of it: withdrawn: {date, reason}"
		f.Related = []finding.Related{{At: t.Published.At, Message: "the publication"}}
	}
}

func checkSignedOff(p *Pass) {
	t := &p.Advisory.Timeline
	for _, s := range []struct {
		name string
		advisories.Sign
	}{{"fix_verified", t.FixVerified}, {"documented", t.Documented}} {
		switch {
		case s.At.IsZero():
		case !s.Date.Given():
			p.Missing(s.At, "%s: expected a date, found none", s.name)
		case len(s.By) == 0:
			p.Missing(s.At, "%s: expected who did it, found nobody", s.name).Hint = s.name + ": {date: " + s.Date.V.String() + ", by: [name]}"
		}
	}
}

// checkOverdue compares the open steps of a report with the policy's deadlines.
func checkOverdue(p *Pass) {
	a, reported := p.Advisory, p.Advisory.Timeline.Reported
	if !reported.Given() || !p.open() || a.Timeline.Published.Given() {
		return
	}
	for _, d := range []struct {
		step advisories.Stage
		verb string
		days int
	}{
		{advisories.StageAcknowledged, "acknowledged", p.Policy.Acknowledge},
		{advisories.StageAssessed, "assessed", p.Policy.Assess},
		{advisories.StageReleased, "published", p.Policy.Publish},
	} {
		late := int(day(advisories.Date{Time: p.Today}).Sub(day(reported.V)).Hours()/24) - d.days
		if d.days > 0 && late > 0 && a.Applies(d.step) && !a.Done(d.step, p.Today) {
			p.Missing(reported.At, "expected the report of %s to be %s within %d days; that was %s ago", reported.V, d.verb, d.days, finding.Count(late, "day")).Hint =
				"`countersign status` shows what comes next and who does it"
			return // the earliest is the one to act on
		}
	}
}

// checkUnannounced finds fixes that are out while their advisory is not: whoever
// reads the diff knows, and users do not.
func checkUnannounced(p *Pass) {
	a := p.Advisory
	t := &a.Timeline
	r := p.carriedBy()
	if !p.open() || t.Published.Given() || r == nil || !r.Released.Given() || r.Released.V.After(p.Today) ||
		t.EmbargoUntil.Given() && t.EmbargoUntil.V.After(p.Today) {
		return
	}
	f := p.Missing(p.name(), "%s is released since %s, but the advisory has no day of publication", r.Version.V, r.Released.V)
	f.Hint = "add timeline: {published: YYYY-MM-DD}, or an embargo_until"
	f.Related = []finding.Related{{At: r.Released.At, Message: "the release"}}
}
