package exchange_test

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/exchange"
	"github.com/countersign/countersign/advisories/exchange/record"
)

// read are the formats that are imported as well.
var read = []string{"csaf", "cve", "osv"}

func dropped(set *advisories.Set, a *advisories.Advisory, format string) []exchange.Loss {
	data := exports(set, a)[format]
	if data == nil {
		return nil
	}
	return exchange.Dropped(set, []exchange.Export{{Advisory: a, File: "x.json", Data: data}})
}

func TestDropped(t *testing.T) {
	set := repository(t, forum)
	for format, want := range map[string]string{
		"csaf": "fixes[1]",
		"cve":  "risk_rationale aliases[1] fixes[1] credits[0]",
		"osv":  "fixes[1] credits[0] credits[2] references[0].title",
	} {
		var got []string
		for _, l := range dropped(set, set.Advisories[0], format) {
			got = append(got, l.Path)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: found %s, want %s", format, strings.Join(got, " "), want)
		}
	}
}

// corpus are advisories of many forms: the shapes of one with everything in it,
// each of its fields left out in turn, and what imports of all formats make.
func corpus(t *testing.T) map[string]map[string]string {
	out := map[string]map[string]string{}
	add := func(name, text string) {
		files := maps.Clone(forum)
		files["advisories/FORUM-2024-0001.md"] = text
		out[name] = files
	}
	for name, text := range shapes() {
		add(name, text)
	}
	full := forum["advisories/FORUM-2024-0001.md"]
	for _, line := range strings.Split(full, "\n") {
		if strings.HasPrefix(line, "  - {") || strings.HasPrefix(line, "  published") || strings.HasPrefix(line, "modified") ||
			strings.HasPrefix(line, "c") && strings.Contains(line, ": [") || strings.HasPrefix(line, "## ") || strings.HasPrefix(line, "risk_") {
			add("without "+line, strings.Replace(full, line+"\n", "", 1))
		}
	}
	for _, c := range imports {
		res, err := exchange.Import(c.file, []byte(c.text), exchange.Options{})
		if err != nil {
			t.Fatal(err)
		}
		out["import of "+c.name] = imported(res)
	}
	return out
}

// lawful takes the lines of a document in any order, and the aliases, of which
// CSAF and CVE put their own first, without the levels of headings: a format may
// give them back otherwise.
func lawful(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.Trim(line, "# \t\n"); line != "" {
			if list, ok := strings.CutPrefix(line, "aliases: ["); ok {
				aliases := strings.Split(strings.TrimSuffix(list, "]"), ", ")
				slices.Sort(aliases)
				line = "aliases: " + strings.Join(aliases, ", ")
			}
			lines = append(lines, line)
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// TestNothingIsDroppedInSilence holds exports to their law: a document that does
// not come back as it was has something named that the format did not take.
func TestNothingIsDroppedInSilence(t *testing.T) {
	same, named := 0, 0
	for name, files := range corpus(t) {
		whole, part := comeBack(t, name, repository(t, files))
		same, named = same+whole, named+part
	}
	if same < 20 || named < 20 {
		t.Errorf("%d came back whole and %d with something named: the corpus proves little", same, named)
	}
}

// TestRealRecords holds a published database to the same law: COUNTERSIGN_RECORDS
// names a folder of OSV, CSAF, CVE or GHSA records, or of Markdown with front matter.
// What is imported loads without a finding, and comes back from every format.
func TestRealRecords(t *testing.T) {
	dir := os.Getenv("COUNTERSIGN_RECORDS")
	if dir == "" {
		t.Skip("COUNTERSIGN_RECORDS names no folder of records")
	}
	res, err := exchange.ImportFS(os.DirFS(dir), ".", exchange.Options{})
	if err != nil {
		t.Fatal(err)
	}
	set := repository(t, imported(res))
	if len(set.Advisories) == 0 {
		t.Fatal("no records in ", dir)
	}
	whole, part := comeBack(t, dir, set)
	t.Logf("%d advisories, %d values without a place named; of their exports %d came back whole, %d with what was dropped named",
		len(set.Advisories), len(res.Losses), whole, part)
}

// imported is the repository that an import makes.
func imported(res *exchange.Result) map[string]string {
	files := map[string]string{"countersign.yaml": "project: {name: Forum, url: \"https://forum.example\"}\nid: \"EX-{year}-{number:4}\"\n" + res.Config()}
	for _, d := range res.Documents {
		files[d.Path] = string(d.Text)
	}
	return files
}

// comeBack counts the exports that read back as the advisory was, and those of
// which a part is named as dropped. Any other is an error.
func comeBack(t *testing.T, name string, set *advisories.Set) (whole, part int) {
	for _, a := range set.Advisories {
		for _, format := range read {
			data := exports(set, a)[format]
			if data == nil {
				continue
			}
			before := string(record.Of(set, a).Markdown())
			res, err := exchange.Import("x.json", data, exchange.Options{Set: set})
			if err != nil || len(res.Documents) != 1 || len(res.Losses) > 0 {
				t.Errorf("%s, %s as %s: %v, %d documents, lost %s", name, a.ID.V, format, err, len(res.Documents), lines(res.Losses))
				continue
			}
			switch after := string(res.Documents[0].Text); {
			case lawful(after) == lawful(before):
				whole++
			case len(dropped(set, a, format)) > 0:
				part++
			default:
				t.Errorf("%s, %s as %s: nothing is named, found\n%s\nwant\n%s", name, a.ID.V, format, after, before)
			}
		}
	}
	return whole, part
}

// TestNobodySaysWhy reads back a withdrawal without a reason, for which CSAF wants
// a sentence.
func TestNobodySaysWhy(t *testing.T) {
	files := maps.Clone(forum)
	files["advisories/FORUM-2024-0001.md"] = shapes()["withdrawn, nobody says why"]
	set := repository(t, files)
	for _, format := range []string{"csaf", "osv"} {
		res, err := exchange.Import("x.json", exports(set, set.Advisories[0])[format], exchange.Options{Set: set})
		if err != nil {
			t.Fatal(err)
		}
		if text := string(res.Documents[0].Text); !strings.Contains(text, "withdrawn: ") || strings.Contains(text, "reason:") {
			t.Errorf("%s gives a reason, or takes the withdrawal back:\n%s", format, text)
		}
	}
}
