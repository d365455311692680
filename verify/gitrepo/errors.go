package gitrepo

import (
	"fmt"
	"os"
	"path/filepath"
)

// IncompleteError says that the clone does not hold an object that the answer depends on. It is never a
// "no": the caller reports the claim as not checked.
type IncompleteError struct {
	Dir  string
	ID   ID     // the absent object
	Need string // what it was needed for, such as "parent of 468900dc…"; may be empty
	Why  string // shallow, partial, or empty when the clone shows no sign of being either
}

func (e *IncompleteError) Error() string {
	need := ""
	if e.Need != "" {
		need = " (" + e.Need + ")"
	}
	return fmt.Sprintf("object %s%s is not in the clone %s; %s", e.ID, need, e.Dir, e.Step())
}

// Step tells how to complete the clone.
func (e *IncompleteError) Step() string {
	switch e.Why {
	case "shallow":
		return "it is shallow: run git fetch --unshallow in it, in a CI checkout set fetch-depth: 0"
	case "partial":
		return "it is a partial clone: run git fetch --refetch --no-filter in it, or clone again without --filter"
	}
	return "fetch the branch that holds it, or check that the id and the repository belong together"
}

// CorruptError says that the stored bytes are not those that the id names, or no object that git would make:
// the repository is damaged or was tampered with.
type CorruptError struct {
	Dir    string
	ID     ID
	Detail string
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("object %s in %s cannot be believed: %s; clone again from a source you trust", e.ID, e.Dir, e.Detail)
}

// incomplete builds the error for an absent object.
func (r *Repo) incomplete(id ID, need string) error {
	return &IncompleteError{Dir: r.dir, ID: id, Need: need, Why: r.completeness()}
}

// completeness tells shallow and partial clones by their traces. It only words the message: that
// something is absent was seen by asking for it, so a forged or deleted trace misleads nobody.
func (r *Repo) completeness() string {
	if info, err := os.Stat(filepath.Join(r.common, "shallow")); err == nil && info.Size() > 0 {
		return "shallow"
	}
	if packs, _ := filepath.Glob(filepath.Join(r.common, "objects", "pack", "*.promisor")); len(packs) > 0 {
		return "partial"
	}
	return ""
}
