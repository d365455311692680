package cve

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/countersign/countersign/advisories/exchange/record"
	"github.com/countersign/countersign/advisories/exchange/tree"
)

// nothing are the words with which records say that they do not say.
var nothing = []string{"", "n/a", "unspecified", "unknown", "none", "-", "not applicable"}

func saysNothing(text string) bool { return slices.Contains(nothing, strings.ToLower(text)) }

func readAffected(r *record.Record, item *tree.Node, project string) {
	p := readProduct(item, project)
	if p == (record.Product{}) || p == (record.Product{Title: project}) && standsIn(item) {
		readNothing(item)
		return
	}
	at := r.About(p)
	status := item.Get("defaultStatus").Text()
	if status == "" {
		status = "unknown" // the schema's default
	}
	var safe []*tree.Node
	for _, v := range item.Get("versions").Items() {
		switch v.Get("status").Peek() {
		case "affected":
			if !readVersion(r, at, v, p.Repo) {
				v.Lose("expected a version or a range, found %q", v.Get("version").Peek())
			}
		case "unaffected":
			safe = append(safe, v)
		}
	}
	if status == "affected" {
		readSafe(&r.Affected[at], safe)
	}
}

// standsIn recognises the entry that From writes for an advisory without one,
// since the schema wants a product.
func standsIn(item *tree.Node) bool {
	return item.Get("vendor").Peek() == item.Get("product").Peek() && item.Get("versions") == nil && item.Get("defaultStatus").Text() == "unknown"
}

// readNothing takes an entry that names no product, and versions that are none.
func readNothing(item *tree.Node) {
	for _, v := range item.Get("versions").Items() {
		if saysNothing(v.Get("version").Peek()) {
			v.Get("version").Text()
			v.Get("status").Text()
		}
	}
}

// readProduct takes the names of a product; the zero Product where there is none.
func readProduct(item *tree.Node, project string) record.Product {
	vendor, name := item.Get("vendor").Text(), item.Get("product").Text()
	var p record.Product
	if !saysNothing(name) {
		p.Title = name
	}
	if p.Title != "" && !saysNothing(vendor) {
		p.Title = record.Titled(vendor, p.Title, project)
	}
	readPackage(&p, item)
	p.Repo = item.Get("repo").Text()
	for _, cpe := range item.Get("cpes").Items() {
		if p.CPE == "" {
			p.CPE = cpe.Text()
		} else {
			cpe.Lose("a product has one CPE name")
		}
	}
	return p
}

func readPackage(p *record.Product, item *tree.Node) {
	url, name := item.Get("collectionURL"), item.Get("packageName")
	if purl := item.Get("packageURL").Text(); purl != "" {
		p.PURL = record.BasePURL(purl)
		p.Ecosystem, p.Package = record.PackageOf(p.PURL)
	}
	for _, row := range collections {
		if name.Peek() != "" && strings.TrimSuffix(url.Peek(), "/") == row.url {
			p.Ecosystem, p.Package = row.ecosystem, name.Peek()
			url.Text()
		}
	}
	if p.Package != "" && p.Package == name.Peek() || name.Peek() == p.Title {
		name.Text()
	}
	if p.Title == p.Package {
		p.Title = ""
	}
}

// readVersion takes one affected version or range.
func readVersion(r *record.Record, at int, v *tree.Node, repo string) bool {
	a := &r.Affected[at]
	from, kind := v.Get("version").Peek(), v.Get("versionType").Peek()
	less, upto := v.Get("lessThan").Peek(), v.Get("lessThanOrEqual").Peek()
	if kind == "git" {
		return readGit(r, a.Product.Name, v, repo)
	}
	switch {
	case less == "*" || upto == "*":
		a.Ranges = append(a.Ranges, record.Range{Introduced: start(from)})
	case less != "" && !saysNothing(less):
		a.Ranges = append(a.Ranges, record.Range{Introduced: start(from), Fixed: less})
	case upto != "" && !saysNothing(upto):
		a.Ranges = append(a.Ranges, record.Range{Introduced: start(from), LastAffected: upto})
	case saysNothing(from):
	default:
		if !readConstraint(a, from) {
			return false
		}
	}
	for _, key := range []string{"version", "status", "versionType", "lessThan", "lessThanOrEqual"} {
		v.Get(key).Text()
	}
	readChanges(a, v.Get("changes"), from, less == "*" || upto == "*" || less+upto == "")
	return true
}

func start(from string) string {
	if saysNothing(from) || from == "*" {
		return "0"
	}
	return from
}

// readConstraint takes what stands in the field for a version: one, or several
// with operators, as GitHub writes them.
func readConstraint(a *record.Affected, text string) bool {
	if !strings.ContainsAny(text, "<>=^~*") {
		if strings.ContainsAny(text, " \t\n") && !plainVersion.MatchString(text) {
			return false
		}
		a.Versions = append(a.Versions, text)
		return true
	}
	list, ok := record.ParseConstraint(text)
	if !ok {
		return false
	}
	ranges, versions, ok := record.Ranges(list)
	a.Ranges, a.Versions = append(a.Ranges, ranges...), append(a.Versions, versions...)
	return ok
}

// plainVersion matches a version of two words, such as `10 SP1` or `v2.0 beta`.
var plainVersion = regexp.MustCompile(`^[vV]?[0-9][^,;<>]{0,30}$`)

// readChanges takes the version in which a flaw ended, where the last range or
// version is open.
func readChanges(a *record.Affected, changes *tree.Node, from string, open bool) {
	list := changes.Items()
	if len(list) != 1 || list[0].Get("status").Peek() != "unaffected" || !open || list[0].Get("at").Peek() == "" {
		return
	}
	fixed := list[0].Get("at").Text()
	list[0].Get("status").Text()
	if n := len(a.Versions); n > 0 && a.Versions[n-1] == from {
		a.Versions = a.Versions[:n-1]
		a.Ranges = append(a.Ranges, record.Range{Introduced: from, Fixed: fixed})
	} else if n := len(a.Ranges); n > 0 {
		a.Ranges[n-1].Fixed = fixed
	}
}

// readGit takes the commit that ends a flaw.
func readGit(r *record.Record, product string, v *tree.Node, repo string) bool {
	id := v.Get("lessThan")
	if !record.IsCommit(id.Peek()) {
		return false
	}
	if from := v.Get("version"); from.Peek() == "0" || saysNothing(from.Peek()) {
		from.Text()
	} else {
		from.Lose("an advisory names the commits that fix a flaw, not those that began it")
	}
	v.Get("status").Text()
	v.Get("versionType").Text()
	r.AddFix(product, "", []record.Commit{{Repo: repo, ID: id.Text()}})
	return true
}

var branch = regexp.MustCompile(`^((?:[0-9]+\.)*)([0-9]+)\.\*$`)

// readSafe takes what is not affected of a product that is affected by default:
// everything before the flaw, and from each fix on to the end of its branch, as
// the Linux kernel writes its records.
func readSafe(a *record.Affected, list []*tree.Node) {
	var safe []record.Interval
	var read []*tree.Node
	for _, v := range list {
		from, less, upto := v.Get("version").Peek(), v.Get("lessThan").Peek(), v.Get("lessThanOrEqual").Peek()
		iv := record.Interval{From: from, To: less}
		if from == "0" {
			iv.From = ""
		}
		switch m := branch.FindStringSubmatch(upto); {
		case v.Get("versionType").Peek() == "git" || saysNothing(from):
			continue
		case m != nil:
			iv.To = m[1] + increment(m[2])
		case upto == "*":
			iv.To = ""
		case upto != "":
			iv.To, iv.ToWith = upto, true
		case less == "":
			iv.To, iv.ToWith = from, true
		}
		safe = append(safe, iv)
		read = append(read, v)
	}
	ranges, versions, ok := record.Ranges(record.Except(safe, cmp.Or(a.Product.Versions, "generic")))
	if !ok || len(safe) == 0 {
		return
	}
	for _, v := range read {
		v.Take()
	}
	// The versions listed as affected are where the flaw began: the ranges say it.
	a.Ranges, a.Versions = append(a.Ranges, ranges...), versions
}

// increment adds one to a decimal number of any length.
func increment(digits string) string {
	out := []byte(digits)
	for i := len(out) - 1; i >= 0; i-- {
		if out[i] != '9' {
			out[i]++
			return string(out)
		}
		out[i] = '0'
	}
	return "1" + string(out)
}
