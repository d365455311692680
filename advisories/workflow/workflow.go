// Package workflow says where each open report stands on its way from a report
// to final feedback, what comes next, who does it and by when; prints the
// checklist of a coming release; and writes the messages that go with the steps.
//
// The steps are those that security teams write down and follow by hand; see
// advisories.Stage. They are derived from the dates of an advisory, never
// stored beside them.
//
// The package knows documents and days. It knows no keys (whether an assignee
// can receive an encrypted report is told to it as a plain fact), sends nothing
// and encrypts nothing; but it knows which message must not travel in plain
// text.
package workflow

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/countersign/countersign/advisories"
)

// Row is one open report.
type Row struct {
	ID       string   `json:"id"`
	Title    string   `json:"title"`
	Kind     string   `json:"kind"`
	Risk     string   `json:"risk,omitempty"`
	Product  string   `json:"product,omitempty"`
	Target   string   `json:"target,omitempty"`    // release that must carry the fix
	Stage    string   `json:"stage"`               // the furthest step taken
	Next     string   `json:"next"`                // the first step still open
	Do       string   `json:"do"`                  // what that means, in a sentence
	Who      []string `json:"who"`                 // the assignees
	Due      string   `json:"due,omitempty"`       // the next deadline, YYYY-MM-DD
	DueFor   string   `json:"due_for,omitempty"`   // what is due then: acknowledge, assess, publish, document, notify …
	DaysLeft *int     `json:"days_left,omitempty"` // negative: overdue by so many days
}

// Status returns a row for each report that is open on a day, the most urgent
// first. Published advisories without a day of the report, and those published
// before policy.verify_since, are history and closed.
func Status(set *advisories.Set, today time.Time) []Row {
	rows := []Row{}
	for _, a := range set.Advisories {
		if next, open := nextStep(set, a, today); open {
			rows = append(rows, row(set, a, next, today))
		}
	}
	slices.SortStableFunc(rows, func(a, b Row) int {
		return cmp.Or(cmp.Compare(urgency(a), urgency(b)), cmp.Compare(a.ID, b.ID))
	})
	return rows
}

func nextStep(set *advisories.Set, a *advisories.Advisory, today time.Time) (advisories.Stage, bool) {
	published := a.Timeline.Published
	if a.Done(advisories.StageReleased, today) &&
		(!a.Timeline.Reported.Given() || published.V.Before(set.Config.Policy.Effective().VerifySince.Time)) {
		return 0, false
	}
	return a.Next(today)
}

// urgency sorts by days left; reports without a deadline come last.
func urgency(r Row) int {
	if r.DaysLeft == nil {
		return 1 << 30
	}
	return *r.DaysLeft
}

func row(set *advisories.Set, a *advisories.Advisory, next advisories.Stage, today time.Time) Row {
	r := Row{
		ID: a.ID.V, Title: a.Title.V, Kind: a.Kind.V, Risk: a.Risk.V, Target: a.Target.V,
		Product: strings.Join(set.ProductsOf(a), ", "), Stage: a.Stage(today).String(), Next: next.String(), Do: tasks[next],
		Who: advisories.Texts(a.Assignees),
	}
	if r.Kind == "" {
		r.Kind = "vulnerability"
	}
	if r.ID == "" {
		r.ID = a.Path // a report without an id is a finding of gate 1, and open all the same
	}
	if a.Rejected() {
		r.Stage = "rejected"
	}
	if d, ok := firstDeadline(set, a, next, today); ok {
		left := int(d.day.Sub(dayOf(today)).Hours() / 24)
		r.Due, r.DueFor, r.DaysLeft = d.day.Format(time.DateOnly), d.what, &left
	}
	return r
}

// tasks says what each step asks of whoever takes it.
var tasks = map[advisories.Stage]string{
	advisories.StageReported:        "note the day of the report",
	advisories.StageHandled:         "alert the team, hide public copies of the report",
	advisories.StageAcknowledged:    "tell the reporter that the report is being processed",
	advisories.StageTriaged:         "reproduce it; write down risk, causes, impact and possible solutions",
	advisories.StageAssessed:        "tell the reporter: confirmed, invalid, or no fix expected",
	advisories.StageRemediated:      "make the countermeasure and link it under fixes",
	advisories.StageVerified:        "another member of the team verifies the countermeasure",
	advisories.StageConsulted:       "ask the reporter whether the countermeasure is enough",
	advisories.StagePackageVerified: "verify that the candidate's packages contain it",
	advisories.StageReleased:        "release, and publish the advisory",
	advisories.StageDocumented:      "check the published details and attribution",
	advisories.StageFeedback:        "tell the reporter how it ended",
}

// deadline is a day by which something must be done.
type deadline struct {
	what string
	day  time.Time
}

// firstDeadline returns the earliest deadline that the report has still to meet.
func firstDeadline(set *advisories.Set, a *advisories.Advisory, next advisories.Stage, today time.Time) (deadline, bool) {
	var list []deadline
	policy := set.Config.Policy.Effective()
	after := func(step advisories.Stage, what string, from advisories.Value[advisories.Date], days int) {
		if days > 0 && from.Given() && a.Applies(step) && !a.Done(step, today) {
			list = append(list, deadline{what, dayOf(from.V.Time).AddDate(0, 0, days)})
		}
	}
	t := &a.Timeline
	if next < advisories.StageDocumented {
		after(advisories.StageAcknowledged, "acknowledge", t.Reported, policy.Acknowledge)
		after(advisories.StageAssessed, "assess", t.Reported, policy.Assess)
		after(advisories.StageReleased, "publish", t.Reported, policy.Publish)
		if t.EmbargoUntil.Given() && !a.Done(advisories.StageReleased, today) && !a.Rejected() {
			list = append(list, deadline{"end of embargo", dayOf(t.EmbargoUntil.V.Time)})
		}
	} else if !a.Rejected() {
		after(advisories.StageDocumented, "document", t.Published, advisories.DocumentDays)
		after(advisories.StageFeedback, "tell the reporter", t.Published, advisories.DocumentDays)
	} else {
		after(advisories.StageFeedback, "tell the reporter", t.Rejected.Date, advisories.DocumentDays)
	}
	for _, n := range a.Notified() {
		if n.By.Given() && !n.Done.Given() && !a.Rejected() {
			list = append(list, deadline{"notify " + n.Who.V, dayOf(n.By.V.Time)})
		}
	}
	if len(list) == 0 {
		return deadline{}, false
	}
	return slices.MinFunc(list, func(a, b deadline) int { return a.day.Compare(b.day) }), true
}

func dayOf(t time.Time) time.Time {
	return t.UTC().Truncate(24 * time.Hour)
}
