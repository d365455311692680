package advisories

import "fmt"

// Field is a name with its value in a plain YAML mapping.
type Field struct {
	Name  string
	Value any // nil, a string, []any or []Field
}

// PlainYAML reads a YAML text of another project into plain values, in the order
// of the text: nil, a string for every scalar, []any, or []Field. It is held to
// the limits of our own documents on depth and features.
func PlainYAML(text []byte) (any, error) {
	root, features, fatal := parseOnce(text, 0)
	if fatal == nil && len(features) > 0 {
		fatal = &features[0]
	}
	if fatal != nil {
		line, column := 1, 1
		for _, c := range string(text[:min(fatal.start, len(text))]) {
			if column++; c == '\n' {
				line, column = line+1, 1
			}
		}
		return nil, fmt.Errorf("expected YAML, line %d, column %d: %s", line, column, fatal.message)
	}
	return root.plain(), nil
}

func (n *node) plain() any {
	switch n.kind {
	case textNode:
		return n.text
	case listNode:
		out := make([]any, len(n.kids))
		for i := range n.kids {
			out[i] = n.kids[i].plain()
		}
		return out
	case mapNode:
		out := make([]Field, 0, len(n.kids)/2)
		for i := 0; i+1 < len(n.kids); i += 2 {
			out = append(out, Field{n.kids[i].text, n.kids[i+1].plain()})
		}
		return out
	}
	return nil
}
