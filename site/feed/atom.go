package feed

import (
	"bytes"
	"encoding/xml"
	"time"
)

// Element names and attributes are those of RFC 4287.
type atomFeed struct {
	XMLName  xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang     string      `xml:"xml:lang,attr,omitempty"`
	ID       string      `xml:"id"`
	Title    string      `xml:"title"`
	Subtitle string      `xml:"subtitle,omitempty"`
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
	Title      string         `xml:"title"`
	Published  string         `xml:"published,omitempty"`
	Updated    string         `xml:"updated"`
	Link       atomLink       `xml:"link"`
	Categories []atomCategory `xml:"category"`
	People     []atomPerson   `xml:"contributor"`
	Summary    string         `xml:"summary,omitempty"`
	Content    *atomContent   `xml:"content,omitempty"`
}

type atomCategory struct {
	Term string `xml:"term,attr"`
}

type atomContent struct {
	Type string `xml:"type,attr"`
	Text string `xml:",chardata"`
}

// Atom returns the feed as an Atom document (RFC 4287). Text that XML cannot
// hold is replaced by U+FFFD.
func Atom(f Feed) []byte {
	doc := atomFeed{
		Lang: f.Language, ID: f.Self, Title: f.Title, Subtitle: f.Description, Updated: instant(f.Updated),
		Links: []atomLink{{"self", "application/atom+xml", f.Self}, {"alternate", "text/html", f.Home}},
	}
	if f.Author != "" {
		doc.Author = &atomPerson{f.Author}
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
		ID: e.ID, Title: e.Title, Published: instant(e.Published), Updated: instant(e.Updated),
		Link: atomLink{"alternate", "text/html", e.URL}, Summary: e.Summary,
	}
	for _, c := range e.Categories {
		out.Categories = append(out.Categories, atomCategory{c})
	}
	for _, name := range e.Authors {
		out.People = append(out.People, atomPerson{name})
	}
	if e.HTML != "" {
		out.Content = &atomContent{"html", e.HTML}
	}
	return out
}

// instant is a time as both formats write it; the zero time is left out.
func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
