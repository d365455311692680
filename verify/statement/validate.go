package statement

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// maxStatement bounds what is read: 30,000 unexplained paths and 200 fixes with all their hunks stay far
// below it, and a larger file is no result of ours.
const maxStatement = 64 << 20

// maxDepth bounds nesting, because the duplicate check walks the value before it is decoded.
const maxDepth = 32

// validate checks the form that Read and Encode share.
func (s *Statement) validate() error {
	switch {
	case s.Type != StatementType:
		return fmt.Errorf("statement: _type is %q, expected %q", s.Type, StatementType)
	case s.PredicateType != PredicateType:
		return fmt.Errorf("statement: predicateType is %q, expected %q: this file is no result of countersign verify",
			s.PredicateType, PredicateType)
	case !slices.Contains([]Outcome{Passed, Failed, Unverifiable}, s.Predicate.Result):
		return fmt.Errorf("statement: result is %q, expected PASSED, FAILED or UNVERIFIABLE", s.Predicate.Result)
	case s.Predicate.Release == "":
		return errors.New("statement: no release is named")
	case s.Predicate.Time.IsZero():
		return errors.New("statement: no time is given")
	}
	if err := validateSubjects(s.Subject); err != nil {
		return err
	}
	return s.validatePassed()
}

// validatePassed refuses a result that says PASSED over verdicts that do not: somebody wrote it by hand.
// An undecided verdict passes where two people attested to it for exactly these bytes.
func (s *Statement) validatePassed() error {
	if s.Predicate.Result != Passed {
		return nil
	}
	for _, fix := range s.Predicate.Fixes {
		switch fix.Verdict {
		case "present", "evolved", "not_applicable":
			continue
		case "unverifiable":
			if s.attested(fix) {
				continue
			}
		}
		return fmt.Errorf("statement: result is PASSED although the fix of %s in %s is %q", fix.Advisory, fix.Package, fix.Verdict)
	}
	return nil
}

// attested looks for the attestation of a fix's package.
func (s *Statement) attested(fix Fix) bool {
	return slices.ContainsFunc(s.Predicate.Policy.Attested, func(a Attestation) bool {
		return a.Advisory == fix.Advisory && slices.ContainsFunc(s.Subject, func(sub Subject) bool {
			return sub.Name == fix.Package && sub.Digest["sha256"] == a.PackageSHA256
		})
	})
}

// validateSubjects holds each subject to one name and one well-formed SHA-256.
func validateSubjects(list []Subject) error {
	seen := map[string]bool{}
	for _, sub := range list {
		if sub.Name == "" {
			return errors.New("statement: a subject has no name")
		}
		if seen[sub.Name] {
			return fmt.Errorf("statement: subject %q is listed twice", sub.Name)
		}
		seen[sub.Name] = true
		if !isSHA256(sub.Digest["sha256"]) {
			return fmt.Errorf("statement: subject %q has no sha256 digest of 64 lower-case hex digits", sub.Name)
		}
	}
	return nil
}

// isSHA256 accepts the one spelling of a SHA-256 digest: 64 lower-case hex digits.
func isSHA256(s string) bool {
	raw, err := hex.DecodeString(s)
	return err == nil && len(raw) == 32 && strings.ToLower(s) == s
}

// normalize returns a copy in the order and with the empty lists that make the encoding deterministic.
func normalize(s *Statement) *Statement {
	c := *s
	c.Subject = slices.SortedFunc(slices.Values(s.Subject), func(a, b Subject) int { return strings.Compare(a.Name, b.Name) })
	p := &c.Predicate
	p.Time = p.Time.UTC()
	p.Policy.Waivers = list(p.Policy.Waivers)
	p.Policy.Attested = list(p.Policy.Attested)
	p.Source.Patches = list(p.Source.Patches)
	p.Sources = slices.Clone(p.Sources)
	for i := range p.Sources {
		p.Sources[i].Patches = list(p.Sources[i].Patches)
	}
	p.Packages = list(p.Packages)
	for i := range p.Packages {
		pkg := &p.Packages[i]
		pkg.Unexplained, pkg.Missing, pkg.Signatures = list(pkg.Unexplained), list(pkg.Missing), list(pkg.Signatures)
	}
	p.Fixes = list(p.Fixes)
	for i := range p.Fixes {
		fix := &p.Fixes[i]
		fix.EvolvedBy, fix.Hunks = list(fix.EvolvedBy), list(fix.Hunks)
	}
	p.Inputs.Advisories = table(p.Inputs.Advisories)
	p.Inputs.Keys = table(p.Inputs.Keys)
	c.Subject = list(c.Subject)
	return &c
}

// list returns a copy that is never nil, since a nil slice would print as null.
func list[T any](in []T) []T {
	return append(make([]T, 0, len(in)), in...)
}

// table is list for maps.
func table(in map[string]string) map[string]string {
	out := make(map[string]string, len(in))
	maps.Copy(out, in)
	return out
}

// uniqueKeys refuses a JSON object that names a field twice, also by another case: decoders disagree
// about which one counts, so such a file says different things to different readers.
func uniqueKeys(data []byte) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	return walkValue(dec, 0)
}

// walkValue reads one JSON value of any kind.
func walkValue(dec *json.Decoder, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("values are nested deeper than %d", maxDepth)
	}
	tok, err := dec.Token()
	if err != nil {
		return err
	}
	switch tok {
	case json.Delim('{'):
		return walkObject(dec, depth)
	case json.Delim('['):
		for dec.More() {
			if err := walkValue(dec, depth+1); err != nil {
				return err
			}
		}
		_, err = dec.Token()
	}
	return err
}

// walkObject reads the fields of an object up to its closing brace.
func walkObject(dec *json.Decoder, depth int) error {
	seen := map[string]bool{}
	for dec.More() {
		tok, err := dec.Token()
		if err != nil {
			return err
		}
		name, _ := tok.(string)
		if fold := strings.ToLower(strings.ToUpper(name)); seen[fold] { // both ways, as the decoder takes ſ for s
			return fmt.Errorf("field %q appears twice in one object", name)
		} else {
			seen[fold] = true
		}
		if err := walkValue(dec, depth+1); err != nil {
			return err
		}
	}
	_, err := dec.Token()
	return err
}
