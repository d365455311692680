package patch

import (
	"bytes"
	"fmt"
	"os"

	"github.com/bluekeyes/go-gitdiff/gitdiff"
)

// Parse reads a patch in git's form. Text before the first file (a mail header, a commit message) is
// allowed; a text without any file change is an error, as is one that git would not apply for its form.
func Parse(text []byte) (Diff, error) {
	if len(text) > maxPatch {
		return Diff{}, fmt.Errorf("patch of %d bytes is beyond the limit of %d", len(text), maxPatch)
	}
	files, _, err := gitdiff.Parse(bytes.NewReader(text))
	if err != nil {
		return Diff{}, fmt.Errorf("patch: %w; expected the output of git diff", err)
	}
	if len(files) == 0 {
		return Diff{}, fmt.Errorf("patch: found no file change; expected the output of git diff")
	}
	var d Diff
	for _, f := range files {
		d.Files = append(d.Files, fileOf(f))
	}
	return d, nil
}

func fileOf(g *gitdiff.File) File {
	f := File{
		Old: g.OldName, New: g.NewName, OldMode: gitMode(g.OldMode), NewMode: gitMode(g.NewMode),
		OldID: g.OldOIDPrefix, NewID: g.NewOIDPrefix, Copy: g.IsCopy, Score: g.Score, Binary: g.IsBinary,
	}
	if g.IsNew {
		f.Old = ""
	}
	if g.IsDelete {
		f.New = ""
	}
	if g.IsBinary && g.BinaryFragment != nil {
		f.binary = &binaryChange{forward: g.BinaryFragment, backward: g.ReverseBinaryFragment}
	}
	for _, t := range g.TextFragments {
		h := Hunk{OldStart: int(t.OldPosition), OldLines: int(t.OldLines),
			NewStart: int(t.NewPosition), NewLines: int(t.NewLines), Section: t.Comment}
		for _, l := range t.Lines {
			h.Lines = append(h.Lines, Line{Op: opOf(l.Op), Text: l.Line})
		}
		f.Hunks = append(f.Hunks, h)
	}
	return f
}

func opOf(op gitdiff.LineOp) Op {
	switch op {
	case gitdiff.OpAdd:
		return Add
	case gitdiff.OpDelete:
		return Delete
	}
	return Context
}

// gitMode gives git's octal number back, which the library keeps in os.FileMode's bits unchanged.
func gitMode(m os.FileMode) uint32 { return uint32(m) }

// binaryChange holds the two directions of a "GIT binary patch".
type binaryChange struct{ forward, backward *gitdiff.BinaryFragment }

func (b *binaryChange) reverse() *binaryChange {
	if b == nil || b.backward == nil {
		return nil
	}
	return &binaryChange{forward: b.backward, backward: b.forward}
}

// apply returns the file after the binary change.
func (b *binaryChange) apply(before []byte) ([]byte, error) {
	var out bytes.Buffer
	a := gitdiff.NewBinaryApplier(&out, bytes.NewReader(before), gitdiff.WithMaxBinaryFragmentBytes(maxResult))
	if err := a.ApplyFragment(b.forward); err != nil {
		return nil, err
	}
	if err := a.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
