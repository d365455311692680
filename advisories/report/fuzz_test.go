package report

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/countersign/countersign/advisories/finding"
)

// bracket is written apart from the guard in finding.Plain on purpose: what a runner
// takes for a command, as loosely as any of them does.
var bracket = regexp.MustCompile(`(?i)##[a-z.]*\[`)

// FuzzOutputNeverStartsACommand holds every printer to one law: whatever the
// documents say, no line of the output is a workflow command, except for the
// one command per finding that the GitHub printer means; no control byte but
// the line feed gets through; and JSON stays JSON.
func FuzzOutputNeverStartsACommand(f *testing.F) {
	for _, s := range []string{
		"::error::x", "\n::error::x", "\r::set-output name=a::b", "a\u2028::error::b", "##[error]x", "## ##vso[x]",
		"\u00a0::warning::x", "%0A::error::x", "\x1b[31m", "\u202e", "`|<!-- -->@x", "\xff::error::",
	} {
		f.Add(s, s, s, s, 0, 4)
	}
	f.Fuzz(func(t *testing.T, file, text, message, other string, start, end int) {
		src := finding.NewSource(file, []byte(text))
		list := []finding.Finding{
			{Rule: other, Severity: finding.Error, At: src.Span(start, end), Message: message, Hint: other,
				Related: []finding.Related{{At: src.Span(end, start), Message: other}, {Message: message}},
				Edit:    &finding.Edit{At: src.Span(start, end), New: other}},
			{Rule: "title-length", Severity: finding.Unchecked, At: src.Whole(), Message: other},
			{Rule: other, Severity: finding.Warning, Message: other},
		}
		for _, p := range printers {
			format := p.format
			out := string(write(t, format, list, Options{Subject: other, Version: message}))
			if format == GitHub {
				out = strings.TrimPrefix(strings.ReplaceAll("\n"+out, "\n::error ", "\nerror "), "\n")
				out = strings.ReplaceAll("\n"+out, "\n::warning ", "\nwarning ")
				if n := strings.Count(strings.TrimSpace(out), "\n"); n != len(list)-1 {
					t.Errorf("%d findings became %d annotations: %q", len(list), n+1, out)
				}
			}
			checkLines(t, format, out)
			if (format == JSON || format == SARIF || format == GitLab) && !json.Valid([]byte(out)) {
				t.Errorf("%s: not JSON: %q", format, out)
			}
		}
	})
}

func checkLines(t *testing.T, format Format, out string) {
	t.Helper()
	if !utf8.ValidString(out) {
		t.Errorf("%s: not UTF-8: %q", format, out)
	}
	for _, r := range out {
		if r != '\n' && (unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r)) {
			t.Errorf("%s: %U in %q", format, r, out)
			break
		}
	}
	for _, line := range strings.FieldsFunc(out, func(r rune) bool { return r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029' }) {
		if strings.HasPrefix(strings.TrimLeftFunc(line, unicode.IsSpace), "::") || bracket.MatchString(line) {
			t.Errorf("%s: a line is a command: %q", format, line)
		}
	}
}
