package verify

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// maxSubstitution bounds the patterns built from one file's placeholders.
const maxSubstitution = 64

var (
	formatField = regexp.MustCompile(`\$Format:[^$\n]*\$`)
	idField     = regexp.MustCompile(`\$Id(?::[^$\n]?[^ $\n]* ?)?\$`)
	lfsPointer  = regexp.MustCompile(`\Aversion https://git-lfs\.github\.com/spec/v1\n(?:ext-.*\n)*oid sha256:([0-9a-f]{64})\nsize [0-9]+\n\z`)
	placeholder = regexp.MustCompile(`%(?:[ac][a-zA-Z]|[a-zA-Z]|\([^)]*\)|%)`)
)

// filled reports whether shipped is what git archive makes of a file's text, but for
// line endings where these may change: with the blob's id in $Id$ (the attribute
// ident), and then with the commit's data in place of $Format:…$ (export-subst); or
// the file that a Git LFS pointer names by its digest.
func (s *source) filled(rel string, text, shipped []byte) (bool, error) {
	if pointer := lfsPointer.FindSubmatch(text); pointer != nil && s.attrs.get(rel, attrFilter) == "lfs" {
		return fmt.Sprintf("%x", sha256.Sum256(shipped)) == string(pointer[1]), nil
	}
	if !s.attrs.binary(rel) {
		text, shipped = toLF(text), toLF(shipped)
	}
	if s.attrs.get(rel, attrIdent) == attrOn {
		text = idField.ReplaceAllLiteral(text, []byte("$Id: "+string(s.files[rel].id)+" $"))
	}
	if s.attrs.get(rel, attrSubst) == attrOn && formatField.Match(text) {
		return s.substituted(text, shipped)
	}
	return bytes.Equal(text, shipped), nil
}

// substituted reports whether shipped is what git archive makes of text when the
// attribute export-subst is on: "$Format:%H$" becomes the commit's id, and so on
// for the formats of git log. Where a placeholder's value is known it must stand
// there; others may hold only what such a value can look like, so that no program
// text hides in it.
func (s *source) substituted(text, shipped []byte) (bool, error) {
	fields := formatField.FindAllIndex(text, maxSubstitution+1)
	if len(fields) == 0 || len(fields) > maxSubstitution {
		return false, nil
	}
	values, err := s.formatValues()
	if err != nil {
		return false, err
	}
	var pattern strings.Builder
	pattern.WriteString(`\A`)
	at := 0
	for _, f := range fields {
		pattern.WriteString(regexp.QuoteMeta(string(text[at:f[0]])))
		format := string(bytes.TrimSuffix(bytes.TrimPrefix(text[f[0]:f[1]], []byte("$Format:")), []byte("$")))
		pattern.WriteString(formatPattern(format, values))
		at = f[1]
	}
	pattern.WriteString(regexp.QuoteMeta(string(text[at:])) + `\z`)
	re, err := regexp.Compile(pattern.String())
	if err != nil {
		return false, nil // bytes that are not UTF-8: the file stays a difference
	}
	return re.Match(shipped), nil
}

// formatPattern turns one pretty format into a pattern of what it can become.
func formatPattern(format string, values map[string]string) string {
	var out strings.Builder
	at := 0
	for _, m := range placeholder.FindAllStringIndex(format, -1) {
		out.WriteString(regexp.QuoteMeta(format[at:m[0]]))
		name := format[m[0]+1 : m[1]]
		if value, known := values[name]; known {
			out.WriteString(value)
		} else {
			out.WriteString(`[0-9A-Za-z._/+:, ()>-]{0,200}`)
		}
		at = m[1]
	}
	out.WriteString(regexp.QuoteMeta(format[at:]))
	return out.String()
}

// formatValues are the patterns of placeholders whose value the commit gives.
func (s *source) formatValues() (map[string]string, error) {
	c, err := s.repo.Commit(s.commit)
	if err != nil {
		return nil, err
	}
	var parents, abbreviated []string
	for _, p := range c.Parents {
		parents = append(parents, string(p))
		abbreviated = append(abbreviated, prefixPattern(string(p)))
	}
	subject, _, _ := strings.Cut(c.Message, "\n")
	q := regexp.QuoteMeta
	return map[string]string{
		"%": "%", "n": "\n",
		"H": q(string(c.ID)), "T": q(string(c.Tree)), "P": q(strings.Join(parents, " ")),
		"h": prefixPattern(string(c.ID)), "t": prefixPattern(string(c.Tree)), "p": strings.Join(abbreviated, " "),
		"an": q(c.Author.Name), "ae": q(c.Author.Email), "cn": q(c.Committer.Name), "ce": q(c.Committer.Email),
		"at": strconv.FormatInt(c.Author.Time.Unix(), 10), "ct": strconv.FormatInt(c.Committer.Time.Unix(), 10),
		"s": q(subject),
	}, nil
}

// prefixPattern matches an id cut short, at four digits or more as git does.
func prefixPattern(id string) string {
	var out strings.Builder
	out.WriteString(id[:4])
	for _, c := range id[4:] {
		out.WriteString("(?:" + string(c))
	}
	out.WriteString(strings.Repeat(")?", len(id)-4))
	return out.String()
}

// toLF turns CRLF into LF.
func toLF(text []byte) []byte { return bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")) }
