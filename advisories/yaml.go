package advisories

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"
)

// syntaxFault is a place where the text is not the YAML that documents use.
type syntaxFault struct {
	rule       string
	start, end int
	message    string
}

// yamlLimits bounds nesting while the library still reads.
var yamlLimits = yaml.WithPlugin(loaderlimits.New(loaderlimits.DepthValue(maxDepth)))

// parseYAML reads one mapping whose text begins at base in its file. It never
// fails as a whole: where the text is not YAML, the top-level fields are read
// one by one, so that one bad field does not hide the others.
func parseYAML(text []byte, base int, room *arena) (node, []syntaxFault) {
	text, faults := cleanText(text, base)
	if len(faults) == 0 {
		if root, ok := parsePlain(text, base, room); ok {
			return root, nil
		}
	}
	root, features, fatal := parseOnce(text, base)
	if fatal == nil {
		return root, append(faults, features...)
	}
	merged := node{kind: mapNode, start: base, end: base + len(text)}
	before := len(faults)
	for _, c := range topLevelFields(text) {
		part, features, fatal := parseOnce(text[c[0]:c[1]], base+c[0])
		faults = append(faults, features...)
		switch {
		case fatal != nil:
			faults = append(faults, *fatal)
		case part.kind == mapNode:
			merged.kids = append(merged.kids, part.kids...)
		}
		if len(faults) > maxFaults {
			break
		}
	}
	if len(faults) == before {
		faults = append(faults, *fatal)
	}
	return merged, faults
}

var topLevelField = regexp.MustCompile(`(?m)^[A-Za-z_][A-Za-z0-9_-]*[ \t]*:`)

// topLevelFields cuts a text before each line that begins with a field's name.
func topLevelFields(text []byte) [][2]int {
	var cuts [][2]int
	for _, m := range topLevelField.FindAllIndex(text, -1) {
		if len(cuts) > 0 {
			cuts[len(cuts)-1][1] = m[0]
		}
		cuts = append(cuts, [2]int{m[0], len(text)})
	}
	return cuts
}

// parseOnce hands a text to the library and translates what comes back: the
// value, the features in it that documents do not use, and the fault that left
// it unread.
func parseOnce(text []byte, base int) (node, []syntaxFault, *syntaxFault) {
	var doc yaml.Node
	t := translator{text: text, base: base, lines: lineTable(text)}
	err := yaml.Load(text, &doc, yamlLimits)
	if err != nil {
		if fatal := t.error(err); fatal != nil {
			return node{}, nil, fatal
		}
	}
	if len(doc.Content) == 0 {
		return node{kind: mapNode, start: base, end: base}, nil, nil
	}
	root := t.node(doc.Content[0], -1)
	return root, t.features, nil
}

// translator turns the library's nodes and errors into ours.
type translator struct {
	text     []byte
	base     int
	lines    []int
	features []syntaxFault

	featureLine int
}

// error translates the library's error, nil where it only says that there is
// nothing to read.
func (t *translator) error(err error) *syntaxFault {
	var le *yaml.LoadError
	if !errors.As(err, &le) {
		return &syntaxFault{"yaml-syntax", t.base, t.base, "not readable as YAML"}
	}
	switch {
	case strings.Contains(le.Message, "no documents"):
		return nil
	case strings.Contains(le.Message, "found multiple"):
		at := t.base + max(bytes.Index(t.text, []byte("\n..."))+1, 0)
		return &syntaxFault{"yaml-syntax", at, at + 3, "a second YAML document begins inside the front matter"}
	}
	mark := le.Mark
	open := strings.Contains(le.ContextMsg, "quoted scalar") || strings.Contains(le.ContextMsg, "flow")
	if mark.Line == 0 || open && le.ContextMark.Line > 0 && mark.Line > le.ContextMark.Line {
		mark = le.ContextMark // where a quote or bracket opens says more than where the next field begins
	}
	at := offset(t.text, t.lines, mark.Line, mark.Column)
	at = t.base + min(at, max(len(bytes.TrimRight(t.text, " \r\n"))-1, 0))
	switch {
	case strings.Contains(le.Message, "exceeded"):
		return &syntaxFault{"too-large", at, at + 1, fmt.Sprintf("values are nested deeper than %d levels", maxDepth)}
	case strings.Contains(le.Message, "anchor"):
		// The library's sentence quotes the name, which could be private.
		return &syntaxFault{"yaml-feature", at, at + 1, "anchors and aliases are not read here"}
	}
	message := le.Message
	if le.ContextMsg != "" {
		message += " " + le.ContextMsg
	}
	return &syntaxFault{"yaml-syntax", at, at + 1, message}
}

func (t *translator) node(n *yaml.Node, indent int) node {
	start := offset(t.text, t.lines, n.Line, n.Column)
	out := node{start: t.base + start}
	if what := feature(n); what != "" && n.Line != t.featureLine {
		t.featureLine = n.Line // one a line says it
		_, end := textLine(t.text, start)
		t.features = append(t.features, syntaxFault{"yaml-feature", t.base + start, t.base + end, what + " are not read here"})
	}
	switch n.Kind {
	case yaml.MappingNode, yaml.SequenceNode:
		out.kind = mapNode
		if n.Kind == yaml.SequenceNode {
			out.kind = listNode
		}
		out.kids = make([]node, len(n.Content))
		end := start
		for i, c := range n.Content {
			in := n.Column - 1
			if n.Kind == yaml.MappingNode && i%2 == 1 {
				in = n.Content[i-1].Column - 1
			}
			out.kids[i] = t.node(c, in)
			end = max(end, out.kids[i].end-t.base)
		}
		if n.Style&yaml.FlowStyle != 0 {
			end = closeFlow(t.text, max(end, start+1))
		}
		out.end = t.base + end
	case yaml.ScalarNode:
		out.text = n.Value
		out.quoted = n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0
		out.kind = textNode
		if !out.quoted && isNull(n.Value) {
			out.kind = nullNode
		}
		out.end = t.base + scalarEnd(t.text, start, n, indent)
	default: // an alias, named above
		out.end = out.start + 1
	}
	return out
}

// feature names what a node uses of YAML beyond what documents use.
func feature(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		return "anchors and aliases"
	case n.Tag == "!!merge":
		return "merge keys"
	case n.Style&yaml.TaggedStyle != 0:
		return "tags"
	}
	return ""
}

// lineTable returns the offset of each line. Only LF and CRLF end a line here:
// cleanText took the other separators out.
func lineTable(text []byte) []int {
	lines := make([]int, 1, 1+bytes.Count(text, []byte("\n")))
	for i, b := range text {
		if b == '\n' {
			lines = append(lines, i+1)
		}
	}
	return lines
}

// offset turns the library's line and column, from 1 and in code points, into a
// byte offset.
func offset(text []byte, lines []int, line, column int) int {
	if line < 1 {
		return 0
	}
	if line > len(lines) {
		return len(text)
	}
	at := lines[line-1]
	for column--; column > 0 && at < len(text); column-- {
		if text[at] < utf8.RuneSelf {
			at++
			continue
		}
		_, size := utf8.DecodeRune(text[at:])
		at += size
	}
	return at
}
