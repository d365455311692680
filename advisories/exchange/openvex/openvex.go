// Package openvex writes OpenVEX 0.2.0 documents
// (https://github.com/openvex/spec): for each product of an advisory, which of
// its known versions are affected, and which are fixed.
package openvex

// Document is one OpenVEX document.
type Document struct {
	Context     string      `json:"@context"`
	ID          string      `json:"@id"`
	Author      string      `json:"author"`
	Role        string      `json:"role,omitempty"`
	Timestamp   string      `json:"timestamp"`
	LastUpdated string      `json:"last_updated,omitempty"`
	Version     int         `json:"version"`
	Statements  []Statement `json:"statements"`
}

// Statement says of some products what a vulnerability means to them.
type Statement struct {
	Vulnerability   Vulnerability `json:"vulnerability"`
	Products        []Component   `json:"products"`
	Status          string        `json:"status"`
	StatusNotes     string        `json:"status_notes,omitempty"`
	Justification   string        `json:"justification,omitempty"`
	ActionStatement string        `json:"action_statement,omitempty"`
}

// Vulnerability is what a statement speaks of.
type Vulnerability struct {
	ID          string   `json:"@id,omitempty"`
	Name        string   `json:"name"`
	Description string   `json:"description,omitempty"`
	Aliases     []string `json:"aliases,omitempty"`
}

// Component is a product at one version.
type Component struct {
	ID          string            `json:"@id,omitempty"`
	Identifiers map[string]string `json:"identifiers,omitempty"`
}

// Options are what a document needs beyond the advisory.
type Options struct {
	URL  string // the document's own address, its @id; default: a urn made from the advisory's id
	Page string // address of the advisory's page
}
