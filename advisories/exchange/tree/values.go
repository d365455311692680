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
	return build("", value, 0)
}

// TOML parses a TOML document; fields come in alphabetical order.
func TOML(data []byte) (*Node, error) {
	var value map[string]any
	if err := toml.Unmarshal(data, &value); err != nil {
		return nil, fmt.Errorf("expected TOML: %w", err)
	}
	return build("", value, 0)
}

// build makes nodes of the values that the YAML and TOML parsers give.
func build(path string, value any, depth int) (*Node, error) {
	n := &Node{path: path}
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
		item, err := build(fmt.Sprintf("%s[%d]", n.path, i), value, depth+1)
		if err != nil {
			return err
		}
		n.items = append(n.items, item)
	}
	return nil
}

func (n *Node) addFields(list []advisories.Field, depth int) error {
	for _, f := range list {
		child, err := build(join(n.path, f.Name), f.Value, depth+1)
		if err == nil {
			err = n.add(f.Name, child)
		}
		if err != nil {
			return err
		}
	}
	return nil
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
