package verify

import (
	"strings"
	"testing"

	"github.com/countersign/countersign/verify/gitrepo"
	"github.com/countersign/countersign/verify/verifytest"
)

// unseen is the content of a file that cannot be looked at.
const unseen = "?"

// shipping answers for a package that holds these files in place of the source's; an empty content is a file
// that was left out.
func shipping(source, changed verifytest.Files, omitted ...string) func(string) Shipped {
	return func(path string) Shipped {
		for _, o := range omitted {
			if path == o {
				return Shipped{State: NotShipped}
			}
		}
		if content, ok := changed[path]; ok {
			switch content {
			case "":
				return Shipped{State: Absent}
			case unseen:
				return Shipped{State: Unseen}
			}
			return Shipped{State: Differs, Data: []byte(content)}
		}
		if _, ok := source[path]; ok {
			return Shipped{State: Same}
		}
		return Shipped{State: Absent}
	}
}

func TestContentOfPackage(t *testing.T) {
	s := begin(t, "sha1")
	rewritten := fixed.With("door.go", strings.Replace(fixed["door.go"], "!lock.Fits(key)", "!lock.Opens(key)", 1))
	later := s.Commit("better", rewritten, s.fix)
	side := s.Commit("readme", vulnerable.With("README", "side\n"), s.base)
	crlf := func(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }
	moved := head + safe + "\tcount++\n\treturn lock.Try(key)\n}\n\nfunc end() {\n\tshut()\n\tcount = 0\n}\n\nfunc log(text string) {\n" + esc + "}\n"
	cases := []struct {
		name   string
		source gitrepo.ID
		tree   verifytest.Files
		ship   func(string) Shipped
		want   Verdict
		by     Basis
	}{
		{"the source's file", s.fix, fixed, shipping(fixed, nil), Present, ByLineage},
		{"the file before the fix", s.fix, fixed, shipping(fixed, vulnerable), Missing, ByContent},
		{"the file before the fix, CRLF", s.fix, fixed, shipping(fixed, verifytest.Files{"door.go": crlf(vulnerable["door.go"])}), Missing, ByContent},
		{"CRLF", s.fix, fixed, shipping(fixed, verifytest.Files{"door.go": crlf(fixed["door.go"])}), Present, ByLineage},
		{"one of two hunks", s.fix, fixed, shipping(fixed, verifytest.Files{"door.go": head + safe + mid + raw + tail}), Partial, ByContent},
		{"file left out", s.fix, fixed, shipping(fixed, verifytest.Files{"door.go": ""}), Missing, ByLineage},
		{"file left out on purpose", s.fix, fixed, shipping(fixed, nil, "door.go"), Unverifiable, ByLineage},
		{"a file that nobody can look at", s.fix, fixed, shipping(fixed, verifytest.Files{"door.go": unseen}), Unverifiable, ByLineage},
		{"changed elsewhere", s.fix, fixed, shipping(fixed, verifytest.Files{"door.go": "// built\n" + fixed["door.go"]}), Present, ByLineage},
		{"moved code", s.fix, fixed, shipping(fixed, verifytest.Files{"door.go": moved}), Present, ByLineage},
		{"the fix's own lines reindented", s.fix, fixed, shipping(fixed, verifytest.Files{"door.go": strings.Replace(fixed["door.go"], "\tif !lock", "  if !lock", 1)}), Unverifiable, ByContent},
		{"minified", s.fix, fixed, shipping(fixed, verifytest.Files{"door.go": strings.ReplaceAll(fixed["door.go"], "\n", ";")}), Unverifiable, ByContent},
		{"evolved, the source's file", later, rewritten, shipping(rewritten, nil), Evolved, ByLineage},
		{"evolved, changed elsewhere", later, rewritten, shipping(rewritten, verifytest.Files{"door.go": "// built\n" + rewritten["door.go"]}), Evolved, ByLineage},
		{"evolved, the old text in the package", later, rewritten, shipping(rewritten, vulnerable), Missing, ByContent},
		{"no lineage, package patched", side, vulnerable, shipping(vulnerable, fixed), Present, ByContent},
		{"no lineage, package as the source", side, vulnerable, shipping(vulnerable, nil), Missing, ByContent},
	}
	p := NewProver(s.Open())
	for _, c := range cases {
		sts, err := p.InSource(c.source, []Fix{{Name: "FIX", Commits: []gitrepo.ID{s.fix}}})
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.InPackage(sts[0], c.ship)
		if err != nil {
			t.Fatal(err)
		}
		if got.Verdict != c.want || got.DecidedBy != c.by {
			t.Errorf("%s: got %s by %s (%s), want %s by %s\n%+v", c.name, got.Verdict, got.DecidedBy, got.Reason, c.want, c.by, got.Hunks)
		}
	}
}

// The fix's lines occur elsewhere by chance: only a pattern that tells before from after counts.
func TestRepeatedContext(t *testing.T) {
	block := func(name, check string) string {
		return "func " + name + "(p *page) {\n" + check + "\tif p == nil {\n\t\treturn\n\t}\n\tp.draw()\n}\n\n"
	}
	check := "\tif !p.allowed() {\n\t\treturn\n\t}\n"
	before := verifytest.Files{"p.go": block("a", check) + block("b", "") + block("c", check)}
	after := verifytest.Files{"p.go": block("a", check) + block("b", check) + block("c", check)}
	r := verifytest.NewRepo(t, "sha1")
	base := r.Commit("pages", before)
	fix := r.Commit("check b", after, base)
	p := NewProver(r.Open())
	sts, err := p.InSource(fix, []Fix{{Commits: []gitrepo.ID{fix}}})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		text string
		want Verdict
	}{
		"without it":                      {before["p.go"], Missing},
		"without it, and one more a":      {block("a", check) + block("a", check) + block("b", "") + block("c", check), Missing},
		"with it, without the unrelated":  {block("a", "") + block("b", check) + block("c", check), Present},
		"with it at the end of the file":  {block("a", check) + block("c", check) + block("b", check), Present},
		"with it, context reindented too": {strings.ReplaceAll(after["p.go"], "\tp.draw()", "    p.draw()"), Present},
	} {
		got, err := p.InPackage(sts[0], shipping(after, verifytest.Files{"p.go": c.text}))
		if err != nil || got.Verdict != c.want {
			t.Errorf("%s: got %s (%s) %v, want %s", name, got.Verdict, got.Reason, err, c.want)
		}
	}
}

// One fix taken out of a package changes no other fix's verdict, though they share a file.
func TestIndependentFixes(t *testing.T) {
	r := verifytest.NewRepo(t, "sha1")
	base := r.Commit("doors", vulnerable)
	first := r.Commit("check keys", vulnerable.With("door.go", head+safe+mid+raw+tail), base)
	second := r.Commit("bound the log", fixed, first)
	p := NewProver(r.Open())
	sts, err := p.InSource(second, []Fix{{Commits: []gitrepo.ID{first}}, {Commits: []gitrepo.ID{second}}})
	if err != nil {
		t.Fatal(err)
	}
	ship := shipping(fixed, verifytest.Files{"door.go": head + weak + mid + esc + tail})
	for i, want := range []Verdict{Missing, Present} {
		got, err := p.InPackage(sts[i], ship)
		if err != nil || got.Verdict != want {
			t.Errorf("fix %d: got %s (%s) %v, want %s", i+1, got.Verdict, got.Reason, err, want)
		}
	}
}

// A file that is no text is the source's own, or the package lacks the fix: also in the second package that is
// asked about, when the file has been looked at, and where later commits changed it.
func TestBinaryInPackage(t *testing.T) {
	s := begin(t, "sha1")
	picture := func(text string) verifytest.Files { return fixed.With("lock.png", "\x00"+text) }
	base := s.Commit("picture", picture("open"), s.fix)
	fix := s.Commit("mend the picture", picture("shut"), base)
	later := s.Commit("repaint it", picture("shut, blue"), fix)
	gone := s.Commit("remove it", fixed, base)
	p := NewProver(s.Open())
	for _, c := range []struct {
		name        string
		source, fix gitrepo.ID
		tree        verifytest.Files
		shipped     verifytest.Files
		want        Verdict
	}{
		{"the source's", fix, fix, picture("shut"), nil, Present},
		{"before the fix", fix, fix, picture("shut"), picture("open"), Missing},
		{"before the fix, again", fix, fix, picture("shut"), picture("open"), Missing},
		{"another", fix, fix, picture("shut"), picture("ajar"), Unverifiable},
		{"one that nobody can look at", fix, fix, picture("shut"), verifytest.Files{"lock.png": unseen}, Unverifiable},
		{"left out", fix, fix, picture("shut"), verifytest.Files{"lock.png": ""}, Missing},
		{"repainted", later, fix, picture("shut, blue"), nil, Evolved},
		{"repainted, before the fix", later, fix, picture("shut, blue"), picture("open"), Missing},
		{"repainted, another", later, fix, picture("shut, blue"), picture("ajar"), Unverifiable},
		{"repainted, left out", later, fix, picture("shut, blue"), verifytest.Files{"lock.png": ""}, Missing},
		{"removed", gone, gone, fixed, nil, Present},
		{"removed, shipped", gone, gone, fixed, picture("open"), Missing},
	} {
		sts, err := p.InSource(c.source, []Fix{{Name: "FIX", Commits: []gitrepo.ID{c.fix}}})
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.InPackage(sts[0], shipping(c.tree, c.shipped))
		if err != nil {
			t.Fatal(err)
		}
		if got.Verdict != c.want {
			t.Errorf("%s: got %s (%s), want %s\n%+v", c.name, got.Verdict, got.Reason, c.want, got.Hunks)
		}
	}
}

// Other places have the fix's lines, with the same lines around them, since later work brought them there: taken out
// of its own place, the fix is still missed.
func TestRepeatedSince(t *testing.T) {
	part := func(name, check string) string {
		return "func " + name + "(p *page) {\n\tp.open()\n\tp.read()\n\tp.count()\n" + check + "\tp.draw()\n\tp.log()\n\tp.close()\n}\n\n"
	}
	const check, weak = "\tp.check()\n", "\tp.trust()\n"
	r := verifytest.NewRepo(t, "sha1")
	for name, old := range map[string]string{"added lines": "", "lines in place of others": weak} {
		base := r.Commit("pages", verifytest.Files{"p.go": part("a", old)})
		fix := r.Commit("check a", verifytest.Files{"p.go": part("a", check)}, base)
		more := verifytest.Files{"p.go": part("a", check) + part("b", check)}
		source := r.Commit("one more page", more, fix)
		p := NewProver(r.Open())
		sts, err := p.InSource(source, []Fix{{Commits: []gitrepo.ID{fix}}})
		if err != nil {
			t.Fatal(err)
		}
		for what, c := range map[string]struct {
			text string
			want Verdict
		}{
			"taken out of its place":                   {part("a", old) + part("b", check), Missing},
			"taken out there, and rewritten beside it": {strings.Replace(part("a", "")+part("b", check), "\tp.draw()", "\tp.draw(1)", 1), Missing},
			"a page moved":                             {part("b", check) + part("a", check), Present},
			"the other place changed":                  {part("a", check) + part("b", "\tp.other()\n"), Present},
		} {
			got, err := p.InPackage(sts[0], shipping(more, verifytest.Files{"p.go": c.text}))
			if err != nil || got.Verdict != c.want && (got.Verdict.Passes() || c.want.Passes()) {
				t.Errorf("%s, %s: got %s (%s) %v, want %s", name, what, got.Verdict, got.Reason, err, c.want)
			}
		}
	}
}

// What a fix brought beside its code and later commits took out again is missed in no package.
func TestSamplesGoneSince(t *testing.T) {
	for _, sample := range []string{"tests/sample.bin", "data/sample.bin"} {
		s := begin(t, "sha1")
		with := fixed.With(sample, "a\x00b")
		fix := s.Commit("fix", with, s.base)
		source := s.Commit("tidy", fixed, fix)
		p := NewProver(s.Open())
		for at, files := range map[gitrepo.ID]verifytest.Files{fix: with, source: fixed} {
			sts, err := p.InSource(at, []Fix{{Commits: []gitrepo.ID{fix}}})
			if err != nil {
				t.Fatal(err)
			}
			for what, c := range map[string]struct {
				ship  func(string) Shipped
				holds bool
			}{
				"as the source":    {shipping(files, nil), true},
				"without the file": {shipping(files, verifytest.Files{sample: ""}), at == source},
				"without the fix":  {shipping(files, verifytest.Files{"door.go": vulnerable["door.go"]}), false},
			} {
				got, err := p.InPackage(sts[0], c.ship)
				if err != nil || got.Verdict.Passes() != c.holds {
					t.Errorf("%s, %s: got %s (%s) %v\n%+v", sample, what, got.Verdict, got.Reason, err, got.Hunks)
				}
			}
		}
	}
}
