package advisories

import "time"

// Stage is a step of the written workflow from a report to final feedback. It
// is derived from the facts of an advisory and never stored beside them.
type Stage int

// The steps in their order.
const (
	StageReported        Stage = iota // somebody told the team
	StageHandled                      // the team was alerted, public copies of the report were hidden
	StageAcknowledged                 // the reporter knows that the report is being processed
	StageTriaged                      // a risk, causes, impact and possible solutions are written down
	StageAssessed                     // the reporter was told: confirmed, invalid, or no fix expected
	StageRemediated                   // a countermeasure exists
	StageVerified                     // another member of the team verified it
	StageConsulted                    // the reporter was asked whether it is enough
	StagePackageVerified              // the candidate's packages contain it
	StageReleased                     // the advisory is public
	StageDocumented                   // details and attribution were checked after the release
	StageFeedback                     // the reporter was told the end of it
)

// DocumentDays is how many days after publication the check of what was
// published, details and attribution, may take; and how many days after the end
// of it, publication or rejection, the reporter may wait to hear of it.
const DocumentDays = 14

// Stages lists all stages in order.
var Stages = []Stage{
	StageReported, StageHandled, StageAcknowledged, StageTriaged, StageAssessed, StageRemediated,
	StageVerified, StageConsulted, StagePackageVerified, StageReleased, StageDocumented, StageFeedback,
}

var stageNames = [...]string{
	"reported", "handled", "acknowledged", "triaged", "assessed", "remediated", "verified", "consulted",
	"package verified", "released", "documented", "final feedback",
}

func (s Stage) String() string { return stageNames[s] }

// Rejected reports whether the report was rejected; such a report skips to
// final feedback.
func (a *Advisory) Rejected() bool { return a.Timeline.Rejected.Date.Given() }

// Fixed reports whether the advisory says that its flaw is fixed or will be:
// the resolution where none is written.
func (a *Advisory) Fixed() bool {
	return !a.Resolution.Given() || a.Resolution.V == "fixed"
}

// IsIncident reports whether the advisory is about an incident rather than a
// vulnerability.
func (a *Advisory) IsIncident() bool { return a.Kind.V == "incident" }

// OutsideReporter reports whether somebody outside the team reported it who can
// be talked to: acknowledged, consulted, told the end. Before any credit is
// written, there is assumed to be one, but for an incident, which most often
// nobody reports.
func (a *Advisory) OutsideReporter() bool {
	seen := false
	for i := range a.Credits {
		c := &a.Credits[i]
		if c.Type.V != "reporter" && c.Type.V != "finder" {
			continue
		}
		if !c.Internal.V && !c.Anonymous.V {
			return true
		}
		seen = true
	}
	return !seen && !a.IsIncident()
}

// Applies reports whether the step belongs to this report's way: a rejected one
// skips to final feedback, one without an outside reporter has nobody to talk
// to, and what is not fixed by a release has no package to verify.
func (a *Advisory) Applies(s Stage) bool {
	switch {
	case s == StageReported:
		return true
	case s == StageFeedback:
		return a.OutsideReporter()
	case a.Rejected():
		return false
	}
	switch s {
	case StageAcknowledged, StageAssessed:
		return a.OutsideReporter()
	case StageConsulted:
		return a.OutsideReporter() && a.hasCountermeasure()
	case StageVerified, StagePackageVerified:
		return a.hasCountermeasure()
	}
	return true
}

// hasCountermeasure reports whether a release will carry something: incidents
// and flaws that will not be fixed often have nothing to ship.
func (a *Advisory) hasCountermeasure() bool {
	return len(a.Fixes) > 0 || a.Fixed() && !a.IsIncident()
}

// Done reports whether the step was taken by today.
func (a *Advisory) Done(s Stage, today time.Time) bool {
	t := &a.Timeline
	switch s {
	case StageReported:
		return t.Reported.Given()
	case StageHandled:
		return t.Handled.Given()
	case StageAcknowledged:
		return t.Acknowledged.Given()
	case StageTriaged:
		return t.Triaged.Given() || a.Risk.Given() || a.Incident != nil && a.Incident.Confirmed.Given()
	case StageAssessed:
		return t.Assessed.Given()
	case StageRemediated:
		return a.remediated()
	case StageVerified:
		return t.FixVerified.Date.Given()
	case StageConsulted:
		return t.Consulted.Given() || t.ReporterConfirmed.Given()
	case StagePackageVerified:
		return t.PackageVerified.Given() || a.Done(StageReleased, today)
	case StageReleased:
		return t.Published.Given() && !t.Published.V.After(today)
	case StageDocumented:
		return t.Documented.Date.Given()
	case StageFeedback:
		return t.ReporterNotified.Given()
	}
	return false
}

func (a *Advisory) remediated() bool {
	for i := range a.Fixes {
		if len(a.Fixes[i].Commits) > 0 || a.Fixes[i].Patch.Given() {
			return true
		}
	}
	return !a.Fixed() || a.IsIncident() && a.Incident != nil && len(a.Incident.Actions) > 0
}

// Stage returns the furthest step that was taken by today. Steps before it may
// still be open: see Next.
func (a *Advisory) Stage(today time.Time) Stage {
	at := StageReported
	for _, s := range Stages {
		if a.Applies(s) && a.Done(s, today) {
			at = s
		}
	}
	return at
}

// Next returns the first step that applies and was not taken by today, and
// false when there is none: the report is closed. What was left out before the
// release cannot be made up for after it; a withdrawn advisory is closed.
func (a *Advisory) Next(today time.Time) (Stage, bool) {
	if a.Timeline.Withdrawn.Date.Given() {
		return 0, false
	}
	released := a.Done(StageReleased, today) && !a.Rejected()
	for _, s := range Stages {
		if released && s < StageReleased {
			continue
		}
		if a.Applies(s) && !a.Done(s, today) {
			return s, true
		}
	}
	return 0, false
}

// Given reports whether the step was written at all, as a day or as not
// applicable.
func (a Answer) Given() bool { return !a.At.IsZero() }
