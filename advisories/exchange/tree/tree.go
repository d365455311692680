// Package tree reads foreign documents as trees that remember what was
// understood. A reader takes values out by name; whatever nobody took is a
// Loss. So a field that a format grows tomorrow is named, not dropped.
package tree

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Kind says what a node is.
type Kind int

const (
	Null Kind = iota
	Bool
	Number
	String
	List
	Object
)

// Node is one value of a document. Methods on a nil *Node answer as for an
// absent value, so that readers need no checks between steps.
type Node struct {
	kind   Kind
	text   string // of a String, Number or Bool
	keys   []string
	fields map[string]*Node
	items  []*Node

	parent *Node
	name   string // below the parent: a field's, or the place in a list
	taken  bool
	reason string // why it is lost, where a reader knows
}

// maxName is how much of a field's name a path shows: names are foreign too.
const maxName = 80

// path is where the node stands in the document, such as affected[0].versions. It
// is made when somebody asks: nearly all nodes are understood.
func (n *Node) path() string {
	var names []string
	for ; n != nil && n.parent != nil; n = n.parent {
		names = append(names, n.name)
	}
	var out strings.Builder
	for _, name := range slices.Backward(names) {
		if out.Len() > 0 && !strings.HasPrefix(name, "[") {
			out.WriteByte('.')
		}
		out.WriteString(shorten(name, maxName))
	}
	return out.String()
}

func shorten(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most] + "…"
}

// Loss is a value that was not understood, or has no place in our documents.
type Loss struct {
	Path   string // such as affected[0].database_specific.source
	Reason string
	Value  string // the value, shortened
}

// Is reports whether the node exists and is of a kind.
func (n *Node) Is(kind Kind) bool { return n != nil && n.kind == kind }

// Get returns a field of an object without taking it; nil where there is none.
func (n *Node) Get(key string) *Node {
	if n == nil {
		return nil
	}
	return n.fields[key]
}

// Keys returns the field names of an object in the order of the document.
func (n *Node) Keys() []string {
	if n == nil {
		return nil
	}
	return n.keys
}

// Items returns the values of a list; a value that is no list counts as a list
// of itself, since many formats allow one where several may stand.
func (n *Node) Items() []*Node {
	switch {
	case n == nil || n.kind == Null:
		return nil
	case n.kind == List:
		return n.items
	}
	return []*Node{n}
}

// Spread returns the objects below a field, a list of them or a mapping by id,
// each with what the node says beside them as fields of its own; nil where there
// are none.
func (n *Node) Spread(key string) []*Node {
	list := n.Get(key)
	items := list.Items()
	if list.Is(Object) {
		items = nil
		for _, id := range list.keys {
			items = append(items, list.fields[id])
		}
	}
	for i, item := range items {
		if !item.Is(Object) {
			return nil
		}
		if list.Is(Object) && item.fields["id"] == nil {
			item.fields["id"] = &Node{kind: String, text: list.keys[i], parent: list, name: list.keys[i]}
		}
		for name, field := range n.fields {
			if name != key && item.fields[name] == nil {
				item.fields[name] = field // in its keys it is not: what is lost is named once
			}
		}
	}
	return items
}

// Peek returns the text of a string, number or bool, and leaves the node
// untaken; empty for anything else.
func (n *Node) Peek() string {
	if n == nil {
		return ""
	}
	return n.text
}

// Text takes a string, number or bool and returns its text. Of anything else it
// takes nothing.
func (n *Node) Text() string {
	if n == nil || n.kind == List || n.kind == Object {
		return ""
	}
	n.taken = true
	return n.text
}

// OneOf takes a string that is one of some words, in any case, and returns it in
// lower case. Another word is lost, and the answer is what stands for none.
func (n *Node) OneOf(words []string, otherwise string) string {
	word := strings.ToLower(n.Text())
	switch {
	case word == "":
		return otherwise
	case slices.Contains(words, word):
		return word
	}
	n.Lose("expected one of %s", strings.Join(words, ", "))
	return otherwise
}

// Texts takes a list of strings, or a single one.
func (n *Node) Texts() []string {
	var out []string
	for _, item := range n.Items() {
		if s := item.Text(); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// Take marks the node and all below it as understood.
func (n *Node) Take() {
	if n == nil {
		return
	}
	n.taken = true
	for _, key := range n.keys {
		n.fields[key].Take()
	}
	for _, item := range n.items {
		item.Take()
	}
}

// Lose names the node and all below it as lost, for a reason, even where it was
// taken.
func (n *Node) Lose(format string, args ...any) {
	if n != nil && n.reason == "" {
		n.reason = fmt.Sprintf(format, args...)
	}
}

// Reasons say why values are lost: the first pattern that matches the path
// wins.
type Reasons []struct {
	Path *regexp.Regexp
	Text string
}

// noPlace is the reason for what no reader knows.
const noPlace = "an advisory has no field for it"

// Losses returns what was not taken, in the order of the document: a subtree of
// which nothing was taken is one loss.
func (n *Node) Losses(reasons Reasons) []Loss {
	var out []Loss
	n.losses(reasons, &out)
	return out
}

func (n *Node) losses(reasons Reasons, out *[]Loss) {
	switch {
	case n == nil || n.empty():
		return
	case n.reason != "":
		*out = append(*out, Loss{n.path(), n.reason, n.excerpt()})
		return
	case n.untouched():
		path := n.path()
		*out = append(*out, Loss{path, reasons.of(path), n.excerpt()})
		return
	}
	for _, key := range n.keys {
		n.fields[key].losses(reasons, out)
	}
	for _, item := range n.items {
		item.losses(reasons, out)
	}
}

func (r Reasons) of(path string) string {
	for _, row := range r {
		if row.Path.MatchString(path) {
			return row.Text
		}
	}
	return noPlace
}

// empty reports whether there is nothing to lose: null, "", [], {}.
func (n *Node) empty() bool {
	if n.kind != List && n.kind != Object {
		return n.kind == Null || n.text == ""
	}
	for _, f := range n.fields {
		if !f.empty() {
			return false
		}
	}
	for _, item := range n.items {
		if !item.empty() {
			return false
		}
	}
	return true
}

// untouched reports whether nothing of the subtree was taken or explained.
func (n *Node) untouched() bool {
	if n.taken || n.reason != "" {
		return false
	}
	for _, f := range n.fields {
		if !f.untouched() {
			return false
		}
	}
	for _, item := range n.items {
		if !item.untouched() {
			return false
		}
	}
	return true
}

const excerptSize = 120 // enough to recognise a value, short enough for a line

func (n *Node) excerpt() string {
	var out strings.Builder
	n.print(&out)
	return shorten(out.String(), excerptSize)
}

func (n *Node) print(out *strings.Builder) {
	if out.Len() > excerptSize {
		return
	}
	switch n.kind {
	case List:
		out.WriteByte('[')
		for i, item := range n.items {
			if i > 0 {
				out.WriteString(", ")
			}
			item.print(out)
		}
		out.WriteByte(']')
	case Object:
		out.WriteByte('{')
		for i, key := range n.keys {
			if i > 0 {
				out.WriteString(", ")
			}
			out.WriteString(key + ": ")
			n.fields[key].print(out)
		}
		out.WriteByte('}')
	case Null:
		out.WriteString("null")
	default:
		out.WriteString(n.text)
	}
}
