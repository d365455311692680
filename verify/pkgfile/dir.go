package pkgfile

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"slices"
)

// OpenDir reads a directory as a package. The folder .git at its top is not part
// of it. fsys should not leave the directory through links: os.Root.FS does not.
func OpenDir(ctx context.Context, name string, fsys fs.FS, opt Options) (*Package, error) {
	p := &Package{Name: name, Format: formatDir, opt: opt.filled(), src: dirSource{fsys}}
	p.budget = newBudget(p.opt.Limits)
	c := newCollector(p)
	d := dirReader{p: p, c: c, fsys: fsys, hasher: newHasher(p.opt.Hash), sums: map[string]string{}}
	err := fs.WalkDir(fsys, ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		return d.visit(path, entry)
	})
	c.finish()
	if refused, ok := err.(*refusal); ok {
		p.Incomplete = true
		p.problem(refused.rule, refused.message, refused.paths...)
	} else if err != nil {
		return nil, fmt.Errorf("read directory %s: %w", name, err)
	}
	p.sort()
	p.DirHash = d.sum()
	return p, nil
}

type dirReader struct {
	p      *Package
	c      *collector
	fsys   fs.FS
	hasher *hasher
	sums   map[string]string // sha256 of each file, hex
}

func (d *dirReader) visit(path string, entry fs.DirEntry) error {
	switch {
	case path == ".git":
		if entry.IsDir() {
			return fs.SkipDir
		}
		return nil // a worktree's pointer to its repository
	case entry.IsDir():
		d.c.admit(path, kindFolder)
		return d.p.budget.entry(shorten(path), 0, 0)
	case entry.Type()&fs.ModeSymlink != 0:
		return d.link(path)
	case !entry.Type().IsRegular():
		d.c.problem(RuleDevice, []string{path}, "%q is a device, a pipe or a socket", shorten(path))
		return nil
	}
	return d.file(path)
}

func (d *dirReader) link(path string) error {
	target, err := fs.ReadLink(d.fsys, path)
	if err != nil {
		return err
	}
	if e := d.c.admit(path, kindLink); e != nil {
		d.c.link(e, target)
	}
	return d.p.budget.entry(shorten(path), 0, 0)
}

func (d *dirReader) file(path string) error {
	f, err := d.fsys.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := d.p.budget.entry(shorten(path), info.Size(), info.Size()); err != nil {
		return err
	}
	e := d.c.admit(path, kindFile)
	if e == nil {
		return nil
	}
	e.Size = info.Size()
	e.Executable = info.Mode()&0o100 != 0
	d.p.Size += e.Size
	sum := sha256.New()
	r := io.TeeReader(io.LimitReader(f, e.Size), sum)
	if e.Size > bufferedFile {
		err = d.hasher.stream(e, r, e.Size)
	} else {
		data := make([]byte, e.Size)
		if _, err = io.ReadFull(r, data); err == nil {
			d.hasher.sum(e, data)
		}
	}
	d.sums[e.Path] = hex.EncodeToString(sum.Sum(nil))
	return err
}

// sum is the h1 hash of golang.org/x/mod/sumdb/dirhash, in hex as in-toto's
// dirHash has it: SHA-256 over the sorted lines of each file's SHA-256 and name.
func (d *dirReader) sum() string {
	names := make([]string, 0, len(d.sums))
	for name := range d.sums {
		names = append(names, name)
	}
	slices.Sort(names)
	all := sha256.New()
	for _, name := range names {
		fmt.Fprintf(all, "%s  %s\n", d.sums[name], name)
	}
	return hex.EncodeToString(all.Sum(nil))
}
