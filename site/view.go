package site

import (
	"html/template"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// shell is what every page has around its text. The fields are those that
// templates use; a theme may rely on them.
type shell struct {
	Lang, CSP, HeadTitle, Description, Canonical string
	SiteTitle, ProjectName, ProjectURL           string
	Root                                         string // from the page to the site's root: "" or "../"
	Nav                                          string // which entry of the site's navigation this page belongs to
	Layout                                       string // wide or narrow
	Heading                                      string
	Lead                                         string
	Preview, NoIndex                             bool
	Feeds                                        bool // there are feeds
	Footer                                       []link
}

type link struct{ Href, Text string }

// riskView is a risk as a gauge and a word: bars that rise, so many of them
// filled, and a class for the colour.
type riskView struct {
	Class string
	Text  string
	Width int
	Bars  []barView
}

type barView struct {
	Class        string
	X, Y, Height int
}

// risks knows the project's own words for risks, lowest first.
type risks struct {
	names []string
	views map[string]riskView
	slugs map[string]string // what the files of each are called
}

func newRisks(names []string) *risks {
	r := &risks{names: names, views: map[string]riskView{}, slugs: map[string]string{}}
	taken := map[string]bool{}
	for i, name := range names {
		r.views[name] = newRiskView(name, i, len(names))
		file := slug(name)
		if strings.Trim(file, "-") == "" { // words of another script
			file = "level-" + strconv.Itoa(i+1)
		}
		for taken[strings.ToLower(file)] {
			file += "-" + strconv.Itoa(i+1)
		}
		taken[strings.ToLower(file)], r.slugs[name] = true, file
	}
	return r
}

// newRiskView draws step i of n. Whatever the number of steps, the lowest has
// the first colour and the highest the fourth.
func newRiskView(name string, i, n int) riskView {
	tone := 4
	if n > 1 {
		tone = 1 + int(math.Round(float64(i)*3/float64(n-1)-.01))
	}
	v := riskView{Class: "r" + strconv.Itoa(tone), Text: title(name) + " risk", Width: 6*n - 2}
	for bar := range n {
		class := "off"
		if bar <= i {
			class = "on"
		}
		height := 4 + (bar+1)*8/n
		v.Bars = append(v.Bars, barView{class, 6 * bar, 12 - height, height})
	}
	return v
}

// view returns how a risk looks; one that the policy does not know has no bars.
func (r *risks) view(name string) riskView {
	if v, ok := r.views[name]; ok {
		return v
	}
	if name == "" {
		return riskView{Class: "r0", Text: "Risk not rated"}
	}
	return riskView{Class: "r0", Text: title(name) + " risk"}
}

// rank is a risk's place, lowest 0; -1 for one that the policy does not know.
func (r *risks) rank(name string) int {
	for i, n := range r.names {
		if n == name {
			return i
		}
	}
	return -1
}

func title(s string) string {
	if s == "" {
		return ""
	}
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[size:]
}

// rowView is an advisory in a list.
type rowView struct {
	Href, Title, ID, Date, DateText, Affected string
	Aliases                                   []string
	Risk                                      riskView
}

// filterView is a link to the list of one risk.
type filterView struct {
	Href    string
	Risk    riskView
	Count   string
	Current bool
}

type homePage struct {
	shell
	Example  string
	Products []cardView
	Filters  []filterView
	Rows     []rowView
	Single   bool // there is one product
	Older    string
	Total    int
}

type cardView struct {
	Title, Version, Href, Text, All string
	Safe, Long                      bool
}

type listPage struct {
	shell
	Filters []filterView
	Rows    []rowView
	Pages   []pagerView
}

type pagerView struct {
	Href, Text, Rel string
	Current         bool
}

type advisoryPage struct {
	shell
	ID                                      string
	Aliases                                 []link
	Risk                                    riskView
	LongHeading                             bool
	RiskRationale, Incident, Draft          string
	Published, PublishedText                string
	Modified, ModifiedText                  string
	Withdrawn, WithdrawnDate, WithdrawnText string
	Affected                                []affectedView
	Workarounds                             string // id of the heading
	Body                                    template.HTML
	Evidence                                []evidenceView
	Fixes                                   []fixView
	Scores                                  []scoreView
	References                              []referenceView
	Weaknesses                              []weaknessView
	Credits                                 []creditView
	Timeline                                []timeView
	Machine                                 []link
}

type affectedView struct {
	Lead, Product, Versions, InstallText string
	Ranges                               []rangeView // in place of Versions, where there are several
	RangesText                           string
	Listed                               string // all versions, where Versions only counts them
	Install                              []link
}

type rangeView struct{ Text, Href, Install string }

type evidenceView struct {
	Class, Release, Href, State string
	Releases                    []link // where one text goes for several
	Passed                      bool
	Sentences                   []string
	Packages                    []packageLine
	Commit, CommitHref          string
	Signature                   string
	Signer, SignerHref          string
	CommandText, Command        string
}

type packageLine struct {
	Name, Text string
	Signers    []link // of the package; without an address where the key has no page
}

type fixView struct {
	Version string
	Commits []link
}

type scoreView struct {
	Version, Score, Rating, Vector, Href string
	Metrics                              []metricView
}

type metricView struct{ Name, Value, Meaning string }

type referenceView struct{ Href, Text, Kind string }

type weaknessView struct{ ID, Name, Href string }

type creditView struct{ Name, Href, Affiliation, Role string }

type timeView struct{ Date, DateText, Text string }

type releasePage struct {
	shell
	Product, Version, Released, ReleasedText string
	AnswerClass, Answer, Advice              string
	Install                                  []link
	Exposed, Fixed                           []rowView
	More, MoreFixed                          string // how many are not shown
	Packages                                 []packageView
	Verification                             []string
	VerificationClass                        string
	SourceCommit, SourceHref, Tag            string
	Body                                     template.HTML
}

type packageView struct {
	Name, Href, Kind, Result, Verify string
	Digests                          []factView
	Signers                          []link
}

type factView struct{ Name, Value string }

type versionsPage struct {
	shell
	Products []productView
}

type productView struct {
	Slug, Title string
	Versions    []versionView
}

type versionView struct {
	Version, Href, Released, ReleasedText, CountText string
	Newest                                           bool
	Count                                            int
	Risk                                             riskView
}

type textPage struct {
	shell
	Body template.HTML
}

type searchPage struct {
	shell
	Example string
	Filters []filterView
}
