package advisories

import (
	"fmt"
	"reflect"

	"github.com/countersign/countersign/advisories/finding"
)

// decoder fills a struct from the nodes of a document and notes what does not
// fit. It goes on after every fault.
type decoder struct {
	src    *finding.Source
	list   []finding.Finding
	broken bool // something was said in the document that is not in the struct
}

// say adds a finding; more than maxFaults of one document help nobody.
func (d *decoder) say(f finding.Finding) {
	if f.Severity == finding.Error {
		d.broken = true
	}
	if len(d.list) < maxFaults {
		d.list = append(d.list, f)
	}
}

func (d *decoder) span(n *node) finding.Span { return d.src.Span(n.start, n.end) }

// wrongType says what a field expected. The value is never quoted.
func (d *decoder) wrongType(n *node, name, expected, hint string) {
	d.say(fault("wrong-type", d.place(n), hint, "%s: expected %s, found %s", name, expected, n))
}

// place is a node's span, or for something long its first line.
func (d *decoder) place(n *node) finding.Span {
	if n.kind == textNode {
		return d.span(n)
	}
	_, end := textLine(d.src.Text, n.start)
	return d.src.Span(n.start, max(n.start, min(end, n.end)))
}

// record fills v, a struct, from fields. name is what holds it in the document,
// empty at the top.
func (d *decoder) record(n *node, r *record, v reflect.Value, name string) {
	if n.kind != mapNode {
		if r.text >= 0 && n.kind == textNode {
			f := &r.fields[r.text]
			d.value(nil, n, f, v.Field(f.index))
			return
		}
		if n.kind != nullNode || name != "" {
			d.wrongType(n, orDocument(name), "fields (name: value)", r.hint(n))
		}
		return
	}
	var seen [2]uint64
	for i := 0; i+1 < len(n.kids); i += 2 {
		key, value := &n.kids[i], &n.kids[i+1]
		if key.kind == listNode || key.kind == mapNode {
			d.say(fault("wrong-type", d.place(key), "", "expected a field's name, found %s", key))
			continue
		}
		index, known := r.byName[key.text]
		if !known {
			d.unknown(n, key, value, r, name)
			continue
		}
		if seen[index/64]&(1<<(index%64)) != 0 {
			if r.fields[index].form == formPrivate {
				d.hide(key, value)
			}
			d.duplicate(n, key)
			continue
		}
		seen[index/64] |= 1 << (index % 64)
		f := &r.fields[index]
		d.value(key, value, f, v.Field(f.index))
	}
}

// hint says how a single date is written where a step needs more.
func (r *record) hint(n *node) string {
	if _, ok := r.byName["by"]; ok && n.kind == textNode {
		return "write {date: …, by: [name]}"
	}
	if _, ok := r.byName["reason"]; ok && n.kind == textNode {
		return "write {date: …, reason: …}"
	}
	return ""
}

func orDocument(name string) string {
	if name == "" {
		return "document"
	}
	return name
}

func (d *decoder) duplicate(n, key *node) {
	f := fault("duplicate-key", d.span(key), "keep one of them", "%s is written twice", key.text)
	for i := 0; i < len(n.kids); i += 2 {
		if n.kids[i].text == key.text {
			f.Related = []finding.Related{{At: d.span(&n.kids[i]), Message: "first written here"}}
			break
		}
	}
	d.say(f)
}

// value fills one field. key is nil for the text that stands for a record.
func (d *decoder) value(key, n *node, f *field, v reflect.Value) {
	if n.kind == nullNode && f.form != formPrivate {
		return // written without a value: the same as not written
	}
	switch f.form {
	case formRecord, formOptional:
		if f.form == formOptional {
			v.Set(reflect.New(f.elem.typ))
			v = v.Elem()
		}
		d.setAt(v, f.elem, d.span(key))
		d.record(n, f.elem, v, f.name)
	case formRecords:
		d.records(n, f, v)
	case formNamed:
		d.named(n, f, v)
	case formTexts:
		d.texts(n, f, v.Addr().Interface().(*[]Value[string]))
	case formNamedTexts:
		d.namedTexts(n, f, v.Addr().Interface().(*map[string]Value[string]))
	case formPrivate:
		d.private(key, n, v.Addr().Interface().(*Private))
	case formAnswer:
		d.answer(key, n, f, v.Addr().Interface().(*Answer))
	default:
		d.scalar(n, f, v.Addr().Interface())
	}
}

func (d *decoder) setAt(v reflect.Value, r *record, at finding.Span) {
	if r.at >= 0 {
		*v.Field(r.at).Addr().Interface().(*finding.Span) = at
	}
}

// items returns the items of a list, or the one that stands for a list of one.
func (d *decoder) items(n *node, f *field) []node {
	switch {
	case n.kind == listNode:
		return n.kids
	case f.one && n.kind == mapNode:
		return []node{*n}
	case n.kind == textNode && f.form == formTexts:
		bad := fault("wrong-type", d.span(n), "", "%s: expected a list of texts, found a text", f.name)
		bad.Edit = &finding.Edit{At: d.span(n), New: "[" + string(d.src.Text[n.start:n.end]) + "]"}
		bad.Hint = "put the text in brackets"
		d.say(bad)
		return []node{*n}
	}
	what := "a list of fields"
	if f.form == formTexts {
		what = "a list of texts"
	}
	d.wrongType(n, f.name, what, "")
	return nil
}

func (d *decoder) records(n *node, f *field, v reflect.Value) {
	items := d.items(n, f)
	list := reflect.MakeSlice(v.Type(), len(items), len(items))
	for i := range items {
		d.setAt(list.Index(i), f.elem, d.span(&items[i]))
		d.record(&items[i], f.elem, list.Index(i), f.name)
	}
	v.Set(list)
}

func (d *decoder) texts(n *node, f *field, out *[]Value[string]) {
	items := d.items(n, f)
	list := make([]Value[string], 0, len(items))
	for i := range items {
		if items[i].kind != textNode {
			d.wrongType(&items[i], f.name, "a text in the list", "")
			continue
		}
		list = append(list, Value[string]{})
		d.text(&items[i], f, &list[len(list)-1])
	}
	*out = list
}

// pairs calls each for every name and value of n; a name is kept once.
func (d *decoder) pairs(n *node, f *field, each func(key, value *node)) {
	if n.kind != mapNode {
		d.wrongType(n, f.name, "fields (name: value)", "")
		return
	}
	seen := make(map[string]bool, len(n.kids)/2)
	for i := 0; i+1 < len(n.kids); i += 2 {
		key := &n.kids[i]
		switch {
		case key.kind == listNode || key.kind == mapNode:
			d.say(fault("wrong-type", d.place(key), "", "expected a name, found %s", key))
		case seen[key.text]:
			d.duplicate(n, key)
		default:
			seen[key.text] = true
			each(key, &n.kids[i+1])
		}
	}
}

func (d *decoder) named(n *node, f *field, v reflect.Value) {
	v.Set(reflect.MakeMap(v.Type()))
	d.pairs(n, f, func(key, value *node) {
		item := reflect.New(f.elem.typ)
		d.setAt(item.Elem(), f.elem, d.span(key))
		if value.kind != nullNode {
			d.record(value, f.elem, item.Elem(), f.name+"."+key.text)
		}
		v.SetMapIndex(reflect.ValueOf(key.text), item)
	})
}

func (d *decoder) namedTexts(n *node, f *field, out *map[string]Value[string]) {
	*out = map[string]Value[string]{}
	d.pairs(n, f, func(key, value *node) {
		if value.kind != textNode {
			d.wrongType(value, f.name+"."+key.text, "a text", "")
			return
		}
		var v Value[string]
		d.text(value, f, &v)
		(*out)[key.text] = v
	})
}

// private keeps what stands there for the messages of the workflow, and hides
// every byte of it from everybody who prints.
func (d *decoder) private(key, n *node, out *Private) {
	out.At = d.span(key)
	d.hide(key, n)
	if n.kind == nullNode {
		return
	}
	if n.kind != mapNode {
		d.say(fault("wrong-type", d.span(key), "", "private: expected fields (name: value), found %s", n))
		return
	}
	out.fields = make([]privateField, 0, len(n.kids)/2)
	for i := 0; i+1 < len(n.kids); i += 2 {
		name, value := &n.kids[i], &n.kids[i+1]
		if _, twice := out.Get(name.text); twice {
			d.say(fault("duplicate-key", d.span(name), "keep one of them", "a name stands twice under private"))
			continue
		}
		text := value.text
		if value.kind == listNode || value.kind == mapNode {
			text = string(d.src.Text[value.start:value.end])
		}
		out.fields = append(out.fields, privateField{name.text, Value[string]{V: text, At: d.span(name)}})
	}
}

// hide marks all that stands under a key as private, comments too, down to the
// next line that is indented no deeper. Only the names of fields stay readable.
func (d *decoder) hide(key, value *node) {
	at := key.end
	for _, name := range names(nil, value) {
		d.src.Hide(at, name.start)
		at = name.end
	}
	d.src.Hide(at, max(value.end, blockEndAt(d.src.Text, key.start, value.end)))
}

// names lists the names of fields below a value, in the order of the text.
func names(list []*node, n *node) []*node {
	for i := range n.kids {
		if kid := &n.kids[i]; n.kind == mapNode && i%2 == 0 && kid.kind == textNode {
			list = append(list, kid)
		} else {
			list = names(list, kid)
		}
	}
	return list
}

func (d *decoder) answer(key, n *node, f *field, out *Answer) {
	out.At = d.span(n)
	if n.kind == textNode && n.text == "not_applicable" {
		out.NotApplicable = true
		return
	}
	d.date(n, fmt.Sprintf("%s: expected a date or not_applicable", f.name), &out.Date)
}
