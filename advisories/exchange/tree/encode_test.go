package tree

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// standard is what Encode promises, by the standard library alone.
func standard(t *testing.T, v any) string {
	t.Helper()
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

var encoded = []string{
	`{}`, `[]`, `null`, `""`, `[{}]`, `{"a":[]}`, `[[],{},[[]]]`, `{"a":{"b":[1,-2.5e3,true,null,"x"]}}`,
	`"\""`, `"\\"`, `"\\\""`, `["\\\\","\"{[,:]}\""]`, `{"\\\"":"{\"a\": [1, 2]}\n"}`, `"<a href='x'>&\u2028\u0000é脆\ufffd"`,
	strings.Repeat(`[`, 90) + strings.Repeat(`]`, 90), strings.Repeat(`{"a":`, 90) + `1` + strings.Repeat(`}`, 90),
}

// FuzzEncode holds Encode to the bytes of the standard library.
func FuzzEncode(f *testing.F) {
	for _, text := range encoded {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var v any
		if json.Unmarshal(data, &v) != nil {
			v = []any{string(data), map[string]any{string(data): data}}
		}
		if got, want := string(Encode(v)), standard(t, v); got != want {
			t.Fatalf("found\n%s\nwant\n%s", got, want)
		}
	})
}
