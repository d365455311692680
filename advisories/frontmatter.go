package advisories

import (
	"bufio"
	"bytes"
	"regexp"
	"strings"
	"sync"

	"github.com/adrg/frontmatter"

	"github.com/countersign/countersign/advisories/finding"
)

// fences is where a document's parts are, as byte offsets.
type fences struct {
	head, headEnd int // the fields
	body          int // the text after the closing fence
}

// capture takes the bytes between the fences as they are.
var capture = frontmatter.NewFormat("---", "---", func(data []byte, v any) error {
	*v.(*[]byte) = data
	return nil
})

// readers are used again: the splitter takes a buffered reader as it is.
var readers = sync.Pool{New: func() any { return bufio.NewReader(nil) }}

// split finds the front matter of a document. ok is false where no fields can
// be told from text; the finding says why. Known traps of the splitter are
// looked for here: it trims every line before it compares it with the fence,
// skips empty lines, takes a byte order mark for text, and says the same of a
// missing and of an unclosed block.
func split(src *finding.Source) (f fences, list []finding.Finding, ok bool) {
	text := src.Text
	start := 0
	if bytes.HasPrefix(text, []byte("\uFEFF")) {
		start = len("\uFEFF")
		bom := fault("byte-order-mark", src.Span(0, start), "save the file as UTF-8 without BOM", "the file begins with U+FEFF")
		bom.Edit = &finding.Edit{At: src.Span(0, start)}
		list = append(list, bom)
	}
	if f, ok = plainFences(text, start); !ok {
		f, ok = libraryFences(text, start)
	}
	if !ok {
		miss, open := explainMissing(src, start)
		list = append(list, miss)
		return fences{head: open, headEnd: open, body: open}, list, false
	}
	list = append(list, checkOpening(src, start, f)...)
	if closing := text[f.headEnd:f.body]; !isFence(closing) {
		early := checkClosing(src, &f)
		list = append(list, early)
	}
	return f, list, true
}

// libraryFences asks the splitter.
func libraryFences(text []byte, start int) (f fences, ok bool) {
	var head []byte
	reader := readers.Get().(*bufio.Reader)
	reader.Reset(bytes.NewReader(text[start:]))
	rest, err := frontmatter.MustParse(reader, &head, capture)
	readers.Put(reader)
	f.body = len(text) - len(rest)
	f.headEnd = lineStart(text, f.body-1)
	f.head = f.headEnd - len(head)
	return f, err == nil
}

// plainFences finds what the splitter finds where the first line is the opening
// fence, without its copy of the whole text, line by line: the first line that
// is --- but for the space around it. A fuzz test holds the two together.
func plainFences(text []byte, start int) (f fences, ok bool) {
	const opening = "---\n"
	if !bytes.HasPrefix(text[start:], []byte(opening)) {
		return f, false
	}
	f.head = start + len(opening)
	for at := f.head; ; at = f.body {
		i := bytes.Index(text[at:], []byte("---"))
		if i < 0 {
			return f, false
		}
		f.headEnd, f.body = lineStart(text, at+i), lineEnd(text, at+i)
		if string(bytes.TrimSpace(text[f.headEnd:f.body])) == "---" {
			return f, true
		}
	}
}

// isFence reports whether a line, with its ending, is a fence and nothing else.
func isFence(line []byte) bool {
	return string(bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))) == "---"
}

// checkOpening asks that the opening fence is the first line.
func checkOpening(src *finding.Source, start int, f fences) []finding.Finding {
	opening := src.Text[start:f.head]
	if isFence(opening) {
		return nil
	}
	line := lineStart(src.Text, start+len(bytes.TrimRight(opening, " \t\r\n")))
	_, end := textLine(src.Text, line)
	at := src.Span(max(line, start), end)
	bad := fault("front-matter-fence", at, "", "expected the first line to be --- and nothing else")
	bad.Edit = &finding.Edit{At: src.Span(start, f.head), New: "---\n"}
	return []finding.Finding{bad}
}

// checkClosing is called where the closing fence has spaces around it. An
// indented one may stand inside a text of several lines: if a proper fence
// follows, and the line above is indented too, the fields go on until there.
func checkClosing(src *finding.Source, f *fences) finding.Finding {
	text := src.Text
	line := text[f.headEnd:f.body]
	at := src.Span(f.headEnd, f.headEnd+len(bytes.TrimRight(line, "\r\n")))
	if line[0] == ' ' || line[0] == '\t' {
		if end, body, found := nextFence(text, f.body); found {
			f.headEnd, f.body = end, body
			return fault("front-matter-closed-early", at, "write a rule as *** or move the text into the body",
				"an indented --- ends the front matter here, though the fields go on below it")
		}
	}
	bad := fault("front-matter-fence", at, "", "expected the closing line to be --- and nothing else")
	bad.Edit = &finding.Edit{At: at, New: "---"}
	return bad
}

// fieldsInBody looks for fields that stand below the closing fence, as they do
// when a fence slipped in above them, and returns where they end. They would be
// read as text, and what was meant to stay private would be published. Prose, a
// heading or a block of code ends the search: a body may show fields as an
// example.
func fieldsInBody(text []byte, from int, known map[string]int) (end int, found bool) {
	rest := false // something may be left of the field that the fence cuts through
	for at := from; at < len(text); at = lineEnd(text, at) {
		line := bytes.TrimRight(text[at:lineEnd(text, at)], " \t\r\n")
		if len(line) == 0 {
			continue
		}
		if line[0] == ' ' || line[0] == '\t' || bytes.HasPrefix(line, []byte("- ")) {
			rest = true
			continue
		}
		name, value, colon := bytes.Cut(line, []byte(":"))
		_, is := known[string(bytes.Trim(name, `"' `))]
		if rest && isFence(line) || is && colon && (len(value) == 0 || value[0] == ' ' || value[0] == '\t') {
			if start, _, closed := nextFence(text, at); closed {
				return start, true
			}
			return len(text), true
		}
		return 0, false
	}
	return 0, false
}

// nextFence finds the next line that is a proper fence.
func nextFence(text []byte, from int) (start, end int, found bool) {
	for at := from; at < len(text); {
		next := lineEnd(text, at)
		if isFence(text[at:next]) {
			return at, next, true
		}
		at = next
	}
	return 0, 0, false
}

// explainMissing says why there is no front matter. It also returns where the
// first line after an opening fence begins.
func explainMissing(src *finding.Source, start int) (finding.Finding, int) {
	text := src.Text
	if what := notText(text); what != "" {
		return fault("front-matter-missing", src.Whole(), "save it as text in UTF-8", "expected text in UTF-8, found %s", what), start
	}
	at := start
	for at < len(text) && len(bytes.TrimSpace(text[at:lineEnd(text, at)])) == 0 {
		at = lineEnd(text, at)
	}
	end := lineEnd(text, at)
	line := string(bytes.TrimSpace(text[at:end]))
	span := src.Span(at, at+len(bytes.TrimRight(text[at:end], "\r\n")))
	switch {
	case line == "---":
		return fault("front-matter-unclosed", span, "add a line --- below the last field",
			"the front matter that begins here has no closing line ---"), end
	case line == "+++" || line == "---toml", line == ";;;" || line == "---json", strings.HasPrefix(line, "{"):
		return fault("front-matter-missing", span, "convert the file with countersign import",
			"expected YAML front matter, found TOML or JSON"), start
	}
	return fault("front-matter-missing", src.Span(start, start), "begin the file with a line ---, its fields, and a line ---",
		"expected front matter, found none"), start
}

// notText says what a file is that begins like no text in UTF-8; empty for text.
func notText(text []byte) string {
	begin := text[:min(len(text), 512)]
	switch {
	case bytes.HasPrefix(begin, []byte("\xff\xfe")), bytes.HasPrefix(begin, []byte("\xfe\xff")),
		bytes.HasPrefix(begin, []byte("-\x00")), bytes.HasPrefix(begin, []byte("\x00-")):
		return "UTF-16"
	case bytes.IndexByte(begin, 0) >= 0:
		return "bytes that are no text"
	}
	return ""
}

func lineStart(text []byte, at int) int { return bytes.LastIndexByte(text[:max(at, 0)], '\n') + 1 }

// lineEnd returns the offset after the line that holds an offset.
func lineEnd(text []byte, at int) int {
	if i := bytes.IndexByte(text[at:], '\n'); i >= 0 {
		return at + i + 1
	}
	return len(text)
}

var privateKey = regexp.MustCompile(`["']?\bprivate["']?[ \t]*:`)

// hidePrivate marks whatever may be private in a text whose fields could not be
// read: everything after the word private and a colon, down to the next line
// that is indented no deeper.
func hidePrivate(src *finding.Source, start, end int) {
	text := src.Text[start:end]
	for _, m := range privateKey.FindAllIndex(text, -1) {
		src.Hide(start+m[1], start+blockEndAt(text, m[0], m[1]))
	}
}

// blockEndAt returns where the lines end that follow an offset and are indented
// deeper than the line of a key.
func blockEndAt(text []byte, key, after int) int {
	depth := indentation(text[lineStart(text, key):])
	stop := lineEnd(text, after)
	for stop < len(text) {
		next := text[stop:lineEnd(text, stop)]
		if len(bytes.TrimSpace(next)) > 0 && indentation(next) <= depth {
			break
		}
		stop += len(next)
	}
	return stop
}

func indentation(line []byte) int { return len(line) - len(bytes.TrimLeft(line, " \t")) }
