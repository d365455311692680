// Package cvss reads vectors of the Common Vulnerability Scoring System, in the
// versions 2.0, 3.0, 3.1 and 4.0 that FIRST publishes: a vector such as
//
//	CVSS:3.1/AV:N/AC:L/PR:H/UI:R/S:C/C:L/I:L/A:L
//
// names a value for each metric; from them a score between 0 and 10 is
// computed, and from the score a severity.
//
// The scores are github.com/pandatix/go-cvss's, for which this package is the
// only door. What a metric is called, which ones a cut-short vector lacks and
// which value it may not have is told here, in words a maintainer can act on.
package cvss

import (
	"fmt"
	"strings"

	cvss20 "github.com/pandatix/go-cvss/20"
	cvss30 "github.com/pandatix/go-cvss/30"
	cvss31 "github.com/pandatix/go-cvss/31"
	cvss40 "github.com/pandatix/go-cvss/40"
)

// Vector is a whole and valid vector.
type Vector struct {
	Version  string   // 2.0, 3.0, 3.1 or 4.0
	Text     string   // as it was written
	Score    float64  // of the base metrics
	Severity string   // of that score: none, low, medium, high or critical
	Metrics  []Metric // in the order of the standard, the base metrics first
}

// Metric is one metric of a vector, in the words of the standard.
type Metric struct {
	Group   string // base, temporal, threat, environmental or supplemental
	Code    string // AV
	Name    string // Attack Vector
	Value   string // N
	Meaning string // Network
}

// IncompleteError says that a vector is well written as far as it goes, but
// lacks base metrics: usually one that was cut short when it was copied.
type IncompleteError struct {
	Version string
	Missing []string // codes, in the order of the standard
}

func (e *IncompleteError) Error() string {
	verb := "is"
	if len(e.Missing) > 1 {
		verb = "are"
	}
	return fmt.Sprintf("the CVSS %s vector is cut short: %s %s missing", e.Version, strings.Join(e.Missing, ", "), verb)
}

// Parse reads a vector. The error is an *IncompleteError when base metrics are
// missing and nothing else is wrong; otherwise it names the first part that is.
func Parse(text string) (*Vector, error) {
	version, rest, err := split(text)
	if err != nil {
		return nil, err
	}
	values, err := read(version, rest)
	if err != nil {
		return nil, err
	}
	v := &Vector{Version: version, Text: text}
	var base, missing []string
	for _, d := range definitions[version] {
		value, ok := values[d.code]
		switch {
		case ok:
			v.Metrics = append(v.Metrics, Metric{d.group, d.code, d.name, value, d.values[value]})
			if d.group == "base" {
				base = append(base, d.code+":"+value)
			}
		case d.group == "base":
			missing = append(missing, d.code)
		}
	}
	if len(missing) > 0 {
		return nil, &IncompleteError{version, missing}
	}
	if v.Score, err = score(version, strings.Join(base, "/"), text); err != nil {
		return nil, fmt.Errorf("not a CVSS %s vector: %w", version, err)
	}
	v.Severity = severityOf(version, v.Score)
	return v, nil
}

// split takes the version off a vector. Version 2.0 has no prefix.
func split(text string) (version, rest string, err error) {
	for _, version := range []string{"3.0", "3.1", "4.0"} {
		if rest, ok := strings.CutPrefix(text, "CVSS:"+version+"/"); ok {
			return version, rest, nil
		}
	}
	if strings.HasPrefix(text, "AV:") {
		return "2.0", text, nil
	}
	if after, ok := strings.CutPrefix(text, "CVSS:"); ok {
		version, _, _ := strings.Cut(after, "/")
		if version == "3.0" || version == "3.1" || version == "4.0" {
			_, err := read(version, "")
			return "", "", err
		}
		return "", "", fmt.Errorf("unknown CVSS version %q; there are 3.0, 3.1, 4.0, and 2.0 without a prefix", clip(version))
	}
	return "", "", fmt.Errorf("expected a vector such as CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H, found %q", clip(text))
}

// read takes the metrics of a vector apart and checks each by itself.
func read(version, rest string) (map[string]string, error) {
	values := map[string]string{}
	if rest == "" {
		return values, incomplete(version)
	}
	for part := range strings.SplitSeq(rest, "/") {
		code, value, ok := strings.Cut(part, ":")
		d, known := index[version][code]
		switch {
		case !ok || !known:
			return nil, fmt.Errorf("%q is no metric of CVSS %s", clip(part), version)
		case d.values[value] == "":
			return nil, fmt.Errorf("%s (%s) of CVSS %s cannot be %q; it is one of %s", code, d.name, version, clip(value), d.choice)
		case values[code] != "":
			return nil, fmt.Errorf("the vector names %s (%s) twice", code, d.name)
		}
		values[code] = value
	}
	return values, nil
}

func incomplete(version string) error {
	e := &IncompleteError{Version: version}
	for _, d := range definitions[version] {
		if d.group == "base" {
			e.Missing = append(e.Missing, d.code)
		}
	}
	return e
}

// score computes the base score. The whole text is given to the library too: it
// knows orders and combinations that the tables here do not.
func score(version, base, text string) (float64, error) {
	switch version {
	case "2.0":
		if _, err := cvss20.ParseVector(text); err != nil {
			return 0, err
		}
		v, err := cvss20.ParseVector(base)
		if err != nil {
			return 0, err
		}
		return v.BaseScore(), nil
	case "3.0":
		v, err := cvss30.ParseVector(text)
		if err != nil {
			return 0, err
		}
		return v.BaseScore(), nil
	case "3.1":
		v, err := cvss31.ParseVector(text)
		if err != nil {
			return 0, err
		}
		return v.BaseScore(), nil
	}
	if _, err := cvss40.ParseVector(text); err != nil {
		return 0, err
	}
	v, err := cvss40.ParseVector("CVSS:4.0/" + base)
	if err != nil {
		return 0, err
	}
	return v.Score(), nil
}

// severityOf returns the severity of a score: the qualitative scale of the
// standard, and for 2.0, which has none, the one of the NVD.
func severityOf(version string, score float64) string {
	switch {
	case score == 0 && version != "2.0":
		return "none"
	case score < 4:
		return "low"
	case score < 7:
		return "medium"
	case score < 9 || version == "2.0":
		return "high"
	}
	return "critical"
}

// clip shortens foreign text for a message.
func clip(s string) string {
	const limit = 60
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "…"
}
