package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
)

func (p *program) schemaCommand() *cli.Command {
	return p.command(&cli.Command{
		Name:      "schema",
		Category:  formats,
		Usage:     "JSON Schema of a document kind, for editors",
		ArgsUsage: "KIND",
		Description: "KIND is " + strings.Join(advisories.SchemaKinds(), ", ") + ". With the YAML language server, write it to a\n" +
			"file and put `# yaml-language-server: $schema=FILE` on top of countersign.yaml.",
	}, schema)
}

func schema(_ context.Context, s *session) error {
	if len(s.args) != 1 {
		return fmt.Errorf("schema: expected one of %s", strings.Join(advisories.SchemaKinds(), ", "))
	}
	text, err := advisories.Schema(s.args[0])
	if err != nil {
		return withHint(suggestion(finding.Nearest(s.args[0], advisories.SchemaKinds()), "kinds: "+strings.Join(advisories.SchemaKinds(), ", ")), "%w", err)
	}
	_, err = s.stdout.Write(text)
	return err
}
