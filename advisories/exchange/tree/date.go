package tree

import (
	"time"

	"github.com/countersign/countersign/advisories"
)

// Date takes a date. What is none is lost; 1970 and what lies before are what
// programs write for a date that they do not know.
func (n *Node) Date() advisories.Date {
	d, ok := parseDate(n.Text())
	if !ok {
		n.Lose("expected a date as YYYY-MM-DD or RFC 3339")
	}
	if d.Unix() <= 0 {
		return advisories.Date{}
	}
	return d
}

// parseDate reads a date as the formats write it: a day, or RFC 3339 with or
// without fraction and zone (UTC where it is left out). The first moment of a
// day stands for the day: formats that want an instant make one of the other.
func parseDate(text string) (advisories.Date, bool) {
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		return advisories.Date{Time: t, DayOnly: true}, true
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05", "2006-01-02 15:04:05Z07:00"} {
		if t, err := time.Parse(layout, text); err == nil {
			t = t.UTC()
			return advisories.Date{Time: t, DayOnly: t.Equal(t.Truncate(24 * time.Hour))}, true
		}
	}
	return advisories.Date{}, false
}
