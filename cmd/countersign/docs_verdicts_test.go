package main

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const verdictsPage = "../../docs/verdicts.md"

// verdictSample makes a release for each verdict that docs/verdicts.md shows, and goes
// to the security repository.
func verdictSample(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	s, err := makeSample(context.Background(), dir)
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(err)
	check(s.completeUpload())
	quoted := strings.ReplaceAll(lanternSearchFixed, "Results for ' . h($term) . '", "“' . h($term) . '” in all albums")
	evolved := demoCommit{author: "Jonas Weir <jonas@lantern.example>", when: date(2026, 3, 22), message: "Word the headings anew",
		files: map[string]string{"search.php": quoted, "inc/session.php": lanternSessionFixed}}
	id, err := s.repo.commit(s.commits[atCandidate], evolved)
	check(err)

	twice := demoCommit{author: "Mara Lind <mara@lantern.example>", when: date(2026, 3, 28), message: "Escape the title and the number of the page",
		files: map[string]string{"inc/html.php": strings.Replace(lanternHTML, "<main>", "<main id=\"top\">", 1), "index.php": strings.Replace(lanternIndexPaged, "page_links($page)", "page_links(h($page))", 1)},
		sign: func(payload []byte) ([]byte, error) {
			return s.keys["mara"].Sign(payload, date(2026, 3, 28), rand.Reader)
		}}
	both, err := s.repo.commit(id, twice)
	check(err)
	third := strings.NewReplacer("LANTERN-2026-0001", "LANTERN-2026-0003", "CVE-2026-90001", "CVE-2026-90003", "2.2.0", "2.2.5").Replace(fmt.Sprintf(lanternSearch, both))
	check(s.write("advisories/LANTERN-2026-0003.md", third))

	record := func(version, commit, more string) {
		check(s.write("releases/"+version+".md", fmt.Sprintf("---\nproduct: lantern\nversion: %q\nsource: {repo: lantern, commit: %s}\npackages:\n%sprevious: \"2.1.0\"\n---\n", version, commit, more)))
	}
	full := func(version, more string) string {
		return "  - {name: lantern-" + version + ".zip, contents: full, root: lantern/" + more + "}\n"
	}
	files := func(change map[string]string) map[string]string {
		all := maps.Clone(s.trees[atCandidate])
		maps.Copy(all, change)
		maps.DeleteFunc(all, func(_, text string) bool { return text == "" })
		return all
	}
	record("2.2.0", s.commits[atCandidate], full("2.2.0", ""))
	check(zipTree(filepath.Join(dir, "security/dist/lantern-2.2.0.zip"), files(nil)))
	check(zipTree(filepath.Join(dir, "security/stale/lantern-2.2.0.zip"), s.stale()))
	record("2.2.1", id, full("2.2.1", ""))
	check(zipTree(filepath.Join(dir, "security/dist/lantern-2.2.1.zip"), files(evolved.files)))
	record("2.2.2", s.commits[atRevert], full("2.2.2", ""))
	check(zipTree(filepath.Join(dir, "security/dist/lantern-2.2.2.zip"), s.trees[atRevert]))
	record("2.2.3", s.commits[atCandidate], full("2.2.3", `, omitted: ["search.php"]`))
	check(zipTree(filepath.Join(dir, "security/dist/lantern-2.2.3.zip"), files(map[string]string{"search.php": ""})))
	record("2.2.4", s.commits[atCandidate], "  - {name: changed-2.2.4.zip, contents: changed, root: lantern/}\n"+full("2.2.4", ""))
	check(zipTree(filepath.Join(dir, "security/dist/lantern-2.2.4.zip"), files(nil)))
	check(zipTree(filepath.Join(dir, "security/dist/changed-2.2.4.zip"), files(map[string]string{"inc/session.php": "", "inc/html.php": ""})))
	record("2.2.5", both, full("2.2.5", ""))
	half := maps.Clone(evolved.files)
	half["inc/html.php"] = twice.files["inc/html.php"]
	check(zipTree(filepath.Join(dir, "security/dist/lantern-2.2.5.zip"), files(half)))
	t.Chdir(filepath.Join(dir, "security"))
}

// zipTree packs files below lantern/.
func zipTree(name string, files map[string]string) error {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, file := range slices.Sorted(maps.Keys(files)) {
		f, err := w.Create("lantern/" + file)
		if err != nil {
			return err
		}
		if _, err := f.Write([]byte(files[file])); err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	return writeFile(name, out.Bytes())
}

var (
	// a command and what it says, each in a block of its own
	shownOutput = regexp.MustCompile("(?ms)^```\n(countersign verify [^\n]*--explain (\\S+))\n```\n\n```\n(.*?)^```")
	hexadecimal = regexp.MustCompile(`[0-9a-fA-F]{12,40}`)
)

// TestDocsVerdicts runs the example of each verdict, and compares what it says with
// what the page shows; ids of commits and keys are new in each run.
func TestDocsVerdicts(t *testing.T) {
	text, err := os.ReadFile(verdictsPage)
	if err != nil {
		t.Fatal(err)
	}
	file, err := filepath.Abs(verdictsPage)
	if err != nil {
		t.Fatal(err)
	}
	verdictSample(t)
	seen := map[string]bool{}
	renewed := shownOutput.ReplaceAllStringFunc(string(text), func(part string) string {
		m := shownOutput.FindStringSubmatch(part)
		var out, errs bytes.Buffer
		run(context.Background(), append([]string{"countersign", "--now", day(demoDay)}, words(m[1])[1:]...), os.Getenv, strings.NewReader(""), &out, &errs)
		said := out.String()
		if !strings.HasPrefix(said, m[2]+" (") {
			t.Fatalf("%s explains nothing\n%s%s", m[1], said, errs.String())
		}
		for _, next := range []string{"\n\n" + m[2] + " (", "\n\nGATE CLOSED", "\n\ngate open"} { // another package, the last line
			said, _, _ = strings.Cut(said, next)
		}
		verdict, _, _ := strings.Cut(said[strings.Index(said, ": ")+2:], "\n")
		seen[strings.ToLower(verdict)] = true
		if said += "\n"; !*update && hexadecimal.ReplaceAllString(said, "ID") != hexadecimal.ReplaceAllString(m[3], "ID") {
			t.Errorf("%s says\n%s\nand the page shows\n%s", m[1], said, m[3])
		}
		return strings.Replace(part, "```\n"+m[3]+"```", "```\n"+said+"```", 1)
	})
	for _, verdict := range []string{"present", "evolved", "not_applicable", "partial", "reverted", "missing", "unverifiable"} {
		if !seen[verdict] {
			t.Errorf("the page shows no example of %s, but of %v", verdict, slices.Sorted(maps.Keys(seen)))
		}
	}
	if *update {
		if err := os.WriteFile(file, []byte(renewed), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}
