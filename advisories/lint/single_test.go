package lint

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// TestOneMistakeOneFinding breaks the good advisory in one place; one rule says
// so, and the rules that follow from it are silent.
func TestOneMistakeOneFinding(t *testing.T) {
	const file = "advisories/DEMO-2026-0001.md"
	good := string(side(Example{}, "good")[file].Data)
	for name, c := range map[string]struct{ old, new, want string }{
		"product misspelt":         {"risk: high", "risk: high\nproduct: dmeo", "product-unknown"},
		"fix without its version":  {"fixes:\n  - version: \"1.4.1\"\n    commits", "target: \"1.4.1\"\nfixes:\n  - commits", "fix-version-missing"},
		"report forgotten":         {"  reported: 2026-01-05\n", "", "reported-missing"},
		"day of publication moved": {"  published: 2026-02-01", "  published: 2026-02-02", "published-date-changed"},
		"patch not committed":      {"commits: [1111111111111111111111111111111111111111]", "commits: [1111111111111111111111111111111111111111]\n    patch: patches/none.diff", "patch-missing"},
		"patch is a folder":        {"commits: [1111111111111111111111111111111111111111]", "commits: [1111111111111111111111111111111111111111]\n    patch: patches", "patch-missing"},
		"nobody by name":           {"name: Grace Example", "name: Anonymous", "credit-name"},
		"a dash for a name":        {"name: Grace Example", `name: "–"`, "credit-name"},
		"name on two lines":        {"name: Grace Example", `name: "Grace\nExample"`, "credit-name"},
		"name that rings":          {"name: Grace Example", `name: "Grace\aExample"`, "credit-name"},
		"title that rings":         {"title: Password reset", `title: "\aPassword reset tokens can be guessed" #`, "title-form"},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(good, c.old, c.new, 1)
			if text == good {
				t.Fatal("the good advisory does not hold what is to be broken")
			}
			if c.want != "published-date-changed" { // else it asks for a new `modified` as well
				text = strings.Replace(text, "modified: 2026-02-03", "modified: 2026-02-04", 1)
			}
			files := side(Example{}, "good")
			files[file] = &fstest.MapFile{Data: []byte(text)}
			found := judge(t, load(t, side(Example{}, "good")), load(t, files))
			if diff := cmp.Diff([]string{c.want}, ids(found)); diff != "" {
				t.Errorf("(-want +got):\n%s%s", diff, print(found))
			}
		})
	}
}

// TestNamesOfPeople: names that are no words of ours are names.
func TestNamesOfPeople(t *testing.T) {
	for name, want := range map[string]bool{
		"anonymous": true, "Anonymous": true, "(anonymous)": true, "N/A": true, "unknown": true, "*": true, "-": true,
		"张三": false, "مريم": false, "Ö": false, "0x1": false, "Anonymous Coward": false, "Nan": false, "Noname Labs": false,
	} {
		if got := nobody.MatchString(name); got != want {
			t.Errorf("%q: nobody = %v, want %v", name, got, want)
		}
	}
}

// TestAliasesOfOtherDatabases: every database has a form of its own.
func TestAliasesOfOtherDatabases(t *testing.T) {
	for id, want := range map[string]bool{
		"CVE-2026-1234567890123456789": true, "GHSA-4xqm-3cm2-5xgf": true, "VU#123456": true, "JVN#12345678": true, "RHSA-2020:1234": true,
		"EUVD-2025-1234": true, "CVE-2026-XXXX": false, "cve-2026-90001": false, "GHSA-4xqm-3cm2-5xg": false, "a b": false, "VU#": false,
	} {
		if got := isAlias(id); got != want {
			t.Errorf("isAlias(%q) = %v, want %v", id, got, want)
		}
	}
}
