package verify

import (
	"slices"
	"time"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/finding"
	"github.com/countersign/countersign/verify/keyring"
)

// KeyRules is the table of what the keyring itself can be said to lack: what a
// document shows, gate 1 says; this needs the key's material and a day.
var KeyRules = []finding.Rule{
	{ID: "key-fingerprint-differs", Severity: finding.Error, Title: "The record names another key than the block holds",
		Why: "The fingerprint is what people compare on the phone and what a reviewer approved. Another key in the block is a mistake, or an attack."},
	{ID: "key-expired", Severity: finding.Error, Title: "A key has expired",
		Why: "What it signs from now on blocks the gate. Prolong it, or add the day of its removal to the record."},
	{ID: "key-expires-soon", Severity: finding.Warning, Title: "A key expires soon",
		Why: "A release signed a day late blocks the gate. Prolong the key and publish it while there is time."},
	{ID: "key-revoked", Severity: finding.Error, Title: "A key is revoked and its record does not say so",
		Why: "The record is what gate 2 and the site go by: write `removed` with the day and the reason."},
	{ID: "key-weak", Severity: finding.Error, Title: "A key is too weak",
		Why: "DSA and short RSA keys can be forged at a price; signatures by them do not count."},
	{ID: "key-cannot-sign", Severity: finding.Error, Title: "A key with a signing role cannot sign",
		Why: "Nothing in the key may sign on this day: the next release would be blocked by it."},
	{ID: "key-has-no-revoker", Severity: finding.Warning, Title: "Nobody else can revoke a key",
		Why: "policy.key_revokers asks for a designated revoker: an owner who is out of reach cannot withdraw a stolen key."},
	{ID: "key-has-no-certification", Severity: finding.Warning, Title: "Too few of the team certified a key",
		Why: "policy.key_certifications asks that others of the team signed the key, so that a reader can follow trust from one to the other."},
	{ID: "key-owner-differs", Severity: finding.Error, Title: "One key stands under two owners",
		Why: "What it signs could not be told apart, and two signatures by one key would count as two people's."},
	{ID: "contact-cannot-encrypt", Severity: finding.Error, Title: "A contact key cannot receive encrypted reports",
		Why: "Reporters are told to encrypt to it."},
	{ID: "no-contact-key", Severity: finding.Error, Title: "Nobody can receive an encrypted report",
		Why: "At least one key with the role contact must be able to receive encrypted messages on this day."},
}

// keyHints are the next steps for what is wrong with a key.
var keyHints = map[string]string{
	"key-fingerprint-differs":  "ask the owner which of the two it is, by another channel than the one that brought the block",
	"key-expired":              "prolong it and put the new block into the record, or write the day of its removal: removed: {date: …, reason: retired}",
	"key-expires-soon":         "prolong it, put the new block into the record and publish it",
	"key-revoked":              "write the day of the revocation into the record: removed: {date: …, reason: …}",
	"key-weak":                 "let the owner make a new key, and write the day of this one's removal into the record",
	"key-cannot-sign":          "let the owner add a signing subkey and put the new block into the record, or take the signing roles off it",
	"key-has-no-revoker":       "let the owner name one in the key, or name the fingerprint of one in the record: revocable_by: […]",
	"key-has-no-certification": "let somebody of the team sign the key, and put the new block into the record",
	"key-owner-differs":        "keep the key under the one who holds it",
	"contact-cannot-encrypt":   "let the owner add an encryption subkey and put the new block into the record, or take the role contact off it",
	"no-contact-key":           "give the role contact to a key with an encryption subkey",
}

var keyRuleSeverity = func() map[string]finding.Severity {
	table := make(map[string]finding.Severity, len(KeyRules))
	for _, r := range KeyRules {
		table[r.ID] = r.Severity
	}
	return table
}()

// Ring reads the set's keys. A key that cannot be read is a finding, and is not
// in the ring.
func Ring(set *advisories.Set) (*keyring.Ring, []finding.Finding) {
	ring, issues := keyring.New(recordsOf(set.Keys))
	return ring, keyFindings(set, issues)
}

// CheckKeys asks the keys what is wrong with them at a moment, or will be within
// some time.
func CheckKeys(set *advisories.Set, now time.Time, within time.Duration) []finding.Finding {
	ring, list := Ring(set)
	policy := set.Config.Policy
	list = append(list, keyFindings(set, ring.Check(now, keyring.Policy{
		Within: within, MinCertifications: policy.KeyCertifications.V, NeedDesignatedRevoker: policy.KeyRevokers.V > 0,
	}))...)
	finding.Sort(list)
	return list
}

// keyFindings gives issues of the keyring their place and severity.
func keyFindings(set *advisories.Set, issues []keyring.Issue) []finding.Finding {
	var list []finding.Finding
	for _, issue := range issues {
		f := found(issue.ID, set.Config.Source.Whole(), keyHints[issue.ID], "%s", issue.Message)
		if s, known := keyRuleSeverity[issue.ID]; known {
			f.Severity = s
		}
		if i := slices.IndexFunc(set.Keys, func(k *advisories.Key) bool { return k.Path == issue.Record }); i >= 0 {
			f.At = set.Keys[i].Source.Whole()
		}
		list = append(list, f)
	}
	return list
}
