package site

import (
	"slices"
	"strconv"
	"strings"

	"github.com/countersign/countersign/advisories/cvss"
)

// joinWords makes "a", "a and b", "a, b and c".
func joinWords(list []string) string {
	switch len(list) {
	case 0:
		return ""
	case 1:
		return list[0]
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}

// word quotes a text as one word of a shell, where it is not one already.
func word(s string) string {
	plain := func(r rune) bool {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("._/+@=:-", r)
	}
	if s != "" && s[0] != '-' && strings.TrimFunc(s, plain) == "" {
		return s
	}
	if strings.HasPrefix(s, "-") {
		s = "./" + s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// plural makes "1 advisory" or "3 advisories".
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

func oneDecimal(score float64) string { return strconv.FormatFloat(score, 'f', 1, 64) }

// rangeText says which versions a range holds.
func rangeText(r rangeRow) string {
	from := r.Introduced
	if from == "0" {
		from = ""
	}
	switch {
	case from == "" && r.Fixed != "":
		return "all versions before " + r.Fixed
	case from == "" && r.Last != "":
		return "all versions up to " + r.Last
	case from == "":
		return "all versions"
	case r.Fixed != "":
		return "from " + from + ", before " + r.Fixed
	case r.Last == from:
		return from
	case r.Last != "":
		return from + " to " + r.Last
	}
	return "from " + from
}

// versionsOf says, part by part, which versions of a product an advisory affects.
func (b *builder) versionsOf(d *detail, product string) []string {
	var parts []string
	for _, a := range d.Affected {
		if a.Product != product {
			continue
		}
		for _, span := range a.Ranges {
			parts = append(parts, rangeText(span))
		}
		if len(a.Versions) > 0 {
			parts = append(parts, b.listedText(product, a.Versions))
		}
	}
	return parts
}

// maxVersions bounds the versions that a sentence lists.
const maxVersions = 8

// listedText says which versions a list holds; of a long one, how many and from
// where to where.
func (b *builder) listedText(product string, list []string) string {
	if len(list) <= maxVersions {
		return joinWords(list)
	}
	compare := func(x, y string) int { return b.in.Set.Compare(product, x, y) }
	return strconv.Itoa(len(list)) + " versions from " + slices.MinFunc(list, compare) + " to " + slices.MaxFunc(list, compare)
}

// maxParts bounds what lists and summaries say of one advisory; its page says
// all.
const maxParts = 4

// affectedText says of all products which versions are affected, in short.
func (b *builder) affectedText(d *detail) string {
	var parts []string
	left := 0
	for _, product := range d.Products {
		v := b.versionsOf(d, product)
		switch {
		case len(v) == 0:
		case len(parts) == maxParts:
			left++
		default:
			parts = append(parts, b.productTitle(product)+" "+shortened(v, "; ", "more ranges"))
		}
	}
	if left > 0 {
		parts = append(parts, "and "+plural(left, "more product", "more products"))
	}
	return strings.Join(parts, " · ")
}

// shortened joins texts, of which it drops those for which there is no room.
func shortened(parts []string, with, what string) string {
	if len(parts) <= maxParts {
		return strings.Join(parts, with)
	}
	return strings.Join(parts[:maxParts-1], with) + with + "and " + strconv.Itoa(len(parts)-maxParts+1) + " " + what
}

// fixedVersions lists the versions that fix an advisory, of one product or of
// all; with several products each is named.
func (b *builder) fixedVersions(d *detail, product string) []string {
	var out []string
	for _, fix := range d.Fixes {
		switch {
		case product != "" && fix.Product != product:
		case len(d.Products) > 1 && product == "":
			out = append(out, b.productTitle(fix.Product)+" "+fix.Version)
		default:
			out = append(out, fix.Version)
		}
	}
	return out
}

// productTitle is what people call a product.
func (b *builder) productTitle(name string) string {
	if p := b.in.Set.Config.Products[name]; p != nil && p.Title.V != "" {
		return clean(p.Title.V)
	}
	return clean(name)
}

// calculator is where FIRST explains a vector.
func calculator(v *cvss.Vector) string {
	switch v.Version {
	case "3.0", "3.1":
		return "https://www.first.org/cvss/calculator/" + v.Version + "#" + v.Text
	case "4.0":
		return "https://www.first.org/cvss/calculator/4-0#" + v.Text
	}
	return ""
}

// metricMeaning explains what a metric's value means to somebody who runs the
// software; "" where the names say it all.
func metricMeaning(version, code, value string) string {
	if version == "4.0" {
		if text, ok := meanings4[code+":"+value]; ok {
			return text
		}
	}
	return meanings[code+":"+value]
}

var meanings = map[string]string{
	"AV:N": "It can be attacked from anywhere on the network.",
	"AV:A": "The attacker must be on the same network segment.",
	"AV:L": "The attacker needs access to the machine, or must make a user open something.",
	"AV:P": "The attacker must touch the machine.",
	"AC:L": "It works every time, without preparation.",
	"AC:M": "It needs some preparation, or luck.",
	"AC:H": "It needs circumstances that the attacker cannot control.",
	"Au:N": "No account is needed.",
	"Au:S": "One account is needed.",
	"Au:M": "Several logins are needed.",
	"PR:N": "No account is needed.",
	"PR:L": "An ordinary account is needed.",
	"PR:H": "An account with far-reaching rights, such as an administrator's, is needed.",
	"UI:N": "Nobody else has to do anything.",
	"UI:R": "Somebody has to be led to open or click something.",
	"S:U":  "The harm stays within the component itself.",
	"S:C":  "The harm reaches beyond the component, for instance into a visitor's browser.",
	"C:N":  "Nothing confidential is disclosed.",
	"C:L":  "Some confidential data is disclosed.",
	"C:P":  "Some confidential data is disclosed.",
	"C:H":  "All data of the component, or its most sensitive, is disclosed.",
	"C:C":  "All data is disclosed.",
	"I:N":  "Nothing can be changed.",
	"I:L":  "Some data can be changed.",
	"I:P":  "Some data can be changed.",
	"I:H":  "All data, or what matters most, can be changed.",
	"I:C":  "All data can be changed.",
	"A:N":  "It stays available.",
	"A:L":  "It may become slow or be interrupted.",
	"A:P":  "It may become slow or be interrupted.",
	"A:H":  "It can be made unavailable.",
	"A:C":  "It can be made unavailable.",
	"E:A":  "Attacks have been reported.",
	"E:P":  "A working example is public.",
	"E:U":  "No attack and no public example is known.",
	"E:H":  "Attack code works reliably.",
	"E:F":  "Working attack code exists.",
	"RL:O": "There is an official fix.",
	"RL:T": "There is a temporary fix.",
	"RL:W": "There is an unofficial workaround.",
	"RL:U": "There is no fix.",
	"RC:C": "Confirmed by the project.",
	"RC:R": "Well founded, not fully confirmed.",
	"AU:Y": "Attacks can be automated across many targets.",
	"AU:N": "Attacks cannot be fully automated.",
	"SC:N": "No data of other systems is disclosed.",
	"SC:L": "Some data of other systems is disclosed.",
	"SC:H": "Sensitive data of other systems is disclosed.",
	"SI:N": "Nothing in other systems can be changed.",
	"SI:L": "Some data of other systems can be changed.",
	"SI:H": "What matters most in other systems can be changed.",
	"SA:N": "Other systems stay available.",
	"SA:L": "Other systems may be slowed or interrupted.",
	"SA:H": "Other systems can be made unavailable.",
	"VC:N": "Nothing confidential is disclosed.",
	"VC:L": "Some confidential data is disclosed.",
	"VC:H": "All data of the component, or its most sensitive, is disclosed.",
	"VI:N": "Nothing can be changed.",
	"VI:L": "Some data can be changed.",
	"VI:H": "All data, or what matters most, can be changed.",
	"VA:N": "It stays available.",
	"VA:L": "It may become slow or be interrupted.",
	"VA:H": "It can be made unavailable.",
}

// meanings4 holds what version 4.0 says otherwise.
var meanings4 = map[string]string{
	"AC:L": "The attacker has no protection to get around.",
	"AC:H": "The attacker must get around a protection, such as address randomisation.",
	"AT:N": "It does not depend on how or where the component runs.",
	"AT:P": "It works only in certain deployments or moments.",
	"UI:P": "Somebody has to use the component in the ordinary way.",
	"UI:A": "Somebody has to do something unusual, such as dismissing a warning.",
}
