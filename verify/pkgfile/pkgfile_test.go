package pkgfile

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var sample = []item{
	{name: "app/"},
	{name: "app/index.php", body: "<?php\necho 1;\n"},
	{name: "app/dos.txt", body: "one\r\ntwo\r\n"},
	{name: "app/pixel.png", body: "\x89PNG\r\n\x1a\n\x00\x00"},
	{name: "app/run.sh", body: "#!/bin/sh\n", mode: 0o755},
	{name: "app/empty", body: ""},
}

// TestForms reads one tree in every form and compares the ids with git's own.
func TestForms(t *testing.T) {
	tarItems := append([]item{}, sample...)
	tarItems[0].tar.Typeflag = '5'
	plain := makeTar(t, tarItems...)
	forms := map[string]func(t *testing.T) []byte{
		"a.zip":     func(t *testing.T) []byte { return makeZip(t, sample...) },
		"a.tar":     func(t *testing.T) []byte { return plain },
		"a.tar.gz":  func(t *testing.T) []byte { return makeGzip(t, plain) },
		"a.tgz":     func(t *testing.T) []byte { return makeGzip(t, plain) },
		"a.tar.bz2": func(t *testing.T) []byte { return pipe(t, plain, "bzip2") },
		"a.tar.xz":  func(t *testing.T) []byte { return pipe(t, plain, "xz") },
		"a.tar.zst": func(t *testing.T) []byte { return pipe(t, plain, "zstd", "-c") },
	}
	for name, build := range forms {
		t.Run(name, func(t *testing.T) {
			data := build(t)
			p := open(t, name, data, Limits{})
			checkSample(t, p)
			sum := sha256.Sum256(data)
			if want := hex.EncodeToString(sum[:]); p.SHA256 != want {
				t.Errorf("SHA256 is %s, want %s", p.SHA256, want)
			}
		})
	}
	t.Run("directory", func(t *testing.T) {
		dir := t.TempDir()
		for _, it := range sample[1:] {
			file := filepath.Join(dir, it.name)
			must(t, os.MkdirAll(filepath.Dir(file), 0o755))
			must(t, os.WriteFile(file, []byte(it.body), max(it.mode, 0o644)))
		}
		must(t, os.MkdirAll(filepath.Join(dir, ".git", "objects"), 0o755))
		must(t, os.WriteFile(filepath.Join(dir, ".git", "HEAD"), nil, 0o644))
		p, err := OpenDir(context.Background(), "dir", os.DirFS(dir), Options{})
		must(t, err)
		checkSample(t, p)
		if p.SHA256 != "" || len(p.DirHash) != 64 {
			t.Errorf("a directory has a DirHash and no SHA256, got %q and %q", p.DirHash, p.SHA256)
		}
	})
}

func checkSample(t *testing.T, p *Package) {
	t.Helper()
	if len(p.Problems) > 0 || p.Incomplete {
		t.Fatalf("problems: %v", p.Problems)
	}
	if got := paths(p); got != "app/dos.txt app/empty app/index.php app/pixel.png app/run.sh" {
		t.Fatalf("entries: %s", got)
	}
	for _, it := range sample[1:] {
		e := p.Find(it.name)
		if want := gitHash(t, it.body); e.Blob != want {
			t.Errorf("%s: blob %s, git says %s", it.name, e.Blob, want)
		}
		lf := it.body
		if it.name == "app/dos.txt" {
			lf = "one\ntwo\n"
		}
		if want := gitHash(t, lf); e.BlobLF != want {
			t.Errorf("%s: with LF %s, git says %s", it.name, e.BlobLF, want)
		}
		if want := it.mode == 0o755; e.Executable != want {
			t.Errorf("%s: executable is %t", it.name, e.Executable)
		}
	}
	got, err := p.ReadFiles(context.Background(), []string{"app/run.sh", "app/dos.txt"})
	must(t, err)
	if string(got["app/run.sh"]) != "#!/bin/sh\n" || string(got["app/dos.txt"]) != "one\r\ntwo\r\n" {
		t.Errorf("read again: %q", got)
	}
}

func gitHash(t *testing.T, body string) string {
	t.Helper()
	cmd := exec.Command("git", "hash-object", "--stdin")
	cmd.Stdin = strings.NewReader(body)
	out, err := cmd.Output()
	must(t, err)
	return strings.TrimSpace(string(out))
}

// TestGitArchive reads what git archive writes, and its embedded commit id.
func TestGitArchive(t *testing.T) {
	dir := t.TempDir()
	git := func(args ...string) string {
		cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=a", "-c", "user.email=a@example.org"}, args...)...)
		out, err := cmd.Output()
		must(t, err)
		return strings.TrimSpace(string(out))
	}
	git("init", "-q")
	must(t, os.WriteFile(filepath.Join(dir, "naïve.txt"), []byte("x\n"), 0o644))
	must(t, os.Symlink("naïve.txt", filepath.Join(dir, "link")))
	git("add", ".")
	git("commit", "-q", "-m", "x")
	for _, format := range []string{"zip", "tar", "tar.gz"} {
		data := git("archive", "--format="+format, "--prefix=a/", "HEAD", "-o", filepath.Join(dir, "out"))
		_ = data
		bytes, err := os.ReadFile(filepath.Join(dir, "out"))
		must(t, err)
		p := open(t, "a."+format, bytes, Limits{})
		if len(p.Problems) > 0 || paths(p) != "a/link a/naïve.txt" {
			t.Errorf("%s: %s, problems %v", format, paths(p), p.Problems)
		}
		if p.Commit != git("rev-parse", "HEAD") {
			t.Errorf("%s: commit %q", format, p.Commit)
		}
		if link := p.Find("a/link"); link.Blob != git("rev-parse", "HEAD:link") || !link.IsLink() {
			t.Errorf("%s: link %+v", format, link)
		}
	}
}

// TestBundle opens packages inside a bundle, whatever the two are packed with.
func TestBundle(t *testing.T) {
	ctx := context.Background()
	inner := map[string][]byte{"p.zip": makeZip(t, sample...), "p.tar": makeTar(t, sample[1:]...)}
	inner["p.tar.gz"] = makeGzip(t, inner["p.tar"])
	for name, data := range inner {
		items := []item{{name: "input/x", body: "x"}, {name: "output/" + name, body: string(data)}}
		stream := makeTar(t, items...)
		outers := map[string][]byte{"b.zip": makeZip(t, items...), "b.tar": stream, "b.tar.gz": makeGzip(t, stream)}
		for outerName, outer := range outers {
			t.Run(outerName+" "+name, func(t *testing.T) {
				p := open(t, outerName, outer, Limits{})
				e := p.Find("output/" + name)
				if e.Archive == "" {
					t.Fatal("the inner archive was not recognised")
				}
				in, err := p.Inner(ctx, e.Path)
				must(t, err)
				checkSample(t, in)
				sum := sha256.Sum256(data)
				if in.SHA256 != hex.EncodeToString(sum[:]) {
					t.Error("the inner digest is wrong")
				}
				if in.Name != outerName+"!/output/"+name {
					t.Error(in.Name)
				}
			})
		}
	}
}

// TestBundleShares shows that what is inside counts against the same limits.
func TestBundleShares(t *testing.T) {
	ctx := context.Background()
	inner := makeZip(t, item{name: "a", body: "1"}, item{name: "b", body: "2"})
	p := open(t, "b.zip", makeZip(t, item{name: "in.zip", body: string(inner)}), Limits{Entries: 2})
	in, err := p.Inner(ctx, "in.zip")
	must(t, err)
	if rules(in) != RuleTooMany || !in.Incomplete {
		t.Errorf("got %q, want the entries counted together", rules(in))
	}
	deep := makeZip(t, item{name: "c.zip", body: string(makeZip(t, item{name: "in.zip", body: string(inner)}))})
	p = open(t, "d.zip", deep, Limits{})
	in, err = p.Inner(ctx, "c.zip")
	must(t, err)
	in, err = in.Inner(ctx, "in.zip")
	must(t, err)
	if rules(in) != RuleTooDeep || len(in.Entries) > 0 {
		t.Errorf("got %q for an archive in an archive in an archive", rules(in))
	}
}

// TestLargeFile goes through the path for what is not held in memory.
func TestLargeFile(t *testing.T) {
	body := strings.Repeat("0123456789abcde\n", (bufferedFile+4096)/16)
	for name, data := range map[string][]byte{
		"a.zip": makeZip(t, item{name: "x", body: body}),
		"a.tar": makeTar(t, item{name: "x", body: body}),
	} {
		p := open(t, name, data, Limits{Ratio: 2000})
		if len(p.Problems) > 0 || p.Find("x").Blob != BlobID(SHA1, []byte(body)) {
			t.Errorf("%s: %v", name, p.Problems)
		}
	}
}

func TestSHA256Repository(t *testing.T) {
	data := makeZip(t, item{name: "x", body: "x\n"})
	p, err := Open(context.Background(), "a.zip", bytes.NewReader(data), int64(len(data)), Options{Hash: SHA256})
	must(t, err)
	if got := p.Find("x").Blob; len(got) != 64 || got != BlobID(SHA256, []byte("x\n")) {
		t.Error(got)
	}
}
