// Package exchange brings advisories of other formats into a security
// repository: OSV, CSAF 2.0 and 2.1, CVE JSON 5, GHSA (both the database's and
// the REST API's form), and the front matter of other projects (YAML, TOML,
// JSON). The packages below it read and write one format each.
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

// Loss is a value that the documents' model has no place for, or a file that
// could not be read (then its Path is empty).
type Loss struct {
	File     string
	Advisory string // id, where the value belongs to one
	tree.Loss
}

// Result is what an import brought.
type Result struct {
	Records   int              // that were read; those that are here already become no document
	Documents []Document       // by path
	Losses    []Loss           // by file, in the order of the file
	Products  []record.Product // that the repository's countersign.yaml does not have yet
	Repos     []record.Repo    // likewise
}

// Import reads one file of any of the formats; it may hold several records. The
// error says why nothing could be read.
func Import(name string, data []byte, opts Options) (*Result, error) {
	im := newImporter(opts)
	if err := im.file(name, data); err != nil {
		return nil, err
	}
	return im.finish(), nil
}

// ImportFS reads every file below root that could hold a record: JSON, YAML,
// TOML and Markdown. A file that cannot be read is a Loss without a path; the
// error is for root itself.
func ImportFS(fsys fs.FS, root string, opts Options) (*Result, error) {
	im := newImporter(opts)
	if err := fs.WalkDir(fsys, root, im.visit(fsys)); err != nil {
		return nil, err
	}
	return im.finish(), nil
}
