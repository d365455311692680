package cvss

import "strings"

// definition is one metric of a version of the standard.
type definition struct {
	group, code, name string
	values            map[string]string // value to meaning
	choice            string            // "N (Network), A (Adjacent), …", for messages
}

// definitions holds the metrics of each version in the order of its standard,
// and index the same by code.
var (
	definitions = map[string][]*definition{}
	index       = map[string]map[string]*definition{}
)

func init() {
	for version, table := range map[string]string{"2.0": metrics2, "3.0": metrics3, "3.1": metrics3, "4.0": metrics4} {
		index[version] = map[string]*definition{}
		group := ""
		for line := range strings.Lines(table) {
			line = strings.TrimSpace(line)
			if name, ok := strings.CutSuffix(line, ":"); ok {
				group = name
				continue
			}
			if line == "" {
				continue
			}
			d := parseDefinition(line)
			d.group = group
			definitions[version] = append(definitions[version], d)
			index[version][d.code] = d
		}
	}
}

// parseDefinition reads a row of the tables below: code, name and values.
func parseDefinition(line string) *definition {
	code, rest, _ := strings.Cut(line, " ")
	name, list, _ := strings.Cut(rest, " = ")
	d := &definition{code: code, name: name, values: map[string]string{}}
	var choice []string
	for entry := range strings.SplitSeq(list, ", ") {
		value, meaning, _ := strings.Cut(entry, " ")
		d.values[value] = meaning
		choice = append(choice, value+" ("+meaning+")")
	}
	d.choice = strings.Join(choice, ", ")
	return d
}

const metrics2 = `
base:
AV Access Vector = L Local, A Adjacent Network, N Network
AC Access Complexity = H High, M Medium, L Low
Au Authentication = M Multiple, S Single, N None
C Confidentiality Impact = N None, P Partial, C Complete
I Integrity Impact = N None, P Partial, C Complete
A Availability Impact = N None, P Partial, C Complete
temporal:
E Exploitability = ND Not Defined, U Unproven, POC Proof of Concept, F Functional, H High
RL Remediation Level = ND Not Defined, OF Official Fix, TF Temporary Fix, W Workaround, U Unavailable
RC Report Confidence = ND Not Defined, UC Unconfirmed, UR Uncorroborated, C Confirmed
environmental:
CDP Collateral Damage Potential = ND Not Defined, N None, L Low, LM Low-Medium, MH Medium-High, H High
TD Target Distribution = ND Not Defined, N None, L Low, M Medium, H High
CR Confidentiality Requirement = ND Not Defined, L Low, M Medium, H High
IR Integrity Requirement = ND Not Defined, L Low, M Medium, H High
AR Availability Requirement = ND Not Defined, L Low, M Medium, H High
`

const metrics3 = `
base:
AV Attack Vector = N Network, A Adjacent, L Local, P Physical
AC Attack Complexity = L Low, H High
PR Privileges Required = N None, L Low, H High
UI User Interaction = N None, R Required
S Scope = U Unchanged, C Changed
C Confidentiality = H High, L Low, N None
I Integrity = H High, L Low, N None
A Availability = H High, L Low, N None
temporal:
E Exploit Code Maturity = X Not Defined, U Unproven, P Proof-of-Concept, F Functional, H High
RL Remediation Level = X Not Defined, O Official Fix, T Temporary Fix, W Workaround, U Unavailable
RC Report Confidence = X Not Defined, U Unknown, R Reasonable, C Confirmed
environmental:
CR Confidentiality Requirement = X Not Defined, L Low, M Medium, H High
IR Integrity Requirement = X Not Defined, L Low, M Medium, H High
AR Availability Requirement = X Not Defined, L Low, M Medium, H High
MAV Modified Attack Vector = X Not Defined, N Network, A Adjacent, L Local, P Physical
MAC Modified Attack Complexity = X Not Defined, L Low, H High
MPR Modified Privileges Required = X Not Defined, N None, L Low, H High
MUI Modified User Interaction = X Not Defined, N None, R Required
MS Modified Scope = X Not Defined, U Unchanged, C Changed
MC Modified Confidentiality = X Not Defined, N None, L Low, H High
MI Modified Integrity = X Not Defined, N None, L Low, H High
MA Modified Availability = X Not Defined, N None, L Low, H High
`

const metrics4 = `
base:
AV Attack Vector = N Network, A Adjacent, L Local, P Physical
AC Attack Complexity = L Low, H High
AT Attack Requirements = N None, P Present
PR Privileges Required = N None, L Low, H High
UI User Interaction = N None, P Passive, A Active
VC Vulnerable System Confidentiality = H High, L Low, N None
VI Vulnerable System Integrity = H High, L Low, N None
VA Vulnerable System Availability = H High, L Low, N None
SC Subsequent System Confidentiality = H High, L Low, N None
SI Subsequent System Integrity = H High, L Low, N None
SA Subsequent System Availability = H High, L Low, N None
threat:
E Exploit Maturity = X Not Defined, A Attacked, P Proof-of-Concept, U Unreported
environmental:
CR Confidentiality Requirement = X Not Defined, H High, M Medium, L Low
IR Integrity Requirement = X Not Defined, H High, M Medium, L Low
AR Availability Requirement = X Not Defined, H High, M Medium, L Low
MAV Modified Attack Vector = X Not Defined, N Network, A Adjacent, L Local, P Physical
MAC Modified Attack Complexity = X Not Defined, L Low, H High
MAT Modified Attack Requirements = X Not Defined, N None, P Present
MPR Modified Privileges Required = X Not Defined, N None, L Low, H High
MUI Modified User Interaction = X Not Defined, N None, P Passive, A Active
MVC Modified Vulnerable System Confidentiality = X Not Defined, H High, L Low, N None
MVI Modified Vulnerable System Integrity = X Not Defined, H High, L Low, N None
MVA Modified Vulnerable System Availability = X Not Defined, H High, L Low, N None
MSC Modified Subsequent System Confidentiality = X Not Defined, H High, L Low, N Negligible
MSI Modified Subsequent System Integrity = X Not Defined, S Safety, H High, L Low, N Negligible
MSA Modified Subsequent System Availability = X Not Defined, S Safety, H High, L Low, N Negligible
supplemental:
S Safety = X Not Defined, N Negligible, P Present
AU Automatable = X Not Defined, N No, Y Yes
R Recovery = X Not Defined, A Automatic, U User, I Irrecoverable
V Value Density = X Not Defined, D Diffuse, C Concentrated
RE Vulnerability Response Effort = X Not Defined, L Low, M Moderate, H High
U Provider Urgency = X Not Defined, Clear Clear, Green Green, Amber Amber, Red Red
`
