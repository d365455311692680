package csaf

import (
	"cmp"
	"encoding/csv"
	"slices"
	"strings"

	"github.com/countersign/countersign/advisories/exchange/tree"
)

// Published is what the provider's lists say of one document.
type Published struct {
	Path      string // below the folder of the documents: 2024/myth-2024-0001.json
	ID        string
	Title     string
	Summary   string
	Published string // RFC 3339
	Updated   string // RFC 3339
}

// At lists a document under the path that the standard asks for: a folder for
// the year of its first release (section 7.1.11), and a name made from its id.
func At(doc *Document) Published {
	t := doc.Meta.Tracking
	year, _, _ := strings.Cut(t.InitialReleaseDate, "-")
	return Published{
		Path: year + "/" + FileName(t.ID), ID: t.ID, Title: doc.Meta.Title, Summary: doc.summary(),
		Published: t.InitialReleaseDate, Updated: t.CurrentReleaseDate,
	}
}

// FileName is the name of the document with an id (section 5.1): lower case,
// anything but letters, digits, plus and minus becomes one underscore.
func FileName(id string) string {
	out := make([]byte, 0, len(id)+len(".json"))
	for _, c := range []byte(strings.ToLower(id)) {
		if 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '+' || c == '-' {
			out = append(out, c)
		} else if len(out) == 0 || out[len(out)-1] != '_' {
			out = append(out, '_')
		}
	}
	return string(append(out, ".json"...))
}

// Provider is where the files of a provider are found.
type Provider struct {
	Publisher Publisher
	Title     string    // of the feed, such as "MyBB security advisories"
	Base      string    // address of the folder of the documents, ends in a slash
	Metadata  string    // address of provider-metadata.json
	Signed    bool      // every document has a detached signature beside it
	Keys      []KeyFile // OpenPGP keys that sign the documents
}

// KeyFile is a public OpenPGP key offered beside the metadata.
type KeyFile struct {
	Fingerprint string `json:"fingerprint,omitempty"` // 40 hex digits, no spaces
	URL         string `json:"url"`
}

// Names of the files in the folder of the documents. A category document is
// looked for beside its feed, under the feed's TLP label; the service document
// is looked for beside provider-metadata.json (section 7.1.16).
const (
	FeedFile       = "csaf-feed-tlp-white.json"
	ServiceFile    = "service.json"
	CategoriesFile = "category-white.json"
	IndexFile      = "index.txt"
	ChangesFile    = "changes.csv"
)

// MetadataJSON is provider-metadata.json (section 7.1.7). The role is trusted
// provider where documents are signed and a key is offered, else provider.
// updated is the instant of the last change of any document, RFC 3339.
func (p Provider) MetadataJSON(updated string) []byte {
	role := "csaf_provider"
	if p.Signed && len(p.Keys) > 0 {
		role = "csaf_trusted_provider"
	}
	type feed struct {
		Summary  string `json:"summary"`
		TLPLabel string `json:"tlp_label"`
		URL      string `json:"url"`
	}
	type rolie struct {
		Categories []string `json:"categories"`
		Feeds      []feed   `json:"feeds"`
		Services   []string `json:"services"`
	}
	type distribution struct {
		DirectoryURL string `json:"directory_url,omitempty"`
		ROLIE        *rolie `json:"rolie,omitempty"`
	}
	return tree.Encode(struct {
		CanonicalURL            string         `json:"canonical_url"`
		Distributions           []distribution `json:"distributions"`
		LastUpdated             string         `json:"last_updated"`
		ListOnCSAFAggregators   bool           `json:"list_on_CSAF_aggregators"`
		MetadataVersion         string         `json:"metadata_version"`
		MirrorOnCSAFAggregators bool           `json:"mirror_on_CSAF_aggregators"`
		PublicOpenPGPKeys       []KeyFile      `json:"public_openpgp_keys,omitempty"`
		Publisher               Publisher      `json:"publisher"`
		Role                    string         `json:"role"`
	}{
		CanonicalURL: p.Metadata,
		Distributions: []distribution{
			{ROLIE: &rolie{
				Categories: []string{p.Base + CategoriesFile},
				Feeds:      []feed{{p.Title, "WHITE", p.Base + FeedFile}},
				Services:   []string{p.service()},
			}},
			{DirectoryURL: p.Base},
		},
		LastUpdated: updated, ListOnCSAFAggregators: true, MetadataVersion: "2.0",
		MirrorOnCSAFAggregators: true, PublicOpenPGPKeys: p.Keys, Publisher: p.Publisher, Role: role,
	})
}

type link struct {
	Rel  string `json:"rel"`
	Href string `json:"href"`
}

type category struct {
	Scheme string `json:"scheme,omitempty"`
	Term   string `json:"term"`
}

var isCSAF = category{"urn:ietf:params:rolie:category:information-type", "csaf"}

// FeedJSON is the ROLIE feed of all documents (section 7.1.15), newest first.
func (p Provider) FeedJSON(docs []Published, updated string) []byte {
	type content struct {
		Src  string `json:"src"`
		Type string `json:"type"`
	}
	type format struct {
		Schema  string `json:"schema"`
		Version string `json:"version"`
	}
	type summary struct {
		Content string `json:"content"`
	}
	type entry struct {
		ID        string   `json:"id"`
		Title     string   `json:"title"`
		Link      []link   `json:"link"`
		Published string   `json:"published"`
		Updated   string   `json:"updated"`
		Summary   *summary `json:"summary,omitempty"`
		Content   content  `json:"content"`
		Format    format   `json:"format"`
	}
	type feed struct {
		ID       string     `json:"id"`
		Title    string     `json:"title"`
		Link     []link     `json:"link"`
		Category []category `json:"category"`
		Updated  string     `json:"updated"`
		Entry    []entry    `json:"entry"`
	}
	entries := make([]entry, 0, len(docs))
	for _, d := range newestFirst(docs) {
		href := p.Base + d.Path
		e := entry{
			ID: d.ID, Title: d.Title, Published: d.Published, Updated: d.Updated,
			Link:    []link{{"self", href}, {"hash", href + ".sha256"}, {"hash", href + ".sha512"}},
			Content: content{href, "application/json"},
			Format:  format{schemaURL, "2.0"},
		}
		if p.Signed {
			e.Link = append(e.Link, link{"signature", href + ".asc"})
		}
		if d.Summary != "" {
			e.Summary = &summary{d.Summary}
		}
		entries = append(entries, e)
	}
	return tree.Encode(map[string]feed{"feed": {
		ID: "csaf-feed-tlp-white", Title: p.Title, Updated: updated,
		Link:     []link{{"self", p.Base + FeedFile}, {"service", p.service()}},
		Category: []category{isCSAF}, Entry: entries,
	}})
}

// service is the address of the service document.
func (p Provider) service() string {
	return p.Metadata[:strings.LastIndexByte(p.Metadata, '/')+1] + ServiceFile
}

// ServiceJSON is the ROLIE service document (section 7.1.16).
func (p Provider) ServiceJSON() []byte {
	type categories struct {
		Category []category `json:"category"`
	}
	type collection struct {
		Title      string     `json:"title"`
		Href       string     `json:"href"`
		Categories categories `json:"categories"`
	}
	type workspace struct {
		Title      string       `json:"title"`
		Collection []collection `json:"collection"`
	}
	return tree.Encode(map[string]any{"service": map[string]any{"workspace": []workspace{{
		Title:      "Public CSAF feed",
		Collection: []collection{{p.Title, p.Base + FeedFile, categories{[]category{isCSAF}}}},
	}}}})
}

// CategoriesJSON is the ROLIE category document (section 7.1.17): the terms that
// entries can be filtered by.
func (p Provider) CategoriesJSON() []byte {
	return tree.Encode(map[string]any{"categories": map[string]any{
		"category": []category{{Term: "csaf"}},
	}})
}

// Index is index.txt (section 7.1.12): the paths of all documents.
func Index(docs []Published) []byte {
	var out strings.Builder
	for _, d := range newestFirst(docs) {
		out.WriteString(d.Path + "\n")
	}
	return []byte(out.String())
}

// Changes is changes.csv (section 7.1.13): paths and the days of their last
// change, newest first.
func Changes(docs []Published) []byte {
	var out strings.Builder
	w := csv.NewWriter(&out)
	for _, d := range newestFirst(docs) {
		w.Write([]string{d.Path, d.Updated}) // a strings.Builder does not fail
	}
	w.Flush()
	return []byte(out.String())
}

func newestFirst(docs []Published) []Published {
	sorted := slices.Clone(docs)
	slices.SortFunc(sorted, func(a, b Published) int {
		return cmp.Or(cmp.Compare(b.Updated, a.Updated), cmp.Compare(a.Path, b.Path))
	})
	return sorted
}
