package patch

import (
	"bytes"
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// randomText makes a text in which lines repeat, as code does.
func randomText(r *rand.Rand, lines int) []string {
	words := []string{"", "}", "{", "return", "\tif x {", "\tcall(a)", "\tcall(b)", "// note"}
	text := make([]string, lines)
	for i := range text {
		text[i] = words[r.Intn(len(words))] + "\n"
		if r.Intn(3) == 0 {
			text[i] = fmt.Sprintf("line %d\n", r.Intn(3*lines))
		}
	}
	return text
}

// change edits a text in a few places.
func change(r *rand.Rand, text []string) []string {
	out := append([]string{}, text...)
	for range 1 + r.Intn(5) {
		at := r.Intn(len(out) + 1)
		to := min(at+r.Intn(4), len(out))
		out = append(out[:at:at], append(randomText(r, r.Intn(4)), out[to:]...)...)
	}
	return out
}

func join(lines []string) []byte { return []byte(strings.Join(lines, "")) }

// The law of a comparison: the edits, applied, give the other text, and between them the texts are equal.
func TestCompareLaw(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for i := range 3000 {
		a := randomText(r, r.Intn(60))
		b := change(r, a)
		if i%5 == 0 {
			b = randomText(r, r.Intn(60))
		}
		checkLaw(t, textOf(a), textOf(b), Compare(textOf(a), textOf(b)))
		checkLaw(t, textOf(a), textOf(b), compareWithin(textOf(a), textOf(b), 5))
	}
}

func checkLaw(t *testing.T, a, b *Text, edits []Edit) {
	t.Helper()
	var got []string
	at := 0
	for _, e := range edits {
		if e.A0 < at || e.A0 == e.A1 && e.B0 == e.B1 {
			t.Fatalf("edits out of order or empty: %v", edits)
		}
		got = append(append(got, a.Lines[at:e.A0]...), b.Lines[e.B0:e.B1]...)
		if len(got) != e.B1 {
			t.Fatalf("edit %v: the second text does not fit", e)
		}
		at = e.A1
	}
	got = append(got, a.Lines[at:]...)
	if strings.Join(got, "") != strings.Join(b.Lines, "") {
		t.Fatalf("edits %v do not turn\n%q into\n%q", edits, a.Lines, b.Lines)
	}
}

// Texts of which little is the same are compared by the lines that both have: the answer is as short as any.
func TestCompareAsFew(t *testing.T) {
	r := rand.New(rand.NewSource(7))
	changed := func(edits []Edit) (n int) {
		for _, e := range edits {
			n += e.A1 - e.A0 + e.B1 - e.B0
		}
		return n
	}
	for range 300 {
		a, b := textOf(randomText(r, r.Intn(60))), textOf(randomText(r, r.Intn(60)))
		whole := newComparison(a, b, MaxWork)
		whole.box(0, len(a.Lines), 0, len(b.Lines))
		few := comparedAsFew(a, b, MaxWork)
		checkLaw(t, a, b, few.edits())
		if got, want := changed(few.edits()), changed(whole.edits()); got != want {
			t.Fatalf("%d lines differ by the shared lines, %d by all:\n%q\n%q", got, want, a.Lines, b.Lines)
		}
	}
	a, b := randomText(r, 4000), randomText(r, 4000)
	checkLaw(t, NewText(join(a)), NewText(join(b)), CompareDistant(join(a), join(b), MaxWork))
}

func FuzzCompare(f *testing.F) {
	f.Add("a\nb\nc\n", "a\nc\n")
	f.Add("x\r\ny", "")
	f.Fuzz(func(t *testing.T, x, y string) {
		a, b := textOf(splitLines([]byte(x))), textOf(splitLines([]byte(y)))
		checkLaw(t, a, b, Compare(a, b))
	})
}

func TestHunksApplyAndReverse(t *testing.T) {
	r := rand.New(rand.NewSource(2))
	for range 2000 {
		before := randomText(r, 1+r.Intn(80))
		after := change(r, before)
		if len(after) > 0 && r.Intn(4) == 0 {
			after[len(after)-1] = strings.TrimSuffix(after[len(after)-1], "\n") + "end"
		}
		f := File{Old: "f", New: "f", Hunks: Hunks(join(before), join(after))}
		got, err := f.Apply(join(before), Options{})
		if err != nil || !bytes.Equal(got, join(after)) {
			t.Fatalf("apply: %v\n%q\nwant\n%q", err, got, join(after))
		}
		back, err := f.Reverse().Apply(join(after), Options{})
		if err != nil || !bytes.Equal(back, join(before)) {
			t.Fatalf("reverse: %v\n%q\nwant\n%q", err, back, join(before))
		}
	}
}

// Applying to a text that moved on must do what git does, including where it refuses.
func TestApplyAsGitDoes(t *testing.T) {
	needGit(t)
	r := rand.New(rand.NewSource(3))
	dir := t.TempDir()
	git(t, dir, "init", "--quiet")
	for i := range 120 {
		before := randomText(r, 10+r.Intn(60))
		after := change(r, before)
		target := change(r, before)
		if bytes.Equal(join(before), join(after)) || len(target) == 0 {
			continue
		}
		loose := i%3 == 0
		args := []string{"apply", "--whitespace=nowarn", "p.diff"}
		if loose {
			for k := range target {
				target[k] = strings.ReplaceAll(target[k], "\tcall", "    call")
			}
			args = append(args, "--ignore-whitespace")
		}
		text := diff(t, dir, before, after)
		put(t, dir, "f", join(target))
		put(t, dir, "p.diff", text)
		gitErr := command(dir, args...).Run()
		want, err := os.ReadFile(filepath.Join(dir, "f"))
		if err != nil {
			t.Fatal(err)
		}
		d, err := Parse(text)
		if err != nil {
			t.Fatalf("parse: %v\n%s", err, text)
		}
		got, err := d.Files[0].Apply(join(target), Options{IgnoreWhitespace: loose})
		if (err == nil) != (gitErr == nil) {
			t.Fatalf("git: %v, we: %v\n%s\nto\n%s", gitErr, err, text, join(target))
		}
		if err == nil && !bytes.Equal(got, want) {
			t.Fatalf("got\n%s\ngit gives\n%s\nfor\n%s", got, want, text)
		}
	}
}

func TestStableIDIsGits(t *testing.T) {
	needGit(t)
	r := rand.New(rand.NewSource(4))
	dir := t.TempDir()
	git(t, dir, "init", "--quiet")
	commit := func(files map[string][]byte, gone ...string) {
		for name, data := range files {
			put(t, dir, name, data)
		}
		for _, name := range gone {
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
		git(t, dir, "add", "-A")
		git(t, dir, "commit", "--quiet", "--allow-empty", "-m", "x")
	}
	long := randomText(r, 60)
	commit(map[string][]byte{"a": join(randomText(r, 40)), "b": join(long), "c d": []byte("1\n"), "bin": {0, 1, 2}})
	commit(map[string][]byte{"a": join(randomText(r, 40)), "b": join(change(r, long))})
	commit(map[string][]byte{"new": []byte("n\nm"), "sub/é\t\"x\"": []byte("q\n")}, "c d")
	commit(map[string][]byte{"bin": {0, 3}, "a": join(randomText(r, 40))})
	commit(map[string][]byte{"moved": join(change(r, long))}, "b")
	if err := os.Chmod(filepath.Join(dir, "a"), 0o755); err != nil {
		t.Fatal(err)
	}
	commit(map[string][]byte{"new": []byte("n\nm\no\n")})
	commit(map[string][]byte{"new": []byte("n\r\nm\no\n"), "empty": nil})
	for i := range 6 {
		rev := fmt.Sprintf("HEAD~%d", i)
		text := git(t, dir, "diff-tree", "-p", "--binary", "--full-index", "-M", rev+"^", rev)
		cmd := command(dir, "patch-id", "--stable")
		cmd.Stdin = bytes.NewReader(text)
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		want, _, _ := strings.Cut(string(out), " ")
		d, err := Parse(text)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if got := StableID(d); got != want {
			t.Errorf("%s: got %s, git says %s\n%s", rev, got, want, text)
		}
	}
}

func TestApplyKinds(t *testing.T) {
	parse := func(text string) File {
		d, err := Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return d.Files[0]
	}
	created := parse("diff --git a/n b/n\nnew file mode 100644\n--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+one\n")
	if got, err := created.Apply(nil, Options{}); err != nil || string(got) != "one\n" || created.Old != "" {
		t.Errorf("new file: %q %v", got, err)
	}
	if _, err := created.Apply([]byte("there\n"), Options{}); err == nil {
		t.Error("a new file over an existing one")
	}
	deleted := created.Reverse()
	if got, err := deleted.Apply([]byte("one\n"), Options{}); err != nil || got != nil || deleted.New != "" {
		t.Errorf("deleted file: %q %v", got, err)
	}
	if _, err := deleted.Apply([]byte("one\ntwo\n"), Options{}); err == nil {
		t.Error("deleted a file that holds more than the patch knows")
	}
	crlf := parse("diff --git a/f b/f\n--- a/f\n+++ b/f\n@@ -1,3 +1,3 @@\n a\n-b\n+c\n d\n")
	if got, err := crlf.Apply([]byte("a\r\nb\r\nd\r\n"), Options{IgnoreWhitespace: true}); err != nil || string(got) != "a\r\nc\nd\r\n" {
		t.Errorf("CRLF: %q %v", got, err)
	}
	if _, err := crlf.Apply([]byte("a\r\nb\r\nd\r\n"), Options{}); err == nil {
		t.Error("CRLF was accepted without IgnoreWhitespace")
	}
	if _, err := Parse([]byte("no patch\n")); err == nil {
		t.Error("a text without a patch was parsed")
	}
}

func TestProbe(t *testing.T) {
	before := "func a() {\n\tx()\n}\n\nfunc b() {\n\tx()\n}\n"
	after := "func a() {\n\tcheck()\n\tx()\n}\n\nfunc b() {\n\tx()\n}\n"
	cases := []struct {
		name, text string
		want       State
	}{
		{"before", before, Absent},
		{"after", after, Present},
		{"moved", "func b() {\n\tx()\n}\n\nfunc a() {\n\tcheck()\n\tx()\n}\n", Present},
		{"context reindented", "func a() {\n\tcheck()\n        x()\n}\n", Present},
		{"its own line reindented", "func a() {\n    check()\n\tx()\n}\n", Unclear},
		{"CRLF", strings.ReplaceAll(after, "\n", "\r\n"), Present},
		{"something else", "nothing\n", Unclear},
	}
	p := NewProbe(NewText([]byte(before)), NewText([]byte(after)))
	for _, c := range cases {
		if got, _ := p.Blocks[0].In(NewText([]byte(c.text))); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

// A change that repetition hides from every pattern is no evidence.
func TestProbeThatCannotTell(t *testing.T) {
	same := strings.Repeat("x\n", 100)
	p := NewProbe(NewText([]byte(same)), NewText([]byte(same+same)))
	for _, b := range p.Blocks {
		if got, _ := b.In(NewText([]byte(strings.Repeat("y\n", 10)))); got != Unclear {
			t.Errorf("got %v for an unrelated text, want unclear", got)
		}
	}
}

func diff(t *testing.T, dir string, before, after []string) []byte {
	t.Helper()
	put(t, dir, "f", join(before))
	git(t, dir, "add", "f")
	put(t, dir, "f", join(after))
	return git(t, dir, "diff", "--no-color", "f")
}

func put(t *testing.T, dir, name string, data []byte) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func needGit(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Fatal("git is needed for this test")
	}
}

func command(dir string, args ...string) *exec.Cmd {
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "LC_ALL=C",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.org", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.org")
	return cmd
}

func git(t *testing.T, dir string, args ...string) []byte {
	t.Helper()
	out, err := command(dir, args...).Output()
	if err != nil {
		t.Fatalf("git %v: %v", args, err)
	}
	return out
}
