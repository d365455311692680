package advisories

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/countersign/countersign/advisories/finding"
)

// scalar fills a field that is one plain value.
func (d *decoder) scalar(n *node, f *field, out any) {
	if n.kind != textNode {
		what := map[form]string{
			formText: "a text", formBool: "true or false", formInt: "a number",
			formDate: "a date", formDuration: "a number of days",
		}[f.form]
		d.wrongType(n, f.name, what, "")
		return
	}
	switch out := out.(type) {
	case *Value[string]:
		d.text(n, f, out)
	case *Value[bool]:
		d.bool(n, f, out)
	case *Value[int]:
		d.int(n, f, out)
	case *Value[Date]:
		d.date(n, f.name+": expected a date", out)
	case *Value[Duration]:
		d.duration(n, f, out)
	}
}

// text keeps what is written: 1.10 stays 1.10, and 2024.12.08 is no date.
func (d *decoder) text(n *node, f *field, out *Value[string]) {
	if len(n.text) > maxScalar {
		_, end := textLine(d.src.Text, n.start)
		d.say(fault("too-large", d.src.Span(n.start, min(end, n.start+40)), "long prose belongs in the body",
			"%s: a text of %d bytes, at most %d are read", f.name, len(n.text), maxScalar))
		return
	}
	*out = Value[string]{V: n.text, At: d.span(n)}
	if f.enum == nil || slices.Contains(f.enum, n.text) {
		return
	}
	bad := fault("unknown-value", out.At, "one of "+strings.Join(f.enum, ", "), "%s: unknown value %q", f.name, n.text)
	if near := finding.Nearest(n.text, f.enum); near != "" {
		bad.Hint = fmt.Sprintf("did you mean %s? %s", near, bad.Hint)
		bad.Edit = &finding.Edit{At: out.At, New: near}
	}
	d.say(bad)
}

func (d *decoder) bool(n *node, f *field, out *Value[bool]) {
	if n.quoted || n.text != "true" && n.text != "false" {
		bad := fault("wrong-type", d.span(n), "", "%s: expected true or false, found %q", f.name, n.text)
		switch strings.ToLower(n.text) {
		case "true", "yes", "on", "y":
			bad.Edit = &finding.Edit{At: d.span(n), New: "true"}
		case "false", "no", "off", "n":
			bad.Edit = &finding.Edit{At: d.span(n), New: "false"}
		}
		d.say(bad)
		return
	}
	*out = Value[bool]{V: n.text == "true", At: d.span(n)}
}

func (d *decoder) int(n *node, f *field, out *Value[int]) {
	i, err := strconv.Atoi(n.text)
	if n.quoted || err != nil || strconv.Itoa(i) != n.text || i < 0 || i > maxInt {
		d.say(fault("wrong-type", d.span(n), "", "%s: expected a number, found %q", f.name, n.text))
		return
	}
	*out = Value[int]{V: i, At: d.span(n)}
}

func (d *decoder) duration(n *node, f *field, out *Value[Duration]) {
	number, unit := "", 1
	if s, ok := strings.CutSuffix(n.text, "d"); ok {
		number = s
	} else if s, ok := strings.CutSuffix(n.text, "w"); ok {
		number, unit = s, 7
	}
	days, err := strconv.Atoi(number)
	if err != nil || strconv.Itoa(days) != number || days < 0 || days > 36500 {
		d.say(fault("wrong-type", d.span(n), "write 7d or 2w", "%s: expected a number of days or weeks, found %q", f.name, n.text))
		return
	}
	*out = Value[Duration]{V: Duration{Days: days * unit}, At: d.span(n)}
}

func (d *decoder) date(n *node, expected string, out *Value[Date]) {
	if n.kind != textNode {
		d.say(fault("wrong-type", d.place(n), "write YYYY-MM-DD", "%s, found %s", expected, n))
		return
	}
	date, ok := parseDate(n.text)
	if !ok {
		d.say(fault("invalid-date", d.span(n), "write YYYY-MM-DD, or 2006-01-02T15:04:05Z", "%s, found %q", expected, n.text))
		return
	}
	*out = Value[Date]{V: date, At: d.span(n)}
}

// parseDate reads YYYY-MM-DD or RFC 3339. A day is by far the more common form
// and is read without the general parser.
func parseDate(s string) (Date, bool) {
	if len(s) != len(time.DateOnly) {
		t, err := time.Parse(time.RFC3339, s)
		return Date{Time: t}, err == nil && t.Year() > 0
	}
	year, ok1 := digits(s[0:4])
	month, ok2 := digits(s[5:7])
	day, ok3 := digits(s[8:10])
	if !ok1 || !ok2 || !ok3 || s[4] != '-' || s[7] != '-' || year == 0 {
		return Date{}, false
	}
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	return Date{Time: t, DayOnly: true}, t.Month() == time.Month(month) && t.Day() == day
}

func digits(s string) (int, bool) {
	n := 0
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}
