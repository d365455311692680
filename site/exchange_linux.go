package site

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// exchange puts the staged folder in the place of the site and the site in the
// place of the staged folder, in one step of the kernel where it can.
func exchange(stage, dir, old string) error {
	err := unix.Renameat2(unix.AT_FDCWD, stage, unix.AT_FDCWD, dir, unix.RENAME_EXCHANGE)
	if err == nil {
		return nil
	}
	return exchangeInTwo(stage, dir, old)
}

// lockExclusive holds a file for this build alone; the kernel lets go of it when
// the program ends, however it ends.
func lockExclusive(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close() // nothing was written
		return nil, err
	}
	return f, nil
}

// writeFile writes a new file. The standard library prepares every file it opens
// for waiting on it, in vain and at the cost of six more calls of the kernel.
func writeFile(name string, data []byte) error {
	fd, err := openFile(name)
	if err != nil {
		return &fs.PathError{Op: "open", Path: name, Err: err}
	}
	for len(data) > 0 && err == nil {
		var n int
		if n, err = unix.Write(fd, data); n > 0 {
			data = data[n:]
		} else if err == nil {
			err = io.ErrShortWrite
		}
		if errors.Is(err, unix.EINTR) {
			err = nil
		}
	}
	if closed := unix.Close(fd); err == nil {
		err = closed
	}
	if err != nil {
		return &fs.PathError{Op: "write", Path: name, Err: err}
	}
	return nil
}

func openFile(name string) (int, error) {
	for {
		fd, err := unix.Open(name, unix.O_WRONLY|unix.O_CREAT|unix.O_TRUNC|unix.O_CLOEXEC, 0o644)
		if !errors.Is(err, unix.EINTR) {
			return fd, err
		}
	}
}
