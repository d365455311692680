package site

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestSecurityText holds security.txt to RFC 9116, sections 2.5 and 4: known
// fields, one a line; addresses that are URIs, https where they are of the web;
// Contact at least once, Expires once and less than a year ahead.
func TestSecurityText(t *testing.T) {
	g := newGPG(t)
	r, _ := keyed(g)
	r["countersign.yaml"] += "  languages: [en, de]\n"
	in := r.input(t)
	in.Now = time.Now()
	for _, expires := range []string{"", "  expires: " + in.Now.AddDate(0, 3, 0).Format("2006-01-02") + "\n"} {
		in.Set = r.with(repo{"countersign.yaml": r["countersign.yaml"] + expires}).input(t).Set
		files, _ := build(t, in)
		text := string(files[".well-known/security.txt"])
		if !strings.HasSuffix(text, "\n") {
			t.Error("the last line has no end")
		}
		count := map[string]int{}
		for line := range strings.Lines(text) {
			name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
			count[name]++
			switch u, err := url.Parse(value); {
			case !ok || value != strings.TrimSpace(value) || value == "":
				t.Errorf("%q is no field", line)
			case name == "Expires":
				at, err := time.Parse(time.RFC3339, value)
				if err != nil || !at.After(in.Now) || !at.Before(in.Now.AddDate(1, 0, 0)) {
					t.Errorf("expires %q, %v", value, err)
				}
			case name == "Preferred-Languages":
			case !slices.Contains([]string{"Contact", "Encryption", "Acknowledgments", "Policy", "Canonical", "CSAF"}, name):
				t.Errorf("the field %q is not known", name)
			case err != nil || u.Scheme != "https" && (name != "Contact" || u.Scheme != "mailto" && u.Scheme != "tel"):
				t.Errorf("%s is %q, which is no such address", name, value)
			}
		}
		if count["Contact"] < 1 || count["Expires"] != 1 || count["Preferred-Languages"] != 1 || count["Canonical"] != 1 || count["CSAF"] != 1 {
			t.Errorf("fields %v", count)
		}
	}
}
