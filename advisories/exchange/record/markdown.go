package record

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Markdown writes the record as a document of a security repository: YAML front
// matter with the fields in the order in which people read them, then the body.
// Fields that the record does not know are left out.
func (r *Record) Markdown() []byte {
	w := &writer{}
	w.line("---")
	w.field(0, "id", r.ID)
	w.field(0, "title", r.Title)
	w.products(r)
	w.field(0, "kind", r.Kind)
	w.field(0, "risk", r.Risk)
	w.field(0, "risk_rationale", r.Rationale)
	w.flow("cvss", r.CVSS)
	w.flow("cwe", r.CWE)
	w.flow("aliases", r.Aliases)
	w.affected(r)
	w.fixes(r)
	w.field(0, "resolution", r.Resolution)
	w.credits(r.Credits)
	w.references(r.References)
	w.timeline(r)
	w.date(0, "modified", r.Modified)
	w.line("---")
	if r.Body != "" {
		w.line(strings.TrimSpace(r.Body))
	}
	return []byte(w.String())
}

// writer writes YAML in the one style that our documents use.
type writer struct{ strings.Builder }

func (w *writer) line(text string) { w.WriteString(text + "\n") }

func (w *writer) field(indent int, key, value string) {
	if value != "" {
		w.line(strings.Repeat(" ", indent) + key + ": " + scalar(value))
	}
}

func (w *writer) date(indent int, key string, d Date) {
	if !d.IsZero() {
		w.line(strings.Repeat(" ", indent) + key + ": " + writeDate(d))
	}
}

func writeDate(d Date) string {
	if d.DayOnly {
		return d.UTC().Format(time.DateOnly)
	}
	return d.UTC().Format(time.RFC3339Nano)
}

func (w *writer) flow(key string, values []string) {
	if len(values) > 0 {
		w.line(key + ": [" + joinScalars(values) + "]")
	}
}

func joinScalars(values []string) string {
	parts := make([]string, len(values))
	for i, v := range values {
		parts[i] = scalar(v)
	}
	return strings.Join(parts, ", ")
}

// yes is the value true, which no text of a document can be.
const yes = "\x00true"

// mapping writes {key: value, …} of the pairs whose value is not empty.
func mapping(pairs ...string) string {
	var parts []string
	for i := 0; i < len(pairs); i += 2 {
		switch pairs[i+1] {
		case "":
		case yes:
			parts = append(parts, pairs[i]+": true")
		default:
			parts = append(parts, pairs[i]+": "+scalar(pairs[i+1]))
		}
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// products writes the product of an advisory that is about one.
func (w *writer) products(r *Record) {
	if name, ok := r.onlyProduct(); ok {
		w.field(0, "product", name)
	}
}

func (r *Record) onlyProduct() (string, bool) {
	names := map[string]bool{}
	name := ""
	for _, a := range r.Affected {
		name = a.Product.Name
		names[name] = true
	}
	for _, f := range r.Fixes {
		name = f.Product
		names[name] = true
	}
	return name, len(names) == 1 && name != ""
}

func (w *writer) affected(r *Record) {
	if len(r.Affected) == 0 {
		return
	}
	w.line("affected:")
	for _, a := range r.Affected {
		w.line("  - product: " + scalar(a.Product.Name))
		if len(a.Ranges) > 0 {
			w.line("    ranges:")
		}
		for _, rg := range a.Ranges {
			w.line("      - " + mapping("introduced", rg.Introduced, "fixed", rg.Fixed, "last_affected", rg.LastAffected))
		}
		if len(a.Versions) > 0 {
			w.line("    versions: [" + joinScalars(a.Versions) + "]")
		}
	}
}

func (w *writer) fixes(r *Record) {
	if len(r.Fixes) == 0 {
		return
	}
	only, isOnly := r.onlyProduct()
	w.line("fixes:")
	for _, f := range r.Fixes {
		lead := "  - "
		put := func(key, text string) {
			w.line(lead + key + ": " + text)
			lead = "    "
		}
		if f.Version != "" {
			put("version", scalar(f.Version))
		}
		if f.Product != "" && !(isOnly && f.Product == only) {
			put("product", scalar(f.Product))
		}
		if len(f.Commits) > 0 {
			put("commits", "["+joinCommits(r, f)+"]")
		}
	}
}

func joinCommits(r *Record, f Fix) string {
	own := ""
	for _, a := range r.Affected {
		if a.Product.Name == f.Product {
			own = a.Product.RepoName
		}
	}
	parts := make([]string, len(f.Commits))
	for i, c := range f.Commits {
		parts[i] = scalar(c.ID)
		if c.RepoName != own {
			parts[i] = mapping("repo", c.RepoName, "id", c.ID)
		}
	}
	return strings.Join(parts, ", ")
}

func (w *writer) credits(list []Credit) {
	if len(list) > 0 {
		w.line("credits:")
	}
	for _, c := range list {
		w.line("  - " + mapping("name", c.Name, "type", c.Type, "affiliation", c.Affiliation, "url", c.URL,
			"anonymous", flag(c.Anonymous), "internal", flag(c.Internal)))
	}
}

// flag is the value of a field that says yes or is left out.
func flag(on bool) string {
	if on {
		return yes
	}
	return ""
}

func (w *writer) references(list []Reference) {
	if len(list) > 0 {
		w.line("references:")
	}
	for _, ref := range list {
		w.line("  - " + mapping("type", ref.Type, "url", ref.URL, "title", ref.Title))
	}
}

func (w *writer) timeline(r *Record) {
	if r.Reported.IsZero() && r.Published.IsZero() && r.Withdrawn.Date.IsZero() && r.Rejected.Date.IsZero() {
		return
	}
	w.line("timeline:")
	w.date(2, "reported", r.Reported)
	w.date(2, "published", r.Published)
	w.reason("rejected", r.Rejected)
	w.reason("withdrawn", r.Withdrawn)
}

func (w *writer) reason(key string, r Reason) {
	if r.Date.IsZero() {
		return
	}
	text := "{date: " + writeDate(r.Date)
	if r.Text != "" {
		text += ", reason: " + scalar(r.Text)
	}
	w.line("  " + key + ": " + text + "}")
}

// plainScalar matches texts that YAML reads as themselves in every version and
// inside a flow list too. What begins with a digit is quoted: 1.10 is a version,
// and a number only to YAML. Full commit ids are the one exception that people
// expect unquoted; those of digits only, or like 12e34, stay quoted.
var (
	plainScalar = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_./ ()+-]*[A-Za-z0-9_)+/-]$`)
	vector      = regexp.MustCompile(`^CVSS:[34]\.[01](?:/[A-Za-z]+:[A-Za-z]+)+$`)
	numberLike  = regexp.MustCompile(`^[0-9]+(?:e[0-9]+)?$`)
	yamlWords   = []string{"true", "false", "yes", "no", "on", "off", "null", "nan", "inf"}
)

func scalar(text string) string {
	switch {
	case plainScalar.MatchString(text) && !slices.Contains(yamlWords, strings.ToLower(text)),
		vector.MatchString(text),
		commitID.MatchString(text) && !numberLike.MatchString(text):
		return text
	}
	return Quote(text)
}

// Quote writes a text as a double-quoted YAML scalar on one line; what is not printable, or
// looks like something else to a reader (bidi controls), is escaped.
func Quote(text string) string {
	var out strings.Builder
	out.WriteByte('"')
	for i, c := range text {
		switch {
		case c == '"' || c == '\\':
			out.WriteByte('\\')
			out.WriteRune(c)
		case c == '\n':
			out.WriteString(`\n`)
		case c == '\t':
			out.WriteString(`\t`)
		case c == utf8.RuneError && !strings.HasPrefix(text[i:], "\uFFFD"):
			out.WriteString("\uFFFD")
		case c < ' ' || 0x7f <= c && c < 0xa0 || isInvisible(c):
			out.WriteString(escapeRune(c))
		default:
			out.WriteRune(c)
		}
	}
	out.WriteByte('"')
	return out.String()
}

func isInvisible(c rune) bool {
	return 0x200b <= c && c <= 0x200f || 0x2028 <= c && c <= 0x202e || 0x2060 <= c && c <= 0x206f ||
		c == 0xfeff || 0xfff0 <= c && c <= 0xfffc || c == 0xfffe || c == 0xffff || c >= 0xe0000
}

func escapeRune(c rune) string {
	if c > 0xffff {
		return fmt.Sprintf(`\U%08X`, c)
	}
	return fmt.Sprintf(`\u%04X`, c)
}
