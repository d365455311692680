package site

import (
	"fmt"
	"slices"
	"testing"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
)

// The exposure of releases, looked up by the ends of ranges, is what the
// documents say version by version.
func TestExposure(t *testing.T) {
	versions := []string{"0.9.0", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.1.0", "1.2.0", "2.0.0-beta.1", "2.0.0", "2.1.0"}
	ends := append(slices.Clone(versions), "", "0", "0.1.0", "1.0.5", "3.0.0")
	r := sample()
	for _, v := range versions {
		r["releases/lantern-"+v+".md"] = releaseOf(v, "2025-01-01", "")
	}
	set, _, err := Load(r.fs())
	if err != nil {
		t.Fatal(err)
	}
	b, err := newBuilder(Input{Set: set, Now: now}, &Memory{})
	if err != nil {
		t.Fatal(err)
	}
	places := newPlaces(set.Compare, b.byProduct)
	check := func(affected string) {
		a, list := advisories.Parse(finding.NewSource("x.md", []byte("---\nid: X\naffected:\n  - "+affected+"\n---\n")))
		if a.Broken {
			t.Fatal(affected, list)
		}
		row := rowOf(set, a)
		got := places.affected(row.full())
		for _, rel := range b.byProduct["lantern"] {
			want := set.Status(a, "lantern", rel.Version) == advisories.StatusAffected
			if slices.Contains(got, rel) != want {
				t.Errorf("%s: %s affected %v, expected %v", affected, rel.Version, !want, want)
			}
		}
	}
	for _, from := range ends {
		for _, to := range ends {
			for _, kind := range []string{"fixed", "last_affected"} {
				text := "ranges: [{"
				if from != "" {
					text += fmt.Sprintf("introduced: %q", from)
				}
				if to != "" {
					if from != "" {
						text += ", "
					}
					text += fmt.Sprintf("%s: %q", kind, to)
				}
				check(text + "}]")
			}
		}
		if from != "" {
			check(fmt.Sprintf("versions: [%q, \"2.1.0\"]", from))
		}
	}
	check(`ranges: [{introduced: "0.9.0", fixed: "1.0.0"}, {introduced: "2.0.0", last_affected: "2.0.0"}]`)
}

// What to install is the nearest newer release that nothing is known to affect.
func TestUpgrades(t *testing.T) {
	r := sample()
	for _, v := range []string{"1.3.0", "2.0.0"} {
		r["releases/lantern-"+v+".md"] = releaseOf(v, "2025-12-01", "")
	}
	files, _ := build(t, r.input(t))
	mustHold(t, files, "versions/lantern-1.0.0.html", `href="../versions/lantern-1.2.0.html">1.2.0</a>`, `href="../versions/lantern-2.0.0.html">2.0.0 (newest)</a>`)
	r["advisories/LAN-2026-0009.md"] = advisory("LAN-2026-0009", "In the newest", "1.3.0", "3.0.0", "published: 2026-05-01", "resolution: wont_fix\n")
	files, _ = build(t, r.input(t))
	mustHold(t, files, "versions/lantern-2.0.0.html", "1 published advisory affects this version", "No newer release resolves this yet.")
	mustHold(t, files, "index.html", "1 published advisory affects the newest version.")
}
