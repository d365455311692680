package advisories

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/Masterminds/semver/v3"
)

var (
	generic    = &Product{}
	semverOnly = &Product{Versions: Value[string]{V: "semver"}}
)

// Each line is one order that a project has published its versions in.
var orders = []struct {
	product *Product
	chain   string // < between versions, = between two names of one
}{
	{generic, "0 < 0.0.1 < 0.9 < 0.9.8zh < 1.0.0 < 1.0.1 < 1.0.1a < 1.0.1u < 1.0.2 < 1.0.2a < 1.0.2z < 1.0.2za < 1.0.2zh < 1.1.0 < 1.1.1zh"},
	{generic, "1.8.0-beta1 < 1.8.0-beta2 < 1.8.0-rc1 < 1.8.0 = 1.8 = v1.8.0 < 1.8.1 < 1.8.21 < 1.8.21pl1 < 1.8.21pl2 < 1.8.22 < 1.8.100 < 1.10"},
	{generic, "2023.12.31 < 2024.9.30 < 2024.12.08 = 2024.12.8 < 2024.12.09 < 2025.1.1"},
	{generic, "7.65.0 < 7.65.1 < 7.65.1_1 < 7.65.1_2 < 7.65.1_10 < 7.65.2"},
	{generic, "1.0-dev < 1.0-alpha < 1.0a1 < 1.0-beta = 1.0-BETA < 1.0b2 < 1.0-RC1 = 1.0rc1 = 1.0.0-rc.1 < 1.0 < 1.0a < 1.0.1"},
	{generic, "9.3 = 0:9.3 < 10.0-1 < 1:0.9 = 1!0.9 < 1:1.2.0-1 < 2:0.1"},
	{generic, "9.3 < 9.3p1 < 9.3p2 < 9.4 < 10.0"},
	{generic, "1.0~rc1 < 1.0 = 1.0.final = 1.0.GA < 1.0-1 < 1.0-2"},
	{generic, "1.99999999999999999999998 < 1.99999999999999999999999 < 2"},
	{semverOnly, "0 < 0.0.1 < 1.0.0-1 < 1.0.0-2 < 1.0.0-alpha < 1.0.0-alpha.1 < 1.0.0-alpha.beta < 1.0.0-beta < 1.0.0-beta.2 < 1.0.0-beta.11 < 1.0.0-rc.1 < 1.0.0 = 1.0.0+build = 1.0 = v1.0.0 < 1.0.0pl1 < 1.0.1-zzz < 1.0.1 < 1.0.1.1 < 1.0.2 < 1.0.10"},
	{semverOnly, "1.8.37-rc1 < 1.8.37 < 1.8.38"},
	{semverOnly, "1.0.0-99999999999999999998 < 1.0.0-99999999999999999999 < 1.0.0-a"},
}

func TestCompareVersions(t *testing.T) {
	for _, o := range orders {
		type placed struct {
			version string
			rank    int
		}
		var list []placed
		for rank, step := range strings.Split(o.chain, " < ") {
			for _, v := range strings.Split(step, " = ") {
				list = append(list, placed{v, rank})
			}
		}
		for _, a := range list {
			for _, b := range list {
				want, got := sign(a.rank-b.rank), sign(o.product.Compare(a.version, b.version))
				if got != want {
					t.Errorf("%s: Compare(%q, %q) = %d, want %d", o.product.Versions.V, a.version, b.version, got, want)
				}
			}
		}
	}
	if (*Product)(nil).Compare("1.0.2a", "1.0.2") <= 0 {
		t.Error("a product that nobody configured does not order its versions")
	}
}

func sign(n int) int { return max(-1, min(1, n)) }

// checkOrder holds three versions to the laws of an order.
func checkOrder(t *testing.T, p *Product, a, b, c string) {
	t.Helper()
	if p.Compare(a, a) != 0 {
		t.Fatalf("%q is not itself", a)
	}
	ab, bc, ac := sign(p.Compare(a, b)), sign(p.Compare(b, c)), sign(p.Compare(a, c))
	if ab != -sign(p.Compare(b, a)) {
		t.Fatalf("%q and %q: each before the other", a, b)
	}
	if ab <= 0 && bc <= 0 && ac != sign(ab+bc) {
		t.Fatalf("%q (%d) %q (%d) %q, but %d", a, ab, b, bc, c, ac)
	}
	if p.Compare("0", a) > 0 {
		t.Fatalf(`%q is before "0"`, a)
	}
}

func randomVersion(r *rand.Rand) string {
	parts := []string{"0", "1", "2", "10", "007", "99999999999999999999", ".", ".", ".", "-", "_", "+", "~", "a", "b", "rc", "alpha", "beta", "dev", "pl", "p", "z", "za", "final", "v", "RC", "é", " "}
	var b strings.Builder
	for range 1 + r.IntN(7) {
		b.WriteString(parts[r.IntN(len(parts))])
	}
	return b.String()
}

// TestVersionsAreATotalOrder checks the laws on a hundred thousand triples.
func TestVersionsAreATotalOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 100_000 {
		a, b, c := randomVersion(r), randomVersion(r), randomVersion(r)
		checkOrder(t, generic, a, b, c)
		checkOrder(t, semverOnly, a, b, c)
	}
}

// FuzzCompareVersions checks the laws, and SemVer's own order where all three
// are SemVer.
func FuzzCompareVersions(f *testing.F) {
	for _, o := range orders {
		list := strings.Fields(o.chain)
		f.Add(list[0], list[len(list)/2], list[len(list)-1])
	}
	f.Fuzz(func(t *testing.T, a, b, c string) {
		checkOrder(t, generic, a, b, c)
		checkOrder(t, semverOnly, a, b, c)
		va, errA := semver.StrictNewVersion(a)
		vb, errB := semver.StrictNewVersion(b)
		if errA == nil && errB == nil && isSmall(a) && isSmall(b) {
			ca, ra := cutCore(a)
			cb, rb := cutCore(b)
			own := slices.CompareFunc(ca[:], cb[:], compareNumbers)
			if own == 0 && (ra == "") != (rb == "") {
				own = sign(len(rb) - len(ra))
			} else if own == 0 {
				own = compareIdentifiers(strings.TrimPrefix(ra, "-"), strings.TrimPrefix(rb, "-"))
			}
			if sign(own) != va.Compare(vb) {
				t.Fatalf("%q, %q: SemVer says %d, ours %d", a, b, va.Compare(vb), own)
			}
		}
	})
}

func TestPrerelease(t *testing.T) {
	for _, c := range []struct {
		product *Product
		pre     string
		final   string
	}{
		{semverOnly, "1.0.0-rc.1 v2.0.0-0 1.8.0rc1 1.0.0-alpha+build 3.0-beta", "1.0.0 1.0.0+build-1 1.0 1.8.21pl1 v1.8.37 2024.1.1 0"},
		{generic, "1.0-rc1 1.0b2 1.0~1 2.0-dev 4.0-SNAPSHOT", "1.0 1.0.2b 1.0.GA 7.65.1_2 9.3p1 1.0-1 0"},
		{nil, "1.0-rc1", "1.0"},
	} {
		for _, v := range strings.Fields(c.pre) {
			if !c.product.Prerelease(v) {
				t.Errorf("%s is no pre-release", v)
			}
		}
		for _, v := range strings.Fields(c.final) {
			if c.product.Prerelease(v) {
				t.Errorf("%s is a pre-release", v)
			}
		}
	}
}
