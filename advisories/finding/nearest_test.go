package finding

import "testing"

func TestNearest(t *testing.T) {
	words := []string{"verify", "verify-result", "check", "timeline", "fixes", "package_signatures"}
	for word, want := range map[string]string{
		"verfiy": "verify", "chekc": "check", "Timelin": "timeline", "fixs": "fixes", "package-signature": "package_signatures",
		"zebra": "", "": "", "x": "",
	} {
		if got := Nearest(word, words); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", word, got, want)
		}
	}
	if got := Nearest("bat", []string{"cat", "hat"}); got != "" {
		t.Errorf("two words are as near, and %q was chosen", got)
	}
}
