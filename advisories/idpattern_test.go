package advisories

import "testing"

func TestIDPattern(t *testing.T) {
	p, err := ParseIDPattern("MYBB-{year}-{number:4}")
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]bool{
		"MYBB-2023-0002": true, "MYBB-2023-12345": true,
		"MYBB-2023-002": false, "MYBB-2023-00002": false, "mybb-2023-0002": false, "MYBB-23-0002": false, "XMYBB-2023-0002": false,
	} {
		if _, _, ok := p.Split(id); ok != want {
			t.Errorf("Split(%q): %v, want %v", id, ok, want)
		}
	}
	if year, number, _ := p.Split("MYBB-2023-0042"); year != 2023 || number != 42 {
		t.Errorf("got %d and %d", year, number)
	}
	set := &Set{Advisories: []*Advisory{
		{ID: Value[string]{V: "MYBB-2023-0009"}}, {ID: Value[string]{V: "MYBB-2022-0100"}}, {ID: Value[string]{V: "CVE-2023-9999"}},
	}}
	if got := p.Next(set, 2023); got != "MYBB-2023-0010" {
		t.Errorf("next is %s", got)
	}
	if got := p.Next(set, 2024, "MYBB-2024-0001"); got != "MYBB-2024-0002" {
		t.Errorf("next after a taken one is %s", got)
	}
}

func TestIDPatternRefuses(t *testing.T) {
	for _, text := range []string{"", "MYBB", "{year}", "A-{number}-{number}", "{year}{year}{number}", "../{number}", "A {number}", "A-{number:0}", "A-{Number}"} {
		if _, err := ParseIDPattern(text); err == nil {
			t.Errorf("%q was taken for a pattern", text)
		}
	}
}
