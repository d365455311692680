package main

import (
	"bytes"
	"fmt"
	"net/http"
	"path"
	"sync"
)

// A page that `site serve` shows loads a script that waits for the next build and
// then loads the page again. Both addresses are the server's own: nothing of this
// is in a site that is built.
const (
	reloadScript = "/.countersign/reload.js"
	reloadEvents = "/.countersign/events"
)

const reloadText = `new EventSource("` + reloadEvents + `").onmessage = function () { location.reload(); };
`

// reloads tells the pages that are open of each new build.
type reloads struct {
	mu   sync.Mutex
	next chan struct{} // closed by the next build
}

// wait returns a channel that the next build closes.
func (r *reloads) wait() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.next == nil {
		r.next = make(chan struct{})
	}
	return r.next
}

// tell says that there is a new build.
func (r *reloads) tell() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.next != nil {
		close(r.next)
		r.next = nil
	}
}

// serve answers for the two addresses; false for any other.
func (r *reloads) serve(w http.ResponseWriter, req *http.Request) bool {
	switch req.URL.Path {
	case reloadScript:
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		fmt.Fprint(w, reloadText)
	case reloadEvents:
		next := r.wait()
		w.Header().Set("Content-Type", "text/event-stream")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush() // a recorder of a test has nothing to flush
		select {
		case <-next:
			fmt.Fprint(w, "data: built\n\n")
		case <-req.Context().Done():
		}
	default:
		return false
	}
	return true
}

// withReload adds the script to a page; any other file stays as it is.
func withReload(name string, data []byte) []byte {
	if path.Ext(name) != ".html" {
		return data
	}
	head := []byte("</head>")
	return bytes.Replace(data, head, []byte(`<script src="`+reloadScript+`" defer></script></head>`), 1)
}
