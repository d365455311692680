package csaf

// Document is one CSAF document.
type Document struct {
	Meta            Meta            `json:"document"`
	ProductTree     *ProductTree    `json:"product_tree,omitempty"`
	Vulnerabilities []Vulnerability `json:"vulnerabilities,omitempty"`
}

// Meta says who published the document, when, and how far it may travel.
type Meta struct {
	Acknowledgments   []Acknowledgment   `json:"acknowledgments,omitempty"`
	AggregateSeverity *AggregateSeverity `json:"aggregate_severity,omitempty"`
	Category          string             `json:"category"`
	CSAFVersion       string             `json:"csaf_version"`
	Distribution      *Distribution      `json:"distribution,omitempty"`
	Lang              string             `json:"lang,omitempty"`
	Notes             []Note             `json:"notes,omitempty"`
	Publisher         Publisher          `json:"publisher"`
	References        []Reference        `json:"references,omitempty"`
	Title             string             `json:"title"`
	Tracking          Tracking           `json:"tracking"`
}

// AggregateSeverity is the project's own word for the risk.
type AggregateSeverity struct {
	Text string `json:"text"`
}

// Distribution says whom the document may be shown to.
type Distribution struct {
	TLP *TLP `json:"tlp,omitempty"`
}

// TLP is the traffic light protocol's label.
type TLP struct {
	Label string `json:"label"`
	URL   string `json:"url,omitempty"`
}

// Acknowledgment thanks somebody.
type Acknowledgment struct {
	Names        []string `json:"names,omitempty"`
	Organization string   `json:"organization,omitempty"`
	Summary      string   `json:"summary,omitempty"`
	URLs         []string `json:"urls,omitempty"`
}

// Note is a piece of text with its kind.
type Note struct {
	Category string `json:"category"`
	Text     string `json:"text"`
	Title    string `json:"title,omitempty"`
}

// Reference is a link; category self is another place of this document.
type Reference struct {
	Category string `json:"category,omitempty"`
	Summary  string `json:"summary"`
	URL      string `json:"url"`
}

// Tracking is the document's identity and history.
type Tracking struct {
	Aliases            []string   `json:"aliases,omitempty"`
	CurrentReleaseDate string     `json:"current_release_date"`
	Generator          *Generator `json:"generator,omitempty"`
	ID                 string     `json:"id"`
	InitialReleaseDate string     `json:"initial_release_date"`
	RevisionHistory    []Revision `json:"revision_history"`
	Status             string     `json:"status"`
	Version            string     `json:"version"`
}

// Generator is the program that wrote the document.
type Generator struct {
	Engine Engine `json:"engine"`
}

// Engine is a program's name and version.
type Engine struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
}

// Revision is one entry of the history.
type Revision struct {
	Date    string `json:"date"`
	Number  string `json:"number"`
	Summary string `json:"summary"`
}

// ProductTree names every product that the vulnerabilities speak of.
type ProductTree struct {
	Branches []Branch `json:"branches,omitempty"`
}

// Branch is a vendor, a product name, a version or a range of versions.
type Branch struct {
	Branches []Branch `json:"branches,omitempty"`
	Category string   `json:"category"`
	Name     string   `json:"name"`
	Product  *Product `json:"product,omitempty"`
}

// Product is a leaf of the tree.
type Product struct {
	Name                 string                `json:"name"`
	ProductID            string                `json:"product_id"`
	IdentificationHelper *IdentificationHelper `json:"product_identification_helper,omitempty"`
}

// IdentificationHelper names a product as other systems do.
type IdentificationHelper struct {
	CPE  string `json:"cpe,omitempty"`
	PURL string `json:"purl,omitempty"`
}

// Vulnerability says which products are affected, and what to do.
type Vulnerability struct {
	Acknowledgments []Acknowledgment `json:"acknowledgments,omitempty"`
	CVE             string           `json:"cve,omitempty"`
	CWE             *CWE             `json:"cwe,omitempty"`
	DiscoveryDate   string           `json:"discovery_date,omitempty"`
	Flags           []Flag           `json:"flags,omitempty"`
	IDs             []ID             `json:"ids,omitempty"`
	Notes           []Note           `json:"notes,omitempty"`
	ProductStatus   *ProductStatus   `json:"product_status,omitempty"`
	References      []Reference      `json:"references,omitempty"`
	ReleaseDate     string           `json:"release_date,omitempty"`
	Remediations    []Remediation    `json:"remediations,omitempty"`
	Scores          []Score          `json:"scores,omitempty"`
	Title           string           `json:"title,omitempty"`
}

// CWE is a weakness class with its official name.
type CWE struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Flag says why products are not affected.
type Flag struct {
	Label      string   `json:"label"`
	ProductIDs []string `json:"product_ids"`
}

// ID is the vulnerability's id in another system.
type ID struct {
	SystemName string `json:"system_name"`
	Text       string `json:"text"`
}

// ProductStatus sorts the products of the tree.
type ProductStatus struct {
	Fixed            []string `json:"fixed,omitempty"`
	KnownAffected    []string `json:"known_affected,omitempty"`
	KnownNotAffected []string `json:"known_not_affected,omitempty"`
}

// Remediation is what users of some products can do.
type Remediation struct {
	Category   string   `json:"category"`
	Details    string   `json:"details"`
	ProductIDs []string `json:"product_ids,omitempty"`
}

// Score is a CVSS vector, spelled out, for some products.
type Score struct {
	CVSSV2   map[string]any `json:"cvss_v2,omitempty"`
	CVSSV3   map[string]any `json:"cvss_v3,omitempty"`
	Products []string       `json:"products"`
}
