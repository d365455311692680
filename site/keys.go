package site

import (
	"html/template"
	"path"
	"slices"
	"strings"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/markdown"
	"github.com/countersign/countersign/verify/keyring"
)

type keysPage struct {
	shell
	Groups             []keyGroup
	HasOpenPGP, HasSSH bool
	Verify             []commandView
}

type keyGroup struct {
	Slug, Title, Text string
	Keys              []keyView
}

type keyView struct {
	Href, Owner, Algorithm, Fingerprint, Window string
	Roles                                       []string
	Removed                                     bool
}

type commandView struct{ Title, Command string }

type keyPage struct {
	shell
	Roles                      []string
	Removed, Weak, Fingerprint string
	Downloads                  []download
	Facts                      []factView
	UserIDs                    []userIDView
	Subkeys                    []subkeyView
	Revokers                   []revokerView
	Announcements              []link
	VerifyTitle                string
	Verify                     []commandView
	Block                      string
	Body                       template.HTML
}

// download is a link of a scheme that templates do not let pass by themselves.
type download struct {
	Href template.URL
	Text string
}

type userIDView struct {
	Text           string
	Revoked        bool
	Certifications []certificationView
}

type certificationView struct{ Href, Owner, Text string }

type subkeyView struct{ Fingerprint, Text string }

type revokerView struct{ Href, Owner, Fingerprint string }

// teamKey is a key's record with what the ring knows of its material.
type teamKey struct {
	record *advisories.Key
	key    *keyring.Key // nil where there is no ring, or the ring could not take it
	about  keyring.Description
	href   string // of its page, without the .html
}

// teamKeys joins records and ring, in the order of the records.
func (b *builder) teamKeys() []*teamKey {
	if b.keys != nil {
		return b.keys
	}
	byName := map[string]*keyring.Key{}
	if b.in.Ring != nil {
		for _, k := range b.in.Ring.Keys() {
			byName[keyName(k.Record.Name)] = k
		}
	}
	for _, rec := range b.in.Set.Keys {
		name := keyName(rec.Path)
		t := &teamKey{record: rec, href: "keys/" + slug(strings.ReplaceAll(name, "/", "-"))}
		if t.key = byName[name]; t.key != nil {
			t.about = b.in.Ring.Describe(t.key, b.in.Now)
		} else {
			t.about = keyring.Description{Owner: rec.Owner.V, Fingerprint: rec.Fingerprint.V, Grouped: keyring.Group(rec.Fingerprint.V)}
		}
		b.keys = append(b.keys, t)
	}
	return b.keys
}

// keyName is a key's document by its path in the folder of keys, without the
// ending.
func keyName(name string) string {
	name = strings.TrimPrefix(name, advisories.KeysDir+"/")
	return strings.TrimSuffix(name, path.Ext(name))
}

// keyOwners maps each owner to a page: that of the newest key in use.
func (b *builder) keyOwners() map[string]string {
	out, rank := map[string]string{}, map[string]int64{}
	for _, t := range b.teamKeys() {
		n := t.record.Added.V.Unix()
		if !t.removed() {
			n += 1 << 40
		}
		owner := t.record.Owner.V
		if out[owner] == "" || n > rank[owner] {
			out[owner], rank[owner] = t.href+".html", n
		}
	}
	return out
}

// ownerName is what the public calls the owner of a key.
func (b *builder) ownerName(owner string) string {
	for _, t := range b.teamKeys() {
		if t.record.Owner.V == owner {
			return t.name()
		}
	}
	return clean(owner)
}

func (t *teamKey) removed() bool {
	return t.record.Removed.Given()
}

// compromised reports whether nothing the key ever signed counts.
func (t *teamKey) compromised() bool { return t.record.Removed.Reason.V == keyring.Compromised }

// name is what the public calls the owner.
func (t *teamKey) name() string {
	if t.record.Name.V != "" {
		return clean(t.record.Name.V)
	}
	return clean(t.record.Owner.V)
}

var roleNames = map[string]string{
	"commit": "signs fixes", "release": "signs packages", "contact": "receives reports",
	"verifier": "signs results", "platform": "platform key",
}

func (t *teamKey) roles() []string {
	var out []string
	for _, r := range t.record.Roles {
		if text := roleNames[r.V]; text != "" {
			out = append(out, text)
		}
	}
	return out
}

// window says from when to when the team lets the key sign.
func (t *teamKey) window() string {
	from := momentOf(t.record.UsableFrom)
	if !from.Set {
		from = momentOf(t.record.Added)
	}
	var parts []string
	if added := momentOf(t.record.Added); added.Set {
		parts = append(parts, "Added on "+added.day())
	}
	if from.Set && from != momentOf(t.record.Added) {
		parts = append(parts, "usable from "+from.day())
	}
	if t.removed() {
		text := "removed"
		if at := momentOf(t.record.Removed.Date); at.Set {
			text += " on " + at.day()
		}
		if why := t.record.Removed.Reason.V; why != "" {
			text += " (" + why + ")"
		}
		parts = append(parts, text)
	} else if !t.about.Expires.IsZero() {
		parts = append(parts, "expires on "+dayOf(t.about.Expires))
	}
	return title(strings.Join(parts, ", "))
}

func (t *teamKey) algorithm() string {
	return algorithmText(t.about.Algorithm, t.about.Bits, t.about.Curve)
}

// keyPages writes the overview of keys, a page for each, and the files.
func (b *builder) keyPages() error {
	list := b.teamKeys()
	key := b.keysKey()
	err := b.derive("keys/index.html", key, func() error { return b.page("keys/index.html", "keys.html", b.keysView(list)) })
	if err != nil {
		return err
	}
	for _, t := range list {
		file := t.href + ".html"
		err := b.derive(file, key, func() error { return b.page(file, "key.html", b.keyView(t)) })
		if err != nil {
			return err
		}
	}
	return b.keyFiles(list)
}

// keysKey is the key of everything about keys: whether one has expired depends
// on the day, and all of them stand in the global digest.
func (b *builder) keysKey() digest { return hashOf([]byte(b.in.Now.UTC().Format("2006-01-02"))) }

func (b *builder) keysView(list []*teamKey) *keysPage {
	p := &keysPage{shell: b.shell("keys/index.html", "keys", "Keys")}
	p.Description = "The keys of " + p.ProjectName + ": fingerprints, roles, and how to verify a download"
	groups := []keyGroup{
		{Slug: "active", Title: "Active"},
		{Slug: "removed", Title: "Removed", Text: "These keys sign nothing new. They stay here because older releases carry their signatures."},
	}
	for _, t := range list {
		v := keyView{
			Href: strings.TrimPrefix(t.href, "keys/") + ".html", Owner: t.name(), Algorithm: t.algorithm(),
			Fingerprint: t.about.Grouped, Window: t.window(), Roles: t.roles(), Removed: t.removed(),
		}
		if v.Fingerprint == "" && t.about.Identity != nil {
			v.Fingerprint = t.about.Identity.Subject + t.about.Identity.Pattern
		}
		i := 0
		if v.Removed {
			i = 1
		}
		groups[i].Keys = append(groups[i].Keys, v)
		p.HasOpenPGP = p.HasOpenPGP || t.about.Kind == keyring.OpenPGP
		p.HasSSH = p.HasSSH || isSSH(t)
	}
	p.Groups = slices.DeleteFunc(groups, func(g keyGroup) bool { return len(g.Keys) == 0 })
	p.Verify = b.verifyCommands()
	return p
}

func isSSH(t *teamKey) bool {
	return t.about.Kind == keyring.SSH || t.about.Kind == keyring.SSHCA || t.about.Kind == keyring.SSHCert
}

// verifyCommands tells how to check a package, with names of a real one where
// there is one.
func (b *builder) verifyCommands() []commandView {
	pkg, version := "package.zip", "VERSION"
	sig := pkg + ".asc"
	for _, rel := range slices.Backward(b.releases) {
		if len(rel.Record.Packages) > 0 && len(rel.Record.Packages[0].Signatures) > 0 {
			pkg, version = rel.Record.Packages[0].Name.V, rel.Version
			sig = path.Base(rel.Record.Packages[0].Signatures[0].V)
			break
		}
	}
	pkg, sig = word(pkg), word(sig)
	return []commandView{
		{"With GnuPG", "gpg --import keys.asc\ngpg --verify " + sig + " " + pkg},
		{"With Sequoia", "sq verify --signer-file keys.asc --signature-file " + sig + " " + pkg},
		{"With countersign, fixes included", "countersign verify " + word(version) + " --package " + pkg},
	}
}

func (b *builder) keyView(t *teamKey) *keyPage {
	p := &keyPage{shell: b.shell(t.href+".html", "keys", t.name()), Roles: t.roles(), Fingerprint: t.about.Grouped, Weak: t.about.Weak}
	p.HeadTitle = p.headTitle("Key of " + t.name())
	if t.removed() {
		p.Removed = "Do not trust new signatures by this key. " + t.window() + "."
		if t.compromised() {
			p.Removed = "This key was compromised. None of its signatures counts, whatever date it claims. " + t.window() + "."
		}
	}
	p.Facts = b.keyFacts(t)
	name := path.Base(t.href)
	if t.about.Kind == keyring.OpenPGP {
		p.Downloads = []download{
			{template.URL(name + ".asc"), "Download " + name + ".asc"},
			{template.URL("openpgp4fpr:" + t.about.Fingerprint), "Open in an OpenPGP app"}, // hex digits, from the key itself
		}
		p.Block = strings.TrimSpace(string(t.record.Text()))
		p.VerifyTitle = "Verify with this key"
		p.Verify = []commandView{
			{"Import it, and compare the fingerprint", "gpg --import " + name + ".asc\ngpg --fingerprint " + t.about.Fingerprint},
		}
		if emails := b.siteEmails(t); len(emails) > 0 {
			p.Verify = append(p.Verify, commandView{"Or find it through Web Key Directory", "gpg --locate-external-keys " + word(emails[0])})
		}
	} else if text := strings.TrimSpace(string(t.record.Text())); text != "" {
		p.Body = template.HTML(markdown.Render([]byte(text))) // no active content
	}
	if t.record.SSH.V != "" {
		p.Block = strings.TrimSpace(t.record.SSH.V)
	}
	if t.record.PEM.V != "" {
		p.Block = strings.TrimSpace(t.record.PEM.V)
	}
	b.fillMaterial(p, t)
	for _, a := range t.record.Announcements {
		p.Announcements = append(p.Announcements, link{webLink(a.V), clean(a.V)})
	}
	return p
}
