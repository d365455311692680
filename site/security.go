package site

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/verify/keyring"
)

// securityText writes security.txt (RFC 9116): whom to tell of a flaw, and how
// to keep it confidential. Without a contact there is none to write.
func (b *builder) securityText() error {
	c := &b.in.Set.Config.Site
	if len(c.Contacts) == 0 {
		return nil
	}
	var out bytes.Buffer
	field := func(name, value string) {
		if value != "" && !strings.ContainsAny(value, "\r\n") {
			fmt.Fprintf(&out, "%s: %s\n", name, value)
		}
	}
	for _, contact := range c.Contacts {
		field("Contact", contact.V)
	}
	field("Expires", b.expires().UTC().Format(time.RFC3339))
	if b.base != "" {
		for _, t := range b.teamKeys() {
			if t.key != nil && !t.removed() && t.about.Kind == keyring.OpenPGP && t.key.Has(keyring.Contact) {
				field("Encryption", b.base+t.href+".asc")
			}
		}
		field("Acknowledgments", b.base+"credits/")
	}
	field("Policy", b.policyAddress())
	field("Preferred-Languages", strings.Join(advisories.Texts(c.Languages), ", "))
	if b.base != "" {
		field("Canonical", b.base+".well-known/security.txt")
		if b.wants(CSAF) {
			field("CSAF", b.base+".well-known/csaf/provider-metadata.json")
		}
	}
	return b.putClearSigned(".well-known/security.txt", out.Bytes())
}

// expires is the configured date; without one, the first day of a month about
// half a year ahead, so that builds of one month give the same bytes and the
// file never speaks for longer than the year that the RFC allows.
func (b *builder) expires() time.Time {
	if at := b.in.Set.Config.Site.Expires; at.Given() && !at.V.IsZero() {
		return at.V.Time
	}
	now := b.in.Now.UTC()
	return time.Date(now.Year(), now.Month()+7, 1, 0, 0, 0, 0, time.UTC)
}

// policyAddress is the configured address, else that of a page called policy.
func (b *builder) policyAddress() string {
	if link := webLink(b.in.Set.Config.Site.Policy.V); link != "" {
		return link
	}
	for _, p := range b.in.Set.Pages {
		if name := pagePath(p); b.base != "" && strings.Contains(name, "policy") {
			return b.base + name
		}
	}
	return ""
}
