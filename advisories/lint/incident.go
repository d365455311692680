package lint

import "github.com/countersign/countersign/advisories"

// checkIncident asks for each field of an incident from a step on: who handles
// it at once, what came of it when it becomes public.
func checkIncident(p *Pass) {
	a := p.Advisory
	if !a.IsIncident() || !p.open() {
		return
	}
	in := a.Incident
	if in == nil {
		if p.reached(advisories.StageHandled) {
			p.Missing(p.name(), "expected `incident`, which says who handles it and whom it must be reported to, found none")
		}
		return
	}
	for _, need := range []struct {
		name  string
		given bool
		from  advisories.Stage
		hint  string
	}{
		{"handled_by", in.HandledBy.Given(), advisories.StageHandled, "internal, or external where somebody else handles it"},
		{"handlers", len(in.Handlers) > 0, advisories.StageHandled, "the people, or the party outside, who handle it"},
		{"type", in.Type.Given(), advisories.StageTriaged, "supply_chain, malware, infrastructure, data_breach or other"},
		{"notify", len(in.Notify) > 0, advisories.StageTriaged, "{who: users, by: YYYY-MM-DD} at least; authorities and related projects where they must be told"},
		{"impact", hasWords(in.Impact.V), advisories.StageReleased, "what was affected, in a sentence"},
		{"root_cause", hasWords(in.RootCause.V), advisories.StageReleased, "why it could happen, in a sentence"},
		{"actions", len(in.Actions) > 0, advisories.StageReleased, "a list of what was done"},
	} {
		if !need.given && (need.from < advisories.StageReleased && p.reached(need.from) || p.complete()) {
			p.Missing(in.At, "expected %s, found none", need.name).Hint = need.hint
		}
	}
}

func checkIncidentKind(p *Pass) {
	if a := p.Advisory; a.Incident != nil && !a.IsIncident() {
		p.Report(a.Incident.At, "found the fields of an incident in an advisory of another kind").Hint = "add `kind: incident`"
	}
}

func checkNotify(p *Pass) {
	for _, n := range p.Advisory.Notified() {
		switch {
		case !hasWords(n.Who.V):
			p.Missing(n.At, "expected who must be told, found nobody")
		case !n.By.Given() && !n.Done.Given():
			p.Missing(n.At, "expected by when %q must be told, found no date", cut(n.Who.V))
		}
	}
}

func checkNotifyOverdue(p *Pass) {
	if !p.open() {
		return
	}
	for _, n := range p.Advisory.Notified() {
		if n.By.Given() && !n.Done.Given() && day(n.By.V).Before(day(advisories.Date{Time: p.Today})) {
			p.Report(n.By.At, "%q should have been told by %s", cut(n.Who.V), n.By.V).Hint = "tell them, then add done: YYYY-MM-DD"
		}
	}
}
