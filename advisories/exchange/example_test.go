package exchange_test

import (
	"fmt"

	"github.com/countersign/countersign/advisories/exchange"
)

// A record in any format becomes a document; what the document has no place for is
// named.
func ExampleImport() {
	result, err := exchange.Import("GHSA-4xqm-3cm2-5xgf.json", []byte(`{
  "schema_version": "1.7.0",
  "id": "GHSA-4xqm-3cm2-5xgf",
  "aliases": ["CVE-2026-90001"],
  "modified": "2026-04-02T00:00:00Z",
  "published": "2026-04-02T00:00:00Z",
  "summary": "Search term is printed without escaping",
  "details": "A link to the search page can carry a script.",
  "database_specific": {"colour": "blue"}
}`), exchange.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, d := range result.Documents {
		fmt.Printf("%s\n%s", d.Path, d.Text)
	}
	for _, l := range result.Losses {
		fmt.Printf("left out: %s: %s\n", l.Path, l.Reason)
	}
	// Output:
	// advisories/GHSA-4xqm-3cm2-5xgf.md
	// ---
	// id: GHSA-4xqm-3cm2-5xgf
	// title: Search term is printed without escaping
	// aliases: [CVE-2026-90001]
	// timeline:
	//   published: 2026-04-02
	// ---
	// A link to the search page can carry a script.
	// left out: database_specific: what one database notes for itself stays there
}
