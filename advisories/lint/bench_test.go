package lint

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
)

// BenchmarkCheck reads and judges a thousand advisories of a realistic size.
func BenchmarkCheck(b *testing.B) {
	files := side(Example{}, "good")
	good := string(files["advisories/DEMO-2026-0001.md"].Data)
	for i := range 1000 {
		text := strings.NewReplacer("DEMO-2026-0001", fmt.Sprintf("DEMO-2026-%04d", 1000+i), "CVE-2026-10001", fmt.Sprintf("CVE-2026-%d", 20000+i),
			", GHSA-2222-3333-4444", "", "Whoever can time", strings.Repeat("Whoever can time many requests can take over an account. ", 40)+"Whoever can time").Replace(good)
		files[fmt.Sprintf("advisories/DEMO-2026-%04d.md", 1000+i)] = &fstest.MapFile{Data: []byte(text)}
	}
	for b.Loop() {
		set := load(b, files)
		if found := judge(b, set, set); len(found) > 0 {
			b.Fatal(print(found[:1]))
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/advisory")
}
