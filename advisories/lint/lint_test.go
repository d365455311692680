package lint

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
)

// with lays files over the good repository and judges it.
func with(t *testing.T, files map[string]string) []finding.Finding {
	t.Helper()
	all := side(Example{}, "good")
	for name, text := range files {
		all[name] = &fstest.MapFile{Data: []byte(text)}
	}
	set := load(t, all)
	return judge(t, set, set)
}

func ids(list []finding.Finding) []string {
	var out []string
	for _, f := range list {
		out = append(out, f.Rule)
	}
	return out
}

const advisoryFile = "advisories/DEMO-2026-0002.md"

const fullBody = "## Impact\n\nx\n\n## Cause\n\nx\n\n## Solution\n\nx\n"

// TestRequirementsGrowWithTheStage follows one report from its first day on.
// Each step is clean as it is, and the next one asks for more.
func TestRequirementsGrowWithTheStage(t *testing.T) {
	const candidate = "---\nversion: \"1.4.2\"\nprevious: \"1.4.1\"\n---\n"
	for _, tt := range []struct {
		name, fields, timeline, body string
		candidate                    bool
		want                         []string
	}{
		{"logged today", "", "reported: 2026-05-31", "whatever the reporter wrote, TODO look into it\n", false, nil},
		{"handled", "", "reported: 2026-05-31, handled: 2026-05-31, acknowledged: 2026-05-31", "", false, nil},
		{"triaged", "risk: medium\ntarget: \"1.4.2\"\n", "reported: 2026-05-31, acknowledged: 2026-05-31", "", false, nil},
		{"assessed without anything", "", "reported: 2026-05-31, assessed: 2026-05-31", "", false,
			[]string{"risk-missing", "section-missing", "section-missing", "section-missing"}},
		{"assessed", "risk: medium\n", "reported: 2026-05-31, assessed: 2026-05-31", fullBody, false, nil},
		{"verified without a fix", "risk: medium\n", "reported: 2026-05-31, fix_verified: {date: 2026-05-31, by: [bo]}", fullBody, false,
			[]string{"fix-not-named"}},
		{"target of a candidate", "risk: medium\ntarget: \"1.4.2\"\n", "reported: 2026-05-31, assessed: 2026-05-31", fullBody, true,
			[]string{"affected-missing", "fix-not-named", "fix-unverified", "reporter-missing"}},
		{"rejected", "", "reported: 2026-05-31, rejected: {date: 2026-05-31, reason: no flaw}", "", true, nil},
		{"not to be fixed", "risk: medium\nresolution: wont_fix\naffected: [{ranges: [{introduced: \"1.0.0\"}]}]\ncredits: [{anonymous: true, type: reporter}]\n",
			"reported: 2026-05-20, acknowledged: 2026-05-20, assessed: 2026-05-20, published: 2026-05-30", fullBody, false, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			files := map[string]string{advisoryFile: "---\nid: DEMO-2026-0002\ntitle: Stored XSS in the theme editor\n" +
				tt.fields + "timeline: {" + tt.timeline + "}\n---\n" + tt.body}
			if tt.candidate {
				files["releases/1.4.2.md"] = candidate
			}
			if diff := cmp.Diff(tt.want, ids(with(t, files))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestBrokenDocumentsLackNothing: what is not there may stand in the part that
// could not be read.
func TestBrokenDocumentsLackNothing(t *testing.T) {
	files := map[string]string{
		advisoryFile:         "---\ntimeline: {published: 2026-05-01}\ncredits: {wrong\n---\n",
		"releases/broken.md": "---\nreleased: 2026-05-01\n",
		"keys/broken.md":     "no front matter",
		"pages/broken.md":    "---\ntitle: [\n---\n",
	}
	for _, f := range with(t, files) {
		if slices.ContainsFunc(Rules, func(r Rule) bool { return r.ID == f.Rule }) {
			t.Errorf("a broken document is said to lack something: %s: %s [%s]", f.At, f.Message, f.Rule)
		}
	}
}

func TestPolicyAndWaivers(t *testing.T) {
	const short = "---\nid: DEMO-2026-0002\ntitle: XSS\nWAIVEtimeline: {reported: 2026-05-31}\n---\n"
	config := func(rules string) string {
		good := string(side(Example{}, "good")["countersign.yaml"].Data)
		return strings.Replace(good, "policy:\n", "policy:\n  rules: {"+rules+"}\n", 1)
	}
	for _, tt := range []struct {
		name, rules, waive string
		want               map[string]finding.Severity
	}{
		{"table", "", "", map[string]finding.Severity{"title-length": finding.Warning}},
		{"error", "title-length: error", "", map[string]finding.Severity{"title-length": finding.Error}},
		{"warn", "title-length: warn", "", map[string]finding.Severity{"title-length": finding.Warning}},
		{"off", "title-length: off", "", nil},
		{"excused", "title-length: error", "waive: [{rule: title-length, reason: a quotation}]\n", nil},
		{"excused from something else", "", "waive: [{rule: title-form, reason: a quotation}]\n", map[string]finding.Severity{"title-length": finding.Warning, "waive-unused": finding.Warning}},
		{"no reason", "", "waive: [{rule: title-length, reason: \" \"}]\n",
			map[string]finding.Severity{"title-length": finding.Warning, "waive-without-reason": finding.Error}},
		{"no rule", "", "waive: [{reason: a quotation}]\n", map[string]finding.Severity{"title-length": finding.Warning, "rule-unknown": finding.Error}},
		{"unknown rule", "no-such-rule: off", "", map[string]finding.Severity{"title-length": finding.Warning, "rule-unknown": finding.Error}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := map[string]finding.Severity{}
			for _, f := range with(t, map[string]string{"countersign.yaml": config(tt.rules), advisoryFile: strings.Replace(short, "WAIVE", tt.waive, 1)}) {
				got[f.Rule] = f.Severity
			}
			if tt.want == nil {
				tt.want = map[string]finding.Severity{}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestUncheckedStaysUnchecked: a policy can look away from a rule, but it cannot
// turn "could not check" into an answer.
func TestUncheckedStaysUnchecked(t *testing.T) {
	files := side(Example{}, "good")
	config := files["countersign.yaml"]
	config.Data = []byte(strings.Replace(string(config.Data), "policy:\n", "policy:\n  rules: {a: warn, b: error, c: off}\n", 1))
	set := load(t, files)
	known := []finding.Rule{{ID: "a"}, {ID: "b"}, {ID: "c"}}
	list := []finding.Finding{
		{Rule: "a", Severity: finding.Unchecked}, {Rule: "b", Severity: finding.Unchecked}, {Rule: "c", Severity: finding.Unchecked},
	}
	want := list[:2]
	if diff := cmp.Diff(want, Apply(set.Set, known, list)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSeveralPeople(t *testing.T) {
	for name, want := range map[string]bool{
		"Simon Scannell & Carl Smith": true, "Ada Example and Bo Sample": true, "Ada, Bo": true, "Ada / Bo Sample": true,
		"Cillian Collins / Trend Micro Zero Day Initiative": true, "Ada; Bo": true, "Ada + Bo": true,
		"Jane Doe, Example Security Labs": true, // a person and a place of work: affiliation
		"Or4nG.M4n":                       false, "Xiangwen (Evan) Yu": false, "Aleksey Solovev": false, "Ahmet Altuntaş": false,
		"Example, Inc.": false, "John Smith, Jr.": false, "Jane Doe, Ph.D.": false, "Johnson & Johnson Security Team": false,
		"Science and Technology University of Example": false, "Acme Co., Ltd.": false, "AT&T": false, "a/b": false,
		"Research and Development Group": false, "Jane Doe (of X and Y)": false, "Sandy Anderson": false, "[A & Co](https://x.example)": false,
		"山田太郎": false, "Miguel Ángel y García": true,
	} {
		if got := several(name); got != want {
			t.Errorf("several(%q) = %v, want %v", name, got, want)
		}
	}
}

// TestMarkdownNamesAreSplit makes the edit in each style an entry is written in.
func TestMarkdownNamesAreSplit(t *testing.T) {
	for bad, want := range map[string]string{
		`  - {name: "[Ada](https://ada.example)", type: reporter}`:                         `  - {name: "Ada", url: "https://ada.example", type: reporter}`,
		"  - name: '[Ada](https://ada.example)'\n    type: reporter":                       "  - name: 'Ada'\n    url: 'https://ada.example'\n    type: reporter",
		"  - type: reporter\n    name: \"[Ada Example](https://ada.example)\"":             "  - type: reporter\n    name: \"Ada Example\"\n    url: \"https://ada.example\"",
		`  - {name: "[Ada](https://a.example)", url: "https://b.example", type: reporter}`: "",
		`  - {name: "[Ada](https://a.example) of X", type: reporter}`:                      "",
	} {
		text := "---\nid: DEMO-2026-0002\ntitle: Stored XSS in the theme editor\ncredits:\n" + bad + "\ntimeline: {reported: 2026-05-31}\n---\n"
		found := with(t, map[string]string{advisoryFile: text})
		if len(found) != 1 || found[0].Rule != "credit-markup" {
			t.Errorf("%s: got %s", bad, print(found))
			continue
		}
		got := ""
		if e := found[0].Edit; e != nil {
			got = text[:e.At.Start] + e.New + text[e.At.End:]
			got = got[strings.Index(got, "credits:\n")+len("credits:\n") : strings.Index(got, "\ntimeline")]
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

// TestPrivateValuesAreNotQuoted: no message about a document with a private part
// holds a value of it, even where the front matter is broken.
func TestPrivateValuesAreNotQuoted(t *testing.T) {
	for _, head := range []string{
		"private: {tracker: s3cr3t-value, reporter_contact: [s3cr3t-value]}",
		"private:\n  tracker: s3cr3t-value\n  tracker: s3cr3t-value",
		"private: s3cr3t-value", "private:\n  - s3cr3t-value", "private:\n  a: {b: s3cr3t-value TODO XXX}", "private: {x: \"s3cr3t-value",
	} {
		found := with(t, map[string]string{advisoryFile: "---\nid: DEMO-2026-0002\ntitle: Stored XSS in the theme editor\ntimeline: {reported: 2026-05-31}\n" + head + "\n---\n"})
		if out := print(found); strings.Contains(out, "s3cr3t") {
			t.Errorf("%s: a finding quotes a private value:\n%s", head, out)
		}
	}
}

// TestOnlyReadersChangesMoveModified lists what may change in a published
// advisory without a new `modified`.
func TestOnlyReadersChangesMoveModified(t *testing.T) {
	const before = "---\nid: DEMO-2026-0002\ntitle: Stored XSS in the theme editor\nrisk: medium\naffected:\n  - ranges: [{introduced: \"1.0.0\", fixed: \"1.4.1\"}]\n" +
		"fixes:\n  - version: \"1.4.1\"\n    commits: [4444444444444444444444444444444444444444]\ncredits:\n  - {name: Ada, type: reporter}\n" +
		"timeline:\n  published: 2026-02-01\n---\n" + fullBody
	for name, tt := range map[string]struct {
		old, new string
		want     []string
	}{
		"nothing":         {"risk", "risk", nil},
		"private part":    {"---\n## ", "private:\n  tracker: https://t.example\n  more: [1,\n    2]\n---\n## ", nil},
		"assignees":       {"timeline:", "assignees:\n- ada\n- bo\ntimeline:", nil},
		"sign-off":        {"2026-02-01\n", "2026-02-01\n  documented:\n    date: 2026-02-03\n    by: [ada]\n", nil},
		"spaces":          {"title: S", "title:  S", nil},
		"title":           {"Stored", "Reflected", []string{"modified-not-moved"}},
		"body":            {"Impact\n\nx", "Impact\n\ny", []string{"modified-not-moved"}},
		"credit":          {"Ada", "Bo", []string{"modified-not-moved"}},
		"field after":     {"timeline:", "assignees:\n  - ada\ncwe: [CWE-79]\ntimeline:", []string{"modified-not-moved"}},
		"title and date":  {"title: Stored", "modified: 2026-03-01\ntitle: Reflected", nil},
		"title, old date": {"title: Stored", "modified: 2026-02-01\ntitle: Reflected", []string{"modified-not-moved"}},
	} {
		t.Run(name, func(t *testing.T) {
			files := side(Example{}, "good")
			files[advisoryFile] = &fstest.MapFile{Data: []byte(before)}
			base := load(t, files)
			files[advisoryFile] = &fstest.MapFile{Data: []byte(strings.Replace(before, tt.old, tt.new, 1))}
			if diff := cmp.Diff(tt.want, ids(judge(t, base, load(t, files)))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestWhatWasNotPublicMayVanish: drafts, rejected reports and those planned for
// later are the team's own.
func TestWhatWasNotPublicMayVanish(t *testing.T) {
	for _, timeline := range []string{"reported: 2026-05-31", "reported: 2026-05-01, published: 2026-07-01", "reported: 2026-05-31, rejected: {date: 2026-05-31, reason: no}"} {
		files := side(Example{}, "good")
		files[advisoryFile] = &fstest.MapFile{Data: []byte("---\nid: DEMO-2026-0002\ntitle: Stored XSS\ntimeline: {" + timeline + "}\n---\n")}
		base := load(t, files)
		delete(files, advisoryFile)
		if found := judge(t, base, load(t, files)); len(found) > 0 {
			t.Errorf("%s:\n%s", timeline, print(found))
		}
	}
}

// TestRealVersionStrings judges ranges as their projects order versions.
func TestRealVersionStrings(t *testing.T) {
	config := strings.Replace(string(side(Example{}, "good")["countersign.yaml"].Data), "versions: semver", "versions: generic", 1)
	for ranges, want := range map[string][]string{
		`{introduced: "1.1.1a", fixed: "1.1.1zh"}`:                                     nil,
		`{introduced: "1.8.21", fixed: "1.8.21pl1"}`:                                   nil,
		`{introduced: "2024.9.30", fixed: "2024.12.08"}`:                               nil,
		`{introduced: "7.65.1", fixed: "7.65.1_2"}`:                                    nil,
		`{introduced: "1.1.1zh", fixed: "1.1.1a"}`:                                     {"range-empty"},
		`{introduced: "0", fixed: "1.0"}, {introduced: "1.0", fixed: "1.1"}`:           nil,
		`{introduced: "1.0", fixed: "1.2"}, {introduced: "1.1", fixed: "1.3"}`:         {"range-overlap"},
		`{introduced: "1.0", last_affected: "1.1"}, {introduced: "1.1", fixed: "1.3"}`: {"range-overlap"},
		`{introduced: "1.0", last_affected: "1.1"}, {introduced: "1.2"}`:               nil,
		`{introduced: "2.0", fixed: "2.1"}, {introduced: "1.0", fixed: "1.5"}`:         {"range-order"},
		`{introduced: "2024.12.08", last_affected: "2024.12.08"}`:                      nil,
	} {
		text := "---\nid: DEMO-2026-0002\ntitle: Stored XSS in the theme editor\naffected: [{ranges: [" + ranges + "]}]\ntimeline: {reported: 2026-05-31}\n---\n"
		files := side(Example{}, "good")
		files["countersign.yaml"] = &fstest.MapFile{Data: []byte(config)}
		files[advisoryFile] = &fstest.MapFile{Data: []byte(text)}
		for name := range files {
			if strings.HasPrefix(name, "releases/") || name == "advisories/DEMO-2026-0001.md" {
				delete(files, name)
			}
		}
		set := load(t, files)
		if diff := cmp.Diff(want, ids(judge(t, set, set))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", ranges, diff)
		}
	}
}

// TestRunIsTheSameEveryTime: findings come in one order, however many workers
// look for them.
func TestRunIsTheSameEveryTime(t *testing.T) {
	files := side(Example{}, "good")
	for _, r := range Rules {
		e, _ := ExampleOf(r.ID)
		for _, f := range e.Files {
			if f.Side == "bad" && strings.HasPrefix(f.Name, "advisories/") {
				files["advisories/"+r.ID+".md"] = &fstest.MapFile{Data: []byte(f.Text)}
			}
		}
	}
	set := load(t, files)
	first := print(Run(set.Set, Rules, exampleDay))
	if strings.Count(first, "\n") < 100 {
		t.Fatalf("expected many findings, got\n%s", first)
	}
	for range 5 {
		if again := print(Run(set.Set, Rules, exampleDay)); again != first {
			t.Fatal("a second run gave another list")
		}
	}
}

// TestHostileBodiesCostLittle: bodies of megabytes that repeat whatever a rule
// looks for. The sizes are such that a quadratic search would not end.
func TestHostileBodiesCostLittle(t *testing.T) {
	const head = "---\nid: DEMO-2026-0002\ntitle: Stored XSS in the theme editor\nrisk: low\ntimeline: {reported: 2026-05-31, assessed: 2026-05-31}\n---\n"
	for _, unit := range []string{"TODO ", "`TODO ", "TODO\n", "## Impact\nx\n", "# a\n### b\n", "](https://", "[a](javascript:b) ", "\u202e", "```\n", "-----BEGIN "} {
		text := head + strings.Repeat(unit, (2<<20)/len(unit))
		if n := len(with(t, map[string]string{advisoryFile: text})); n == 0 || n > 60 {
			t.Errorf("%q: %d findings, expected a handful", unit, n)
		}
	}
}

func TestRowsAreComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range slices.Concat(advisories.Rules, Rows(Rules)) {
		switch {
		case seen[r.ID]:
			t.Errorf("%s stands in the tables twice", r.ID)
		case r.Title == "" || r.Why == "" || strings.HasSuffix(r.Title, "."):
			t.Errorf("%s: expected a title without a full stop, and a reason", r.ID)
		case r.ID != strings.ToLower(r.ID) || strings.ContainsAny(r.ID, " _."):
			t.Errorf("%s: expected plain words in kebab case", r.ID)
		case r.Severity != finding.Error && r.Severity != finding.Warning:
			t.Errorf("%s: a rule of gate 1 is an error or a warning", r.ID)
		}
		seen[r.ID] = true
	}
}

// TestOneDocumentIsCheap: two lists as long as front matter may hold cost together
// what each of them costs, not the product of the two.
func TestOneDocumentIsCheap(t *testing.T) {
	fill := func(name, format string, size int) string {
		var out strings.Builder
		for i := 0; out.Len() < size; i++ {
			fmt.Fprintf(&out, format, i)
		}
		return name + ": [" + out.String() + "]\n"
	}
	cost := func(lists ...string) time.Duration {
		best := time.Hour
		for range 2 {
			start := time.Now()
			with(t, map[string]string{advisoryFile: "---\nid: DEMO-2026-0002\n" + strings.Join(lists, "") + "timeline: {published: 2026-05-01}\n---\n"})
			best = min(best, time.Since(start))
		}
		return best
	}
	for _, pair := range [][2][2]string{
		{{"affected:\n  - ranges", "{fixed: %d}, "}, {"fixes", "{version: %d.1}, "}},
		{{"aliases", "CVE-1999-%06d, "}, {"references", `{url: "https://osv.dev/vulnerability/CVE-1998-%06d"}, `}},
	} {
		a, b := fill(pair[0][0], pair[0][1], 40<<10), fill(pair[1][0], pair[1][1], 40<<10)
		alone := cost(a, fill(pair[1][0], pair[1][1], 1)) + cost(fill(pair[0][0], pair[0][1], 1), b)
		if both := cost(a, b); both > 4*alone {
			t.Errorf("%s and %s: %v together, %v apart", pair[0][0], pair[1][0], both, alone)
		}
	}
}

// TestWaiversOfThePolicy: what can excuse nothing is named.
func TestWaiversOfThePolicy(t *testing.T) {
	good := string(side(Example{}, "good")["countersign.yaml"].Data)
	for _, tt := range []struct{ rule, object, want string }{
		{"signature-weak", strings.Repeat("7", 40), ""},
		{"signature-weak", "demo-1.4.1.zip", ""},
		{"signature-waek", "demo-1.4.1.zip", "rule-unknown"},
		{"signature-weak", "777777777777", "waiver-incomplete"},
		{"signature-weak", strings.Repeat("F", 40), "waiver-incomplete"},
	} {
		config := strings.Replace(good, "policy:\n", "policy:\n  waivers: [{rule: "+tt.rule+", object: \""+tt.object+"\", reason: old, expires: 2026-12-31}]\n", 1)
		if got := strings.Join(ids(with(t, map[string]string{"countersign.yaml": config})), " "); got != tt.want {
			t.Errorf("%s for %s: found %q, want %q", tt.rule, tt.object, got, tt.want)
		}
	}
}

// TestProductsAreNamedInPart: a message of thousands of names helps nobody.
func TestProductsAreNamedInPart(t *testing.T) {
	var products strings.Builder
	for i := range 30 {
		fmt.Fprintf(&products, "  p%d: {title: P}\n", i)
	}
	config := strings.Replace(string(side(Example{}, "good")["countersign.yaml"].Data), "products:\n", "products:\n"+products.String(), 1)
	found := with(t, map[string]string{"countersign.yaml": config,
		advisoryFile: "---\nid: DEMO-2026-0002\ntitle: Stored XSS in the editor\nproduct: somethingelse\ntimeline: {reported: 2026-05-31}\n---\n"})
	at := slices.IndexFunc(found, func(f finding.Finding) bool { return f.Rule == "product-unknown" })
	if at < 0 || !strings.HasSuffix(found[at].Hint, " and 21 more") || len(found[at].Hint) > 200 {
		t.Errorf("found %+v", found)
	}
}

// TestAddressOfTheRecords: the address from which readers clone stands on the pages.
func TestAddressOfTheRecords(t *testing.T) {
	good := string(side(Example{}, "good")["countersign.yaml"].Data)
	for address, want := range map[string]string{"https://git.example/security": "", "http://git.example/security": "config-url"} {
		config := strings.Replace(good, "site:\n", "site:\n  repository: "+address+"\n", 1)
		if got := strings.Join(ids(with(t, map[string]string{"countersign.yaml": config})), " "); got != want {
			t.Errorf("%s: found %q, want %q", address, got, want)
		}
	}
}
