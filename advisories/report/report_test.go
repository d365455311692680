package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/advisories/finding"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var rows = []finding.Rule{
	{ID: "title-length", Severity: finding.Warning, Title: "Title is too long", Why: "Lists cut it."},
	{ID: "fix-commit-abbreviated", Severity: finding.Error, Title: "Fix commit is not a full object id", Why: "A short id can name another commit tomorrow."},
	{ID: "evidence-missing", Severity: finding.Unchecked, Title: "Could not read the repository", Why: "git said no."},
	{ID: "never-used", Severity: finding.Error, Title: "A row that no finding names"},
}

// hostile is one list for all printers: an advisory whose writer attacks
// whoever prints it, a private value, a long line, wide characters, spans over
// several lines, findings without a place and a file with a name of its own.
func hostile() []finding.Finding {
	const secret = "https://tracker.example/secret"
	text := strings.Join([]string{
		"---",
		"id: DEMO-2026-0001",
		"title: \x1b[31mred\x1b[0m \u202eesrever\u202c `tick` | pipe ::error::pwned ##[error]x %0A::error::y",
		"private: {tracker: " + secret + "}",
		"名前: 山田太郎 cafe\u0301 end",
		"long: " + strings.Repeat("x", 400) + "NEEDLE" + strings.Repeat("y", 400),
		"---",
		"body",
	}, "\r\n")
	src := finding.NewSource("advisories/DEMO-2026-0001.md", []byte(text))
	span := func(s string) finding.Span {
		at := strings.Index(text, s)
		return src.Span(at, at+len(s))
	}
	at := strings.Index(text, secret)
	src.Hide(at, at+len(secret))
	odd := finding.NewSource("::error file=a,b%0A::c|`d`.md", []byte("one\ntwo\n"))
	list := []finding.Finding{
		{Rule: "title-length", Severity: finding.Warning, At: span("\x1b[31mred"),
			Message: "title holds \x1b[31mANSI\x1b[0m, \u202ebidi\u202c and a break:\n::error::pwned\r\n##[error]pwned ##vso[task.x]y %0A::error::z",
			Hint:    "hint with | pipe, `tick`, <script>alert(1)</script>, @team and https://evil.example\n::warning::w"},
		{Rule: "fix-commit-abbreviated", Severity: finding.Error, At: span(secret), Message: "a private value is malformed",
			Related: []finding.Related{{At: span("DEMO-2026-0001"), Message: "see\n::error::also"}, {Message: "and nowhere"}}},
		{Rule: "fix-commit-abbreviated", Severity: finding.Error, At: span("太郎"), Message: "wide characters under the caret",
			Edit: &finding.Edit{At: span("太郎"), New: "次郎"}},
		{Rule: "title-length", Severity: finding.Warning, At: span("end"), Message: "a combining mark before the caret"},
		{Rule: "title-length", Severity: finding.Warning, At: span("NEEDLE"), Message: "far out on a long line"},
		{Rule: "title-length", Severity: finding.Warning, At: src.Span(0, len(text)), Message: "the whole text"},
		{Rule: "evidence-missing", Severity: finding.Unchecked, At: odd.Span(4, 7), Message: "a file with a name of its own"},
		{Rule: "evidence-missing", Severity: finding.Unchecked, At: finding.NewSource("build.zip", nil).Whole(), Message: "a whole file"},
		{Rule: "::error::rule\n", Severity: finding.Error, Message: "nowhere, of an unknown rule; broken UTF-8: \xff"},
	}
	return list
}

func options() Options {
	return Options{Version: "1.2.3", Subject: "3 advisories", RuleURL: "https://example.org/rules/#"}
}

func TestGolden(t *testing.T) {
	for _, tt := range []struct {
		file   string
		format Format
		color  bool
	}{
		{"text.golden", Text, false}, {"color.golden", Text, true}, {"json.golden", JSON, false}, {"sarif.golden", SARIF, false},
		{"github.golden", GitHub, false}, {"markdown.golden", Markdown, false}, {"gitlab.golden", GitLab, false},
	} {
		t.Run(tt.file, func(t *testing.T) {
			o := options()
			o.Color = tt.color
			got := write(t, tt.format, hostile(), o)
			path := filepath.Join("testdata", tt.file)
			if *update {
				if err := os.WriteFile(path, got, 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("%s differs (-want +got); if it should, run with -update:\n%s", path, diff)
			}
		})
	}
}

func write(t testing.TB, format Format, list []finding.Finding, o Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, format, rows, list, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestFilesAreNamedFromTheCheckout: a forge joins an annotation with a file of
// its checkout, of which the security repository may be a folder.
func TestFilesAreNamedFromTheCheckout(t *testing.T) {
	src := finding.NewSource("advisories/A.md", []byte("a\n"))
	list := []finding.Finding{{Rule: "id-form", Severity: finding.Error, Message: "m", At: src.Span(0, 1),
		Related: []finding.Related{{At: src.Span(0, 1), Message: "r"}}, Edit: &finding.Edit{At: src.Span(0, 1), New: "b"}}}
	for format, want := range map[Format]int{GitHub: 1, GitLab: 1, SARIF: 3, Text: 0, JSON: 0, Markdown: 0} {
		o := options()
		o.Dir = "some/security"
		if got := strings.Count(string(write(t, format, list, o)), "some/security/advisories/A.md"); got != want {
			t.Errorf("%s names the file from the checkout %d times, want %d", format, got, want)
		}
	}
}

func TestNothingFoundIsValidInEveryFormat(t *testing.T) {
	for _, p := range printers {
		format := p.format
		out := write(t, format, nil, Options{})
		switch format {
		case JSON, SARIF, GitLab:
			if !json.Valid(out) {
				t.Errorf("%s: not JSON: %s", format, out)
			}
			if bytes.Contains(out, []byte("null")) {
				t.Errorf("%s: an empty list became null: %s", format, out)
			}
		}
	}
	if got := string(write(t, Text, nil, Options{Subject: "2 advisories"})); got != "no findings in 2 advisories\n" {
		t.Errorf("text of an empty list: %q", got)
	}
	if got := write(t, GitHub, nil, Options{}); len(got) != 0 {
		t.Errorf("annotations of an empty list: %q", got)
	}
}

func TestPrivateValuesAreNeverPrinted(t *testing.T) {
	for _, p := range printers {
		format := p.format
		if out := write(t, format, hostile(), options()); bytes.Contains(out, []byte("tracker.example")) {
			t.Errorf("%s prints a private value", format)
		}
	}
}

func TestUncheckedIsNeitherPassedNorFailed(t *testing.T) {
	list := []finding.Finding{{Rule: "evidence-missing", Severity: finding.Unchecked, Message: "no repository"}}
	for format, want := range map[Format]string{
		Text: "could not check: no repository", JSON: `"severity": "unchecked"`, SARIF: `"kind": "open"`,
		GitHub: "::error title=evidence-missing::could not check: no repository", Markdown: "**could not check**",
		GitLab: "could not check: no repository",
	} {
		if out := string(write(t, format, list, Options{})); !strings.Contains(out, want) {
			t.Errorf("%s: %q is not in\n%s", format, want, out)
		}
	}
	if out := string(write(t, SARIF, list, Options{})); !strings.Contains(out, `"executionSuccessful": false`) {
		t.Error("sarif: a run that could not check something is called successful")
	}
}

func TestMarkdownSummaryStaysBelowTheRunnersLimit(t *testing.T) {
	list := make([]finding.Finding, 20_000)
	for i := range list {
		list[i] = finding.Finding{Rule: "title-length", Severity: finding.Warning, Message: strings.Repeat("word ", 20)}
	}
	out := write(t, Markdown, list, Options{})
	if len(out) > 1<<20 {
		t.Errorf("%d bytes; a runner accepts a megabyte", len(out))
	}
	if !bytes.Contains(out, []byte("19500 findings more")) {
		t.Error("the summary does not say how many are left out")
	}
}

func TestHugeLinesAreNotShown(t *testing.T) {
	src := finding.NewSource("a.md", bytes.Repeat([]byte("x"), 4<<20))
	list := make([]finding.Finding, 1000)
	for i := range list {
		list[i] = finding.Finding{Rule: "title-length", Severity: finding.Warning, At: src.Span(i, i+1), Message: "m"}
	}
	for _, p := range printers {
		format := p.format
		if out := write(t, format, list, Options{}); len(out) > 2<<20 {
			t.Errorf("%s: %d bytes for a thousand findings on one line", format, len(out))
		}
	}
}

func TestFingerprintsDifferAndSurviveMoving(t *testing.T) {
	a := finding.NewSource("a.md", []byte("x\nx\n"))
	b := finding.NewSource("a.md", []byte("\n\nx\nx\n"))
	twice := func(s *finding.Source, from int) []finding.Finding {
		return []finding.Finding{{Rule: "r", At: s.Span(from, from+1), Message: "m"}, {Rule: "r", At: s.Span(from+2, from+3), Message: "m"}}
	}
	before, after := fingerprints(twice(a, 0)), fingerprints(twice(b, 2))
	if before[0] == before[1] {
		t.Error("two findings share a fingerprint")
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("moving the lines changed the fingerprints:\n%s", diff)
	}
}

func TestParseFormat(t *testing.T) {
	for _, p := range printers {
		f := p.format
		if got, err := ParseFormat(string(f)); got != f || err != nil {
			t.Errorf("ParseFormat(%q) = %q, %v", f, got, err)
		}
	}
	_, err := ParseFormat("xml")
	if err == nil || !strings.Contains(err.Error(), "text, json, sarif, github, markdown, gitlab") {
		t.Errorf("ParseFormat(xml) = %v; want an error that lists the formats", err)
	}
	if err := Write(&bytes.Buffer{}, "xml", nil, nil, Options{}); err == nil {
		t.Error("Write takes an unknown format")
	}
}
