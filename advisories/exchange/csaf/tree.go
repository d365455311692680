package csaf

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/countersign/countersign/advisories/exchange/record"
	"github.com/countersign/countersign/advisories/exchange/tree"
)

// leaf is one product of a product tree.
type leaf struct {
	product  record.Product
	version  string
	isRange  bool
	node     *tree.Node   // the product itself
	branches []*tree.Node // on the way to it
}

// take marks the leaf as understood, with its names.
func (l leaf) take() {
	for _, b := range l.branches {
		b.Get("name").Text()
		b.Get("category").Text()
	}
	l.node.Get("name").Text()
	l.node.Get("product_id").Text()
	helper := l.node.Get("product_identification_helper")
	if purl := helper.Get("purl"); l.product.PURL != "" && record.BasePURL(purl.Peek()) == record.BasePURL(l.product.PURL) {
		purl.Text()
	}
	if cpe := helper.Get("cpe"); l.product.CPE != "" && cpe.Peek() == l.product.CPE {
		cpe.Text()
	}
}

// maxBranches is how deep a tree is followed; the schema allows 30 levels.
const maxBranches = 30

func readTree(n *tree.Node, project string) map[string]leaf {
	out := map[string]leaf{}
	for _, b := range n.Get("branches").Items() {
		readBranch(out, b, nil, project)
	}
	for _, full := range n.Get("full_product_names").Items() {
		addLeaf(out, full, nil, project)
	}
	for _, rel := range n.Get("relationships").Items() {
		readRelationship(out, rel)
	}
	return out
}

func readBranch(out map[string]leaf, b *tree.Node, path []*tree.Node, project string) {
	path = append(path[:len(path):len(path)], b)
	if p := b.Get("product"); p != nil {
		addLeaf(out, p, path, project)
	}
	if len(path) >= maxBranches {
		return
	}
	for _, child := range b.Get("branches").Items() {
		readBranch(out, child, path, project)
	}
}

// addLeaf works out what a product is called and which versions it stands for,
// from the branches on the way to it.
func addLeaf(out map[string]leaf, node *tree.Node, path []*tree.Node, project string) {
	l := leaf{node: node, branches: path}
	vendor, name := "", ""
	for _, b := range path {
		text := b.Get("name").Peek()
		switch b.Get("category").Peek() {
		case "vendor":
			vendor = text
		case "product_version":
			l.version = text
		case "product_version_range":
			l.version, l.isRange = text, true
		case "product_name":
			name = text
		default: // a family, an architecture, a service pack …
			name = strings.TrimSpace(name + " " + text)
		}
	}
	if name == "" {
		name = node.Get("name").Peek()
	}
	l.product.Title = record.Titled(vendor, name, project)
	helper := node.Get("product_identification_helper")
	if purl := helper.Get("purl").Peek(); purl != "" && !strings.HasPrefix(purl, "pkg:generic/") {
		l.product.PURL = record.BasePURL(purl)
		l.product.Ecosystem, l.product.Package = record.PackageOf(purl)
		if l.version == "" {
			l.version = record.VersionOfPURL(purl)
		}
	}
	if purl := helper.Get("purl"); strings.HasPrefix(purl.Peek(), "pkg:generic/") {
		purl.Text() // says no more than name and version
	}
	if cpe := helper.Get("cpe").Peek(); cpe != "" && l.version == "" {
		l.product.CPE = cpe
	}
	out[node.Get("product_id").Peek()] = l
}

// readRelationship takes a product that is a combination of two others, such as
// a package installed on a system.
func readRelationship(out map[string]leaf, rel *tree.Node) {
	full := rel.Get("full_product_name")
	part := out[rel.Get("product_reference").Peek()]
	base := out[rel.Get("relates_to_product_reference").Peek()]
	l := leaf{node: full, version: part.version, isRange: part.isRange, product: part.product}
	l.branches = append(append(l.branches, part.branches...), base.branches...)
	if part.node == nil || base.node == nil || part.product.Title == "" {
		l.product = record.Product{Title: full.Get("name").Peek()}
	} else {
		l.product = record.Product{Title: part.product.Title + " on " + strings.TrimSpace(base.product.Title+" "+base.version)}
	}
	for _, key := range []string{"category", "product_reference", "relates_to_product_reference"} {
		rel.Get(key).Text()
	}
	part.node.Get("name").Text()
	part.node.Get("product_id").Text()
	base.node.Get("name").Text()
	base.node.Get("product_id").Text()
	out[full.Get("product_id").Peek()] = l
}

// status takes what is affected, and the fixed versions that end no range.
func (d *reader) status(r *record.Record, v *tree.Node) {
	status := v.Get("product_status")
	for _, key := range []string{"first_affected", "known_affected", "last_affected"} {
		for _, id := range status.Get(key).Items() {
			d.affected(r, id)
		}
	}
	for _, key := range []string{"first_fixed", "fixed"} {
		for _, id := range status.Get(key).Items() {
			d.fixed(r, id)
		}
	}
	d.earlier(status.Get("known_not_affected"), v.Get("flags"))
}

// earlier takes the releases that From lists as older than the flaw: the ranges
// of the advisory say it too.
func (d *reader) earlier(list, flags *tree.Node) {
	items := flags.Items()
	if len(items) != 1 || items[0].Get("label").Peek() != "vulnerable_code_not_present" ||
		d.doc.Get("tracking").Get("generator").Get("engine").Get("name").Peek() != engine {
		return
	}
	items[0].Take()
	for _, id := range list.Items() {
		if l, ok := d.products[id.Text()]; ok {
			l.take()
		}
	}
}

func (d *reader) affected(r *record.Record, id *tree.Node) {
	l, ok := d.products[id.Peek()]
	if !ok {
		id.Lose("the product tree has no such product")
		return
	}
	ranges, versions, ok := readVersions(l.version, l.isRange)
	if !ok {
		id.Lose("expected a version, or a range as vers:scheme/>=1|<2, found %q", l.version)
		return
	}
	id.Text()
	l.take()
	at := r.About(l.product)
	a := &r.Affected[at]
	a.Ranges, a.Versions = append(a.Ranges, ranges...), append(a.Versions, versions...)
}

func (d *reader) fixed(r *record.Record, id *tree.Node) {
	l, ok := d.products[id.Peek()]
	if !ok || l.isRange || l.version == "" {
		return
	}
	id.Text()
	l.take()
	at := r.About(l.product)
	for _, rg := range r.Affected[at].Ranges {
		if rg.Fixed == l.version {
			return
		}
	}
	r.AddFix(r.Affected[at].Product.Name, l.version, nil)
}

// bounded matches one bound as people write it: "All BIOS versions < V1.0 SP1".
var bounded = regexp.MustCompile(`(?i)^(?:all )?(?:\w+ )?(?:versions?)?\s*(<=|<|>=|>)\s*([^<>=|,]+)$`)

var between = regexp.MustCompile(`(?i)^(>=?)\s*([^<>=|,]+?)(?:\s+and)?\s*(<=?)\s*([^<>=|,]+)$`)

// readVersions reads the name of a version branch.
func readVersions(text string, isRange bool) ([]record.Range, []string, bool) {
	text = strings.TrimSpace(text)
	switch strings.ToLower(text) {
	case "", "*", "all", "all versions", "vers:all/*":
		return []record.Range{{Introduced: "0"}}, nil, true
	}
	if rest, ok := strings.CutPrefix(text, "vers:"); ok {
		_, rest, _ = strings.Cut(rest, "/")
		return readVers(rest)
	}
	if m := bounded.FindStringSubmatch(text); m != nil {
		return ranged(m[1], strings.TrimSpace(m[2]))
	}
	if m := between.FindStringSubmatch(text); m != nil {
		return record.Ranges([]record.Interval{{From: m[2], FromAfter: m[1] == ">", To: m[4], ToWith: m[3] == "<="}})
	}
	if strings.Contains(text, "|") {
		return readVers(text)
	}
	return nil, []string{text}, !strings.ContainsAny(text, "<>=") && !(isRange && strings.Contains(text, " "))
}

func ranged(op, version string) ([]record.Range, []string, bool) {
	switch op {
	case "<":
		return []record.Range{{Introduced: "0", Fixed: version}}, nil, true
	case "<=":
		return []record.Range{{Introduced: "0", LastAffected: version}}, nil, true
	}
	return record.Ranges([]record.Interval{{From: version, FromAfter: op == ">"}})
}

// readVers reads the constraints of a version range specifier: single versions,
// and bounds in ascending order that open and close ranges.
func readVers(text string) ([]record.Range, []string, bool) {
	var list []record.Interval
	open := false
	for _, part := range strings.Split(text, "|") {
		op := part[:len(part)-len(strings.TrimLeft(part, "<>=!"))]
		version, err := url.PathUnescape(strings.TrimSpace(part[len(op):]))
		if err != nil || version == "" {
			return nil, nil, false
		}
		switch {
		case version == "*" && op == "":
			list = append(list, record.Interval{})
		case op == "" || op == "=":
			list = append(list, record.Interval{From: version, To: version, ToWith: true})
		case op == ">" || op == ">=":
			list = append(list, record.Interval{From: version, FromAfter: op == ">"})
			open = true
		case (op == "<" || op == "<=") && open:
			list[len(list)-1].To, list[len(list)-1].ToWith = version, op == "<="
			open = false
		case op == "<" || op == "<=":
			list = append(list, record.Interval{To: version, ToWith: op == "<="})
		default:
			return nil, nil, false
		}
	}
	return record.Ranges(list)
}
