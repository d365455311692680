package site

import (
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
