package verify

import (
	"slices"
	"strings"
	"testing"

	"github.com/countersign/countersign/verify/gitrepo"
	"github.com/countersign/countersign/verify/patch"
	"github.com/countersign/countersign/verify/verifytest"
)

// The file of these stories, in three places of which a fix works.
const (
	head = "package door\n\nimport \"lock\"\n\nvar count int\n\nfunc open(key string) bool {\n"
	weak = "\tif key == \"\" {\n\t\treturn true\n\t}\n"
	safe = "\tif !lock.Fits(key) {\n\t\treturn false\n\t}\n"
	mid  = "\tcount++\n\treturn lock.Try(key)\n}\n\nfunc shut() {\n\tlock.Close()\n\tcount--\n}\n\nfunc log(text string) {\n"
	raw  = "\tprint(text)\n"
	esc  = "\tif len(text) > 80 {\n\t\ttext = text[:80]\n\t}\n\tprint(escape(text))\n"
	tail = "}\n\nfunc end() {\n\tshut()\n\tcount = 0\n}\n"
)

var (
	vulnerable = verifytest.Files{"door.go": head + weak + mid + raw + tail, "README": "doors\n"}
	fixed      = verifytest.Files{"door.go": head + safe + mid + esc + tail, "README": "doors\n"}
)

// surrounded changes the lines next to the fix's.
func surrounded(f verifytest.Files) verifytest.Files {
	text := strings.Replace(f["door.go"], "func open(key string) bool {", "func open(key, ring string) bool {", 1)
	text = strings.Replace(text, "\tcount++\n", "\tcount += 2\n", 1)
	text = strings.Replace(text, "func log(text string) {", "func log(text string, level int) {", 1)
	return f.With("door.go", strings.Replace(text, "}\n\nfunc end()", "\tcount++\n}\n\nfunc end()", 1))
}

// story is a repository on its way.
type story struct {
	*verifytest.Repo
	base, fix gitrepo.ID
}

func begin(t *testing.T, format string) story {
	r := verifytest.NewRepo(t, format)
	base := r.Commit("doors", vulnerable)
	return story{r, base, r.Commit("doors: check keys, bound the log", fixed, base)}
}

// stand judges one fix at one source.
func stand(t *testing.T, s story, source gitrepo.ID, commits ...gitrepo.ID) *Standing {
	t.Helper()
	p := NewProver(s.Open())
	sts, err := p.InSource(source, []Fix{{Name: "FIX", Commits: commits}})
	if err != nil {
		t.Fatal(err)
	}
	return sts[0]
}

func TestLineage(t *testing.T) {
	renamed := func(f verifytest.Files) verifytest.Files {
		return f.With("gate.go", f["door.go"]).With("door.go", "")
	}
	onlyFirst := fixed.With("door.go", head+safe+mid+raw+tail)
	cases := []struct {
		name  string
		build func(s story) (source gitrepo.ID, commits []gitrepo.ID)
		want  Verdict
		by    Basis
		check func(t *testing.T, s story, st *Standing)
	}{
		{"fix is the source", func(s story) (gitrepo.ID, []gitrepo.ID) { return s.fix, []gitrepo.ID{s.fix} }, Present, ByLineage, nil},
		{"source before the fix", func(s story) (gitrepo.ID, []gitrepo.ID) { return s.base, []gitrepo.ID{s.fix} }, Missing, ByContent, nil},
		{"merged with -s ours", func(s story) (gitrepo.ID, []gitrepo.ID) {
			other := s.Commit("readme", vulnerable.With("README", "more doors\n"), s.base)
			return s.Commit("merge", vulnerable.With("README", "more doors\n"), other, s.fix), []gitrepo.ID{s.fix}
		}, Reverted, ByLineage, nil},
		{"merged with -s ours over another context", func(s story) (gitrepo.ID, []gitrepo.ID) {
			changed := vulnerable.With("door.go", strings.Replace(vulnerable["door.go"], "\tprint(text)\n}\n", "\tprint(text)\n}\n\nfunc ring() {}\n", 1))
			changed = changed.With("door.go", strings.Replace(changed["door.go"], "var count int\n", "var count int64\n", 1))
			other := s.Commit("ring", changed, s.base)
			return s.Commit("merge", changed, other, s.fix), []gitrepo.ID{s.fix}
		}, Reverted, ByLineage, nil},
		{"reverted without the word", func(s story) (gitrepo.ID, []gitrepo.ID) {
			return s.Commit("doors: simplify", vulnerable, s.fix), []gitrepo.ID{s.fix}
		}, Reverted, ByLineage, func(t *testing.T, s story, st *Standing) {
			if len(st.RevertedBy) != 1 {
				t.Errorf("reverting commits: got %v, want the one", st.RevertedBy)
			}
		}},
		{"one hunk reverted", func(s story) (gitrepo.ID, []gitrepo.ID) {
			return s.Commit("log: simplify", onlyFirst, s.fix), []gitrepo.ID{s.fix}
		}, Reverted, ByLineage, nil},
		{"reverted, then other work", func(s story) (gitrepo.ID, []gitrepo.ID) {
			back := s.Commit("doors: simplify", vulnerable, s.fix)
			return s.Commit("more", vulnerable.With("door.go", "// Copyright\n"+vulnerable["door.go"]), back), []gitrepo.ID{s.fix}
		}, Reverted, ByLineage, nil},
		{"reverted and applied again", func(s story) (gitrepo.ID, []gitrepo.ID) {
			back := s.Commit("doors: simplify", vulnerable, s.fix)
			again := s.Commit("doors: check keys again", fixed, back)
			return s.Commit("more", fixed.With("door.go", "// Copyright\n"+fixed["door.go"]), again), []gitrepo.ID{s.fix}
		}, Present, ByLineage, nil},
		{"lines moved by other work", func(s story) (gitrepo.ID, []gitrepo.ID) {
			return s.Commit("more", fixed.With("door.go", "// Copyright\n// Someone\n"+fixed["door.go"]), s.fix), []gitrepo.ID{s.fix}
		}, Present, ByLineage, nil},
		{"lines rewritten", func(s story) (gitrepo.ID, []gitrepo.ID) {
			return s.Commit("better", fixed.With("door.go", strings.Replace(fixed["door.go"], "!lock.Fits(key)", "key == \"\" || !lock.Fits(key)", 1)), s.fix), []gitrepo.ID{s.fix}
		}, Evolved, ByLineage, func(t *testing.T, s story, st *Standing) {
			if len(st.EvolvedBy) != 1 {
				t.Errorf("evolved by %v, want one commit", st.EvolvedBy)
			}
		}},
		{"line endings changed", func(s story) (gitrepo.ID, []gitrepo.ID) {
			return s.Commit("crlf", fixed.With("door.go", strings.ReplaceAll(fixed["door.go"], "\n", "\r\n")), s.fix), []gitrepo.ID{s.fix}
		}, Present, ByLineage, nil},
		{"file renamed", func(s story) (gitrepo.ID, []gitrepo.ID) {
			return s.Commit("rename", renamed(fixed), s.fix), []gitrepo.ID{s.fix}
		}, Present, ByLineage, func(t *testing.T, s story, st *Standing) {
			if st.Hunks[0].Path != "gate.go" {
				t.Errorf("hunk is at %q, want gate.go", st.Hunks[0].Path)
			}
		}},
		{"file renamed, then reverted there", func(s story) (gitrepo.ID, []gitrepo.ID) {
			moved := s.Commit("rename", renamed(fixed), s.fix)
			return s.Commit("simplify", renamed(vulnerable), moved), []gitrepo.ID{s.fix}
		}, Reverted, ByLineage, nil},
		{"renamed and undone at once", func(s story) (gitrepo.ID, []gitrepo.ID) {
			return s.Commit("tidy names", renamed(vulnerable), s.fix), []gitrepo.ID{s.fix}
		}, Reverted, ByLineage, nil},
		{"renamed and undone at once, then mended there", func(s story) (gitrepo.ID, []gitrepo.ID) {
			undone := s.Commit("tidy names", renamed(vulnerable), s.fix)
			return s.Commit("check keys again", renamed(fixed), undone), []gitrepo.ID{s.fix}
		}, Present, ByLineage, nil},
		{"merged with a side that renamed the unfixed file", func(s story) (gitrepo.ID, []gitrepo.ID) {
			side := s.Commit("rename", renamed(vulnerable), s.base)
			return s.Commit("merge", renamed(vulnerable), s.fix, side), []gitrepo.ID{s.fix}
		}, Reverted, ByLineage, nil},
		{"split out of the unfixed text", func(s story) (gitrepo.ID, []gitrepo.ID) {
			split := vulnerable.With("door.go", "").With("open.go", head+weak+"\tcount++\n}\n").With("log.go", "package door\n\nfunc log(text string) {\n"+raw+tail)
			return s.Commit("split", split, s.fix), []gitrepo.ID{s.fix}
		}, Reverted, ByLineage, nil},
		{"file split", func(s story) (gitrepo.ID, []gitrepo.ID) {
			split := fixed.With("door.go", head+safe+"\tcount++\n}\n").With("log.go", "package door\n\nfunc log(text string) {\n"+esc+tail)
			return s.Commit("split", split, s.fix), []gitrepo.ID{s.fix}
		}, Present, ByLineage, nil},
		{"file deleted", func(s story) (gitrepo.ID, []gitrepo.ID) {
			return s.Commit("no doors", fixed.With("door.go", ""), s.fix), []gitrepo.ID{s.fix}
		}, Evolved, ByLineage, nil},
		{"cherry-picked", func(s story) (gitrepo.ID, []gitrepo.ID) {
			other := s.Commit("readme", vulnerable.With("README", "more doors\n"), s.base)
			return s.Commit("picked", fixed.With("README", "more doors\n"), other), []gitrepo.ID{s.fix}
		}, Present, ByLineage, func(t *testing.T, s story, st *Standing) {
			if len(st.Equivalent) != 1 {
				t.Errorf("equivalent commits: %v, want one", st.Equivalent)
			}
		}},
		{"backported to other surroundings", func(s story) (gitrepo.ID, []gitrepo.ID) {
			other := s.Commit("readme", surrounded(vulnerable), s.base)
			picked := s.Commit("doors: check keys, bound the log", surrounded(fixed), other)
			return s.Commit("better", surrounded(fixed).With("door.go", strings.Replace(surrounded(fixed)["door.go"], "Fits", "Opens", 1)), picked), []gitrepo.ID{s.fix}
		}, Evolved, ByLineage, func(t *testing.T, s story, st *Standing) {
			if len(st.Equivalent) != 1 || len(st.EvolvedBy) != 1 {
				t.Errorf("equivalent %v, evolved by %v, want one each", st.Equivalent, st.EvolvedBy)
			}
		}},
		{"backported to other surroundings, then reverted", func(s story) (gitrepo.ID, []gitrepo.ID) {
			other := s.Commit("readme", surrounded(vulnerable), s.base)
			picked := s.Commit("picked", surrounded(fixed), other)
			return s.Commit("simplify", surrounded(vulnerable), picked), []gitrepo.ID{s.fix}
		}, Reverted, ByLineage, nil},
		{"a like change is no backport", func(s story) (gitrepo.ID, []gitrepo.ID) {
			other := s.Commit("readme", surrounded(vulnerable), s.base)
			like := surrounded(fixed).With("door.go", strings.Replace(surrounded(fixed)["door.go"], "text[:80]", "text[:8000]", 1))
			return s.Commit("doors: check keys, bound the log", like, other), []gitrepo.ID{s.fix}
		}, Unverifiable, ByContent, nil},
		{"one line that anybody may write is found by text, not as a backport", func(s story) (gitrepo.ID, []gitrepo.ID) {
			list := func(before, line, after string) verifytest.Files {
				return verifytest.Files{"n.go": "a\n" + before + line + after + "z\n"}
			}
			base := s.Commit("list", list("b\nc\nd\n", "", "e\nf\n"))
			fix := s.Commit("count", list("b\nc\nd\n", "count++\n", "e\nf\n"), base)
			other := s.Commit("other", list("x\ny\nw\n", "", "u\nv\n"), base)
			return s.Commit("so many", list("x\ny\nw\n", "count++\n", "u\nv\n"), other), []gitrepo.ID{fix}
		}, Present, ByContent, nil},
		{"cherry-picked, then reverted", func(s story) (gitrepo.ID, []gitrepo.ID) {
			other := s.Commit("readme", vulnerable.With("README", "more doors\n"), s.base)
			picked := s.Commit("picked", fixed.With("README", "more doors\n"), other)
			return s.Commit("simplify", vulnerable.With("README", "more doors\n"), picked), []gitrepo.ID{s.fix}
		}, Reverted, ByLineage, nil},
		{"two commits, one of them missing", func(s story) (gitrepo.ID, []gitrepo.ID) {
			one := s.Commit("one", onlyFirst, s.base)
			return one, []gitrepo.ID{one, s.Commit("two", fixed, one)}
		}, Partial, ByContent, nil},
		{"two commits squashed", func(s story) (gitrepo.ID, []gitrepo.ID) {
			one := s.Commit("one", onlyFirst, s.base)
			two := s.Commit("two", fixed, one)
			other := s.Commit("readme", vulnerable.With("README", "more doors\n"), s.base)
			return s.Commit("both", fixed.With("README", "more doors\n"), other), []gitrepo.ID{one, two}
		}, Present, ByLineage, nil},
		{"the second commit reworks the first", func(s story) (gitrepo.ID, []gitrepo.ID) {
			reworked := fixed.With("door.go", strings.Replace(fixed["door.go"], "Fits", "Opens", 1))
			two := s.Commit("two", reworked, s.fix)
			return two, []gitrepo.ID{s.fix, two}
		}, Present, ByLineage, nil},
		{"the fix is a merge", func(s story) (gitrepo.ID, []gitrepo.ID) {
			merge := s.Commit("merge", fixed, s.base, s.fix)
			return s.Commit("more", fixed.With("README", "more doors\n"), merge), []gitrepo.ID{merge}
		}, Present, ByLineage, nil},
		{"clocks run backwards", func(s story) (gitrepo.ID, []gitrepo.ID) {
			s.Clock -= 500_000
			side := s.Commit("side", fixed.With("README", "a\n"), s.fix)
			s.Clock += 900_000
			return s.Commit("more", fixed.With("README", "b\n"), side), []gitrepo.ID{s.fix}
		}, Present, ByLineage, nil},
		{"an added include is taken out again", func(s story) (gitrepo.ID, []gitrepo.ID) {
			with := strings.Replace(fixed["door.go"], "import \"lock\"\n", "import \"lock\"\nimport \"text\"\n", 1)
			fix := s.Commit("fix with import", fixed.With("door.go", with), s.base)
			return s.Commit("unused import", fixed, fix), []gitrepo.ID{fix}
		}, Evolved, ByLineage, nil},
		{"an include of the fix is reverted, and the commit says so", func(s story) (gitrepo.ID, []gitrepo.ID) {
			with := strings.Replace(fixed["door.go"], "import \"lock\"\n", "import \"lock\"\nimport \"text\"\n", 1)
			fix := s.Commit("fix with import", fixed.With("door.go", with), s.base)
			return s.Commit("back\n\nThis reverts commit "+string(fix)+".\n", fixed, fix), []gitrepo.ID{fix}
		}, Reverted, ByLineage, nil},
		{"one hunk reverted whole, beside much work on other files", func(s story) (gitrepo.ID, []gitrepo.ID) {
			more := onlyFirst.With("big.go", strings.Repeat("var x int\n", 200))
			return s.Commit("new log", more, s.fix), []gitrepo.ID{s.fix}
		}, Reverted, ByLineage, nil},
		{"one hunk reverted among other work on the file", func(s story) (gitrepo.ID, []gitrepo.ID) {
			more := onlyFirst.With("door.go", onlyFirst["door.go"]+strings.Repeat("var x int\n", 9))
			return s.Commit("new log", more, s.fix), []gitrepo.ID{s.fix}
		}, Evolved, ByLineage, nil},
		{"a line that the fix added is deleted while the rest stands", func(s story) (gitrepo.ID, []gitrepo.ID) {
			added := strings.Replace(fixed["door.go"], "\tcount = 0\n", "\tcount = 0\n\tlog(\"end\")\n", 1)
			fix := s.Commit("check keys, bound and use the log", fixed.With("door.go", added), s.base)
			return s.Commit("quiet end", fixed, fix), []gitrepo.ID{fix}
		}, Evolved, ByLineage, func(t *testing.T, s story, st *Standing) {
			if len(st.EvolvedBy) != 1 {
				t.Errorf("evolved by %v, want the commit that deleted it", st.EvolvedBy)
			}
		}},
		{"the check that the fix added is deleted, only its import stands", func(s story) (gitrepo.ID, []gitrepo.ID) {
			with := strings.Replace(vulnerable["door.go"], "import \"lock\"\n", "import \"lock\"\nimport \"text\"\n", 1)
			fix := s.Commit("check text", fixed.With("door.go", strings.Replace(with, "\tprint(text)\n", "\tif !utf8(text) {\n\t\treturn\n\t}\n\tprint(text)\n", 1)), s.base)
			return s.Commit("simplify", fixed.With("door.go", with), fix), []gitrepo.ID{fix}
		}, Reverted, ByLineage, nil},
		{"deleted line, and the commit quotes the subject as git does", func(s story) (gitrepo.ID, []gitrepo.ID) {
			added := strings.Replace(fixed["door.go"], "\tcount = 0\n", "\tcount = 0\n\tlog(\"end\")\n", 1)
			fix := s.Commit("use the log", fixed.With("door.go", added), s.base)
			return s.Commit("Revert \"use the log\" in part", fixed, fix), []gitrepo.ID{fix}
		}, Reverted, ByLineage, nil},
		{"a small part of a very large fix is taken back", func(s story) (gitrepo.ID, []gitrepo.ID) {
			large := fixed.With("lib.go", strings.Repeat("var x int\n", 500))
			fix := s.Commit("update", large, s.base)
			return s.Commit("sync", large.With("door.go", onlyFirst["door.go"]), fix), []gitrepo.ID{fix}
		}, Evolved, ByLineage, nil},
		{"everything reverted among much other work", func(s story) (gitrepo.ID, []gitrepo.ID) {
			more := vulnerable.With("big.go", strings.Repeat("var x int\n", 200))
			return s.Commit("new doors", more, s.fix), []gitrepo.ID{s.fix}
		}, Reverted, ByLineage, nil},
		{"lines restyled where their context repeats itself", func(s story) (gitrepo.ID, []gitrepo.ID) {
			body := func(added string) string {
				return "a()\nif(!p) {\n\tfree()\n}\n\n" + added + "if(quote) {\n\tc()\n}\n"
			}
			base := s.Commit("names", verifytest.Files{"n.c": body("")})
			fix := s.Commit("strip", verifytest.Files{"n.c": body("q = find()\nif (!p) {\n\tfree()\n}\n\n")}, base)
			return s.Commit("style", verifytest.Files{"n.c": body("q = find()\nif(!p) {\n\tfree()\n}\n\n")}, fix), []gitrepo.ID{fix}
		}, Evolved, ByLineage, nil},
		{"a merge drops added lines whose surroundings the other side changed", func(s story) (gitrepo.ID, []gitrepo.ID) {
			list := func(top, added, end string) verifytest.Files {
				return verifytest.Files{"n.go": "a\nb\nc\nd\n" + top + "e\nf\ng\nh\n" + added + "i\nj\nk\nl\n" + end + "m\nn\n"}
			}
			base := s.Commit("list", list("", "", ""))
			fix := s.Commit("check", list("", "check\n", ""), base)
			context := s.Commit("other context", verifytest.Files{"n.go": strings.Replace(list("", "check\n", "")["n.go"], "check\ni\n", "check\nii\n", 1)}, fix)
			other := s.Commit("other", list("x\n", "", "y\n"), base)
			dropped := strings.Replace(list("x\n", "", "y\n")["n.go"], "h\ni\n", "h\nii\n", 1)
			return s.Commit("merge", verifytest.Files{"n.go": dropped}, other, context), []gitrepo.ID{fix}
		}, Reverted, ByLineage, nil},
		{"a merge settles a conflict within the fix by the other side's line", func(s story) (gitrepo.ID, []gitrepo.ID) {
			fix, other, list := settling(s, "image(old)\n", "image(new)\n")
			return s.Commit("merge", list("clean()\nimage(new)\nsort()\n", ""), other, fix), []gitrepo.ID{fix}
		}, Evolved, ByLineage, nil},
		{"a merge puts a line of nobody's into the fix", func(s story) (gitrepo.ID, []gitrepo.ID) {
			fix, other, list := settling(s, "image(old)\n", "image(new)\n")
			return s.Commit("merge", list("clean()\nimage(any)\nsort()\n", ""), other, fix), []gitrepo.ID{fix}
		}, Reverted, ByLineage, nil},
		{"a merge puts the line before the fix into it", func(s story) (gitrepo.ID, []gitrepo.ID) {
			fix, other, list := settling(s, "image(old)\n", "image(new)\n")
			return s.Commit("merge", list("take(input)\nimage(new)\nsort()\n", ""), other, fix), []gitrepo.ID{fix}
		}, Reverted, ByLineage, nil},
		{"a merge puts a line that both sides had into the fix", func(s story) (gitrepo.ID, []gitrepo.ID) {
			fix, other, list := settling(s, "image(old)\n", "image(new)\n")
			return s.Commit("merge", list("free(it)\nimage(old)\nsort()\n", ""), other, fix), []gitrepo.ID{fix}
		}, Reverted, ByLineage, nil},
		{"a merge drops one line of the fix", func(s story) (gitrepo.ID, []gitrepo.ID) {
			fix, other, list := settling(s, "image(old)\n", "image(new)\n")
			return s.Commit("merge", list("image(new)\nsort()\n", ""), other, fix), []gitrepo.ID{fix}
		}, Reverted, ByLineage, nil},
		{"one check of several is taken out, and nothing else", func(s story) (gitrepo.ID, []gitrepo.ID) {
			check := func(n int) string { return strings.Repeat("line\n", n) }
			files := func(door, gate string) verifytest.Files {
				return verifytest.Files{"door.c": check(5) + door + check(5), "gate.c": check(7) + gate + check(7)}
			}
			base := s.Commit("base", files("", ""))
			fix := s.Commit("fix", files("if (!allowed(user)) return;\n", "x = trim(x);\ny = trim(y);\nz = trim(z);\n"), base)
			return s.Commit("tidy", files("", "x = trim(x);\ny = trim(y);\nz = trim(z);\n"), fix), []gitrepo.ID{fix}
		}, Reverted, ByLineage, nil},
		{"the fix is commented out", func(s story) (gitrepo.ID, []gitrepo.ID) {
			files := func(check string) verifytest.Files {
				return verifytest.Files{"door.c": strings.Repeat("line\n", 5) + check + strings.Repeat("line\n", 5)}
			}
			fix := s.Commit("fix", files("\tif (!allowed(user))\n\t\treturn;\n"), s.Commit("base", files("")))
			return s.Commit("debug", files("\t// if (!allowed(user))\n\t//\treturn;\n"), fix), []gitrepo.ID{fix}
		}, Reverted, ByLineage, nil},
		{"a comment takes the place of a comment", func(s story) (gitrepo.ID, []gitrepo.ID) {
			files := func(check string) verifytest.Files {
				return verifytest.Files{"door.c": strings.Repeat("line\n", 5) + check + strings.Repeat("line\n", 5)}
			}
			fix := s.Commit("fix", files("// only the owner\nif (!owner(user)) return;\n"), s.Commit("base", files("")))
			return s.Commit("words", files("// none but the owner\nif (!owner(user)) return 1;\n"), fix), []gitrepo.ID{fix}
		}, Evolved, ByLineage, nil},
		{"a detail of a fix is taken out", func(s story) (gitrepo.ID, []gitrepo.ID) {
			files := func(door string) verifytest.Files {
				return verifytest.Files{"door.c": strings.Repeat("line\n", 5) + door + strings.Repeat("line\n", 5), "gate.c": "int gate;\n"}
			}
			large := files("note(user);\n").With("check.c", strings.Repeat("check(it);\n", 12))
			fix := s.Commit("fix", large, s.Commit("base", files("")))
			return s.Commit("tidy", large.With("door.c", files("")["door.c"]), fix), []gitrepo.ID{fix}
		}, Evolved, ByLineage, nil},
		{"a hunk is taken back while more of the fix is put in another form", func(s story) (gitrepo.ID, []gitrepo.ID) {
			more := func(door, gate, size string) verifytest.Files {
				return fixed.With("door.go", door).With("gate.go", gate).With("size.go", size)
			}
			base := s.Commit("size", more(vulnerable["door.go"], vulnerable["door.go"], "package size\n\nvar size = 1\n"), s.base)
			fix := s.Commit("fix", more(fixed["door.go"], fixed["door.go"], "package size\n\nvar size = 2\n"), base)
			bound := strings.NewReplacer("80", "40", "!lock.Fits(key)", "!lock.Fits(key, count)").Replace(fixed["door.go"])
			return s.Commit("keep the size", more(bound, bound, "package size\n\nvar size = 1\n"), fix), []gitrepo.ID{fix}
		}, Evolved, ByLineage, nil},
		{"a hunk is taken back while one other is put in another form", func(s story) (gitrepo.ID, []gitrepo.ID) {
			gate := func(line string) string { return head + weak + mid + line + tail }
			base := s.Commit("gate", vulnerable.With("gate.go", gate(raw)), s.base)
			fix := s.Commit("fix", onlyFirst.With("gate.go", gate(esc)), base)
			bound := gate(strings.ReplaceAll(esc, "80", "40"))
			return s.Commit("bound", vulnerable.With("gate.go", bound), fix), []gitrepo.ID{fix}
		}, Reverted, ByLineage, nil},
		{"a binary file that the fix brought is taken out while the rest stands", func(s story) (gitrepo.ID, []gitrepo.ID) {
			fix := s.Commit("fix", fixed.With("sample.bin", "a\x00b"), s.base)
			return s.Commit("tidy", fixed, fix), []gitrepo.ID{fix}
		}, Evolved, ByLineage, nil},
		{"a binary file from before the fix is back", func(s story) (gitrepo.ID, []gitrepo.ID) {
			base := s.Commit("lock", vulnerable.With("lock.bin", "a\x00b"), s.base)
			fix := s.Commit("fix", fixed.With("lock.bin", "c\x00d"), base)
			return s.Commit("tidy", fixed.With("lock.bin", "a\x00b"), fix), []gitrepo.ID{fix}
		}, Reverted, ByLineage, nil},
		{"brought to two branches, undone on its own, and the merge takes the other's, restyled since", func(s story) (gitrepo.ID, []gitrepo.ID) {
			restyled := surrounded(fixed).With("door.go", strings.NewReplacer("Fits(key)", "Fits( key )", "text[:80]", "text[ :80]").Replace(surrounded(fixed)["door.go"]))
			main := s.Commit("other doors", surrounded(vulnerable), s.base)
			twin := s.Commit("doors: check keys, bound the log", surrounded(fixed), main)
			main = s.Commit("style", restyled, twin)
			back := s.Commit("not here", vulnerable, s.fix)
			return s.Commit("merge main", restyled, back, main), []gitrepo.ID{s.fix}
		}, Evolved, ByLineage, func(t *testing.T, s story, st *Standing) {
			if len(st.Equivalent) != 1 {
				t.Errorf("equivalent commits: %v, want the other branch's", st.Equivalent)
			}
		}},
		{"brought to two branches, undone on one, which the merge takes", func(s story) (gitrepo.ID, []gitrepo.ID) {
			main := s.Commit("other doors", surrounded(vulnerable), s.base)
			twin := s.Commit("doors: check keys, bound the log", surrounded(fixed), main)
			main = s.Commit("simplify", surrounded(vulnerable), twin)
			return s.Commit("merge main", surrounded(vulnerable), s.fix, main), []gitrepo.ID{s.fix}
		}, Reverted, ByLineage, nil},
		{"picked to two branches, undone where the newer pick is", func(s story) (gitrepo.ID, []gitrepo.ID) {
			restyled := surrounded(fixed).With("door.go", strings.NewReplacer("Fits(key)", "Fits( key )", "text[:80]", "text[ :80]").Replace(surrounded(fixed)["door.go"]))
			main := s.Commit("other doors", surrounded(vulnerable), s.base)
			main = s.Commit("style", restyled, s.Commit("doors: check keys, bound the log", surrounded(fixed), main))
			stable := s.Commit("stable", vulnerable.With("README", "stable\n"), s.base)
			stable = s.Commit("doors: check keys, bound the log", fixed.With("README", "stable\n"), stable)
			stable = s.Commit("not here", vulnerable.With("README", "stable\n"), stable)
			return s.Commit("merge main", restyled.With("README", "stable\n"), stable, main), []gitrepo.ID{s.fix}
		}, Evolved, ByLineage, nil},
		{"renamed on one side and restyled on the other of a merge", func(s story) (gitrepo.ID, []gitrepo.ID) {
			restyled := fixed.With("door.go", strings.NewReplacer("Fits(key)", "Fits( key )", "text[:80]", "text[ :80]").Replace(fixed["door.go"]))
			one, other := s.Commit("rename", renamed(fixed), s.fix), s.Commit("style", restyled, s.fix)
			return s.Commit("merge", renamed(restyled), other, one), []gitrepo.ID{s.fix}
		}, Evolved, ByLineage, nil},
		{"renamed on one side of a merge that drops the lines of the fix", func(s story) (gitrepo.ID, []gitrepo.ID) {
			one, other := s.Commit("rename", renamed(fixed), s.fix), s.Commit("readme", fixed.With("README", "more doors\n"), s.fix)
			return s.Commit("merge", renamed(fixed).With("gate.go", head+mid+tail), other, one), []gitrepo.ID{s.fix}
		}, Reverted, ByLineage, nil},
		{"the fix makes an empty file, which is gone since", func(s story) (gitrepo.ID, []gitrepo.ID) {
			with := fixed.With("lock", "x")
			with["lock"] = ""
			fix := s.Commit("fix", with, s.base)
			return s.Commit("tidy", fixed, fix), []gitrepo.ID{fix}
		}, Present, ByLineage, nil},
		{"tests of the fix change", func(s story) (gitrepo.ID, []gitrepo.ID) {
			fix := s.Commit("fix with test", fixed.With("tests/a", "1\n2\n3\n"), s.base)
			return s.Commit("other test", fixed.With("tests/a", "7\n8\n"), fix), []gitrepo.ID{fix}
		}, Present, ByLineage, nil},
	}
	for _, c := range cases {
		for _, format := range []string{"sha1", "sha256"} {
			t.Run(c.name+"/"+format, func(t *testing.T) {
				t.Parallel()
				s := begin(t, format)
				source, commits := c.build(s)
				st := stand(t, s, source, commits...)
				if st.Verdict != c.want || st.DecidedBy != c.by {
					t.Fatalf("got %s by %s (%s), want %s by %s\n%+v", st.Verdict, st.DecidedBy, st.Reason, c.want, c.by, st.Hunks)
				}
				if c.check != nil {
					c.check(t, s, st)
				}
			})
		}
	}
}

// settling is a fix that moves a line which the other side of a merge to come changes where it was. list is the
// file by the lines in the two places.
func settling(s story, old, others string) (fix, other gitrepo.ID, list func(top, low string) verifytest.Files) {
	list = func(top, low string) verifytest.Files {
		return verifytest.Files{"n.go": "a\nb\nc\n" + top + "d\ne\nf\ng\nh\ni\nfree(it)\nk\n" + low + "l\nm\nn\n"}
	}
	base := s.Commit("list", list("take(input)\n", old), s.base)
	fix = s.Commit("check", list("clean()\n"+old+"sort()\n", ""), base)
	return fix, s.Commit("other", list("take(input)\n", others), base), list
}

// A fix that one branch lost and the next one has again: the answer depends on the branch (Cargo 1.64, 1.65, 1.66).
func TestBackportLost(t *testing.T) {
	s := begin(t, "sha1")
	branch64 := s.Commit("fix for 64", fixed.With("README", "64\n"), s.Commit("64", vulnerable.With("README", "64\n"), s.base))
	branch65 := s.Commit("65", vulnerable.With("README", "65\n"), s.base)
	branch66 := s.Commit("66", fixed.With("README", "66\n"), s.fix)
	p := NewProver(s.Open())
	for i, source := range []gitrepo.ID{branch64, branch65, branch66} {
		sts, err := p.InSource(source, []Fix{{Commits: []gitrepo.ID{s.fix}}})
		if err != nil {
			t.Fatal(err)
		}
		if want := []bool{true, false, true}[i]; sts[0].Verdict.Passes() != want {
			t.Errorf("1.%d: %s, want passing %v", 64+i, sts[0].Verdict, want)
		}
	}
}

// One prover for many sources gives the same answers as one for each.
func TestPrepareChangesNothing(t *testing.T) {
	s := begin(t, "sha1")
	better := s.Commit("better", fixed.With("door.go", strings.Replace(fixed["door.go"], "Fits", "Opens", 1)), s.fix)
	back := s.Commit("doors: simplify", vulnerable, better)
	sources := []gitrepo.ID{s.fix, better, back}
	fixes := []Fix{{Commits: []gitrepo.ID{s.fix}}}
	p := NewProver(s.Open())
	if err := p.Prepare(sources, fixes); err != nil {
		t.Fatal(err)
	}
	for _, source := range sources {
		sts, err := p.InSource(source, fixes)
		if err != nil {
			t.Fatal(err)
		}
		if alone := stand(t, s, source, s.fix); alone.Verdict != sts[0].Verdict || !slices.Equal(alone.EvolvedBy, sts[0].EvolvedBy) {
			t.Errorf("%s: %s alone, %s prepared", source, alone.Verdict, sts[0].Verdict)
		}
	}
}

func TestEmbargoedPatch(t *testing.T) {
	s := begin(t, "sha1")
	d, err := patch.Parse([]byte(s.Git("diff-tree", "-p", string(s.fix)) + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	p := NewProver(s.Open())
	for source, want := range map[gitrepo.ID]Verdict{s.base: Missing, s.fix: Present} {
		sts, err := p.InSource(source, []Fix{{Patch: &d}})
		if err != nil {
			t.Fatal(err)
		}
		if sts[0].Verdict != want || sts[0].DecidedBy != ByContent {
			t.Errorf("%s: %s by %s (%s), want %s by content", source, sts[0].Verdict, sts[0].DecidedBy, sts[0].Reason, want)
		}
		got, err := p.InPackage(sts[0], func(path string) Shipped { return Shipped{State: Differs, Data: []byte(fixed[path])} })
		if err != nil || got.Verdict != Present {
			t.Errorf("package with the patch: %s (%s) %v, want present", got.Verdict, got.Reason, err)
		}
	}
}

// An embargoed patch that landed as a commit and then evolved.
func TestEmbargoedPatchLanded(t *testing.T) {
	s := begin(t, "sha1")
	d, err := patch.Parse([]byte(s.Git("diff-tree", "-p", string(s.fix)) + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	landed := s.Commit("two doors", surrounded(fixed), s.Commit("readme", surrounded(vulnerable), s.base))
	better := s.Commit("better", surrounded(fixed).With("door.go", strings.Replace(surrounded(fixed)["door.go"], "Fits", "Opens", 1)), landed)
	sts, err := NewProver(s.Open()).InSource(better, []Fix{{Patch: &d}})
	if err != nil {
		t.Fatal(err)
	}
	if st := sts[0]; st.Verdict != Evolved || !slices.Equal(st.Equivalent, []gitrepo.ID{landed}) || !slices.Equal(st.EvolvedBy, []gitrepo.ID{better}) {
		t.Errorf("got %s (%s), equivalent %v, evolved by %v", st.Verdict, st.Reason, st.Equivalent, st.EvolvedBy)
	}
}

// A shallow clone cannot say no.
func TestShallowCloneIsUnverifiable(t *testing.T) {
	s := begin(t, "sha1")
	tip := s.fix
	for range 3 {
		tip = s.Commit("more", fixed.With("README", string(tip)), tip)
	}
	s.Git("update-ref", "refs/heads/main", string(tip))
	dir := t.TempDir()
	s.Git("clone", "--quiet", "--bare", "--depth=2", "--branch=main", "file://"+s.Dir, dir)
	p := NewProver(verifytest.Open(t, dir))
	sts, err := p.InSource(tip, []Fix{{Commits: []gitrepo.ID{s.fix}}})
	if err != nil {
		t.Fatal(err)
	}
	if sts[0].Verdict != Unverifiable || !strings.Contains(sts[0].Reason, "--unshallow") {
		t.Errorf("got %s (%s), want unverifiable and how to deepen", sts[0].Verdict, sts[0].Reason)
	}
}

// Release notes change all the time; a program does not become one by its name.
func TestMinor(t *testing.T) {
	for name, want := range map[string]bool{
		"NEWS": true, "ChangeLog-2014": true, "CHANGES.txt": true, "README.rst": true, "RELEASE-NOTES": true, "changelog-1.2": true,
		"docs/policy.php": true, "lib/door_test.go": true, ".gitattributes": true, "SECURITY.md": true,
		"news.php": false, "newsletter.txt": false, "todo.js": false, "authors.php": false, "inc/changes.py": false, "readme.php": false,
	} {
		if minor(name) != want {
			t.Errorf("%s: %v", name, !want)
		}
	}
}
