// Package cve writes and reads CVE JSON 5 records
// (https://github.com/CVEProject/cve-schema): the record that a CVE numbering
// authority publishes, with the CNA container that a project prepares for it.
package cve

// noOrg stands for the organisation where the project is not a numbering
// authority itself: the one that assigned the id replaces it.
const noOrg = "00000000-0000-4000-9000-000000000000"

// Options are what a record needs beyond the advisory.
type Options struct {
	Page  string // address of the advisory's page
	OrgID string // UUID of the numbering authority; default noOrg
}
