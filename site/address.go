package site

import (
	"fmt"
	"strings"

	"github.com/countersign/countersign/advisories/exchange/csaf"
)

// addresses tells which document each page of the site is made from. Paths that
// differ in upper and lower case only are one: on some systems they are.
type addresses map[string]string

// take gives an address to a document, unless another one has it.
func (m addresses) take(address, document, advice string) error {
	address = strings.ToLower(address)
	if other, taken := m[address]; taken {
		return fmt.Errorf("%s and %s have one address on the site, %s: %s", other, document, address, advice)
	}
	m[address] = document
	return nil
}

// standing gives their addresses to what is not streamed: releases, keys, pages.
func (b *builder) standing() error {
	taken := addresses{"keys/index.html": "the overview of the keys"}
	for _, r := range b.releases {
		if err := taken.take(r.href, r.Record.Path, "each version of a product has one record"); err != nil {
			return err
		}
	}
	for _, t := range b.teamKeys() {
		if err := taken.take(t.href+".html", t.record.Path, "give one of the files another name"); err != nil {
			return err
		}
	}
	for _, p := range b.in.Set.Pages {
		if err := taken.take(pagePath(p), p.Path, "give one of the files another name"); err != nil {
			return err
		}
	}
	return nil
}

// advisoryAddresses gives its address to each advisory that is on the site anew.
// Those that the last build had have theirs: they are only asked about the new
// ones. The names of CSAF documents fold more together than those of pages do.
func (b *builder) advisoryAddresses() (addresses, error) {
	const advice = "give one of them another id"
	taken := addresses{}
	moved := false
	for _, r := range b.rows {
		if r == nil || !r.public || r.kept {
			continue
		}
		moved = moved || !r.stays
		if err := taken.take(addressOf(r.ID), r.Path, advice); err != nil {
			return nil, err
		}
	}
	if !moved {
		return taken, nil
	}
	for _, r := range b.rows {
		if r == nil || !r.kept {
			continue
		}
		address := addressOf(r.ID)
		if other, twice := taken[address]; twice {
			return nil, addresses{address: min(other, r.Path)}.take(address, max(other, r.Path), advice)
		}
	}
	return taken, nil
}

func addressOf(id string) string {
	return "advisories/" + strings.TrimSuffix(csaf.FileName(id), ".json") + ".html"
}
