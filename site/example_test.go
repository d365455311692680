package site_test

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing/fstest"
	"time"

	"github.com/countersign/countersign/site"
)

// A site is a function of the security repository and the day. What is not public on
// that day leaves no trace in it.
func ExampleBuild() {
	advisory := func(id, embargo string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(`---
id: ` + id + `
title: Search term is printed without escaping
risk: medium
affected:
  - ranges: [{introduced: "2.0.0", fixed: "2.2.0"}]
timeline: {reported: 2026-02-26, embargo_until: ` + embargo + `, published: ` + embargo + `}
---
## Impact

A link to the search page can carry a script.
`)}
	}
	set, found, err := site.Load(fstest.MapFS{
		"countersign.yaml": {Data: []byte(`
project: {name: Lantern}
products: {lantern: {versions: semver, title: Lantern}}
policy: {verify_since: 2027-01-01}
site: {base_url: "https://security.lantern.example/", title: Lantern Security}
`)},
		"releases/2.2.0.md":               {Data: []byte("---\nversion: \"2.2.0\"\nreleased: 2026-04-02\n---\n")},
		"advisories/LANTERN-2026-0001.md": advisory("LANTERN-2026-0001", "2026-04-02"),
		"advisories/LANTERN-2026-0002.md": advisory("LANTERN-2026-0002", "2026-06-01"),
	})
	if err != nil || len(found) > 0 {
		fmt.Println(found, err)
		return
	}
	var out site.Memory
	_, found, err = site.Build(site.Input{Set: set, Now: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC), Formats: []site.Format{site.OSV}}, &out)
	if err != nil || len(found) > 0 {
		fmt.Println(found, err)
		return
	}
	for _, name := range slices.Sorted(maps.Keys(out.Files())) {
		if strings.Contains(name, "LANTERN") || strings.Contains(name, "lantern-") {
			fmt.Println(name)
		}
		if bytes.Contains(out.Files()[name], []byte("LANTERN-2026-0002")) {
			fmt.Println(name, "speaks of what is under embargo")
		}
	}
	// Output:
	// advisories/LANTERN-2026-0001.html
	// osv/x_LANTERN-2026-0001.json
	// versions/lantern-2.2.0.html
}
