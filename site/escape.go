package site

import (
	"fmt"
	"html/template"
	"reflect"
	"strings"
)

// The escapers below do what those of html/template do for a string. That they
// do is the law of FuzzEscapers.

var (
	plainText = reflect.TypeFor[string]()
	safeHTML  = reflect.TypeFor[template.HTML]()
	safeURL   = reflect.TypeFor[template.URL]()
	number    = reflect.TypeFor[int]()
)

// escapersOf returns the functions that html/template's escapers of these names
// are for a value of a type. An escaper whose place was not foreseen is an
// error, and so is a value whose type changes what an escaper does.
func escapersOf(names []string, kind reflect.Type) ([]func(string) string, error) {
	if kind != plainText && kind != safeHTML && kind != safeURL && kind != number {
		return nil, fmt.Errorf("a value of type %s is not compiled", kind)
	}
	var out []func(string) string
	for i, name := range names {
		// What an escaper returns is a plain string: only the first one sees the type.
		trusted := plainText
		if i == 0 {
			trusted = kind
		}
		switch {
		case name == "_html_template_htmlescaper" && trusted == safeHTML:
		case trusted == safeHTML:
			return nil, fmt.Errorf("%s of HTML is not compiled", name)
		case name == "_html_template_urlfilter" && trusted == safeURL:
		case name == "_html_template_htmlescaper", name == "_html_template_attrescaper", name == "_html_template_rcdataescaper":
			out = append(out, escapeHTML)
		case name == "_html_template_urlfilter":
			out = append(out, filterURL)
		case name == "_html_template_urlnormalizer":
			out = append(out, normalizeURL)
		case name == "_html_template_urlescaper" && trusted == plainText:
			out = append(out, encodeURL)
		default:
			return nil, fmt.Errorf("%s is not compiled", name)
		}
	}
	return out, nil
}

// htmlEscapes are the bytes that stand for something in HTML, and what stands
// for them.
var htmlEscapes = [256]string{
	0: "\uFFFD", '"': "&#34;", '&': "&amp;", '\'': "&#39;", '+': "&#43;", '<': "&lt;", '>': "&gt;",
}

func escapeHTML(s string) string {
	first := 0
	for first < len(s) && htmlEscapes[s[first]] == "" {
		first++
	}
	if first == len(s) {
		return s
	}
	out := make([]byte, 0, len(s)+16)
	written := 0
	for i := first; i < len(s); i++ {
		if repl := htmlEscapes[s[i]]; repl != "" {
			out = append(append(out, s[written:i]...), repl...)
			written = i + 1
		}
	}
	return string(append(out, s[written:]...))
}

// filterURL lets pass addresses that lead to a page or an address to write to.
func filterURL(s string) string {
	if protocol, _, ok := strings.Cut(s, ":"); ok && !strings.Contains(protocol, "/") {
		if !strings.EqualFold(protocol, "http") && !strings.EqualFold(protocol, "https") && !strings.EqualFold(protocol, "mailto") {
			return "#ZgotmplZ"
		}
	}
	return s
}

const hexDigits = "0123456789abcdef"

// normalizeURL encodes the bytes that may not stand in an address, and leaves
// what is encoded already.
func normalizeURL(s string) string { return percent(s, &inAddress, true) }

// encodeURL encodes all that would mean something in an address.
func encodeURL(s string) string { return percent(s, &inWord, false) }

func percent(s string, keep *[256]bool, keepEncoded bool) string {
	var out []byte
	written := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if keep[c] || keepEncoded && c == '%' && i+2 < len(s) && isHexDigit(s[i+1]) && isHexDigit(s[i+2]) {
			continue
		}
		out = append(append(out, s[written:i]...), '%', hexDigits[c>>4], hexDigits[c&15])
		written = i + 1
	}
	if written == 0 {
		return s
	}
	return string(append(out, s[written:]...))
}

func isHexDigit(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// inAddress and inWord hold what may stand in an address, or in a part of one,
// as it is.
var (
	inWord    = bytesOf("-._~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
	inAddress = bytesOf("-._~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ!#$&*+,/:;=?@[]")
)

func bytesOf(list string) (t [256]bool) {
	for _, c := range []byte(list) {
		t[c] = true
	}
	return t
}
