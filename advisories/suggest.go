package advisories

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/countersign/countersign/advisories/finding"
)

// otherNames maps what other formats and habits call a field to our name.
var otherNames = map[string]string{
	"summary": "title", "name": "title", "severity": "risk", "cve": "aliases", "cves": "aliases",
	"ghsa": "aliases", "cwes": "cwe", "details": "the body", "description": "the body", "acknowledgements": "credits",
	"acknowledgments": "credits", "reporter": "credits", "links": "references", "urls": "references",
	"date": "timeline", "commit": "commits", "versions_affected": "affected", "authors": "assignees",
}

// unknown reports a field that the record does not have, with the one that was
// probably meant. What stands under a name that nobody knows could be private,
// so it is hidden unless the name is almost a public one.
func (d *decoder) unknown(parent, key, value *node, r *record, name string) {
	message := fmt.Sprintf("unknown field %q", clip(key.text))
	if name != "" {
		message += " in " + name
	}
	bad := fault("unknown-field", d.span(key), "", "%s", message)
	names := make([]string, len(r.fields))
	for i := range r.fields {
		names[i] = r.fields[i].name
	}
	near := nearest(key.text, names)
	switch {
	case near != "":
		bad.Hint = "did you mean " + near + "?"
		if !parent.has(near) && !key.quoted {
			bad.Edit = &finding.Edit{At: d.span(key), New: near}
		}
	case elsewhere(r, key.text) != "":
		bad.Hint = "it belongs under " + elsewhere(r, key.text)
	case name == "" && otherNames[key.text] != "" && (r.has(otherNames[key.text]) || otherNames[key.text] == "the body"):
		bad.Hint = "here it is " + otherNames[key.text]
	default:
		bad.Hint = "fields here: " + strings.Join(names, ", ")
		if name == "" {
			bad.Hint = "fields for the team alone go under private"
		}
		d.hide(key, value)
	}
	if near == "private" {
		d.hide(key, value)
	}
	d.say(bad)
}

// has reports whether the fields hold a name.
func (n *node) has(name string) bool {
	for i := 0; i < len(n.kids); i += 2 {
		if n.kids[i].text == name {
			return true
		}
	}
	return false
}

func (r *record) has(name string) bool {
	_, ok := r.byName[name]
	return ok
}

// elsewhere names the field whose record has a field of the name.
func elsewhere(r *record, name string) string {
	for i := range r.fields {
		f := &r.fields[i]
		if f.elem != nil && f.elem != r && f.elem.typ.Kind() == reflect.Struct && f.elem.has(name) {
			return f.name
		}
	}
	return ""
}

// clip shortens foreign text for a message.
func clip(s string) string {
	const most = 40
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	return string(runes[:most]) + "…"
}

// nearest returns the one word that is written almost like the given one, empty
// where there is none or more than one is as near.
func nearest(word string, words []string) string {
	if len(word) < 3 || len(word) > 40 {
		return ""
	}
	folded := strings.ToLower(strings.ReplaceAll(word, "-", "_"))
	best, bestAt, twice := "", min(len(word)/3, 3), false
	for _, w := range words {
		switch n := distance(folded, w, bestAt); {
		case n < bestAt || n == bestAt && best == "":
			best, bestAt, twice = w, n, false
		case n == bestAt:
			twice = true
		}
	}
	if twice {
		return ""
	}
	return best
}

// distance counts the letters to add, drop, change or swap to make b of a. It
// returns limit+1 where there are more than limit.
func distance(a, b string, limit int) int {
	if max(len(a)-len(b), len(b)-len(a)) > limit {
		return limit + 1
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := last[j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			row[j] = min(change, last[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return min(last[len(b)], limit+1)
}
