package tree

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// Bounds on foreign input: the deepest published record nests about 20 levels
// (CSAF branches), and the largest CSAF documents of Linux distributions have
// tens of megabytes.
const (
	maxDepth = 100
	maxBytes = 256 << 20
)

// JSON parses one JSON document, or several after another (JSON lines). A
// duplicate key is an error: the two values cannot both be meant.
func JSON(data []byte) ([]*Node, error) {
	if len(data) > maxBytes {
		return nil, fmt.Errorf("expected at most %d MB, found %d", maxBytes>>20, len(data)>>20)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var roots []*Node
	for {
		root, err := readJSON(dec, &Node{}, 0)
		switch {
		case errors.Is(err, io.EOF) && len(roots) > 0:
			return roots, nil
		case err != nil:
			return nil, fmt.Errorf("expected JSON, at byte %d: %w", dec.InputOffset(), err)
		}
		roots = append(roots, root)
	}
}

// readJSON reads a value into a node that knows its place.
func readJSON(dec *json.Decoder, n *Node, depth int) (*Node, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("expected at most %d levels", maxDepth)
	}
	token, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch v := token.(type) {
	case json.Delim:
		if v == '{' {
			n.kind = Object
			return n, n.readFields(dec, depth)
		}
		n.kind = List
		return n, n.readItems(dec, depth)
	case string:
		n.kind, n.text = String, v
	case json.Number:
		n.kind, n.text = Number, v.String()
	case bool:
		n.kind, n.text = Bool, fmt.Sprint(v)
	}
	return n, nil
}

func (n *Node) readFields(dec *json.Decoder, depth int) error {
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return err
		}
		key := token.(string) // the decoder lets nothing else stand here
		child, err := readJSON(dec, &Node{parent: n, name: key}, depth+1)
		if err != nil {
			return err
		}
		if err := n.add(key, child); err != nil {
			return err
		}
	}
	_, err := dec.Token()
	return err
}

func (n *Node) readItems(dec *json.Decoder, depth int) error {
	for dec.More() {
		child, err := readJSON(dec, n.place(len(n.items)), depth+1)
		if err != nil {
			return err
		}
		n.items = append(n.items, child)
	}
	_, err := dec.Token()
	return err
}

func (n *Node) add(key string, child *Node) error {
	if n.fields == nil {
		n.fields = map[string]*Node{}
	}
	if _, twice := n.fields[key]; twice {
		return fmt.Errorf("%q stands twice in %q", shorten(key, maxName), n.path())
	}
	n.keys = append(n.keys, key)
	n.fields[key] = child
	return nil
}

// place is a new item of a list.
func (n *Node) place(i int) *Node { return &Node{parent: n, name: "[" + strconv.Itoa(i) + "]"} }
