package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"countersign": main})
}

// TestScripts runs testdata/script: one behaviour of the program a script. Two
// commands come on top of testscript's own:
//
//	exits CODE ARGS…   runs countersign on the day of the sample's release, and
//	                   expects exactly that exit code
//	sample [open]      makes the demo's project in $WORK: lantern/ and security/.
//	                   Its advisories are complete unless "open" is asked for;
//	                   $SESSION_FIX, $SEARCH_FIX, $UPLOAD_FIX, $CANDIDATE and
//	                   $REVERT are its commits
//	edit FILE REGEXP REPLACEMENT   replaces every match; no match is a mistake
//	absent REGEXP PATH…   no file at or below PATH holds a match; a PATH that
//	                   is not there is a mistake
//	pack DIR KIND      packs DIR/lantern-2.2.0.zip and its signature: complete,
//	                   stale (without a fix) or reverted; $DIGEST is its SHA-256
func TestScripts(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Fatal("git is needed")
	}
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("GIT_CONFIG_NOSYSTEM", "1")
			env.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
			for _, who := range []string{"AUTHOR", "COMMITTER"} {
				env.Setenv("GIT_"+who+"_NAME", "Test")
				env.Setenv("GIT_"+who+"_EMAIL", "test@lantern.example")
			}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":  cmdExits,
			"sample": cmdSample,
			"pack":   cmdPack,
			"edit":   cmdEdit,
			"absent": cmdAbsent,
		},
	})
}

func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE ARGS…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec("countersign", append([]string{"--now", demoDay.Format("2006-01-02T15:04:05Z07:00")}, args[1:]...)...)
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code %d, expected %d", got, want)
	}
}

// samples holds the projects that scripts made, by their folder; scripts run at
// the same time.
var samples sync.Map

func cmdSample(ts *testscript.TestScript, neg bool, args []string) {
	dir := ts.Getenv("WORK")
	s, err := makeSample(context.Background(), dir)
	ts.Check(err)
	for name, at := range map[string]int{
		"SESSION_FIX": atSessionFix, "SEARCH_FIX": atSearchFix, "UPLOAD_FIX": atUploadFix, "CANDIDATE": atCandidate, "REVERT": atRevert,
	} {
		ts.Setenv(name, s.commits[at])
	}
	ts.Setenv("SEARCH_SHORT", s.commits[atSearchFix][:10])
	if len(args) == 0 {
		ts.Check(s.completeUpload())
	}
	samples.Store(dir, s)
}

// cmdEdit replaces what a regular expression matches, line by line, so that scripts
// need no sed; \n in the replacement is a new line. No match is a mistake.
func cmdEdit(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: edit FILE REGEXP REPLACEMENT")
	}
	re, err := regexp.Compile("(?m)" + args[1])
	ts.Check(err)
	file := ts.MkAbs(args[0])
	text, err := os.ReadFile(file)
	ts.Check(err)
	if !re.Match(text) {
		ts.Fatalf("%s: nothing matches %q", args[0], args[1])
	}
	text = re.ReplaceAll(text, []byte(strings.ReplaceAll(args[2], `\n`, "\n")))
	ts.Check(os.WriteFile(file, text, 0o644))
}

// cmdAbsent says that nothing matches in files and folders.
func cmdAbsent(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: absent REGEXP PATH…")
	}
	re, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	for _, root := range args[1:] {
		ts.Check(filepath.WalkDir(ts.MkAbs(root), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := os.ReadFile(path)
			if hit := re.Find(text); err == nil && hit != nil {
				return fmt.Errorf("%s holds %q", path, hit)
			}
			return err
		}))
	}
}

func cmdPack(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: pack DIR complete|stale|reverted")
	}
	made, ok := samples.Load(ts.Getenv("WORK"))
	if !ok {
		ts.Fatalf("pack needs a sample")
	}
	s := made.(*sample)
	files := map[string]map[string]string{
		"complete": s.trees[atCandidate], "reverted": s.trees[atRevert], "stale": s.stale(),
	}[args[1]]
	if files == nil {
		ts.Fatalf("no package of the kind %q", args[1])
	}
	_, digest, err := s.pack(args[0], files)
	ts.Check(err)
	ts.Setenv("DIGEST", digest)
}
