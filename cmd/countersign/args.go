package main

import (
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/countersign/countersign/advisories/finding"
)

// arrange brings the arguments into the one order that the command library
// understands: global flags, command, its flags, `--`, positional arguments.
// People write flags wherever they come to mind (`verify 1.8.37 --repo x=DIR
// --format json`), and a flag that is quietly taken for a file name is how a
// gate ends up checking something else. Unknown commands and flags end here.
func arrange(app *cli.App, args []string) ([]string, error) {
	a := arranger{level: app.Commands, globals: app.Flags}
	rest := args[1:]
	for len(rest) > 0 {
		word := rest[0]
		rest = rest[1:]
		var err error
		switch {
		case word == "--":
			a.words = append(a.words, rest...)
			rest = nil
		case len(word) > 1 && word[0] == '-':
			rest, err = a.flag(word, rest)
		default:
			err = a.word(word)
		}
		if err != nil {
			return nil, err
		}
	}
	return a.result(args[0])
}

// arranger collects the parts of a command line.
type arranger struct {
	globals  []cli.Flag
	level    []*cli.Command // the commands that may come next
	path     []*cli.Command // the command, and its sub-command
	global   []string
	local    []string
	words    []string
	asksHelp bool
}

// flag takes one flag, and its value from rest where it needs one.
func (a *arranger) flag(word string, rest []string) ([]string, error) {
	name, _, inline := strings.Cut(strings.TrimLeft(word, "-"), "=")
	if name == "help" || name == "h" {
		a.asksHelp = true
		return rest, nil
	}
	found, into := lookup(a.globals, name), &a.global
	for _, command := range a.path {
		if f := lookup(command.Flags, name); f != nil {
			found, into = f, &a.local
		}
	}
	if found == nil {
		return nil, a.unknownFlag(word, name)
	}
	*into = append(*into, word)
	if inline || !takesValue(found) {
		return rest, nil
	}
	if len(rest) == 0 {
		return nil, withHint(a.helpHint(), "%s needs a value: %s", word, found.(cli.DocGenerationFlag).GetUsage())
	}
	*into = append(*into, rest[0])
	return rest[1:], nil
}

// word takes a command's name, or a positional argument.
func (a *arranger) word(word string) error {
	if len(a.level) == 0 {
		a.words = append(a.words, word)
		return nil
	}
	if len(a.path) == 0 && word == "help" {
		a.asksHelp = true
		return nil
	}
	for _, command := range a.level {
		if command.HasName(word) {
			a.path = append(a.path, command)
			a.level = command.Subcommands
			return nil
		}
	}
	return withHint(suggestion(finding.Nearest(word, names(a.level)), a.helpHint()), "unknown command %q", a.commandLine()+" "+word)
}

func (a *arranger) result(program string) ([]string, error) {
	out := append([]string{program}, a.global...)
	for _, command := range a.path {
		out = append(out, command.Name)
	}
	out = append(out, a.local...)
	if a.asksHelp {
		return append(out, "--help"), nil
	}
	if len(a.path) == 0 {
		return nil, withHint(a.helpHint(), "expected a command: %s", strings.Join(names(a.level), ", "))
	}
	last := a.path[len(a.path)-1]
	if last.Action == nil {
		return nil, withHint(a.helpHint(), "expected `%s` or `%s %s`", a.commandLine()+" "+names(a.level)[0], a.commandLine(), strings.Join(names(a.level)[1:], "|"))
	}
	if len(a.words) == 0 {
		return out, nil
	}
	if last.ArgsUsage == "" {
		return nil, withHint(a.helpHint(), "%s takes no argument, found %q", a.commandLine(), a.words[0])
	}
	return append(append(out, "--"), a.words...), nil
}

func (a *arranger) unknownFlag(word, name string) error {
	flags := a.globals
	for _, command := range a.path {
		flags = append(flags[:len(flags):len(flags)], command.Flags...)
	}
	var known []string
	for _, f := range flags {
		for _, n := range f.Names() {
			if len(n) > 1 {
				known = append(known, n)
			}
		}
	}
	near := finding.Nearest(name, known)
	switch {
	case name == "version" && len(a.path) == 0:
		near = "countersign version"
	case near != "":
		near = "--" + near
	}
	return withHint(suggestion(near, a.helpHint()), "unknown flag %q", word)
}

func (a *arranger) commandLine() string {
	line := "countersign"
	for _, command := range a.path {
		line += " " + command.Name
	}
	return line
}

func (a *arranger) helpHint() string {
	return "run `" + a.commandLine() + " --help` for what is possible"
}

func lookup(flags []cli.Flag, name string) cli.Flag {
	for _, f := range flags {
		for _, n := range f.Names() {
			if n == name {
				return f
			}
		}
	}
	return nil
}

func takesValue(f cli.Flag) bool {
	doc, ok := f.(cli.DocGenerationFlag)
	return ok && doc.TakesValue()
}

func names(commands []*cli.Command) []string {
	var out []string
	for _, command := range commands {
		if !command.Hidden {
			out = append(out, command.Name)
		}
	}
	return out
}

func suggestion(near, otherwise string) string {
	if near == "" {
		return otherwise
	}
	return "did you mean `" + near + "`?"
}
