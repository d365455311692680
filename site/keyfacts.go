package site

import (
	"bytes"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/exchange/csaf"
	"github.com/countersign/countersign/verify/keyring"
)

func algorithmText(name string, bits int, curve string) string {
	switch {
	case name == "":
		return ""
	case curve != "":
		return name + " " + curve
	case bits > 0:
		return name + " " + strconv.Itoa(bits)
	}
	return name
}

func dayOf(t time.Time) string { return t.UTC().Format("2 January 2006") }

// keyFacts lists what is known of a key, in the order in which people ask.
func (b *builder) keyFacts(t *teamKey) []factView {
	var out []factView
	add := func(name, value string) {
		if value != "" {
			out = append(out, factView{name, value})
		}
	}
	add("Owner", t.name())
	add("Algorithm", t.algorithm())
	add("Key id", t.about.KeyID)
	if !t.about.Created.IsZero() {
		add("Created", dayOf(t.about.Created))
	}
	if at := momentOf(t.record.Added); at.Set {
		add("Added by the team", at.day())
	}
	if at := momentOf(t.record.UsableFrom); at.Set {
		add("Usable from", at.day())
	}
	switch {
	case !t.about.Expires.IsZero():
		add("Expires", dayOf(t.about.Expires))
	case t.about.Kind == keyring.OpenPGP:
		add("Expires", "never")
	}
	if t.removed() {
		text := momentOf(t.record.Removed.Date).day()
		if why := t.record.Removed.Reason.V; why != "" {
			text = strings.TrimSpace(text + " (" + why + ")")
		}
		add("Removed", text)
	}
	if rev := t.about.Revoked; rev != nil {
		text := dayOf(rev.Time) + ": " + rev.Reason
		if rev.By != "" {
			text += ", by " + rev.By
		}
		add("Revoked", clean(text))
	}
	if id := t.about.Identity; id != nil {
		add("Sigstore issuer", clean(id.Issuer))
		add("Sigstore subject", clean(id.Subject+id.Pattern))
	}
	add("Principals", clean(strings.Join(t.about.Principals, ", ")))
	return out
}

// fillMaterial fills in what the key itself says: names, subkeys, revokers.
func (b *builder) fillMaterial(p *keyPage, t *teamKey) {
	for _, u := range t.about.UserIDs {
		v := userIDView{Text: clean(u.Text), Revoked: u.Revoked != nil}
		for _, c := range u.Certifications {
			if c.Revoked || !c.Expires.IsZero() && c.Expires.Before(b.in.Now) {
				continue
			}
			v.Certifications = append(v.Certifications, certificationView{
				Href: p.rooted(b.ownerPage[c.Owner]), Owner: b.ownerName(c.Owner), Text: dayOf(c.Time),
			})
		}
		p.UserIDs = append(p.UserIDs, v)
	}
	for _, s := range t.about.Subkeys {
		text := algorithmText(s.Algorithm, s.Bits, s.Curve) + ", may " + joinWords(s.Capabilities)
		switch {
		case s.Revoked != nil:
			text += ", revoked"
		case !s.Expires.IsZero():
			text += ", expires on " + dayOf(s.Expires)
		}
		p.Subkeys = append(p.Subkeys, subkeyView{keyring.Group(s.Fingerprint), text})
	}
	seen := map[string]bool{}
	for _, print := range append(slices.Clone(t.about.Revokers), advisories.Texts(t.record.RevocableBy)...) {
		grouped := keyring.Group(print)
		if seen[grouped] {
			continue
		}
		seen[grouped] = true
		v := revokerView{Fingerprint: grouped}
		if b.in.Ring != nil {
			if v.Owner = b.in.Ring.Owner(print); v.Owner != "" {
				v.Href = p.rooted(b.ownerPage[v.Owner])
				v.Owner = b.ownerName(v.Owner)
			}
		}
		p.Revokers = append(p.Revokers, v)
	}
}

// rooted makes a path of the site a link from this page.
func (s *shell) rooted(path string) string {
	if path == "" {
		return ""
	}
	return s.Root + path
}

// keyFiles writes the keys for programs: one file each, all in one, the Web Key
// Directory and the allowed_signers of ssh-keygen.
func (b *builder) keyFiles(list []*teamKey) error {
	var all []*keyring.Key
	for _, t := range list {
		if t.key == nil || t.about.Kind != keyring.OpenPGP {
			continue
		}
		text, err := keyring.Armor([]*keyring.Key{t.key})
		if err != nil {
			return err
		}
		if err := b.put(t.href+".asc", []byte(text)); err != nil {
			return err
		}
		if !t.compromised() {
			all = append(all, t.key)
		}
	}
	if len(all) > 0 {
		text, err := keyring.Armor(all)
		if err != nil {
			return err
		}
		if err := b.put("keys.asc", []byte(text)); err != nil {
			return err
		}
	}
	if signers := allowedSigners(list); len(signers) > 0 {
		if err := b.put("keys/allowed_signers", signers); err != nil {
			return err
		}
	}
	return b.webKeyDirectory(list)
}

// allowedSigners is the file by which git and ssh-keygen know who may sign
// (ssh-keygen(1), ALLOWED SIGNERS): one line a key, with the record's window.
func allowedSigners(list []*teamKey) []byte {
	var out bytes.Buffer
	for _, t := range list {
		if t.about.Kind != keyring.SSH || t.record.SSH.V == "" || t.compromised() {
			continue
		}
		words := strings.Fields(t.record.SSH.V)
		if len(words) < 2 {
			continue
		}
		out.WriteString(slug(t.record.Owner.V) + ` namespaces="git,file"`)
		if t.key != nil && !t.key.UsableFrom().IsZero() {
			out.WriteString(` valid-after="` + t.key.UsableFrom().UTC().Format("20060102150405Z") + `"`)
		}
		if at := t.record.Removed.Date; at.Given() {
			out.WriteString(` valid-before="` + at.V.UTC().Format("20060102150405Z") + `"`)
		}
		fmt.Fprintf(&out, " %s %s\n", words[0], words[1])
	}
	return out.Bytes()
}

// domains lists those whose addresses this site speaks for: its own host, the
// domains above it, and the project's.
func (b *builder) domains() []string {
	var out []string
	for _, address := range []string{b.base, b.frame.ProjectURL} {
		u, err := url.Parse(address)
		if err != nil || u.Hostname() == "" {
			continue
		}
		labels := strings.Split(strings.ToLower(u.Hostname()), ".")
		for i := range max(1, len(labels)-1) { // but for the last label alone
			if d := strings.Join(labels[i:], "."); !slices.Contains(out, d) {
				out = append(out, d)
			}
		}
	}
	return out
}

// siteEmails lists the addresses of a key in use that this site speaks for.
func (b *builder) siteEmails(t *teamKey) []string {
	if t.key == nil || t.removed() || t.about.Kind != keyring.OpenPGP {
		return nil
	}
	return slices.DeleteFunc(t.key.Emails(), func(email string) bool {
		_, domain, _ := strings.Cut(email, "@")
		return !slices.Contains(b.domains(), domain)
	})
}

// webKeyDirectory writes the keys by address
// (draft-koch-openpgp-webkey-service): the advanced layout with a folder for
// each domain, and the direct one for the first domain that has keys.
func (b *builder) webKeyDirectory(list []*teamKey) error {
	const root = ".well-known/openpgpkey/"
	files := map[string][]byte{}
	var domains []string
	for _, t := range list {
		for _, email := range b.siteEmails(t) {
			data, err := t.key.Binary(email)
			if err != nil {
				return err
			}
			local, domain, _ := strings.Cut(email, "@")
			file := domain + "/hu/" + keyring.WKDHash(local)
			files[file] = append(files[file], data...)
			if !slices.Contains(domains, domain) {
				domains = append(domains, domain)
			}
		}
	}
	if len(files) == 0 {
		return nil
	}
	direct := ""
	for _, d := range b.domains() {
		if direct == "" && slices.Contains(domains, d) {
			direct = d + "/"
		}
	}
	put := map[string][]byte{root + "policy": nil}
	for _, d := range domains {
		put[root+d+"/policy"] = nil
	}
	for file, data := range files {
		put[root+file] = data
		if rest, ok := strings.CutPrefix(file, direct); ok {
			put[root+rest] = data
		}
	}
	return b.putAll(put)
}

// csafKeys are the keys that sign the CSAF documents: those that sign packages.
func (b *builder) csafKeys() []csaf.KeyFile {
	var out []csaf.KeyFile
	for _, t := range b.teamKeys() {
		if t.key != nil && !t.removed() && t.about.Kind == keyring.OpenPGP && t.key.Has(keyring.Release) {
			out = append(out, csaf.KeyFile{Fingerprint: t.about.Fingerprint, URL: b.base + t.href + ".asc"})
		}
	}
	return out
}
