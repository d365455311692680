package verify

import (
	"fmt"

	"github.com/countersign/countersign/verify/gitrepo"
	"github.com/countersign/countersign/verify/patch"
)

// landed finds the commit behind the source that brought an embargoed patch's change, once it was published, and
// judges by it. It returns nil where there is none. It is asked only when the text could not decide: it
// reads the whole history.
func (j *sourceJob) landed(f Fix) (*Standing, error) {
	if err := j.p.graph.Load([]gitrepo.ID{j.source}); err != nil {
		return nil, err
	}
	var files []*fixFile
	for _, pf := range f.Patch.Files {
		if pf.Binary {
			return nil, nil
		}
		file := &fixFile{path: pf.Path()}
		file.nameBy(pf)
		files = append(files, file)
	}
	id, err := j.p.findChange(j.p.behind(j.source), majorFiles(files), nil)
	if err != nil || id == "" {
		return nil, err
	}
	sts, err := j.p.inSource(j.source, []Fix{{Name: f.Name, Commits: []gitrepo.ID{id}}})
	if err != nil {
		return nil, err
	}
	sts[0].Equivalent = append(sts[0].Equivalent, id)
	return sts[0], nil
}

// behind lists the commits behind one whose history was loaded, and that one.
func (p *Prover) behind(source gitrepo.ID) []int32 {
	seen := make([]bool, p.graph.Len())
	found := []int32{p.graph.Node(source)}
	seen[found[0]] = true
	for i := 0; i < len(found); i++ {
		for _, q := range p.graph.Parents(found[i]) {
			if !seen[q] {
				seen[q] = true
				found = append(found, q)
			}
		}
	}
	return found
}

// patchFiles prepares the files of an embargoed patch against a source tree. The text before and after the fix
// is the source's file without and with the patch, whichever of the two the source holds; where the patch fits
// neither way, its own lines are all there is to go by.
func (p *Prover) patchFiles(tree gitrepo.ID, f Fix) []*fileStanding {
	var list []*fileStanding
	for _, pf := range f.Patch.Files {
		st := &fileStanding{file: &fixFile{path: pf.Path(), from: pf.Old}}
		st.err = p.patchFile(tree, pf, patch.Options{IgnoreWhitespace: f.IgnoreWhitespace}, st)
		list = append(list, st)
	}
	return list
}

func (p *Prover) patchFile(tree gitrepo.ID, pf patch.File, o patch.Options, st *fileStanding) error {
	for _, path := range []string{pf.New, pf.Old} {
		if path == "" || st.blob != "" {
			continue
		}
		e, ok, err := p.repo.LookupIn(tree, path)
		if err != nil {
			return err
		}
		if ok && e.Mode.IsFile() {
			st.path, st.blob = path, e.ID
		}
	}
	var now []byte
	if st.blob != "" {
		var err error
		if now, err = p.repo.Blob(st.blob); err != nil {
			return err
		}
	}
	if after, err := pf.Apply(now, o); err == nil {
		return p.patchSides(st, now, after)
	}
	if before, err := pf.Reverse().Apply(now, o); err == nil {
		return p.patchSides(st, before, now)
	}
	if pf.Binary {
		return fmt.Errorf("binary patch of %s fits neither before nor after the source's file", pf.Path())
	}
	var before, after []string
	for _, h := range pf.Hunks {
		before, after = append(before, h.Old()...), append(after, h.New()...)
	}
	st.file.probe = patch.NewProbe(patch.JoinLines(before), patch.JoinLines(after))
	return nil
}

// patchSides takes two versions of a file as the text before and after the fix.
func (p *Prover) patchSides(st *fileStanding, before, after []byte) error {
	if !patch.IsBinary(before) && !patch.IsBinary(after) {
		st.file.probe = patch.NewProbe(patch.NewText(before), patch.NewText(after))
		return nil
	}
	st.file.binary = true
	var err error
	if st.file.before, err = p.repo.HashBlob(before); err != nil {
		return err
	}
	st.file.after, err = p.repo.HashBlob(after)
	st.whole = st.file.after == st.blob
	return err
}
