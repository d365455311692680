package gitrepo

import (
	"fmt"
	"sync"
)

// object is one answer of git, already hashed.
type object struct {
	kind string
	data []byte
	ok   bool // false: the clone does not hold it
}

// readOne reads one object.
func (r *Repo) readOne(id ID) (object, error) {
	if o, ok := r.store.read(id); ok {
		return o, nil
	}
	var got object
	err := r.lanes[0].read([]ID{id}, func(_ int, o object) error {
		got = o
		return nil
	})
	return got, err
}

// readAll reads many objects and hands each to fn with its index in ids; fn is never called twice at a time,
// but in no particular order.
func (r *Repo) readAll(ids []ID, fn func(i int, o object) error) error {
	for _, id := range ids {
		if err := r.Check(id); err != nil {
			return err
		}
	}
	missed, err := r.store.readAll(ids, fn)
	if err != nil || len(missed) == 0 {
		return err
	}
	ask := make([]ID, len(missed))
	for k, i := range missed {
		ask[k] = ids[i]
	}
	return r.ask(ask, func(k int, o object) error { return fn(missed[k], o) })
}

// minBulk is the number of objects from which a second git process pays for its start.
const minBulk = 64

// ask reads many objects from git. Large requests are split over two processes.
func (r *Repo) ask(ids []ID, fn func(i int, o object) error) error {
	if len(ids) < minBulk {
		return r.lanes[0].read(ids, fn)
	}
	var (
		wait  sync.WaitGroup
		mu    sync.Mutex
		errs  [2]error
		half  = len(ids) / 2
		parts = [2][]ID{ids[:half], ids[half:]}
	)
	for k, part := range parts {
		wait.Go(func() {
			errs[k] = r.lanes[k].read(part, func(i int, o object) error {
				mu.Lock()
				defer mu.Unlock()
				return fn(k*half+i, o)
			})
		})
	}
	wait.Wait()
	if errs[0] != nil {
		return errs[0]
	}
	return errs[1]
}

// read pipelines requests through one process. After an error the process is ended, because answers may
// still be on their way; the next call starts a new one.
func (l *lane) read(ids []ID, fn func(i int, o object) error) (err error) {
	for _, id := range ids {
		if err := l.repo.Check(id); err != nil {
			return err
		}
	}
	l.use.Lock()
	defer l.use.Unlock()
	if err := l.start(); err != nil {
		return err
	}
	written := make(chan struct{})
	if len(ids) == 1 {
		l.requestAll(ids)
		close(written)
	} else {
		go func() {
			defer close(written)
			l.requestAll(ids)
		}()
	}
	defer func() {
		if err != nil {
			l.kill()
		}
		<-written
	}()
	for i, id := range ids {
		kind, data, ok, err := l.answer(id)
		if err != nil {
			return err
		}
		if err := fn(i, object{kind, data, ok}); err != nil {
			return err
		}
	}
	return nil
}

// requestAll writes the ids. A write error needs no report: the answers will be missing.
func (l *lane) requestAll(ids []ID) {
	for _, id := range ids {
		if l.request(id) != nil {
			return
		}
	}
	l.in.Flush()
}

func (l *lane) kill() {
	if l.cmd == nil {
		return
	}
	l.cmd.Process.Kill()
	l.inPipe.Close()
	l.cmd.Wait()
	l.cmd = nil
}

// expect turns an answer into the bytes of an object of one kind.
func (r *Repo) expect(id ID, o object, kind, need string) ([]byte, error) {
	if !o.ok {
		return nil, r.incomplete(id, need)
	}
	if o.kind != kind {
		return nil, fmt.Errorf("object %s in %s: expected a %s, found a %s", id, r.dir, kind, o.kind)
	}
	return o.data, nil
}

// Blob returns the bytes of a file.
func (r *Repo) Blob(id ID) ([]byte, error) {
	o, err := r.readOne(id)
	if err != nil {
		return nil, err
	}
	return r.expect(id, o, "blob", "")
}

// Blobs reads many files in one go and hands each to fn as it arrives, with its index in ids; fn is never
// called twice at a time, but in no particular order. A missing blob ends it with an *IncompleteError.
func (r *Repo) Blobs(ids []ID, fn func(i int, data []byte) error) error {
	return r.readAll(ids, func(i int, o object) error {
		data, err := r.expect(ids[i], o, "blob", "")
		if err != nil {
			return err
		}
		return fn(i, data)
	})
}

// Holds tells of each object whether the clone has it. Its bytes are not looked at.
func (r *Repo) Holds(ids []ID) ([]bool, error) {
	held := make([]bool, len(ids))
	var ask []ID
	var where []int
	for i, id := range ids {
		if err := r.Check(id); err != nil {
			return nil, err
		}
		if held[i] = r.store.holds(id); !held[i] {
			ask, where = append(ask, id), append(where, i)
		}
	}
	if len(ask) == 0 {
		return held, nil
	}
	return held, r.ask(ask, func(k int, o object) error {
		held[where[k]] = o.ok
		return nil
	})
}

// Kind tells what an object is: commit, tree, blob or tag. It reads and hashes the object; an absent one
// is an *IncompleteError.
func (r *Repo) Kind(id ID) (string, error) {
	o, err := r.readOne(id)
	if err != nil {
		return "", err
	}
	if !o.ok {
		return "", r.incomplete(id, "")
	}
	return o.kind, nil
}
