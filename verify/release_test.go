package verify

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/countersign/countersign/verify/gitrepo"
	"github.com/countersign/countersign/verify/statement"
)

const app11 = "app-1.1.zip"

// fixedScene is a release 1.1 whose source has one fix of three hunks.
func fixedScene(t *testing.T, packageFields string) (s *scene, fix string) {
	s = newScene(t)
	fix = s.fix("inc/login.php")
	s.git("tag", "v1.1")
	s.fixedBy("APP-2026-0001", "1.1", fix)
	s.release("1.1", "source: {repo: app, commit: "+fix+", tag: v1.1}", "packages: [{name: "+app11+", "+packageFields+"}]")
	return s, fix
}

func TestPasses(t *testing.T) {
	s, fix := fixedScene(t, "contents: full")
	for _, format := range []string{"zip", "tar", "tar.gz"} {
		t.Run(format, func(t *testing.T) {
			s.release("1.1", "source: {repo: app, commit: "+fix+", tag: v1.1}", "packages: [{name: app-1.1."+format+", contents: full}]")
			r := s.verify("1.1", file("app-1.1."+format, s.archive(format, "app/", fix)))
			expect(t, r, "PASSED", "")
			expectVerdict(t, r, "APP-2026-0001", "app-1.1."+format, "present by reconstruction")
			p := r.Statement.Predicate.Packages[0]
			if p.Files != 3 || p.Identical != 3 {
				t.Errorf("%+v", p)
			}
		})
	}
}

// TestResultIsDeterministic encodes two runs of the same input.
func TestResultIsDeterministic(t *testing.T) {
	s, fix := fixedScene(t, "contents: full")
	data := s.archive("zip", "app/", fix)
	a, err := statement.Encode(s.verify("1.1", file(app11, data)).Statement)
	must(t, err)
	b, err := statement.Encode(s.verify("1.1", file(app11, data)).Statement)
	must(t, err)
	if !bytes.Equal(a, b) {
		t.Errorf("two runs differ:\n%s\n%s", a, b)
	}
	if _, err := statement.Read(a); err != nil {
		t.Error(err)
	}
}

// TestContentLies holds the packages that are not what their source is.
func TestContentLies(t *testing.T) {
	const id = "APP-2026-0001"
	tests := []struct {
		name    string
		fields  string // of the package
		pack    func(t *testing.T, s *scene, files map[string]string) []byte
		result  string
		rules   string
		verdict string
	}{
		{name: "whole fix taken out", fields: "contents: full", result: "FAILED", rules: "fix-not-in-package package-unexplained", verdict: "missing by content",
			pack: changed("inc/login.php", func(string) string { return program("login", 10, 40, 70) })},
		{name: "one hunk of three taken out", fields: "contents: full", result: "FAILED", rules: "fix-partial package-unexplained", verdict: "partial by content",
			pack: changed("inc/login.php", func(s string) string { return strings.Replace(s, "safe_login_70", "unsafe_login_70", 1) })},
		{name: "the fix's file left out", fields: "contents: full", result: "FAILED", rules: "fix-not-in-package package-missing", verdict: "missing by reconstruction",
			pack: changed("inc/login.php", nil)},
		{name: "CRLF everywhere", fields: "contents: full", result: "PASSED", verdict: "present by reconstruction",
			pack: changed("inc/login.php", func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") })},
		{name: "CRLF and the fix taken out", fields: "contents: full", result: "FAILED", rules: "fix-not-in-package package-unexplained", verdict: "missing by content",
			pack: changed("inc/login.php", func(string) string { return strings.ReplaceAll(program("login", 10, 40, 70), "\n", "\r\n") })},
		{name: "a file of nobody", fields: "contents: full", result: "FAILED", rules: "package-unexplained", verdict: "present by reconstruction",
			pack: changed("m4/build-to-host.m4", func(string) string { return "eval\n" })},
		{name: "a changed file beside the fix", fields: "contents: full", result: "FAILED", rules: "package-unexplained", verdict: "present by reconstruction",
			pack: changed("inc/mail.php", func(s string) string { return s + "backdoor();\n" })},
		{name: "a file missing", fields: "contents: full", result: "FAILED", rules: "package-missing", verdict: "present by reconstruction",
			pack: changed("README", nil)},
		{name: "omitted as recorded", fields: "contents: full, omitted: [README]", result: "PASSED", verdict: "present by reconstruction",
			pack: changed("README", nil)},
		{name: "generated as recorded", fields: "contents: full, generated: [\"docs/**\"]", result: "PASSED", verdict: "present by reconstruction",
			pack: changed("docs/a/index.html", func(string) string { return "<p>" })},
		{name: "generated elsewhere", fields: "contents: full, generated: [\"docs/**\"]", result: "FAILED", rules: "package-unexplained", verdict: "present by reconstruction",
			pack: changed("inc/docs.php", func(string) string { return "<p>" })},
		{name: "generated from the source without the fix", fields: "contents: full, generated: [\"inc/login.php\"]", result: "FAILED", rules: "fix-not-in-package", verdict: "missing by content",
			pack: changed("inc/login.php", func(string) string { return program("login", 10, 40, 70) })},
		{name: "the fix's file omitted", fields: "contents: full, omitted: [\"inc/login.php\"]", result: "UNVERIFIABLE", rules: "?fix-unverifiable", verdict: "unverifiable by reconstruction",
			pack: changed("inc/login.php", nil)},
		{name: "root folder given", fields: "contents: full, root: app/", result: "PASSED", verdict: "present by reconstruction", pack: changed("README", same)},
		{name: "root folder wrong", fields: "contents: full, root: other/", result: "FAILED", rules: "fix-not-in-package package-missing package-unexplained", verdict: "missing by reconstruction", pack: changed("README", same)},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			s, fix := fixedScene(t, tc.fields)
			r := s.verify("1.1", file(app11, tc.pack(t, s, s.tree(fix))))
			expect(t, r, tc.result, tc.rules)
			expectVerdict(t, r, id, app11, tc.verdict)
		})
	}
}

func same(s string) string { return s }

// changed packs a tree of which one file is edited, added, or (nil) left out.
func changed(name string, edit func(string) string) func(*testing.T, *scene, map[string]string) []byte {
	return func(t *testing.T, _ *scene, files map[string]string) []byte {
		if edit == nil {
			delete(files, name)
		} else {
			files[name] = edit(files[name])
		}
		return zipOf(t, "app/", files)
	}
}

// TestAncestryLies holds the sources that have the fix's commit and not the fix, and
// the reverse, from beginning to end.
func TestAncestryLies(t *testing.T) {
	const id = "APP-2026-0001"
	tests := []struct {
		name    string
		build   func(s *scene) (fix, source string)
		result  string
		rules   string
		verdict string
	}{
		{"reverted at once", func(s *scene) (string, string) {
			fix := s.fix("inc/login.php")
			s.git("revert", "--no-edit", fix)
			return fix, s.git("rev-parse", "HEAD")
		}, "FAILED", "fix-reverted", "reverted by lineage"},
		{"merged away with -s ours", func(s *scene) (string, string) {
			s.git("checkout", "-q", "-b", "topic")
			fix := s.fix("inc/login.php")
			s.git("checkout", "-q", "main")
			s.write("other", "x\n")
			s.commit("other work")
			s.git("merge", "-q", "-s", "ours", "-m", "merge", "topic")
			return fix, s.git("rev-parse", "HEAD")
		}, "FAILED", "fix-reverted", "reverted by lineage"},
		{"cherry-picked", func(s *scene) (string, string) {
			s.git("checkout", "-q", "-b", "next")
			s.write("other", "x\n")
			s.commit("other work")
			fix := s.fix("inc/login.php")
			s.git("checkout", "-q", "main")
			s.git("cherry-pick", fix)
			return fix, s.git("rev-parse", "HEAD")
		}, "PASSED", "", "present by reconstruction"},
		{"never merged", func(s *scene) (string, string) {
			s.git("checkout", "-q", "-b", "next")
			fix := s.fix("inc/login.php")
			s.git("checkout", "-q", "main")
			s.write("other", "x\n")
			return fix, s.commit("other work")
		}, "FAILED", "fix-not-in-package", "missing by content"},
		{"rewritten later", func(s *scene) (string, string) {
			fix := s.fix("inc/login.php")
			s.write("inc/login.php", strings.ReplaceAll(mended(program("login", 10, 40, 70)), "safe_login_40($input)", "safest_login_40($input, true)"))
			return fix, s.commit("better still")
		}, "PASSED", "", "evolved by lineage"},
		{"replaced by a graft", func(s *scene) (string, string) {
			s.git("checkout", "-q", "-b", "next")
			fix := s.fix("inc/login.php")
			s.git("checkout", "-q", "main")
			s.write("other", "x\n")
			source := s.commit("other work")
			s.git("replace", "--graft", source, fix)
			return fix, source
		}, "FAILED", "fix-not-in-package", "missing by content"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			s := newScene(t)
			fix, source := tc.build(s)
			s.fixedBy(id, "1.1", fix)
			s.release("1.1", "source: {repo: app, commit: "+source+"}", "packages: [{name: "+app11+"}]")
			data := s.gitRaw(nil, "-c", "core.useReplaceRefs=false", "archive", "--format=zip", "--prefix=app/", source)
			r := s.verify("1.1", file(app11, []byte(data)))
			expect(t, r, tc.result, tc.rules)
			expectVerdict(t, r, id, app11, tc.verdict)
		})
	}
}

// TestDamagedClone puts another object's bytes under the id of a file that the package
// is compared with.
func TestDamagedClone(t *testing.T) {
	s, fix := fixedScene(t, "contents: full")
	object := func(rev string) string {
		id := s.git("rev-parse", rev+":inc/login.php")
		return filepath.Join(s.dir, ".git", "objects", id[:2], id[2:])
	}
	vulnerable := s.archive("zip", "app/", "v1.0")
	other, err := os.ReadFile(object("v1.0"))
	must(t, err)
	must(t, os.Remove(object(fix)))
	must(t, os.WriteFile(object(fix), other, 0o444))
	r := s.verify("1.1", file(app11, vulnerable))
	if got := broken(r); r.Statement.Predicate.Result != statement.Unverifiable || !strings.Contains(got, "?source-unreadable") || strings.Contains(got, "package-absent") {
		t.Errorf("%s with %q:%s", r.Statement.Predicate.Result, got, said(r))
	}
}

// TestShallow shows that a clone which cannot answer says so.
func TestShallow(t *testing.T) {
	s, fix := fixedScene(t, "contents: full")
	s.write("other", "x\n")
	source := s.commit("other work")
	s.release("1.1", "source: {repo: app, commit: "+source+"}", "packages: [{name: "+app11+"}]")
	data := s.archive("zip", "app/", source)
	dir := t.TempDir()
	s.git("clone", "-q", "--depth=1", "file://"+s.dir, dir)
	repo, err := gitrepo.Open(dir)
	must(t, err)
	defer repo.Close()
	r := s.verifyWith(map[string]*gitrepo.Repo{"app": repo}, "1.1", file(app11, data))
	if got := r.Statement.Predicate.Result; got != statement.Unverifiable || !strings.Contains(said(r), "--unshallow") {
		t.Errorf("%s for fix %s:%s", got, fix, said(r))
	}
	for name, edge := range map[string]string{"the source": source, "the fix": fix} {
		must(t, os.WriteFile(filepath.Join(s.dir, ".git", "shallow"), []byte(edge+"\n"), 0o644))
		forged, err := gitrepo.Open(s.dir)
		must(t, err)
		r := s.verifyWith(map[string]*gitrepo.Repo{"app": forged}, "1.1", file(app11, data))
		if got := r.Statement.Predicate.Result; got != statement.Unverifiable || !strings.Contains(said(r), "--unshallow") {
			t.Errorf("a shallow list that names %s, over a complete clone: %s:%s", name, got, said(r))
		}
		must(t, forged.Close())
	}
}

// TestEmbargoed builds candidates as teams do: a public commit and patches on it.
func TestEmbargoed(t *testing.T) {
	const id = "APP-2026-0001"
	start := func(t *testing.T) (s *scene, base, fix string) {
		s = newScene(t)
		base = s.git("rev-parse", "HEAD")
		s.git("checkout", "-q", "-b", "private")
		fix = s.fix("inc/login.php")
		s.doc("patches/"+id+".diff", s.patch(base, fix))
		s.advisory(id, "target: \"1.1\"", "fixes: [{version: \"1.1\", patch: patches/"+id+".diff}]")
		s.release("1.1", "source: {repo: app, commit: "+base+"}", "patches: [patches/"+id+".diff]", "packages: [{name: "+app11+"}]")
		return s, base, fix
	}
	t.Run("applied", func(t *testing.T) {
		s, _, fix := start(t)
		r := s.verify("1.1", file(app11, s.archive("zip", "app/", fix)))
		expect(t, r, "PASSED", "")
		expectVerdict(t, r, id, app11, "present by reconstruction")
		if p := r.Statement.Predicate; p.Packages[0].Patched != 1 || len(p.Source.Patches) != 1 {
			t.Errorf("%+v", p)
		}
	})
	t.Run("applied to a file with CRLF, packed with LF", func(t *testing.T) {
		s, _, _ := start(t)
		s.git("checkout", "-q", "main")
		code := program("export", 40)
		crlf := func(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }
		s.write("inc/export.php", crlf(code))
		base := s.commit("a file from Windows")
		s.write("inc/export.php", crlf(mended(code)))
		fix := s.commit("mend it")
		s.doc("patches/"+id+".diff", s.patch(base, fix))
		s.release("1.1", "source: {repo: app, commit: "+base+"}", "patches: [patches/"+id+".diff]", "packages: [{name: "+app11+"}]")
		files := s.tree(fix)
		files["inc/export.php"] = mended(code)
		r := s.verify("1.1", file(app11, zipOf(t, "app/", files)))
		expect(t, r, "PASSED", "")
		expectVerdict(t, r, id, app11, "present by reconstruction")
	})
	t.Run("the advisory says that the build ignores whitespace", func(t *testing.T) {
		s, base, fix := start(t)
		tree := s.tree(base)
		s.git("checkout", "-q", "main")
		crlf := func(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }
		s.write("inc/login.php", crlf(tree["inc/login.php"]))
		source := s.commit("line endings")
		s.release("1.1", "source: {repo: app, commit: "+source+"}", "patches: [patches/"+id+".diff]", "packages: [{name: "+app11+"}]")
		s.advisory(id, "target: \"1.1\"", "fixes: [{version: \"1.1\", patch: patches/"+id+".diff, ignore_whitespace: true}]")
		expect(t, s.verify("1.1", file(app11, s.archive("zip", "app/", fix))), "PASSED", "")
		s.advisory(id, "target: \"1.1\"", "fixes: [{version: \"1.1\", patch: patches/"+id+".diff}]")
		if r := s.verify("1.1", file(app11, s.archive("zip", "app/", fix))); !strings.Contains(broken(r), RulePatchConflict) {
			t.Error("where nobody says so, whitespace counts:" + said(r))
		}
	})
	t.Run("forgotten", func(t *testing.T) {
		s, base, _ := start(t)
		r := s.verify("1.1", file(app11, s.archive("zip", "app/", base)))
		expect(t, r, "FAILED", "fix-not-in-package package-unexplained")
		if !strings.Contains(said(r), "lacks the patch patches/"+id) {
			t.Error(said(r))
		}
	})
	t.Run("half of it", func(t *testing.T) {
		s, _, fix := start(t)
		files := s.tree(fix)
		files["inc/login.php"] = strings.Replace(files["inc/login.php"], "safe_login_40", "unsafe_login_40", 1)
		r := s.verify("1.1", file(app11, zipOf(t, "app/", files)))
		expect(t, r, "FAILED", "fix-partial package-unexplained")
	})
	t.Run("in the package, not in the record", func(t *testing.T) {
		s, base, fix := start(t)
		s.release("1.1", "source: {repo: app, commit: "+base+"}", "packages: [{name: "+app11+"}]")
		r := s.verify("1.1", file(app11, s.archive("zip", "app/", fix)))
		expect(t, r, "FAILED", "package-unexplained")
		expectVerdict(t, r, id, app11, "present by content")
	})
	t.Run("public by now", func(t *testing.T) {
		s, _, fix := start(t)
		s.release("1.1", "source: {repo: app, commit: "+fix+"}", "patches: [patches/"+id+".diff]", "packages: [{name: "+app11+"}]")
		r := s.verify("1.1", file(app11, s.archive("zip", "app/", fix)))
		expect(t, r, "PASSED", "(patch-already-there)")
		expectVerdict(t, r, id, app11, "present by reconstruction")
	})
	t.Run("does not apply", func(t *testing.T) {
		s, base, _ := start(t)
		s.doc("patches/"+id+".diff", strings.ReplaceAll(string(s.sec["patches/"+id+".diff"].Data), "login_39", "elsewhere"))
		r := s.verify("1.1", file(app11, s.archive("zip", "app/", base)))
		if !strings.Contains(broken(r), "patch-conflict") || r.Statement.Predicate.Result != statement.Failed {
			t.Error(said(r))
		}
	})
	t.Run("white space", func(t *testing.T) {
		s, base, fix := start(t)
		loose := strings.ReplaceAll(string(s.sec["patches/"+id+".diff"].Data), " login_39();\n", " login_39();\r\n")
		s.doc("patches/"+id+".diff", loose)
		data := s.archive("zip", "app/", fix)
		if r := s.verify("1.1", file(app11, data)); !strings.Contains(broken(r), "patch-conflict") {
			t.Error("a patch with other white space applied as it is:" + said(r))
		}
		s.release("1.1", "source: {repo: app, commit: "+base+"}",
			"patches: [{path: patches/"+id+".diff, ignore_whitespace: true}]", "packages: [{name: "+app11+"}]")
		s.advisory(id, "target: \"1.1\"", "fixes: [{version: \"1.1\", patch: patches/"+id+".diff, ignore_whitespace: true}]")
		expect(t, s.verify("1.1", file(app11, data)), "PASSED", "")
	})
}
