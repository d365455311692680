package report

import (
	"bytes"
	"fmt"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// escapeControls writes characters of finished JSON as \u escapes where the
// character itself could act on whoever looks at the raw text. All of them can
// stand only inside strings.
func escapeControls(in []byte) []byte {
	if !bytes.ContainsFunc(in, func(r rune) bool { return r >= 0x7f }) && !bytes.Contains(in, []byte("##")) {
		return in
	}
	var out bytes.Buffer
	out.Grow(len(in))
	for len(in) > 0 {
		r, size := utf8.DecodeRune(in)
		switch {
		case r == '#' && len(in) > 1 && in[1] == '#':
			out.WriteString(`\u0023`)
		case r >= 0x7f && (unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r)):
			writeEscape(&out, r)
		default:
			out.Write(in[:size])
		}
		in = in[size:]
	}
	return out.Bytes()
}

func writeEscape(out *bytes.Buffer, r rune) {
	if r < 0x10000 {
		fmt.Fprintf(out, `\u%04x`, r)
		return
	}
	hi, lo := utf16.EncodeRune(r)
	fmt.Fprintf(out, `\u%04x\u%04x`, hi, lo)
}
