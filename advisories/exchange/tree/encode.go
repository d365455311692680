package tree

import (
	"bytes"
	"encoding/json"
	"sync"
)

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// Encode writes a value as JSON: two spaces, no HTML escapes, one newline at the
// end; the same value gives the same bytes.
func Encode(v any) []byte {
	compact := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(compact)
	compact.Reset()
	enc := json.NewEncoder(compact)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("tree: a value of plain structs, strings and numbers encodes always: " + err.Error())
	}
	// White space is about a third of a document of the usual depth.
	return indent(make([]byte, 0, compact.Len()+compact.Len()/2), compact.Bytes())
}

// indent writes compact JSON, as encoding/json has just made it, as json.Indent
// would with two spaces. It trusts its input and does not parse it again, which
// is what takes json.Indent longer than all other work on a document.
func indent(out, compact []byte) []byte {
	depth := 0
	for i := 0; i < len(compact); i++ {
		switch c := compact[i]; c {
		case '"':
			end := stringEnd(compact, i)
			out = append(out, compact[i:end]...)
			i = end - 1
		case '{', '[':
			out = append(out, c)
			if next := compact[i+1]; next == '}' || next == ']' {
				out = append(out, next)
				i++
				continue
			}
			depth++
			out = newline(out, depth)
		case '}', ']':
			depth--
			out = append(newline(out, depth), c)
		case ',':
			out = newline(append(out, c), depth)
		case ':':
			out = append(out, ':', ' ')
		default:
			out = append(out, c)
		}
	}
	return out
}

// stringEnd returns the place after a string that begins at a place.
func stringEnd(text []byte, start int) int {
	at := start + 1
	for {
		at += bytes.IndexByte(text[at:], '"') + 1
		before := at - 2
		for text[before] == '\\' {
			before--
		}
		if (at-before)%2 == 0 {
			return at // an even number of backslashes before the quote
		}
	}
}

const spaces = "                                                                "

func newline(out []byte, depth int) []byte {
	out = append(out, '\n')
	for n := 2 * depth; n > 0; n -= len(spaces) {
		out = append(out, spaces[:min(n, len(spaces))]...)
	}
	return out
}
