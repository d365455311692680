package site

import (
	"encoding/json"
	"encoding/xml"
	"html"
	"net/url"
	"strings"
	"testing"
	"time"
)

type atomPerson struct {
	Name string `xml:"name"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Href string `xml:"href,attr"`
	Type string `xml:"type,attr"`
}

type atomText struct {
	Type string `xml:"type,attr"`
	Text string `xml:",chardata"`
}

// words returns the text that readers show. What looks like HTML has to be said
// to be HTML, and nothing in it may stand for what could not be shown.
func words(list []atomText) (out []string) {
	for _, t := range list {
		text := html.UnescapeString(t.Text)
		if t.Type == "" && strings.ContainsAny(t.Text, "<&") || t.Type != "" && t.Type != "html" || strings.ContainsRune(text, '\uFFFD') {
			text = ""
		}
		out = append(out, text)
	}
	return out
}

// atomDocument holds every element that a feed of ours may have; anything else
// is a mistake.
type atomDocument struct {
	XMLName  xml.Name                     `xml:"http://www.w3.org/2005/Atom feed"`
	ID       []string                     `xml:"id"`
	Title    []atomText                   `xml:"title"`
	Subtitle []atomText                   `xml:"subtitle"`
	Updated  []string                     `xml:"updated"`
	Links    []atomLink                   `xml:"link"`
	Authors  []atomPerson                 `xml:"author"`
	Entries  []atomEntry                  `xml:"entry"`
	Other    []struct{ XMLName xml.Name } `xml:",any"`
}

type atomEntry struct {
	ID         []string     `xml:"id"`
	Title      []atomText   `xml:"title"`
	Published  []string     `xml:"published"`
	Updated    []string     `xml:"updated"`
	Summary    []atomText   `xml:"summary"`
	Links      []atomLink   `xml:"link"`
	People     []atomPerson `xml:"contributor"`
	Categories []struct {
		Term string `xml:"term,attr"`
	} `xml:"category"`
	Other []struct{ XMLName xml.Name } `xml:",any"`
}

// feedRules holds a feed to RFC 4287 (sections 4.1.1, 4.1.2, 4.2.6, 4.2.7) and to
// what the W3C's validator asks beyond it, and the JSON Feed beside it to version
// 1.1, item by item.
func feedRules(t *testing.T, files map[string][]byte, path string) {
	t.Helper()
	bad := func(format string, args ...any) { t.Helper(); t.Errorf(path+": "+format, args...) }
	one := func(what string, list []string) string {
		if len(list) != 1 || strings.TrimSpace(list[0]) == "" {
			bad("expected one %s, found %q", what, list)
			return ""
		}
		return list[0]
	}
	address := func(what, text string) {
		if u, err := url.Parse(text); err != nil || !u.IsAbs() || u.Host == "" {
			bad("%s is %q, which is no address", what, text)
		}
	}
	date := func(what, text string) time.Time {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil || at.Year() < 1990 {
			bad("%s is %q", what, text)
		}
		return at
	}
	var feed atomDocument
	if err := xml.Unmarshal(files[path+".xml"], &feed); err != nil {
		bad("%v", err)
		return
	}
	var beside struct {
		Version, Title, Home_Page_URL, Feed_URL, Language string
		Authors                                           []struct{ Name string }
		Items                                             []map[string]any
	}
	if err := json.Unmarshal(files[path+".json"], &beside); err != nil {
		bad("%v", err)
		return
	}
	self := "https://security.lantern.example/" + path
	address("id", one("id", feed.ID))
	one("title", words(feed.Title))
	updated := date("updated", one("updated", feed.Updated))
	if len(feed.Authors) != 1 || feed.Authors[0].Name == "" || len(feed.Other) > 0 {
		bad("authors %v, other elements %v", feed.Authors, feed.Other)
	}
	if len(feed.Links) != 2 || feed.Links[0] != (atomLink{"self", self + ".xml", "application/atom+xml"}) || feed.Links[1].Rel != "alternate" {
		bad("links %v", feed.Links)
	}
	if beside.Version != "https://jsonfeed.org/version/1.1" || beside.Title != words(feed.Title)[0] || beside.Feed_URL != self+".json" ||
		beside.Home_Page_URL != feed.Links[1].Href || len(beside.Authors) != 1 || len(beside.Items) != len(feed.Entries) {
		bad("the JSON Feed is another one: %+v", beside)
		return
	}
	seen, times := map[string]bool{}, map[string]bool{}
	for i, e := range feed.Entries {
		if times[e.Updated[0]] {
			bad("two entries were updated at %s", e.Updated[0])
		}
		times[e.Updated[0]] = true
		id := one("id of an entry", e.ID)
		address("id of an entry", id)
		if seen[id] {
			bad("two entries have the id %s", id)
		}
		seen[id] = true
		title, summary := one("title of an entry", words(e.Title)), one("summary of an entry", words(e.Summary))
		at, published := date("updated", one("updated of an entry", e.Updated)), date("published", one("published of an entry", e.Published))
		if at.After(updated) || published.After(at) {
			bad("%s: published %s, updated %s, the feed %s", id, published, at, updated)
		}
		if len(e.Links) != 1 || e.Links[0].Rel != "alternate" || e.Links[0].Href != id || len(e.Other) > 0 {
			bad("%s: links %v, other elements %v", id, e.Links, e.Other)
		}
		for _, p := range e.People {
			if strings.TrimSpace(p.Name) == "" {
				bad("%s: a contributor without a name", id)
			}
		}
		for _, c := range e.Categories {
			if c.Term == "" {
				bad("%s: a category without a term", id)
			}
		}
		item := beside.Items[i]
		if item["id"] != id || item["url"] != id || item["title"] != title || item["content_text"] != summary ||
			item["date_published"] != e.Published[0] || item["date_modified"] != e.Updated[0] {
			bad("the JSON Feed has %v, expected %+v", item, e)
		}
	}
}

// Every feed follows the rules, also one in which nothing stands yet, and one
// with hostile texts.
func TestFeedRules(t *testing.T) {
	hostile := sample()
	hostile["advisories/LAN-2026-0001.md"] = strings.NewReplacer(`"New hole"`, `"]]> & <b> \u0001\u202E"`, "Ada Reporter", "'Ada <x> & \"'").Replace(hostile["advisories/LAN-2026-0001.md"])
	empty := sample()
	delete(empty, "advisories/LAN-2025-0001.md")
	delete(empty, "advisories/LAN-2026-0001.md")
	for name, r := range map[string]repo{"sample": sample(), "hostile": hostile, "empty": empty, "many": lines(5)} {
		t.Run(name, func(t *testing.T) {
			files, _ := build(t, r.looseInput(t))
			for path := range files {
				if feed, ok := strings.CutSuffix(path, ".xml"); ok && files[feed+".json"] != nil {
					feedRules(t, files, feed)
				}
			}
			if name == "sample" && files["risk/high.xml"] == nil {
				t.Error("no feed for a risk")
			}
		})
	}
}
