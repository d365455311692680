package advisories

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/countersign/countersign/advisories/finding"
)

var update = flag.Bool("update", false, "write what is found into testdata")

// TestParse reads each document of testdata and compares every field with its
// place, and every finding. A document is the section in.md; in it ␍ stands for
// a carriage return, ␀ for a NUL, ‽ for a byte that is no UTF-8 and ⟪BOM⟫ for a
// byte order mark.
func TestParse(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) < 10 {
		t.Fatal(len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			in := strings.NewReplacer("␍", "\r", "␀", "\x00", "‽", "\xff", "⟪BOM⟫", "\uFEFF").Replace(string(archive.Files[0].Data))
			got := describe(archive.Files[0].Name, in)
			if *update {
				archive.Files = append(archive.Files[:1], txtar.File{Name: "want", Data: []byte(got)})
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(archive.Files[1].Data), got); diff != "" {
				t.Error("want, got:\n" + diff)
			}
		})
	}
}

// describe reads a document of the kind that its name says, and prints what it
// holds.
func describe(name, text string) string {
	src := finding.NewSource(name, []byte(text))
	var b strings.Builder
	var list []finding.Finding
	switch name {
	case "release.md":
		r, found := parseRelease(src)
		list = found
		describeDocument(&b, &r.Document, r)
	case "key.md":
		k, found := parseKey(src)
		list = found
		describeDocument(&b, &k.Document, k)
	case "countersign.yaml":
		c, found := ParseConfig(src)
		list = found
		fmt.Fprintf(&b, "broken %t\n", c.Broken)
		describeFields(&b, "", reflect.ValueOf(*c))
	default:
		a, found := Parse(src)
		list = found
		describeDocument(&b, &a.Document, a)
	}
	finding.Sort(list)
	for _, f := range list {
		fmt.Fprintf(&b, "%s: %s: %s", f.At, f.Rule, f.Message)
		if f.Hint != "" {
			fmt.Fprintf(&b, " (%s)", f.Hint)
		}
		for _, r := range f.Related {
			fmt.Fprintf(&b, " [%s: %s]", r.At, r.Message)
		}
		if f.Edit != nil {
			fmt.Fprintf(&b, " fix %q", f.Edit.New)
		}
		from, to := f.At.From(), f.At.To()
		fmt.Fprintf(&b, "\n  %s\n  %s%s\n", src.Line(from.Line), strings.Repeat(" ", from.Column-1), strings.Repeat("^", max(1, to.Column-from.Column)))
	}
	return b.String()
}

func describeDocument(b *strings.Builder, d *Document, v any) {
	fmt.Fprintf(b, "broken %t, head %d-%d, body %q\n", d.Broken, d.Head.Start, d.Head.End, d.Text())
	describeFields(b, "", reflect.ValueOf(v).Elem())
}

// describeFields prints every field that was written: its name, its place, the
// bytes there, and the value where it is not the same.
func describeFields(b *strings.Builder, path string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			describeFields(b, path, v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			describeFields(b, fmt.Sprintf("%s[%d]", path, i), v.Index(i))
		}
	case reflect.Map:
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		for _, k := range keys {
			describeFields(b, path+"."+k.String(), v.MapIndex(k))
		}
	case reflect.Struct:
		var at finding.Span
		if f := v.FieldByName("At"); f.IsValid() {
			if at = f.Interface().(finding.Span); at.IsZero() {
				return
			}
			fmt.Fprintf(b, "%s %d:%d %q", strings.TrimPrefix(path, "."), at.From().Line, at.From().Column, at.Source.Text[at.Start:at.End])
			if value := v.FieldByName("V"); value.IsValid() && fmt.Sprint(value) != string(at.Source.Text[at.Start:at.End]) {
				fmt.Fprintf(b, " = %q", fmt.Sprint(value))
			}
			if answer, ok := v.Interface().(Answer); ok && answer.NotApplicable {
				fmt.Fprint(b, " not applicable")
			}
			b.WriteByte('\n')
		}
		describeStruct(b, path, v)
	}
}

func describeStruct(b *strings.Builder, path string, v reflect.Value) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		switch f.Name {
		case "Source", "Document", "At", "V", "Broken", "NotApplicable":
			continue
		}
		if list, ok := f.Type, f.Name == "fields"; ok && list == reflect.TypeFor[[]privateField]() {
			for j := range v.Field(i).Len() {
				name := v.Field(i).Index(j).Field(0).String()
				value, _ := v.Addr().Interface().(*Private).Get(name)
				describeFields(b, path+"."+name, reflect.ValueOf(value))
			}
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if name == "" {
			name = strings.ToLower(f.Name)
		}
		describeFields(b, path+"."+name, v.Field(i))
	}
}
