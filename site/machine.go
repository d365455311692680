package site

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"math/bits"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/exchange/csaf"
	"github.com/countersign/countersign/advisories/exchange/cve"
	"github.com/countersign/countersign/advisories/exchange/openvex"
	"github.com/countersign/countersign/advisories/exchange/osv"
)

// csafDir holds the CSAF documents: everything here is public, TLP:WHITE.
const csafDir = ".well-known/csaf/white/"

// allFormats are the documents of an advisory, in the order in which pages name
// them.
var allFormats = []Format{OSV, CSAF, CVE, OpenVEX}

// bit is a format's place in a row's set of formats.
func (f Format) bit() uint8 { return 1 << slices.Index(allFormats, f) }

// wants reports whether a format is to be written.
func (b *builder) wants(f Format) bool {
	return b.in.Formats == nil || slices.Contains(b.in.Formats, f)
}

// document is one machine-readable document of an advisory.
type document struct {
	format Format
	path   string
	data   []byte
}

// formatFiles is what a page links to and a rebuild keeps: the document first,
// then the files that go with it.
type formatFiles struct {
	title string
	files []string
}

// formatsOf lists the documents beside an advisory's page.
func (b *builder) formatsOf(r *row) []formatFiles {
	var out []formatFiles
	for _, f := range allFormats {
		if r.Formats&f.bit() == 0 {
			continue
		}
		switch f {
		case OSV:
			out = append(out, formatFiles{"OSV", []string{b.osvPath(r.ID)}})
		case CSAF:
			file := csafDir + r.full().CSAF.Path
			files := []string{file, file + ".sha256", file + ".sha512"}
			if b.in.Signer.signs() {
				files = append(files, file+".asc")
			}
			out = append(out, formatFiles{"CSAF 2.0", files})
		case CVE:
			out = append(out, formatFiles{"CVE JSON 5", []string{cvePath(r.ID)}})
		case OpenVEX:
			out = append(out, formatFiles{"OpenVEX", []string{vexPath(r.ID)}})
		}
	}
	return out
}

// countFiles is how many files are made from one advisory.
func (b *builder) countFiles(r *row) int {
	n := 1 + bits.OnesCount8(r.Formats)
	if r.Formats&CSAF.bit() != 0 {
		n += 2
		if b.in.Signer.signs() {
			n++
		}
	}
	return n
}

// osvPath is where the OSV document of an advisory is. Whether an id has a prefix
// that OSV knows is the same for all that differ in their last digits only.
func (b *builder) osvPath(id string) string {
	stem := strings.TrimRight(id, "0123456789")
	before, known := b.osvPrefix.Load(stem)
	if !known {
		before = strings.TrimSuffix(osv.ID(id), id)
		b.osvPrefix.Store(stem, before)
	}
	return "osv/" + before.(string) + id + ".json"
}

// cvePath is named after the advisory, as all its files are: two advisories may
// have one CVE id, and are two files.
func cvePath(id string) string { return "cve/" + id + ".json" }
func vexPath(id string) string { return "openvex/" + id + ".json" }

// documents makes the machine-readable documents of an advisory and notes in its
// row which there are. A draft has none: they would be taken for published.
func (b *builder) documents(a *advisories.Advisory, r *row) []document {
	r.Formats, r.made.CSAF = 0, csaf.Published{}
	if r.why != "" {
		return nil
	}
	page := ""
	if b.base != "" {
		page = b.base + advisoryPath(r.ID)
	}
	var out []document
	add := func(f Format, path string, data []byte) {
		r.Formats |= f.bit()
		out = append(out, document{f, path, data})
	}
	if b.wants(OSV) {
		add(OSV, b.osvPath(r.ID), osv.From(b.shared, a, osv.Options{Page: page}).Encode())
	}
	if b.wants(CSAF) && b.base != "" {
		doc := csaf.From(b.shared, a, b.csafOptions(r, page))
		r.made.CSAF = csaf.At(doc)
		add(CSAF, csafDir+r.made.CSAF.Path, doc.Encode())
	}
	if b.wants(CVE) && b.speaksForCVE(r) {
		if rec := cve.From(b.shared, a, cve.Options{Page: page}); rec != nil {
			add(CVE, cvePath(r.ID), rec.Encode())
		}
	}
	if b.wants(OpenVEX) {
		opts := openvex.Options{Page: page}
		if b.base != "" {
			opts.URL = b.base + vexPath(r.ID)
		}
		if doc := openvex.From(b.shared, a, opts); doc != nil {
			add(OpenVEX, vexPath(r.ID), doc.Encode())
		}
	}
	return out
}

// speaksForCVE reports whether the advisory says what its CVE record should. One
// that was withdrawn, perhaps for another with the same CVE id, does not: its
// record would call the CVE rejected. Where advisories are numbered by their CVE
// ids, that is what it means.
func (b *builder) speaksForCVE(r *row) bool {
	id := r.full().cve(r.ID)
	return id != "" && (id == r.ID || !r.Withdrawn.reached(b.in.Now))
}

// csafOptions names the document's own address, which follows from the id and
// the year of publication alone.
func (b *builder) csafOptions(r *row, page string) csaf.Options {
	file := r.Published.time().Format("2006") + "/" + csaf.FileName(r.ID)
	return csaf.Options{Page: page, URL: b.base + csafDir + file, Publisher: b.publisher, Version: b.in.Version}
}

// putDocuments writes the documents, and for CSAF the hashes and signature that
// a provider offers with each.
func (b *builder) putDocuments(list []document) error {
	for _, d := range list {
		if err := b.put(d.path, d.data); err != nil {
			return err
		}
		switch d.format {
		case CSAF:
			if err := b.putHashes(d); err != nil {
				return err
			}
		case OSV:
			if b.wants(OSVArchive) {
				b.zip.add(path.Base(d.path), d.data)
			}
		}
	}
	return nil
}

func (b *builder) putHashes(d document) error {
	name := path.Base(d.path)
	short, long := sha256.Sum256(d.data), sha512.Sum512(d.data)
	if err := b.put(d.path+".sha256", []byte(hex.EncodeToString(short[:])+"  "+name+"\n")); err != nil {
		return err
	}
	if err := b.put(d.path+".sha512", []byte(hex.EncodeToString(long[:])+"  "+name+"\n")); err != nil {
		return err
	}
	return b.putSignature(d.path, d.data)
}

// machineFiles writes the indexes of the formats.
func (b *builder) machineFiles() error {
	for _, step := range []func() error{b.osvFiles, b.csafFiles} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// withFormat returns the public advisories that have a document of a format,
// oldest first.
func (b *builder) withFormat(f Format) []*row {
	out := make([]*row, 0, len(b.public))
	for _, r := range b.public {
		if r.Formats&f.bit() != 0 {
			out = append(out, r)
		}
	}
	return out
}

// csafFiles writes what makes the folder of CSAF documents a provider's.
func (b *builder) csafFiles() error {
	if !b.wants(CSAF) || b.base == "" {
		return nil
	}
	rows := b.withFormat(CSAF)
	provider := b.provider()
	key := docsKey(rows, string(provider.MetadataJSON("")))
	docs := func() []csaf.Published {
		out := make([]csaf.Published, len(rows))
		for i, r := range rows {
			out[i] = r.full().CSAF
		}
		return out
	}
	updated := func() string { return b.lastUpdate(rows).instant() }
	for _, f := range []struct {
		path string
		make func() []byte
	}{
		{".well-known/csaf/provider-metadata.json", func() []byte { return provider.MetadataJSON(updated()) }},
		{csafDir + csaf.FeedFile, func() []byte { return provider.FeedJSON(docs(), updated()) }},
		{".well-known/csaf/" + csaf.ServiceFile, provider.ServiceJSON},
		{csafDir + csaf.CategoriesFile, provider.CategoriesJSON},
		{csafDir + csaf.IndexFile, func() []byte { return csaf.Index(docs()) }},
		{csafDir + csaf.ChangesFile, func() []byte { return csaf.Changes(docs()) }},
	} {
		if err := b.derive(f.path, key, func() error { return b.put(f.path, f.make()) }); err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) provider() csaf.Provider {
	return csaf.Provider{
		Publisher: b.publisher, Title: b.frame.SiteTitle, Base: b.base + csafDir,
		Metadata: b.base + ".well-known/csaf/provider-metadata.json", Signed: b.in.Signer.signs(), Keys: b.csafKeys(),
	}
}

// lastUpdate is the moment of the last change among advisories; where there is
// none, the day of the newest release, else a day before all of them: readers
// take an earlier one for a mistake.
func (b *builder) lastUpdate(rows []*row) moment {
	var at moment
	for _, r := range rows {
		if u := r.updated(b.in.Now); u.Unix > at.Unix {
			at = u
		}
	}
	for _, r := range b.releases {
		if len(rows) == 0 && r.Released.Unix > at.Unix {
			at = r.Released
		}
	}
	if !at.Set {
		at = moment{Unix: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Unix(), Set: true, Day: true}
	}
	return at
}

// docsKey hashes what documents of some advisories were made from.
func docsKey(rows []*row, more string) digest {
	parts := make([]byte, 0, len(rows)*len(digest{}))
	for _, r := range rows {
		parts = append(parts, r.Page[:]...)
	}
	return hashOf(parts, []byte(more))
}
