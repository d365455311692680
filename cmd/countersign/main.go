// Command countersign holds a security release behind three gates: check reads
// the advisories, verify looks into the packages for every fix that they
// promise, and site renders what the public may see.
//
// This folder knows the user, the terminal and the environment. It opens files,
// reads the clock, turns flags into calls and results into exit codes. What a
// good advisory is, what proves a fix and what may be public is decided in the
// packages advisories, verify and site; nothing here is a decision worth a unit
// test.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// Exit codes, named once. A script may rely on them.
const (
	exitClean     = 0 // nothing to say, the gate is open
	exitFindings  = 1 // findings, or a refuted fix: the gate is closed
	exitUsage     = 2 // wrong usage, or a file that cannot be opened
	exitUnchecked = 3 // nothing refuted, but something could not be checked
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args, os.Getenv, os.Stdin, os.Stdout, os.Stderr))
}

// run is the whole program as a function: args as in os.Args, getenv for the
// environment. It returns the exit code.
func run(ctx context.Context, args []string, getenv func(string) string, stdin io.Reader, stdout, stderr io.Writer) int {
	p := &program{getenv: getenv, stdin: stdin, stdout: stdout, stderr: stderr}
	app := p.app()
	ordered, err := arrange(app, args)
	if err == nil {
		err = app.RunContext(ctx, ordered)
	}
	return p.exitCode(err)
}
