package tree

import (
	"strings"
	"testing"
)

func mustJSON(t *testing.T, text string) *Node {
	t.Helper()
	roots, err := JSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return roots[0]
}

func TestWhatIsNotTakenIsNamed(t *testing.T) {
	n := mustJSON(t, `{"id": "A-1", "list": [{"name": "x", "new": 1}], "empty": {"a": null, "b": []}, "whole": {"a": "1", "b": true}, "bad": "date"}`)
	n.Get("id").Text()
	n.Get("list").Items()[0].Get("name").Text()
	n.Get("bad").Text()
	n.Get("bad").Lose("expected %s", "a date")
	n.Get("missing").Get("deeper").Text()
	var got []string
	for _, l := range n.Losses(nil) {
		got = append(got, l.Path+" | "+l.Reason+" | "+l.Value)
	}
	want := []string{
		"list[0].new | " + noPlace + " | 1",
		"whole | " + noPlace + " | {a: 1, b: true}",
		"bad | expected a date | date",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("losses\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestHostileInputIsAnError(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":           ``,
		"half":              `{"id": "A`,
		"a key twice":       `{"id": "A-1", "id": "A-2"}`,
		"too deep":          strings.Repeat(`[`, 1000) + strings.Repeat(`]`, 1000),
		"text after object": `{"id": "A-1"} x`,
	} {
		if _, err := JSON([]byte(text)); err == nil {
			t.Errorf("%s: was read", name)
		}
	}
	for name, text := range map[string]string{
		"alias bomb":  "a: &a [x, x]\nb: [*a, *a]\n",
		"a key twice": "id: A-1\nid: A-2\n",
		"not YAML":    "id: [\n",
	} {
		if _, err := YAML([]byte(text)); err == nil {
			t.Errorf("%s: was read", name)
		}
	}
	if _, err := TOML([]byte("id = 1\nid = 2\n")); err == nil {
		t.Error("TOML with a key twice: was read")
	}
}

func TestSeveralDocumentsInOneFile(t *testing.T) {
	roots, err := JSON([]byte("{\"id\": \"A-1\"}\n{\"id\": \"A-2\"}\n"))
	if err != nil || len(roots) != 2 || roots[1].Get("id").Text() != "A-2" {
		t.Fatal(roots, err)
	}
}

// TestFormsAgree reads one document in three notations.
func TestFormsAgree(t *testing.T) {
	yaml, err := YAML([]byte("id: A-1\nn: 1.10\nday: 2024-01-02\nok: true\nlist:\n  - {x: a}\n"))
	if err != nil {
		t.Fatal(err)
	}
	toml, err := TOML([]byte("id = \"A-1\"\nn = \"1.10\"\nday = 2024-01-02\nok = true\n[[list]]\nx = \"a\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	json := mustJSON(t, `{"id": "A-1", "n": "1.10", "day": "2024-01-02", "ok": true, "list": [{"x": "a"}]}`)
	for _, n := range []*Node{yaml, toml, json} {
		got := n.Get("id").Peek() + " " + n.Get("n").Peek() + " " + n.Get("day").Peek() + " " + n.Get("ok").Peek() + " " +
			n.Get("list").Items()[0].Get("x").Peek()
		if want := "A-1 1.10 2024-01-02 true a"; got != want {
			t.Errorf("found %q, want %q", got, want)
		}
	}
}

// FuzzJSON holds reading to a law: what was taken whole is not lost, and what
// nobody took is.
func FuzzJSON(f *testing.F) {
	f.Add([]byte(`{"id": "A-1", "list": [1, {"x": null}]}`))
	f.Add([]byte(`[[["x"]]]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		roots, err := JSON(data)
		if err != nil {
			return
		}
		for _, n := range roots {
			if before := n.Losses(nil); len(before) == 0 != n.empty() {
				t.Fatalf("%d losses of a tree that nobody read", len(before))
			}
			n.Take()
			if after := n.Losses(nil); len(after) > 0 {
				t.Fatalf("lost after all was taken: %v", after)
			}
		}
	})
}
