package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// TestEmbargoedPatchThroughTheProgram: a fix that is in no commit yet is signed like a package, and judged by the
// whole program.
func TestEmbargoedPatchThroughTheProgram(t *testing.T) {
	p := newSignedProject(t)
	p.write("security/countersign.yaml", strings.Replace(string(p.read("security/countersign.yaml")), "package_signatures: 1", "package_signatures: 0", 1))
	base := strings.TrimSpace(string(p.output(nil, "rev-parse", p.fix+"^")))
	patch := p.output(nil, "diff", base, p.fix)
	p.write("security/advisories/APP-2026-0001.md", "---\nid: APP-2026-0001\ntitle: A flaw\nrisk: low\ntarget: \"1.1\"\naffected: [{ranges: [{introduced: \"0\", fixed: \"1.1\"}]}]\n"+
		"fixes: [{version: \"1.1\", patch: patches/a.diff}]\ntimeline: {reported: 2026-01-01}\n---\n## Impact\n\nBad.\n")
	p.write("security/releases/1.1.md", "---\nversion: \"1.1\"\nsource: {repo: app, commit: "+base+"}\npatches: [patches/a.diff]\npackages: [{name: app.zip}]\n---\nNotes.\n")
	mine, sign := p.openPGPKey(false)
	_, strange := p.openPGPKey(false)
	shell := p.sshKey()
	retired, signRetired := p.openPGPKey(false, packet.KeyRetired)
	stolen, signStolen := p.openPGPKey(false, packet.KeyCompromised)
	signature := filepath.Join("security", "patches", "a.diff.asc")
	record := func(roles, more string) string {
		return "---\nowner: dvz\nroles: [" + roles + "]\nadded: " + p.now.AddDate(0, 0, -7).Format(time.DateOnly) + "\n" + more
	}
	gone := func(reason string) string {
		return "removed: {date: " + p.now.AddDate(0, 0, -1).Format(time.DateOnly) + ", reason: " + reason + "}\n"
	}
	for _, c := range []struct {
		name      string
		key       string
		signature string
		patch     []byte
		code      int
		want      string
	}{
		{"signed", record("commit", "---\n"+mine), sign(patch), patch, 0, "gate open"},
		{"signed by SSH", record("commit", "ssh: "+authorized(shell)+"\n---\n"), p.sshSign(shell, "file")(patch), patch, 0, "gate open"},
		{"no signature", record("commit", "---\n"+mine), "", patch, 1, "signature-unsigned"},
		{"by a key that may sign packages only", record("release", "---\n"+mine), sign(patch), patch, 1, "signature-wrong-role"},
		{"by a stranger", record("commit", "---\n"+mine), strange(patch), patch, 1, "signature-unknown-signer"},
		{"tampered with, and still the same change", record("commit", "---\n"+mine), sign(patch), append(bytes.Clone(patch), '\n'), 1, "signature-bad"},
		{"by a key that was retired", record("commit", gone("retired")+"---\n"+mine), sign(patch), patch, 1, "signature-removed"},
		{"by a key that is compromised", record("commit", gone("compromised")+"---\n"+mine), sign(patch), patch, 1, "signature-compromised"},
		{"by a key that revoked itself", record("commit", "---\n"+retired), signRetired(patch), patch, 1, "signature-revoked"},
		{"by a key that revoked itself as compromised", record("commit", "---\n"+stolen), signStolen(patch), patch, 1, "signature-compromised"},
		{"rubbish", record("commit", "---\n"+mine), "-----BEGIN PGP SIGNATURE-----\n\nx\n", patch, 1, "signature-bad"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p.t = t
			p.write("security/keys/dvz.md", c.key)
			p.write("security/patches/a.diff", string(c.patch))
			p.check(os.RemoveAll(filepath.Join(p.dir, signature)))
			if c.signature != "" {
				p.write(filepath.ToSlash(signature), c.signature)
			}
			p.verify(c.code, c.want)
		})
	}
}
