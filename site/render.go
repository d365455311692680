package site

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/countersign/countersign/templates"
)

// contentPolicy lets a page use what the site itself holds and nothing else. It
// stands in every page, and with frame-ancestors, which a page cannot say of
// itself, in the file of headers.
const contentPolicy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'"

// look is the templates and the files that go with them, those of the theme in
// place of the built-in ones.
type look struct {
	set    *template.Template
	files  map[string][]byte // copied into the site
	digest digest

	mu       sync.Mutex
	programs map[string]*program // nil: html/template has to do it
}

// newLook reads the built-in files and the theme's. A template of the theme
// that does not parse is an error with its file and line.
func newLook(theme fs.FS) (*look, error) {
	l := &look{set: template.New("site"), files: map[string][]byte{}, programs: map[string]*program{}}
	sources := map[string][]byte{}
	for _, fsys := range []fs.FS{templates.FS, theme} {
		if fsys == nil {
			continue
		}
		if err := readLook(fsys, sources); err != nil {
			return nil, err
		}
	}
	var parts [][]byte
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		parts = append(parts, []byte(name), sources[name])
		if path.Ext(name) != ".html" {
			l.files[name] = sources[name]
			continue
		}
		if _, err := l.set.New(name).Parse(string(sources[name])); err != nil {
			return nil, fmt.Errorf("template %s: %w", name, err)
		}
	}
	l.digest = hashOf(parts...)
	return l, nil
}

// readLook adds the files of a folder, and of the folders in it, by path.
func readLook(fsys fs.FS, into map[string][]byte) error {
	return fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("read theme: %w", err)
		}
		base := path.Base(name)
		if d.IsDir() && name != "." && strings.HasPrefix(base, ".") {
			return fs.SkipDir
		}
		if d.IsDir() || strings.HasPrefix(base, ".") || path.Ext(name) == ".go" {
			return nil
		}
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return fmt.Errorf("read theme: %w", err)
		}
		into[name] = data
		return nil
	})
}

// program returns the compiled template, nil where it does what is not compiled.
func (l *look) program(name string, dot reflect.Type) *program {
	l.mu.Lock()
	defer l.mu.Unlock()
	p, known := l.programs[name]
	if !known {
		escape(l.set, name)
		c := &compiler{set: l.set, done: map[programKey]*program{}}
		p, _ = c.compile(name, dot) // what it cannot do, html/template can
		l.programs[name] = p
	}
	return p
}

// render writes a page. data is a pointer to the page's struct, and always the
// same type for one name.
func (l *look) render(w *bytes.Buffer, name string, data any) error {
	v := reflect.ValueOf(data)
	if p := l.program(name, v.Type()); p != nil {
		(*p)(w, v)
		return nil
	}
	return l.set.ExecuteTemplate(w, name, data)
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// page renders one page and puts it into the site.
func (b *builder) page(file, name string, data any) error {
	buf := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(buf)
	buf.Reset()
	if err := b.look.render(buf, name, data); err != nil {
		return fmt.Errorf("render %s: %w", file, err)
	}
	return b.put(file, straighten(buf.Bytes()))
}

// straighten makes visible, in place, what would reorder the text of a page:
// Unicode's embeddings, overrides and isolates, U+202A to U+202E and U+2066 to
// U+2069, become U+FFFD, which is as long. Nothing a reader compares, such as a
// fingerprint or a file's name, can look like another one by them.
func straighten(page []byte) []byte {
	for rest := page; ; {
		i := bytes.IndexByte(rest, 0xE2)
		if i < 0 || i+2 >= len(rest) {
			return page
		}
		second, third := rest[i+1], rest[i+2]
		if second == 0x80 && 0xAA <= third && third <= 0xAE || second == 0x81 && 0xA6 <= third && third <= 0xA9 {
			copy(rest[i:], "\uFFFD")
		}
		rest = rest[i+1:]
	}
}

// put adds a file that was rendered anew.
func (b *builder) put(file string, data []byte) error {
	if !fs.ValidPath(file) || file == "." {
		return fmt.Errorf("%q is no path inside the site", file)
	}
	b.files.Add(1)
	b.rendered.Add(1)
	b.mu.Lock()
	if _, known := b.state.files[file]; !known {
		b.state.files[file] = digest{}
	}
	b.mu.Unlock()
	return b.out.Put(file, data)
}

// derive adds a file that is made from nothing but what key was hashed from: if
// the last build made it from the same, it is kept and make is not called.
func (b *builder) derive(file string, key digest, make func() error) error {
	key = hashOf(b.global[:], key[:])
	b.mu.Lock()
	b.state.files[file] = key
	b.mu.Unlock()
	if b.in.Previous != nil && b.in.Previous.files[file] == key && (b.whole || b.out.Keep(file)) {
		b.files.Add(1)
		return nil
	}
	return make()
}

// shell returns what stands around a page at a path.
func (b *builder) shell(file, nav, heading string) shell {
	s := b.frame
	s.Root = strings.Repeat("../", strings.Count(file, "/"))
	s.Nav, s.Layout, s.Heading = nav, "wide", heading
	s.HeadTitle = s.headTitle(heading)
	s.Description = heading + ", from the security site of " + s.ProjectName
	if b.base != "" {
		s.Canonical = b.base + strings.TrimSuffix(file, "index.html")
	}
	s.Footer = slices.Clone(b.frame.Footer)
	for i := range s.Footer {
		s.Footer[i].Href = s.Root + s.Footer[i].Href
	}
	return s
}

// maxHeadTitle is how much of a title tabs and search results show.
const maxHeadTitle = 70

// headTitle adds the site's name to a title where there is room, and cuts a
// title that is too long at a word. What stands for a character in HTML counts
// with all its letters.
func (s *shell) headTitle(text string) string {
	if whole := text + " – " + s.SiteTitle; titleLength(whole) <= maxHeadTitle {
		return whole
	}
	if titleLength(text) <= maxHeadTitle {
		return text
	}
	letters := []rune(text)
	for len(letters) > 0 && titleLength(string(letters)) >= maxHeadTitle {
		letters = letters[:len(letters)-1]
	}
	cut := string(letters)
	if i := strings.LastIndexByte(cut, ' '); i > maxHeadTitle/2 {
		cut = cut[:i]
	}
	return cut + "…"
}

func titleLength(s string) int { return utf8.RuneCountInString(escapeHTML(s)) }

var errNoConfig = errors.New("countersign.yaml was not loaded: the site needs the project's name and address")
