package workflow

import (
	"bytes"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
)

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
func ParseStep(name string) (Step, error) {
	if slices.Contains(Steps, Step(name)) {
		return Step(name), nil
	}
	names := make([]string, len(Steps))
	for i, s := range Steps {
		names[i] = string(s)
	}
	return "", fmt.Errorf("unknown step %q; expected one of %s", name, strings.Join(names, ", "))
}

// toReporter reports whether the message goes to whoever reported the flaw.
func (s Step) toReporter() bool { return s != Team && s != ThirdParty }

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

// Compose fills the step's template: a first line `Subject: …`, an empty line,
// and the text. It fails when the advisory lacks what the message would say (no
// patch to consult about, no outcome to tell), and when the template does.
//
// Which facts a template tells is noted while it is filled: as soon as one of
// them is private, or about a flaw that is not public, Secret says so, whoever
// wrote the template. Whoever sends the message must then refuse plain text. A
// subject is never encrypted, so such a fact in it is an error.
func Compose(in Input) (*Message, error) {
	if err := in.ready(); err != nil {
		return nil, err
	}
	name := "messages/" + string(in.Step) + ".txt"
	text, err := fs.ReadFile(in.Templates, name)
	if err != nil {
		return nil, fmt.Errorf("no text for the step %s: %w", in.Step, err)
	}
	header, body, ok := strings.Cut(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n\n")
	subject, isSubject := strings.CutPrefix(header, "Subject: ")
	if !ok || !isSubject || strings.Contains(subject, "\n") {
		return nil, fmt.Errorf("%s: expected a first line `Subject: …`, an empty line, and the text", name)
	}
	m := &Message{}
	inSubject, inBody := &Facts{in: in}, &Facts{in: in}
	if m.Subject, err = fill(name, subject, inSubject); err != nil {
		return nil, err
	}
	if inSubject.secret != "" {
		return nil, fmt.Errorf("%s: %s, but a subject is never encrypted", name, inSubject.secret)
	}
	if m.Body, err = fill(name, body, inBody); err != nil {
		return nil, err
	}
	m.Subject, m.Secret = finding.Plain(m.Subject), inBody.secret
	if in.Step.toReporter() {
		contact, _ := in.Advisory.Private.Get("reporter_contact")
		m.To = finding.Plain(contact.V)
	}
	return m, nil
}

func fill(name, text string, facts *Facts) (string, error) {
	t, err := template.New(name).Option("missingkey=error").Parse(text)
	if err != nil {
		return "", fmt.Errorf("text of a message: %w", err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, facts); err != nil {
		return "", fmt.Errorf("text of a message: %w", err)
	}
	return out.String(), nil
}

// ready says what the advisory lacks for the step.
func (in Input) ready() error {
	a, id := in.Advisory, in.Advisory.ID.V
	if a.Broken {
		return fmt.Errorf("%s could not be read whole; `countersign check` says why", a.Path)
	}
	if in.Step.toReporter() && !a.OutsideReporter() {
		return fmt.Errorf("%s has no reporter outside the team who could be written to", id)
	}
	switch in.Step {
	case Assess:
		if !a.Rejected() && !a.Done(advisories.StageTriaged, in.Today) {
			return fmt.Errorf("%s is not triaged: expected a risk, or a rejection with its reason, before the reporter is told the outcome", id)
		}
	case Consult:
		if !a.Done(advisories.StageRemediated, in.Today) || len(a.Fixes) == 0 {
			return fmt.Errorf("%s has no countermeasure to consult about: expected a patch or commits under `fixes`, found none", id)
		}
	case Final:
		if !a.Rejected() && !in.public() && a.Fixed() {
			return fmt.Errorf("%s is neither published nor rejected, so there is no end to tell of", id)
		}
	}
	return nil
}

// public reports whether the advisory may be read by everybody.
func (in Input) public() bool {
	t := &in.Advisory.Timeline
	return in.Advisory.Done(advisories.StageReleased, in.Today) && !in.Advisory.Rejected() &&
		(!t.EmbargoUntil.Given() || !t.EmbargoUntil.V.After(in.Today))
}
