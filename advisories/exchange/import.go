package exchange

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/exchange/record"
	"github.com/countersign/countersign/advisories/exchange/tree"
)

// importer collects documents. Products and repositories are named when all
// records are read, so that the names do not hang on the order of files.
type importer struct {
	opts   Options
	read   []entry
	losses []Loss
}

// entry is a record that was read, before its products have their names.
type entry struct {
	file    string
	record  *record.Record
	unnamed bool // its id is the file's name, which several folders can have
}

func newImporter(opts Options) *importer { return &importer{opts: opts} }

func (im *importer) lose(file, id string, list ...tree.Loss) {
	for _, l := range list {
		im.losses = append(im.losses, Loss{File: file, Advisory: id, Loss: l})
	}
}

var extensions = []string{".json", ".jsonl", ".yaml", ".yml", ".toml", ".md", ".markdown"}

func (im *importer) visit(fsys fs.FS) fs.WalkDirFunc {
	return func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && strings.HasPrefix(d.Name(), ".") && d.Name() != ".":
			return fs.SkipDir
		case d.IsDir() || !slices.Contains(extensions, strings.ToLower(path.Ext(name))):
			return nil
		case !d.Type().IsRegular():
			im.lose(name, "", tree.Loss{Reason: "expected a plain file, found a link or a device"})
			return nil
		}
		data, err := fs.ReadFile(fsys, name)
		if err == nil {
			err = im.file(name, data)
		}
		if err != nil {
			im.lose(name, "", tree.Loss{Reason: strings.TrimPrefix(err.Error(), name+": ")})
		}
		return nil
	}
}

// file reads all records of a file.
func (im *importer) file(name string, data []byte) error {
	docs, err := parse(name, data)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	found := 0
	for _, doc := range docs {
		records, envelope := spread(doc.root)
		if envelope != nil {
			doc.series = stem(name)
		}
		var reasons tree.Reasons
		for _, root := range records {
			ids, why := im.one(name, doc, root)
			found += len(ids)
			if envelope == nil && len(ids) > 0 {
				im.lose(name, only(ids), root.Losses(why)...)
			}
			reasons = append(reasons, why...)
		}
		if len(reasons) > 0 {
			im.lose(name, "", envelope.Losses(reasons)...)
		}
	}
	if found == 0 {
		return fmt.Errorf("%s: expected an OSV, CSAF, CVE or GHSA record, or front matter with an id or title and a field of advisories, such as severity, cve or affected; found none", name)
	}
	return nil
}

// spread takes the records out of the envelope that they travel in, where there
// is one. What it says beside them is said of each.
func spread(root *tree.Node) (records []*tree.Node, envelope *tree.Node) {
	if root.Is(tree.List) {
		return root.Items(), nil
	}
	for _, key := range []string{"vulns", "vulnerabilities", "advisories"} {
		if root.Get("document") == nil && root.Get("id") == nil && root.Get("ghsa_id") == nil {
			if list := root.Spread(key); list != nil {
				return list, root
			}
		}
	}
	return []*tree.Node{root}, nil
}

// one reads one record, or the several of a CSAF document, and returns their ids
// and the reasons for what was left.
func (im *importer) one(name string, doc document, root *tree.Node) (ids []string, why tree.Reasons) {
	for _, f := range formats {
		if !f.is(root) {
			continue
		}
		for _, r := range f.read(root, context{doc.body, im.project()}) {
			r.Series = cmp.Or(r.Series, doc.series)
			im.read = append(im.read, entry{name, r, r.ID == ""})
			ids = append(ids, r.ID)
		}
		return ids, f.reasons
	}
	return nil, nil
}

// only is the id of a single record.
func only(ids []string) string {
	if len(ids) == 1 {
		return ids[0]
	}
	return ""
}

// tellApart makes an id that is the record's own, where its first one is not: two
// documents that speak of one CVE, or two folders with a file of one name.
func (e entry) tellApart() bool {
	r := e.record
	id := r.ID
	switch {
	case r.Series != "":
		r.ID = fileSafe(r.Series + "-" + id)
	case e.unnamed && len(r.Affected) > 0:
		r.ID = fileSafe(id + "-" + r.Affected[0].Product.Name)
	}
	if r.ID == id {
		return false
	}
	if record.IsCVE(id) && !slices.Contains(r.Aliases, id) {
		r.Aliases = append([]string{id}, r.Aliases...)
	}
	return true
}

func (im *importer) project() string {
	if im.opts.Set == nil {
		return ""
	}
	return im.opts.Set.Config.Project.Name.V
}

// here tells the advisories of the repository by all their ids, where records get
// ids of the project: one that was imported before is known by its alias.
func (im *importer) here() map[string]string {
	out := map[string]string{}
	if im.opts.Set == nil || im.opts.ID == nil {
		return out
	}
	for _, a := range im.opts.Set.Advisories {
		for _, id := range append(advisories.Texts(a.Aliases), a.ID.V) {
			out[strings.ToLower(id)] = a.ID.V
		}
	}
	delete(out, "")
	return out
}

// finish names products, ids and files, and writes the documents.
func (im *importer) finish() *Result {
	out := &Result{Records: len(im.read)}
	names := newNamer(im.opts.Set)
	for _, e := range im.read {
		names.see(e.record)
	}
	taken := map[string]string{}
	here := im.here()
	for _, e := range im.read {
		if id := here[strings.ToLower(e.record.ID)]; id != "" {
			im.lose(e.file, e.record.ID, tree.Loss{Reason: e.record.ID + " is here already, as " + id})
			continue
		}
		names.rename(e.record)
		im.identify(e)
		doc := im.write(e)
		key := strings.ToLower(doc.Path)
		if taken[key] != "" && e.tellApart() {
			doc = im.write(e)
			key = strings.ToLower(doc.Path)
		}
		if first, twice := taken[key]; twice {
			im.lose(e.file, e.record.ID, tree.Loss{Reason: "has the id of the record in " + first})
			continue
		}
		taken[key] = e.file
		out.Documents = append(out.Documents, doc)
	}
	slices.SortFunc(out.Documents, func(a, b Document) int { return cmp.Compare(a.Path, b.Path) })
	slices.SortStableFunc(im.losses, func(a, b Loss) int { return cmp.Compare(a.File, b.File) })
	out.Losses, out.Products, out.Repos = im.losses, names.products, names.repos
	return out
}

// identify gives the record its id here, and keeps the foreign one as an alias.
func (im *importer) identify(e entry) {
	r := e.record
	foreign := r.ID
	if im.opts.ID != nil {
		r.ID = im.opts.ID(foreign, r.Published)
	}
	r.ID = fileSafe(r.ID)
	if r.ID == "" {
		r.ID = cmp.Or(fileSafe(stem(e.file)), "imported")
	}
	if foreign != "" && foreign != r.ID && !slices.Contains(r.Aliases, foreign) {
		r.Aliases = append([]string{foreign}, r.Aliases...)
	}
	r.Aliases = slices.DeleteFunc(r.Aliases, func(alias string) bool { return alias == r.ID })
}

// stem is a file's name without its folder and ending.
func stem(name string) string {
	base := path.Base(name)
	return strings.TrimSuffix(base, path.Ext(base))
}

// fileSafe makes an id that can be a file's name on every system.
func fileSafe(id string) string {
	safe := strings.Map(func(c rune) rune {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_', c == '.':
			return c
		}
		return '-'
	}, id)
	return strings.Trim(safe[:min(len(safe), 100)], "-.")
}

func (im *importer) write(e entry) Document {
	r := e.record
	tidy(r)
	text := im.fit(e)
	return Document{Path: "advisories/" + r.ID + ".md", Text: text, From: e.file, Record: r}
}
