package lint_test

import (
	"fmt"
	"strings"
	"testing/fstest"
	"time"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/lint"
)

// What is asked of an advisory grows with its stage: before it is assessed nobody
// asks for a risk, afterwards it is missing.
func ExampleRun() {
	for _, assessed := range []string{"", ", assessed: 2026-03-02"} {
		set, _, _ := advisories.Load(fstest.MapFS{
			"countersign.yaml": {Data: []byte("project: {name: Lantern}\nid: \"LANTERN-{year}-{number:4}\"\nproducts: {lantern: {versions: semver}}\npolicy: {sections: []}\n")},
			"advisories/LANTERN-2026-0001.md": {Data: []byte(`---
id: LANTERN-2026-0001
title: Search term is printed without escaping
assignees: [mara]
credits: [{name: Tomás Vale, type: reporter}]
timeline: {reported: 2026-02-26, handled: 2026-02-26, acknowledged: 2026-02-27` + assessed + `}
---
`)},
		})
		today := time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC)
		found := lint.Run(set, lint.Rules, today)
		fmt.Printf("acknowledged%s: %d findings\n", strings.TrimSuffix(assessed, ": 2026-03-02"), len(found))
		for _, f := range found {
			fmt.Printf("%s: %s [%s]\n", f.Severity, f.Message, f.Rule)
		}
	}
	// Output:
	// acknowledged: 0 findings
	// acknowledged, assessed: 1 findings
	// error: expected a risk, found none [risk-missing]
}
