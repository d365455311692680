package advisories

import (
	"bytes"
	"math/rand/v2"
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
		comparePlain(t, text)
	})
}

// comparePlain reads a text both ways; it reports whether the fast reader did
// not give up.
func comparePlain(t *testing.T, text []byte) bool {
	t.Helper()
	clean, faults := cleanText(text, 0)
	if len(faults) > 0 || len(text) > maxHead {
		return false
	}
	fast, ok := parsePlain(clean, 0, new(arena))
	if !ok {
		return false
	}
	slow, features, fatal := parseOnce(clean, 0)
	if fatal != nil || len(features) > 0 {
		t.Fatalf("%q: the library finds a fault: %+v %+v", text, fatal, features)
	}
	if diff := cmp.Diff(slow, fast, cmp.AllowUnexported(node{}), cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("%q: library, fast:\n%s", text, diff)
	}
	return true
}

func TestPlainReadsTheSample(t *testing.T) {
	text := []byte(sampleAdvisory(1))
	_, rest, _ := bytes.Cut(text, []byte("---\n"))
	head, _, _ := bytes.Cut(rest, []byte("---\n"))
	if _, ok := parsePlain(head, 0, new(arena)); !ok {
		t.Fatal("the fast reader gave up on an ordinary advisory")
	}
}

// TestPlainAgreesOnRandomText builds texts of the pieces that YAML is made of,
// which a fuzzer needs long to find, and holds both readers to one answer.
func TestPlainAgreesOnRandomText(t *testing.T) {
	pieces := []string{
		"a", "b:", "c: ", "- ", "-", " ", "  ", "    ", "\n", "\n", "\n\n", ": ", ":", "#", " # d", "[", "]", "{", "}", ", ", ",", "'", "\"", "''",
		"e: f\n", "- g\n", "  h: i\n", "  - j: k\n", "null", "~", "1.10", "...", "---", "?", "? ", "|", ">", "&x", "*x", "!t", "%", "@", "`", "\\n",
		"é", "http://x/y#z", "[l, m]", "{n: o}", "{n: [p, {q: r}]}", "\"s t\"", "'u'", "v w", "<<: x\n", "x:y", "-z", ".", "a.b: c\n",
	}
	starts := []string{"", "", "", "", "  ", "  ", "    ", "- ", "  - ", "    - ", "- - ", "   "}
	keys := []string{"a: ", "b: ", "c:", "d:   ", "e.f: ", "", "null: ", "\"g\": "}
	values := []string{"", "", "h", "i j", "[k, l]", "[m, {n: o}]", "{p: q, r: [s]}", "\"t\"", "'u'", "1.10", "~", "v # w", "http://x/y#z", "[]", "{}", "é", "x:y", "[http://x, ä]"}
	pick := func(r *rand.Rand, list []string) string { return list[r.IntN(len(list))] }
	r := rand.New(rand.NewPCG(1, 2))
	read := 0
	for range 80_000 {
		var b bytes.Buffer
		for range 1 + r.IntN(6) {
			b.WriteString(pick(r, starts) + pick(r, keys) + pick(r, values))
			for r.IntN(8) == 0 {
				b.WriteString(pick(r, pieces))
			}
			b.WriteByte('\n')
		}
		if comparePlain(t, b.Bytes()) {
			read++
		}
	}
	if read < 2000 {
		t.Errorf("the fast reader read only %d texts: the test says little", read)
	}
}
