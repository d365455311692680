package main

import (
	"errors"
	"fmt"

	"github.com/countersign/countersign/advisories/finding"
)

// outcome is the error of a command that has said all it has to say: only the
// exit code is left.
type outcome int

func (o outcome) Error() string { return fmt.Sprintf("exit code %d", int(o)) }

// outcomeOf turns the worst severity of a list of findings into the command's
// outcome.
func outcomeOf(list []finding.Finding) error {
	switch finding.Worst(list) {
	case finding.Error:
		return outcome(exitFindings)
	case finding.Unchecked:
		return outcome(exitUnchecked)
	}
	return nil
}

// hinted is an error with the next step.
type hinted struct {
	error
	hint string
}

func (h hinted) Unwrap() error { return h.error }

// withHint adds what the user should do next to an error.
func withHint(hint string, format string, args ...any) error {
	return hinted{fmt.Errorf(format, args...), hint}
}

// exitCode prints the error that ended a command, if it is one that has not
// been told yet, and gives its exit code.
func (p *program) exitCode(err error) int {
	if err == nil {
		return exitClean
	}
	var told outcome
	if errors.As(err, &told) {
		return int(told)
	}
	fmt.Fprintf(p.stderr, "countersign: %v\n", err)
	var h hinted
	if errors.As(err, &h) {
		fmt.Fprintf(p.stderr, "  %s\n", h.hint)
	}
	return exitUsage
}
