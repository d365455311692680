package feed

import (
	"encoding/json"
	"encoding/xml"
	"html"
	"strings"
	"testing"
	"time"
)

var sample = Feed{
	Title: "Lantern <security>", Home: "https://lantern.example/", Self: "https://lantern.example/feed.xml", Author: "Lantern",
	Language: "en", Updated: time.Date(2026, 5, 10, 0, 0, 0, 0, time.UTC),
	Entries: []Entry{{
		ID: "https://lantern.example/a?b&c", URL: "https://lantern.example/a?b&c", Title: "A ]]> & <b> \x00\u2028",
		Summary: "High risk.", HTML: "<p>x</p>", Categories: []string{"high"}, Authors: []string{"Ada"},
		Published: time.Date(2026, 5, 9, 23, 0, 0, 0, time.FixedZone("", -7200)), Updated: time.Date(2026, 5, 10, 0, 0, 0, 0, time.UTC),
	}},
}

// The Atom document is well-formed, has what RFC 4287 requires, and holds the
// texts as they were, but for what XML has no way to say.
func TestAtom(t *testing.T) {
	data := Atom(sample)
	var got struct {
		XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
		ID      string   `xml:"id"`
		Updated string   `xml:"updated"`
		Title   string   `xml:"title"`
		Author  string   `xml:"author>name"`
		Entries []struct {
			ID, Title, Updated, Published, Summary string
			Content                                struct {
				Type string `xml:"type,attr"`
				Text string `xml:",chardata"`
			} `xml:"content"`
		} `xml:"entry"`
	}
	dec := xml.NewDecoder(strings.NewReader(string(data)))
	dec.DefaultSpace = "http://www.w3.org/2005/Atom"
	if err := dec.Decode(&got); err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	if got.ID != sample.Self || html.UnescapeString(got.Title) != sample.Title || got.Author != "Lantern" || got.Updated != "2026-05-10T00:00:00Z" || len(got.Entries) != 1 {
		t.Errorf("got %+v", got)
	}
}

func TestJSON(t *testing.T) {
	var got map[string]any
	if err := json.Unmarshal(JSON(sample), &got); err != nil {
		t.Fatal(err)
	}
	if got["version"] != "https://jsonfeed.org/version/1.1" || got["feed_url"] != sample.Self {
		t.Errorf("got %v", got)
	}
	item := got["items"].([]any)[0].(map[string]any)
	if item["id"] != sample.Entries[0].ID || item["date_published"] != "2026-05-10T01:00:00Z" || item["content_html"] != "<p>x</p>" {
		t.Errorf("got %v", item)
	}
	if !strings.Contains(string(JSON(Feed{})), `"items": []`) {
		t.Error("a feed without entries must have an empty list")
	}
}
