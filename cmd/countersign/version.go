package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/urfave/cli/v2"
)

func (p *program) versionCommand() *cli.Command {
	return p.command(&cli.Command{
		Name:     "version",
		Category: extras,
		Usage:    "say which version this is, and what it was built from",
	}, func(_ context.Context, s *session) error {
		fmt.Fprintf(s.stdout, "countersign %s (%s, %s/%s)\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
		return nil
	})
}

// version is what the go command recorded in the binary: a module's version,
// or the commit that it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	revision, dirty := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value[:min(12, len(s.Value))]
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = "+changes"
		}
	}
	if revision == "" {
		return "development"
	}
	return revision + dirty
}

// installVersion is what `go install` should fetch to get this very program; a
// build that no tag or commit describes falls back to the newest release.
func installVersion() string {
	v := version()
	if v == "development" || strings.Contains(v, "+") {
		return "latest"
	}
	return v
}
