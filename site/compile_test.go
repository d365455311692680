package site

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/countersign/countersign/templates"
)

// pageTypes are the templates of pages with the type of their data.
var pageTypes = map[string]any{
	"home.html": &homePage{}, "list.html": &listPage{}, "advisory.html": &advisoryPage{}, "release.html": &releasePage{},
	"versions.html": &versionsPage{}, "keys.html": &keysPage{}, "key.html": &keyPage{}, "credits.html": &creditsPage{},
	"page.html": &textPage{}, "rules.html": &rulesPage{}, "search.html": &searchPage{}, "404.html": &textPage{},
}

// Every built-in template is compiled.
func TestBuiltInCompiles(t *testing.T) {
	names, err := fs.Glob(templates.FS, "*.html")
	if err != nil {
		t.Fatal(err)
	}
	l, err := newLook(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if name == "layout.html" {
			continue
		}
		data, ok := pageTypes[name]
		if !ok {
			t.Errorf("%s: no type is known", name)
			continue
		}
		escape(l.set, name)
		c := &compiler{set: l.set, done: map[programKey]*program{}}
		if _, err := c.compile(name, reflect.TypeOf(data)); err != nil {
			t.Error(err)
		}
	}
}

// fill sets every string below v to one text, and every list to two items.
func fill(v reflect.Value, text string, depth int) {
	switch v.Kind() {
	case reflect.Pointer:
		fill(v.Elem(), text, depth)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), text, depth)
		}
	case reflect.String:
		if v.Type() != safeHTML && v.Type() != safeURL && v.CanSet() {
			v.SetString(text)
		}
	case reflect.Bool:
		v.SetBool(depth%2 == 0)
	case reflect.Int:
		v.SetInt(int64(depth) - 2)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(v.Index(i), text, depth+i)
		}
	}
}

// filled returns a page of the type of data with one text everywhere.
func filled(data any, text string) any {
	v := reflect.New(reflect.TypeOf(data).Elem())
	for i := range v.Elem().NumField() {
		if f := v.Elem().Field(i); f.CanSet() {
			fill(f, text, i)
		}
	}
	frame := shell{}
	fill(reflect.ValueOf(&frame), text, len(text))
	switch p := v.Interface().(type) {
	case *homePage:
		p.shell = frame
	case *listPage:
		p.shell = frame
	case *advisoryPage:
		p.shell = frame
	case *releasePage:
		p.shell = frame
	case *versionsPage:
		p.shell = frame
	case *keysPage:
		p.shell = frame
	case *keyPage:
		p.shell = frame
	case *creditsPage:
		p.shell = frame
	case *textPage:
		p.shell = frame
	case *rulesPage:
		p.shell = frame
	case *searchPage:
		p.shell = frame
	}
	return v.Interface()
}

// A compiled template writes what html/template writes, byte for byte, whatever
// the data.
func TestCompiledEqual(t *testing.T) {
	l, err := newLook(nil)
	if err != nil {
		t.Fatal(err)
	}
	texts := append([]string{"", "plain", "home", "https://example.org/a b?c=d&e='f'#%41%zz", "../x.html", "\xff\x00é日本"}, attacks...)
	for name, data := range pageTypes {
		for _, text := range texts {
			page := filled(data, text)
			var want, got bytes.Buffer
			if err := l.set.ExecuteTemplate(&want, name, page); err != nil {
				t.Fatal(err)
			}
			if err := l.render(&got, name, page); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(want.Bytes(), got.Bytes()) {
				t.Errorf("%s with %q: compiled\n%s\nhtml/template\n%s", name, text, got.String(), want.String())
			}
		}
	}
}

// Each escaper does what that of html/template does in its place.
func FuzzEscapers(f *testing.F) {
	for _, text := range attacks {
		f.Add(text)
	}
	f.Add("%4")
	f.Add("HTTPS://é/%zz%41")
	type data struct{ A string }
	places := []string{
		`<p>{{.A}}</p>`, `<p title="{{.A}}">`, `<a href="{{.A}}">`, `<a href="/x/{{.A}}">`, `<a href="#{{.A}}">`, `<title>{{.A}}</title>`,
		`<a href="{{.A}}style.css">`, `<img src="{{.A}}">`, `<form action="{{.A}}">`, `<meta content="{{.A}}">`, `<input placeholder="{{.A}}">`,
	}
	set := template.New("")
	for i, place := range places {
		template.Must(set.New(fmt.Sprint(i)).Parse(place))
	}
	var programs []*program
	for i := range places {
		escape(set, fmt.Sprint(i))
		c := &compiler{set: set, done: map[programKey]*program{}}
		p, err := c.compile(fmt.Sprint(i), reflect.TypeFor[*data]())
		if err != nil {
			f.Fatal(places[i], err)
		}
		programs = append(programs, p)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d := &data{text}
		for i, place := range places {
			var want, got bytes.Buffer
			if err := set.ExecuteTemplate(&want, fmt.Sprint(i), d); err != nil {
				t.Fatal(err)
			}
			(*programs[i])(&got, reflect.ValueOf(d))
			if want.String() != got.String() {
				t.Errorf("%s with %q: %q, html/template writes %q", place, text, got.String(), want.String())
			}
		}
	})
}

// A theme may replace any file, use all of html/template, and bring files.
func TestTheme(t *testing.T) {
	in := sample().input(t)
	in.Theme = fstest.MapFS{
		"404.html":           {Data: []byte(`{{template "top" .}}{{$x := printf "%q" .Heading}}<h1>{{$x}} {{len .Footer}}</h1>{{template "bottom" .}}`)},
		"style.css":          {Data: []byte("body { color: red }")},
		"img/logo.svg":       {Data: []byte("<svg/>")},
		".git/config":        {Data: []byte("no")},
		"theme_of_mine.html": {Data: []byte(`{{define "mine"}}x{{end}}`)},
	}
	files, _ := build(t, in)
	mustHold(t, files, "404.html", "<h1>&#34;Nothing here&#34; ")
	mustHold(t, files, "style.css", "color: red")
	mustHold(t, files, "img/logo.svg", "<svg/>")
	for file := range files {
		if strings.Contains(file, ".git") || path.Ext(file) == ".html" && strings.Contains(file, "mine") {
			t.Errorf("%s is on the site", file)
		}
	}
	in.Theme = fstest.MapFS{"home.html": {Data: []byte(`{{if}}`)}}
	if _, _, err := Build(in, &Memory{}); err == nil || !strings.Contains(err.Error(), "home.html") {
		t.Errorf("error %v, expected one that names home.html", err)
	}
}
