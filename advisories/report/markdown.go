package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/countersign/countersign/advisories/finding"
)

// rowLimit keeps a summary below the megabyte that a runner accepts.
const rowLimit = 500

// markdown prints a table for a job summary or a comment. Nothing foreign is
// left as Markdown: every mark becomes a character reference, and an "@" is
// split from its name, so that no text can format, link, embed or call anybody.
func markdown(w io.Writer, _ []finding.Rule, list []finding.Finding, o Options) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "### countersign: %s\n", count(list))
	if o.Subject != "" {
		fmt.Fprintf(&b, "\n%s\n", inert(o.Subject))
	}
	if len(list) > 0 {
		b.WriteString("\n| | Where | What | Rule |\n|---|---|---|---|\n")
	}
	for i := range list[:min(len(list), rowLimit)] {
		writeRow(&b, &list[i], o.RuleURL)
	}
	if more := len(list) - rowLimit; more > 0 {
		fmt.Fprintf(&b, "\n%s more; the log of the run has all of them.\n", finding.Count(more, "finding"))
	}
	_, err := w.Write(b.Bytes())
	return err
}

func writeRow(b *bytes.Buffer, f *finding.Finding, ruleURL string) {
	where := ""
	if at := place(f.At); at != "" {
		where = "<code>" + references(at) + "</code>"
	}
	what := inert(f.Message)
	if f.Hint != "" {
		what += "<br>" + inert(f.Hint)
	}
	for _, r := range f.Related {
		what += "<br>" + inert(strings.TrimPrefix(place(r.At)+": "+r.Message, ": "))
	}
	rule := "<code>" + references(f.Rule) + "</code>"
	if ruleURL != "" {
		rule = fmt.Sprintf(`<a href="%s">%s</a>`, references(ruleURL+f.Rule), rule)
	}
	fmt.Fprintf(b, "| **%s** | %s | %s | %s |\n", label(f.Severity), where, what, rule)
}

// inert renders foreign text so that it shows as it was written and does
// nothing.
func inert(s string) string {
	return strings.ReplaceAll(references(s), "&#64;", "&#64;<!-- -->")
}

// references writes every ASCII mark that Markdown, HTML or an autolinker could
// take for syntax as a character reference.
func references(s string) string {
	var b strings.Builder
	for _, r := range finding.Plain(s) {
		if r < 0x80 && strings.ContainsRune("&<>\"'`*_{}[]()#+.!|~:@\\=$^", r) {
			fmt.Fprintf(&b, "&#%d;", r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
