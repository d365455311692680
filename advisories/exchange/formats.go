package exchange

import (
	"bytes"
	"fmt"
	"path"
	"strings"

	"github.com/countersign/countersign/advisories/exchange/csaf"
	"github.com/countersign/countersign/advisories/exchange/cve"
	"github.com/countersign/countersign/advisories/exchange/foreign"
	"github.com/countersign/countersign/advisories/exchange/ghsa"
	"github.com/countersign/countersign/advisories/exchange/osv"
	"github.com/countersign/countersign/advisories/exchange/record"
	"github.com/countersign/countersign/advisories/exchange/tree"
)

// context is what a reader may want to know beside the tree.
type context struct {
	body    string // Markdown beside the front matter
	project string // that the documents are for
}

// formats are tried in this order; the first that recognises a record reads it.
var formats = []struct {
	is      func(*tree.Node) bool
	read    func(*tree.Node, context) []*record.Record
	reasons tree.Reasons
}{
	{csaf.Is, func(n *tree.Node, c context) []*record.Record { return csaf.Read(n, c.project) }, csaf.Reasons},
	{cve.Is, func(n *tree.Node, c context) []*record.Record { return one(cve.Read(n, c.project)) }, cve.Reasons},
	{ghsa.Is, func(n *tree.Node, c context) []*record.Record { return one(ghsa.Read(n)) }, ghsa.Reasons},
	{osv.Is, func(n *tree.Node, c context) []*record.Record { return one(osv.Read(n)) }, osv.Reasons},
	{foreign.Is, func(n *tree.Node, c context) []*record.Record { return one(foreign.Read(n, c.body)) }, foreign.Reasons},
}

func one(r *record.Record) []*record.Record { return []*record.Record{r} }

// document is one parsed text: a tree, and the Markdown beside it.
type document struct {
	root   *tree.Node
	body   string
	series string // what the records of an envelope are called together
}

// parse reads a file's text by what its name and first bytes say it is.
func parse(name string, data []byte) ([]document, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	switch ext := strings.ToLower(path.Ext(name)); {
	case ext == ".json" || ext == ".jsonl" || ext == "" && bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")):
		return parseJSON(data)
	case ext == ".yaml" || ext == ".yml":
		root, err := tree.YAML(data)
		return []document{{root: root}}, err
	case ext == ".toml":
		root, err := tree.TOML(data)
		return []document{{root: root}}, err
	case ext == ".md" || ext == ".markdown":
		return parseMarkdown(data)
	}
	return nil, fmt.Errorf("expected a name that ends in %s", strings.Join(extensions, ", "))
}

func parseJSON(data []byte) ([]document, error) {
	roots, err := tree.JSON(data)
	var out []document
	for _, root := range roots {
		out = append(out, document{root: root})
	}
	return out, err
}
