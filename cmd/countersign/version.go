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
		info, ok := debug.ReadBuildInfo()
		if !ok {
			info = &debug.BuildInfo{GoVersion: runtime.Version()}
		}
		fmt.Fprint(s.stdout, aboutBuild(info))
		return nil
	})
}

// aboutBuild is what the go command recorded in the binary: the version, then the
// commit of a build in a clone, or the sum of the module as Go's public checksum
// database has it.
func aboutBuild(info *debug.BuildInfo) string {
	var out strings.Builder
	fmt.Fprintf(&out, "countersign %s (%s, %s/%s)\n", versionIn(info), info.GoVersion, runtime.GOOS, runtime.GOARCH)
	if commit, at, changed := commitIn(info); commit != "" {
		fmt.Fprintf(&out, "commit %s of %s", commit, at)
		if changed {
			out.WriteString(", with changes that are in no commit")
		}
		out.WriteString("\n")
	}
	if info.Main.Sum != "" {
		fmt.Fprintf(&out, "module %s %s\n", info.Main.Path, info.Main.Sum)
	}
	return out.String()
}

func commitIn(info *debug.BuildInfo) (id, at string, changed bool) {
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			id = s.Value
		case "vcs.time":
			at = s.Value
		case "vcs.modified":
			changed = s.Value == "true"
		}
	}
	return id, at, changed
}

// version is this program's own.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	return versionIn(info)
}

// versionIn is a module's version, or the commit that the program was built from.
func versionIn(info *debug.BuildInfo) string {
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	id, _, changed := commitIn(info)
	switch {
	case id == "":
		return "development"
	case changed:
		return shortID(id) + "+changes"
	}
	return shortID(id)
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
