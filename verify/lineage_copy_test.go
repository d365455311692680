package verify

import (
	"strings"
	"testing"

	"github.com/countersign/countersign/verify/gitrepo"
	"github.com/countersign/countersign/verify/verifytest"
)

// A copy of the fix's file that was made before the fix, or beside it, and takes its place later.
func TestUnfixedCopyTakesThePlace(t *testing.T) {
	beside := func(f verifytest.Files, copied string) verifytest.Files { return f.With("port.go", copied) }
	padded := "// A port.\n\nvar ports int\n" + vulnerable["door.go"] + "\nfunc ring() {\n\tports++\n}\n"
	stub := "package door\n\n// see port.go\n"
	cases := []struct {
		name  string
		build func(s story) (source, fix gitrepo.ID)
		want  Verdict
	}{
		{"copied before the fix, the original dropped", func(s story) (gitrepo.ID, gitrepo.ID) {
			copied := s.Commit("a second door", beside(vulnerable, vulnerable["door.go"]), s.base)
			fix := s.Commit("check keys", beside(fixed, vulnerable["door.go"]), copied)
			return s.Commit("one door is enough", beside(fixed, vulnerable["door.go"]).With("door.go", ""), fix), fix
		}, Reverted},
		{"copied along the fix and changed a little", func(s story) (gitrepo.ID, gitrepo.ID) {
			fix := s.Commit("check keys", beside(fixed, padded), s.base)
			more := s.Commit("more", beside(fixed, padded).With("README", "x\n"), fix)
			return s.Commit("one door is enough", beside(fixed, padded).With("door.go", ""), more), fix
		}, Reverted},
		{"dropped first, then back under another name", func(s story) (gitrepo.ID, gitrepo.ID) {
			gone := s.Commit("no doors", fixed.With("door.go", ""), s.fix)
			return s.Commit("ports", beside(fixed, padded).With("door.go", ""), gone), s.fix
		}, Reverted},
		{"the original becomes a stub", func(s story) (gitrepo.ID, gitrepo.ID) {
			copied := s.Commit("a second door", beside(fixed, vulnerable["door.go"]), s.fix)
			return s.Commit("use the second", beside(fixed, vulnerable["door.go"]).With("door.go", stub), copied), s.fix
		}, Reverted},
		{"the copy has the fix too", func(s story) (gitrepo.ID, gitrepo.ID) {
			copied := s.Commit("a second door", beside(fixed, fixed["door.go"]), s.fix)
			return s.Commit("one door is enough", beside(fixed, fixed["door.go"]).With("door.go", ""), copied), s.fix
		}, Evolved},
		{"the copy was mended later", func(s story) (gitrepo.ID, gitrepo.ID) {
			copied := s.Commit("a second door", beside(fixed, vulnerable["door.go"]), s.fix)
			gone := s.Commit("one door is enough", beside(fixed, vulnerable["door.go"]).With("door.go", ""), copied)
			return s.Commit("mend it", beside(fixed, fixed["door.go"]).With("door.go", ""), gone), s.fix
		}, Evolved},
		{"a test beside it shows the old text", func(s story) (gitrepo.ID, gitrepo.ID) {
			shown := fixed.With("tests/old.go", vulnerable["door.go"])
			return s.Commit("no doors", shown.With("door.go", ""), s.Commit("show", shown, s.fix)), s.fix
		}, Evolved},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := begin(t, "sha1")
			source, fix := c.build(s)
			st := stand(t, s, source, fix)
			if st.Verdict != c.want || len(st.RevertedBy) == 0 && c.want == Reverted {
				t.Fatalf("got %s by %v, want %s\n%+v", st.Verdict, st.RevertedBy, c.want, st.Hunks)
			}
			if c.want == Reverted && !strings.Contains(st.Hunks[0].Reason, "port.go") {
				t.Errorf("reason %q does not name the copy", st.Hunks[0].Reason)
			}
		})
	}
}
