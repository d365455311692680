package cwe

import (
	"strings"
	"testing"
)

func TestLookup(t *testing.T) {
	for id, want := range map[string]string{
		"CWE-79":    "Improper Neutralization of Input During Web Page Generation ('Cross-site Scripting')",
		"CWE-20":    "Improper Input Validation",
		"CWE-1004":  "Sensitive Cookie Without 'HttpOnly' Flag",
		"CWE-079":   "",
		"cwe-79":    "",
		"79":        "",
		"CWE-264":   "", // a category
		"CWE-+79":   "",
		"CWE-":      "",
		"CWE-99999": "",
	} {
		w, ok := Lookup(id)
		if w.Name != want || ok != (want != "") {
			t.Errorf("Lookup(%q) = %q, %v; want %q", id, w.Name, ok, want)
		}
	}
}

func TestListIsWhole(t *testing.T) {
	if got, lines := len(table()), strings.Count(list, "\n"); got != lines || got < 900 {
		t.Errorf("the table holds %d weaknesses from %d lines; want the same number, above 900", got, lines)
	}
	for _, w := range table() {
		switch w.Usage {
		case Allowed, Review, Discouraged, Prohibited, Deprecated:
		default:
			t.Errorf("CWE-%d has the usage %q", w.ID, w.Usage)
		}
		if w.Name == "" {
			t.Errorf("CWE-%d has no name", w.ID)
		}
	}
	if w, _ := Lookup("CWE-79"); w.URL() != "https://cwe.mitre.org/data/definitions/79.html" {
		t.Errorf("URL of CWE-79 is %q", w.URL())
	}
	if Last() < 1426 {
		t.Errorf("Last() = %d, want at least 1426", Last())
	}
}
