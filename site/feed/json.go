package feed

import (
	"bytes"
	"encoding/json"
)

// Field names are those of https://www.jsonfeed.org/version/1.1/.
type jsonFeed struct {
	Version     string       `json:"version"`
	Title       string       `json:"title"`
	HomePageURL string       `json:"home_page_url"`
	FeedURL     string       `json:"feed_url"`
	Description string       `json:"description,omitempty"`
	Language    string       `json:"language,omitempty"`
	Authors     []jsonPerson `json:"authors,omitempty"`
	Items       []jsonItem   `json:"items"`
}

type jsonPerson struct {
	Name string `json:"name"`
}

type jsonItem struct {
	ID            string   `json:"id"`
	URL           string   `json:"url"`
	Title         string   `json:"title"`
	ContentText   string   `json:"content_text,omitempty"`
	ContentHTML   string   `json:"content_html,omitempty"`
	DatePublished string   `json:"date_published,omitempty"`
	DateModified  string   `json:"date_modified,omitempty"`
	Tags          []string `json:"tags,omitempty"`
}

// JSON returns the feed as a JSON Feed 1.1 document. An item needs content, so
// one without HTML has its summary as plain text.
func JSON(f Feed) []byte {
	doc := jsonFeed{
		Version: "https://jsonfeed.org/version/1.1", Title: f.Title, HomePageURL: f.Home, FeedURL: f.Self,
		Description: f.Description, Language: f.Language, Items: make([]jsonItem, 0, len(f.Entries)),
	}
	if f.Author != "" {
		doc.Authors = []jsonPerson{{f.Author}}
	}
	for _, e := range f.Entries {
		doc.Items = append(doc.Items, jsonItem{
			ID: e.ID, URL: e.URL, Title: printable(e.Title), ContentHTML: e.HTML, ContentText: printable(e.Summary),
			DatePublished: instant(e.Published), DateModified: instant(e.Updated), Tags: e.Categories,
		})
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	_ = enc.Encode(doc) // plain strings into memory: nothing can fail
	return out.Bytes()
}
