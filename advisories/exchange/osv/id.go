package osv

import (
	"slices"
	"strings"
)

// prefixes are those that OSV's schema registers for databases (version 1.7.4,
// 2026-07); an id begins with one of them and a hyphen.
var prefixes = strings.Fields(`
	ALBA ALEA ALPINE ALSA ASB-A AZL BELL BIT CGA CLEANSTART CLSA CURL CVE DEBIAN DHI DLA DRUPAL DSA DTSA ECHO
	EEF ELA FreeBSD GHSA GO GSD HSEC JLSEC KUBE LBSEC LSN MAL MGASA MINI OESA OSEC OSV PHSA PSF PUB-A PYSEC
	RHBA RHEA RHSA RLSA ROOT RSEC RUSTSEC RXSA SUSE-FU SUSE-OU SUSE-RU SUSE-SU UBUNTU USN V8 openSUSE-SU`)

// ID returns the id under which OSV knows an advisory: its own where its prefix
// is registered, else with `x_` in front, which the schema keeps for everybody.
func ID(id string) string {
	registered := func(prefix string) bool {
		rest, ok := strings.CutPrefix(id, prefix)
		return ok && strings.HasPrefix(rest, "-")
	}
	if strings.HasPrefix(id, "x_") || slices.ContainsFunc(prefixes, registered) {
		return id
	}
	return "x_" + id
}

// ecosystems are those that OSV's schema knows; a name may be followed by a
// colon and a release.
var ecosystems = strings.Split("AlmaLinux|Alpaquita|Alpine|Android|Azure Linux|BellSoft Hardened Containers|"+
	"Bioconductor|Bitnami|Chainguard|CleanStart|ConanCenter|CRAN|crates.io|Debian|Docker Hardened Images|Echo|"+
	"FreeBSD|GHC|GitHub Actions|Go|Hackage|Hex|Julia|Kubernetes|Linux|Mageia|Maven|MinimOS|npm|NuGet|opam|"+
	"openEuler|openSUSE|OSS-Fuzz|Packagist|Photon OS|Pub|PyPI|Red Hat|Rocky Linux|Root|RubyGems|SUSE|SwiftURL|"+
	"TuxCare|Ubuntu|VSCode|Wolfi", "|")

// isEcosystem reports whether OSV knows an ecosystem, with or without a release
// after a colon.
func isEcosystem(name string) bool {
	base, _, _ := strings.Cut(name, ":")
	return slices.Contains(ecosystems, base)
}

// semverEcosystems are those whose versions OSV compares as semantic versions.
var semverEcosystems = []string{"crates.io", "Go", "Hex", "npm", "SwiftURL", "Julia"}
