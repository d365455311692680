package advisories

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/countersign/countersign/advisories/finding"
)

// FuzzParse holds any bytes to what a parser owes its reader: it comes back, its
// parts are parts of the text and in order, every place lies in the text, and
// what does not load is not silent.
func FuzzParse(f *testing.F) {
	f.Add([]byte(sampleAdvisory(1)))
	for _, head := range schemaCases["advisory"] {
		f.Add([]byte("---\n" + head + "---\nbody"))
	}
	for _, head := range schemaCases["release"] {
		f.Add([]byte("---\n" + head + "---\nbody"))
	}
	for _, text := range []string{"", "---", "---\n---", "\uFEFF---\n---\n", "--- \n ---\n", "---\na: |\n  ---\n---\n", "---\n? [a]: b\n---\n", "---\r\na: b\r\n---\r\n", "---\n{private: {a: b\n---\n"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		kept := bytes.Clone(text)
		for _, parse := range []func(*finding.Source) (*Document, any, []finding.Finding){
			func(s *finding.Source) (*Document, any, []finding.Finding) {
				a, list := Parse(s)
				return &a.Document, a, list
			},
			func(s *finding.Source) (*Document, any, []finding.Finding) {
				r, list := parseRelease(s)
				return &r.Document, r, list
			},
		} {
			src := finding.NewSource("x.md", text)
			d, v, list := parse(src)
			checkParts(t, d, text)
			checkPlaces(t, src, reflect.ValueOf(v).Elem())
			for _, f := range list {
				checkSpan(t, src, f.At)
				if _, ok := ruleSeverity[f.Rule]; !ok || f.Message == "" {
					t.Fatalf("%q: finding %+v", text, f)
				}
				if f.Edit != nil {
					checkSpan(t, src, f.Edit.At)
				}
			}
			if d.Broken && finding.Worst(list) != finding.Error {
				t.Fatalf("%q: broken, and nothing says why: %+v", text, list)
			}
		}
		if !bytes.Equal(kept, text) {
			t.Fatalf("%q was changed", kept)
		}
	})
}

// FuzzFences holds the quick way to the fences to the library's: where it finds
// them at all, they are the same.
func FuzzFences(f *testing.F) {
	for _, text := range []string{
		"---\n---\n", "---\na: b\n---", "---\na: ---\n --- \nb", "---\n-----\n\u00a0---\r\n---\n", "---\n---\x00\n---\v\n", "---\na\n", "--- \n---\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		quick, ok := plainFences(text, 0)
		if want, found := libraryFences(text, 0); ok && (!found || quick != want) {
			t.Fatalf("%q: %v, the library %v, %v", text, quick, want, found)
		}
		if closed := bytes.HasPrefix(text, []byte("---\n")) && !ok; closed {
			if want, found := libraryFences(text, 0); found {
				t.Fatalf("%q: none, the library %v", text, want)
			}
		}
	})
}

// checkParts: opening, fields, closing fence and body are the whole text.
func checkParts(t *testing.T, d *Document, text []byte) {
	t.Helper()
	parts := []int{0, d.Head.Start, d.Head.End, d.Body.Start, d.Body.End}
	var joined []byte
	for i := range len(parts) - 1 {
		if parts[i] > parts[i+1] {
			t.Fatalf("%q: parts overlap: %v", text, parts)
		}
		joined = append(joined, text[parts[i]:parts[i+1]]...)
	}
	if !bytes.Equal(joined, text) {
		t.Fatalf("%q: parts are %v", text, parts)
	}
	for _, fence := range [][]byte{text[:d.Head.Start], text[d.Head.End:d.Body.Start]} {
		fence = bytes.TrimPrefix(bytes.TrimSpace(fence), []byte("\uFEFF"))
		if trimmed := bytes.TrimSpace(fence); len(trimmed) > 0 && string(trimmed) != "---" {
			t.Fatalf("%q: %q is taken for a fence", text, fence)
		}
	}
}

func checkSpan(t *testing.T, src *finding.Source, s finding.Span) {
	t.Helper()
	if s.Source != src || s.Start < 0 || s.End < s.Start || s.End > len(src.Text) {
		t.Fatalf("%q: span %d-%d", src.Text, s.Start, s.End)
	}
}

// checkPlaces walks all fields to their spans.
func checkPlaces(t *testing.T, src *finding.Source, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() && v.Type() != reflect.TypeFor[*finding.Source]() {
			checkPlaces(t, src, v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			checkPlaces(t, src, v.Index(i))
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			checkPlaces(t, src, v.MapIndex(k))
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[finding.Span]() {
			if s := v.Interface().(finding.Span); !s.IsZero() {
				checkSpan(t, src, s)
			}
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				checkPlaces(t, src, v.Field(i))
			}
		}
	}
}

// TestPrivateStaysHidden reads documents with private values in every state of
// disrepair: no line that a printer could quote, no message and no offered edit
// gives a value away.
func TestPrivateStaysHidden(t *testing.T) {
	for _, text := range []string{
		"---\nprivate:\n  a: secret # secret\n  # secret\n  b: [secret, {c: secret}]\nid: x\n---\n",
		"---\nprivate: secret\n---\n", "---\nprivate: [secret]\n---\n", "---\nprivate: |\n  secret\n---\n",
		"---\nprivate:\n  a: secret: secret\n---\n", "---\nprivate:\n  a: *secret\n---\n", "---\nprivate:\n  a: &secret secret\n---\n",
		"---\nprivate:\n  a: \"secret\nid: x\n---\n", "---\nprivate: {a: secret\n---\n", "---\nid: [\nprivate:\n  a: secret\n---\n",
		"---\nprivate:\n  a: secret\n", "private:\n  a: secret\n", "---\nprivate:\n  a: secret\nprivate:\n  b: secret\n---\n",
		"---\nprivate:\n  a: secret\n  a: secret\n---\n", "---\nprivat:\n  a: secret\n---\n", "---\nreporter_contact: secret\n---\n",
		"---\n{id: x, private: {a: secret}}\n---\n", "---\n{id: x, private: {a: secret}\n---\n", "---\n\"private\": {a: secret}\n---\n",
		"---\n'private' :\n    a: secret\n---\n", "---\n  private:\n    a: secret\n id: x\n---\n", "---\nprivate:\n  a: |\n    secret\n\n    secret\n---\n",
		"---\nprivate:\n  a: secret\x00\n---\n", "---\nprivate:\r\n  a: secret\r\n---\r\n", "---\nprivate:\n- a: secret\n---\n",
		"---\nprivate:\n  a: >-\n   secret\n  ---\n  b: secret\nid: x\n---\n", "---\nprivate: !!str secret\n---\n",
		"+++\n[private]\na = \"x\"\n+++\n", "---\ntimeline:\n  private: {a: secret}\n---\n", "---\n? private\n: a: secret\n---\n",
	} {
		src := finding.NewSource("x.md", []byte(text))
		_, list := Parse(src)
		for _, f := range list {
			for _, said := range []string{f.Message, f.Hint, src.Line(f.At.From().Line), src.Line(f.At.To().Line)} {
				if bytes.Contains([]byte(said), []byte("secret")) {
					t.Errorf("%q: %s says %q", text, f.Rule, said)
				}
			}
			if f.Edit != nil && bytes.Contains([]byte(f.Edit.New), []byte("secret")) {
				t.Errorf("%q: %s offers %q", text, f.Rule, f.Edit.New)
			}
		}
		for line := 1; line < 12; line++ {
			if s := src.Line(line); bytes.Contains([]byte(s), []byte("secret")) {
				t.Errorf("%q: line %d reads %q", text, line, s)
			}
		}
	}
}
