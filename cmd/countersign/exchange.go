package main

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/urfave/cli/v2"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/exchange"
	"github.com/countersign/countersign/advisories/exchange/csaf"
	"github.com/countersign/countersign/advisories/exchange/cve"
	"github.com/countersign/countersign/advisories/exchange/openvex"
	"github.com/countersign/countersign/advisories/exchange/osv"
	"github.com/countersign/countersign/advisories/finding"
	"github.com/countersign/countersign/site"
)

func (p *program) exportCommand() *cli.Command {
	return p.command(&cli.Command{
		Name:      "export",
		Category:  formats,
		Usage:     "advisories as osv, csaf, cve or openvex; public ones only unless asked",
		ArgsUsage: "FORMAT [ID…]",
		Description: "Writes the files that the site would publish today. One advisory goes to standard output,\n" +
			"several need --output.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write one file an advisory into `DIR`"},
			&cli.BoolFlag{Name: "drafts", Usage: "also what is not public yet: do not hand these out"},
		},
	}, export)
}

var exportFormats = []string{string(site.OSV), string(site.CSAF), string(site.CVE), string(site.OpenVEX)}

func export(_ context.Context, s *session) error {
	if len(s.args) == 0 || !slices.Contains(exportFormats, s.args[0]) {
		return fmt.Errorf("export: expected a format, one of %s", strings.Join(exportFormats, ", "))
	}
	set, found, err := s.load()
	if err != nil {
		return err
	}
	in, faults, err := s.siteInput()
	if err != nil {
		return err
	}
	format := site.Format(s.args[0])
	if s.c.Bool("drafts") {
		s.warn(found)
		return s.exportDrafts(set, format)
	}
	in.Formats, in.Rules = []site.Format{format}, nil
	sink := &records{names: map[string]string{}}
	for _, a := range set.Advisories {
		if len(s.args) == 1 || slices.Contains(s.args[1:], a.ID.V) {
			sink.names[exportName(format, a)] = a.ID.V
		}
	}
	_, more, err := site.Build(*in, sink)
	if err != nil {
		return err
	}
	faults = append(faults, more...)
	s.warn(faults)
	if err := outcomeOf(faults); err != nil {
		return err // as with site build: what does not load could hide what must not be shown
	}
	return s.putRecords(set, sink.list)
}

// exportDrafts writes records without asking what is public. The site has none
// of drafts, since they would be taken for published. A record of a document that
// did not load whole lacks what was not read: that is told by the exit code.
func (s *session) exportDrafts(set *advisories.Set, format site.Format) error {
	var list []outFile
	broken := false
	for _, a := range set.Advisories {
		if a.ID.V == "" || len(s.args) > 1 && !slices.Contains(s.args[1:], a.ID.V) {
			continue
		}
		if data := draftRecord(set, a, format); data != nil {
			list = append(list, outFile{exportName(format, a), data, a.ID.V})
			broken = broken || a.Broken
		}
	}
	if err := s.putRecords(set, list); err != nil || !broken {
		return err
	}
	return outcome(exitFindings)
}

func draftRecord(set *advisories.Set, a *advisories.Advisory, format site.Format) []byte {
	switch format {
	case site.OSV:
		return osv.From(set, a, osv.Options{}).Encode()
	case site.CSAF:
		return csaf.From(set, a, csaf.Options{Publisher: csaf.PublisherOf(set), Version: version()}).Encode()
	case site.CVE:
		if r := cve.From(set, a, cve.Options{}); r != nil {
			return r.Encode()
		}
	case site.OpenVEX:
		if d := openvex.From(set, a, openvex.Options{}); d != nil {
			return d.Encode()
		}
	}
	return nil
}

// putRecords writes what an export kept, and names what the format did not take.
func (s *session) putRecords(set *advisories.Set, list []outFile) error {
	slices.SortFunc(list, func(a, b outFile) int { return cmp.Compare(a.name, b.name) })
	for _, id := range s.args[1:] {
		if !slices.ContainsFunc(list, func(f outFile) bool { return f.id == id }) {
			return withHint("`countersign site build` says why an advisory is not public; --drafts exports it all the same", "%s is not public, or has no record in this format", id)
		}
	}
	for _, f := range list {
		if filepath.Base(f.name) != f.name || !filepath.IsLocal(f.name) {
			return withHint("letters, digits, dots and hyphens can", "export: the id %q cannot be the name of a file", f.id)
		}
	}
	dir := s.c.String("output")
	switch {
	case dir == "" && len(list) == 1:
		s.tellExport(set, list)
		_, err := s.stdout.Write(list[0].data)
		return err
	case dir == "":
		return withHint("name one advisory, or a folder with --output DIR", "export: standard output takes one advisory, found %d", len(list))
	}
	for _, f := range list {
		if err := writeFile(filepath.Join(dir, f.name), f.data); err != nil {
			return err
		}
	}
	s.tellExport(set, list)
	s.say("%s in %s", finding.Count(len(list), "file"), dir)
	if left := len(set.Advisories) - len(list); len(s.args) == 1 && left > 0 {
		if s.c.Bool("drafts") {
			s.say("left out: %s without a record in this format", finding.Count(left, "advisory"))
		} else {
			s.say("left out: %s not public, or without a record in this format; `countersign site build` says why an advisory is not public", finding.Count(left, "advisory"))
		}
	}
	return nil
}

// tellExport names what the records do not carry of their advisories. OpenVEX
// says which products are affected, and is no form of an advisory.
func (s *session) tellExport(set *advisories.Set, list []outFile) {
	if site.Format(s.args[0]) == site.OpenVEX {
		return
	}
	of := map[string]*advisories.Advisory{}
	for _, a := range set.Advisories {
		of[a.ID.V] = a
	}
	var exports []exchange.Export
	for _, f := range list {
		exports = append(exports, exchange.Export{Advisory: of[f.id], File: f.name, Data: f.data})
	}
	for _, l := range exchange.Dropped(set, exports) {
		fmt.Fprintf(s.stderr, "%s: not in %s: %s: %s\n", l.Advisory, l.File, l.Path, finding.Plain(l.Value))
	}
}

// outFile is a file to be written; id is the advisory that it is about.
type outFile struct {
	name string
	data []byte
	id   string
}

// exportName is the name that the site gives an advisory's record.
func exportName(format site.Format, a *advisories.Advisory) string {
	switch format {
	case site.OSV:
		return osv.ID(a.ID.V) + ".json"
	case site.CSAF:
		return csaf.FileName(a.ID.V)
	}
	return a.ID.V + ".json"
}

// records is a Sink that keeps the records of some advisories.
type records struct {
	names map[string]string // name of the file, to the advisory's id
	mu    sync.Mutex
	list  []outFile
}

// Put keeps the file if it is one of those asked for.
func (r *records) Put(name string, data []byte) error {
	base := path.Base(name)
	id, wanted := r.names[base]
	if wanted {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.list = append(r.list, outFile{base, slices.Clone(data), id})
	}
	return nil
}

// Keep is false: an export starts from nothing.
func (r *records) Keep(string) bool { return false }

func (p *program) importCommand() *cli.Command {
	return p.command(&cli.Command{
		Name:      "import",
		Category:  formats,
		Usage:     "OSV, CSAF, CVE JSON, GHSA, TOML or JSON front matter into Markdown documents",
		ArgsUsage: "FILE|DIR",
		Description: "The format is told by the content. What our documents have no place for is named, nothing is\n" +
			"lost in silence. Existing documents are never replaced.",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "keep-ids", Usage: "keep the foreign ids instead of the next free ones of this project"},
			&cli.BoolFlag{Name: "dry-run", Usage: "say what would be written, write nothing"},
		},
	}, importDocuments)
}

func importDocuments(_ context.Context, s *session) error {
	if len(s.args) != 1 {
		return fmt.Errorf("import: expected one file or folder, found %d", len(s.args))
	}
	set, found, err := s.load()
	if err != nil {
		return err
	}
	s.warn(found)
	options := exchange.Options{Set: set}
	if !s.c.Bool("keep-ids") {
		if options.ID, err = nextIDs(s, set); err != nil {
			return err
		}
	}
	result, err := readForeign(s.args[0], options)
	if err != nil {
		return err
	}
	for _, d := range result.Documents {
		name := filepath.Join(s.dir, filepath.FromSlash(d.Path))
		if !fs.ValidPath(d.Path) {
			return fmt.Errorf("%s: the record's id would write outside of the repository: %q", d.From, d.Path)
		}
		if _, err := os.Lstat(name); err == nil {
			return withHint("move it away, or leave out --keep-ids", "%s is there already", name)
		}
	}
	for _, d := range result.Documents {
		fmt.Fprintf(s.stdout, "%s ← %s\n", d.Path, d.From)
		if !s.c.Bool("dry-run") {
			if err := writeFile(filepath.Join(s.dir, filepath.FromSlash(d.Path)), d.Text); err != nil {
				return err
			}
		}
	}
	return s.tellImport(result)
}

func readForeign(name string, options exchange.Options) (*exchange.Result, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return exchange.ImportFS(os.DirFS(name), ".", options)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return exchange.Import(filepath.Base(name), data, options)
}

// nextIDs gives each record the next free id of its year.
func nextIDs(s *session, set *advisories.Set) (func(string, advisories.Date) string, error) {
	pattern, err := advisories.ParseIDPattern(set.Config.ID.V)
	if err != nil {
		return nil, fmt.Errorf("countersign.yaml: id: %w", err)
	}
	var given []string
	return func(foreign string, published advisories.Date) string {
		if _, _, ok := pattern.Split(foreign); ok {
			return foreign
		}
		year := published.Year()
		if published.IsZero() {
			year = s.now.Year()
		}
		id := pattern.Next(set, year, given...)
		given = append(given, id)
		return id
	}, nil
}

func (s *session) tellImport(result *exchange.Result) error {
	for _, l := range result.Losses {
		fmt.Fprintf(s.stderr, "%s: not taken over: %s\n", finding.Plain(l.File), finding.Plain(strings.TrimPrefix(l.Path+": "+l.Reason, ": ")))
	}
	if result.Records == 0 {
		return withHint("it reads files that end in .json, .jsonl, .yaml, .yml, .toml, .md and .markdown", "import: found no record in %s", s.args[0])
	}
	if config := result.Config(); config != "" {
		if err := s.addToConfig(result, config); err != nil {
			return err
		}
	}
	if s.c.Bool("dry-run") {
		s.say("%s would be written", finding.Count(len(result.Documents), "document"))
		return nil
	}
	s.say("%s written; `countersign check` says what they still need", finding.Count(len(result.Documents), "document"))
	return nil
}

// addToConfig writes the products and repositories that an import met into
// countersign.yaml, where there is a place for them.
func (s *session) addToConfig(result *exchange.Result, config string) error {
	name := filepath.Join(s.dir, advisories.ConfigFile)
	old, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	text, ok := result.AddTo(old)
	if !ok || s.c.Bool("dry-run") {
		s.say("\n%s needs these:\n\n%s", advisories.ConfigFile, config)
		return nil
	}
	s.say("\n%s has these now:\n\n%s", advisories.ConfigFile, config)
	return writeFile(name, text)
}
