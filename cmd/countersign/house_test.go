package main

import "testing"

// A rule's id stands in policies, waivers and other people's scripts: one id, one
// rule, whichever gate it belongs to.
func TestRuleIDsAreUnique(t *testing.T) {
	rows := allRules()
	for i := 1; i < len(rows); i++ {
		if rows[i].ID == rows[i-1].ID {
			t.Errorf("%s is two rules: %q and %q", rows[i].ID, rows[i-1].Title, rows[i].Title)
		}
	}
}
