package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path"
	"strings"
	"sync/atomic"
	"time"

	"github.com/countersign/countersign/site"
)

// siteServe renders the site in memory and serves it; a change in the security
// repository renders it anew, and the pages that are open are loaded again.
func siteServe(ctx context.Context, s *session) error {
	pages := &served{}
	if err := pages.build(s); err != nil {
		return err
	}
	go pages.watch(ctx, s)
	return serve(ctx, s, s.c.String("addr"), pages)
}

// serve listens until the context ends.
func serve(ctx context.Context, s *session, addr string, handler http.Handler) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return withHint("choose another address with --addr", "cannot serve: %w", err)
	}
	fmt.Fprintf(s.stdout, "http://%s/  (Ctrl-C ends it)\n", listener.Addr())
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		<-ctx.Done()
		server.Close()
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// served is the site as it is at the moment.
type served struct {
	files   atomic.Pointer[map[string][]byte]
	reloads reloads
}

func (v *served) build(s *session) error {
	in, found, err := s.siteInput()
	if err != nil {
		return err
	}
	var memory site.Memory
	built, more, err := site.Build(*in, &memory)
	if err != nil {
		return err
	}
	if found = append(found, more...); len(found) > 0 {
		if err := s.print(allRules(), found, "the site"); err != nil {
			return err
		}
	}
	files := memory.Files()
	v.files.Store(&files)
	v.reloads.tell()
	s.tellBuild(built, in.Preview)
	return nil
}

// watch looks for changes once a second. A build that fails is told, and the
// site stays as it was.
func (v *served) watch(ctx context.Context, s *session) {
	before := fingerprint(os.DirFS(s.dir))
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		after := fingerprint(os.DirFS(s.dir))
		if after == before {
			continue
		}
		before = after
		var told outcome
		if err := v.build(s); err != nil && !errors.As(err, &told) {
			fmt.Fprintf(s.stderr, "countersign: %v\n", err)
		}
	}
}

// fingerprint changes with the names, sizes and times of the files.
func fingerprint(fsys fs.FS) uint64 {
	sum := fnv.New64a()
	fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil
		}
		if d.IsDir() && (name == ".git" || name == "public") {
			return fs.SkipDir
		}
		if info, err := d.Info(); err == nil {
			fmt.Fprintln(sum, name, info.Size(), info.ModTime().UnixNano())
		}
		return nil
	})
	return sum.Sum64()
}

// ServeHTTP serves one file of the site, the way a static host does.
func (v *served) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if v.reloads.serve(w, r) {
		return
	}
	files := *v.files.Load()
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	for _, candidate := range []string{name, path.Join(name, "index.html"), name + ".html"} {
		data, ok := files[candidate]
		if !ok {
			continue
		}
		if strings.HasSuffix(candidate, "/index.html") && !strings.HasSuffix(r.URL.Path, "/") && candidate != name {
			http.Redirect(w, r, "/"+name+"/", http.StatusMovedPermanently)
			return
		}
		http.ServeContent(w, r, candidate, time.Time{}, bytes.NewReader(withReload(candidate, data)))
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusNotFound)
	w.Write(withReload("404.html", files["404.html"]))
}
