package verify

import (
	"github.com/countersign/countersign/verify/gitrepo"
	"github.com/countersign/countersign/verify/patch"
)

// Verdict is the answer to "is the fix there".
type Verdict string

// The verdicts, in the words of the result file.
const (
	Present       Verdict = "present"        // every shipped hunk is there
	Evolved       Verdict = "evolved"        // later commits, named, rewrote, moved or deleted its lines without undoing it
	NotApplicable Verdict = "not_applicable" // nothing of it belongs in this package, and another package proves it
	Partial       Verdict = "partial"        // some hunks are there, some are not
	Reverted      Verdict = "reverted"       // a later commit or merge, named, undid it
	Missing       Verdict = "missing"        // it is not there
	Unverifiable  Verdict = "unverifiable"   // nothing can tell, with the reason
)

// Passes reports whether the verdict keeps the gate open.
func (v Verdict) Passes() bool { return v == Present || v == Evolved || v == NotApplicable }

// Basis names the evidence that decided a verdict.
type Basis string

// The kinds of evidence, strongest first.
const (
	ByReconstruction Basis = "reconstruction"
	ByLineage        Basis = "lineage"
	ByContent        Basis = "content"
)

// Fix is one fix entry of an advisory: commits of one repository, all of them needed, or an embargoed patch.
type Fix struct {
	Name             string // how messages call it
	Commits          []gitrepo.ID
	Patch            *patch.Diff
	IgnoreWhitespace bool // of the patch

	again bool // commits that were found to make the change of those named, which were undone
}

// Standing is how a fix stands in a source tree or in a package.
type Standing struct {
	Verdict    Verdict
	DecidedBy  Basis
	Reason     string       // why, where the verdict is not plain; always for unverifiable
	Equivalent []gitrepo.ID // commits with the same change that stand in for those named
	EvolvedBy  []gitrepo.ID // commits that touched the fix's lines, oldest first
	RevertedBy []gitrepo.ID
	Hunks      []HunkStanding

	files    []*fileStanding
	replaced []gitrepo.ID // the named commits that those of Equivalent stand in for
	reworked []gitrepo.ID // those of Equivalent that brought the change with other lines
	lineage  bool         // the fix, or its equivalent, is behind the source
	later    bool         // the source is behind the fix: it was made too early to hold it
}

// HunkStanding is one hunk of a fix and what became of it.
type HunkStanding struct {
	Commit  gitrepo.ID // of the fix; empty for a patch
	File    string     // as the fix names it
	Path    string     // in the source tree now; empty where it is gone
	Hunk    int        // from 1; 0 for the whole file: untouched since the fix, or binary
	Line    int        // in the judged file, from 1; 0 where unknown
	Verdict Verdict
	Reason  string
	By      []gitrepo.ID // the commits that touched or undid it
}

// Prover judges fixes against source commits of one repository. What it reads and compares is shared by all
// fixes and all sources that it is asked about. It belongs to one goroutine at a time.
type Prover struct {
	repo    *gitrepo.Repo
	graph   *gitrepo.Graph
	texts   textCache
	lines   lineSets
	fixes   map[gitrepo.ID]*change // per fix commit
	paths   *pathTable
	follows map[followKey]*follow
	same    map[sameKey][]gitrepo.ID
	leads   map[int32][]int8 // per start of a follow and node: whether the one leads to the other
	many    bool             // Prepare was called: histories are shared, direct comparisons do not pay
}

// NewProver returns a prover for a repository, which stays open until the last use.
func NewProver(repo *gitrepo.Repo) *Prover {
	graph := repo.NewGraph()
	return &Prover{
		repo: repo, graph: graph, texts: newTextCache(repo), lines: lineSets{repo: repo, sets: map[gitrepo.ID][]uint64{}}, fixes: map[gitrepo.ID]*change{},
		paths: newPathTable(graph, repo), follows: map[followKey]*follow{}, same: map[sameKey][]gitrepo.ID{}, leads: map[int32][]int8{},
	}
}

// Prepare tells which sources and fixes will be asked about, so that the history behind many releases is
// read once. It changes no answer, and may be left out for a single release.
func (p *Prover) Prepare(sources []gitrepo.ID, fixes []Fix) error {
	p.many = true
	if err := p.graph.Load(sources); err != nil {
		return err
	}
	p.readFixes(fixes)
	return nil
}

// InSource judges how each fix stands in the tree of a source commit. The answers are in the order of fixes.
// What cannot be answered is an unverifiable standing with its reason, so that one damaged fix does not hide
// the others; an error means that the source itself cannot be read.
func (p *Prover) InSource(source gitrepo.ID, fixes []Fix) ([]*Standing, error) {
	return p.inSource(source, fixes)
}

// Shipped is what a package holds for one file of the source tree.
type Shipped struct {
	State ShippedState
	Data  []byte // of a file that differs
	// Is reports whether an unseen file is these bytes; nil where nothing can be told.
	Is func(data []byte) bool
}

// ShippedState compares a package's file with the source's file of the same path.
type ShippedState int

// The states. NotShipped files are left out on purpose (the record's patterns, export-ignore) and count
// neither way; a file that should be there and is not is Absent.
const (
	Absent ShippedState = iota
	NotShipped
	Same    // byte for byte, or after line-ending normalisation
	Differs // its bytes are in Data
	Unseen  // it is not the source's, and its bytes cannot be looked at: too large, or only a hash is known
)

// InPackage judges a package from how its fix stands in the source. ship tells what the package holds at a
// path of the repository. The source's standing is not changed.
func (p *Prover) InPackage(st *Standing, ship func(path string) Shipped) (*Standing, error) {
	return p.inPackage(st, ship)
}
