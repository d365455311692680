package verify

import (
	"path"
	"slices"
	"strings"

	"github.com/countersign/countersign/verify/gitrepo"
	"github.com/countersign/countersign/verify/patch"
)

// listing returns the source's files by path, read once.
func (j *sourceJob) listing() ([]gitrepo.Entry, error) {
	if j.files != nil {
		return j.files, nil
	}
	files, err := j.p.repo.Files(j.source)
	if err != nil {
		return nil, err
	}
	j.files = slices.DeleteFunc(files, func(e gitrepo.Entry) bool {
		return e.Mode != gitrepo.ModeFile && e.Mode != gitrepo.ModeExecutable
	})
	return j.files, nil
}

// unfixedCopy finds a file of the source that is a copy of a fix's file without the fix, and reads as before it
// where a block's lines would be. It is asked when the fix's file is gone or hardly anything of it is left: a copy
// made before the fix, or beside it, has then taken its place, and with it the flaw is back.
func (j *sourceJob) unfixedCopy(file *fixFile, i int) (gitrepo.Entry, error) {
	copies, known := j.copies[file]
	if !known {
		var err error
		if copies, err = j.unfixedCopies(file); err != nil {
			return gitrepo.Entry{}, err
		}
		j.copies[file] = copies
	}
	for _, e := range copies {
		if file.copies[e.ID][i] {
			return e, nil
		}
	}
	return gitrepo.Entry{}, nil
}

// unfixedCopies lists the files of the source that are copies of a fix's file and lack some of the fix.
func (j *sourceJob) unfixedCopies(file *fixFile) ([]gitrepo.Entry, error) {
	files, err := j.listing()
	if err != nil {
		return nil, err
	}
	if file.copies == nil {
		file.copies = map[gitrepo.ID][]bool{}
	}
	var candidates []gitrepo.Entry
	var unread []gitrepo.ID
	for _, e := range files {
		if e.Name == file.path || path.Ext(e.Name) != path.Ext(file.path) || minor(e.Name) {
			continue
		}
		candidates = append(candidates, e)
		if _, known := file.copies[e.ID]; !known {
			file.copies[e.ID] = nil
			unread = append(unread, e.ID)
		}
	}
	if err := j.p.lookForCopies(file, unread); err != nil {
		for _, id := range unread {
			delete(file.copies, id)
		}
		return nil, err
	}
	return slices.DeleteFunc(candidates, func(e gitrepo.Entry) bool { return file.copies[e.ID] == nil }), nil
}

// lookForCopies notes which of some blobs are copies of a fix's file that lack some of the fix.
func (p *Prover) lookForCopies(file *fixFile, blobs []gitrepo.ID) error {
	alike := file.likeness()
	return p.lines.each(blobs, func(id gitrepo.ID, lines []uint64) error {
		if !alike(lines) {
			return nil
		}
		text, err := p.texts.get(id)
		if err == nil && !text.binary {
			file.copies[id] = file.lacking(text.text())
		}
		return err
	})
}

// lacking tells of each block whether a copy of the file reads as before the fix there. It returns nil for one
// that holds any of the fix, or of which too little can be told: it is no copy, but what became of the file.
func (f *fixFile) lacking(copied *patch.Text) []bool {
	lacks, told := make([]bool, len(f.probe.Blocks)), 0
	for i := range f.probe.Blocks {
		switch state, _ := f.probe.Blocks[i].In(copied); state {
		case patch.Present:
			return nil
		case patch.Absent:
			lacks[i] = true
			told++
		}
	}
	if 2*told <= len(lacks) {
		return nil
	}
	return lacks
}

// likeness returns a test for texts that hold most of the lines of a fix's file, whatever they hold beside.
// Comments and inclusions do not count: files of one project begin alike.
func (f *fixFile) likeness() func(lines []uint64) bool {
	own := map[uint64]bool{}
	for _, t := range [2]*patch.Text{f.probe.Before, f.probe.After} {
		for _, key := range lineSet(slices.Values(t.Lines)) {
			own[key] = true
		}
	}
	return func(lines []uint64) bool {
		seen := 0
		for _, key := range lines {
			if own[key] {
				seen++
			}
		}
		return seen > 0 && 2*seen >= len(own)
	}
}

// deserted reports whether hardly anything of a fix's file is left in the source's file of its name, as when a
// stub took its place.
func (j *sourceJob) deserted(file *fixFile, blob gitrepo.ID) (bool, error) {
	if blob == "" {
		return true, nil
	}
	if gone, known := file.deserted[blob]; known {
		return gone, nil
	}
	now, err := j.p.texts.get(blob)
	if err != nil || now.binary {
		return false, err
	}
	have := map[string]bool{}
	for _, l := range now.text().Lines {
		have[l] = true
	}
	left, all := 0, 0
	for _, l := range file.probe.After.Lines {
		if !isSlight(strings.TrimSpace(l)) {
			all++
			if have[l] {
				left++
			}
		}
	}
	if file.deserted == nil {
		file.deserted = map[gitrepo.ID]bool{}
	}
	file.deserted[blob] = left*leastLeft < all
	return file.deserted[blob], nil
}

// leastLeft: a file of which less than one line in so many is left has given up its place.
const leastLeft = 10

// elsewhere finds the source's file that a file of another branch's fix goes by there: the same name in another
// folder or with another ending, and for the most part the same lines.
func (j *sourceJob) elsewhere(f *fixFile) (gitrepo.Entry, error) {
	named, err := j.named(stem(f.path))
	if err != nil {
		return gitrepo.Entry{}, err
	}
	var best gitrepo.Entry
	most := 0.5
	for _, e := range named {
		if minor(e.Name) != minor(f.path) {
			continue
		}
		for _, side := range [2]gitrepo.ID{f.before, f.after} {
			if side == "" {
				continue
			}
			alike, err := j.p.texts.alike(side, e.ID)
			if err != nil {
				return gitrepo.Entry{}, err
			}
			if alike > most {
				best, most = e, alike
			}
		}
	}
	return best, nil
}

// named lists the source's files of a name, whatever their folder and their ending.
func (j *sourceJob) named(name string) ([]gitrepo.Entry, error) {
	if j.stems == nil {
		files, err := j.listing()
		if err != nil {
			return nil, err
		}
		j.stems = map[string][]gitrepo.Entry{}
		for _, e := range files {
			j.stems[stem(e.Name)] = append(j.stems[stem(e.Name)], e)
		}
	}
	return j.stems[name], nil
}

func stem(name string) string {
	base := path.Base(name)
	return strings.TrimSuffix(base, path.Ext(base))
}
