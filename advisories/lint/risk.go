package lint

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/cvss"
	"github.com/countersign/countersign/advisories/cwe"
	"github.com/countersign/countersign/advisories/finding"
)

func checkRiskMissing(p *Pass) {
	a := p.Advisory
	if !a.Risk.Given() && !a.IsIncident() && p.reached(advisories.StageAssessed) {
		p.Missing(p.name(), "expected a risk, found none").Hint = "add `risk:` with " + oneOf(p.Policy.Risks)
	}
}

func checkRiskUnknown(p *Pass) {
	risk := p.Advisory.Risk
	if !risk.Given() || slices.Contains(p.Policy.Risks, risk.V) {
		return
	}
	f := p.Report(risk.At, "expected %s, found %q", oneOf(p.Policy.Risks), cut(risk.V))
	for _, known := range p.Policy.Risks {
		if strings.EqualFold(known, risk.V) {
			f.Edit = replace(risk, known)
		}
	}
}

// vector is a field with what is read from it.
type vector struct {
	field advisories.Value[string]
	read  *cvss.Vector
	err   error
}

func (p *Pass) cvss() []vector {
	if p.vectors == nil {
		for _, v := range p.Advisory.CVSS {
			read, ok := p.vector.Load(v.V)
			if !ok {
				parsed, err := cvss.Parse(v.V)
				read, _ = p.vector.LoadOrStore(v.V, vector{read: parsed, err: err})
			}
			one := read.(vector)
			one.field = v
			p.vectors = append(p.vectors, one)
		}
	}
	return p.vectors
}

func checkCVSSInvalid(p *Pass) {
	for _, v := range p.cvss() {
		if v.err == nil || errors.As(v.err, new(*cvss.IncompleteError)) {
			continue
		}
		f := p.Report(v.field.At, "%s", v.err)
		if upper := strings.ToUpper(v.field.V); upper != v.field.V {
			if _, err := cvss.Parse(upper); err == nil {
				f.Edit = replace(v.field, upper)
			}
		}
	}
}

func checkCVSSIncomplete(p *Pass) {
	for _, v := range p.cvss() {
		var incomplete *cvss.IncompleteError
		if errors.As(v.err, &incomplete) {
			p.Report(v.field.At, "%s", incomplete).Hint = "copy the whole vector from the calculator, or leave the field out"
		}
	}
}

func checkCVSSRepeated(p *Pass) {
	seen := map[string]finding.Span{}
	for _, v := range p.cvss() {
		if v.err != nil {
			continue
		}
		if first, twice := seen[v.read.Version]; twice {
			p.Report(v.field.At, "there is another vector of CVSS %s", v.read.Version).Related = []finding.Related{{At: first, Message: "the first one"}}
			continue
		}
		seen[v.read.Version] = v.field.At
	}
}

// levels are the words for a risk that a vector's severity can be compared
// with, from the lowest. A project whose levels have other names rates by
// another scale, and nothing is said.
var levels = []string{"none", "low", "medium", "high", "critical"}

func checkRiskVector(p *Pass) {
	a := p.Advisory
	if a.RiskRationale.Given() && hasWords(a.RiskRationale.V) || !a.Risk.Given() ||
		!slices.Contains(levels, a.Risk.V) || !slices.Contains(p.Policy.Risks, a.Risk.V) {
		return
	}
	var worst *cvss.Vector
	for _, v := range p.cvss() {
		if v.err != nil {
			continue
		}
		if p.nearest(v.read.Severity) == a.Risk.V {
			return
		}
		if worst == nil || v.read.Score > worst.Score {
			worst = v.read
		}
	}
	if worst != nil {
		p.Report(a.Risk.At, "the risk is %s, the CVSS %s vector scores %.1f, which is %s", a.Risk.V, worst.Version, worst.Score, worst.Severity).Hint =
			"mend either, or say in `risk_rationale` why the risk is another in the field"
	}
}

// nearest returns the level of the policy for a severity: the policy may have
// fewer than the standard.
func (p *Pass) nearest(severity string) string {
	at := slices.Index(levels, severity)
	for down := at; down >= 0; down-- {
		if slices.Contains(p.Policy.Risks, levels[down]) {
			return levels[down]
		}
	}
	for up := at; up < len(levels); up++ {
		if slices.Contains(p.Policy.Risks, levels[up]) {
			return levels[up]
		}
	}
	return severity
}

// weakness matches ways to write a weakness that name it clearly: its number,
// perhaps followed by its name.
var weakness = regexp.MustCompile(`^(?:[Cc][Ww][Ee][-_ ]?)?0*([1-9][0-9]{0,5})(?:\s*[:(–-]?\s*(.+?)\)?)?$`)

func checkCWEForm(p *Pass) {
	for _, v := range p.Advisory.CWE {
		if _, ok := cwe.Number(v.V); ok {
			continue
		}
		f := p.Report(v.At, "expected an id such as CWE-79 alone, found %q", cut(v.V))
		m := weakness.FindStringSubmatch(v.V)
		if m == nil {
			continue
		}
		w, ok := cwe.Lookup("CWE-" + m[1])
		if ok && m[2] != "" && !sameName(m[2], w.Name) {
			f.Message += "; the name of CWE-" + m[1] + " is " + w.Name
			continue
		}
		f.Edit = replace(v, "CWE-"+m[1])
	}
}

// sameName reports whether a name is the weakness's, or the short one that it
// holds: 'Cross-site Scripting' of "… During Web Page Generation
// ('Cross-site Scripting')".
func sameName(written, name string) bool {
	fold := func(s string) string { return strings.ToLower(strings.Trim(s, " '\"().")) }
	return fold(written) == fold(name) || strings.Contains(strings.ToLower(name), "('"+fold(written)+"')")
}

func checkCWEUnknown(p *Pass) {
	for _, v := range p.Advisory.CWE {
		n, ok := cwe.Number(v.V)
		if _, known := cwe.Lookup(v.V); !ok || known {
			continue
		}
		if n > cwe.Last() {
			f := p.Report(v.At, "%s is newer than the list of weaknesses known here, CWE %s of %s", v.V, cwe.Version, cwe.Date)
			f.Severity = finding.Warning // it may well exist
			continue
		}
		p.Report(v.At, "%s is no weakness of CWE %s; categories and views cannot stand here", v.V, cwe.Version)
	}
}

func checkCWEMapping(p *Pass) {
	for _, v := range p.Advisory.CWE {
		if w, ok := cwe.Lookup(v.V); ok && (w.Usage == cwe.Prohibited || w.Usage == cwe.Deprecated) {
			p.Report(v.At, "%s (%s) is not for naming the cause of a flaw", v.V, w.Name).Hint = "see " + w.URL() + " for the ones to use instead"
		}
	}
}

// hasWords reports whether a reason says anything at all.
func hasWords(s string) bool { return strings.TrimSpace(s) != "" }
