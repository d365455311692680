package cvss

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestScores(t *testing.T) {
	for text, want := range map[string]struct {
		version  string
		score    float64
		severity string
	}{
		"AV:N/AC:L/Au:N/C:N/I:N/A:C":                                          {"2.0", 7.8, "high"},
		"AV:N/AC:L/Au:N/C:C/I:C/A:C":                                          {"2.0", 10, "high"},
		"AV:N/AC:L/Au:N/C:N/I:N/A:C/E:F/RL:OF/RC:C":                           {"2.0", 7.8, "high"},
		"CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N":                        {"3.0", 6.1, "medium"},
		"CVSS:3.1/AV:N/AC:L/PR:H/UI:R/S:C/C:L/I:L/A:L":                        {"3.1", 5.9, "medium"},
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H":                        {"3.1", 9.8, "critical"},
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:U":                    {"3.1", 9.8, "critical"},
		"CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:N/I:N/A:N":                        {"3.1", 0, "none"},
		"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N":     {"4.0", 9.3, "critical"},
		"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:U": {"4.0", 9.3, "critical"},
	} {
		v, err := Parse(text)
		if err != nil {
			t.Errorf("Parse(%q): %v", text, err)
			continue
		}
		if v.Version != want.version || v.Score != want.score || v.Severity != want.severity {
			t.Errorf("Parse(%q) = %s %.1f %s, want %v", text, v.Version, v.Score, v.Severity, want)
		}
	}
}

func TestMetricsAreNamed(t *testing.T) {
	v, err := Parse("CVSS:3.1/AC:L/AV:N/PR:H/UI:R/S:C/C:L/I:L/A:L/E:P")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Metric{"base", "AV", "Attack Vector", "N", "Network"}, v.Metrics[0]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(Metric{"temporal", "E", "Exploit Code Maturity", "P", "Proof-of-Concept"}, v.Metrics[8]); diff != "" {
		t.Error(diff)
	}
}

func TestCutShort(t *testing.T) {
	for text, want := range map[string][]string{
		"CVSS:3.1/PR:N": {"AV", "AC", "UI", "S", "C", "I", "A"},
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H": {"A"},
		"AV:N/AC:L/Au:N": {"C", "I", "A"},
		"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N": {"SI", "SA"},
		"CVSS:3.1/": {"AV", "AC", "PR", "UI", "S", "C", "I", "A"},
		"CVSS:3.1":  {"AV", "AC", "PR", "UI", "S", "C", "I", "A"},
	} {
		_, err := Parse(text)
		var incomplete *IncompleteError
		if !errors.As(err, &incomplete) {
			t.Errorf("Parse(%q) = %v, want an IncompleteError", text, err)
			continue
		}
		if diff := cmp.Diff(want, incomplete.Missing); diff != "" {
			t.Errorf("Parse(%q): %s", text, diff)
		}
	}
}

func TestInvalid(t *testing.T) {
	for text, want := range map[string]string{
		"":              "expected a vector",
		"7.5":           "expected a vector",
		"CVSS:5.0/AV:N": "unknown CVSS version",
		"cvss:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H":                              "expected a vector",
		"CVSS:3.1/AV:X/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H":                              `AV (Attack Vector) of CVSS 3.1 cannot be "X"; it is one of N (Network), A (Adjacent)`,
		"CVSS:3.1/AV:N/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H":                         "names AV (Attack Vector) twice",
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/":                             `"" is no metric`,
		"CVSS:3.1/AV:N/AC:L/Au:N/C:H/I:H/A:H":                                       `"Au:N" is no metric of CVSS 3.1`,
		"CVSS:4.0/AC:L/AV:N/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N":           "not a CVSS 4.0 vector",
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H " + strings.Repeat("x", 1000): "cannot be",
	} {
		v, err := Parse(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Parse(%q) = %v, %v; want an error with %q", text, v, err, want)
		}
		if err != nil && len(err.Error()) > 300 {
			t.Errorf("Parse(%.20q…): an error of %d bytes", text, len(err.Error()))
		}
	}
}

// FuzzParse holds Parse to a law: it never panics, and what it accepts scores
// from 0 to 10 and names every base metric.
func FuzzParse(f *testing.F) {
	f.Add("CVSS:3.1/AV:N/AC:L/PR:H/UI:R/S:C/C:L/I:L/A:L")
	f.Add("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:A")
	f.Add("AV:N/AC:L/Au:N/C:N/I:N/A:C")
	f.Fuzz(func(t *testing.T, text string) {
		v, err := Parse(text)
		if err != nil {
			return
		}
		if v.Score < 0 || v.Score > 10 || len(v.Metrics) < 6 {
			t.Errorf("Parse(%q) = %+v", text, v)
		}
	})
}
