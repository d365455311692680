package exchange_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/countersign/countersign/advisories/exchange"
	"github.com/countersign/countersign/advisories/exchange/csaf"
)

// judge asks CSAF's own validator for everything that it can test of a document
// but spelling.
const judge = `
import fs from 'fs';
const lib = process.argv[2] + '/@secvisogram/csaf-validator-lib/';
const load = name => import(lib + name);
const validate = (await load('validate.js')).default;
const tests = [];
for (const name of ['schemaTests.js', 'mandatoryTests.js', 'optionalTests.js']) tests.push(...Object.values(await load(name)));
let failed = false;
for (const file of process.argv.slice(3)) {
  const result = await validate(tests, JSON.parse(fs.readFileSync(file)));
  for (const t of result.tests) for (const e of [...t.errors, ...t.warnings]) {
    failed = true;
    console.log(file, t.name, e.instancePath, e.message);
  }
}
process.exit(failed ? 1 : 0);
`

// TestCSAFValidator runs the npm package @secvisogram/csaf-validator-lib, in the
// node_modules folder that COUNTERSIGN_NODE_MODULES names, over documents of
// every shape.
func TestCSAFValidator(t *testing.T) {
	modules := os.Getenv("COUNTERSIGN_NODE_MODULES")
	if modules == "" {
		t.Skip("COUNTERSIGN_NODE_MODULES names no folder with @secvisogram/csaf-validator-lib")
	}
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("no node: ", err)
	}
	dir := t.TempDir()
	script := filepath.Join(dir, "judge.mjs")
	args := []string{script, modules}
	write := func(name string, data []byte) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, data, 0o644); err != nil {
			t.Fatal(err)
		}
		return file
	}
	write("judge.mjs", []byte(judge))
	for name, text := range shapes() {
		files := map[string]string{}
		for file, content := range forum {
			files[file] = content
		}
		files["advisories/FORUM-2024-0001.md"] = text
		set := repository(t, files)
		doc := csaf.From(set, set.Advisories[0], csaf.Options{
			Page: "https://security.forum.example/1", Version: "1.0",
			URL: "https://security.forum.example/csaf/2024/" + csaf.FileName("FORUM-2024-0001"),
		})
		folder := strings.ReplaceAll(name, " ", "-")
		if err := os.Mkdir(filepath.Join(dir, folder), 0o755); err != nil {
			t.Fatal(err)
		}
		args = append(args, write(filepath.Join(folder, csaf.FileName("FORUM-2024-0001")), doc.Encode()))
	}
	if out, err := exec.Command("node", args...).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// shapes are the advisory in the forms that make different documents.
func shapes() map[string]string {
	full := forum["advisories/FORUM-2024-0001.md"]
	without := func(text, from, to string) string {
		start := strings.Index(text, from)
		end := start + strings.Index(text[start:], to)
		return text[:start] + text[end:]
	}
	return map[string]string{
		"full":                       full,
		"withdrawn":                  strings.Replace(full, "modified:", "  withdrawn: {date: 2024-03-01, reason: Not a flaw}\nmodified:", 1),
		"withdrawn, nobody says why": strings.Replace(full, "modified:", "  withdrawn: {date: 2024-03-01}\nmodified:", 1),
		"not fixed":                  strings.Replace(without(full, "fixes:", "credits:"), "credits:", "resolution: wont_fix\ncredits:", 1),
		"no body":                    full[:strings.Index(full, "A topic's")],
		"no product":                 without(without(full, "affected:", "fixes:"), "fixes:", "credits:"),
		"two workarounds":            full + "\n## Mitigation\n\nTurn it off.\n\n## Workarounds\n\nTurn it down.\n",
		"incident":                   strings.Replace(full, "product: forum\n", "product: forum\nkind: incident\n", 1),
		"unpublished":                strings.Replace(full, "  published: 2024-02-01\n", "", 1),
	}
}

// TestShapesComeBack holds every shape to the law of TestRoundTrips in CSAF,
// whose documents differ the most.
func TestShapesComeBack(t *testing.T) {
	for name, text := range shapes() {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{}
			for file, content := range forum {
				files[file] = content
			}
			const file = "advisories/FORUM-2024-0001.md"
			files[file] = text
			set := repository(t, files)
			data := exports(set, set.Advisories[0])["csaf"]
			res, err := exchange.Import("x.json", data, exchange.Options{Set: set})
			if err != nil || len(res.Losses) > 0 {
				t.Fatalf("%v\n%s", err, lines(res.Losses))
			}
			files[file] = string(res.Documents[0].Text)
			again := repository(t, files)
			if got := exports(again, again.Advisories[0])["csaf"]; string(got) != string(data) {
				t.Errorf("exported again\n%s\nfirst\n%s", got, data)
			}
		})
	}
}
