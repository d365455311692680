package verify

import (
	"strings"
	"testing"

	"github.com/countersign/countersign/advisories"
)

// TestWhoVouchesForAPick: the commit whose change was looked for in the package is the one that somebody must
// have signed. Of a cherry-pick that is the pick; the named commit's signature speaks for it only where both
// make the same change, byte for byte.
func TestWhoVouchesForAPick(t *testing.T) {
	for _, c := range []struct {
		name          string
		signs, picks  string         // who signs the named commit, and the pick
		before        func(s *scene) // on the branch of the release
		change        func(s *scene) // in the pick
		result, rules string
		counts        string // whose signature counts: named or pick; or named, for the text was looked for
	}{
		{name: "unsigned, the same change", signs: "ann", result: "PASSED", rules: "(signature-doubtful)", counts: "named"},
		{name: "both signed", signs: "ann", picks: "ann", result: "PASSED", counts: "pick"},
		{name: "the pick alone is signed", picks: "ann", result: "PASSED", counts: "pick"},
		{name: "signed by a stranger, the same change", signs: "ann", picks: "mallory", result: "PASSED", rules: "(signature-doubtful)", counts: "named"},
		{name: "neither is signed", result: "FAILED", rules: "signature-unsigned"},
		{name: "only a stranger signed", signs: "mallory", result: "FAILED", rules: "signature-unsigned"},
		{name: "unsigned, other white space", signs: "ann", result: "FAILED", rules: "signature-unsigned",
			change: func(s *scene) {
				s.write("inc/mail.php", strings.Replace(s.read("inc/mail.php"), "safe_", "  safe_", 1))
			}},
		{name: "unsigned, and another file comes with it", signs: "ann", result: "FAILED", rules: "signature-unsigned",
			change: func(s *scene) { s.write("inc/extra.php", "evil();\n") }},
		{name: "unsigned, in other surroundings", signs: "ann", result: "FAILED", rules: "signature-unsigned",
			before: func(s *scene) {
				s.write("inc/mail.php", strings.Replace(s.read("inc/mail.php"), "mail_18()", "mail_eighteen()", 1))
			}},
		{name: "no pick: its text is found in a commit that does more", signs: "ann", result: "PASSED", counts: "text",
			change: func(s *scene) {
				s.write("inc/mail.php", strings.Replace(s.read("inc/mail.php"), "mail_50()", "mail_fifty()", 1))
			}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t)
			people := map[string]*person{"ann": newPerson(t, "ann"), "mallory": newPerson(t, "mallory")}
			s.key(people["ann"], "commit")
			s.policy("{package_signatures: 0}")
			s.git("branch", "old")
			named := s.fix("inc/mail.php")
			if p := people[c.signs]; p != nil {
				named = s.signHead(p)
			}
			s.git("checkout", "-q", "old")
			s.write("README", "An application, old but maintained.\n")
			if c.before != nil {
				c.before(s)
			}
			s.commit("only here")
			s.git("cherry-pick", named)
			if c.change != nil {
				c.change(s)
				s.git("add", "-A")
				s.git("commit", "-q", "--amend", "--no-edit")
			}
			pick := s.git("rev-parse", "HEAD")
			if p := people[c.picks]; p != nil {
				pick = s.signHead(p)
			}
			s.fixedBy("APP-2026-0001", "1.1", named)
			s.release("1.1", "source: {repo: app, commit: "+pick+"}", "packages: [{name: "+app11+"}]")
			r := s.verify("1.1", file(app11, s.archive("zip", "app/", pick)))
			expect(t, r, c.result, c.rules)
			sig := r.Statement.Predicate.Fixes[0].Signature
			want := map[string][2]string{"named": {named, pick}, "text": {named, ""}, "pick": {pick, ""}, "": {pick, ""}}[c.counts]
			if sig.Commit != want[0] || sig.Covers != want[1] || (sig.Status == "valid") != (c.counts != "") {
				t.Errorf("named %s, pick %s: %+v", named, pick, sig)
			}
			if c.result == "FAILED" && !strings.Contains(said(r), pick) {
				t.Errorf("the commit to sign, %s, is not named:%s", pick, said(r))
			}
		})
	}
}

// A waiver of a pick names the commit that ships.
func TestPickIsWaivedByItsOwnID(t *testing.T) {
	s := newScene(t)
	s.git("branch", "old")
	named := s.fix("inc/mail.php")
	s.git("checkout", "-q", "old")
	s.git("cherry-pick", "--allow-empty", named)
	s.git("commit", "-q", "--amend", "-m", "picked")
	pick := s.git("rev-parse", "HEAD")
	s.fixedBy("APP-2026-0001", "1.1", named)
	s.release("1.1", "source: {repo: app, commit: "+pick+"}", "packages: [{name: "+app11+"}]")
	data := s.archive("zip", "app/", pick)
	for object, want := range map[string]string{named: "signature-unsigned", pick: "(waiver-used)"} {
		s.policy("{package_signatures: 0, waivers: [{rule: signature-unsigned, object: " + object + ", reason: made on a train, expires: 2026-12-31}]}")
		if got := broken(s.verify("1.1", file(app11, data))); got != want {
			t.Errorf("waiver of %s: %q, want %q", object, got, want)
		}
	}
}

// A fix that is named by a short id is told by what the advisory says.
func TestShortFixIsNamed(t *testing.T) {
	s, fix := fixedScene(t, "contents: full")
	set, _, err := advisories.Load(s.sec)
	must(t, err)
	j := &run{Verifier: New(s.ev, set, nil), product: "app"}
	a := set.Advisories[0]
	a.Fixes[0].Commits[0].ID.V = fix[:10]
	list, err := j.fixSignatures(&Judgement{Obligation: Obligation{Advisory: a}, Fix: &a.Fixes[0], Standing: &Standing{}})
	must(t, err)
	if len(list) != 1 || list[0].object() != fix[:10] || list[0].Result.OK() {
		t.Errorf("%+v", list)
	}
}
