package verify

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/countersign/countersign/verify/patch"
	"github.com/countersign/countersign/verify/pkgfile"
)

const (
	maxDiffs     = 10 // unexplained files that are shown with their difference
	maxDiffLines = 8  // lines of one difference
	maxLineShown = 160
)

// explainDifferences lists the unexplained files, and for the first of them what
// they are near to.
func (r *Reconstruction) explainDifferences(ctx context.Context) error {
	var names []string
	for i := range r.Package.Entries {
		if e := &r.Package.Entries[i]; r.states[e.Path] == Unexplained {
			r.Unexplained = append(r.Unexplained, Difference{Path: e.Path})
			if len(r.Unexplained) <= maxDiffs && e.Size <= maxComparedFile {
				names = append(names, e.Path)
			}
		}
	}
	if len(names) == 0 {
		return nil
	}
	if err := r.readAll(ctx, names); err != nil {
		return err
	}
	near := newNeighbours(r.sources)
	for i := range r.Unexplained[:min(len(r.Unexplained), maxDiffs)] {
		d := &r.Unexplained[i]
		e := r.Package.Find(d.Path)
		s, rel, note := near.find(r.sources, e)
		if s == nil {
			continue
		}
		d.Source, d.Note = rel, note
		before, err := s.read(rel)
		if err != nil {
			return err
		}
		if after, have := r.data[d.Path]; have && !e.IsLink() {
			d.Diff = shortDiff(toLF(before), toLF(after))
		}
	}
	return nil
}

// neighbours finds the source's file that is nearest to a package's file.
type neighbours struct {
	byID   map[string]string   // blob id to path
	byBase map[string][]string // base name to paths
	owner  map[string]*placed
}

func newNeighbours(sources []placed) *neighbours {
	n := &neighbours{byID: map[string]string{}, byBase: map[string][]string{}, owner: map[string]*placed{}}
	for i := range sources {
		s := &sources[i]
		for _, p := range s.paths {
			id := string(s.files[p].id)
			if _, taken := n.byID[id]; !taken {
				n.byID[id] = p
			}
			n.byBase[path.Base(p)] = append(n.byBase[path.Base(p)], p)
			if n.owner[p] == nil {
				n.owner[p] = s
			}
		}
	}
	return n
}

// find returns a source's file and why it is thought near: it stands at the same
// path, has the same bytes, or shares its name and most of the folders above.
func (n *neighbours) find(sources []placed, e *pkgfile.Entry) (*placed, string, string) {
	if s, rel := locate(sources, e.Path); s != nil {
		if f, ok := s.files[rel]; ok {
			note := "the text differs"
			if e.IsLink() {
				note = "a link stands in place of it"
			} else if old, patched := s.before[rel]; patched && (e.Blob == string(old.id) || e.BlobLF == string(old.id)) {
				note = fmt.Sprintf("the package's file lacks the patch %s", f.patch)
			}
			return s, rel, note
		}
		if old, had := s.before[rel]; had && (e.Blob == string(old.id) || e.BlobLF == string(old.id)) {
			return nil, "", ""
		}
	}
	for _, id := range []string{e.Blob, e.BlobLF} {
		if p, ok := n.byID[id]; ok {
			return n.owner[p], p, "the same bytes at another path"
		}
	}
	list := n.byBase[path.Base(e.Path)]
	if len(list) == 0 {
		return nil, "", ""
	}
	best := slices.MaxFunc(list, func(a, b string) int {
		return commonSuffix(a, e.Path) - commonSuffix(b, e.Path)
	})
	return n.owner[best], best, "the same name at another path"
}

// commonSuffix counts the parts that two paths share from the end.
func commonSuffix(a, b string) int {
	x, y := strings.Split(a, "/"), strings.Split(b, "/")
	n := 0
	for n < len(x) && n < len(y) && x[len(x)-1-n] == y[len(y)-1-n] {
		n++
	}
	return n
}

// shortDiff is the first changed lines between two texts, in diff's notation.
func shortDiff(before, after []byte) []string {
	if patch.IsBinary(before) || patch.IsBinary(after) {
		return []string{fmt.Sprintf("binary, %d bytes in the source and %d in the package", len(before), len(after))}
	}
	var lines []string
	for _, h := range patch.Hunks(before, after) {
		lines = append(lines, fmt.Sprintf("@@ -%d,%d +%d,%d @@", h.OldStart, h.OldLines, h.NewStart, h.NewLines))
		for _, l := range h.Lines {
			if l.Op == patch.Context {
				continue
			}
			if len(lines) >= maxDiffLines {
				return append(lines, "…")
			}
			lines = append(lines, string(l.Op)+clip(strings.TrimRight(l.Text, "\r\n")))
		}
	}
	return lines
}

// clip keeps a line short enough to be read.
func clip(line string) string {
	if len(line) <= maxLineShown {
		return strings.ToValidUTF8(line, "\uFFFD")
	}
	return strings.ToValidUTF8(line[:maxLineShown], "\uFFFD") + "…"
}
