package workflow

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/templates"
)

const patchText = "--- a/x.php\n+++ b/x.php\n@@ -1 +1 @@\n-\techo $x;\n+\techo escape($x);\n"

// input loads one advisory with a patch and a private part.
func input(t *testing.T, step Step, fields, timeline string) Input {
	t.Helper()
	const private = "credits: [{name: Grace Example, type: reporter}]\nprivate: {reporter_contact: grace@example.org, tracker: https://tracker.example/7}\n"
	if !strings.Contains(fields, "credits:") {
		fields += private
	}
	name, text := advisory("DEMO-2026-0001", fields, timeline)
	set := repository(t, map[string]string{name: text, "patches/x.diff": patchText})
	return Input{Step: step, Advisory: set.Advisories[0], Set: set, Templates: templates.Messages, Today: today}
}

const (
	fresh = "reported: 2026-05-30"
	done  = "reported: 2026-04-30, published: 2026-05-30"
	fixed = "risk: high\nfixes: [{version: \"1.2.3\", patch: patches/x.diff}]\n"
)

// TestMessages composes every message at its time, and asks whether it may
// travel in plain text.
func TestMessages(t *testing.T) {
	for _, tt := range []struct {
		name             string
		step             Step
		fields, timeline string
		secret           string
		want             []string
	}{
		{"team", Team, "", fresh, "the title", []string{"Title:    Flaw in the editor", "Grace Example", "by 2026-06-13"}},
		{"acknowledge", Acknowledge, "", fresh, "", []string{"Hello Grace Example,", "by 2026-06-13: whether", "by 2026-08-28: a release", "report of 2026-05-30"}},
		{"confirmed", Assess, "risk: high\ntarget: \"1.2.3\"\n", fresh, "the title", []string{"we can confirm", "Flaw in the editor", "risk as high", "fix for 1.2.3"}},
		{"invalid", Assess, "", "reported: 2026-05-30, rejected: {date: 2026-06-01, reason: only administrators can do that}", "", []string{"only administrators can do that"}},
		{"no fix", Assess, "risk: low\nresolution: wont_fix\n", fresh, "the title", []string{"We do not expect to change it"}},
		{"consult", Consult, fixed, fresh, "the title", []string{"-\techo $x;\n+\techo escape($x);\n", "please do not share it before we publish; we plan to by 2026-08-28"}},
		{"third party, early", ThirdParty, fixed, fresh, "the title", []string{"not public yet", "Bad."}},
		{"third party, public", ThirdParty, fixed, done, "", []string{"The advisory is public: https://security.demo.example/advisories/DEMO-2026-0001.html"}},
		{"final", Final, fixed, done, "", []string{"the fix is in 1.2.3", "published on 2026-05-30", "https://security.demo.example/advisories/DEMO-2026-0001.html"}},
		{"final, rejected", Final, "", "reported: 2026-05-30, rejected: {date: 2026-06-01, reason: only administrators}", "", []string{"only administrators"}},
		{"embargo", ThirdParty, fixed, done + ", embargo_until: 2026-06-02", "the title", []string{"not public yet"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, err := Compose(input(t, tt.step, tt.fields, tt.timeline))
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(m.Secret, tt.secret) || (m.Secret == "") != (tt.secret == "") {
				t.Errorf("secret because %q, want %q", m.Secret, tt.secret)
			}
			for _, want := range tt.want {
				if !strings.Contains(strings.ToLower(m.Body), strings.ToLower(want)) {
					t.Errorf("%q is not in\n%s", want, m.Body)
				}
			}
			if strings.Contains(m.Body+m.Subject, "tracker.example") || strings.Contains(m.Body, "\n\n\n") || strings.Contains(m.Body, "<no value>") {
				t.Errorf("private values, gaps or holes in\n%s", m.Body)
			}
			wantTo := "grace@example.org"
			if tt.step == Team || tt.step == ThirdParty {
				wantTo = ""
			}
			if m.To != wantTo {
				t.Errorf("to %q, want %q", m.To, wantTo)
			}
			if strings.Contains(m.Subject, "Flaw") {
				t.Errorf("the subject tells the title: %s", m.Subject)
			}
		})
	}
}

// TestMessagesThatHaveNothingToSay: each refusal names what is missing.
func TestMessagesThatHaveNothingToSay(t *testing.T) {
	for _, tt := range []struct {
		step                   Step
		fields, timeline, want string
	}{
		{Assess, "", fresh, "not triaged"},
		{Consult, "", fresh, "expected a patch or commits"},
		{Consult, "fixes: [{version: \"1.2.3\", patch: patches/gone.diff}]\n", fresh, "gone.diff"},
		{Consult, "fixes: [{version: \"1.2.3\", patch: ../outside.diff}]\n", fresh, "inside this repository"},
		{Final, fixed, fresh, "neither published nor rejected"},
		{Acknowledge, "credits: [{anonymous: true, type: reporter}]\n", fresh, "no reporter outside the team"},
		{Final, "credits: [{internal: true, type: reporter}]\n" + fixed, done, "no reporter outside the team"},
	} {
		_, err := Compose(input(t, tt.step, tt.fields, tt.timeline))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want an error with %q", tt.step, err, tt.want)
		}
	}
}

// TestOwnTemplatesAreGuardedToo: what makes a message secret is what it tells,
// not who wrote its template.
func TestOwnTemplatesAreGuardedToo(t *testing.T) {
	for template, want := range map[string]struct{ secret, err string }{
		"Subject: x\n\n{{.ID}} {{.Project}} {{.Reported}}":       {},
		"Subject: x\n\n{{.Title}}":                               {secret: "the title"},
		"Subject: x\n\n{{.Section \"impact\"}}":                  {secret: "the section impact"},
		"Subject: x\n\n{{range .Patches}}{{.}}{{end}}":           {secret: "the patch"},
		"Subject: x\n\n{{range .Commits}}{{.}}{{end}}{{.Fixed}}": {secret: "the fixed versions"},
		"Subject: x\n\n{{.Private \"tracker\"}}":                 {secret: "the private field tracker"},
		"Subject: {{.Title}}\n\nx":                               {err: "a subject is never encrypted"},
		"Subject: {{.Private \"tracker\"}}\n\nx":                 {err: "a subject is never encrypted"},
		"no subject":                                             {err: "expected a first line"},
		"Subject: a\nBcc: b\n\nx":                                {err: "expected a first line"},
		"Subject: x\n\n{{.Nonsense}}":                            {err: "Nonsense"},
		"Subject: x\n\n{{.Title":                                 {err: "unclosed action"},
	} {
		in := input(t, Acknowledge, fixed, fresh)
		in.Templates = fstest.MapFS{"messages/acknowledge.txt": {Data: []byte(template)}}
		m, err := Compose(in)
		switch {
		case want.err != "":
			if err == nil || !strings.Contains(err.Error(), want.err) {
				t.Errorf("%q: %v, want an error with %q", template, err, want.err)
			}
		case err != nil:
			t.Errorf("%q: %v", template, err)
		case !strings.Contains(m.Secret, want.secret) || (m.Secret == "") != (want.secret == ""):
			t.Errorf("%q: secret because %q, want %q", template, m.Secret, want.secret)
		}
	}
}

// TestPrivateStaysPrivateAfterPublication: only what was about the flaw becomes
// public with it.
func TestPrivateStaysPrivateAfterPublication(t *testing.T) {
	in := input(t, Final, fixed, done)
	in.Templates = fstest.MapFS{"messages/final.txt": {Data: []byte("Subject: x\n\n{{.Title}} {{.Private \"tracker\"}}")}}
	m, err := Compose(in)
	if err != nil || !strings.Contains(m.Secret, "private field tracker") {
		t.Errorf("secret because %q, %v", m.Secret, err)
	}
}

func TestHostileFactsStayOnTheirLine(t *testing.T) {
	in := input(t, Acknowledge, "credits: [{name: \"Eve\\nBcc: all@example.org\\e[31m\", type: reporter}]\nprivate: {reporter_contact: \"eve@example.org\\nBcc: all@example.org\"}\n", fresh)
	m, err := Compose(in)
	if err != nil {
		t.Fatal(err)
	}
	if all := m.To + m.Subject; strings.ContainsAny(all, "\n\x1b") || strings.Contains(m.Body, "\nBcc") || strings.Contains(m.Body, "\x1b") {
		t.Errorf("%q %q\n%s", m.To, m.Subject, m.Body)
	}
}

func TestEveryStepHasAText(t *testing.T) {
	for _, s := range Steps {
		if got, err := ParseStep(string(s)); got != s || err != nil {
			t.Errorf("ParseStep(%q) = %q, %v", s, got, err)
		}
		if _, err := templates.Messages.ReadFile("messages/" + string(s) + ".txt"); err != nil {
			t.Error(err)
		}
	}
	_, err := ParseStep("thank")
	if diff := cmp.Diff(`unknown step "thank"; expected one of team, acknowledge, assess, consult, third_party, final`, err.Error()); diff != "" {
		t.Error(diff)
	}
}
