package advisories

import (
	"strings"
	"testing"
)

func TestStatus(t *testing.T) {
	for _, c := range []struct{ name, fields, want string }{
		{"one range", "affected: [{ranges: [{introduced: 1.2, fixed: 1.4}]}]",
			"1.1: not affected, 1.2: affected, 1.3.9: affected, 1.4-rc1: affected, 1.4: fixed, 2.0: fixed"},
		{"all before", "affected: [{ranges: [{introduced: \"0\", fixed: 1.4}]}]", "0.0.1: affected, 1.4: fixed"},
		{"no start", "affected: [{ranges: [{fixed: 1.4}]}]", "0.0.1: affected, 1.4: fixed"},
		{"not fixed", "affected: [{ranges: [{introduced: 1.2}]}]", "1.1: not affected, 9: affected"},
		{"last affected", "affected: [{ranges: [{introduced: 1.2, last_affected: 1.4}]}]", "1.4: affected, 1.4.1: fixed"},
		{"branches", "affected: [{ranges: [{introduced: 1.0, fixed: 1.4}, {introduced: 2.0, fixed: 2.1}]}]",
			"0.9: not affected, 1.3: affected, 1.5: fixed, 2.0.5: affected, 2.1: fixed"},
		{"letters", "affected: [{ranges: [{introduced: 1.0.2, fixed: 1.0.2zb}]}]", "1.0.2: affected, 1.0.2z: affected, 1.0.2za: affected, 1.0.2zb: fixed"},
		{"listed", "affected: [{versions: [1.2, 1.3]}]", "1.2.0: affected, 1.3: affected, 1.4: not affected"},
		{"listed and fixed", "affected: [{versions: [1.2, 1.3]}]\nfixes: [{version: 1.4}]", "1.1: not affected, 1.3: affected, 1.4: fixed, 1.5: fixed"},
		{"listed beside a range", "affected: [{versions: [1.8.21pl1], ranges: [{introduced: 1.0, fixed: 1.2}]}]", "1.8.21pl1: affected, 1.8.21: fixed"},
		{"two entries", "affected: [{ranges: [{introduced: 1.0, fixed: 1.2}]}, {product: demo, ranges: [{introduced: 3.0}]}]", "1.3: fixed, 3.1: affected"},
		{"another product", "affected: [{product: other, ranges: [{introduced: 1.0}]}]", "1.3: not affected"},
		{"product of the advisory", "product: other\naffected: [{ranges: [{introduced: 1.0}]}]", "1.3: not affected"},
		{"nothing said", "title: x", "1.3: unknown"},
		{"empty entry", "affected: [{product: demo}]", "1.3: unknown"},
		{"empty range", "affected: [{ranges: [{}]}]", "1.3: unknown"},
		{"broken", "affected: [{ranges: [{introduced: 1.2, fixt: 1.4}]}]", "1.1: unknown, 1.5: unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			set, _ := mustLoad(t, repository(map[string]string{"advisories/A.md": document("id: A\n" + c.fields)}))
			for _, line := range strings.Split(c.want, ", ") {
				version, want, _ := strings.Cut(line, ": ")
				if got := set.Status(set.Advisories[0], "demo", version).String(); got != want {
					t.Errorf("%s: %s, want %s", version, got, want)
				}
			}
		})
	}
}

func TestPolicyDefaults(t *testing.T) {
	var p Policy
	e := p.Effective()
	if strings.Join(e.Risks, " ") != "low medium high" || strings.Join(e.Sections, " ") != "Impact Cause Solution" ||
		e.Acknowledge != 7 || e.Assess != 14 || e.Publish != 90 || e.FixSignature != "commit" || e.PackageSignatures != 1 ||
		!e.TwoPerson || !e.VerifySince.IsZero() || e.ResultSignature != "optional" || e.PlatformKeys {
		t.Errorf("defaults: %+v", e)
	}
	set, _ := mustLoad(t, repository(map[string]string{ConfigFile: "policy: {risks: [], sections: [A], deadlines: {publish: 2w}, two_person: false, package_signatures: 0, fix_signature: none}\n"}))
	e = set.Config.Policy.Effective()
	if len(e.Risks) != 0 || len(e.Sections) != 1 || e.Publish != 14 || e.TwoPerson || e.PackageSignatures != 0 || e.FixSignature != "none" || e.Assess != 14 {
		t.Errorf("as written: %+v", e)
	}
}

func TestLookups(t *testing.T) {
	set, _ := mustLoad(t, repository(map[string]string{
		ConfigFile:        "products: {a: {repo: x}, b: {}, y: {}}\nrepos: {x: {}, y: {}}\n",
		"advisories/1.md": document("product: b\naffected: [{product: a}, {}, {product: a}]\nfixes: [{version: 1}, {version: 1, product: a}]"),
		"advisories/2.md": document("title: x"),
	}))
	a := set.Advisories[0]
	if got := strings.Join(set.ProductsOf(a), " "); got != "b a" {
		t.Errorf("products: %s", got)
	}
	if set.FixProduct(a, &a.Fixes[0]) != "b" || set.FixProduct(a, &a.Fixes[1]) != "a" || len(set.ProductsOf(set.Advisories[1])) != 0 {
		t.Error("products of fixes")
	}
	if set.RepoOf("a") != "x" || set.RepoOf("b") != "" || set.RepoOf("y") != "y" || set.DefaultProduct() != "" {
		t.Error("repositories of products")
	}
	if got := strings.Join(set.ProductNames(), " "); got != "a b y" {
		t.Errorf("names: %s", got)
	}
}
