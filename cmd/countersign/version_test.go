package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"testing"
)

func TestAboutBuild(t *testing.T) {
	system := runtime.GOOS + "/" + runtime.GOARCH
	const id = "0123456789abcdef0123456789abcdef01234567"
	settings := func(changed string) []debug.BuildSetting {
		return []debug.BuildSetting{{Key: "vcs.revision", Value: id}, {Key: "vcs.time", Value: "2026-11-22T09:00:00Z"}, {Key: "vcs.modified", Value: changed}}
	}
	for _, c := range []struct {
		what string
		info debug.BuildInfo
		want string
	}{
		{"a release", debug.BuildInfo{GoVersion: "go1.26.8", Main: debug.Module{Version: "v1.2.0"}, Settings: settings("false")},
			"countersign v1.2.0 (go1.26.8, %s)\ncommit " + id + " of 2026-11-22T09:00:00Z\n"},
		{"go install", debug.BuildInfo{GoVersion: "go1.26.8", Main: debug.Module{Path: "example.org/c", Version: "v1.2.0", Sum: "h1:abc="}},
			"countersign v1.2.0 (go1.26.8, %s)\nmodule example.org/c h1:abc=\n"},
		{"a clone with changes", debug.BuildInfo{GoVersion: "go1.26.8", Main: debug.Module{Version: "(devel)"}, Settings: settings("true")},
			"countersign 0123456789ab+changes (go1.26.8, %s)\ncommit " + id + " of 2026-11-22T09:00:00Z, with changes that are in no commit\n"},
		{"no repository", debug.BuildInfo{GoVersion: "go1.26.8"}, "countersign development (go1.26.8, %s)\n"},
	} {
		if got, want := aboutBuild(&c.info), fmt.Sprintf(c.want, system); got != want {
			t.Errorf("%s: got %q, expected %q", c.what, got, want)
		}
	}
}
