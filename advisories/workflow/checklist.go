package workflow

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
)

// Checklist prints the Markdown checklist of a coming release, for the thread
// in which the team gets it ready: per advisory whether the fix is linked,
// verified by another member, consulted, packaged and documented. An empty
// product stands for the only one. The error is the writer's, or says that no
// advisory and no release names the version.
func Checklist(w io.Writer, set *advisories.Set, product, version string, today time.Time) error {
	if product == "" {
		product = set.DefaultProduct()
	}
	if product == "" {
		return fmt.Errorf("expected a product, as in %s@%s: there are several", strings.Join(set.ProductNames(), "@… or "), version)
	}
	if set.Product(product) == nil {
		return fmt.Errorf("there is no product %q; the products are %s", product, strings.Join(set.ProductNames(), ", "))
	}
	list := carried(set, product, version)
	release := set.Release(product, version)
	if len(list) == 0 && release == nil {
		return fmt.Errorf("no advisory has the target %s %s, and there is no such release in releases/; set `target: %q` at triage", product, version, version)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "## Getting %s %s ready\n\n", mark(title(set, product)), mark(version))
	b.WriteString("For the team only: this list names flaws that are not public.\n\n")
	ready := 0
	for _, a := range list {
		if writeItem(&b, set, a, product, version, today) {
			ready++
		}
	}
	fmt.Fprintf(&b, "\n%d of %d advisories are ready to be packaged.\n\n### Release\n\n", ready, len(list))
	writeRelease(&b, list, release, version, today)
	_, err := w.Write(b.Bytes())
	return err
}

// carried lists the advisories whose fix the release must carry.
func carried(set *advisories.Set, product, version string) []*advisories.Advisory {
	var list []*advisories.Advisory
	for _, a := range set.Advisories {
		if !a.Rejected() && !a.Timeline.Withdrawn.Date.Given() && (isTarget(set, a, product, version) || fixFor(set, a, product, version) != nil) {
			list = append(list, a)
		}
	}
	return list
}

func isTarget(set *advisories.Set, a *advisories.Advisory, product, version string) bool {
	if !a.Target.Given() || set.Compare(product, a.Target.V, version) != 0 {
		return false
	}
	for _, p := range set.ProductsOf(a) {
		if p == product {
			return true
		}
	}
	return false
}

func fixFor(set *advisories.Set, a *advisories.Advisory, product, version string) *advisories.Fix {
	for i := range a.Fixes {
		f := &a.Fixes[i]
		if f.Version.Given() && set.FixProduct(a, f) == product && set.Compare(product, f.Version.V, version) == 0 {
			return f
		}
	}
	return nil
}

// writeItem writes an advisory with its steps, and reports whether everything
// before packaging is done.
func writeItem(b *bytes.Buffer, set *advisories.Set, a *advisories.Advisory, product, version string, today time.Time) bool {
	fix := fixFor(set, a, product, version)
	linked := fix != nil && (len(fix.Commits) > 0 || fix.Patch.Given())
	verified := a.Done(advisories.StageVerified, today)
	consulted := !a.Applies(advisories.StageConsulted) || a.Done(advisories.StageConsulted, today)
	packaged := a.Done(advisories.StagePackageVerified, today)
	documented := a.Done(advisories.StageDocumented, today)
	ready := linked && verified && consulted
	fmt.Fprintf(b, "- [%s] **%s** %s", box(ready && packaged && documented), mark(a.ID.V), mark(a.Title.V))
	if a.Risk.Given() {
		fmt.Fprintf(b, " (%s)", mark(a.Risk.V))
	}
	if len(a.Assignees) > 0 {
		fmt.Fprintf(b, ", %s", mark(strings.Join(advisories.Texts(a.Assignees), ", ")))
	}
	b.WriteByte('\n')
	item(b, linked, "fix linked", fixText(fix))
	item(b, verified, "verified by another member", signText(a.Timeline.FixVerified))
	switch {
	case !a.Applies(advisories.StageConsulted), a.Timeline.ReporterConfirmed.NotApplicable:
		item(b, true, "reporter consulted", "not applicable")
	default:
		item(b, consulted, "reporter consulted", dateText(a.Timeline.ReporterConfirmed.Date, a.Timeline.Consulted))
	}
	item(b, packaged, "packaged: found in the candidate's packages", dateText(a.Timeline.PackageVerified))
	item(b, documented, "documented: details and attribution checked after the release", signText(a.Timeline.Documented))
	return ready
}

func item(b *bytes.Buffer, done bool, what, detail string) {
	fmt.Fprintf(b, "  - [%s] %s", box(done), what)
	if detail != "" {
		b.WriteString(": " + detail)
	}
	b.WriteByte('\n')
}

func box(done bool) string {
	if done {
		return "x"
	}
	return " "
}

// fixText names the commits or the patch of a fix.
func fixText(f *advisories.Fix) string {
	if f == nil {
		return ""
	}
	var parts []string
	for i := range f.Commits {
		id := f.Commits[i].ID.V
		parts = append(parts, mark(id[:min(12, len(id))]))
	}
	if f.Patch.Given() {
		parts = append(parts, mark(f.Patch.V))
	}
	return strings.Join(parts, ", ")
}

func signText(s advisories.Sign) string {
	if !s.Date.Given() {
		return ""
	}
	if len(s.By) == 0 {
		return s.Date.V.String()
	}
	return mark(strings.Join(advisories.Texts(s.By), ", ")) + ", " + s.Date.V.String()
}

func dateText(dates ...advisories.Value[advisories.Date]) string {
	for _, d := range dates {
		if d.Given() {
			return d.V.String()
		}
	}
	return ""
}

// writeRelease writes the steps of the release itself.
func writeRelease(b *bytes.Buffer, list []*advisories.Advisory, r *advisories.Release, version string, today time.Time) {
	every := func(s advisories.Stage) bool {
		for _, a := range list {
			if a.Applies(s) && !a.Done(s, today) {
				return false
			}
		}
		return len(list) > 0
	}
	check := func(done bool, text string) { fmt.Fprintf(b, "- [%s] %s\n", box(done), text) }
	check(r != nil, "candidate on record in releases/, with its packages")
	check(every(advisories.StagePackageVerified), "packages verified: `countersign verify "+code(version)+"`")
	check(r != nil && r.Released.Given(), "released")
	check(every(advisories.StageReleased), "advisories published")
	check(every(advisories.StageDocumented), "details and attribution checked")
	check(every(advisories.StageFeedback), "reporters told how it ended")
}

func title(set *advisories.Set, product string) string {
	if p := set.Product(product); p.Title.Given() {
		return p.Title.V
	}
	return product
}

// mark writes foreign text so that Markdown shows it as it is.
func mark(s string) string {
	var b strings.Builder
	for _, r := range finding.Plain(s) {
		if strings.ContainsRune("\\`*_{}[]()<>#+!|~&@:", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

func code(s string) string { return strings.ReplaceAll(finding.Plain(s), "`", "'") }
