package markdown

import (
	"bytes"
	"cmp"
	"regexp"
	"slices"

	"github.com/countersign/countersign/advisories/finding"
)

var (
	openComment, closeComment = []byte("<!--"), []byte("-->")

	// hint is the definition of a link that leads nowhere, which is how comments
	// are written in Markdown alone: [//]: # (like this). They end with the title,
	// which may go over lines but not over an empty one, or else with their line.
	hint = regexp.MustCompile(`(?m)^ {0,3}\[[^\]\n]+\]:[ \t]*\n?[ \t]*(?:#|<>)(?:[ \t]+\n?|\n)[ \t]*` +
		`(?:"(?:[^"\n]|\n[^"\n])*"|'(?:[^'\n]|\n[^'\n])*'|\((?:[^)\n]|\n[^)\n])*\)|["'(].*)[ \t]*$`)
)

// WithoutComments returns a text for those who get it as it was written and not
// what Render makes of it: without its comments, which often are notes of the
// writers to each other. What looks like one inside code stays.
func WithoutComments(src []byte) []byte {
	if !bytes.Contains(src, openComment) && !(bytes.Contains(src, []byte("]:")) && hint.Match(src)) {
		return src
	}
	found := Inspect(finding.NewSource("", src).Span(0, len(src)))
	var cuts [][]int
	for _, h := range found.HTML {
		for _, at := range commentsIn(src[h.At.Start:h.At.End]) {
			cuts = append(cuts, []int{h.At.Start + at[0], h.At.Start + at[1]})
		}
	}
	for _, at := range hint.FindAllIndex(src, -1) {
		if !slices.ContainsFunc(found.Code, func(c Code) bool { return c.At.Start <= at[0] && at[0] < c.At.End }) {
			cuts = append(cuts, at)
		}
	}
	slices.SortFunc(cuts, func(a, b []int) int { return cmp.Compare(a[0], b[0]) })
	return without(src, cuts)
}

// commentsIn finds the comments in raw HTML. One that does not end is none.
func commentsIn(raw []byte) (out [][]int) {
	for at := 0; ; {
		start := bytes.Index(raw[at:], openComment)
		if start < 0 {
			return out
		}
		start += at
		end := bytes.Index(raw[start+len(openComment):], closeComment)
		if end < 0 {
			return out
		}
		at = start + len(openComment) + end + len(closeComment)
		out = append(out, []int{start, at})
	}
}

// without takes stretches out of a text, in their order.
func without(text []byte, cuts [][]int) []byte {
	if len(cuts) == 0 {
		return text
	}
	var out []byte
	at := 0
	for _, cut := range cuts {
		if cut[0] >= at {
			out = append(out, text[at:cut[0]]...)
			at = cut[1]
		}
	}
	return append(out, text[at:]...)
}
