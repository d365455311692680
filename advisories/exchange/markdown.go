package exchange

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/countersign/countersign/advisories/exchange/tree"
)

// fences are the ways in which projects write front matter, by the line that
// opens it and the one that closes it.
var fences = []struct {
	open, shut string
	parse      func([]byte) (*tree.Node, error)
}{
	{"---", "---", tree.YAML},
	{"+++", "+++", tree.TOML},
	{"```toml", "```", tree.TOML}, // RustSec, Haskell
	{"```yaml", "```", tree.YAML},
	{";;;", ";;;", oneJSON},
	{"{", "}", oneJSON}, // Hugo's JSON front matter
}

// parseMarkdown splits a Markdown file of another project.
func parseMarkdown(data []byte) ([]document, error) {
	data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	data = bytes.TrimLeft(data, "\n")
	first, rest, _ := bytes.Cut(data, []byte("\n"))
	for _, f := range fences {
		if string(bytes.TrimRight(first, " \t")) != f.open {
			continue
		}
		head, body, ok := cutHead(rest, f.shut)
		if !ok {
			return nil, fmt.Errorf("expected a line %q that ends the front matter, found none", f.shut)
		}
		if f.open == "{" {
			head = append(append([]byte("{"), head...), '}')
		}
		root, err := f.parse(head)
		if err != nil {
			return nil, err
		}
		return []document{{root: root, body: string(body)}}, nil
	}
	return nil, errors.New("expected front matter in YAML, TOML or JSON, found none")
}

// cutHead cuts a text before and after the first line that is the fence.
func cutHead(text []byte, fence string) (head, body []byte, ok bool) {
	for at := 0; at < len(text); {
		end := bytes.IndexByte(text[at:], '\n')
		next := at + end + 1
		if end < 0 {
			end, next = len(text)-at, len(text)
		}
		if string(bytes.TrimRight(text[at:at+end], " \t")) == fence {
			return text[:at], text[next:], true
		}
		at = next
	}
	return nil, nil, false
}

func oneJSON(data []byte) (*tree.Node, error) {
	roots, err := tree.JSON(data)
	if err != nil {
		return nil, err
	}
	return roots[0], nil
}
