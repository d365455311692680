package workflow

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/advisories"
)

var today = time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC)

const config = `project: {name: Demo, url: https://demo.example}
id: "DEMO-{year}-{number:4}"
products:
  demo: {versions: semver, title: Demo Board}
policy:
  verify_since: 2026-01-01
  deadlines: {acknowledge: 7d, assess: 14d, publish: 90d}
site: {base_url: https://security.demo.example/}
`

// repository loads documents written as front matter and body.
func repository(t testing.TB, files map[string]string) *advisories.Set {
	t.Helper()
	all := fstest.MapFS{"countersign.yaml": {Data: []byte(config)}}
	for name, text := range files {
		all[name] = &fstest.MapFile{Data: []byte(text)}
	}
	set, found, err := advisories.Load(all)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		t.Fatalf("%s: %s", f.At, f.Message)
	}
	return set
}

func advisory(id, fields, timeline string) (string, string) {
	return "advisories/" + id + ".md", "---\nid: " + id + "\ntitle: Flaw in the editor\n" + fields + "timeline: {" + timeline + "}\n---\n## Impact\n\nBad.\n"
}

// TestStatusFollowsAReport walks one report through all steps of the workflow.
func TestStatusFollowsAReport(t *testing.T) {
	const fix = "risk: high\nfixes: [{version: \"1.2.3\", patch: patches/x.diff}]\n"
	const internal = "credits: [{internal: true, type: reporter}]\n"
	for _, tt := range []struct {
		name, fields, timeline string
		want                   string // stage > next, due
	}{
		{"new", "", "reported: 2026-05-30", "reported > handled, acknowledge 5"},
		{"handled", "", "reported: 2026-05-30, handled: 2026-05-30", "handled > acknowledged, acknowledge 5"},
		{"late", "", "reported: 2026-05-20, handled: 2026-05-20", "handled > acknowledged, acknowledge -5"},
		{"acknowledged", "", "reported: 2026-05-30, handled: 2026-05-30, acknowledged: 2026-05-31", "acknowledged > triaged, assess 12"},
		{"triaged", "risk: high\n", "reported: 2026-05-30, handled: 2026-05-30, acknowledged: 2026-05-31", "triaged > assessed, assess 12"},
		{"assessed", "risk: high\n", "reported: 2026-05-30, handled: 2026-05-30, acknowledged: 2026-05-31, assessed: 2026-06-01", "assessed > remediated, publish 88"},
		{"remediated", fix, "reported: 2026-05-30, handled: 2026-05-30, acknowledged: 2026-05-31, assessed: 2026-06-01", "remediated > verified, publish 88"},
		{"verified", fix, "reported: 2026-05-30, handled: 2026-05-30, acknowledged: 2026-05-31, assessed: 2026-06-01, fix_verified: {date: 2026-06-01, by: [bo]}", "verified > consulted, publish 88"},
		{"consulted", fix, "reported: 2026-05-30, handled: 2026-05-30, acknowledged: 2026-05-31, assessed: 2026-06-01, fix_verified: {date: 2026-06-01, by: [bo]}, reporter_confirmed: 2026-06-01", "consulted > package verified, publish 88"},
		{"embargo", fix, "reported: 2026-05-30, handled: 2026-05-30, acknowledged: 2026-05-31, assessed: 2026-06-01, fix_verified: {date: 2026-06-01, by: [bo]}, consulted: 2026-06-01, package_verified: 2026-06-01, embargo_until: 2026-06-03", "package verified > released, end of embargo 2"},
		{"released", fix, "reported: 2026-04-30, published: 2026-05-30", "released > documented, document 12"},
		{"planned", fix, "reported: 2026-05-30, handled: 2026-05-30, acknowledged: 2026-05-30, assessed: 2026-05-30, fix_verified: {date: 2026-06-01, by: [bo]}, reporter_confirmed: not_applicable, package_verified: 2026-06-01, published: 2026-06-09", "package verified > released, publish 88"},
		{"documented", fix, "reported: 2026-04-30, published: 2026-05-30, documented: {date: 2026-06-01, by: [ada]}", "documented > final feedback, tell the reporter 12"},
		{"closed", fix, "reported: 2026-04-30, published: 2026-05-30, documented: {date: 2026-06-01, by: [ada]}, reporter_notified: 2026-06-01", ""},
		{"closed, found inside", fix + internal, "reported: 2026-04-30, published: 2026-05-30, documented: {date: 2026-06-01, by: [ada]}", ""},
		{"found inside", internal, "reported: 2026-05-30, handled: 2026-05-30", "handled > triaged, publish 88"},
		{"rejected", "", "reported: 2026-05-01, rejected: {date: 2026-05-20, reason: no flaw}, handled: 2026-05-02", "rejected > final feedback, tell the reporter 2"},
		{"rejected and told", "", "reported: 2026-05-01, handled: 2026-05-02, rejected: {date: 2026-05-20, reason: no flaw}, reporter_notified: 2026-05-21", ""},
		{"withdrawn", fix, "reported: 2026-04-30, published: 2026-05-01, withdrawn: {date: 2026-05-02, reason: wrong}", ""},
		{"history", fix, "reported: 2025-04-30, published: 2025-05-30", ""},
		{"imported", fix, "published: 2026-05-30", ""},
		{"third parties", "risk: high\nnotify: [{who: a fork, by: 2026-06-04}, {who: told, by: 2026-06-02, done: 2026-06-01}]\n",
			"reported: 2026-05-30, handled: 2026-05-30, acknowledged: 2026-05-31", "triaged > assessed, notify a fork 3"},
		{"incident", "kind: incident\nincident: {handled_by: internal, handlers: [ada], type: malware, notify: [{who: users, by: 2026-06-02}, {who: authority, by: 2026-06-01, done: 2026-06-01}]}\n",
			"reported: 2026-05-30, handled: 2026-05-30", "handled > triaged, notify users 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			name, text := advisory("DEMO-2026-0001", tt.fields, tt.timeline)
			rows := Status(repository(t, map[string]string{name: text}), today)
			got := ""
			for _, r := range rows {
				got = r.Stage + " > " + r.Next
				if r.DaysLeft != nil {
					got += ", " + r.DueFor + " " + strings.TrimSpace(jsonOf(t, r.DaysLeft))
				}
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func three(t *testing.T) *advisories.Set {
	files := map[string]string{}
	for _, a := range []struct{ id, fields, timeline string }{
		{"DEMO-2026-0001", "risk: low\n", "reported: 2026-05-30, handled: 2026-05-30"},
		{"DEMO-2026-0002", "risk: high\nassignees: [ada, bo]\n", "reported: 2026-05-01, handled: 2026-05-01"},
		{"DEMO-2026-0003", "assignees: [ada]\n", "reported: 2026-01-30, rejected: {date: 2026-05-20, reason: no}"},
	} {
		name, text := advisory(a.id, a.fields, a.timeline)
		files[name] = text
	}
	return repository(t, files)
}

func TestTable(t *testing.T) {
	var b bytes.Buffer
	if err := WriteTable(&b, Status(three(t), today)); err != nil {
		t.Fatal(err)
	}
	want := "ID              RISK  STAGE     NEXT            WHO      DUE                          TITLE\n" +
		"DEMO-2026-0002  high  triaged   acknowledged    ada, bo  acknowledge 24 days late     Flaw in the editor\n" +
		"DEMO-2026-0003  –     rejected  final feedback  ada      tell the reporter in 2 days  Flaw in the editor\n" +
		"DEMO-2026-0001  low   triaged   acknowledged    –        acknowledge in 5 days        Flaw in the editor\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	b.Reset()
	if err := WriteTable(&b, nil); err != nil || b.String() != "no open reports\n" {
		t.Errorf("an empty table is %q, %v", b.String(), err)
	}
}

func TestMarkdownTable(t *testing.T) {
	var b bytes.Buffer
	if err := WriteMarkdown(&b, Status(three(t), today)[:1]); err != nil {
		t.Fatal(err)
	}
	if err := WriteMarkdown(&b, []Row{{ID: "X", Title: "a|b\n<img>", Stage: "reported", Next: "handled"}}); err != nil {
		t.Fatal(err)
	}
	if err := WriteMarkdown(&b, nil); err != nil {
		t.Fatal(err)
	}
	head := "| id | risk | stage | next | who | due | title |\n|---|---|---|---|---|---|---|\n"
	want := head + "| DEMO-2026-0002 | high | triaged | acknowledged | ada, bo | acknowledge 24 days late | Flaw in the editor |\n" +
		head + `| X | – | reported | handled | – | – | a\|b \<img\> |` + "\nNo open reports.\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTableHoldsNoControlBytes(t *testing.T) {
	row := Row{ID: "x\x1b[31m", Title: "a\n::error::b\u202e", Who: []string{"\x07"}, Risk: "\r", DueFor: "notify \x1b[2J", DaysLeft: new(int)}
	var b bytes.Buffer
	if err := WriteTable(&b, []Row{row}); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(b.String(), "\x1b\x07\r\u202e") || strings.Count(b.String(), "\n") != 2 {
		t.Errorf("%q", b.String())
	}
}

func TestJSON(t *testing.T) {
	var b bytes.Buffer
	if err := WriteJSON(&b, Status(three(t), today)); err != nil {
		t.Fatal(err)
	}
	var got struct{ Reports []Row }
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Status(three(t), today), got.Reports); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	b.Reset()
	if err := WriteJSON(&b, Status(repository(t, nil), today)); err != nil || !strings.Contains(b.String(), `"reports": []`) {
		t.Errorf("without reports: %s, %v", b.String(), err)
	}
}

func TestContacts(t *testing.T) {
	contacts := []Contact{
		{Owner: "ada", Reason: "the key was removed"}, {Owner: "ada", Usable: true},
		{Owner: "bo", Reason: "the key was removed"},
	}
	var got []string
	for _, f := range Contacts(three(t), contacts, today) {
		got = append(got, f.At.String()+": "+f.Message)
	}
	want := []string{"advisories/DEMO-2026-0002.md:5:18: bo cannot be sent an encrypted report: the key was removed"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n := len(Contacts(three(t), nil, today)); n != 3 {
		t.Errorf("without any key there are %d findings, want one per assignee, 3", n)
	}
}

func TestChecklist(t *testing.T) {
	files := map[string]string{"releases/1.2.3.md": "---\nversion: \"1.2.3\"\n---\n"}
	for _, a := range []struct{ id, fields, timeline string }{
		{"DEMO-2026-0001", "target: \"1.2.3\"\nrisk: low\nassignees: [ada]\n", "reported: 2026-05-30"},
		{"DEMO-2026-0002", "risk: high\nfixes: [{version: \"1.2.3\", commits: [0123456789abcdef0123456789abcdef01234567]}, {version: \"1.1.9\", patch: x.diff}]\n",
			"reported: 2026-05-01, fix_verified: {date: 2026-05-20, by: [bo]}, reporter_confirmed: not_applicable"},
		{"DEMO-2026-0003", "target: \"1.2.3\"\n", "reported: 2026-05-01, rejected: {date: 2026-05-02, reason: no}"},
		{"DEMO-2026-0004", "target: \"1.3.0\"\n", "reported: 2026-05-01"},
	} {
		name, text := advisory(a.id, a.fields, a.timeline)
		files[name] = strings.Replace(text, "Flaw", "Flaw `x` [y](z)", 1)
	}
	set := repository(t, files)
	var b bytes.Buffer
	if err := Checklist(&b, set, "", "1.2.3", today); err != nil {
		t.Fatal(err)
	}
	want := `## Getting Demo Board 1.2.3 ready

For the team only: this list names flaws that are not public.

- [ ] **DEMO-2026-0001** Flaw \` + "`x\\`" + ` \[y\]\(z\) in the editor (low), ada
  - [ ] fix linked
  - [ ] verified by another member
  - [ ] reporter consulted
  - [ ] packaged: found in the candidate's packages
  - [ ] documented: details and attribution checked after the release
- [ ] **DEMO-2026-0002** Flaw \` + "`x\\`" + ` \[y\]\(z\) in the editor (high)
  - [x] fix linked: 0123456789ab
  - [x] verified by another member: bo, 2026-05-20
  - [x] reporter consulted: not applicable
  - [ ] packaged: found in the candidate's packages
  - [ ] documented: details and attribution checked after the release

1 of 2 advisories are ready to be packaged.

### Release

- [x] candidate on record in releases/, with its packages
- [ ] packages verified: ` + "`countersign verify 1.2.3`" + `
- [ ] released
- [ ] advisories published
- [ ] details and attribution checked
- [ ] reporters told how it ended
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for product, version := range map[string]string{"": "9.9.9", "demmo": "1.2.3"} {
		if err := Checklist(&b, set, product, version, today); err == nil {
			t.Errorf("Checklist(%q, %q) finds something", product, version)
		}
	}
}

func TestEveryStageHasATask(t *testing.T) {
	for _, s := range advisories.Stages {
		if tasks[s] == "" {
			t.Errorf("nobody is told what to do for %s", s)
		}
	}
	if slices.Contains(advisories.Stages, advisories.Stage(len(advisories.Stages))) {
		t.Error("a stage is missing from the list")
	}
}
