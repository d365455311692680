package advisories

// node is one value of the front matter, with the exact bytes it is written in.
// It is a neutral form: the YAML library's types stay behind frontmatter.go.
type node struct {
	kind       nodeKind
	quoted     bool // 'single', "double" or a block text: certainly a text
	start, end int  // half-open, bytes from the start of the file
	text       string
	kids       []node // items of a list; name, value, name, value … of fields
}

type nodeKind uint8

const (
	nullNode nodeKind = iota // nothing written
	textNode
	listNode
	mapNode
)

func (n *node) String() string {
	switch n.kind {
	case nullNode:
		return "nothing"
	case listNode:
		return "a list"
	case mapNode:
		return "fields"
	}
	return "a text"
}

// isNull reports whether an unquoted text is YAML's word for nothing.
func isNull(text string) bool {
	switch text {
	case "", "~", "null", "Null", "NULL":
		return true
	}
	return false
}
