package record_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/exchange/record"
)

// Which releases are affected is looked up by the versions that an advisory
// names; it is what asking for every single release gives.
func TestReleasesOfAdvisory(t *testing.T) {
	versions := strings.Fields("0 0.9 1.0.0-rc1 1.0.0 1.0 1.0.1 1.1.0-beta.2 1.1.0 1.1.0a 1.2 1.2.3 2.0.0-x 2.0.0 2.0.1+build 10.0.0 2024.1")
	files := map[string]string{}
	for i, v := range versions {
		released := "released: 2024-01-01\n"
		if i%7 == 3 {
			released = "" // a candidate
		}
		files[fmt.Sprintf("releases/r%d.md", i)] = fmt.Sprintf("---\nproduct: forum\nversion: %q\n%s---\n", v, released)
	}
	r := rand.New(rand.NewPCG(1, 2))
	pick := func() string { return versions[r.IntN(len(versions))] }
	for i := range 300 {
		var text strings.Builder
		fmt.Fprintf(&text, "---\nid: FORUM-2024-%04d\ntitle: T\nproduct: forum\naffected:\n  - product: forum\n", i+1)
		switch r.IntN(4) {
		case 0:
			fmt.Fprintf(&text, "    versions: [%q, %q]\n", pick(), pick())
		case 1:
			fmt.Fprintf(&text, "    ranges: [{introduced: %q, last_affected: %q}]\n", pick(), pick())
		case 2:
			fmt.Fprintf(&text, "    ranges: [{fixed: %q}]\n    versions: [%q]\n", pick(), pick())
		default:
			fmt.Fprintf(&text, "    ranges: [{introduced: %q, fixed: %q}, {introduced: %q, fixed: %q}]\n", pick(), pick(), pick(), pick())
		}
		fmt.Fprintf(&text, "fixes:\n  - version: %q\n    commits: [1111111111111111111111111111111111111111]\n---\nText.\n", pick())
		files[fmt.Sprintf("advisories/FORUM-2024-%04d.md", i+1)] = text.String()
	}
	set := load(t, files)
	for _, a := range set.Advisories {
		var affected, before []string
		for _, rel := range set.Releases {
			if !rel.Released.Given() {
				continue
			}
			switch set.Status(a, "forum", rel.Version.V) {
			case advisories.StatusAffected:
				affected = append(affected, rel.Version.V)
			case advisories.StatusNotAffected:
				before = append(before, rel.Version.V)
			}
		}
		got := record.Of(set, a).Affected[0]
		if !slices.Equal(got.Released, affected) || !slices.Equal(got.Before, before) {
			t.Errorf("%s: affected %q, before %q; expected %q, %q", a.ID.V, got.Released, got.Before, affected, before)
		}
	}
}
