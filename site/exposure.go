package site

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
	"sort"
)

// expose notes with each release the public advisories that affect it, oldest
// first, and those that it is the first to fix. Whoever asks a release must have
// called it. What was found of an advisory stays in its row, and holds as long as
// the releases do and no date comes.
func (b *builder) expose() {
	b.exposed.Do(func() {
		places := newPlaces(b.in.Set.Compare, b.byProduct)
		runs := make([]exposure, 0, 2*len(b.public))
		for i, r := range b.public {
			if !(b.calm && r.kept) {
				r.Exposes = b.exposedBy(r, places)
			}
			runs = appendExposures(runs, r.Exposes, int32(i), len(b.releases))
		}
		count := make([]int, 2*len(b.releases)) // of the affected, and of the fixed
		for _, run := range runs {
			for n := range run.length {
				count[run.list+n]++
			}
		}
		lists := make([][]int32, len(count))
		for i, n := range count {
			lists[i] = make([]int32, 0, n)
		}
		for _, run := range runs {
			for n := range run.length {
				lists[run.list+n] = append(lists[run.list+n], run.row)
			}
		}
		for i, rel := range b.releases {
			rel.affected, rel.fixed = lists[i], lists[len(b.releases)+i]
		}
	})
}

// exposure says of what is public that neighbouring lists hold it: the list of a
// release has the release's number if it is of the affected, and stands as many
// releases as there are further back if it is of the fixed.
type exposure struct{ row, list, length int32 }

// exposedBy writes down the releases that an advisory affects, in runs of
// neighbours, and then those that fix it; "" where there are none.
func (b *builder) exposedBy(r *row, places *places) string {
	if r.Withdrawn.reached(b.in.Now) {
		return ""
	}
	d := r.full()
	var runs []int // first and length of each
	for _, rel := range places.affected(d) {
		if n := len(runs); n > 0 && runs[n-2]+runs[n-1] == rel.number {
			runs[n-1]++
		} else {
			runs = append(runs, rel.number, 1)
		}
	}
	out := binary.AppendUvarint(nil, uint64(len(runs)))
	for _, n := range runs {
		out = binary.AppendUvarint(out, uint64(n))
	}
	var fixed []int
	for _, fix := range d.Fixes {
		if rel := b.find(fix); rel != nil && !slices.Contains(fixed, rel.number) {
			fixed = append(fixed, rel.number)
			out = binary.AppendUvarint(out, uint64(rel.number))
		}
	}
	return string(out)
}

// appendExposures reads what exposedBy wrote down of a row.
func appendExposures(out []exposure, text string, row int32, releases int) []exposure {
	runs, text := uvarint(text)
	for ; runs > 1; runs -= 2 {
		var first, length int
		first, text = uvarint(text)
		length, text = uvarint(text)
		if first < releases {
			out = append(out, exposure{row, int32(first), int32(min(length, releases-first))})
		}
	}
	for text != "" {
		var fixed int
		if fixed, text = uvarint(text); fixed < releases {
			out = append(out, exposure{row, int32(releases + fixed), 1})
		}
	}
	return out
}

// uvarint reads a number from the front of a text, 0 from an empty one.
func uvarint(text string) (n int, rest string) {
	for i := 0; i < min(len(text), 5); i++ {
		if n |= int(text[i]&0x7f) << (7 * i); text[i] < 0x80 {
			return n, text[i+1:]
		}
	}
	return 0, ""
}

// rowsAt returns public advisories by their places.
func (b *builder) rowsAt(places []int32) []*row {
	out := make([]*row, len(places))
	for i, at := range places {
		out[i] = b.public[at]
	}
	return out
}

// keyAt hashes what lists show of public advisories, as rowsKey does.
func (b *builder) keyAt(places []int32, more ...string) digest {
	buf := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(buf)
	buf.Reset()
	for _, at := range places {
		buf.Write(b.shown[at][:])
	}
	return keyOf(buf.Bytes(), more)
}

// places finds versions among the sorted releases of their product.
type places struct {
	compare  func(product, a, b string) int
	releases map[string][]*release
	seen     map[placeKey]place
	out      []*release
}

func newPlaces(compare func(product, a, b string) int, releases map[string][]*release) *places {
	return &places{compare: compare, releases: releases, seen: map[placeKey]place{}}
}

type placeKey struct{ product, version string }

// place is how many releases are older than a version, and how many are not
// newer.
type place struct{ before, after int }

func (p *places) place(product, version string) place {
	key := placeKey{product, version}
	if at, ok := p.seen[key]; ok {
		return at
	}
	list := p.releases[product]
	at := place{before: sort.Search(len(list), func(i int) bool { return p.compare(product, list[i].Version, version) >= 0 })}
	at.after = at.before
	for at.after < len(list) && p.compare(product, list[at.after].Version, version) == 0 {
		at.after++
	}
	p.seen[key] = at
	return at
}

// affected returns the releases that an advisory affects, as advisories.Status
// has it. The list is good until the next call.
func (p *places) affected(d *detail) []*release {
	p.out = p.out[:0]
	single := len(d.Affected) == 1 && len(d.Affected[0].Ranges)+len(d.Affected[0].Versions) == 1
	for _, a := range d.Affected {
		list := p.releases[a.Product]
		for _, span := range a.Ranges {
			if from, to := p.bounds(a.Product, span); from < to {
				p.out = append(p.out, list[from:to]...)
			}
		}
		for _, v := range a.Versions {
			at := p.place(a.Product, v)
			p.out = append(p.out, list[at.before:at.after]...)
		}
	}
	if !single {
		slices.SortFunc(p.out, func(x, y *release) int { return cmp.Compare(x.number, y.number) })
		p.out = slices.Compact(p.out)
	}
	return p.out
}

func (p *places) bounds(product string, span rangeRow) (from, to int) {
	if span == (rangeRow{}) {
		return 0, 0
	}
	if span.Introduced != "" {
		from = p.place(product, span.Introduced).before
	}
	to = len(p.releases[product])
	if span.Fixed != "" {
		to = min(to, p.place(product, span.Fixed).before)
	}
	if span.Last != "" {
		to = min(to, p.place(product, span.Last).after)
	}
	return from, to
}
