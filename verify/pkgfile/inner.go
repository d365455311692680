package pkgfile

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// ReadFiles returns the bytes of the named entries, links' targets included. A
// compressed tar is read once for all of them, so ask for many at a time; the
// caller looks at the sizes before.
func (p *Package) ReadFiles(ctx context.Context, paths []string) (map[string][]byte, error) {
	found := make(map[string][]byte, len(paths))
	wanted := map[string][]string{} // stored name to entries
	for _, path := range paths {
		e := p.Find(path)
		switch {
		case e == nil:
			return nil, fmt.Errorf("read %q in %s: %w", path, p.Name, fs.ErrNotExist)
		case e.IsLink():
			found[path] = []byte(e.Link)
		case p.streamed():
			wanted[e.at.path] = append(wanted[e.at.path], path)
		default:
			data, err := p.readFile(e)
			if err != nil {
				return nil, fmt.Errorf("read %q in %s: %w", path, p.Name, err)
			}
			found[path] = data
		}
	}
	if len(wanted) == 0 {
		return found, nil
	}
	err := p.scan(func(stored string, r io.Reader) (bool, error) {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		names, ok := wanted[stored]
		if !ok {
			return true, nil
		}
		data, err := io.ReadAll(r)
		for _, name := range names {
			found[name] = data
		}
		delete(wanted, stored)
		return len(wanted) > 0, err
	})
	if err == nil && len(wanted) > 0 {
		err = errors.New("the archive changed while it was read")
	}
	if err != nil {
		return nil, fmt.Errorf("read files in %s: %w", p.Name, err)
	}
	return found, nil
}

// Inner opens an entry that is an archive itself as a package of its own. It
// shares the limits of p: what the two hold counts together.
func (p *Package) Inner(ctx context.Context, path string) (*Package, error) {
	e := p.Find(path)
	if e == nil || e.Archive == "" {
		return nil, fmt.Errorf("open %q in %s: no archive of that name", path, p.Name)
	}
	inner := &Package{Name: p.Name + "!/" + path, Size: e.Size, opt: p.opt, depth: p.depth + 1, budget: p.budget}
	inner.opt.FileName = "" // its own name speaks for it
	if limit := p.opt.Limits.Depth; inner.depth >= limit {
		inner.Format, inner.Incomplete = e.Archive, true
		inner.problem(RuleTooDeep, fmt.Sprintf("%q is an archive inside %d others, more than %d deep (limit depth)", path, inner.depth, limit))
		return inner, nil
	}
	src, err := p.innerSource(e)
	var refused *refusal
	if errors.As(err, &refused) {
		inner.Format, inner.Incomplete = e.Archive, true
		inner.problem(refused.rule, refused.message)
		return inner, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open %q in %s: %w", path, p.Name, err)
	}
	inner.src = src
	return inner, inner.load(ctx)
}

// innerSource finds the cheapest way to an inner archive's bytes: where they lie
// in the outer file, else as a stream, else (a packed zip needs its end first) in memory.
func (p *Package) innerSource(e *Entry) (source, error) {
	outer, seekable := p.src.(atSource)
	if seekable && (p.Format == formatTar || p.Format == formatZip && e.at.method == methodStore) {
		return atSource{io.NewSectionReader(outer.r, e.at.offset, e.Size), e.Size}, nil
	}
	if e.Archive != formatZip {
		return entrySource{p, e}, nil
	}
	if limit := p.opt.Limits.Buffer; e.Size > limit {
		return nil, refuse(RuleTooLarge, nil, "%q is a packed zip of %d bytes inside an archive, more than %d (limit buffer)", e.Path, e.Size, limit)
	}
	r, err := p.openFile(e)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	return atSource{bytes.NewReader(data), int64(len(data))}, nil
}

// entrySource is an entry of a package, read as a stream.
type entrySource struct {
	p *Package
	e *Entry
}

func (s entrySource) open() (io.ReadCloser, error) { return s.p.openFile(s.e) }

// streamed reports whether an entry can only be reached by reading up to it.
func (p *Package) streamed() bool {
	_, seekable := p.src.(atSource)
	return compressed[p.Format] || p.Format == formatTar && !seekable
}

func (p *Package) readFile(e *Entry) ([]byte, error) {
	r, err := p.openFile(e)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// openFile opens one entry's bytes.
func (p *Package) openFile(e *Entry) (io.ReadCloser, error) {
	switch src := p.src.(type) {
	case dirSource:
		return src.fsys.Open(e.at.path)
	case atSource:
		switch p.Format {
		case formatZip:
			return openZipFile(src, e)
		case formatTar:
			return io.NopCloser(io.NewSectionReader(src.r, e.at.offset, e.Size)), nil
		}
	}
	stream, err := openTar(p.src, p.Format, p.opt.Limits)
	if err != nil {
		return nil, err
	}
	for {
		stored, err := stream.next()
		if err != nil {
			stream.closer.Close()
			return nil, err
		}
		if stored == e.at.path {
			return readCloser{stream.tar, stream.closer}, nil
		}
	}
}

type readCloser struct {
	io.Reader
	io.Closer
}

// scan calls visit for each file of a tar until it returns false.
func (p *Package) scan(visit func(stored string, r io.Reader) (bool, error)) error {
	stream, err := openTar(p.src, p.Format, p.opt.Limits)
	if err != nil {
		return err
	}
	defer stream.closer.Close()
	for {
		stored, err := stream.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if more, err := visit(stored, stream.tar); err != nil || !more {
			return err
		}
	}
}

// next moves to the next regular file and returns its clean name, empty for one
// that was not admitted.
func (s *tarStream) next() (string, error) {
	for {
		header, err := s.tar.Next()
		if err != nil {
			return "", err
		}
		if k, fault := tarKind(header); fault == nil && k == kindFile && header.Typeflag != tar.TypeLink {
			clean, _ := cleanName(header.Name, s.limits.PathLength)
			return clean, nil
		}
	}
}
