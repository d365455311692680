package site

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
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

// readsRemoved says that a file which is open can be removed, and read still.
const readsRemoved = true

// writeFile writes a new file. The standard library prepares every file it opens
// for waiting on it, in vain and at the cost of six more calls of the kernel.
func writeFile(name string, data []byte) error {
	fd, err := openAt(unix.AT_FDCWD, name, unix.O_WRONLY|unix.O_CREAT|unix.O_TRUNC)
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

// statAt returns the size and the time of a file below a folder.
func statAt(root *os.File, name string) (size, mtime int64, err error) {
	var info unix.Stat_t
	for {
		err = unix.Fstatat(int(root.Fd()), name, &info, 0)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	if err != nil {
		return 0, 0, &fs.PathError{Op: "stat", Path: name, Err: err}
	}
	return info.Size, info.Mtim.Nano(), nil
}

// readAt appends a file below a folder to a buffer, with as few calls of the
// kernel: once all of the expected size was read, nobody asks for more.
func readAt(root *os.File, name string, size int64, buf []byte) ([]byte, error) {
	fd, err := openAt(int(root.Fd()), name, unix.O_RDONLY)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	for n := 1; n > 0 && err == nil && (size == 0 || int64(len(buf)) != size); {
		buf = slices.Grow(buf, 8<<10)
		n, err = unix.Read(fd, buf[len(buf):cap(buf)])
		if errors.Is(err, unix.EINTR) {
			n, err = 1, nil
			continue
		}
		buf = buf[:len(buf)+max(n, 0)]
	}
	if closed := unix.Close(fd); err == nil {
		err = closed
	}
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: err}
	}
	return buf, nil
}

func openAt(folder int, name string, mode int) (int, error) {
	for {
		fd, err := unix.Openat(folder, name, mode|unix.O_CLOEXEC, 0o644)
		if !errors.Is(err, unix.EINTR) {
			return fd, err
		}
	}
}
