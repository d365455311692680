// Package lint judges advisories, releases, keys, pages and the configuration
// by one table of rules: is each document complete and consistent for the stage
// it is in?
//
// A rule is a row of Rules: its id, a title, why it matters, its severity, and
// one check. A check gets parsed values that know their place and reports
// places; it reads no disk, no network, no git and no clock. What needs git, a
// package or a key is a claim, and belongs to package verify.
//
// What is required grows with the stage of a report, so that one logged today
// is not red: id, title and the day of the report at once; a risk and the
// sections once it is assessed; the fix once it is verified; everything,
// attribution first, for its release. Of a document that did not load whole,
// nothing is said to be missing: it may stand in the part that was not read.
package lint

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
)

// Rule is one row of the table: what package finding knows of a rule, and its
// check, in the field that says what it is asked about.
type Rule struct {
	finding.Rule
	Advisory func(*Pass) // asked of each advisory
	Release  func(*Pass) // asked of each release
	Key      func(*Pass) // asked of each key
	Page     func(*Pass) // asked of each page
	Document func(*Pass) // asked of each of them
	Set      func(*Pass) // asked once, of everything together
	Compare  func(*Pass) // asked once, of everything now and at a base revision
}

// Run asks every rule about every document of the set and returns the findings
// in order. Rules that the set's policy switches off are not asked. Severities
// are those of the table; see Apply.
func Run(set *advisories.Set, rules []Rule, today time.Time) []finding.Finding {
	rules = switchedOn(set, rules)
	g := newGround(set, today)
	docs := documents(set)
	found := make([][]finding.Finding, len(docs)+1)
	found[len(docs)] = ask(rules, &Pass{ground: g}, func(r *Rule) func(*Pass) { return r.Set })
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(docs)) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(docs); i = int(next.Add(1)) - 1 {
				p := docs[i]
				p.ground = g
				found[i] = ask(rules, &p, p.check)
			}
		})
	}
	workers.Wait()
	list := join(found)
	if stale := unused(set, rules, list); len(stale) > 0 {
		list = append(list, stale...)
		finding.Sort(list)
	}
	return list
}

// Compare asks the rules that look at the past: nothing that was public at base
// may vanish, change its id or its day of publication, or change its content
// without a new `modified`. The findings point into head, or at the file of base
// that vanished.
func Compare(base, head *advisories.Set, rules []Rule, today time.Time) []finding.Finding {
	p := &Pass{ground: newGround(head, today), Base: base}
	return join([][]finding.Finding{ask(switchedOn(head, rules), p, func(r *Rule) func(*Pass) { return r.Compare })})
}

// Rows returns what package finding knows of each rule, for printers.
func Rows(rules []Rule) []finding.Rule {
	rows := make([]finding.Rule, len(rules))
	for i, r := range rules {
		rows[i] = r.Rule
	}
	return rows
}

// documents returns a pass for each document of the set.
func documents(set *advisories.Set) []Pass {
	docs := make([]Pass, 0, len(set.Advisories)+len(set.Releases)+len(set.Keys)+len(set.Pages))
	for _, a := range set.Advisories {
		docs = append(docs, Pass{Advisory: a, Doc: &a.Document})
	}
	for _, r := range set.Releases {
		docs = append(docs, Pass{Release: r, Doc: &r.Document})
	}
	for _, k := range set.Keys {
		docs = append(docs, Pass{Key: k, Doc: &k.Document})
	}
	for _, g := range set.Pages {
		docs = append(docs, Pass{Page: g, Doc: &g.Document})
	}
	return docs
}

func ask(rules []Rule, p *Pass, pick func(*Rule) func(*Pass)) []finding.Finding {
	for i := range rules {
		if check := pick(&rules[i]); check != nil {
			p.rule = &rules[i].Rule
			check(p)
		}
	}
	return p.out
}

func join(found [][]finding.Finding) []finding.Finding {
	var list []finding.Finding
	for _, f := range found {
		list = append(list, f...)
	}
	finding.Sort(list)
	return list
}
