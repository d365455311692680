package pkgfile

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"
)

// hostile is one way to make a package say two things.
var hostile = []struct {
	name   string
	rule   string // what it breaks, in the order of Problems
	file   string
	build  func(t testing.TB) []byte
	limits Limits
}{
	{name: "duplicate, fixed first", rule: RuleDuplicate, file: "a.zip", build: zipped(item{name: "x.php", body: "fixed"}, item{name: "x.php", body: "vulnerable"})},
	{name: "duplicate in a tar", rule: RuleDuplicate, file: "a.tar", build: tarred(item{name: "x.php", body: "fixed"}, item{name: "./x.php", body: "vulnerable"})},
	{name: "file and folder", rule: RuleDuplicate, file: "a.zip", build: zipped(item{name: "x/"}, item{name: "x", body: "1"})},
	{name: "dot dot", rule: RulePath, file: "a.zip", build: zipped(item{name: "../x"})},
	{name: "dot dot inside", rule: RulePath, file: "a.tar", build: tarred(item{name: "a/../../x"})},
	{name: "dot dot to the same place", rule: RulePath, file: "a.zip", build: zipped(item{name: "a/../x"})},
	{name: "absolute", rule: RulePath, file: "a.tar", build: tarred(item{name: "/etc/passwd"})},
	{name: "absolute after a dot", rule: RulePath, file: "a.tar", build: tarred(item{name: ".//etc/passwd"})},
	{name: "backslash", rule: RulePath, file: "a.zip", build: zipped(item{name: `a\..\x`})},
	{name: "NUL", rule: RulePath, file: "a.zip", build: zipped(item{name: "x.php\x00.txt"})},
	{name: "drive letter", rule: RulePath, file: "a.zip", build: zipped(item{name: "C:x"})},
	{name: "not UTF-8", rule: RulePath, file: "a.zip", build: zipped(item{name: "\xff\xfe"})},
	{name: "empty name", rule: RulePath, file: "a.zip", build: zipped(item{name: ""})},
	{name: "folder outside", rule: RulePath, file: "a.zip", build: zipped(item{name: "../"})},
	{name: "long name", rule: RulePath, file: "a.zip", build: zipped(item{name: strings.Repeat("a/", 3000) + "x"})},
	{name: "case", rule: RuleCollision, file: "a.zip", build: zipped(item{name: "inc/Theme.php", body: "1"}, item{name: "INC/theme.php", body: "2"})},
	{name: "Unicode form", rule: RuleCollision, file: "a.zip", build: zipped(item{name: "\u00e9"}, item{name: "e\u0301"})},
	{name: "Unicode case", rule: RuleCollision, file: "a.zip", build: zipped(item{name: "stra\u00dfe"}, item{name: "STRASSE"})},
	{name: "dot at the end", rule: RuleCollision, file: "a.zip", build: zipped(item{name: "x.php"}, item{name: "x.php."})},
	{name: "file used as folder", rule: RuleCollision, file: "a.zip", build: zipped(item{name: "a", body: "1"}, item{name: "a/b", body: "2"})},
	{name: "link out", rule: RuleLink, file: "a.tar", build: tarred(link("a/l", "../../x"))},
	{name: "link out in a zip", rule: RuleLink, file: "a.zip", build: zipped(item{name: "l", body: "../x", mode: os.ModeSymlink | 0o777})},
	{name: "absolute link", rule: RuleLink, file: "a.tar", build: tarred(link("l", "/etc/passwd"))},
	{name: "link out through a link", rule: RuleLink, file: "a.tar", build: tarred(link("a/b/up", ".."), link("x", "a/b/up/../../.."))},
	{name: "links in a circle", rule: RuleLink, file: "a.tar", build: tarred(link("a", "b"), link("b", "a"))},
	{name: "write through a link", rule: RuleLink, file: "a.tar", build: tarred(item{name: "real/x"}, link("l", "real"), item{name: "l/x", body: "2"})},
	{name: "hard link to nowhere", rule: RuleLink, file: "a.tar", build: tarred(hardLink("l", "../x"))},
	{name: "hard link forward", rule: RuleLink, file: "a.tar", build: tarred(hardLink("l", "x"), item{name: "x"})},
	{name: "device", rule: RuleDevice, file: "a.tar", build: tarred(item{name: "d", tar: tar.Header{Typeflag: tar.TypeChar}})},
	{name: "pipe in a zip", rule: RuleDevice, file: "a.zip", build: zipped(item{name: "d", mode: os.ModeNamedPipe | 0o644})},
	{name: "local name differs", rule: RuleMismatch, file: "a.zip", build: patched("x.php", 1, "y.php", zipped(item{name: "x.php", body: "1"}))},
	{name: "local size differs", rule: RuleMismatch, file: "a.zip", build: raw(func(h *zip.FileHeader) {}, func(b []byte) { b[22]++ })},
	{name: "local method differs", rule: RuleMismatch, file: "a.zip", build: raw(func(h *zip.FileHeader) {}, func(b []byte) { b[8] = 8 })},
	{name: "two names", rule: RuleMismatch, file: "a.zip", build: raw(func(h *zip.FileHeader) { h.Extra = unicodeName("x", "y") }, nil)},
	{name: "count lies", rule: RuleMismatch, file: "a.zip", build: cut(func(b []byte) []byte { b[len(b)-12], b[len(b)-14] = 1, 1; return b }, zipped(item{name: "a"}, item{name: "b"}))},
	{name: "two counts", rule: RuleMismatch, file: "a.zip", build: cut(func(b []byte) []byte { b[len(b)-14] = 1; return b }, zipped(item{name: "a"}, item{name: "b"}))},
	{name: "two end records", rule: RuleMismatch, file: "a.zip", build: func(t testing.TB) []byte {
		b := makeZip(t, item{name: "a"}, item{name: "b"})
		return large(b, 1, bytes.LastIndex(b, le.AppendUint32(nil, sigCentral))) // the large one's directory begins with the second file
	}},
	{name: "no descriptor where one should be", rule: RuleHiddenData, file: "a.zip", build: patched(string(le.AppendUint32(nil, sigDescriptor)), 1, "PK\x07\x09", zipped(item{name: "x", body: "1"}))},
	{name: "descriptor's checksum differs", rule: RuleMismatch, file: "a.zip", build: cut(func(b []byte) []byte {
		b[bytes.Index(b, le.AppendUint32(nil, sigDescriptor))+4]++
		return b
	}, zipped(item{name: "x", body: "1"}))},
	{name: "local flags differ", rule: RuleMismatch, file: "a.zip", build: raw(func(h *zip.FileHeader) {}, func(b []byte) { b[6] |= flagDescriptor })},
	{name: "link with content", rule: RuleMismatch, file: "a.tar", build: sizedLink},
	{name: "folder with content", rule: RuleHiddenData, file: "a.zip", build: patched("xy", 2, "x/", zipped(item{name: "xy", body: "1"}))},
	{name: "endless end of a tar", rule: RuleHiddenData, file: "a.tar", build: joined(tarred(item{name: "x"}), func(testing.TB) []byte { return make([]byte, tarPadding+1) })},
	{name: "dictionary of four gigabytes", rule: RuleBomb, file: "a.tar.xz", build: text("\xfd7zXZ\x00\x00\x04\xe6\xd6\xb4\x46\x02\x00\x21\x01\x28" + strings.Repeat("\x00", 64))},
	{name: "size twice in a tar", rule: RuleMismatch, file: "a.tar", build: paxSize},
	{name: "two names in a tar", rule: RuleMismatch, file: "a.tar", build: twoNames},
	{name: "one name for all in a tar", rule: RuleMismatch, file: "a.tar", build: tarred(item{tar: tar.Header{Typeflag: tar.TypeXGlobalHeader, PAXRecords: map[string]string{"path": "y"}}}, item{name: "x"})},
	{name: "two extended headers in a tar", rule: RuleMismatch, file: "a.tar", build: headers(extended("y"), extended("z"), header('0', "x", "1"))},
	{name: "one extended header, said twice", rule: RuleMismatch, file: "a.tar", build: headers(extended("x"), extended("x"), header('0', "x", "1"))},
	{name: "two long names in a tar", rule: RuleMismatch, file: "a.tar", build: headers(header('L', "././@LongLink", "y\x00"), header('L', "././@LongLink", "z\x00"), header('0', "x", "1"))},
	{name: "two long targets in a tar", rule: RuleMismatch, file: "a.tar", build: headers(header('0', "a", "1"), header('K', "././@LongLink", "a\x00"), header('K', "././@LongLink", "b\x00"), header('2', "l", ""))},
	{name: "another name in POSIX's way, then a long one in GNU's", rule: RuleMismatch, file: "a.tar", build: headers(extended("y"), header('L', "././@LongLink", "z\x00"), header('0', "x", "1"))},
	{name: "a header for all between a file and its own", rule: RuleMismatch, file: "a.tar", build: headers(extended("y"), header('g', "g", "8 a=bcd\n"), header('0', "x", "1"))},
	{name: "the beginning of a name, in GNU's format", rule: RuleMismatch, file: "a.tar", build: headers(prefixed("ustar  \x00", "p"))},
	{name: "the beginning of a name, in the oldest format", rule: RuleMismatch, file: "a.tar", build: headers(prefixed("\x00\x00\x00\x00\x00\x00\x00\x00", "p"))},
	{name: "a size that begins with NUL", rule: RuleMismatch, file: "a.tar", build: headers(sizedAs("\x0000000002001\x00"[:12], header('0', "x", strings.Repeat("y", 1025))))},
	{name: "a file behind one block of zeros", rule: RuleUnreadable, file: "a.tar", build: headers(header('0', "x", "1"), text(string(make([]byte, tarBlock))), header('0', "y", "1"))},
	{name: "a file behind the end of a tar", rule: RuleHiddenData, file: "a.tar", build: headers(header('0', "x", "1"), text(string(make([]byte, 2*tarBlock))), header('0', "y", "1"))},
	{name: "a second tar in a second gzip stream", rule: RuleHiddenData, file: "a.tar.gz", build: joined(gzipped(tarred(item{name: "x"})), gzipped(tarred(item{name: "y"})))},
	{name: "a pipe in a tar", rule: RuleDevice, file: "a.tar", build: tarred(item{name: "d", tar: tar.Header{Typeflag: tar.TypeFifo}})},
	{name: "hard link to a link out", rule: RuleLink, file: "a.tar", build: tarred(link("l", "../x"), hardLink("h", "l"))},
	{name: "NUL in a name of a tar", rule: RuleUnreadable, file: "a.tar", build: headers(header('x', "x", "14 path=a\x00b.c\n"), header('0', "a", "1"))},
	{name: "folders that differ by case", rule: RuleCollision, file: "a.tar", build: tarred(item{name: "Inc", body: "1"}, item{name: "inc/x", body: "2"})},
	{name: "two large sizes", rule: RuleMismatch, file: "a.zip", build: raw(func(h *zip.FileHeader) { h.Extra = slices.Concat(largeSizes(4, 4), largeSizes(4, 4)) }, nil)},
	{name: "another large size", rule: RuleMismatch, file: "a.zip", build: raw(func(h *zip.FileHeader) { h.Extra = largeSizes(5, 4) }, nil)},
	{name: "one name, in two encodings", rule: RuleMismatch, file: "a.zip", build: raw(func(h *zip.FileHeader) { h.Name = "\u00e9" }, func(b []byte) { b[7] ^= flagUTF8 >> 8 })},
	{name: "a link by its mode, of a system without links", rule: RuleMismatch, file: "a.zip", build: raw(func(h *zip.FileHeader) { h.CreatorVersion, h.ExternalAttrs = 5<<8, 0o120777<<16 }, nil)},
	{name: "a folder by its mode, a file by its name", rule: RuleMismatch, file: "a.zip", build: raw(func(h *zip.FileHeader) { h.CreatorVersion, h.ExternalAttrs = madeByUnix<<8, 0o040755<<16 }, nil)},
	{name: "two zips joined", rule: RuleHiddenData, file: "a.zip", build: joined(zipped(item{name: "x", body: "1"}), zipped(item{name: "x", body: "2"}))},
	{name: "data before", rule: RuleUnreadable, file: "a.zip", build: joined(text("#!/bin/sh\n"), zipped(item{name: "x"}))},
	{name: "data after", rule: RuleHiddenData, file: "a.zip", build: joined(zipped(item{name: "x"}), text("more"))},
	{name: "data between", rule: RuleHiddenData, file: "a.zip", build: hiddenEntry},
	{name: "data after a tar", rule: RuleHiddenData, file: "a.tar", build: joined(tarred(item{name: "x", body: "1"}), tarred(item{name: "x", body: "2"}))},
	{name: "data after gzip", rule: RuleUnreadable, file: "a.tar.gz", build: joined(gzipped(tarred(item{name: "x"})), text("more"))},
	{name: "cut short", rule: RuleUnreadable, file: "a.zip", build: cut(func(b []byte) []byte { return b[:len(b)-5] }, zipped(item{name: "x"}))},
	{name: "tar cut short", rule: RuleUnreadable, file: "a.tar", build: cut(func(b []byte) []byte { return b[:600] }, tarred(item{name: "x", body: strings.Repeat("x", 900)}))},
	{name: "no archive", rule: RuleUnreadable, file: "a.zip", build: text("hello")},
	{name: "another format", rule: RuleUnreadable, file: "a.zip", build: tarred(item{name: "x"})},
	{name: "encrypted", rule: RuleUnreadable, file: "a.zip", build: raw(func(h *zip.FileHeader) { h.Flags |= flagEncrypted }, nil)},
	{name: "unknown method", rule: RuleUnreadable, file: "a.zip", build: raw(func(h *zip.FileHeader) { h.Method = 99 }, nil)},
	{name: "checksum", rule: RuleUnreadable, file: "a.zip", build: raw(func(h *zip.FileHeader) { h.CRC32++ }, nil)},
	{name: "sparse", rule: RuleUnreadable, file: "a.tar", build: sparse},
	{name: "size lies up", rule: RuleSizeLies, file: "a.zip", build: raw(func(h *zip.FileHeader) { h.UncompressedSize64 = 9 }, nil)},
	{name: "size lies down", rule: RuleSizeLies, file: "a.zip", build: raw(func(h *zip.FileHeader) { h.UncompressedSize64 = 1 }, nil)},
	{name: "shared bytes", rule: RuleBomb, file: "a.zip", build: overlapping},
	{name: "bomb", rule: RuleBomb, file: "a.zip", build: zipped(item{name: "x", body: zeros})},
	{name: "bomb in a stream", rule: RuleBomb, file: "a.tar.gz", build: gzipped(tarred(item{name: "x", body: zeros}))},
	{name: "many entries", rule: RuleTooMany, file: "a.zip", build: many, limits: Limits{Entries: 100}},
	{name: "many entries in a tar", rule: RuleTooMany, file: "a.tar", build: manyTarred, limits: Limits{Entries: 100}},
	{name: "large file", rule: RuleTooLarge, file: "a.zip", build: zipped(item{name: "x", body: "0123456789"}), limits: Limits{EntrySize: 9}},
	{name: "ten gigabytes claimed", rule: RuleTooLarge, file: "a.tar", build: hugeTar},
	{name: "large altogether", rule: RuleTooLarge, file: "a.tar", build: tarred(item{name: "x", body: "0123456789"}, item{name: "y", body: "0123456789"}), limits: Limits{TotalSize: 19}},
	{name: "large directory", rule: RuleTooLarge, file: "a.zip", build: many, limits: Limits{Directory: 1000}},
}

func TestHostile(t *testing.T) {
	for _, tc := range hostile {
		t.Run(tc.name, func(t *testing.T) {
			p := open(t, tc.file, tc.build(t), tc.limits)
			if rules(p) != tc.rule {
				t.Errorf("rules %q, want %q: %v", rules(p), tc.rule, p.Problems)
			}
			checkLaw(t, p)
		})
	}
}

// TestHarmless holds what looks like the cases above and must not be refused.
func TestHarmless(t *testing.T) {
	two := makeZip(t, item{name: "a"}, item{name: "b"})
	for name, data := range map[string][]byte{
		"inside.tar":   makeTar(t, item{name: "a/x"}, link("b/l", "../a/x"), link("d", "./a")),
		"long.tar":     headers(header('K', "././@LongLink", "a\x00"), header('L', "././@LongLink", "l\x00"), header('2', "l", ""), header('0', "a", "1"))(t),
		"named.tar":    headers(extended("a"), header('0', "a", "1"), extended("b"), header('0', "b", "1"))(t),
		"spaced.tar":   headers(sizedAs("          1 ", header('0', "x", "1")))(t),
		"sized.zip":    raw(func(h *zip.FileHeader) { h.Extra = largeSizes(4, 4) }, nil)(t),
		"hard.tar":     makeTar(t, item{name: "a", body: "1"}, hardLink("b", "a")),
		"dots.zip":     makeZip(t, item{name: "..a"}, item{name: "a..b/..."}, item{name: ".htaccess"}),
		"folders.zip":  makeZip(t, item{name: "a/"}, item{name: "a/b"}, item{name: "A.txt"}),
		"zeros.zip":    makeZip(t, item{name: "x", body: zeros[:1<<20-1]}),
		"large.zip":    large(two, 2, bytes.Index(two, le.AppendUint32(nil, sigCentral))),
		"streamed.zip": raw(func(h *zip.FileHeader) {}, nil)(t),
	} {
		p := open(t, name, data, Limits{})
		if len(p.Problems) > 0 || len(p.Entries) == 0 {
			t.Errorf("%s: %v", name, p.Problems)
		}
	}
	p := open(t, "hard.tar", makeTar(t, item{name: "a", body: "1"}, hardLink("b", "a"), hardLink("c", "b"), hardLink("d", "c")), Limits{})
	got, err := p.ReadFiles(context.Background(), []string{"b", "d"})
	must(t, err)
	if p.Find("b").Blob != p.Find("a").Blob || p.Find("d").Blob != p.Find("a").Blob || string(got["b"])+string(got["d"]) != "11" {
		t.Error("a hard link has its target's content, also of another link's")
	}
}

// TestPipeInADirectory: opening one would wait for ever.
func TestPipeInADirectory(t *testing.T) {
	p, err := OpenDir(context.Background(), "dir", fstest.MapFS{"a": {}, "p": {Mode: fs.ModeNamedPipe}}, Options{})
	must(t, err)
	if rules(p) != RuleDevice || p.Find("p") != nil || p.Find("a") == nil {
		t.Errorf("%v, %v", p.Problems, p.Entries)
	}
}

// TestProblemsAreFew shows that a million faults make a short list.
func TestProblemsAreFew(t *testing.T) {
	items := make([]item, 1000)
	for i := range items {
		items[i].name = fmt.Sprintf("../%d", i)
	}
	p := open(t, "a.zip", makeZip(t, items...), Limits{})
	if len(p.Problems) != maxProblemsAKind {
		t.Errorf("%d problems, want %d", len(p.Problems), maxProblemsAKind)
	}
}

// TestSizeLiesEarly: what claims ten bytes and unpacks to millions is left after ten.
func TestSizeLiesEarly(t *testing.T) {
	data := makeZip(t, item{name: "x", body: zeros})
	src := atSource{bytes.NewReader(data), int64(len(data))}
	dir, err := readZipDirectory(src, defaultLimits())
	must(t, err)
	must(t, dir.checkLayout(src, newCollector(&Package{opt: Options{}.filled()})))
	r := dir.records[0]
	e := &Entry{Path: "x", Size: 10, at: place{offset: r.data, packed: r.packed, method: r.method, crc: r.crc}}
	f, err := openZipFile(src, e)
	must(t, err)
	defer f.Close()
	if n, err := io.Copy(io.Discard, f); err == nil || n > 10 {
		t.Errorf("%d bytes were read: %v", n, err)
	}
}

// checkLaw is what holds for every package, however hostile: never past the
// limits, and accepted entries have unique clean names.
func checkLaw(t testing.TB, p *Package) {
	t.Helper()
	l := p.opt.Limits
	if len(p.Entries) > l.Entries {
		t.Errorf("%d entries", len(p.Entries))
	}
	total, last := int64(0), ""
	for _, e := range p.Entries {
		if clean, fault := cleanName(e.Path, l.PathLength); clean != e.Path || fault != "" || !utf8.ValidString(e.Path) {
			t.Errorf("%q was accepted", e.Path)
		}
		if e.Path <= last {
			t.Errorf("%q comes after %q", e.Path, last)
		}
		if e.Size > l.EntrySize || e.Blob == "" {
			t.Errorf("%+v", e)
		}
		total, last = total+e.Size, e.Path
	}
	if total > l.TotalSize*2 { // hard links count once
		t.Errorf("%d bytes in all", total)
	}
	if p.Incomplete && len(p.Problems) == 0 {
		t.Error("incomplete without a problem")
	}
}

func FuzzOpen(f *testing.F) {
	for _, tc := range hostile {
		if data := tc.build(f); len(data) < 1<<20 {
			f.Add(data)
		}
	}
	limits := Limits{Entries: 50, EntrySize: 1 << 16, TotalSize: 1 << 18, RatioFloor: 1 << 12, PathLength: 100}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Open(context.Background(), "fuzz", bytes.NewReader(data), int64(len(data)), Options{Limits: limits})
		if err != nil {
			t.Fatal("reading from memory does not fail:", err)
		}
		checkLaw(t, p)
		for _, e := range p.Entries {
			read, err := p.ReadFiles(context.Background(), []string{e.Path})
			if len(p.Problems) == 0 && (err != nil || BlobID(SHA1, read[e.Path]) != e.Blob) {
				t.Errorf("%q reads differently the second time: %v", e.Path, err)
			}
			if e.Archive != "" {
				in, err := p.Inner(context.Background(), e.Path)
				if err == nil {
					checkLaw(t, in)
				}
			}
		}
	})
}

var zeros = strings.Repeat("\x00", 12<<20)

func zipped(items ...item) func(testing.TB) []byte {
	return func(t testing.TB) []byte { return makeZip(t, items...) }
}

func tarred(items ...item) func(testing.TB) []byte {
	return func(t testing.TB) []byte { return makeTar(t, items...) }
}

func gzipped(build func(testing.TB) []byte) func(testing.TB) []byte {
	return func(t testing.TB) []byte { return makeGzip(t, build(t)) }
}

func text(s string) func(testing.TB) []byte {
	return func(testing.TB) []byte { return []byte(s) }
}

func joined(parts ...func(testing.TB) []byte) func(testing.TB) []byte {
	return func(t testing.TB) []byte {
		var all []byte
		for _, part := range parts {
			all = append(all, part(t)...)
		}
		return all
	}
}

func cut(edit func([]byte) []byte, build func(testing.TB) []byte) func(testing.TB) []byte {
	return func(t testing.TB) []byte { return edit(build(t)) }
}

// patched replaces the first n places of old by a text of the same length.
func patched(old string, n int, text string, build func(testing.TB) []byte) func(testing.TB) []byte {
	return cut(func(b []byte) []byte { return bytes.Replace(b, []byte(old), []byte(text), n) }, build)
}

func link(name, target string) item {
	return item{name: name, tar: tar.Header{Typeflag: tar.TypeSymlink, Linkname: target}}
}

func hardLink(name, target string) item {
	return item{name: name, tar: tar.Header{Typeflag: tar.TypeLink, Linkname: target}}
}

// raw makes a zip with one stored file "x" whose header a caller may falsify, in
// both places, and whose bytes a caller may falsify after.
func raw(header func(*zip.FileHeader), edit func([]byte)) func(testing.TB) []byte {
	return func(t testing.TB) []byte {
		var buf bytes.Buffer
		w := zip.NewWriter(&buf)
		h := &zip.FileHeader{Name: "x", Method: zip.Store, CRC32: crc32.ChecksumIEEE([]byte("body")), CompressedSize64: 4, UncompressedSize64: 4}
		header(h)
		f, err := w.CreateRaw(h)
		must(t, err)
		_, err = io.WriteString(f, "body")
		must(t, err)
		must(t, w.Close())
		if edit != nil {
			edit(buf.Bytes())
		}
		return buf.Bytes()
	}
}

func unicodeName(name, other string) []byte {
	field := append([]byte{1}, le.AppendUint32(nil, crc32.ChecksumIEEE([]byte(name)))...)
	field = append(field, other...)
	return append(le.AppendUint16(le.AppendUint16(nil, extraUnicodePath), uint16(len(field))), field...)
}

// overlapping lists one file's bytes twice, under two names of one length.
func overlapping(t testing.TB) []byte {
	b := makeZip(t, item{name: "aa", body: "1"}, item{name: "bb", body: "1"})
	at := bytes.LastIndex(b, le.AppendUint32(nil, sigCentral))
	le.PutUint32(b[at+42:], 0)
	return b
}

// hiddenEntry drops the second of three files from the directory, not from the archive.
func hiddenEntry(t testing.TB) []byte {
	b := makeZip(t, item{name: "a"}, item{name: "b"}, item{name: "c"})
	sig := le.AppendUint32(nil, sigCentral)
	first := bytes.Index(b, sig)
	second := first + 4 + bytes.Index(b[first+4:], sig)
	third := second + 4 + bytes.Index(b[second+4:], sig)
	out := append(append([]byte{}, b[:second]...), b[third:]...)
	end := out[len(out)-lenEnd:]
	le.PutUint16(end[8:], 2)
	le.PutUint16(end[10:], 2)
	le.PutUint32(end[12:], le.Uint32(end[12:])-uint32(third-second))
	return out
}

func many(t testing.TB) []byte       { return makeZip(t, numbered(101)...) }
func manyTarred(t testing.TB) []byte { return makeTar(t, numbered(101)...) }

func numbered(n int) []item {
	items := make([]item, n)
	for i := range items {
		items[i].name = fmt.Sprint(i)
	}
	return items
}

func hugeTar(t testing.TB) []byte {
	var buf bytes.Buffer
	must(t, tar.NewWriter(&buf).WriteHeader(&tar.Header{Name: "x", Size: 7 << 30, Mode: 0o644}))
	return append(buf.Bytes(), make([]byte, 1024)...)
}

// paxSize gives a file of one byte a second size in an extended header.
func paxSize(t testing.TB) []byte {
	b := makeTar(t, item{name: "x", body: "1", tar: tar.Header{PAXRecords: map[string]string{"XX.size": "1"}, Format: tar.FormatPAX}})
	return bytes.Replace(b, []byte("13 XX.size=1\n"), []byte("13 size=0001\n"), 1)
}

// large adds the end record of a large zip, which gives this number of entries and
// this beginning of the directory.
func large(b []byte, count uint64, directory int) []byte {
	at := len(b) - lenEnd
	rec := le.AppendUint64(le.AppendUint32(nil, sigEnd64), lenEnd64-12)
	rec = append(rec, make([]byte, 12)...)
	rec = le.AppendUint64(le.AppendUint64(rec, count), count)
	rec = le.AppendUint64(le.AppendUint64(rec, uint64(at-directory)), uint64(directory))
	locator := le.AppendUint64(le.AppendUint32(le.AppendUint32(nil, sigLocator64), 0), uint64(at))
	return slices.Concat(b[:at], rec, le.AppendUint32(locator, 1), b[at:])
}

// sizedLink is a tar whose link claims five bytes of content.
func sizedLink(t testing.TB) []byte {
	b := makeTar(t, link("x", "y"))
	copy(b[124:], "00000000005")
	return summed(b)
}

// twoNames gives a file one long name in GNU's way and another in POSIX's.
func twoNames(t testing.TB) []byte {
	long := func(letter string, format tar.Format) []byte {
		return makeTar(t, item{name: strings.Repeat(letter, 101), body: "1", tar: tar.Header{Format: format}})
	}
	return append(long("a", tar.FormatGNU)[:2*tarBlock], long("b", tar.FormatPAX)...)
}

// header is one header of a tar with its content, as its bytes lie in the archive.
func header(kind byte, name, body string) func(testing.TB) []byte {
	return func(testing.TB) []byte {
		b := make([]byte, tarBlock+(len(body)+tarBlock-1)/tarBlock*tarBlock)
		copy(b, name)
		copy(b[100:], "0000644\x000000000\x000000000\x00")
		copy(b[124:], fmt.Sprintf("%011o\x0000000000000", len(body)))
		b[156] = kind
		copy(b[257:], "ustar\x0000")
		copy(b[tarBlock:], body)
		return summed(b)
	}
}

// extended is an extended header that gives the next file another name.
func extended(name string) func(testing.TB) []byte {
	return header('x', "PaxHeader", fmt.Sprintf("%d path=%s\n", len(name)+9, name))
}

// prefixed is a file of a format by its magic, with bytes where POSIX keeps the beginning of a long name.
func prefixed(magic, prefix string) func(testing.TB) []byte {
	return cut(func(b []byte) []byte {
		copy(b[257:265], magic)
		copy(b[345:], prefix)
		return summed(b)
	}, header('0', "x", "1"))
}

// sizedAs writes the size of a file in another way.
func sizedAs(size string, build func(testing.TB) []byte) func(testing.TB) []byte {
	return cut(func(b []byte) []byte { copy(b[124:136], size); return summed(b) }, build)
}

// summed completes a header with its checksum.
func summed(b []byte) []byte {
	copy(b[148:156], "        ")
	sum := 0
	for _, c := range b[:tarBlock] {
		sum += int(c)
	}
	copy(b[148:], fmt.Sprintf("%06o\x00 ", sum))
	return b
}

// headers is a tar of such parts, with its end marker.
func headers(parts ...func(testing.TB) []byte) func(testing.TB) []byte {
	return joined(append(parts, text(string(make([]byte, 2*tarBlock))))...)
}

// largeSizes is the field that a large zip gives its sizes in.
func largeSizes(size, packed uint64) []byte {
	field := le.AppendUint64(le.AppendUint64(nil, size), packed)
	return append(le.AppendUint16(le.AppendUint16(nil, extraZip64), uint16(len(field))), field...)
}

func sparse(t testing.TB) []byte {
	b := makeTar(t, item{name: "x", body: "1", tar: tar.Header{PAXRecords: map[string]string{"XXX.sparse.note": "1"}, Format: tar.FormatPAX}})
	return bytes.Replace(b, []byte("XXX.sparse"), []byte("GNU.sparse"), 1)
}
