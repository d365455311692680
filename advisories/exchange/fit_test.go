package exchange_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/exchange"
)

// entries joins many entries of a JSON list.
func entries(n int, format string) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(format, i))
	}
	return "[" + strings.Join(list, ", ") + "]"
}

func importOSV(t *testing.T, fields string) *exchange.Result {
	t.Helper()
	res, err := exchange.Import("x.json", []byte(`{"schema_version": "1.7.0", "id": "X-1", "modified": "2024-01-01T00:00:00Z", `+fields+`}`), exchange.Options{})
	if err != nil || len(res.Documents) != 1 {
		t.Fatalf("%v %.300v", err, res)
	}
	return res
}

// TestWhatDoesNotFit imports records with more of something than a document holds:
// the document can be read, and what is not in it is named.
func TestWhatDoesNotFit(t *testing.T) {
	long := strings.Repeat("x", 20_000)
	for name, c := range map[string]struct{ fields, lost string }{
		"references": {`"references": ` + entries(10_000, `{"type": "WEB", "url": "https://x.example/%d/`+long[:60]+`"}`), "references"},
		"credits":    {`"credits": ` + entries(10_000, `{"name": "Ann Example %d"}`), "credits"},
		"products":   {`"affected": ` + entries(10_000, `{"package": {"ecosystem": "npm", "name": "p%d"}, "versions": ["1"]}`), "affected"},
		"versions":   {`"affected": [{"package": {"ecosystem": "npm", "name": "p"}, "versions": ` + entries(400_000, `"1.%d"`) + `}]`, "versions of p"},
		"both": {`"affected": [{"package": {"ecosystem": "npm", "name": "p"}, "versions": ` + entries(20_000, `"1.%d"`) +
			`, "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "2.0.0"}]}]}]`, "versions of p"},
		"a title":    {`"summary": "` + strings.Repeat(long, 10) + `"`, ""},
		"an address": {`"references": [{"type": "WEB", "url": "https://` + long + `"}]`, "references"},
		"a version":  {`"affected": [{"package": {"ecosystem": "npm", "name": "p"}, "versions": ["` + long + `", "2"]}]`, "versions of p"},
		"a body":     {`"details": "` + strings.Repeat(long, 300) + `"`, "body"}, // what is left of it is read, and too long for Markdown
	} {
		start := time.Now()
		res := importOSV(t, c.fields)
		if took := time.Since(start); took > time.Minute { // three minutes, where each version is held against all others
			t.Errorf("%s: took %v", name, took)
		}
		set, found, err := advisories.Load(fstest.MapFS{
			"countersign.yaml": {Data: []byte("id: X-{number}\n" + res.Config())}, "advisories/X-1.md": {Data: res.Documents[0].Text},
		})
		if err != nil || len(found) > 0 && name != "a body" || len(set.Advisories) != 1 || string(set.Advisories[0].Text()) == "" && name == "a body" {
			t.Errorf("%s: %v %.300v", name, err, found)
		}
		var lost []string
		for _, l := range res.Losses {
			lost = append(lost, l.Path)
		}
		if strings.Join(lost, " ") != c.lost {
			t.Errorf("%s: lost %q, want %q", name, lost, c.lost)
		}
	}
}

// TestNamesOnce: an alias in capitals and in small letters is one, an empty one is
// none, and a name stands on one line.
func TestNamesOnce(t *testing.T) {
	res := importOSV(t, `"aliases": ["", "CVE-2024-10001", "cve-2024-10001"], "credits": [{"name": "Ann\nExample"}]`)
	for _, want := range []string{"\naliases: [CVE-2024-10001]\n", "{name: Ann Example, "} {
		if !strings.Contains(string(res.Documents[0].Text), want) {
			t.Errorf("expected %q, found\n%s", want, res.Documents[0].Text)
		}
	}
}

// TestConfigStaysReadable: products that would make countersign.yaml too long are
// not written into it.
func TestConfigStaysReadable(t *testing.T) {
	for n, size := range map[int]int{300: 15_000, 1: 20_000} {
		res := importOSV(t, `"affected": `+entries(n, `{"package": {"ecosystem": "npm", "name": "p%d`+strings.Repeat("x", size)+`"}, "versions": ["1"]}`))
		if _, ok := res.AddTo([]byte("id: X-{number}\n")); ok {
			t.Errorf("%d bytes of products were added", len(res.Config()))
		}
	}
}
