package advisories

import (
	"fmt"

	"github.com/countersign/countersign/advisories/finding"
)

// Rules is the table of what reading a document can find. The rules of what a
// good advisory is stand in lint.
var Rules = []finding.Rule{
	{ID: "front-matter-missing", Severity: finding.Error,
		Title: "Document has no front matter",
		Why:   "A document begins with a line `---`, its fields in YAML, and a second line `---`. Without them it says nothing that a gate could check. Documents with TOML or JSON front matter are converted with `countersign import`."},
	{ID: "front-matter-unclosed", Severity: finding.Error,
		Title: "Front matter is not closed",
		Why:   "The line `---` that ends the front matter is missing, so every line of the document could be a field or text. Add it below the last field."},
	{ID: "front-matter-closed-early", Severity: finding.Error,
		Title: "Front matter ends above its last field",
		Why:   "A line that holds only `---`, even indented inside a text of several lines, ends the front matter for most readers: the fields below it silently become body text, and private ones would be published. Indent a horizontal rule differently, write it as `***`, or move the text into the body."},
	{ID: "front-matter-fence", Severity: finding.Error,
		Title: "Fence is not written as `---` alone on the first line",
		Why:   "Tools differ in what they take for a fence: some trim spaces and skip empty lines, some do not. One spelling is read alike by all of them."},
	{ID: "byte-order-mark", Severity: finding.Error,
		Title: "File begins with a byte order mark",
		Why:   "With an invisible U+FEFF in front of it the first line is no fence, and other readers take the whole document for body text. Save the file as UTF-8 without BOM."},
	{ID: "crlf", Severity: finding.Warning,
		Title: "Front matter has CRLF line endings",
		Why:   "The same document then has two spellings with different digests, and a result that was bound to one does not fit the other. Add `*.md text eol=lf` to .gitattributes and convert the file."},
	{ID: "invalid-text", Severity: finding.Error,
		Title: "Front matter holds bytes that are no text",
		Why:   "Invalid UTF-8, control characters and Unicode line separators are read differently by every tool, and are a way to show a reviewer something else than what is read."},
	{ID: "yaml-syntax", Severity: finding.Error,
		Title: "Front matter is not YAML",
		Why:   "What cannot be read cannot be checked. Often a colon, `#`, `@` or quote stands in a text without quotes around it."},
	{ID: "yaml-feature", Severity: finding.Error,
		Title: "YAML feature that documents do not use",
		Why:   "Anchors, aliases, merge keys and tags make a document that reads one way and means another, and are the stuff of which memory bombs are made. Write the value out."},
	{ID: "too-large", Severity: finding.Error,
		Title: "Document passes a limit",
		Why:   "Documents are read before anybody looks at them, so their size, the length of a text and the depth of nesting are bounded. Long prose belongs in the body."},
	{ID: "duplicate-key", Severity: finding.Error,
		Title: "Field is written twice",
		Why:   "Readers differ in which of the two they believe, so a reviewer may have read the other one."},
	{ID: "unknown-field", Severity: finding.Error,
		Title: "Field is not known",
		Why:   "A misspelt field says nothing, silently: an advisory whose fix stands under `fixs` has no fix. Fields for the team alone go under `private`, where any name is allowed."},
	{ID: "wrong-type", Severity: finding.Error,
		Title: "Value has the wrong form",
		Why:   "The field takes another form of value: a text, a list, fields, true or false, or a number. `countersign schema` prints the forms for an editor."},
	{ID: "invalid-date", Severity: finding.Error,
		Title: "Date is not written as YYYY-MM-DD or RFC 3339",
		Why:   "One spelling of dates sorts and compares without guessing which number is the month."},
	{ID: "unknown-value", Severity: finding.Error,
		Title: "Value is none of those that the field takes",
		Why:   "The field takes one of a few words, those of OSV where it has them, so that other tools understand the record."},
	{ID: "path-collision", Severity: finding.Error,
		Title: "Two documents collide",
		Why:   "Paths that are equal but for upper and lower case, or records that claim the same id, become one file on some systems and one address on the site: one would replace the other."},
	{ID: "not-a-document", Severity: finding.Error,
		Title: "File cannot be a document",
		Why:   "Documents are plain files inside the repository. A symbolic link or a name with control characters could point anywhere, or print anything."},
}

var ruleSeverity = func() map[string]finding.Severity {
	m := make(map[string]finding.Severity, len(Rules))
	for _, r := range Rules {
		m[r.ID] = r.Severity
	}
	return m
}()

// fault makes a finding of a rule of this package.
func fault(rule string, at finding.Span, hint, format string, args ...any) finding.Finding {
	return finding.Finding{
		Rule: rule, Severity: ruleSeverity[rule], At: at,
		Message: fmt.Sprintf(format, args...), Hint: hint,
	}
}
