package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"
)

var shells = []string{"bash", "zsh", "fish", "powershell"}

func (p *program) completionCommand() *cli.Command {
	return p.command(&cli.Command{
		Name:      "completion",
		Category:  extras,
		Usage:     "a completion script for bash, zsh, fish or powershell; or the man page",
		ArgsUsage: "SHELL|man",
		Description: "bash: source <(countersign completion bash) · zsh: the same, after compinit · fish: countersign\n" +
			"completion fish | source · PowerShell: countersign completion powershell | Out-String |\n" +
			"Invoke-Expression · man: countersign completion man > countersign.1",
	}, p.completion)
}

func (p *program) completion(_ context.Context, s *session) error {
	if len(s.args) != 1 {
		return fmt.Errorf("completion: expected one of %s, man", strings.Join(shells, ", "))
	}
	app := p.app()
	words := completions(app)
	switch s.args[0] {
	case "bash":
		bashCompletion(s.stdout, words)
	case "zsh":
		fmt.Fprintln(s.stdout, "autoload -U +X bashcompinit && bashcompinit")
		bashCompletion(s.stdout, words)
	case "fish":
		script, err := app.ToFishCompletion()
		if err != nil {
			return err
		}
		fmt.Fprint(s.stdout, script)
	case "powershell":
		powershellCompletion(s.stdout, words)
	case "man":
		page, err := app.ToMan()
		if err != nil {
			return err
		}
		fmt.Fprint(s.stdout, page)
	default:
		return fmt.Errorf("completion: expected one of %s, man, found %q", strings.Join(shells, ", "), s.args[0])
	}
	return nil
}

// choice is what may follow a command: "" is the program itself.
type choice struct {
	after string
	words []string
}

// completions lists what may stand after each command, in the order of the table.
func completions(app *cli.App) []choice {
	all := []choice{{"", append(names(app.Commands), "help")}}
	for _, command := range app.Commands {
		words := append(names(command.Subcommands), flagWords(command.Flags)...)
		for _, sub := range command.Subcommands {
			words = append(words, flagWords(sub.Flags)...)
		}
		all = append(all, choice{command.Name, append(words, flagWords(app.Flags)...)})
	}
	return all
}

func flagWords(flags []cli.Flag) []string {
	var out []string
	for _, f := range flags {
		if name := f.Names()[0]; len(name) == 1 {
			out = append(out, "-"+name)
		} else {
			out = append(out, "--"+name)
		}
	}
	return out
}

func bashCompletion(w io.Writer, all []choice) {
	fmt.Fprintln(w, "_countersign() {\n  local words\n  case ${COMP_WORDS[1]} in")
	for _, c := range all[1:] {
		fmt.Fprintf(w, "  %s) words=%q ;;\n", c.after, strings.Join(c.words, " "))
	}
	fmt.Fprintln(w, "  esac")
	fmt.Fprintf(w, "  if [ \"$COMP_CWORD\" = 1 ]; then words=%q; fi\n", strings.Join(all[0].words, " "))
	fmt.Fprintln(w, "  COMPREPLY=($(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n}\ncomplete -o default -F _countersign countersign")
}

func powershellCompletion(w io.Writer, all []choice) {
	fmt.Fprintln(w, "Register-ArgumentCompleter -Native -CommandName countersign -ScriptBlock {\n  param($word, $ast, $position)\n  $table = @{")
	for _, c := range all {
		fmt.Fprintf(w, "    '%s' = '%s'\n", c.after, strings.Join(c.words, " "))
	}
	fmt.Fprintln(w, "  }\n  $given = @($ast.CommandElements | ForEach-Object { $_.ToString() })\n"+
		"  $after = if ($given.Count -gt 2 -or ($given.Count -eq 2 -and -not $word)) { $given[1] } else { '' }\n"+
		"  \"$($table[$after])\".Split(' ') | Where-Object { $_ -like \"$word*\" } |\n"+
		"    ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }\n}")
}
