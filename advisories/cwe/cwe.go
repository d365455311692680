// Package cwe knows the names of MITRE's Common Weakness Enumeration, so that
// an advisory can say CWE-79 and a reader sees "Cross-site Scripting".
//
// The list is data, generated from the one that MITRE publishes; TERMS.md
// beside it carries MITRE's terms. It holds weaknesses only: categories and
// views (CWE-264, CWE-1000) are shelves of the catalogue, and MITRE forbids
// mapping a vulnerability to one.
package cwe

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"
)

// Version is the version of the list, and Date its day.
const (
	Version = "4.17"
	Date    = "2025-04-03"
)

// Usage is MITRE's advice on naming a weakness as the cause of a vulnerability.
type Usage string

// The usages that the list knows.
const (
	Allowed     Usage = "allowed"
	Review      Usage = "review" // allowed, after a look for a more precise one
	Discouraged Usage = "discouraged"
	Prohibited  Usage = "prohibited"
	Deprecated  Usage = "deprecated"
)

// Weakness is one entry of the list.
type Weakness struct {
	ID    int
	Name  string
	Usage Usage
}

//go:embed weaknesses.tsv
var list string

var table = sync.OnceValue(func() map[int]Weakness {
	out := make(map[int]Weakness, 1024)
	for line := range strings.Lines(list) {
		id, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		usage, name, _ := strings.Cut(rest, "\t")
		if n, err := strconv.Atoi(id); err == nil {
			out[n] = Weakness{ID: n, Name: name, Usage: Usage(usage)}
		}
	}
	return out
})

// Lookup returns the weakness of an id written `CWE-79`, and whether the list
// has it. Only the canonical spelling is accepted.
func Lookup(id string) (Weakness, bool) {
	n, ok := Number(id)
	if !ok {
		return Weakness{}, false
	}
	w, ok := table()[n]
	return w, ok
}

// Number returns the number of an id written canonically: `CWE-` and digits
// without a leading zero.
func Number(id string) (int, bool) {
	digits, ok := strings.CutPrefix(id, "CWE-")
	if !ok || digits == "" || len(digits) > 6 || digits[0] == '0' {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 10, 32)
	return int(n), err == nil
}

// Last returns the highest id of the list: a higher one may be newer than it.
func Last() int {
	last := 0
	for n := range table() {
		last = max(last, n)
	}
	return last
}

// URL returns MITRE's page about the weakness.
func (w Weakness) URL() string {
	return "https://cwe.mitre.org/data/definitions/" + strconv.Itoa(w.ID) + ".html"
}
