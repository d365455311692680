// Package csaf writes and reads the Common Security Advisory Framework 2.0
// (https://docs.oasis-open.org/csaf/csaf/v2.0/), and builds the files around
// the documents that make a static folder a trusted provider: metadata, ROLIE
// feed, index.txt, changes.csv.
package csaf

// Options are what a document needs beyond the advisory.
type Options struct {
	Page      string // address of the advisory's page
	URL       string // address of the document itself
	Publisher Publisher
	Version   string // of this program, named as the generator's version
}

// Publisher is who speaks.
type Publisher struct {
	Category       string `json:"category"`
	ContactDetails string `json:"contact_details,omitempty"`
	Name           string `json:"name"`
	Namespace      string `json:"namespace"`
}
