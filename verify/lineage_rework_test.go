package verify

import (
	"slices"
	"strings"
	"testing"

	"github.com/countersign/countersign/verify/gitrepo"
	"github.com/countersign/countersign/verify/verifytest"
)

// Another branch, whose fix the advisory does not name: what its history can say of the one that is named.
func TestAnotherBranch(t *testing.T) {
	const aYear = 365 * 24 * 3600
	other := func(s *story) gitrepo.ID { return s.Commit("another branch", surrounded(vulnerable), s.base) }
	like := surrounded(fixed).With("door.go", strings.Replace(surrounded(fixed)["door.go"], "text[:80]", "text[:40]", 1))
	// unlike is a file in which text cannot tell of the fix.
	unlike := vulnerable.With("door.go", strings.NewReplacer("\tif key == \"\" {\n", "\tif len(key) == 0 {\n", "\tprint(text)\n", "\tprintln(text)\n").Replace(vulnerable["door.go"]))
	cases := []struct {
		name  string
		build func(s *story) gitrepo.ID
		want  Verdict
		named bool // a commit of the branch stands for the fix
	}{
		{"a pick that changed lines", func(s *story) gitrepo.ID {
			at := other(s)
			s.Wrote = 1_700_000_060 // when s.fix was written
			return s.Commit("doors: check keys, bound the log", like, at)
		}, Evolved, true},
		{"a pick that says so, with other lines", func(s *story) gitrepo.ID {
			return s.Commit("check keys\n\n(cherry picked from commit "+string(s.fix)+")\n", like, other(s))
		}, Evolved, true},
		{"a pick that changed lines, then reverted", func(s *story) gitrepo.ID {
			at := other(s)
			s.Wrote = 1_700_000_060
			pick := s.Commit("doors: check keys, bound the log", like, at)
			return s.Commit("simplify", surrounded(vulnerable), pick)
		}, Reverted, true},
		{"a pick that lost a hunk", func(s *story) gitrepo.ID {
			at := other(s)
			s.Wrote = 1_700_000_060
			half := surrounded(verifytest.Files{"door.go": head + safe + mid + raw + tail})
			return s.Commit("doors: check keys, bound the log", half.With("README", "doors\n"), at)
		}, Partial, false},
		{"an author's other work of the same second", func(s *story) gitrepo.ID {
			at := s.Commit("another branch", unlike, s.base)
			s.Wrote = 1_700_000_060
			return s.Commit("more doors", unlike.With("door.go", unlike["door.go"]+"func more() {\n\topen(\"\")\n}\n"), at)
		}, Unverifiable, false},
		{"untouched for a year before the fix", func(s *story) gitrepo.ID {
			at := s.Commit("another branch", unlike, s.base)
			s.Clock += aYear
			s.fix = s.Commit("the fix", fixed, s.base)
			return s.Commit("readme", unlike.With("README", "x\n"), at)
		}, Missing, false},
		{"touched after the fix was written", func(s *story) gitrepo.ID {
			at := s.Commit("another branch", unlike, s.base)
			s.Clock += aYear
			s.fix = s.Commit("the fix", fixed, s.base)
			return s.Commit("touched", unlike.With("door.go", unlike["door.go"]+"// end\n"), at)
		}, Unverifiable, false},
		{"no such file", func(s *story) gitrepo.ID {
			gate := vulnerable.With("door.go", "").With("gate.go", "package gate\n")
			at := s.Commit("another branch", gate, s.base)
			s.Clock += aYear
			s.fix = s.Commit("the fix", fixed, s.base)
			return s.Commit("readme", gate.With("README", "x\n"), at)
		}, Unverifiable, false},
		{"no such file, in a release made a year before the fix", func(s *story) gitrepo.ID {
			at := s.Commit("another branch", vulnerable.With("door.go", "").With("gate.go", "package gate\n"), s.base)
			s.Clock += aYear
			s.fix = s.Commit("the fix", fixed, s.base)
			return at
		}, Missing, false},
		{"one file untouched for a year before the fix, and no such other file", func(s *story) gitrepo.ID {
			at := s.Commit("another branch", unlike, s.base)
			s.Clock += aYear
			base := s.Commit("a gate", vulnerable.With("gate.go", "package gate\n"), s.base)
			s.fix = s.Commit("the fix", fixed.With("gate.go", "package gate\n\nvar locked = true\n"), base)
			return s.Commit("readme", unlike.With("README", "x\n"), at)
		}, Missing, false},
		{"the file has another folder there, with the fix", func(s *story) gitrepo.ID {
			at := s.Commit("another branch", vulnerable.With("door.go", "").With("house/door.go", vulnerable["door.go"]), s.base)
			return s.Commit("mend", vulnerable.With("door.go", "").With("house/door.go", "// by hand\n"+fixed["door.go"]), at)
		}, Present, false},
		{"the file has another folder there, without the fix", func(s *story) gitrepo.ID {
			return s.Commit("another branch", vulnerable.With("door.go", "").With("house/door.go", "// ours\n"+vulnerable["door.go"]), s.base)
		}, Missing, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := begin(t, "sha1")
			source := c.build(&s)
			p := NewProver(s.Open())
			sts, err := p.InSource(source, []Fix{{Name: "FIX", Commits: []gitrepo.ID{s.fix}}})
			if err != nil {
				t.Fatal(err)
			}
			st := sts[0]
			if st.Verdict != c.want || (len(st.Equivalent) > 0) != c.named {
				t.Fatalf("got %s (%s), equivalent %v, want %s\n%+v", st.Verdict, st.Reason, st.Equivalent, c.want, st.Hunks)
			}
			if c.want == Evolved && !slices.Equal(st.EvolvedBy, st.Equivalent) {
				t.Errorf("evolved by %v, want the pick %v", st.EvolvedBy, st.Equivalent)
			}
		})
	}
}

// Of two entries that are not there, the one that was made upon the source decides.
func TestTheEntryOfItsOwnBranchDecides(t *testing.T) {
	early := &Standing{Verdict: Missing, later: true}
	foreign := &Standing{Verdict: Unverifiable}
	if !tellsMore(early, foreign, early.nearness(), foreign.nearness()) || tellsMore(foreign, early, foreign.nearness(), early.nearness()) {
		t.Error("a fix made upon the source says less than another branch's")
	}
	there := &Standing{Verdict: Present}
	if !tellsMore(there, early, there.nearness(), early.nearness()) {
		t.Error("a fix that is there says less than one that is not")
	}
}
