package site

import (
	"encoding/json"
	"strings"
	"testing"
)

// What scripts read has one type in each place: a list, though nothing stands in
// it, is a list or is left out, and never null. That holds for an advisory without
// aliases, products or people as for one with them, and after a build in which
// its row came from a file.
func TestIndexTypes(t *testing.T) {
	r := sample()
	r["advisories/LAN-2026-0002.md"] = "---\nid: LAN-2026-0002\ntitle: Bare\nresolution: wont_fix\ntimeline: {published: 2026-05-11}\n---\nText.\n"
	in := r.looseInput(t)
	dir := t.TempDir() + "/public"
	buildInto(t, in, dir)
	r["advisories/LAN-2026-0001.md"] = strings.Replace(r["advisories/LAN-2026-0001.md"], "New hole", "Newer hole", 1)
	buildInto(t, r.looseInput(t), dir)
	files, seen := readTree(t, dir), 0
	for path, data := range files {
		if path != "index.json" && !strings.HasPrefix(path, "index/") {
			continue
		}
		text, wrapped := strings.CutPrefix(string(data), "countersignIndex(")
		if wrapped {
			text = "[" + strings.TrimSuffix(text, ");\n") + "]"
		}
		var value any
		if err := json.Unmarshal([]byte(text), &value); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		withoutNull(t, path, value)
		seen++
	}
	if seen < 6 {
		t.Errorf("%d files were looked at, expected those of two years and of all", seen)
	}
	mustHold(t, files, "index/2026.json", `"id": "LAN-2026-0002"`)
}

func withoutNull(t *testing.T, path string, value any) {
	t.Helper()
	switch v := value.(type) {
	case nil:
		t.Errorf("%s holds null", path)
	case []any:
		for _, item := range v {
			withoutNull(t, path, item)
		}
	case map[string]any:
		for name, item := range v {
			withoutNull(t, path+": "+name, item)
		}
	}
}
