package record

import (
	"regexp"
	"slices"
	"strings"
)

// Part is what a section of an advisory's body is about; formats keep parts in
// fields of their own.
type Part string

// The parts that CVE and CSAF tell apart. Whatever has no part of its own
// describes the flaw.
const (
	Description   Part = "Description"
	Solution      Part = "Solution"
	Workaround    Part = "Workarounds"
	Exploit       Part = "Exploits"
	Configuration Part = "Configurations"
)

// Section is a stretch of a body: a heading and what stands below it. What
// stands above the first heading has no title.
type Section struct {
	Part  Part
	Title string
	Text  string // Markdown below the heading
}

var titles = []struct {
	part  Part
	words []string
}{
	{Solution, []string{"solution", "solutions", "fix", "fixes", "patch", "patches", "remediation", "resolution", "upgrade"}},
	{Workaround, []string{"workaround", "workarounds", "mitigation", "mitigations"}},
	{Exploit, []string{"exploit", "exploits", "exploitation", "proof of concept", "poc"}},
	{Configuration, []string{"configuration", "configurations", "required configuration", "vulnerable configuration"}},
}

func partOf(title string) Part {
	word := strings.ToLower(strings.Trim(title, " :*_"))
	for _, row := range titles {
		if slices.Contains(row.words, word) {
			return row.part
		}
	}
	return Description
}

var heading = regexp.MustCompile(`^ {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*$`)

// Sections cuts a body at its headings of the highest level. Headings inside of
// code blocks are code.
func Sections(body string) []Section {
	level := 7
	forEachHeading(body, func(_, _, depth int, _ string) { level = min(level, depth) })
	out := []Section{{Part: Description}}
	from := 0
	forEachHeading(body, func(start, end, depth int, title string) {
		if depth != level {
			return
		}
		out[len(out)-1].Text = strings.TrimSpace(body[from:start])
		out = append(out, Section{Part: partOf(title), Title: title})
		from = end
	})
	out[len(out)-1].Text = strings.TrimSpace(body[from:])
	if out[0].Text == "" {
		out = out[1:]
	}
	return out
}

func forEachHeading(body string, f func(start, end, depth int, title string)) {
	fence := ""
	at := 0
	for line := range strings.Lines(body) {
		start := at
		at += len(line)
		text := strings.TrimRight(line, "\r\n")
		trimmed := strings.TrimLeft(text, " ")
		switch {
		case fence != "" && strings.HasPrefix(trimmed, fence) && strings.Trim(trimmed, fence[:1]+" \t") == "":
			fence = ""
		case fence != "":
		case strings.HasPrefix(trimmed, "```"), strings.HasPrefix(trimmed, "~~~"):
			fence = trimmed[:len(trimmed)-len(strings.TrimLeft(trimmed, trimmed[:1]))]
		default:
			if m := heading.FindStringSubmatch(text); m != nil {
				f(start, at, len(m[1]), m[2])
			}
		}
	}
}

// Join writes sections as a body again.
func Join(list []Section) string {
	var out []string
	for _, s := range list {
		if s.Title != "" {
			out = append(out, "## "+s.Title)
		}
		if s.Text != "" {
			out = append(out, s.Text)
		}
	}
	return strings.Join(out, "\n\n")
}

// OfPart returns the sections of one part.
func OfPart(list []Section, part Part) []Section {
	var out []Section
	for _, s := range list {
		if s.Part == part {
			out = append(out, s)
		}
	}
	return out
}

// Excerpt cuts a text to at most max bytes, at a word where there is one.
func Excerpt(text string, max int) string {
	if len(text) <= max {
		return text
	}
	cut := max - len("…")
	for cut > 0 && text[cut]&0xc0 == 0x80 {
		cut--
	}
	if space := strings.LastIndexAny(text[:cut], " \n"); space > cut/2 {
		cut = space
	}
	return strings.TrimSpace(text[:cut]) + "…"
}
