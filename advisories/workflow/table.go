package workflow

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"github.com/countersign/countersign/advisories/finding"
)

// WriteTable prints rows for a terminal. The error is the writer's.
func WriteTable(w io.Writer, rows []Row) error {
	if len(rows) == 0 {
		_, err := io.WriteString(w, "no open reports\n")
		return err
	}
	var b bytes.Buffer
	t := tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)
	fmt.Fprintln(t, "ID\tRISK\tSTAGE\tNEXT\tWHO\tDUE\tTITLE")
	for _, r := range rows {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", finding.Plain(r.ID), orDash(r.Risk), r.Stage, r.Next,
			orDash(strings.Join(r.Who, ", ")), due(r), clip(finding.Plain(r.Title), 48))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for line := range strings.Lines(b.String()) {
		if _, err := io.WriteString(w, strings.TrimRight(line, " \n")+"\n"); err != nil {
			return err
		}
	}
	return nil
}

// WriteMarkdown prints rows as a Markdown table, for a thread or a job summary.
// The error is the writer's.
func WriteMarkdown(w io.Writer, rows []Row) error {
	if len(rows) == 0 {
		_, err := io.WriteString(w, "No open reports.\n")
		return err
	}
	var b bytes.Buffer
	b.WriteString("| id | risk | stage | next | who | due | title |\n|---|---|---|---|---|---|---|\n")
	for _, r := range rows {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s |\n", mark(r.ID), mark(orDash(r.Risk)), r.Stage, r.Next,
			mark(orDash(strings.Join(r.Who, ", "))), mark(due(r)), mark(r.Title))
	}
	_, err := w.Write(b.Bytes())
	return err
}

// due says how urgent a report is: "publish in 12 days", "acknowledge 3 days late".
func due(r Row) string {
	if r.DaysLeft == nil {
		return "–"
	}
	what := finding.Plain(r.DueFor)
	switch n := *r.DaysLeft; {
	case n < 0:
		return what + " " + finding.Count(-n, "day") + " late"
	case n == 0:
		return what + " today"
	default:
		return what + " in " + finding.Count(n, "day")
	}
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return finding.Plain(s)
}

func clip(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return string([]rune(s)[:limit-1]) + "…"
}

// WriteJSON prints the rows for scripts, as {"reports": [Row…]}. The error is
// the writer's.
func WriteJSON(w io.Writer, rows []Row) error {
	out, err := json.MarshalIndent(struct {
		Reports []Row `json:"reports"`
	}{rows}, "", "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(append(out, '\n'))
	return err
}
