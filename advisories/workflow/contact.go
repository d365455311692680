package workflow

import (
	"time"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
)

// Contact is a plain fact about a person of keys/: whether a key with the role
// contact can receive encrypted messages on the day.
type Contact struct {
	Owner  string
	Usable bool
	Reason string // why not, when not usable
}

// Rules are the rows of the findings that this package makes.
var Rules = []finding.Rule{
	{ID: "assignee-without-key", Severity: finding.Warning,
		Title: "Assignee has no usable contact key",
		Why: "Reports and patches travel encrypted. Whoever handles a report needs a key with the role contact " +
			"in keys/, inside its window, that can receive encrypted messages."},
}

// Contacts returns a finding for every assignee of an open report who has no
// usable contact key. A person may have several keys; one usable key is enough.
func Contacts(set *advisories.Set, contacts []Contact, today time.Time) []finding.Finding {
	reason := map[string]string{}
	usable := map[string]bool{}
	for _, c := range contacts {
		usable[c.Owner] = usable[c.Owner] || c.Usable
		if reason[c.Owner] == "" {
			reason[c.Owner] = c.Reason
		}
	}
	var list []finding.Finding
	for _, a := range set.Advisories {
		if _, open := nextStep(set, a, today); !open {
			continue
		}
		for _, who := range a.Assignees {
			if usable[who.V] {
				continue
			}
			why := reason[who.V]
			if why == "" {
				why = "there is no key of this owner in keys/"
			}
			f := finding.Finding{Rule: Rules[0].ID, Severity: Rules[0].Severity, At: who.At,
				Hint: "add a key with `roles: [contact]`, or assign somebody who has one"}
			f.Message = finding.Plain(who.V) + " cannot be sent an encrypted report: " + why
			list = append(list, f)
		}
	}
	finding.Sort(list)
	return list
}
