package lint

import (
	"bytes"
	"testing"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
)

func TestOrdinaryKnowsAGoodBody(t *testing.T) {
	body := "## Impact\n\nText, see [notes](https://demo.example/1).\n\n### Details\n\n```php\n# $x < 1\n```\n\n## Cause\n\ntext\n\n## Solution\n\ntext\n"
	if !ordinary([]byte(bytes.ReplaceAll([]byte(body), []byte("<"), nil)), []string{"Impact", "Cause", "Solution"}) {
		t.Error("a plain body is not taken for one, so that every body is parsed")
	}
	for _, odd := range []string{"", "## Cause\n", "<b>", "[x](javascript:alert)", "[x]: data:y", "```\n## Impact", "Impact\n---", "> ## Cause", "* # x", "    # x", "#### x", "[x](/y)", "mailto:x@y", "\\", "a\tb"} {
		if ordinary([]byte(body+odd+"\n"), []string{"Impact", "Cause", "Solution", "Missing"}) {
			t.Errorf("%q is taken for ordinary", odd)
		}
	}
}

// FuzzOrdinary holds the quick look to its law: a body that it calls ordinary
// breaks none of the rules that are then not asked.
func FuzzOrdinary(f *testing.F) {
	for _, s := range []string{
		"## Impact\n\nx\n", "## Impact\n```\n```\n", "# Impact\n### Impact\nx", "## Impact\n- x\n  # y\n", "## Impact\n1. x\n\n2. # y",
		"## Impact\n[a](https://x)", "## Impact\n[a\n](https://x)", "![a](http://x/y)\n## Impact\ny", "## Impact\nhttp://x javascript:y www.x.y",
		"```\n## Impact\nx", "~~~\n## Impact\n~~~", "## Impact\n\n```x\n# y\n```", "## Impact\nx\n===", "## Impact\n|a|b|\n|-|-|\n|c|d|", "## Impact\n!\n",
		"## Impact #\nx", "## Impact\n&#106;avascript:x", "## Impact\n[a](https://x \"t\")", "## Impact\n    \n", "## Impact\n\u2003\n", "* a\n\n## Impact\n\nx",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if !ordinary(body, []string{"Impact"}) {
			return
		}
		src := finding.NewSource("advisories/DEMO-2026-0001.md", body)
		config, _ := advisories.ParseConfig(finding.NewSource("countersign.yaml", []byte("policy: {sections: [Impact]}\n")))
		a := &advisories.Advisory{Document: advisories.Document{Source: src, Path: src.File, Head: src.Span(0, 0), Body: src.Span(0, len(body))}}
		a.Timeline.Published = advisories.Value[advisories.Date]{V: advisories.Date{Time: exampleDay}, At: src.Span(0, 0)}
		never := false
		p := &Pass{ground: newGround(&advisories.Set{Config: config}, exampleDay), Advisory: a, Doc: &a.Document, plainBody: &never, rule: &finding.Rule{}}
		for _, check := range []func(*Pass){checkSectionMissing, checkSectionEmpty, checkRawHTML, checkUnsafeLink, checkHeadingOrder} {
			check(p)
		}
		for _, found := range p.out {
			t.Errorf("called ordinary: %q, but %s", body, found.Message)
		}
	})
}
