package pkgfile

import (
	"fmt"
	"path"
	"slices"
)

// kind is what an archive says that an entry is.
type kind int

const (
	kindFile kind = iota
	kindLink
	kindFolder
)

// collector gathers the entries of one package and refuses what is ambiguous. One
// goroutine feeds it; others may fill in the entries' ids, and are done before finish.
type collector struct {
	p       *Package
	entries []*Entry
	seen    map[string]*Entry // by clean path, everything admitted so far; nil for a folder
	folded  map[string]string // by foldKey, the first path
	links   map[string]string // path to target
	aliases map[*Entry]*Entry // hard links, to the entry that has the bytes
	counts  map[string]int    // problems by rule
}

func newCollector(p *Package) *collector {
	return &collector{
		p:       p,
		seen:    map[string]*Entry{},
		folded:  map[string]string{},
		links:   map[string]string{},
		aliases: map[*Entry]*Entry{},
		counts:  map[string]int{},
	}
}

// problem notes a problem, unless the rule has said enough for this package.
func (c *collector) problem(rule string, paths []string, format string, args ...any) {
	c.counts[rule]++
	if n := c.counts[rule]; n < maxProblemsAKind {
		c.p.problem(rule, fmt.Sprintf(format, args...), paths...)
	}
}

// admit returns a new entry for a name that is clean and not taken, or nil after
// noting why not. Folders yield nil without a problem. Either way the caller goes on.
func (c *collector) admit(name string, k kind) *Entry {
	clean, fault := cleanName(name, c.p.opt.Limits.PathLength)
	if fault == "" && clean == "." && k != kindFolder {
		fault = "names no file"
	}
	if fault == "" && k != kindFolder && name[len(name)-1] == '/' {
		fault = "ends in a slash and is no folder"
	}
	if fault != "" {
		c.problem(RulePath, nil, "the name %q %s", shorten(name), fault)
		return nil
	}
	if before, taken := c.seen[clean]; taken {
		if before != nil || k != kindFolder {
			c.problem(RuleDuplicate, []string{clean}, "%q is in the archive more than once: unpackers disagree on which one counts", clean)
		}
		return nil
	}
	if k == kindFolder {
		c.seen[clean] = nil
		return nil
	}
	key := foldKey(clean)
	if first, taken := c.folded[key]; taken {
		c.problem(RuleCollision, []string{first, clean}, "%q and %q are one file where names do not differ by case, Unicode form or dots at the end", first, clean)
	} else {
		c.folded[key] = clean
	}
	e := &Entry{Path: clean, at: place{path: clean}}
	c.seen[clean] = e
	c.entries = append(c.entries, e)
	return e
}

// alias completes an entry as another name of first, whose ids may not be known yet.
func (c *collector) alias(e, first *Entry) {
	if origin, is := c.aliases[first]; is {
		first = origin
	}
	e.Size, e.Executable, e.at = first.Size, first.Executable, first.at
	c.aliases[e] = first
}

// link completes an entry as a symbolic link.
func (c *collector) link(e *Entry, target string) {
	if fault := linkFault(target); fault != "" {
		c.problem(RuleLink, []string{e.Path}, "the link %q %s", e.Path, fault)
	}
	e.Link = target
	e.Size = int64(len(target))
	newHasher(c.p.opt.Hash).sum(e, []byte(target))
	e.BlobLF = e.Blob
	e.Archive = ""
	c.links[e.Path] = target
}

// finish judges what needs all names, and hands the entries to the package.
func (c *collector) finish() {
	for e, first := range c.aliases {
		e.Blob, e.BlobLF, e.Archive = first.Blob, first.BlobLF, first.Archive
	}
	for _, name := range c.linkNames() {
		if inside, why := resolveLink(c.links, name); !inside {
			c.problem(RuleLink, []string{name}, "the link %q to %q %s", name, c.links[name], why)
		}
	}
	judged := map[string]bool{}
	for _, e := range c.entries {
		for dir := path.Dir(e.Path); dir != "." && !judged[dir]; dir = path.Dir(dir) {
			judged[dir] = true
			c.parent(dir, e.Path)
		}
	}
	c.p.Entries = make([]Entry, 0, len(c.entries))
	for _, e := range c.entries {
		if e.forged {
			c.problem(RuleForged, []string{e.Path}, "%q was made to have the same SHA-1 as another file", e.Path)
		}
		if e.Blob != "" { // not read to its end when the reading stopped
			c.p.Entries = append(c.p.Entries, *e)
		}
	}
	for rule, n := range c.counts {
		if n >= maxProblemsAKind {
			c.p.problem(rule, fmt.Sprintf("and %d more like this", n-maxProblemsAKind+1))
		}
	}
}

// parent notes a folder whose name is also a file's or a link's.
func (c *collector) parent(dir, below string) {
	first, taken := c.folded[foldKey(dir)]
	switch {
	case !taken:
	case c.links[first] != "":
		c.problem(RuleLink, []string{first, below}, "%q would be written through the link %q", below, first)
	default:
		c.problem(RuleCollision, []string{first, below}, "%q is a file, and %q needs a folder of that name", first, below)
	}
}

func (c *collector) linkNames() []string {
	names := make([]string, 0, len(c.links))
	for name := range c.links {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// shorten keeps a message readable when the name it quotes is part of the attack.
func shorten(name string) string {
	const most = 200
	if len(name) <= most {
		return name
	}
	return name[:most] + "…"
}
