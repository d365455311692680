package advisories

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/countersign/countersign/advisories/finding"
)

// otherNames maps what other formats and habits call a field to our names for it:
// the first one that the record has is meant.
var otherNames = map[string][]string{
	"summary": {"title"}, "name": {"title"}, "severity": {"risk"}, "cve": {"aliases"}, "cves": {"aliases"},
	"ghsa": {"aliases"}, "cwes": {"cwe"}, "details": {theBody}, "description": {theBody}, "acknowledgements": {"credits"},
	"acknowledgments": {"credits"}, "reporter": {"credits"}, "links": {"references"}, "urls": {"references"},
	"date": {"timeline"}, "commit": {"commits", "id"}, "versions_affected": {"affected"}, "authors": {"assignees"},
	"file": {"name", "path", "patch"}, "filename": {"name", "path", "patch"}, "hash": {"sha256", "id"}, "sha": {"id"},
	"link": {"url"}, "href": {"url"}, "role": {"type"}, "package": {"product"}, "from": {"introduced"}, "to": {"fixed"},
}

const theBody = "the body" // which is no field

// otherName is our name for what is called so elsewhere, empty where there is none.
func (r *record) otherName(name string, top bool) string {
	for _, ours := range otherNames[name] {
		if r.has(ours) || top && ours == theBody {
			return ours
		}
	}
	return ""
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
	near := finding.Nearest(key.text, names)
	switch {
	case near != "":
		bad.Hint = "did you mean " + near + "?"
		if !parent.has(near) && !key.quoted {
			bad.Edit = &finding.Edit{At: d.span(key), New: near}
		}
	case elsewhere(r, key.text) != "":
		bad.Hint = "it belongs under " + elsewhere(r, key.text)
	case r.otherName(key.text, name == "") != "":
		bad.Hint = "here it is " + r.otherName(key.text, name == "")
	default:
		bad.Hint = "fields here: " + strings.Join(names, ", ")
		if name == "" && r.has("private") {
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
