package site

import (
	"context"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// dump returns a page as a browser has it after its scripts ran. The page is
// opened from a folder, without any server.
func dump(t *testing.T, file, query string) string {
	t.Helper()
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--user-data-dir="+t.TempDir(),
		"--virtual-time-budget=5000", "--dump-dom", "file://"+file+query).Output()
	if err != nil {
		t.Skip("chromium does not run here: ", err)
	}
	return string(out)
}

// The search answers from a folder, under the pages' own content policy; and
// what stands in an advisory's title stays text there too.
func TestSearchInBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	dir := filepath.Join(t.TempDir(), "public")
	r := sample()
	r["advisories/LAN-2025-0001.md"] = strings.Replace(r["advisories/LAN-2025-0001.md"], `title: "Old hole"`, `title: "Old <img src=x onerror=alert(1)> hole"`, 1)
	buildInto(t, r.input(t), dir)
	page, err := filepath.EvalSymlinks(filepath.Join(dir, "search.html"))
	if err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string][]string{
		"?q=1.0.0":         {"Lantern 1.0.0", "2 advisories affect it. Install 1.2.0."},
		"?q=cve-2026-2026": {"New hole", "1 found."},
		"?q=old":           {"Old &lt;img src=x onerror=alert(1)&gt; hole"},
		"?q=ada+reporter":  {"2 found."},
		"?q=nosuchword":    {"Nothing is found for this."},
	} {
		got := dump(t, page, query)
		for _, text := range want {
			if !strings.Contains(got, text) {
				t.Errorf("%s: %q is not on the page:\n%s", query, text, got[strings.Index(got, "<main"):])
			}
		}
	}
}
