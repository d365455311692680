package tree

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/BurntSushi/toml"

	"github.com/countersign/countersign/advisories"
)

// YAML parses a YAML document, through the door that our own documents use.
func YAML(data []byte) (*Node, error) {
	data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	value, err := advisories.PlainYAML(data)
	if err != nil {
		return nil, err
	}
	return build(&Node{}, value, 0)
}

// TOML parses a TOML document; fields come in alphabetical order.
func TOML(data []byte) (*Node, error) {
	if !isShallow(data) {
		return nil, fmt.Errorf("expected TOML with at most %d levels, and keys with as many parts", maxDepth)
	}
	var value map[string]any
	if err := toml.Unmarshal(data, &value); err != nil {
		return nil, fmt.Errorf("expected TOML: %w", err)
	}
	return build(&Node{}, value, 0)
}

// build fills a node that knows its place with the values that the YAML and TOML parsers give.
func build(n *Node, value any, depth int) (*Node, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("expected at most %d levels", maxDepth)
	}
	switch v := value.(type) {
	case nil:
	case string:
		n.kind, n.text = String, v
	case time.Time:
		n.kind, n.text = String, timeText(v)
	case []any:
		n.kind = List
		return n, n.addItems(v, depth)
	case []map[string]any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = v[i]
		}
		n.kind = List
		return n, n.addItems(list, depth)
	case []advisories.Field:
		n.kind = Object
		return n, n.addFields(v, depth)
	case map[string]any:
		n.kind = Object
		var fields []advisories.Field
		for _, key := range slices.Sorted(maps.Keys(v)) {
			fields = append(fields, advisories.Field{Name: key, Value: v[key]})
		}
		return n, n.addFields(fields, depth)
	case bool:
		n.kind, n.text = Bool, fmt.Sprint(v)
	default:
		n.kind, n.text = Number, fmt.Sprint(v)
	}
	return n, nil
}

func (n *Node) addItems(list []any, depth int) error {
	for i, value := range list {
		item, err := build(n.place(i), value, depth+1)
		if err != nil {
			return err
		}
		n.items = append(n.items, item)
	}
	return nil
}

func (n *Node) addFields(list []advisories.Field, depth int) error {
	for _, f := range list {
		child, err := build(&Node{parent: n, name: f.Name}, f.Value, depth+1)
		if err == nil {
			err = n.add(f.Name, child)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// isShallow reports whether brackets and keys nest no deeper than documents do. The
// library has no bound: a few megabytes of brackets exhaust its stack, which nothing
// can catch, and a key of twenty thousand parts takes it a minute. Where a text is
// no TOML the two may read it differently, but the library stops there.
func isShallow(data []byte) bool {
	depth, parts := 0, 0
	for at := 0; at < len(data); at++ {
		switch c := data[at]; c {
		case '"', '\'':
			at += stringLength(data[at:]) - 1
		case '#':
			for at+1 < len(data) && data[at+1] != '\n' {
				at++
			}
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		case '.':
			parts++
		case '=', ',', '\n':
			parts = 0
		}
		if depth > maxDepth || parts > maxDepth {
			return false
		}
	}
	return true
}

// stringLength is how long the TOML string is that a text begins with.
func stringLength(text []byte) int {
	quote, end := text[:1], 1
	if long := bytes.Repeat(quote, 3); bytes.HasPrefix(text, long) {
		quote, end = long, 3
	}
	for ; end < len(text); end++ {
		switch {
		case text[end] == '\\' && quote[0] == '"':
			end++
		case bytes.HasPrefix(text[end:], quote):
			end += len(quote)
			for i := 0; i < 2 && len(quote) == 3 && end < len(text) && text[end] == quote[0]; i++ {
				end++ // the string itself ends in quotes
			}
			return end
		case text[end] == '\n' && len(quote) == 1:
			return end
		}
	}
	return len(text)
}

// timeText writes a TOML date as it stood there: the library marks local days
// and times by their zone.
func timeText(t time.Time) string {
	switch t.Location().String() {
	case "date-local":
		return t.Format(time.DateOnly)
	case "datetime-local":
		return t.Format("2006-01-02T15:04:05.999999999")
	}
	return t.Format(time.RFC3339Nano)
}
