// Package exchange brings advisories of other formats into a security
// repository: OSV, CSAF 2.0 and 2.1, CVE JSON 5, GHSA (both the database's and
// the REST API's form), and the front matter of other projects (YAML, TOML,
// JSON). The packages below it write those formats.
//
// Nothing is lost in silence. Each input is read as a tree in which every value
// that was understood is marked; what is left unmarked at the end is named as a
// Loss, with its path and the reason.
package exchange

import (
	"io/fs"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/exchange/record"
	"github.com/countersign/countersign/advisories/exchange/tree"
)

// Options say how foreign records become documents of this repository.
type Options struct {
	// Set is the repository that the documents are for: its products and repos
	// are recognised by package name, purl and address. May be nil.
	Set *advisories.Set
	// ID gives a record an id of the project; the foreign id becomes an alias.
	// nil keeps the foreign id.
	ID func(foreign string, published advisories.Date) string
}

// Document is one advisory, ready to be written.
type Document struct {
	Path   string // below the repository's root: advisories/ID.md
	Text   []byte // Markdown with YAML front matter
	From   string // the file it was read from
	Record *record.Record
}

// Loss is a value that the documents' model has no place for.
type Loss struct {
	File     string
	Advisory string // id, where the value belongs to one
	tree.Loss
}

// Result is what an import brought.
type Result struct {
	Documents []Document
	Losses    []Loss
	Products  []record.Product // that the repository's countersign.yaml does not have yet
}

// Import reads one file, of whatever known format; a file may hold several
// records. The error says why nothing could be read.
func Import(name string, data []byte, opts Options) (*Result, error) {
	return importFile(name, data, opts)
}

// ImportFS reads every file below root that looks like a record. Files that
// cannot be read are losses of their own; the error is for root itself.
func ImportFS(fsys fs.FS, root string, opts Options) (*Result, error) {
	return importTree(fsys, root, opts)
}

// Config returns the lines for `products` and `repos` of countersign.yaml that
// the documents need and the repository does not have; empty when there are none.
func (r *Result) Config() string { return record.ConfigYAML(r.Products) }
