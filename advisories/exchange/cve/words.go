package cve

// tags pairs OSV's reference types with CVE's tags; the first row of a type is
// written, any row is read.
var tags = []struct{ kind, tag string }{
	{"advisory", "vendor-advisory"},
	{"advisory", "third-party-advisory"},
	{"advisory", "government-resource"},
	{"article", "technical-description"},
	{"article", "media-coverage"},
	{"detection", "x_detection"},
	{"discussion", "mailing-list"},
	{"evidence", "exploit"},
	{"fix", "patch"},
	{"git", "x_git"},
	{"introduced", "x_introduced"},
	{"package", "product"},
	{"report", "issue-tracking"},
}

func tagOf(kind string) string {
	for _, row := range tags {
		if row.kind == kind {
			return row.tag
		}
	}
	return ""
}

func kindOf(tag string) string {
	for _, row := range tags {
		if row.tag == tag {
			return row.kind
		}
	}
	return ""
}

// collections are the addresses under which CVE records name OSV's ecosystems.
var collections = []struct{ ecosystem, url string }{
	{"crates.io", "https://crates.io"},
	{"CRAN", "https://cran.r-project.org"},
	{"Go", "https://pkg.go.dev"},
	{"Hackage", "https://hackage.haskell.org"},
	{"Hex", "https://hex.pm"},
	{"Julia", "https://juliahub.com"},
	{"Maven", "https://repo.maven.apache.org/maven2"},
	{"npm", "https://registry.npmjs.org"},
	{"npm", "https://www.npmjs.com"},
	{"npm", "https://npmjs.com"},
	{"NuGet", "https://www.nuget.org"},
	{"opam", "https://opam.ocaml.org"},
	{"Packagist", "https://packagist.org"},
	{"Pub", "https://pub.dev"},
	{"PyPI", "https://pypi.org"},
	{"PyPI", "https://pypi.python.org"},
	{"RubyGems", "https://rubygems.org"},
}

func collection(ecosystem string) string {
	for _, row := range collections {
		if row.ecosystem == ecosystem {
			return row.url
		}
	}
	return ""
}
