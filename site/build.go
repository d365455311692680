package site

import (
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"net/url"
	"runtime"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/exchange/csaf"
	"github.com/countersign/countersign/advisories/finding"
)

// builder holds one build.
type builder struct {
	in        Input
	out       Sink
	look      *look
	frame     shell  // what all pages share
	base      string // address of the site's root, with a final slash; "" where none is configured
	risks     *risks
	global    digest // of everything that any page may depend on, but for advisories and releases
	shared    *advisories.Set
	publisher csaf.Publisher
	zip       zipped
	osvPrefix sync.Map // stem of an id → what OSV puts before it

	releases    []*release
	byProduct   map[string][]*release // oldest first
	productKeys map[string]digest     // of the releases of each product
	ownerPage   map[string]string     // owner of a key → path of the key's page
	gate        *gate
	exposed     sync.Once
	keys        []*teamKey
	named       sync.Once
	summed      sync.Once
	total       digest          // see everything
	byID        map[string]*row // those that results speak of, see held

	findMu sync.RWMutex
	found  map[fixRow]*release

	before *State // of the last build, whatever has changed since; nil for none
	calm   bool   // since then only advisories changed: the others are what they were
	whole  bool   // every file of the last build stands

	rows   []*row
	public []*row // oldest first
	ofRisk map[string][]*row
	years  []int // of publication
	ofYear map[int][]*row
	shown  []digest // the keys of what is public, side by side

	files, rendered atomic.Int64
	mu              sync.Mutex
	state           *State
}

// Build decides what is public at in.Now and puts the whole site into out. It
// does not switch the site over: when it returns an error or findings, out must
// be thrown away. Findings are faults in advisories that do not load: a document
// that cannot be read may be one that must be on the site, or must not, so they
// come with an empty report, which no Folder commits.
func Build(in Input, out Sink) (*Report, []finding.Finding, error) {
	b, err := newBuilder(in, out)
	if err != nil {
		return nil, nil, err
	}
	list, err := b.readAdvisories()
	if err != nil || len(list) > 0 {
		return &Report{}, list, err
	}
	if err := b.sortPublic(); err != nil {
		return nil, nil, err
	}
	steps := []func() error{
		b.releasePages, b.machineFiles, b.indexFiles, b.listPages, b.creditPages, b.sitemap, b.homePage, b.versionsPage,
		b.keyPages, b.textPages, b.rulesPage, b.searchPage, b.notFoundPage, b.feeds, b.securityText, b.lookFiles,
	}
	if err := together(len(steps), func(i int) error { return steps[i]() }); err != nil {
		return nil, nil, err
	}
	if err := b.before.err(); err != nil {
		return nil, nil, fmt.Errorf("read what the last build left behind: %w; build without it (site build --full)", err)
	}
	return b.report(), nil, nil
}

// together does n things on all processors and returns the error of the first of
// them, in their order, that failed.
func together(n int, do func(i int) error) error {
	var (
		errs  = make([]error, n)
		next  atomic.Int64
		group sync.WaitGroup
	)
	for range min(n, runtime.GOMAXPROCS(0)) {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				errs[i] = do(i)
			}
		})
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func newBuilder(in Input, out Sink) (*builder, error) {
	if in.Set == nil || in.Set.Config == nil {
		return nil, errNoConfig
	}
	b := &builder{in: in, out: out, found: map[fixRow]*release{}, state: &State{files: map[string]digest{}}}
	var err error
	if b.look, err = newLook(in.Theme); err != nil {
		return nil, err
	}
	if b.base, err = baseURL(in.Set.Config.Site.BaseURL.V); err != nil {
		return nil, err
	}
	policy := in.Set.Config.Policy.Effective()
	b.risks = newRisks(policy.Risks)
	b.frame = b.newFrame()
	b.setReleases(b.released())
	b.ownerPage = b.keyOwners()
	b.gate = &gate{now: in.Now, since: policy.VerifySince, attested: in.Set.Config.Policy.Attested, find: b.find}
	b.shared = b.sharedSet()
	b.publisher = csaf.PublisherOf(b.shared)
	b.global = b.globalDigest()
	b.state.global, b.state.context = b.global, b.contextDigest()
	b.compare()
	return b, b.standing()
}

// compare looks at what the last build was made from.
func (b *builder) compare() {
	p := b.in.Previous
	b.before = p
	switch {
	case p == nil:
	case p.global != b.global || p.now > b.in.Now.Unix():
		b.in.Previous = &State{}
	default:
		b.calm = p.context == b.state.context && b.in.Now.Unix() < p.next && !b.in.Preview
		folder, ok := b.out.(interface{ Whole() bool })
		b.whole = ok && folder.Whole()
	}
}

// baseURL checks the address of the site. Without one, links stay relative and
// what needs a full address is left out.
func baseURL(address string) (string, error) {
	if address == "" {
		return "", nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("site.base_url is %q, expected an address such as https://security.example.org/", address)
	}
	return strings.TrimSuffix(u.String(), "/") + "/", nil
}

// newFrame fills in what all pages share.
func (b *builder) newFrame() shell {
	c := b.in.Set.Config
	s := shell{
		Lang: "en", CSP: contentPolicy, SiteTitle: c.Site.Title.V, ProjectName: c.Project.Name.V,
		ProjectURL: webLink(c.Project.URL.V), Preview: b.in.Preview, NoIndex: b.in.Preview,
	}
	if s.SiteTitle == "" {
		s.SiteTitle = strings.TrimSpace(s.ProjectName + " security")
	}
	if s.ProjectName == "" {
		s.ProjectName = s.SiteTitle
	}
	for _, p := range b.orderedPages() {
		s.Footer = append(s.Footer, link{pagePath(p), pageTitle(p)})
	}
	s.Footer = append(s.Footer, link{"credits/index.html", "Credits"})
	if len(b.in.Rules) > 0 {
		s.Footer = append(s.Footer, link{"rules.html", "Rules"})
	}
	if s.Feeds = b.base != ""; s.Feeds {
		s.Footer = append(s.Footer, link{"feed.xml", "Feed"})
	}
	s.Footer = append(s.Footer, link{"index.json", "Data"})
	return s
}

// sharedSet is the repository as the machine-readable formats may see it:
// releases that were made, and no advisories.
func (b *builder) sharedSet() *advisories.Set {
	set := *b.in.Set
	set.Advisories, set.Releases = nil, nil
	for _, r := range b.releases {
		set.Releases = append(set.Releases, r.Record)
	}
	return &set
}

// globalDigest hashes what every page depends on.
func (b *builder) globalDigest() digest {
	parts := [][]byte{
		[]byte(b.in.Version), b.look.digest[:], []byte(fmt.Sprint(b.in.Preview, b.in.Formats, b.in.Signer.signs())),
	}
	if src := b.in.Set.Config.Source; src != nil {
		parts = append(parts, src.Text)
	}
	for _, k := range b.in.Set.Keys {
		parts = append(parts, []byte(k.Path), k.Source.Text)
	}
	for _, p := range b.in.Set.Pages {
		parts = append(parts, []byte(p.Path), p.Source.Text)
	}
	for _, r := range b.in.Rules {
		parts = append(parts, []byte(fmt.Sprint(r)))
	}
	return hashOf(parts...)
}

// contextDigest hashes all that a page may depend on but for the advisories.
func (b *builder) contextDigest() digest {
	sum := b.global
	for _, r := range b.releases {
		sum = hashOf(sum[:], []byte(r.Product), []byte(r.Version), []byte(r.Released.String()), r.key[:])
	}
	return sum
}

// sortPublic orders what is public and looks for what must not be: two
// documents with one id, or a public id that vanished.
func (b *builder) sortPublic() error {
	taken, err := b.advisoryAddresses()
	if err != nil {
		return err
	}
	anew := make([]*row, 0, len(b.rows))
	for _, r := range b.rows {
		if r.public && !(b.calm && r.kept) {
			list, withdrawn := r.full().List, strconv.FormatBool(r.Withdrawn.reached(b.in.Now))
			r.key = hashOf(list[:], []byte(r.why), []byte(r.updated(b.in.Now).String()), []byte(withdrawn))
			anew = append(anew, r)
		}
	}
	slices.SortFunc(anew, byPublication)
	b.public = merge(b.undisturbed(), anew)
	b.group()
	return b.findVanished(taken)
}

func byPublication(a, c *row) int {
	return cmp.Or(cmp.Compare(a.Published.Unix, c.Published.Unix), cmp.Compare(a.ID, c.ID))
}

// undisturbed returns the rows of which nothing has changed, oldest first, as the
// last build had sorted them.
func (b *builder) undisturbed() []*row {
	if !b.calm {
		return nil
	}
	out := make([]*row, 0, len(b.rows))
	for _, n := range b.before.public {
		if r := b.before.rows[n]; r.kept {
			out = append(out, r)
		}
	}
	return out
}

// merge joins two sorted lists.
func merge(a, c []*row) []*row {
	if len(a) == 0 {
		return c
	}
	out := make([]*row, 0, len(a)+len(c))
	for len(a) > 0 && len(c) > 0 {
		if byPublication(a[0], c[0]) < 0 {
			out, a = append(out, a[0]), a[1:]
		} else {
			out, c = append(out, c[0]), c[1:]
		}
	}
	return append(append(out, a...), c...)
}

// group sorts what is public by risk and by the year of publication, so that a
// new advisory changes the files of one risk and one year only.
func (b *builder) group() {
	type group struct {
		rank int32
		rows []*row
	}
	risks := map[string]*group{}
	b.ofRisk, b.ofYear = map[string][]*row{}, map[int][]*row{}
	b.shown = make([]digest, len(b.public))
	undated := 0
	for i, r := range b.public {
		g := risks[r.Risk]
		if g == nil {
			g = &group{rank: int32(b.risks.rank(r.Risk))}
			if g.rank >= 0 {
				g.rows = make([]*row, 0, len(b.public)/(len(b.risks.names)+1))
			}
			risks[r.Risk] = g
		}
		r.rank, b.shown[i] = g.rank, r.key
		g.rows = append(g.rows, r)
		if !r.Published.Set {
			undated++
		}
	}
	for name, g := range risks {
		b.ofRisk[name] = g.rows
	}
	// Those without a date, which are drafts, come first: they count as of today.
	for rest := b.public[undated:]; len(rest) > 0; {
		year := rest[0].Published.time().Year()
		n := sort.Search(len(rest), func(i int) bool { return rest[i].Published.time().Year() > year })
		b.ofYear[year], rest = rest[:n:n], rest[n:]
	}
	if year := b.in.Now.UTC().Year(); undated > 0 {
		b.ofYear[year] = slices.Concat(b.public[:undated], b.ofYear[year])
	}
	b.years = slices.Sorted(maps.Keys(b.ofYear))
}

// findVanished refuses a build in which an id is gone that the public knew.
func (b *builder) findVanished(taken addresses) error {
	if b.before == nil || b.in.Preview || b.before.preview {
		return nil
	}
	var gone []string
	for _, n := range b.before.public {
		r := b.before.rows[n]
		if r.kept || slices.Contains(b.in.Gone, r.ID) {
			continue
		}
		if _, still := taken[addressOf(r.ID)]; !still {
			gone = append(gone, r.ID)
		}
	}
	if len(gone) > 0 {
		return fmt.Errorf("%s was public in the last build and is not any more (%s): restore it, or keep the document and "+
			"set timeline.withdrawn with a date and a reason", strings.Join(gone, ", "), b.whyGone(gone[0]))
	}
	return nil
}

func (b *builder) whyGone(id string) string {
	for _, r := range b.rows {
		if r.ID == id {
			return r.why
		}
	}
	return "no document has this id"
}

func (b *builder) report() *Report {
	rep := &Report{Public: len(b.public), Pages: int(b.files.Load()), Put: int(b.rendered.Load()), State: b.state}
	for _, r := range b.rows {
		if r.why != "" {
			rep.LeftOut = append(rep.LeftOut, LeftOut{ID: r.ID, Path: r.Path, Why: r.why})
		}
	}
	b.remember()
	return rep
}

// remember fills in the state for the next build. What is not on the site is left
// out and read again by each build: the state may lie where others can read it.
func (b *builder) remember() {
	s := b.state
	b.rows = slices.DeleteFunc(b.rows, func(r *row) bool { return !r.public })
	s.preview, s.now, s.next = b.in.Preview, b.in.Now.Unix(), math.MaxInt64
	s.rows, s.count, s.filesOf = b.rows, int(b.files.Load()), b.filesOf
	for i, r := range b.rows {
		r.place = int32(i)
		for _, m := range r.moments() {
			if m.Set && m.Unix > s.now {
				s.next = min(s.next, m.Unix)
			}
		}
		if r.public && !r.kept {
			for _, file := range b.filesOf(r) {
				delete(s.files, file)
			}
		}
	}
	s.public = make([]int, len(b.public))
	for i, r := range b.public {
		s.public[i] = int(r.place)
	}
}

// Load reads a security repository for Build: everything but the advisories,
// which Build streams from Set.FS. An error means that files could not be read;
// faults in documents are findings.
func Load(fsys fs.FS) (*advisories.Set, []finding.Finding, error) {
	set, list, err := advisories.Load(withoutAdvisories{fsys})
	if set != nil {
		set.FS = fsys
	}
	return set, list, err
}
