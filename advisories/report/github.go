package report

import (
	"bytes"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/countersign/countersign/advisories/finding"
)

// github prints workflow commands, one a line:
//
//	::error file=advisories/X.md,line=12,col=14,endColumn=21,title=rule-id::message
//
// Columns are given only for spans on one line: the runner rejects them
// otherwise. The runner decodes %25, %0D and %0A in messages, and %3A and %2C
// in properties as well; whatever is not encoded so would end the command and
// could start another.
func github(w io.Writer, _ []finding.Rule, list []finding.Finding, o Options) error {
	return each(w, len(list), func(b *bytes.Buffer, i int) {
		f := &list[i]
		fmt.Fprintf(b, "::%s ", command(f.Severity))
		if file := f.At.File(); file != "" {
			fmt.Fprintf(b, "file=%s,", property(path.Join(o.Dir, file)))
		}
		if f.At.HasPlace() {
			writeRegion(b, f.At)
		}
		fmt.Fprintf(b, "title=%s::%s\n", property(f.Rule), data(annotation(f)))
	})
}

// command names the kind of annotation. What could not be checked closes the
// gate too, so it is an error there; its message says which.
func command(s finding.Severity) string {
	if s == finding.Warning {
		return "warning"
	}
	return "error"
}

func writeRegion(b *bytes.Buffer, s finding.Span) {
	from, to := s.From(), s.To()
	fmt.Fprintf(b, "line=%d,", from.Line)
	switch {
	case to.Line != from.Line:
		fmt.Fprintf(b, "endLine=%d,", to.Line)
	case to.Column > from.Column:
		fmt.Fprintf(b, "col=%d,endColumn=%d,", from.Column, to.Column)
	default:
		fmt.Fprintf(b, "col=%d,", from.Column)
	}
}

// annotation is the text of an annotation: message, hint, other places, each on
// a line of its own.
func annotation(f *finding.Finding) string {
	lines := []string{finding.Plain(f.Message)}
	if f.Severity == finding.Unchecked {
		lines[0] = "could not check: " + lines[0]
	}
	if f.Hint != "" {
		lines = append(lines, finding.Plain(f.Hint))
	}
	for _, r := range f.Related {
		lines = append(lines, strings.TrimPrefix(place(r.At)+": "+finding.Plain(r.Message), ": "))
	}
	return strings.Join(lines, "\n")
}

var (
	dataEscaper     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	propertyEscaper = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

func data(s string) string     { return dataEscaper.Replace(s) }
func property(s string) string { return propertyEscaper.Replace(finding.Plain(s)) }
