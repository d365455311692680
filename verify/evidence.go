package verify

import (
	"io"
	"io/fs"
	"time"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
	"github.com/countersign/countersign/verify/gitrepo"
	"github.com/countersign/countersign/verify/pkgfile"
	"github.com/countersign/countersign/verify/signature"
	"github.com/countersign/countersign/verify/statement"
)

// Evidence is everything outside the security repository that a run may look at,
// and the moment at which it looks. The caller opens and closes it.
type Evidence struct {
	Repos   map[string]*gitrepo.Repo // by name in countersign.yaml
	Trust   Trust
	Root    *signature.TrustedRoot // for gitsign and sigstore signatures; nil: those cannot be checked
	Log     []byte                 // a rekor entry for gitsign signatures that embed none; may be nil
	Limits  pkgfile.Limits         // of packages; zero fields take the defaults
	Now     time.Time
	Version string // of this program, for the result
}

// Trust is where keys, policy and waivers are read from. The zero Trust takes them
// from the set that is judged, which then vouches for itself.
type Trust struct {
	Revision string               // of the security repository, named in the result
	Set      *advisories.Set      // as of that revision; nil: the judged set
	Added    map[string]time.Time // when the commit that added a key's file was made, by path; nil: not known
}

// Archive is one package file: an archive, a directory, or a published list of
// per-file hashes. Exactly one of File, Dir and Manifest is set.
type Archive struct {
	Name     string      // of the package's record, or of the file where there is one package
	FileName string      // of the file that is judged in the record's place; empty: the record's name
	File     io.ReaderAt // an archive's bytes
	Size     int64       // of File
	Dir      fs.FS       // an unpacked package
	Manifest []byte      // a list such as SHA512SUMS
	Beside   fs.FS       // the folder it lies in, where detached signatures are looked for first; may be nil
}

// Report is the outcome of judging one release.
type Report struct {
	Statement *statement.Statement
	Findings  []finding.Finding // sorted; errors close the gate, unchecked ones keep it from opening
	Packages  []*Reconstruction // in the order of the record, archives inside after the one that holds them
	Verdicts  []*Judgement      // by advisory, then package
}
