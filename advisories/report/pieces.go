package report

import (
	"bytes"
	"encoding/json"
	"io"
	"runtime"
)

// pieceSize is how many findings are rendered at a time: enough to keep a
// processor busy, little beside the findings themselves.
const pieceSize = 256

// each renders n entries on all processors and writes them in order, a few pieces
// at a time: of a hundred thousand findings the text alone would fill the memory
// that the check has.
func each(w io.Writer, n int, render func(b *bytes.Buffer, i int)) error {
	pieces := make(chan chan []byte, 2*runtime.GOMAXPROCS(0))
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		defer close(pieces)
		for from := 0; from < n; from += pieceSize {
			piece := make(chan []byte, 1)
			select {
			case pieces <- piece:
			case <-stop:
				return
			}
			go func() {
				var b bytes.Buffer
				for i := from; i < min(from+pieceSize, n); i++ {
					render(&b, i)
				}
				piece <- b.Bytes()
			}()
		}
	}()
	for piece := range pieces {
		if _, err := w.Write(<-piece); err != nil {
			return err
		}
	}
	return nil
}

// encodeList writes a document as encode does, of which the last list is still
// empty and gets n entries.
func encodeList(w io.Writer, document any, n int, entry func(i int) any) error {
	text, err := encode(document)
	if err != nil {
		return err
	}
	at := bytes.LastIndex(text, []byte("[]"))
	if n == 0 || at < 0 {
		_, err := w.Write(text)
		return err
	}
	line := text[bytes.LastIndexByte(text[:at], '\n')+1 : at]
	indent := string(line[:len(line)-len(bytes.TrimLeft(line, " "))])
	if _, err := w.Write(append(text[:at:at], "[\n"...)); err != nil {
		return err
	}
	err = each(w, n, func(b *bytes.Buffer, i int) {
		var one bytes.Buffer
		enc := json.NewEncoder(&one)
		enc.SetEscapeHTML(false)
		enc.SetIndent(indent+"  ", "  ")
		enc.Encode(entry(i)) // of plain structs of text and numbers: it cannot fail
		b.WriteString(indent + "  ")
		b.Write(escapeControls(bytes.TrimSuffix(one.Bytes(), []byte("\n"))))
		if i < n-1 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
	})
	if err != nil {
		return err
	}
	_, err = w.Write(append([]byte(indent), text[at+1:]...))
	return err
}
