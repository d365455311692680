package record

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/countersign/countersign/advisories"
)

// Interval is a stretch of versions as package managers write it. An empty end
// is open.
type Interval struct {
	From      string
	FromAfter bool // From itself is outside
	To        string
	ToWith    bool // To itself is inside
}

var comparator = regexp.MustCompile(`^(<=|>=|==|~>|=|<|>|\^|~|!=)?[ \t]*([0-9A-Za-z][^\s,|<>=~^!]*|\*)[ \t]*,?[ \t]*`)

// ParseConstraint reads constraints such as `>= 1.2, < 1.4 || >= 2, < 2.1`,
// `~> 1.2` or `^1.2.3`: the intervals of which any holds. A version without an
// operator means that version alone. ok is false for what is none, or excludes
// single versions.
func ParseConstraint(text string) (list []Interval, ok bool) {
	for _, clause := range strings.Split(text, "||") {
		one, ok := parseClause(strings.TrimSpace(clause))
		if !ok {
			return nil, false
		}
		list = append(list, one)
	}
	return list, true
}

func parseClause(text string) (Interval, bool) {
	var out Interval
	if text == "*" || text == "" {
		return out, text == "*"
	}
	for text != "" {
		m := comparator.FindStringSubmatch(text)
		if m == nil || !out.narrow(m[1], m[2]) {
			return out, false
		}
		text = text[len(m[0]):]
	}
	return out, true
}

// narrow leaves of an interval what an operator allows as well.
func (iv *Interval) narrow(op, version string) bool {
	switch op {
	case "<", "<=":
		iv.endAt(version, op == "<=")
	case ">", ">=":
		iv.beginAt(version, op == ">")
	case "=", "==", "":
		if iv.From+iv.To != "" {
			return false
		}
		*iv = Interval{From: version, To: version, ToWith: true}
	case "^", "~", "~>":
		end, ok := compatible(op, version)
		if !ok {
			return false
		}
		iv.beginAt(version, false)
		iv.endAt(end, false)
	default:
		return false
	}
	return version != "*"
}

// anyOrder orders the versions of projects that are not known further.
var anyOrder *advisories.Product

func (iv *Interval) beginAt(version string, after bool) {
	switch order := anyOrder.Compare(version, cmp.Or(iv.From, "0")); {
	case iv.From == "" || order > 0:
		iv.From, iv.FromAfter = version, after
	case order == 0:
		iv.FromAfter = iv.FromAfter || after
	}
}

func (iv *Interval) endAt(version string, with bool) {
	switch order := anyOrder.Compare(version, iv.To); {
	case iv.To == "" || order < 0:
		iv.To, iv.ToWith = version, with
	case order == 0:
		iv.ToWith = iv.ToWith && with
	}
}

// compatible returns the first version that an operator of compatibility leaves
// out: `^` keeps the leftmost part that is not zero, `~>` all but the last part,
// `~` the first two.
func compatible(op, version string) (string, bool) {
	core, _, _ := strings.Cut(version, "-")
	parts := strings.Split(core, ".")
	keep := 0
	switch op {
	case "^":
		for keep < len(parts)-1 && parts[keep] == "0" {
			keep++
		}
	case "~>":
		keep = max(len(parts)-2, 0)
	case "~":
		keep = min(1, len(parts)-1)
	}
	n, err := strconv.ParseUint(parts[keep], 10, 63)
	if err != nil {
		return "", false
	}
	out := append(slices.Clone(parts[:keep]), strconv.FormatUint(n+1, 10))
	for op != "~>" && len(out) < 3 {
		out = append(out, "0")
	}
	return strings.Join(out, "."), true
}

// Ranges turns intervals into the ranges of an advisory; a single version stays
// one, and what ends before the first version is none. ok is false where an interval begins after a version, and which version
// comes next is not known.
func Ranges(list []Interval) (ranges []Range, versions []string, ok bool) {
	for _, iv := range list {
		if iv.From != "" && iv.From == iv.To && !iv.FromAfter && iv.ToWith {
			versions = append(versions, iv.From)
			continue
		}
		if iv.From == "" && iv.To != "" && !iv.ToWith && anyOrder.Compare(iv.To, "0") <= 0 {
			continue
		}
		rg := Range{Introduced: cmp.Or(iv.From, "0")}
		if iv.FromAfter {
			if rg.Introduced, ok = after(iv.From); !ok {
				return nil, nil, false
			}
		}
		if iv.ToWith {
			rg.LastAffected = iv.To
		} else {
			rg.Fixed = iv.To
		}
		ranges = append(ranges, rg)
	}
	return ranges, versions, true
}

// after returns the smallest version after a semantic version.
func after(version string) (string, bool) {
	if !IsSemver(version) {
		return "", false
	}
	version, _, _ = strings.Cut(version, "+")
	if strings.Contains(version, "-") {
		return version + ".0", true
	}
	at := strings.LastIndexByte(version, '.')
	patch, err := strconv.ParseUint(version[at+1:], 10, 63)
	return version[:at+1] + strconv.FormatUint(patch+1, 10) + "-0", err == nil
}

// Except returns all versions that lie in none of the intervals: what is
// affected, where a format says what is not.
func Except(list []Interval, order string) []Interval {
	product := &advisories.Product{Versions: advisories.Value[string]{V: order}}
	sorted := slices.SortedFunc(slices.Values(list), func(a, b Interval) int {
		return product.Compare(cmp.Or(a.From, "0"), cmp.Or(b.From, "0"))
	})
	out := []Interval{{}}
	for _, iv := range sorted {
		last := &out[len(out)-1]
		if last.To != "" {
			continue // everything from some version on is covered
		}
		rest := Interval{From: iv.To, FromAfter: iv.ToWith}
		switch {
		case iv.From != "" && (last.From == "" || product.Compare(last.From, iv.From) < 0):
			last.To, last.ToWith = iv.From, iv.FromAfter
			if iv.To == "" {
				return out
			}
			out = append(out, rest)
		case iv.To == "":
			return out[:len(out)-1]
		case last.From == "" || product.Compare(last.From, iv.To) <= 0:
			*last = rest
		}
	}
	return out
}
