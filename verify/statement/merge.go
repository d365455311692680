package statement

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
)

// Merge joins results of one release into one: the jobs of a matrix each judge some of its packages. The
// parts must agree on product, release, policy, source and, where they share a name, on digests; anything
// else is an error that names the disagreement, because two different facts cannot both be signed. The
// outcome is the worst of the parts, the time the latest. The verifier is that of the first part.
func Merge(parts []*Statement) (*Statement, error) {
	if len(parts) == 0 {
		return nil, errors.New("merge: no results given")
	}
	for _, part := range parts {
		if err := part.validate(); err != nil {
			return nil, fmt.Errorf("merge: %w", err)
		}
	}
	out := normalize(parts[0])
	for _, part := range parts[1:] {
		if err := out.absorb(normalize(part)); err != nil {
			return nil, fmt.Errorf("merge: %w", err)
		}
	}
	p := &out.Predicate
	slices.SortStableFunc(p.Packages, func(a, b Package) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortStableFunc(p.Fixes, func(a, b Fix) int {
		return cmp.Or(cmp.Compare(a.Advisory, b.Advisory), cmp.Compare(a.Package, b.Package))
	})
	return normalize(out), nil
}

// absorb adds one part to the receiver.
func (s *Statement) absorb(part *Statement) error {
	a, b := &s.Predicate, &part.Predicate
	if err := sameRun(a, b); err != nil {
		return err
	}
	if err := join("advisory", a.Inputs.Advisories, b.Inputs.Advisories); err != nil {
		return err
	}
	if err := join("key", a.Inputs.Keys, b.Inputs.Keys); err != nil {
		return err
	}
	if err := s.addSubjects(part.Subject); err != nil {
		return err
	}
	a.Packages = union(a.Packages, b.Packages)
	a.Fixes = union(a.Fixes, b.Fixes)
	a.Policy.Waivers = union(a.Policy.Waivers, b.Policy.Waivers)
	a.Policy.Attested = union(a.Policy.Attested, b.Policy.Attested)
	a.Result = a.Result.worse(b.Result)
	if b.Time.After(a.Time) {
		a.Time = b.Time
	}
	return nil
}

// sameRun refuses parts that were reached under different terms.
func sameRun(a, b *Predicate) error {
	for _, c := range []struct {
		name string
		a, b any
	}{
		{"product", a.Product, b.Product},
		{"release", a.Release, b.Release},
		{"policy.fix_signature", a.Policy.FixSignature, b.Policy.FixSignature},
		{"policy.package_signatures", a.Policy.PackageSignatures, b.Policy.PackageSignatures},
		{"policy.trust", a.Policy.Trust, b.Policy.Trust},
		{"source", a.Source, b.Source},
		{"sources", a.Sources, b.Sources},
	} {
		if !reflect.DeepEqual(c.a, c.b) {
			return fmt.Errorf("%s differs between the results: %v and %v; run verify again on the same inputs", c.name, c.a, c.b)
		}
	}
	return nil
}

// join adds digests and refuses two for one name.
func join(kind string, into, from map[string]string) error {
	for _, c := range compare(kind, into, from) {
		if before, ok := into[c.Name]; ok {
			if after, ok := from[c.Name]; ok {
				return fmt.Errorf("%s %s was %s in one result and %s in another", kind, c.Name, short(before), short(after))
			}
		}
	}
	for name, digest := range from {
		into[name] = digest
	}
	return nil
}

// addSubjects adds subjects and refuses one name with two digests.
func (s *Statement) addSubjects(list []Subject) error {
	for _, sub := range list {
		i := slices.IndexFunc(s.Subject, func(have Subject) bool { return have.Name == sub.Name })
		switch {
		case i < 0:
			s.Subject = append(s.Subject, sub)
		case !reflect.DeepEqual(s.Subject[i].Digest, sub.Digest):
			return fmt.Errorf("package %s has another digest in each result", sub.Name)
		}
	}
	return nil
}

// union appends what is not there yet, in order.
func union[T any](a, b []T) []T {
	for _, item := range b {
		if !slices.ContainsFunc(a, func(have T) bool { return reflect.DeepEqual(have, item) }) {
			a = append(a, item)
		}
	}
	return a
}
