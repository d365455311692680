package exchange

import (
	"fmt"
	"io/fs"
)

func importFile(name string, data []byte, opts Options) (*Result, error) {
	return nil, fmt.Errorf("%s: expected OSV, CSAF, CVE, GHSA or front matter", name)
}

func importTree(fsys fs.FS, root string, opts Options) (*Result, error) {
	return nil, fmt.Errorf("%s: no file holds a record", root)
}
