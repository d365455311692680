package verify

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/verify/gitrepo"
	"github.com/countersign/countersign/verify/pkgfile"
	"github.com/countersign/countersign/verify/statement"
)

// twoReleases has 1.0, and 1.1 with one fix in inc/login.php, released as a full
// package and one of the changed files.
func twoReleases(t *testing.T) (s *scene, fix string) {
	s = newScene(t)
	base := s.git("rev-parse", "HEAD")
	fix = s.fix("inc/login.php")
	s.fixedBy("APP-2026-0001", "1.1", fix)
	s.release("1.0", "source: {repo: app, commit: "+base+"}", "released: 2026-01-01")
	s.release("1.1", "source: {repo: app, commit: "+fix+"}", "previous: \"1.0\"",
		"packages: [{name: full.zip, contents: full}, {name: changed.zip, contents: changed}]")
	return s, fix
}

func TestEveryPackageByItself(t *testing.T) {
	s, fix := twoReleases(t)
	full := s.archive("zip", "app/", fix)
	files := s.tree(fix)
	only := func(names ...string) []byte {
		some := map[string]string{}
		for _, n := range names {
			some[n] = files[n]
		}
		return zipOf(t, "app/", some)
	}
	t.Run("both hold it", func(t *testing.T) {
		expect(t, s.verify("1.1", file("full.zip", full), file("changed.zip", only("inc/login.php"))), "PASSED", "")
	})
	t.Run("left out of the changed files", func(t *testing.T) {
		r := s.verify("1.1", file("full.zip", full), file("changed.zip", only("README")))
		expect(t, r, "FAILED", "fix-not-in-package package-missing")
		expectVerdict(t, r, "APP-2026-0001", "full.zip", "present by reconstruction")
		expectVerdict(t, r, "APP-2026-0001", "changed.zip", "missing by reconstruction")
	})
	t.Run("overwritten in the full one", func(t *testing.T) {
		files := s.tree("v1.0")
		r := s.verify("1.1", file("full.zip", zipOf(t, "app/", files)), file("changed.zip", only("inc/login.php")))
		expect(t, r, "FAILED", "fix-not-in-package package-unexplained")
		expectVerdict(t, r, "APP-2026-0001", "changed.zip", "present by reconstruction")
	})
	t.Run("one not given", func(t *testing.T) {
		expect(t, s.verify("1.1", file("full.zip", full)), "UNVERIFIABLE", "?package-absent")
	})
	t.Run("one too many", func(t *testing.T) {
		r := s.verify("1.1", file("full.zip", full), file("changed.zip", only("inc/login.php")), file("extra.zip", full))
		expect(t, r, "FAILED", "package-unknown")
	})
}

// TestNotApplicable carries an old fix into a release that did not touch its file.
func TestNotApplicable(t *testing.T) {
	s, fix := twoReleases(t)
	s.write("inc/mail.php", mended(program("mail", 20)))
	next := s.commit("mend mail")
	s.fixedBy("APP-2026-0002", "1.2", next)
	s.release("1.1", "source: {repo: app, commit: "+fix+"}", "released: 2026-02-01")
	record := func(packages string) {
		s.release("1.2", "source: {repo: app, commit: "+next+"}", "previous: \"1.1\"", "packages: ["+packages+"]")
	}
	record("{name: full.zip}, {name: changed.zip, contents: changed}")
	small := zipOf(t, "", map[string]string{"inc/mail.php": s.tree(next)["inc/mail.php"]})
	r := s.verify("1.2", file("full.zip", s.archive("zip", "", next)), file("changed.zip", small))
	expect(t, r, "PASSED", "")
	expectVerdict(t, r, "APP-2026-0001", "changed.zip", "not_applicable by reconstruction")
	expectVerdict(t, r, "APP-2026-0002", "changed.zip", "present by reconstruction")

	set, _, err := advisories.Load(s.sec)
	must(t, err)
	repo, err := gitrepo.Open(s.dir)
	must(t, err)
	defer repo.Close()
	part := *set.Release("app", "1.2")
	part.Packages = part.Packages[1:]
	ev := s.ev
	ev.Repos = map[string]*gitrepo.Repo{"app": repo}
	r, err = New(ev, set, nil).Release(context.Background(), &part, []Archive{file("changed.zip", small)})
	must(t, err)
	expect(t, r, "PASSED", "") // one job of several: the other package is another job's
	if list := CheckComplete(set, "r.json", r.Statement); len(list) != 2 {
		t.Errorf("alone it leaves a package and a fix open: %v", list)
	}

	record("{name: full.zip}, {name: changed.zip, contents: changed, omitted: [inc/mail.php]}")
	r = s.verify("1.2", file("full.zip", s.archive("zip", "", next)), file("changed.zip", zipOf(t, "", map[string]string{"README": s.tree(next)["README"]})))
	expectVerdict(t, r, "APP-2026-0001", "changed.zip", "not_applicable by reconstruction")
	expectVerdict(t, r, "APP-2026-0002", "changed.zip", "unverifiable by reconstruction") // the file did change: to leave it out is no answer

	record("{name: changed.zip, contents: changed}")
	r = s.verify("1.2", file("changed.zip", small))
	expect(t, r, "UNVERIFIABLE", "?fix-unverifiable")

	s.release("1.2", "source: {repo: app, commit: "+next+"}", "packages: [{name: changed.zip, contents: changed}]")
	r = s.verify("1.2", file("changed.zip", small))
	if !strings.Contains(broken(r), "?package-previous") {
		t.Error("without the release before, nobody knows what must be held:" + said(r))
	}
}

// TestBundle judges what a bundle holds, each package by itself.
func TestBundle(t *testing.T) {
	s, fix := twoReleases(t)
	base := s.git("rev-parse", "v1.0")
	full, vulnerable := s.archive("zip", "app/", fix), s.archive("zip", "app/", base)
	changedOnly := zipOf(t, "app/", map[string]string{"inc/login.php": s.tree(fix)["inc/login.php"]})
	bundle := func(full []byte) []byte {
		files := map[string]string{"output/full.zip": string(full), "output/changed.zip": string(changedOnly)}
		for name, text := range s.tree(base) {
			files["input/"+name] = text
		}
		return zipOf(t, "", files)
	}
	t.Run("packages of the record inside", func(t *testing.T) {
		r := s.verify("1.1", file("build_11_rc1.zip", bundle(full)))
		expect(t, r, "FAILED", "package-unknown")
		expectVerdict(t, r, "APP-2026-0001", "build_11_rc1.zip!/output/full.zip", "present by reconstruction")
	})
	s.release("1.1", "source: {repo: app, commit: "+fix+"}", "previous: \"1.0\"", "packages: [{name: build_11_rc1.zip}]")
	t.Run("packages that the record does not describe", func(t *testing.T) {
		r := s.verify("1.1", file("build_11_rc1.zip", bundle(full)))
		expect(t, r, "PASSED", "")
		expectVerdict(t, r, "APP-2026-0001", "build_11_rc1.zip!/output/full.zip", "present by reconstruction")
		expectVerdict(t, r, "APP-2026-0001", "build_11_rc1.zip!/output/changed.zip", "present by reconstruction")
		if len(r.Statement.Subject) != 3 {
			t.Errorf("subjects: %v", r.Statement.Subject)
		}
	})
	t.Run("one of them vulnerable", func(t *testing.T) {
		r := s.verify("1.1", file("build_11_rc1.zip", bundle(vulnerable)))
		expect(t, r, "FAILED", "fix-not-in-package package-unexplained")
		expectVerdict(t, r, "APP-2026-0001", "build_11_rc1.zip!/output/changed.zip", "present by reconstruction")
		expectVerdict(t, r, "APP-2026-0001", "build_11_rc1.zip!/output/full.zip", "missing by content")
	})
	t.Run("a vulnerable package is no bundle because it holds a good archive", func(t *testing.T) {
		files := s.tree(base)
		files["full.zip"] = string(full)
		r := s.verify("1.1", file("build_11_rc1.zip", zipOf(t, "app/", files)))
		expect(t, r, "FAILED", "fix-not-in-package package-unexplained")
		expectVerdict(t, r, "APP-2026-0001", "build_11_rc1.zip", "missing by content")
	})
	t.Run("a file as it was before the patch is no part of a bundle", func(t *testing.T) {
		s.doc("patches/login.diff", s.patch(base, fix))
		s.advisory("APP-2026-0001", `target: "1.1"`, `fixes: [{version: "1.1", patch: patches/login.diff}]`)
		s.release("1.1", "source: {repo: app, commit: "+base+"}", "patches: [patches/login.diff]", "packages: [{name: build_11_rc1.zip}]")
		with := func(name string) *Report {
			return s.verify("1.1", file("build_11_rc1.zip", zipOf(t, "", map[string]string{name: s.tree(base)["inc/login.php"], "output/full.zip": string(full)})))
		}
		expect(t, with("input/inc/login.php"), "PASSED", "")
		expect(t, with("inc/login.php"), "FAILED", "package-unexplained")
	})
	t.Run("too deep", func(t *testing.T) {
		data := zipOf(t, "", map[string]string{"b.zip": string(zipOf(t, "", map[string]string{"c.zip": string(full)}))})
		r := s.verify("1.1", file("build_11_rc1.zip", data))
		if !strings.Contains(broken(r), pkgfile.RuleTooDeep) || r.Statement.Predicate.Result != statement.Failed {
			t.Error(said(r))
		}
	})
}

// TestHostileArchive shows that what pkgfile refuses closes the gate.
func TestHostileArchive(t *testing.T) {
	s, fix := fixedScene(t, "contents: full")
	good := s.archive("zip", "app/", fix)
	r := s.verify("1.1", file(app11, append(append([]byte{}, s.archive("zip", "app/", "v1.0")...), good...)))
	if !strings.Contains(broken(r), pkgfile.RuleHiddenData) || r.Statement.Predicate.Result != statement.Failed {
		t.Error("two archives joined:" + said(r))
	}
	r = s.verify("1.1", file(app11, good[:len(good)-3]))
	if !strings.Contains(broken(r), pkgfile.RuleUnreadable) || verdict(t, r, "APP-2026-0001", app11) != "unverifiable" {
		t.Error("cut short:" + said(r))
	}
	files := s.tree(fix)
	files["inc/LOGIN.php"] = "vulnerable"
	r = s.verify("1.1", file(app11, zipOf(t, "app/", files)))
	if !strings.Contains(broken(r), pkgfile.RuleCollision) {
		t.Error("names equal but for case:" + said(r))
	}
}

// TestDamagedPicture: line endings of what is no text are not the builder's to change.
func TestDamagedPicture(t *testing.T) {
	s := newScene(t)
	s.write("logo.png", "\x89PNG\r\n\x1a\n\x00\x00abc\n")
	commit := s.commit("a picture")
	s.release("1.1", "source: {repo: app, commit: "+commit+"}", "packages: [{name: "+app11+"}]")
	files := s.tree(commit)
	files["logo.png"] = strings.ReplaceAll(files["logo.png"], "\r\n", "\n")
	expect(t, s.verify("1.1", file(app11, zipOf(t, "", files))), "FAILED", "package-unexplained")
}

// TestNoArchive: of a file that is no archive only that is said.
func TestNoArchive(t *testing.T) {
	s, fix := fixedScene(t, "contents: full")
	s.policy("{fix_signature: none, package_signatures: 1}")
	s.release("1.1", "source: {repo: app, commit: "+fix+"}", "packages: [{name: "+app11+", sha256: "+strings.Repeat("0", 64)+"}]")
	expect(t, s.verify("1.1", file(app11, []byte("not an archive"))), "FAILED", "?fix-unverifiable archive-unreadable")
}

// TestNothingGiven says once, and not for every fix, that the packages are not at hand.
func TestNothingGiven(t *testing.T) {
	s, fix := twoReleases(t)
	s.fixedBy("APP-2026-0002", "1.1", fix)
	r := s.verify("1.1")
	expect(t, r, "UNVERIFIABLE", "?fix-unverifiable ?package-absent")
	if n := strings.Count(said(r), " fix-unverifiable:"); n != 1 || !strings.Contains(said(r), `2 fixes that it owes cannot be told: "APP-2026-0001", "APP-2026-0002"`) {
		t.Errorf("expected one finding that names both advisories, found %d:%s", n, said(r))
	}
}

// TestSourceMayCollide: what the source itself has is the project's own affair.
func TestSourceMayCollide(t *testing.T) {
	s := newScene(t)
	s.write("inc/Login.php", "x\n")
	commit := s.commit("two names")
	s.release("1.1", "source: {repo: app, commit: "+commit+"}", "packages: [{name: "+app11+"}]")
	expect(t, s.verify("1.1", file(app11, s.archive("zip", "", commit))), "PASSED", "")
}

// TestAttributes exports as git archive does.
func TestAttributes(t *testing.T) {
	s := newScene(t)
	s.write(".gitattributes", "version.php export-subst\n/tests export-ignore\n*.bat text eol=crlf\n.gitattributes export-ignore\nlogo.svg -text\n")
	s.write("version.php", "<?php $v = '$Format:%H %h %an %cd %d$';\n")
	s.write("tests/a_test.php", "x\n")
	s.write("run.bat", "echo\n")
	s.write("logo.svg", "<svg>\n")
	commit := s.commit("attributes")
	s.release("1.1", "source: {repo: app, commit: "+commit+"}", "packages: [{name: "+app11+"}]")
	r := s.verify("1.1", file(app11, s.archive("zip", "app/", commit)))
	expect(t, r, "PASSED", "")
	if p := r.Statement.Predicate.Packages[0]; p.Normalized != 2 || p.Identical != 4 {
		t.Errorf("%+v", p)
	}
	export := func(name, text string) []byte {
		files := s.tree(commit)
		delete(files, "tests/a_test.php")
		delete(files, ".gitattributes")
		files[name] = text
		return zipOf(t, "app/", files)
	}
	for name, text := range map[string]string{
		"version.php": "<?php $v = '" + commit + " " + commit[:7] + " ann x'.system($_GET[0]).''; ';\n",
		"logo.svg":    "<svg>\r\n",
	} {
		expect(t, s.verify("1.1", file(app11, export(name, text))), "FAILED", "package-unexplained")
	}
	expect(t, s.verify("1.1", file(app11, export("run.bat", "echo\r\n"))), "PASSED", "")
	expect(t, s.verify("1.1", file(app11, export("version.php", strings.Replace("<?php $v = 'ID 0000000 ann x (main)';\n", "ID", commit, 1)))), "FAILED", "package-unexplained")
}

// TestAttributesOfAllKinds holds packages that git archive made, of a tree with
// everything that an attribute may do to one.
func TestAttributesOfAllKinds(t *testing.T) {
	s := newScene(t)
	s.write(".gitattributes", "[attr]internal export-ignore -text\n[attr]stamped ident export-subst\n"+
		"\"/two words.php\" internal\n\"caf\\303\\251.php\" internal\n/old.php internal\n/old.php -export-ignore\n"+
		"id.* ident\nid.bin -text\nboth.php stamped\nraw.php -text export-subst\n")
	s.write("sub/.gitattributes", "[attr]internal text\ngone.php internal\n")
	for _, name := range []string{"two words.php", "café.php", "old.php", "sub/gone.php"} {
		s.write(name, "x\n")
	}
	s.write("id.php", "<?php // $Id$ and $Id: 0123 $, not $Id: of another system $ nor $Idea$\n$a = 1;\n")
	s.write("id.bin", "$Id$\r\n\x00")
	s.write("both.php", "<?php // $Id$ $Format:%H$\n")
	s.write("raw.php", "<?php // $Format:%h$\r\n")
	commit := s.commit("attributes")
	s.release("1.1", "source: {repo: app, commit: "+commit+"}", "packages: [{name: "+app11+"}]")
	expect(t, s.verify("1.1", file(app11, s.archive("zip", "app/", commit))), "PASSED", "")
	files := unzip(t, s.archive("zip", "", commit))
	if id := files["id.php"]; strings.Contains(id, "$Id$") || files["two words.php"]+files["café.php"]+files["sub/gone.php"] != "" || files["old.php"] == "" {
		t.Fatalf("git archive did nothing: %q", files)
	}
	for name, change := range map[string][2]string{
		"id.php":   {"$Id: ", "$Id: */ evil(); /* "},
		"id.bin":   {"\r\n", "\n"},
		"both.php": {commit, strings.Repeat("0", len(commit))},
		"raw.php":  {"\r\n", "\n"},
	} {
		altered := maps.Clone(files)
		altered[name] = strings.Replace(files[name], change[0], change[1], 1)
		if altered[name] == files[name] {
			t.Fatalf("%s has no %q: %q", name, change[0], files[name])
		}
		expect(t, s.verify("1.1", file(app11, zipOf(t, "app/", altered))), "FAILED", "package-unexplained")
	}
}

// TestLFS holds what a pointer of Git LFS stands for to the digest in it.
func TestLFS(t *testing.T) {
	s := newScene(t)
	const logo = "\x89PNG\r\n"
	pointer := fmt.Sprintf("version https://git-lfs.github.com/spec/v1\noid sha256:%x\nsize %d\n", sha256.Sum256([]byte(logo)), len(logo))
	s.write(".gitattributes", "*.png filter=lfs diff=lfs merge=lfs -text\n")
	s.write("logo.png", pointer)
	s.write("logo.txt", pointer)
	commit := s.commit("logo")
	s.release("1.1", "source: {repo: app, commit: "+commit+"}", "packages: [{name: "+app11+"}]")
	for _, c := range []struct{ name, text, want string }{
		{"logo.png", logo, "PASSED"}, {"logo.png", pointer, "PASSED"},
		{"logo.png", logo + "\n", "FAILED"}, {"logo.txt", logo, "FAILED"},
	} {
		files := s.tree(commit)
		files[c.name] = c.text
		rules := map[string]string{"FAILED": "package-unexplained"}[c.want]
		expect(t, s.verify("1.1", file(app11, zipOf(t, "", files))), c.want, rules)
	}
}

func unzip(t *testing.T, data []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range z.File {
		if strings.HasSuffix(f.Name, "/") {
			continue
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(text)
	}
	return files
}

// TestInference finds the source of a package that says nothing of it.
func TestInference(t *testing.T) {
	s, fix := fixedScene(t, "contents: full")
	s.write("later", "x\n")
	s.commit("later")
	s.release("1.1", "packages: [{name: "+app11+"}]")
	r := s.verify("1.1", file(app11, zipOf(t, "app/", s.tree(fix))))
	expect(t, r, "PASSED", "(source-inferred)")
	if src := r.Statement.Predicate.Source; src.Commit != fix || !src.Inferred {
		t.Errorf("%+v", src)
	}
	if !strings.Contains(said(r), "explains 3 of the 3 files") {
		t.Error(said(r))
	}
	r = s.verify("1.1", file(app11, zipOf(t, "", map[string]string{"x": "nothing of the kind"})))
	expect(t, r, "UNVERIFIABLE", "?fix-unverifiable ?source-absent")
}

// TestHintDecidesTies: the commit id that git archive embeds is believed only where
// the files say as much.
func TestHintDecidesTies(t *testing.T) {
	s, fix := fixedScene(t, "contents: full")
	s.git("commit", "-q", "--allow-empty", "-m", "empty")
	head := s.git("rev-parse", "HEAD")
	s.release("1.1", "packages: [{name: "+app11+"}]")
	if r := s.verify("1.1", file(app11, s.archive("zip", "app/", fix))); r.Statement.Predicate.Source.Commit != fix {
		t.Error("the embedded id decides between equals:" + said(r))
	}
	if r := s.verify("1.1", file(app11, zipOf(t, "app/", s.tree(fix)))); r.Statement.Predicate.Source.Commit != fix {
		t.Error("without it the one with a tag is named:" + said(r))
	}
	s.git("tag", "-d", "v1.1")
	if r := s.verify("1.1", file(app11, zipOf(t, "app/", s.tree(fix)))); r.Statement.Predicate.Source.Commit != head || !strings.Contains(said(r), "1 more commit explains as many") {
		t.Error("without a tag the newest is named, and the tie is said:" + said(r))
	}
}

// TestSeveralRepositories packs two repositories into one archive.
func TestSeveralRepositories(t *testing.T) {
	s, lib := newScene(t), newScene(t)
	lib.write("lib.php", program("lib", 5))
	lib.commit("a library")
	fix := lib.fix("lib.php")
	app := s.git("rev-parse", "HEAD")
	s.doc("countersign.yaml", strings.Replace(defaultConfig, "repos:\n", "repos:\n  lib: {url: \"https://git.example/lib\"}\n", 1))
	s.advisory("APP-2026-0001", "target: \"1.1\"", "fixes: [{version: \"1.1\", commits: [{repo: lib, id: "+fix+"}]}]")
	s.release("1.1", "source: [{repo: app, commit: "+app+"}, {repo: lib, commit: "+fix+", root: vendor/lib/}]", "packages: [{name: "+app11+"}]")
	pack := func(libFile string) []byte {
		files := s.tree(app)
		for name, text := range lib.tree(fix) {
			files["vendor/lib/"+name] = text
		}
		files["vendor/lib/lib.php"] = libFile
		return zipOf(t, "", files)
	}
	verify := func(libFile string) *Report {
		a, err := gitrepo.Open(s.dir)
		must(t, err)
		defer a.Close()
		b, err := gitrepo.Open(lib.dir)
		must(t, err)
		defer b.Close()
		return s.verifyWith(map[string]*gitrepo.Repo{"app": a, "lib": b}, "1.1", file(app11, pack(libFile)))
	}
	r := verify(mended(program("lib", 5)))
	expect(t, r, "PASSED", "")
	expectVerdict(t, r, "APP-2026-0001", app11, "present by reconstruction")
	expect(t, verify(program("lib", 5)), "FAILED", "fix-not-in-package package-unexplained")

	ann := newPerson(t, "ann")
	s.key(ann, "release")
	config := string(s.sec["countersign.yaml"].Data)
	s.doc("countersign.yaml", strings.Replace(config, "fix_signature: none", "fix_signature: tag", 1))
	s.signedTag(ann, "v1.1", app)
	s.release("1.1", "source: [{repo: app, commit: "+app+", tag: v1.1}, {repo: lib, commit: "+fix+", root: vendor/lib/}]", "packages: [{name: "+app11+"}]")
	expect(t, verify(mended(program("lib", 5))), "FAILED", "signature-unsigned") // one repository's tag says nothing of another
	lib.signedTag(ann, "lib-7", fix)
	s.release("1.1", "source: [{repo: app, commit: "+app+"}, {repo: lib, commit: "+fix+", root: vendor/lib/, tag: lib-7}]", "packages: [{name: "+app11+"}]")
	expect(t, verify(mended(program("lib", 5))), "PASSED", "")
}

// TestSourceOverSource: a second source that holds a file as it was before the fix, and
// sits deeper, explains the package's file; it does not make it the fixed one.
func TestSourceOverSource(t *testing.T) {
	s, other := newScene(t), newScene(t)
	vulnerable := s.tree("HEAD")
	fix := s.fix("inc/login.php")
	other.write("login.php", vulnerable["inc/login.php"])
	s.doc("countersign.yaml", strings.Replace(defaultConfig, "repos:\n", "repos:\n  other: {url: \"https://git.example/other\"}\n", 1))
	s.advisory("APP-2026-0001", "target: \"1.1\"", "fixes: [{version: \"1.1\", commits: ["+fix+"]}]")
	s.release("1.1", "source: [{repo: app, commit: "+fix+", root: .}, {repo: other, commit: "+other.commit("another")+", root: inc/}]",
		"packages: [{name: "+app11+", omitted: [inc/inc/**, inc/README]}]")
	a, err := gitrepo.Open(s.dir)
	must(t, err)
	defer a.Close()
	b, err := gitrepo.Open(other.dir)
	must(t, err)
	defer b.Close()
	r := s.verifyWith(map[string]*gitrepo.Repo{"app": a, "other": b}, "1.1", file(app11, zipOf(t, "", vulnerable)))
	expect(t, r, "FAILED", "fix-not-in-package")
	expectVerdict(t, r, "APP-2026-0001", app11, "missing by content")
}

// TestManifest judges a published list of hashes, in several line-ending forms.
func TestManifest(t *testing.T) {
	s, fix := fixedScene(t, "contents: full")
	list := func(files map[string]string) []byte {
		var b strings.Builder
		for _, name := range sortedKeys(files) {
			for _, text := range []string{files[name], strings.ReplaceAll(files[name], "\n", "\r\n")} {
				sum := sha512.Sum512([]byte(text))
				fmt.Fprintf(&b, "%s  ./app/%s\n", hex.EncodeToString(sum[:]), name)
			}
		}
		return []byte(b.String())
	}
	manifest := func(data []byte) *Report { return s.verify("1.1", Archive{Name: "SHA512SUMS", Manifest: data}) }
	r := manifest(list(s.tree(fix)))
	expect(t, r, "PASSED", "")
	expectVerdict(t, r, "APP-2026-0001", app11, "present by reconstruction")
	if len(r.Statement.Subject) > 0 {
		t.Error("a list of hashes is no package that anybody can compare a download with")
	}
	if r := manifest(list(s.tree("v1.0"))); r.Statement.Predicate.Result != statement.Failed || !strings.Contains(said(r), "another hash") ||
		r.Statement.Predicate.Fixes[0].Verdict != string(Missing) {
		t.Error(said(r))
	}
	files := s.tree(fix)
	delete(files, "README")
	expect(t, manifest(list(files)), "FAILED", "package-missing")
	expect(t, manifest([]byte("hello\n")), "UNVERIFIABLE", "?fix-unverifiable ?manifest-mismatch")
}

func TestDigestAndTag(t *testing.T) {
	s, fix := fixedScene(t, "contents: full")
	data := s.archive("zip", "app/", fix)
	sum := sha256.Sum256(data)
	record := func(tag, digest string) *Report {
		s.release("1.1", "source: {repo: app, commit: "+fix+", tag: "+tag+"}", "packages: [{name: "+app11+", sha256: "+digest+"}]")
		return s.verify("1.1", file(app11, data))
	}
	expect(t, record("v1.1", hex.EncodeToString(sum[:])), "PASSED", "")
	expect(t, record("v1.1", strings.Repeat("0", 64)), "FAILED", "package-digest")
	expect(t, record("v1.0", hex.EncodeToString(sum[:])), "FAILED", "source-tag")
	expect(t, record("v9.9", hex.EncodeToString(sum[:])), "PASSED", "") // a candidate has no tag yet

	long := sha512.Sum512(data)
	for digest, want := range map[string][2]string{
		hex.EncodeToString(long[:]): {"PASSED", ""}, strings.Repeat("0", 128): {"FAILED", "package-digest"},
	} {
		s.release("1.1", "source: {repo: app, commit: "+fix+"}", "packages: [{name: "+app11+", sha512: "+digest+"}]")
		expect(t, s.verify("1.1", file(app11, data)), want[0], want[1])
	}
	s.release("1.1", "released: 2026-05-01", "source: {repo: app, commit: "+fix+", tag: v9.9}", "packages: [{name: "+app11+"}]")
	expect(t, s.verify("1.1", file(app11, data)), "UNVERIFIABLE", "?source-tag")
}

// TestDirectory judges an unpacked package.
func TestDirectory(t *testing.T) {
	s, fix := fixedScene(t, "contents: full")
	dir := fstest.MapFS{}
	for name, text := range s.tree(fix) {
		dir[name] = &fstest.MapFile{Data: []byte(text)}
	}
	r := s.verify("1.1", Archive{Name: "app", Dir: dir})
	expect(t, r, "PASSED", "")
	if _, err := statement.Encode(r.Statement); err != nil {
		t.Error(err)
	}
	s.policy("{fix_signature: none}")
	expect(t, s.verify("1.1", Archive{Name: "app", Dir: dir}), "UNVERIFIABLE", "?package-signatures")
	s.policy("{fix_signature: none, package_signatures: 0}")
	dir["inc/login.php"].Data = []byte(program("login", 10, 40, 70))
	expect(t, s.verify("1.1", Archive{Name: "app", Dir: dir}), "FAILED", "fix-not-in-package package-unexplained")
}

// TestNoRepository cannot confirm anything, and refutes nothing.
func TestNoRepository(t *testing.T) {
	s, fix := fixedScene(t, "contents: full")
	data := s.archive("zip", "app/", fix)
	r := s.verifyWith(nil, "1.1", file(app11, data))
	expect(t, r, "UNVERIFIABLE", "?fix-unverifiable ?source-absent")
}

// TestBuiltFromAnotherCommit names the commit that the package was really built from.
func TestBuiltFromAnotherCommit(t *testing.T) {
	s, fix := fixedScene(t, "contents: full")
	r := s.verify("1.1", file(app11, zipOf(t, "app/", s.tree("v1.0"))))
	expect(t, r, "FAILED", "fix-not-in-package package-unexplained")
	if base := s.git("rev-parse", "v1.0"); !strings.Contains(hints(r), "the commit "+base+" (tag v1.0) explains 3 of the 3 files") {
		t.Errorf("built from %s instead of %s:%s", base, fix, hints(r))
	}
}

// TestNothingToJudge is no pass.
func TestNothingToJudge(t *testing.T) {
	s := newScene(t)
	s.release("1.1", "source: {repo: app, commit: "+s.git("rev-parse", "HEAD")+"}")
	expect(t, s.verify("1.1"), "UNVERIFIABLE", "?package-absent")
}

// TestChangedSincePatched: the release before was itself built with a patch, so what
// changed since is counted from its patched tree.
func TestChangedSincePatched(t *testing.T) {
	s := newScene(t)
	base := s.git("rev-parse", "HEAD")
	fix := s.fix("inc/login.php")
	s.doc("patches/a.diff", s.patch(base, fix))
	s.release("1.1", "source: {repo: app, commit: "+base+"}", "patches: [patches/a.diff]", "released: 2026-02-01")
	next := s.fix("inc/mail.php")
	s.fixedBy("APP-2026-0002", "1.2", next)
	s.release("1.2", "source: {repo: app, commit: "+next+"}", "previous: \"1.1\"", "packages: [{name: changed.zip, contents: changed}]")
	r := s.verify("1.2", file("changed.zip", zipOf(t, "", map[string]string{"inc/mail.php": s.tree(next)["inc/mail.php"]})))
	expect(t, r, "PASSED", "")
}

// TestLinksPackedAsFiles: a packer that follows links ships what they point at, once
// more; nothing else may stand there.
func TestLinksPackedAsFiles(t *testing.T) {
	s := newScene(t)
	s.write("lib/deep/a.php", "a\n")
	s.write("lib/b.php", "b\n")
	for link, to := range map[string]string{
		"one.php": "lib/b.php", "all": "lib", "lib/back": "../inc", "twice": "all/deep", "out": "../../etc/passwd", "gone": "nowhere", "circle": "circle", "abs": "/lib/b.php",
	} {
		if err := os.Symlink(to, filepath.Join(s.dir, link)); err != nil {
			t.Skip("no symbolic links here: ", err)
		}
	}
	commit := s.commit("links")
	s.release("1.1", "source: {repo: app, commit: "+commit+"}", "packages: [{name: "+app11+", omitted: [out, gone, circle, abs]}]")
	followed := func() map[string]string {
		files := s.tree(commit)
		for _, link := range []string{"one.php", "all", "lib/back", "twice", "out", "gone", "circle", "abs"} {
			delete(files, link)
		}
		for to, from := range map[string]string{
			"one.php": "lib/b.php", "all/b.php": "lib/b.php", "all/deep/a.php": "lib/deep/a.php", "twice/a.php": "lib/deep/a.php",
			"lib/back/mail.php": "inc/mail.php", "all/back/mail.php": "inc/mail.php",
		} {
			files[to] = files[from]
		}
		return files
	}
	expect(t, s.verify("1.1", file(app11, zipOf(t, "app/", followed()))), "PASSED", "")
	for _, name := range []string{"one.php", "all/deep/a.php", "lib/back/mail.php", "all/new.php", "out", "gone", "circle", "gone/x", "lib/back/back/mail.php"} {
		files := followed()
		files[name] = "evil();\n"
		expect(t, s.verify("1.1", file(app11, zipOf(t, "app/", files))), "FAILED", "package-unexplained")
	}
	files := followed()
	files["abs"] = files["lib/b.php"] // of the builder's machine, whatever stands in the tree
	expect(t, s.verify("1.1", file(app11, zipOf(t, "app/", files))), "FAILED", "package-unexplained")
}
