package advisories

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// IDPattern is how a project names its advisories: the `id` of
// countersign.yaml, such as "MYBB-{year}-{number:4}". {number:4} has at least
// four digits.
type IDPattern struct {
	text   string
	match  *regexp.Regexp
	year   bool
	digits int
}

var idPart = regexp.MustCompile(`\{(year|number(?::([1-9]))?)\}`)

// ParseIDPattern reads a pattern. It needs exactly one {number} and at most one
// {year}; the rest stands for itself and must be letters, digits, "-", "_" or
// ".", since an id is a file's name and a part of an address.
func ParseIDPattern(text string) (*IDPattern, error) {
	p := &IDPattern{text: text, digits: -1}
	expr, at := "^", 0
	for _, m := range idPart.FindAllStringSubmatchIndex(text, -1) {
		expr += regexp.QuoteMeta(text[at:m[0]])
		at = m[1]
		if text[m[2]:m[3]] == "year" {
			if p.year {
				return nil, fmt.Errorf("expected {year} at most once in %q", text)
			}
			p.year = true
			expr += `(?P<year>[0-9]{4})`
			continue
		}
		if p.digits >= 0 {
			return nil, fmt.Errorf("expected {number} once in %q", text)
		}
		p.digits = 1
		if m[4] >= 0 {
			p.digits = int(text[m[4]] - '0')
		}
		expr += fmt.Sprintf(`(?P<number>[0-9]{%d}|[1-9][0-9]{%d,8})`, p.digits, p.digits)
	}
	rest := idPart.ReplaceAllString(text, "")
	if p.digits < 0 {
		return nil, fmt.Errorf("expected {number} or {number:4} in %q, as in \"MYBB-{year}-{number:4}\"", text)
	}
	if strings.Trim(rest, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.") != "" {
		return nil, fmt.Errorf("expected letters, digits, \"-\", \"_\" and \".\" around {year} and {number}, found %q", text)
	}
	p.match = regexp.MustCompile(expr + regexp.QuoteMeta(text[at:]) + "$")
	return p, nil
}

// Split takes an id apart; ok is false for one of another form. The year is 0
// where the pattern has none.
func (p *IDPattern) Split(id string) (year, number int, ok bool) {
	m := p.match.FindStringSubmatch(id)
	if m == nil {
		return 0, 0, false
	}
	for i, name := range p.match.SubexpNames() {
		switch name {
		case "year":
			year, _ = strconv.Atoi(m[i])
		case "number":
			number, _ = strconv.Atoi(m[i])
		}
	}
	return year, number, true
}

// format gives the id with a year and a number.
func (p *IDPattern) format(year, number int) string {
	return idPart.ReplaceAllStringFunc(p.text, func(part string) string {
		if part == "{year}" {
			return fmt.Sprintf("%04d", year)
		}
		return fmt.Sprintf("%0*d", p.digits, number)
	})
}

// Next gives the first free id of a year: one more than the highest number
// that the set, or one of the taken ids, has in that year.
func (p *IDPattern) Next(set *Set, year int, taken ...string) string {
	highest := 0
	see := func(id string) {
		if y, n, ok := p.Split(id); ok && (!p.year || y == year) {
			highest = max(highest, n)
		}
	}
	for _, a := range set.Advisories {
		see(a.ID.V)
	}
	for _, id := range taken {
		see(id)
	}
	return p.format(year, highest+1)
}
