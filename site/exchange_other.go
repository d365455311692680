//go:build !linux

package site

import "os"

// exchange puts the staged folder in the place of the site.
func exchange(stage, dir, old string) error { return exchangeInTwo(stage, dir, old) }

// lockExclusive opens the file: there is no lock here that ends with the
// program in every case.
func lockExclusive(name string) (*os.File, error) {
	return os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
}

// writeFile writes a new file.
func writeFile(name string, data []byte) error { return os.WriteFile(name, data, 0o644) }

func readFile(name string, buf []byte) ([]byte, error) {
	text, err := os.ReadFile(name)
	return append(buf, text...), err
}
