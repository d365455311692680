package advisories

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unicode"
	"unicode/utf8"

	"github.com/countersign/countersign/advisories/finding"
)

// ConfigFile is the name of the file that makes a folder a security repository.
const ConfigFile = "countersign.yaml"

// The folders of a security repository.
const (
	AdvisoriesDir = "advisories"
	ReleasesDir   = "releases"
	KeysDir       = "keys"
	PagesDir      = "pages"
)

// Load reads a security repository. An error means that it could not be read at
// all; a document that cannot is a finding and stands in the set with Broken
// set, so that nobody takes it for absent. Reading uses all processors; the
// result is in the same order every time.
func Load(fsys fs.FS) (*Set, []finding.Finding, error) {
	text, _, err := new(reader).read(fsys, ConfigFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("expected %s, found none: run countersign init, or name the folder with -C: %w", ConfigFile, err)
	}
	if err != nil {
		return nil, nil, err
	}
	config, list := ParseConfig(finding.NewSource(ConfigFile, text))
	set := &Set{FS: fsys, Config: config}
	var jobs []job
	for _, dir := range []string{AdvisoriesDir, ReleasesDir, KeysDir, PagesDir} {
		found, err := walk(fsys, dir)
		if err != nil {
			return nil, nil, err
		}
		jobs = append(jobs, found...)
	}
	results, err := parseAll(fsys, jobs)
	if err != nil {
		return nil, nil, err
	}
	for i := range results {
		list = append(list, results[i].list...)
		switch d := results[i].document.(type) {
		case *Advisory:
			set.Advisories = append(set.Advisories, d)
		case *Release:
			set.Releases = append(set.Releases, d)
		case *Key:
			set.Keys = append(set.Keys, d)
		case *Page:
			set.Pages = append(set.Pages, d)
		}
	}
	list = append(list, set.index()...)
	finding.Sort(list)
	return set, list, nil
}

// job is one file to read.
type job struct {
	dir, path string
	reject    string // why it cannot be a document, empty where it may be one
}

type result struct {
	document any
	list     []finding.Finding
}

// walk lists the documents of a folder, by path.
func walk(fsys fs.FS, dir string) ([]job, error) {
	info, err := fs.Lstat(fsys, dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []job{{dir, dir, "expected a folder"}}, nil
	}
	var jobs []job
	err = fs.WalkDir(fsys, dir, func(p string, e fs.DirEntry, err error) error {
		switch name := e.Name(); {
		case err != nil:
			return err
		case p == dir:
			return nil
		case strings.HasPrefix(name, "."):
			if e.IsDir() {
				return fs.SkipDir
			}
			return nil
		case e.IsDir():
			return nil
		case e.Type()&fs.ModeSymlink != 0 && path.Ext(name) == "":
			jobs = append(jobs, job{dir, p, "expected a file or folder, found a symbolic link"})
		case !isMarkdown(name) || name == "README.md":
			return nil
		default:
			jobs = append(jobs, job{dir, p, rejectFile(p, e)})
		}
		if len(jobs) > maxFiles {
			return fmt.Errorf("%s: more than %d documents", dir, maxFiles)
		}
		return nil
	})
	slices.SortFunc(jobs, func(a, b job) int { return cmp.Compare(a.path, b.path) })
	return jobs, err
}

func isMarkdown(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".md", ".markdown":
		return true
	}
	return false
}

// rejectFile says why a file cannot be a document.
func rejectFile(p string, e fs.DirEntry) string {
	switch {
	case e.Type()&fs.ModeSymlink != 0:
		return "expected a file, found a symbolic link"
	case !e.Type().IsRegular():
		return "expected a plain file"
	case path.Ext(p) != ".md":
		return "expected a name that ends in .md"
	case !utf8.ValidString(p) || strings.ContainsFunc(p, badInPath):
		return "the file's name holds characters that a name cannot have"
	}
	return ""
}

func badInPath(r rune) bool {
	return r == '\\' || r == ':' || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == utf8.RuneError
}

// parseAll reads and parses the files on all processors.
func parseAll(fsys fs.FS, jobs []job) ([]result, error) {
	results := make([]result, len(jobs))
	failed := make([]error, len(jobs))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(jobs)) {
		workers.Go(func() {
			var r reader
			for i := int(next.Add(1)) - 1; i < len(jobs); i = int(next.Add(1)) - 1 {
				results[i], failed[i] = r.parse(fsys, jobs[i])
			}
		})
	}
	workers.Wait()
	for _, err := range failed {
		if err != nil {
			return nil, err
		}
	}
	return results, nil
}

// reader is one worker. The documents live as long as their set, so that it may
// keep them side by side: one by one, each would be rounded up to a size of the
// allocator's, by a tenth.
type reader struct {
	text       []byte
	advisories []Advisory
}

const (
	textRoom     = 1 << 20
	advisoryRoom = 64
)

func (w *reader) parse(fsys fs.FS, j job) (result, error) {
	if j.reject != "" {
		return j.broken("not-a-document", j.reject), nil
	}
	text, whole, err := w.read(fsys, j.path)
	if err != nil {
		return result{}, err
	}
	if !whole {
		return j.broken("too-large", fmt.Sprintf("the file is larger than %d bytes and was not read", maxFile)), nil
	}
	var r result
	src := finding.NewSource(j.path, text)
	switch j.dir {
	case AdvisoriesDir:
		if len(w.advisories) == 0 {
			w.advisories = make([]Advisory, advisoryRoom)
		}
		a := &w.advisories[0]
		w.advisories = w.advisories[1:]
		r.document, r.list = a, parseDocument(src, &a.Document, a)
	case ReleasesDir:
		r.document, r.list = parseRelease(src)
	case KeysDir:
		r.document, r.list = parseKey(src)
	default:
		r.document, r.list = parsePage(src)
	}
	return r, nil
}

// broken stands for a document that was not read.
func (j job) broken(rule, message string) result {
	src := finding.NewSource(strings.ToValidUTF8(j.path, "\uFFFD"), nil)
	r := result{list: []finding.Finding{fault(rule, src.Whole(), "", "%s", message)}}
	doc := Document{Source: src, Path: j.path, Head: src.Whole(), Body: src.Whole(), Broken: true}
	switch j.dir {
	case AdvisoriesDir:
		r.document = &Advisory{Document: doc}
	case ReleasesDir:
		r.document = &Release{Document: doc}
	case KeysDir:
		r.document = &Key{Document: doc}
	default:
		r.document = &Page{Document: doc}
	}
	return r
}

// read reads a file of up to maxFile bytes; whole is false for a larger one.
func (w *reader) read(fsys fs.FS, name string) (text []byte, whole bool, err error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = f.Close() }() // nothing was written
	info, err := f.Stat()
	if err != nil {
		return nil, false, err
	}
	if !info.Mode().IsRegular() {
		return nil, false, fmt.Errorf("%s: expected a plain file", name)
	}
	if info.Size() > maxFile {
		return nil, false, nil
	}
	// The size may change while it is read, or lie: what counts is what comes.
	n, err := io.ReadFull(f, w.room(int(info.Size())))
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, false, fmt.Errorf("%s: %w", name, err)
	}
	text, w.text = w.text[:n:n], w.text[n:]
	return text, true, nil
}

// room returns the next bytes of the worker's memory.
func (w *reader) room(size int) []byte {
	if len(w.text) < size {
		w.text = make([]byte, max(size, textRoom))
	}
	return w.text[:size]
}
