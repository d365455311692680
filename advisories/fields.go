package advisories

import (
	"reflect"
	"strings"
	"sync"

	"github.com/countersign/countersign/advisories/finding"
)

// record is what the parser and the JSON Schema know of a struct type: a table
// of its fields, made once from the struct tags.
//
//	yaml:"name"       the field's name in a document, "-" for none
//	yaml:"name,one"   a list of which one item may stand without its brackets
//	yaml:"name,text"  a plain text may stand for the whole record and means this field
//	enum:"a,b"        the words that the field takes
type record struct {
	typ    reflect.Type
	fields []field
	byName map[string]int
	at     int // index of the field At, or -1
	text   int // position in fields of the one that a plain text means, or -1
}

type field struct {
	name  string
	index int
	form  form
	enum  []string
	one   bool
	elem  *record // of records, pointers to and lists and maps of them
}

// form is what a field looks like in a document.
type form uint8

const (
	formText form = iota
	formBool
	formInt
	formDate
	formDuration
	formTexts      // a list of texts
	formRecord     // fields
	formOptional   // fields, behind a pointer
	formRecords    // a list of fields
	formNamed      // name: fields
	formNamedTexts // name: text
	formAnswer     // a date, or not_applicable
	formPrivate    // any fields
)

var forms = map[reflect.Type]form{
	reflect.TypeFor[Value[string]]():            formText,
	reflect.TypeFor[Value[bool]]():              formBool,
	reflect.TypeFor[Value[int]]():               formInt,
	reflect.TypeFor[Value[Date]]():              formDate,
	reflect.TypeFor[Value[Duration]]():          formDuration,
	reflect.TypeFor[[]Value[string]]():          formTexts,
	reflect.TypeFor[map[string]Value[string]](): formNamedTexts,
	reflect.TypeFor[Answer]():                   formAnswer,
	reflect.TypeFor[Private]():                  formPrivate,
}

var records sync.Map // reflect.Type → *record

// recordOf returns the table of a struct type.
func recordOf(t reflect.Type) *record {
	if r, ok := records.Load(t); ok {
		return r.(*record)
	}
	r := &record{typ: t, byName: map[string]int{}, at: -1, text: -1}
	for i := range t.NumField() {
		f := t.Field(i)
		name, option, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if name == "-" && f.Type == reflect.TypeFor[finding.Span]() && f.Name == "At" {
			r.at = i
		}
		if name == "" || name == "-" {
			continue
		}
		if option == "text" {
			r.text = len(r.fields)
		}
		r.byName[name] = len(r.fields)
		r.fields = append(r.fields, newField(f, name, option))
	}
	kept, _ := records.LoadOrStore(t, r)
	return kept.(*record)
}

func newField(f reflect.StructField, name, option string) field {
	out := field{name: name, index: f.Index[0], one: option == "one"}
	if words := f.Tag.Get("enum"); words != "" {
		out.enum = strings.Split(words, ",")
	}
	t := f.Type
	if known, ok := forms[t]; ok {
		out.form = known
		return out
	}
	switch t.Kind() {
	case reflect.Struct:
		out.form, out.elem = formRecord, recordOf(t)
	case reflect.Pointer:
		out.form, out.elem = formOptional, recordOf(t.Elem())
	case reflect.Slice:
		out.form, out.elem = formRecords, recordOf(t.Elem())
	case reflect.Map:
		out.form, out.elem = formNamed, recordOf(t.Elem().Elem())
	}
	return out
}
