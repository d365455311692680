package advisories

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// FuzzPlain holds the fast reader to the YAML library: where it does not give
// up, both read the same values at the same bytes, and the library sees no
// fault.
func FuzzPlain(f *testing.F) {
	for _, seed := range []string{
		"a: b\n", "a:\n  - b\n  - c: d\n    e: f\n", "a:\n- b\n- c\nd: e", "a: [x, {y: z, q: \"r\"}] # c\n",
		"a: 'it'\nb: \"x\" # y\nc: null\nd: ~\ne:\nf: 1.10\n", "a: http://x/#y #z\n\n# c\nb: c\n", "a:   \n  b:  c  \n",
		"a: b\n  c\n", "a: b: c\n", "- a\n- b: c\n", "a:\n  - - b\n", "a:#b\n", "a: b#c\n", "a: [b,c]\n", "a: [ b , c ]\n",
		"a: [b: c]\n", "a: {b: , c}\n", "...\na: b\n", "---: b\n", "a: ...\n", "a:\n -b: c\n", "é: b\na: é\n", "a: 'x''y'\n",
		"a: b\n\n\n  # c\nd: e", "a:\n  # c\n  b: c\n # d\n  e: f\n", "a: {}\nb: []\n", "a: [x", "a: x]\n", "a: \"x\"y\n",
		"a:\nb:\n- c\n", "a: - b\n", "x:\n  a:\n  - b\n  c: d\n", "a: b \n# c", "  a: b\n  c: d\n", " a: b\nc: d\n", "a : b\n",
		"a: [a?b, c]\n", "a: [http://x, y]\n", "a: {b: {c: [d]}}\n", "a: [\"x\":y]\n", "a: {b: \"x\", }\n", "a: [\"x\" y]\n",
	} {
		f.Add([]byte(seed))
	}
	f.Add([]byte(sampleAdvisory(1)))
	f.Fuzz(func(t *testing.T, text []byte) {
		clean, faults := cleanText(text, 0)
		if len(faults) > 0 || len(text) > maxHead {
			return
		}
		fast, ok := parsePlain(clean, 0, new(arena))
		if !ok {
			return
		}
		slow, features, fatal := parseOnce(clean, 0)
		if fatal != nil || len(features) > 0 {
			t.Fatalf("the library finds a fault: %+v %+v", fatal, features)
		}
		if diff := cmp.Diff(slow, fast, cmp.AllowUnexported(node{}), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("library, fast:\n%s", diff)
		}
	})
}

func TestPlainReadsTheSample(t *testing.T) {
	text := []byte(sampleAdvisory(1))
	_, rest, _ := bytes.Cut(text, []byte("---\n"))
	head, _, _ := bytes.Cut(rest, []byte("---\n"))
	if _, ok := parsePlain(head, 0, new(arena)); !ok {
		t.Fatal("the fast reader gave up on an ordinary advisory")
	}
}
