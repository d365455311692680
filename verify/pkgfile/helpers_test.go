package pkgfile

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// item is one entry of an archive to be made.
type item struct {
	name string
	body string
	mode os.FileMode // 0 is 0644
	tar  tar.Header  // for what only a tar can say: Typeflag, Linkname, PAXRecords
}

func makeZip(t testing.TB, items ...item) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for _, it := range items {
		h := &zip.FileHeader{Name: it.name, Method: zip.Deflate}
		h.SetMode(max(it.mode, 0o644))
		f, err := w.CreateHeader(h)
		must(t, err)
		if !strings.HasSuffix(it.name, "/") {
			_, err = f.Write([]byte(it.body))
			must(t, err)
		}
	}
	must(t, w.Close())
	return buf.Bytes()
}

func makeTar(t testing.TB, items ...item) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	for _, it := range items {
		h := it.tar
		if h.Typeflag == tar.TypeXGlobalHeader {
			must(t, w.WriteHeader(&h))
			continue
		}
		h.Name, h.Mode = it.name, int64(max(it.mode, 0o644))
		if h.Size == 0 {
			h.Size = int64(len(it.body))
		}
		h.ModTime = time.Unix(1700000000, 0)
		must(t, w.WriteHeader(&h))
		_, err := w.Write([]byte(it.body))
		must(t, err)
	}
	must(t, w.Close())
	return buf.Bytes()
}

func makeGzip(t testing.TB, data []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	_, err := w.Write(data)
	must(t, err)
	must(t, w.Close())
	return buf.Bytes()
}

// pipe runs a program of the system on data, and skips where it is absent.
func pipe(t *testing.T, data []byte, program string, args ...string) []byte {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skipf("%s is not installed", program)
	}
	cmd := exec.Command(program, args...)
	cmd.Stdin = bytes.NewReader(data)
	out, err := cmd.Output()
	must(t, err)
	return out
}

func open(t testing.TB, name string, data []byte, limits Limits) *Package {
	t.Helper()
	p, err := Open(context.Background(), name, bytes.NewReader(data), int64(len(data)), Options{Limits: limits})
	must(t, err)
	return p
}

func paths(p *Package) string {
	var names []string
	for _, e := range p.Entries {
		names = append(names, e.Path)
	}
	return strings.Join(names, " ")
}

func rules(p *Package) string {
	var ids []string
	for _, problem := range p.Problems {
		if len(ids) == 0 || ids[len(ids)-1] != problem.Rule {
			ids = append(ids, problem.Rule)
		}
	}
	return strings.Join(ids, " ")
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
