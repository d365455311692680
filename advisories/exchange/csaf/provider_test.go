package csaf

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/countersign/countersign/advisories/exchange/record"
)

var published = []Published{
	{Path: "2023/a-1.json", ID: "A-1", Title: "One", Published: "2023-01-01T00:00:00Z", Updated: "2023-02-01T00:00:00Z"},
	{Path: "2024/a-2.json", ID: "A-2", Title: "Two", Summary: "Text", Published: "2024-01-01T00:00:00Z", Updated: "2024-01-01T00:00:00Z"},
}

func TestLists(t *testing.T) {
	if got := string(Index(published)); got != "2024/a-2.json\n2023/a-1.json\n" {
		t.Errorf("index.txt %q", got)
	}
	want := "2024/a-2.json,2024-01-01T00:00:00Z\n2023/a-1.json,2023-02-01T00:00:00Z\n"
	if got := strings.ReplaceAll(string(Changes(published)), `"`, ""); got != want {
		t.Errorf("changes.csv %q", got)
	}
	for id, want := range map[string]string{
		"MYBB-2024-0001": "mybb-2024-0001.json", "Red Hat: 2024/1": "red_hat_2024_1.json", "a+b": "a+b.json", "ÄÖ": "_.json",
	} {
		if got := FileName(id); got != want {
			t.Errorf("%s: found %s, want %s", id, got, want)
		}
	}
}

func TestProvider(t *testing.T) {
	p := Provider{
		Publisher: Publisher{Category: "vendor", Name: "A", Namespace: "https://a.example"}, Title: "A's advisories",
		Base: "https://a.example/csaf/", Metadata: "https://a.example/.well-known/csaf/provider-metadata.json",
	}
	var meta struct {
		Role string
		Keys []KeyFile `json:"public_openpgp_keys"`
	}
	role := func() string {
		if err := json.Unmarshal(p.MetadataJSON("2024-01-01T00:00:00Z"), &meta); err != nil {
			t.Fatal(err)
		}
		return meta.Role
	}
	if got := role(); got != "csaf_provider" {
		t.Errorf("without signatures the role is %s", got)
	}
	p.Keys = []KeyFile{{"AA", "https://a.example/key.asc"}}
	if got := role(); got != "csaf_provider" {
		t.Errorf("with a key and no signatures the role is %s", got)
	}
	p.Signed = true
	if got := role(); got != "csaf_trusted_provider" {
		t.Errorf("with signatures the role is %s", got)
	}
	feed := string(p.FeedJSON(published, "2024-01-01T00:00:00Z"))
	for _, want := range []string{
		`"https://a.example/csaf/2024/a-2.json.asc"`, `"https://a.example/csaf/2024/a-2.json.sha512"`, `"rel": "service"`,
		`"https://a.example/.well-known/csaf/service.json"`,
	} {
		if !strings.Contains(feed, want) {
			t.Errorf("the feed lacks %s", want)
		}
	}
	if strings.Index(feed, `"A-2"`) > strings.Index(feed, `"A-1"`) {
		t.Error("the feed does not begin with the newest")
	}
	p.Signed = false
	if strings.Contains(string(p.FeedJSON(published, "2024-01-01T00:00:00Z")), ".asc") {
		t.Error("the feed links signatures that are not there")
	}
	for _, data := range [][]byte{p.ServiceJSON(), p.CategoriesJSON()} {
		if !json.Valid(data) {
			t.Errorf("no JSON: %s", data)
		}
	}
}

func TestVersionRanges(t *testing.T) {
	for text, want := range map[string]string{
		"vers:generic/>=1.0|<1.2|>=2.0|<=2.1": "[{1.0 1.2 } {2.0  2.1}] []",
		"vers:npm/1.0|1.1":                    "[] [1.0 1.1]",
		"vers:generic/*":                      "[{0  }] []",
		"vers:generic/>=1%2C0|<2":             "[{1,0 2 }] []",
		"< V8.1 SP1":                          "[{0 V8.1 SP1 }] []",
		"All versions < V2":                   "[{0 V2 }] []",
		">= V2.3 and < V6.30":                 "[{V2.3 V6.30 }] []",
		"All versions":                        "[{0  }] []",
		"vers:generic/!=1.0":                  "unknown",
		"V1.0 to V2.0":                        "unknown",
	} {
		if got := versionsText(readVersions(text, true)); got != want {
			t.Errorf("%q: found %s, want %s", text, got, want)
		}
	}
}

func versionsText(ranges []record.Range, versions []string, ok bool) string {
	if !ok {
		return "unknown"
	}
	return fmt.Sprint(ranges, versions)
}
