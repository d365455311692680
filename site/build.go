package site

import (
	"cmp"
	"fmt"
	"io/fs"
	"net/url"
	"slices"
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
	exposed     *exposure
	keys        []*teamKey
	byID        map[string]*row

	findMu sync.RWMutex
	found  map[fixRow]*release

	rows   []row
	public []*row // oldest first

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
	for _, step := range []func() error{
		b.homePage, b.listPages, b.releasePages, b.versionsPage, b.keyPages, b.creditPages, b.textPages,
		b.rulesPage, b.searchPage, b.notFoundPage, b.feeds, b.sitemap, b.indexFiles, b.machineFiles,
		b.securityText, b.lookFiles,
	} {
		if err := step(); err != nil {
			return nil, nil, err
		}
	}
	return b.report(), nil, nil
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
	if in.Previous != nil && (in.Previous.global != b.global || in.Previous.now > in.Now.Unix()) {
		b.in.Previous = &State{published: in.Previous.published, preview: in.Previous.preview}
	}
	b.state.global = b.global
	return b, b.standing()
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

// sortPublic orders what is public and looks for what must not be: two
// documents with one id, or a public id that vanished.
func (b *builder) sortPublic() error {
	taken, err := b.advisoryAddresses()
	if err != nil {
		return err
	}
	for i := range b.rows {
		if r := &b.rows[i]; r.public {
			b.public = append(b.public, r)
		}
	}
	slices.SortFunc(b.public, func(a, c *row) int {
		return cmp.Or(cmp.Compare(a.Published.Unix, c.Published.Unix), cmp.Compare(a.ID, c.ID))
	})
	for _, r := range b.public {
		r.rank = b.risks.rank(r.Risk)
		withdrawn := strconv.FormatBool(r.Withdrawn.reached(b.in.Now))
		r.key = hashOf(r.List[:], []byte(r.why), []byte(r.updated(b.in.Now).String()), []byte(withdrawn))
	}
	return b.findVanished(taken)
}

// findVanished refuses a build in which an id is gone that the public knew.
func (b *builder) findVanished(taken addresses) error {
	if b.in.Previous == nil || b.in.Preview || b.in.Previous.preview {
		return nil
	}
	var gone []string
	for _, id := range b.in.Previous.published {
		if _, still := taken[addressOf(id)]; !still && !slices.Contains(b.in.Gone, id) {
			gone = append(gone, id)
		}
	}
	if len(gone) > 0 {
		return fmt.Errorf("%s was public in the last build and is not any more (%s): restore it, or keep the document and "+
			"set timeline.withdrawn with a date and a reason", strings.Join(gone, ", "), b.whyGone(gone[0]))
	}
	return nil
}

func (b *builder) whyGone(id string) string {
	for i := range b.rows {
		if b.rows[i].ID == id {
			return b.rows[i].why
		}
	}
	return "no document has this id"
}

func (b *builder) report() *Report {
	rep := &Report{Public: len(b.public), Pages: int(b.files.Load()), Put: int(b.rendered.Load()), State: b.state}
	b.state.preview, b.state.now = b.in.Preview, b.in.Now.Unix()
	b.state.rows = b.rows
	b.state.index = make(map[string]int, len(b.rows))
	for i := range b.rows {
		r := &b.rows[i]
		b.state.index[r.Path] = i
		if r.why != "" {
			rep.LeftOut = append(rep.LeftOut, LeftOut{ID: r.ID, Path: r.Path, Why: r.why})
		}
	}
	for _, r := range b.public {
		if r.why == "" {
			b.state.published = append(b.state.published, r.ID)
		}
	}
	return rep
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
