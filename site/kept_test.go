package site

import (
	"path/filepath"
	"strings"
	"testing"
)

// A new advisory may not take the address of one that was taken over from the
// last build, and an old one may not move there.
func TestAddressOfKept(t *testing.T) {
	twin := advisory("lan-2026-0001", "Twin", "1.0.0", "1.1.0", "published: 2026-05-20")
	for name, change := range map[string]repo{
		"a new one":      {"advisories/twin.md": twin},
		"one that moved": {"advisories/LAN-2025-0001.md": twin},
	} {
		dir := filepath.Join(t.TempDir(), "public")
		buildInto(t, sample().input(t), dir)
		folder, err := OpenFolder(dir)
		if err != nil {
			t.Fatal(err)
		}
		in := sample().with(change).looseInput(t)
		in.Previous, in.Version, in.Rules = folder.State(), "test", sample().input(t).Rules
		if _, _, err := Build(in, folder); err == nil || !strings.Contains(err.Error(), "have one address") {
			t.Errorf("%s: error %v", name, err)
		}
		if err := folder.Discard(); err != nil {
			t.Fatal(err)
		}
	}
}

// What the last build found of an advisory names releases by their numbers, and
// holds no longer when there is another release, be it of another product.
func TestExposureOfKept(t *testing.T) {
	r := sample()
	r["countersign.yaml"] = strings.Replace(config, "products:\n", "products:\n  beacon: {repo: lantern, versions: semver, title: Beacon}\n", 1)
	for name, text := range r {
		if strings.HasPrefix(name, "releases/") && strings.HasSuffix(name, ".md") || strings.HasPrefix(name, "advisories/") {
			r[name] = strings.Replace(text, "---\n", "---\nproduct: lantern\n", 1)
		}
	}
	beacon := func(version string) string {
		return strings.Replace(releaseOf(version, "2025-02-02", ""), "---\n", "---\nproduct: beacon\n", 1)
	}
	r["releases/beacon-1.0.0.md"] = beacon("1.0.0")
	dir := filepath.Join(t.TempDir(), "public")
	buildInto(t, r.input(t), dir)
	r["releases/beacon-1.1.0.md"] = beacon("1.1.0")
	want, _ := build(t, r.input(t))
	rep, _, _ := buildInto(t, r.input(t), dir)
	if diff := differ(want, readTree(t, dir)); diff != "" {
		t.Error(diff)
	}
	if !rep.State.rows[0].kept {
		t.Error("no advisory was taken over: the test shows nothing")
	}
}
