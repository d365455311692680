// Package workflow says where each open report stands on its way from a report
// to final feedback, what comes next, who does it and by when; prints the
// checklist of a coming release; and writes the messages that go with the steps.
//
// It knows documents and days. It knows no keys (whether an assignee can
// receive an encrypted report is told to it as a plain fact), sends nothing and
// encrypts nothing; but it knows which message must not travel in plain text.
package workflow

import (
	"io"
	"io/fs"
	"time"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
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
	DueFor   string   `json:"due_for,omitempty"`   // what is due then: acknowledge, assess, publish, embargo, notify NAME
	DaysLeft *int     `json:"days_left,omitempty"` // negative: overdue by so many days
}

// Contact is a plain fact about a person of keys/: whether there is a key with
// the role contact that can be used on the day.
type Contact struct {
	Owner  string
	Usable bool
	Reason string // why not, when not usable
}

// Status returns a row for each report that is not closed by today: most urgent
// first, then by id.
func Status(set *advisories.Set, today time.Time) []Row { return nil }

// Rules are the rows of the findings that this package makes.
var Rules = []finding.Rule{
	{ID: "assignee-without-key", Severity: finding.Warning,
		Title: "Assignee has no usable contact key",
		Why: "Reports and patches travel encrypted. Whoever handles a report needs a key with the role contact " +
			"in keys/, inside its window, that can receive encrypted messages."},
}

// Contacts returns a finding for every assignee of an open report who has no
// usable contact key.
func Contacts(set *advisories.Set, contacts []Contact, today time.Time) []finding.Finding { return nil }

// WriteTable prints rows for a terminal; WriteJSON prints them for scripts.
func WriteTable(w io.Writer, rows []Row) error { return nil }

// WriteJSON prints the rows as {"reports": [Row…]}.
func WriteJSON(w io.Writer, rows []Row) error { return nil }

// Checklist prints the Markdown checklist of a coming release, for the thread
// in which the team gets it ready: per advisory whether the fix is linked,
// verified by another member, consulted, packaged and documented. The error
// says when no advisory and no release names that version.
func Checklist(w io.Writer, set *advisories.Set, product, version string, today time.Time) error {
	return nil
}

// Step names one message.
type Step string

// The messages, in the order of the workflow.
const (
	Team        Step = "team"        // to the team: a new report
	Acknowledge Step = "acknowledge" // to the reporter: received, and what to expect by when
	Assess      Step = "assess"      // to the reporter: confirmed, invalid, or no fix expected
	Consult     Step = "consult"     // to the reporter: the patch, please verify it
	ThirdParty  Step = "third_party" // to others who must act
	Final       Step = "final"       // to the reporter: how it ended
)

// Steps lists all messages in order.
var Steps = []Step{Team, Acknowledge, Assess, Consult, ThirdParty, Final}

// ParseStep returns the step of that name. The error lists the names there are.
func ParseStep(name string) (Step, error) { return Step(name), nil }

// Message is a text ready to send.
type Message struct {
	To      string // the reporter's address, where the private part knows one
	Subject string
	Body    string
	Secret  string // why the message must be encrypted; empty where plain text will do
}

// Input is what Compose fills a message from.
type Input struct {
	Step      Step
	Advisory  *advisories.Advisory
	Set       *advisories.Set
	Templates fs.FS // messages/STEP.txt; the user's own folder laid over the built-in one
	Sender    string
	Today     time.Time
}

// Compose fills the step's template. It fails when the advisory lacks what the
// message would say (no patch to consult about, no outcome to tell), and when a
// template does. Whoever sends the message must refuse plain text when Secret
// is not empty.
func Compose(in Input) (*Message, error) { return &Message{}, nil }
