package feed

import (
	"bytes"
	"encoding/xml"
	"html"
	"strings"
	"time"
	"unicode/utf8"
)

// Element names and attributes are those of RFC 4287.
type atomFeed struct {
	XMLName  xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang     string      `xml:"xml:lang,attr,omitempty"`
	ID       string      `xml:"id"`
	Title    atomText    `xml:"title"`
	Subtitle *atomText   `xml:"subtitle,omitempty"`
	Updated  string      `xml:"updated"`
	Links    []atomLink  `xml:"link"`
	Author   *atomPerson `xml:"author,omitempty"`
	Entries  []atomEntry `xml:"entry"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr,omitempty"`
	Href string `xml:"href,attr"`
}

type atomPerson struct {
	Name string `xml:"name"`
}

type atomEntry struct {
	ID         string         `xml:"id"`
	Title      atomText       `xml:"title"`
	Published  string         `xml:"published,omitempty"`
	Updated    string         `xml:"updated"`
	Link       atomLink       `xml:"link"`
	Categories []atomCategory `xml:"category"`
	People     []atomPerson   `xml:"contributor"`
	Summary    *atomText      `xml:"summary,omitempty"`
	Content    *atomText      `xml:"content,omitempty"`
}

type atomCategory struct {
	Term string `xml:"term,attr"`
}

// atomText is text of a type (section 3.1): plain, where none is named, or html.
type atomText struct {
	Type string `xml:"type,attr,omitempty"`
	Text string `xml:",chardata"`
}

// plainText is words as they are. Where plain text could be taken for HTML, as
// some readers do whatever its type, they are written in HTML, in which there is
// no doubt.
func plainText(words string) *atomText {
	words = printable(words)
	switch {
	case words == "":
		return nil
	case strings.ContainsAny(words, "<&"):
		return &atomText{"html", html.EscapeString(words)}
	}
	return &atomText{"", words}
}

// printable takes out what XML cannot hold, and the sign that stands for what
// could not be shown: readers call a feed with it damaged.
func printable(words string) string {
	return strings.Map(func(c rune) rune {
		if c == utf8.RuneError || c < ' ' && c != '\t' && c != '\n' || c == 0xFFFE || c == 0xFFFF {
			return -1
		}
		return c
	}, words)
}

// Atom returns the feed as an Atom document (RFC 4287).
func Atom(f Feed) []byte {
	doc := atomFeed{
		Lang: f.Language, ID: f.Self, Title: titleOf(f.Title), Subtitle: plainText(f.Description), Updated: instant(f.Updated),
		Links: []atomLink{{"self", "application/atom+xml", f.Self}, {"alternate", "text/html", f.Home}},
	}
	if f.Author != "" {
		doc.Author = &atomPerson{printable(f.Author)}
	}
	for _, e := range f.Entries {
		doc.Entries = append(doc.Entries, atomEntryOf(e))
	}
	var out bytes.Buffer
	out.WriteString(xml.Header)
	enc := xml.NewEncoder(&out)
	enc.Indent("", " ")
	_ = enc.Encode(doc) // plain strings into memory: nothing can fail
	out.WriteByte('\n')
	return out.Bytes()
}

func atomEntryOf(e Entry) atomEntry {
	out := atomEntry{
		ID: e.ID, Title: titleOf(e.Title), Published: instant(e.Published), Updated: instant(e.Updated),
		Link: atomLink{"alternate", "text/html", e.URL}, Summary: plainText(e.Summary),
	}
	for _, c := range e.Categories {
		out.Categories = append(out.Categories, atomCategory{c})
	}
	for _, name := range e.Authors {
		out.People = append(out.People, atomPerson{printable(name)})
	}
	if e.HTML != "" {
		out.Content = &atomText{"html", e.HTML}
	}
	return out
}

// titleOf is the text of a title, which has to be there.
func titleOf(words string) atomText {
	if text := plainText(words); text != nil {
		return *text
	}
	return atomText{}
}

// instant is a time as both formats write it; the zero time is left out.
func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
