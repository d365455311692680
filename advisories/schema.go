package advisories

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// schemaKinds are the kinds of document, with the struct that each is read into.
var schemaKinds = []struct {
	name, title string
	typ         reflect.Type
}{
	{"advisory", "A security advisory of countersign (front matter of advisories/*.md)", reflect.TypeFor[Advisory]()},
	{"release", "A release of countersign (front matter of releases/*.md)", reflect.TypeFor[Release]()},
	{"key", "A key of countersign (front matter of keys/*.md)", reflect.TypeFor[Key]()},
	{"page", "A page of countersign (front matter of pages/*.md)", reflect.TypeFor[Page]()},
	{"config", "Configuration of countersign (countersign.yaml)", reflect.TypeFor[Config]()},
}

// SchemaKinds lists the kinds of document that Schema knows.
func SchemaKinds() []string {
	var names []string
	for _, k := range schemaKinds {
		names = append(names, k.name)
	}
	return names
}

// Schema returns the JSON Schema (draft 2020-12) of a kind of document, for
// editors. It is made from the tables that the parser goes by, and accepts what
// the parser accepts but for what a schema cannot say: one spelling of a number,
// or a day that no month has.
func Schema(kind string) ([]byte, error) {
	i := slices.Index(SchemaKinds(), kind)
	if i < 0 {
		return nil, fmt.Errorf("expected a kind of document, one of %s, found %q", strings.Join(SchemaKinds(), ", "), kind)
	}
	s := schema{defs: map[string]any{}}
	root := s.fields(recordOf(schemaKinds[i].typ))
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = schemaKinds[i].title
	root["$defs"] = s.defs
	out, err := json.MarshalIndent(root, "", "  ")
	return append(out, '\n'), err
}

type schema struct{ defs map[string]any }

type object = map[string]any

// fields describes a record: the fields it has and no others.
func (s schema) fields(r *record) object {
	properties := object{}
	for i := range r.fields {
		properties[r.fields[i].name] = s.field(&r.fields[i])
	}
	return object{"type": "object", "properties": properties, "additionalProperties": false}
}

// record refers to the description of a record, which is written down once.
func (s schema) record(r *record) object {
	name := r.typ.Name()
	if s.defs[name] == nil {
		s.defs[name] = object{} // for a record that holds its own kind
		s.defs[name] = s.fields(r)
	}
	ref := object{"$ref": "#/$defs/" + name}
	if r.text >= 0 {
		return anyOf(ref, s.text(&r.fields[r.text], false))
	}
	return ref
}

var null = object{"type": "null"}

func anyOf(list ...object) object { return object{"anyOf": list} }

const (
	datePattern     = `[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt][0-9:.,]+([Zz]|[+-][0-9:]+))?`
	durationPattern = `^(0|[1-9][0-9]*)[dw]$`
)

// field describes a value; a field may always be left empty.
func (s schema) field(f *field) object {
	switch f.form {
	case formBool:
		return object{"type": []string{"boolean", "null"}}
	case formInt:
		return object{"type": []string{"integer", "null"}, "minimum": 0, "maximum": maxInt}
	case formDate:
		return object{"type": []string{"string", "null"}, "pattern": "^" + datePattern + "$"}
	case formAnswer:
		return object{"type": []string{"string", "null"}, "pattern": "^(" + datePattern + "|not_applicable)$"}
	case formDuration:
		return object{"type": []string{"string", "null"}, "pattern": durationPattern}
	case formTexts:
		return object{"type": []string{"array", "null"}, "items": s.text(f, false)}
	case formRecord, formOptional:
		return anyOf(s.record(f.elem), null)
	case formRecords:
		list := object{"type": []string{"array", "null"}, "items": s.record(f.elem)}
		if f.one {
			return anyOf(list, s.record(f.elem))
		}
		return list
	case formNamed:
		return object{"type": []string{"object", "null"}, "additionalProperties": anyOf(s.record(f.elem), null)}
	case formNamedTexts:
		return object{"type": []string{"object", "null"}, "additionalProperties": s.text(f, false)}
	case formPrivate:
		return object{"type": []string{"object", "null"}, "description": "For the team alone: never published, printed or exported."}
	}
	return s.text(f, true)
}

// text describes a text. One that is written without quotes may look like a
// number or a truth value to an editor; the parser keeps it as it is written.
func (s schema) text(f *field, empty bool) object {
	if f.enum != nil {
		words := make([]any, 0, len(f.enum)+1)
		for _, w := range f.enum {
			words = append(words, w)
		}
		if empty {
			words = append(words, nil)
		}
		return object{"enum": words}
	}
	types := []string{"string", "number", "boolean"}
	if empty {
		types = append(types, "null")
	}
	return object{"type": types}
}
