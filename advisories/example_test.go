package advisories_test

import (
	"fmt"
	"testing/fstest"
	"time"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
)

// A security repository is any fs.FS: a folder, a revision of git, or a map.
func ExampleLoad() {
	set, found, err := advisories.Load(fstest.MapFS{
		"countersign.yaml": {Data: []byte(`products: {lantern: {versions: semver}}`)},
		"advisories/LANTERN-2026-0001.md": {Data: []byte(`---
id: LANTERN-2026-0001
title: Search term is printed without escaping
affected:
  - ranges: [{introduced: "2.0.0", fixed: "2.2.0"}]
timeline:
  reported: 2026-02-26
  acknowledged: 2026-02-27
---
## Impact

A link to the search page can carry a script.
`)},
	})
	if err != nil {
		fmt.Println("could not read:", err)
		return
	}
	fmt.Println(len(found), "findings")

	a := set.Advisory("LANTERN-2026-0001")
	today := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	fmt.Println("stage:", a.Stage(today))
	for _, version := range []string{"1.9.0", "2.1.0", "2.2.0"} {
		fmt.Printf("%s is %s\n", version, set.Status(a, "lantern", version))
	}
	// Output:
	// 0 findings
	// stage: acknowledged
	// 1.9.0 is not affected
	// 2.1.0 is affected
	// 2.2.0 is fixed
}

// Reading does not stop at the first fault, and says of each where it is and what
// may have been meant.
func ExampleParse() {
	a, found := advisories.Parse(finding.NewSource("advisories/LANTERN-2026-0001.md", []byte(`---
id: LANTERN-2026-0001
titel: Search term is printed without escaping
risk: medium
---
`)))
	for _, f := range found {
		fmt.Println(f.At, f.Message)
		fmt.Println(f.Hint)
	}
	fmt.Println("the rest was read: risk", a.Risk.V, "at", a.Risk.At)
	// Output:
	// advisories/LANTERN-2026-0001.md:3:1 unknown field "titel"
	// did you mean title?
	// the rest was read: risk medium at advisories/LANTERN-2026-0001.md:4:7
}
