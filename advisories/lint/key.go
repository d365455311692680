package lint

import (
	"regexp"
	"strings"

	"github.com/countersign/countersign/advisories/finding"
)

func checkKeyOwner(p *Pass) {
	if !hasWords(p.Key.Owner.V) {
		p.Missing(p.top(), "expected the owner, found none")
	}
}

func checkKeyRoles(p *Pass) {
	if len(p.Key.Roles) == 0 {
		p.Missing(p.name(), "expected roles, found none").Hint = "roles: [commit, release, contact] say what the key may be used for"
	}
}

func checkKeyAdded(p *Pass) {
	if !p.Key.Added.Given() {
		p.Missing(p.name(), "expected the day on which the key was added, found none")
	}
}

const keyBlock = "-----BEGIN PGP PUBLIC KEY BLOCK-----"

func checkKeyMaterial(p *Pass) {
	k := p.Key
	n := 0
	for _, given := range []bool{strings.Contains(string(k.Text()), keyBlock), k.AllowedSigners() != "", k.SSH.Given(), k.PEM.Given(), k.Sigstore != nil} {
		if given {
			n++
		}
	}
	switch {
	case n == 0:
		p.Missing(p.name(), "expected a key, found none").Hint = "put the armored OpenPGP block or allowed_signers lines into the body, or add `ssh`, `pem` or `sigstore`"
	case n > 1:
		p.Report(p.name(), "expected one key a file, found %d", n)
	}
}

var fingerprint = regexp.MustCompile(`^([0-9A-F]{40}|[0-9A-F]{64})$`)

func checkFingerprint(p *Pass) {
	k := p.Key
	isPGP := strings.Contains(string(k.Text()), keyBlock)
	digits := strings.ToUpper(strings.NewReplacer(" ", "", ":", "").Replace(k.Fingerprint.V))
	switch {
	case !k.Fingerprint.Given() && isPGP:
		p.Missing(p.name(), "expected the key's fingerprint, found none").Hint = "read it to somebody who can compare it: `countersign keys list` prints it"
	case !k.Fingerprint.Given(), fingerprint.MatchString(digits), !isPGP && strings.HasPrefix(k.Fingerprint.V, "SHA256:"):
	case hexDigits.MatchString(digits) && len(digits) < 40:
		p.Report(k.Fingerprint.At, "expected a whole fingerprint, found %d digits, which another key can be made to share", len(digits))
	default:
		p.Report(k.Fingerprint.At, "expected a fingerprint of 40 or 64 hex digits, or SHA256:… of an SSH key, found %q", cut(k.Fingerprint.V))
	}
}

func checkKeyWindow(p *Pass) {
	k := p.Key
	if k.UsableFrom.Given() && k.Added.Given() && day(k.UsableFrom.V).Before(day(k.Added.V)) {
		p.Report(k.UsableFrom.At, "usable from %s, before it was added on %s", k.UsableFrom.V, k.Added.V).Related =
			[]finding.Related{{At: k.Added.At, Message: "added"}}
	}
	if r := &k.Removed; r.Date.Given() && k.Added.Given() && day(r.Date.V).Before(day(k.Added.V)) {
		p.Report(r.Date.At, "removed on %s, before it was added on %s", r.Date.V, k.Added.V).Related =
			[]finding.Related{{At: k.Added.At, Message: "added"}}
	}
}

func checkKeyRemoved(p *Pass) {
	switch r := &p.Key.Removed; {
	case r.At.IsZero():
	case !r.Date.Given():
		p.Missing(r.At, "expected the day on which the key was removed, found none")
	case !r.Reason.Given():
		p.Missing(r.At, "expected retired, superseded or compromised, found no reason").Hint =
			"the reason decides: signatures of a compromised key count for nothing"
	}
}

func checkAnnouncement(p *Pass) {
	for _, v := range p.Key.Announcements {
		if !isHTTPS(v.V) {
			p.Report(v.At, "expected an address that begins with https://, found %q", cut(v.V))
		}
	}
}

func checkPageTitle(p *Pass) {
	if !hasWords(p.Page.Title.V) {
		p.Missing(p.top(), "expected a title, found none")
	}
}
