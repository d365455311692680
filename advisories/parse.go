package advisories

import (
	"bytes"
	"reflect"

	"github.com/countersign/countersign/advisories/finding"
	"github.com/countersign/countersign/advisories/markdown"
)

// Parse reads an advisory. It never fails: whatever could not be read is a
// finding, and then the document's Broken is set.
func Parse(src *finding.Source) (*Advisory, []finding.Finding) {
	a := &Advisory{}
	list := parseDocument(src, &a.Document, a)
	return a, list
}

// parseRelease reads a release's record, as Parse does an advisory.
func parseRelease(src *finding.Source) (*Release, []finding.Finding) {
	r := &Release{}
	list := parseDocument(src, &r.Document, r)
	return r, list
}

// parseKey reads a key's record, as Parse does an advisory.
func parseKey(src *finding.Source) (*Key, []finding.Finding) {
	k := &Key{}
	list := parseDocument(src, &k.Document, k)
	return k, list
}

// parsePage reads a page of the site, as Parse does an advisory.
func parsePage(src *finding.Source) (*Page, []finding.Finding) {
	p := &Page{}
	list := parseDocument(src, &p.Document, p)
	return p, list
}

// ParseConfig reads countersign.yaml: YAML without a body. Its Broken is set
// where something could not be read.
func ParseConfig(src *finding.Source) (*Config, []finding.Finding) {
	c := &Config{Source: src}
	d := &decoder{src: src}
	start := 0
	if bytes.HasPrefix(src.Text, []byte("\uFEFF")) {
		start = len("\uFEFF")
		bom := fault("byte-order-mark", src.Span(0, start), "save the file as UTF-8 without BOM", "the file begins with U+FEFF")
		bom.Edit = &finding.Edit{At: src.Span(0, start)}
		d.list = append(d.list, bom)
	}
	d.fields(start, len(src.Text), maxConfig, c)
	c.Broken = d.broken
	return c, d.list
}

func parseDocument(src *finding.Source, doc *Document, into any) []finding.Finding {
	doc.Source, doc.Path = src, src.File
	f, list, ok := split(src)
	doc.Head, doc.Body = src.Span(f.head, f.headEnd), src.Span(f.body, len(src.Text))
	if !ok {
		hidePrivate(src, 0, len(src.Text))
		doc.Broken = true
		return list
	}
	d := &decoder{src: src, list: list}
	for _, f := range list {
		d.broken = d.broken || f.Rule == "front-matter-closed-early"
	}
	if end, found := fieldsInBody(src.Text, f.body, recordOf(reflect.TypeOf(into).Elem()).byName); found {
		src.Hide(f.body, end)
		d.say(fault("front-matter-closed-early", src.Span(f.headEnd, f.headEnd+len("---")), "remove this line, or move the fields above it",
			"the front matter ends here, though fields go on below it"))
	}
	d.fields(f.head, f.headEnd, maxHead, into)
	if _, isKey := into.(*Key); !isKey { // a key's body is an armored key block
		d.body(doc)
	}
	doc.Broken = d.broken
	return d.list
}

// body asks that the text below the fields can be read as Markdown.
func (d *decoder) body(doc *Document) {
	if at, why := markdown.TooMuch(doc.Text()); why != "" {
		at += doc.Body.Start
		d.say(fault("too-large", d.src.Span(at, at), "shorten it, or move it to a file of its own", "%s", why))
	}
}

// fields reads the YAML between two offsets, at most limit bytes of it, into a
// struct.
func (d *decoder) fields(start, end, limit int, into any) {
	head := d.src.Text[start:end]
	if len(head) > limit {
		hidePrivate(d.src, start, end)
		d.say(fault("too-large", d.src.Span(start, start), "long prose belongs in the body",
			"the fields are %d bytes long, at most %d are read", len(head), limit))
		return
	}
	if i := bytes.Index(head, []byte("\r\n")); i >= 0 {
		d.say(fault("crlf", d.src.Span(start+i, start+i+1), "convert the file to LF, and set text eol=lf in .gitattributes",
			"lines end in CRLF"))
	}
	room := arenas.Get().(*arena)
	defer func() {
		room.kids = room.kids[:0]
		arenas.Put(room)
	}()
	root, faults := parseYAML(head, start, room)
	if len(faults) > 0 {
		hidePrivate(d.src, start, end)
	}
	for _, f := range faults {
		d.say(fault(f.rule, d.src.Span(f.start, f.end), yamlHint(f.rule), "%s", f.message))
	}
	v := reflect.ValueOf(into).Elem()
	d.record(&root, recordOf(v.Type()), v, "")
}

func yamlHint(rule string) string {
	switch rule {
	case "yaml-syntax":
		return "put texts that hold : # @ or quotes between quotes"
	case "yaml-feature":
		return "write the value out"
	}
	return ""
}
